"""Jensen-Shannon divergence and distance of discrete distributions."""

import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import NEAR_TOLERANCES, exact_js, near_pair, relative_error
from scipy.spatial.distance import jensenshannon
from strategies import (
    channels,
    large_pairs,
    near_pairs,
    pairs,
    probability_vectors,
    seeds,
    vector_tuples,
)

from divergences import (
    entropy,
    js_distance,
    js_divergence,
    normalize,
)

LOG_2 = np.log(2)


# Values


def test_js_by_hand():
    # The mixture is (3/4, 1/4): JS = H(3/4, 1/4) - 1/2 bit.
    expected = 2 - 0.75 * np.log2(3) - 0.5
    assert js_divergence([1, 0], [1 / 2, 1 / 2], base=2) == pytest.approx(expected, rel=4e-15, abs=0)
    assert js_distance([1, 0], [1 / 2, 1 / 2], base=2) == pytest.approx(np.sqrt(expected), rel=4e-15, abs=0)


def test_js_is_in_nats_unless_a_base_is_given():
    assert js_divergence([1, 0], [0, 1]) == LOG_2
    assert js_divergence([1, 0], [0, 1], base=2) == 1
    assert js_distance([1, 0], [0, 1]) == np.sqrt(LOG_2)
    assert js_distance([1, 0], [0, 1], base=2) == 1
    assert js_distance([1, 0], [0, 1], base=4) == pytest.approx(np.sqrt(0.5), rel=4e-15, abs=0)


def test_js_of_one_pair_is_a_float():
    p, q = [1 / 2, 1 / 2], [1 / 4, 3 / 4]
    for value in (js_divergence(p, q), js_distance(p, q), js_divergence(p, q, p), js_distance(p, p)):
        assert type(value) is float


def test_a_base_below_1_turns_the_sign_of_js_and_has_no_distance():
    assert js_divergence([1, 0], [1 / 2, 1 / 2], base=1 / 2) == -js_divergence([1, 0], [1 / 2, 1 / 2], base=2)
    with pytest.raises(ValueError, match=r"base must be greater than 1 for a distance, not 0\.5; use"):
        js_distance([1, 0], [0, 1], base=0.5)


def test_js_agrees_with_scipy_where_scipy_is_right():
    p, q = np.random.default_rng(0).dirichlet(np.ones(50), size=(2, 20))
    np.testing.assert_allclose(js_distance(p, q), jensenshannon(p, q, axis=1), rtol=1e-13)


# Accuracy


@pytest.mark.parametrize(("distance", "tolerance"), NEAR_TOLERANCES)
@pytest.mark.parametrize("seed", range(3))
def test_js_keeps_its_digits_near_equality(distance, tolerance, seed):
    p, q = near_pair(distance, 1000, seed)
    exact = exact_js(p, q)
    assert relative_error(js_divergence(p, q), exact) < tolerance
    assert relative_error(js_distance(p, q), mpmath.sqrt(exact)) < tolerance


@given(pairs(min_size=2))
def test_js_keeps_its_digits_at_any_distance(pair):
    p, q = pair
    with mpmath.workdps(700):
        exact = exact_js(p, q)
        assert relative_error(js_divergence(p, q), exact) < 2e-15
        assert relative_error(js_distance(p, q), mpmath.sqrt(exact)) < 2e-15


@given(seeds, st.integers(2, 30))
def test_js_keeps_its_digits_when_some_outcomes_are_near_and_others_far(seed, n):
    rng = np.random.default_rng(seed)
    p = rng.exponential(size=n) ** 3
    q = p * (1 + 10.0 ** rng.uniform(-16, 0, size=n) * rng.choice([-0.9, 0.5, 3], size=n))
    p, q = normalize(p), normalize(q)
    assert relative_error(js_divergence(p, q), exact_js(p, q)) < 2e-15


@pytest.mark.parametrize("seed", range(20))
def test_js_of_softmax_outputs_far_apart(seed):
    p, q = normalize(np.exp(np.random.default_rng(seed).normal(scale=10, size=(2, 100))))
    assert relative_error(js_divergence(p, q), exact_js(p, q)) < 1e-15


@pytest.mark.parametrize("p", [0, 5e-324, 1e-310, 1e-300, 1e-17, 0.3])
@pytest.mark.parametrize("q", [0, 5e-324, 1e-310, 1e-300, 1e-17, 0.3])
def test_js_of_tiny_against_ordinary_probabilities(p, q):
    with mpmath.workdps(700):
        exact = exact_js([p, 1 - p], [q, 1 - q])
        assert abs(js_divergence([p, 1 - p], [q, 1 - q]) - exact) <= 4e-15 * exact + 1e-323
        assert relative_error(js_distance([p, 1 - p], [q, 1 - q]), mpmath.sqrt(exact)) < 1e-15


@pytest.mark.parametrize("factor", [1 - 9e-7, 1 + 1e-7, 1 + 9e-7])
def test_a_sum_that_is_off_by_rounding_is_divided_out(factor):
    p, q = near_pair(1e-4, 100, 0)
    assert relative_error(js_divergence(p, q * factor), exact_js(p, q * factor)) < 1e-12
    assert relative_error(js_divergence(p * factor, q), exact_js(p * factor, q)) < 1e-12
    assert js_distance(p, p * factor) < 1e-15


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize(
    "weights",
    [None, [0.2, 0.3, 0.5], [0.98, 0.01, 0.01], [1e-9, 0.7, 0.3 - 1e-9], [0.5, 0, 0.5], [1e-300, 0.5, 0.5]],
)
def test_js_of_several_keeps_its_digits_near_equality(distance, weights):
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(100))
    vectors = normalize(p * (1 + distance * rng.normal(size=(3, 100))))
    with mpmath.workdps(350):
        exact = exact_js(*vectors, weights=weights)
    assert relative_error(js_divergence(*vectors, weights=weights), exact) < 1e-14


@given(vector_tuples(3, min_size=2), probability_vectors(n=3))
def test_js_of_several_keeps_its_digits_at_any_distance(vectors, weights):
    with mpmath.workdps(700):
        exact = exact_js(*vectors, weights=weights)
        assert abs(js_divergence(*vectors, weights=weights) - exact) <= 2e-14 * exact + 1e-323


@given(pairs(min_size=2), st.sampled_from([1e-300, 1e-9, 0.1, 0.5, 0.9]))
def test_js_of_two_with_weights_keeps_its_digits(pair, w):
    with mpmath.workdps(700):
        exact = exact_js(*pair, weights=[w, 1 - w])
        assert abs(js_divergence(*pair, weights=[w, 1 - w]) - exact) <= 2e-14 * exact + 1e-323


# The wrong results of others


def test_js_of_a_vector_and_its_multiple_is_not_nan():
    """scipy#20083: nan, or far above 0, for most pairs p and 3 p."""
    rng = np.random.default_rng(0)
    counts = rng.random((2000, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isnan(jensenshannon(counts, 3 * counts, axis=1)).any()
    values = js_distance(normalize(counts), normalize(3 * counts))
    assert (values >= 0).all()
    assert values.max() < 1e-15
    assert js_distance(normalize([0.3, 0.3, 0.1]), normalize(3 * np.array([0.3, 0.3, 0.1]))) < 1e-15


def test_js_with_the_smallest_number_is_not_infinite():
    """scipy#19436: jensenshannon([0, 1], [5e-324, 1]) is inf."""
    assert js_distance([0, 1], [5e-324, 1]) == pytest.approx(1.3085492146388467e-162, rel=4e-15, abs=0)
    batch = js_distance([[0, 1], [1, 0]], [[5e-324, 1], [0, 1]])
    np.testing.assert_allclose(batch, [1.3085492146388467e-162, np.sqrt(LOG_2)], rtol=4e-15)
    factor = 1 + 9e-7
    assert js_distance([0, factor], [5e-324, 1]) == pytest.approx(batch[0], rel=4e-15, abs=0)
    assert js_divergence([0, 1], [5e-324, 1]) == 0  # nearer to 0 than to the smallest number


def test_js_distance_is_not_nan_at_relative_distance_1e_minus_9():
    """scipy#20779: jensenshannon is NaN for about half of such pairs."""
    theirs, ours = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(20):
            p, q = near_pair(1e-9, 100, seed)
            theirs.append(jensenshannon(p, q))
            ours.append(relative_error(js_distance(p, q), mpmath.sqrt(exact_js(p, q))))
    assert np.isnan(theirs).any()
    assert max(ours) < 1e-14


# Several distributions


def test_a_mixture_that_underflows_does_not_make_js_infinite():
    rare, common = [1 / 2, 1 / 2 - 1e-250, 1e-250], [1, 0, 0]
    with mpmath.workdps(700):
        exact = exact_js(rare, common, common, weights=[1e-90, 1 / 2, 1 / 2])
        assert (
            relative_error(js_divergence(rare, common, common, weights=[1e-90, 1 / 2, 1 / 2]), exact) < 1e-14
        )


def test_js_of_disjoint_distributions_is_the_entropy_of_the_weights():
    weights = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])
    assert js_divergence(*np.eye(4), weights=weights, base=2) == 1.75
    assert js_divergence(*np.eye(3), base=3) == pytest.approx(1, rel=4e-15, abs=0)


def test_equal_weights_are_the_default():
    p, q, r = np.random.default_rng(0).dirichlet(np.ones(6), size=3)
    assert js_divergence(p, q, weights=[1 / 2, 1 / 2]) == pytest.approx(js_divergence(p, q), rel=4e-15, abs=0)
    assert js_divergence(p, q, r) == js_divergence(p, q, r, weights=[1 / 3] * 3)


def test_distributions_without_weight_do_not_count():
    p, q, r = np.random.default_rng(0).dirichlet(np.ones(6), size=3)
    expected = js_divergence(p, r, weights=[1 / 4, 3 / 4])
    assert js_divergence(p, q, r, weights=[1 / 4, 0, 3 / 4]) == expected
    assert js_divergence(p, q, weights=[1, 0]) == 0


def test_js_does_not_depend_on_the_order_of_the_distributions():
    p, q, r = np.random.default_rng(0).dirichlet(np.ones(6), size=3)
    assert js_divergence(p, q, r, weights=[0.2, 0.3, 0.5]) == pytest.approx(
        js_divergence(r, p, q, weights=[0.5, 0.2, 0.3]), rel=1e-14, abs=0
    )


def test_js_of_certain_outcomes_is_at_most_the_entropy_of_the_weights_to_the_last_digit():
    for weights in np.random.default_rng(3).dirichlet(np.ones(3), size=300):  # some sum to 1 + 2e-16
        for base in (None, 2):
            js = js_divergence(*np.eye(3), weights=weights, base=base)
            assert js <= entropy(weights, base=base)
            assert js == pytest.approx(entropy(weights, base=base), rel=4e-15, abs=0)


@pytest.mark.parametrize("factors", [(1 + 9e-7, 1 - 9e-7, 1), (1, 1 - 9e-7, 1 + 9e-7)])
def test_sums_that_are_off_by_rounding_are_divided_out_of_several_distributions_and_weights(factors):
    vectors = np.random.default_rng(0).dirichlet(np.ones(6), size=3) * np.array(factors)[:, None]
    weights = np.array([0.2, 0.3, 0.5]) * (1 + 8e-7)
    assert (
        relative_error(js_divergence(*vectors, weights=weights), exact_js(*vectors, weights=weights)) < 1e-15
    )


# Properties of a pair


@given(near_pairs())
def test_js_is_symmetric_and_not_negative_near_equality(pair):
    p, q = pair
    assert js_divergence(p, q) >= 0
    assert js_divergence(q, p) == pytest.approx(js_divergence(p, q), rel=1e-12, abs=0)


@given(st.data())
def test_js_reaches_log_2_exactly_for_distributions_that_share_no_outcome(data):
    p, q = data.draw(probability_vectors(max_size=5)), data.draw(probability_vectors(max_size=5))
    apart = np.append(p, 0 * q), np.append(0 * p, q)
    assert js_divergence(*apart, base=2) == pytest.approx(1, rel=4e-15, abs=0)
    assert js_distance(*apart) == pytest.approx(np.sqrt(LOG_2), rel=4e-15, abs=0)


def test_rounding_does_not_lift_js_above_log_2():
    p, q = normalize([6, 5, 3, 3, 1, 1, 1]), normalize([2, 8, 6, 9, 5, 6, 9])
    apart = np.append(p, 0 * q), np.append(0 * p, q)  # the sum is rounded up
    assert js_divergence(*apart) == LOG_2
    assert js_distance(*apart) == np.sqrt(LOG_2)
    np.testing.assert_array_equal(js_distance([apart[0]], [apart[1]], base=2), [1])


@given(st.data())
def test_processing_does_not_increase_js(data):
    p, q = data.draw(pairs())
    channel = data.draw(channels(len(p)))
    assert (
        js_divergence(normalize(p @ channel), normalize(q @ channel))
        <= js_divergence(p, q) * (1 + 1e-12) + 1e-14
    )


@given(large_pairs())
@settings(max_examples=20)
def test_js_of_thousands_of_outcomes(pair):
    assert js_distance(*pair) == pytest.approx(jensenshannon(*pair), rel=1e-12, abs=0)


# Batches


@given(seeds)
def test_a_batch_equals_the_loop_over_pairs(seed):
    rng = np.random.default_rng(seed)
    p, q, r = rng.dirichlet(np.full(7, 0.3), size=(3, 2, 4))
    loop = [[js_divergence(p[i, j], q[i, j]) for j in range(4)] for i in range(2)]
    np.testing.assert_allclose(js_divergence(p, q), loop, rtol=4e-15)
    np.testing.assert_allclose(js_distance(p, q), np.sqrt(loop), rtol=4e-15)
    loop = [[js_divergence(p[i, j], q[i, j], r[i, j]) for j in range(4)] for i in range(2)]
    np.testing.assert_allclose(js_divergence(p, q, r), loop, rtol=1e-14)


def test_a_batch_larger_than_a_block_equals_the_loop_over_pairs():
    p, q = np.random.default_rng(0).dirichlet(np.ones(100), size=(2, 500))
    loop = [js_divergence(a, b) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(js_divergence(p, q), loop, rtol=4e-15)
    np.testing.assert_allclose(js_distance(p[0], q), [js_distance(p[0], b) for b in q], rtol=4e-15)


def test_any_axis_may_hold_the_outcomes():
    p, q, r = np.random.default_rng(0).dirichlet(np.ones(5), size=(3, 3, 4))
    for axis in (0, 1, -2):
        moved = [np.moveaxis(v, -1, axis) for v in (p, q, r)]
        np.testing.assert_array_equal(js_divergence(*moved[:2], axis=axis), js_divergence(p, q))
        np.testing.assert_array_equal(js_distance(*moved[:2], axis=axis), js_distance(p, q))
        np.testing.assert_allclose(js_divergence(*moved, axis=axis), js_divergence(p, q, r), rtol=4e-15)


def test_the_other_axes_broadcast():
    p, q, r = np.random.default_rng(0).dirichlet(np.ones(5), size=3)
    many = np.stack([q, r])
    np.testing.assert_array_equal(js_divergence(p, many), [js_divergence(p, q), js_divergence(p, r)])
    np.testing.assert_array_equal(js_divergence(many, p), [js_divergence(q, p), js_divergence(r, p)])
    np.testing.assert_array_equal(
        js_divergence(p, many, q, many), [js_divergence(p, q, q, q), js_divergence(p, r, q, r)]
    )


def test_an_empty_batch_gives_an_empty_result():
    empty = np.empty((0, 2))
    assert js_divergence(empty, [1 / 2, 1 / 2]).shape == (0,)
    assert js_distance(empty, [1 / 2, 1 / 2]).shape == (0,)
    assert js_divergence(empty, [1 / 2, 1 / 2], empty).shape == (0,)


# Bad input of several distributions


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1 / 2, 1 / 2], r"weights has shape \(2,\); pass 3 weights, one for each distribution"),
        ([[1 / 3] * 3], r"weights has shape \(1, 3\)"),
        ([1, 1, 1], r"weights sums to 3, not 1; pass counts or weights through normalize\(\)"),
        ([1 / 2, 1, -1 / 2], r"weights\[2\] is -0.5; probabilities are not negative"),
        (1.0, "weights is a single number"),
    ],
)
def test_js_explains_bad_weights(weights, message):
    p = [1 / 2, 1 / 2]
    with pytest.raises(ValueError, match=message):
        js_divergence(p, p, p, weights=weights)


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ([[1, 1]], r"others\[0\] sums to 2, not 1"),
        ([[1 / 2, 1 / 2], [2, -1]], r"others\[1\]\[1\] is -1.0; probabilities are not negative"),
        (
            [[1 / 2, 1 / 4, 1 / 4]],
            r"p has 2 outcomes and others\[0\] has 3; both must list the same outcomes",
        ),
    ],
)
def test_js_names_the_distribution_that_is_wrong(others, message):
    p = [1 / 2, 1 / 2]
    with pytest.raises(ValueError, match=message):
        js_divergence(p, p, *others)


def test_js_of_batches_that_do_not_broadcast_is_an_error():
    one, three, four = (np.full(shape, 1 / 2) for shape in ((2,), (3, 2), (4, 2)))
    with pytest.raises(
        ValueError, match=r"the batches of distributions, \(\), \(3,\), \(4,\), do not broadcast"
    ):
        js_divergence(one, three, four)
    with pytest.raises(
        ValueError, match=r"p and others\[0\] are batches of shapes \(3,\) and \(4,\), which do not"
    ):
        js_divergence(three, one, four)


def test_rounding_does_not_pass_the_ceiling():
    """Without overlap, and with sums that round up: the ceiling itself."""
    q = [0.0, 0.31750715340371866, 0.15580033378032673, 0.0712263258769435, 0.4554661869390112]
    assert js_divergence([1, 0, 0, 0, 0], q) == np.log(2)
    assert js_distance([1, 0, 0, 0, 0], q) == np.sqrt(np.log(2))
    twice = js_divergence([[1, 0, 0, 0, 0]] * 2, [q, q])
    np.testing.assert_array_equal(twice, np.log(2))


def test_weights_without_their_name_are_recognised_where_they_cannot_be_a_distribution():
    p, q = [0.2, 0.3, 0.5], [0.5, 0.25, 0.25]
    with pytest.raises(ValueError, match="for weights of the distributions write weights="):
        js_divergence(p, q, [0.3, 0.7])
    with pytest.raises(ValueError, match=r"others\[0\] has 4; .* probability 0\)$"):
        js_divergence(p, q, [0.25, 0.25, 0.25, 0.25])
    coin = [0.5, 0.5], [0.9, 0.1], [0.3, 0.7]
    assert js_divergence(*coin) == js_divergence(*coin, weights=[1 / 3, 1 / 3, 1 / 3])
