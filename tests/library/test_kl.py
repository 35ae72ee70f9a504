"""KL divergence and mutual information of discrete distributions."""

import itertools

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import NEAR_TOLERANCES, exact_kl, exact_mutual_information, near_pair, relative_error
from scipy import stats
from strategies import (
    joint_tables,
    large_pairs,
    near_pairs,
    pairs,
    seeds,
)

from divergences import (
    entropy,
    kl_divergence,
    mutual_information,
    normalize,
    total_variation_distance,
)

HALF, QUARTER, TENTH = [1 / 2, 1 / 2], [1 / 4, 3 / 4], [1 / 10, 9 / 10]


# Values


def test_kl_by_hand():
    assert kl_divergence([1 / 2, 1 / 4, 1 / 4], [1 / 4, 1 / 2, 1 / 4], base=2) == pytest.approx(
        1 / 4, rel=4e-15, abs=0
    )
    assert kl_divergence([1, 0], HALF, base=2) == pytest.approx(1, rel=4e-15, abs=0)


def test_kl_is_in_nats_unless_a_base_is_given():
    assert kl_divergence([1, 0], HALF) == pytest.approx(np.log(2), rel=4e-15, abs=0)
    assert kl_divergence([1, 0], HALF, base=10) == pytest.approx(np.log10(2), rel=4e-15, abs=0)


def test_kl_of_one_pair_is_a_float():
    assert type(kl_divergence(HALF, QUARTER)) is float


def test_kl_is_infinite_where_q_vanishes():
    assert kl_divergence(HALF, [1, 0]) == np.inf
    assert kl_divergence(HALF, [1, 0], base=2) == np.inf


def test_kl_ignores_outcomes_that_p_excludes():
    assert kl_divergence([1, 0], HALF) == kl_divergence([1, 0, 0], [1 / 2, 1 / 2, 0])


def test_kl_of_one_outcome_is_0():
    assert kl_divergence([1], [1]) == 0


def test_kl_agrees_with_scipy_where_scipy_is_right():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(50), size=(2, 20))
    np.testing.assert_allclose(kl_divergence(p, q), stats.entropy(p, q, axis=1), rtol=1e-13)


# Accuracy


@pytest.mark.parametrize(("distance", "tolerance"), NEAR_TOLERANCES)
@pytest.mark.parametrize("seed", range(3))
def test_kl_keeps_its_digits_near_equality(distance, tolerance, seed):
    p, q = near_pair(distance, 1000, seed)
    assert relative_error(kl_divergence(p, q), exact_kl(p, q)) < tolerance


@pytest.mark.parametrize("factor", [1 - 9e-7, 1 + 1e-7, 1 + 9e-7])
def test_a_sum_that_is_off_by_rounding_is_divided_out(factor):
    p, q = near_pair(1e-4, 100, 0)
    assert relative_error(kl_divergence(p, q * factor), exact_kl(p, q * factor)) < 1e-12
    assert relative_error(kl_divergence(p * factor, q), exact_kl(p * factor, q)) < 1e-12
    assert kl_divergence(p, p * factor) < 1e-30


@given(pairs(min_size=2))
def test_kl_keeps_its_digits_at_any_distance(pair):
    p, q = pair
    with mpmath.workdps(700):
        assert relative_error(kl_divergence(p, q), exact_kl(p, q)) < 2e-14


@given(seeds, st.integers(2, 30))
def test_kl_keeps_its_digits_when_some_outcomes_are_near_and_others_far(seed, n):
    rng = np.random.default_rng(seed)
    p = rng.exponential(size=n) ** 3
    q = p * (1 + 10.0 ** rng.uniform(-16, 0, size=n) * rng.choice([-0.9, 0.5, 3], size=n))
    p, q = normalize(p), normalize(q)
    assert relative_error(kl_divergence(p, q), exact_kl(p, q)) < 2e-14


@pytest.mark.parametrize("seed", range(20))
def test_kl_of_softmax_outputs_far_apart(seed):
    p, q = normalize(np.exp(np.random.default_rng(seed).normal(scale=10, size=(2, 100))))
    assert relative_error(kl_divergence(p, q), exact_kl(p, q)) < 1e-15


@pytest.mark.parametrize("p", [5e-324, 1e-310, 1e-300, 1e-17, 0.3])
@pytest.mark.parametrize("q", [5e-324, 1e-310, 1e-300, 1e-17, 0.3])
def test_kl_of_tiny_against_ordinary_probabilities(p, q):
    with mpmath.workdps(700):
        exact = exact_kl([p, 1 - p], [q, 1 - q])
        assert abs(kl_divergence([p, 1 - p], [q, 1 - q]) - exact) <= 4e-15 * exact + 1e-323


def test_kl_sees_an_outcome_of_1e_minus_300_that_p_excludes():
    assert kl_divergence([1, 0], [1, 1e-300]) == pytest.approx(1e-300, rel=1e-12, abs=0)


def test_kl_at_the_threshold_between_its_two_forms():
    for relative in (0.249, 0.25, 0.251):
        p = np.array([0.5, 0.5])
        q = p * [1 + relative, 1 - relative]
        assert relative_error(kl_divergence(p, q), exact_kl(p, q)) < 4e-15


def test_a_small_sum_with_far_terms_is_computed_term_by_term():
    p = np.array([0.5, 0.5 - 1e-9, 1e-9])
    q = np.array([0.5 - 1e-9, 0.5 - 1e-9, 2e-9])
    assert relative_error(kl_divergence(p, q), exact_kl(p, q)) < 1e-15


# The wrong results of others


def test_kl_is_not_negative_at_relative_distance_1e_minus_9():
    """scipy.stats.entropy is wrong in every digit here, and negative."""
    p, q = near_pair(1e-9, 1000, 0)
    assert stats.entropy(p, q) < 0
    assert kl_divergence(p, q) == pytest.approx(float(exact_kl(p, q)), rel=4e-15, abs=0)


def test_kl_of_a_vector_and_its_multiple_is_not_negative():
    """scipy.stats.entropy([.7, .6, .1], three times the same) is -1.4e-17."""
    counts = np.array([0.7, 0.6, 0.1])
    assert 0 <= kl_divergence(normalize(counts), normalize(3 * counts)) < 1e-32


def test_kl_to_a_tiny_probability_is_finite_and_not_clipped():
    """torch.distributions.Categorical clips 1e-300: it gives 17.33."""
    assert kl_divergence([0.5, 0.5], [1e-300, 1]) == pytest.approx(344.69461676854695, rel=4e-15, abs=0)


def test_kl_with_a_support_violation_is_infinite_and_not_negative():
    """infomeasure drops the outcome and returns -0.693."""
    assert kl_divergence([0.5, 0.5], [1, 0]) == np.inf


def test_kl_does_not_normalise_silently():
    """scipy#12553, scipy#23064; dit returns KL([1, 1], [.5, .5]) = 2.0."""
    with pytest.raises(ValueError, match=r"p sums to 2, not 1; pass counts or weights through normalize\(\)"):
        kl_divergence([1, 1], [0.5, 0.5])


# Batches


@given(seeds)
def test_a_batch_equals_the_loop_over_pairs(seed):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(7, 0.3), size=(3, 4))
    q = np.where(
        rng.random((3, 4, 1)) < 0.5, p * (1 + 1e-7 * rng.normal(size=p.shape)), rng.dirichlet(np.ones(7))
    )
    q /= q.sum(axis=-1, keepdims=True)
    batch = kl_divergence(p, q)
    assert batch.shape == (3, 4)
    loop = [[kl_divergence(p[i, j], q[i, j]) for j in range(4)] for i in range(3)]
    np.testing.assert_allclose(batch, loop, rtol=4e-15)


def test_a_batch_larger_than_a_block_equals_the_loop_over_pairs():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(100), size=(2, 500))
    q[::2] = normalize(p[::2] * (1 + 1e-6 * rng.normal(size=(250, 100))))
    expected = [kl_divergence(a, b) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(kl_divergence(p, q), expected, rtol=4e-15)
    one = [kl_divergence(p[0], b) for b in q]
    np.testing.assert_allclose(kl_divergence(p[0], q), one, rtol=4e-15)
    np.testing.assert_allclose(
        kl_divergence(q[:, None], p[0])[:, 0], [kl_divergence(b, p[0]) for b in q], rtol=4e-15
    )


def test_rows_longer_than_a_block_are_computed_one_by_one():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(20_000), size=(2, 3))
    expected = [kl_divergence(a, b) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(kl_divergence(p, q), expected, rtol=4e-15)


def test_any_axis_may_hold_the_outcomes():
    p, q = np.random.default_rng(0).dirichlet(np.ones(5), size=(2, 3, 4))
    expected = kl_divergence(p, q)
    for axis in (0, 1, 2, -2, -3):
        moved = kl_divergence(np.moveaxis(p, -1, axis), np.moveaxis(q, -1, axis), axis=axis)
        np.testing.assert_array_equal(moved, expected)


def test_one_p_against_many_q_broadcasts():
    p, q = np.array(HALF), np.array([HALF, QUARTER, TENTH])
    np.testing.assert_array_equal(kl_divergence(p, q), [kl_divergence(p, row) for row in q])
    np.testing.assert_array_equal(kl_divergence(q, p), [kl_divergence(row, p) for row in q])
    assert kl_divergence(q[:, None], q).shape == (3, 3)


def test_an_empty_batch_gives_an_empty_result():
    assert kl_divergence(np.empty((0, 2)), HALF).shape == (0,)


def test_the_memory_layout_does_not_change_a_digit():
    p, q = np.random.default_rng(0).dirichlet(np.ones(1000), size=(2, 6))
    np.testing.assert_array_equal(
        kl_divergence(np.asfortranarray(p), q[:, ::-1][:, ::-1]), kl_divergence(p, q)
    )


def test_the_input_is_not_modified():
    p, q = np.array(HALF), np.array(QUARTER) * (1 + 1e-8)
    before = p.copy(), q.copy()
    kl_divergence(p, q)
    mutual_information(np.outer(p, p))
    np.testing.assert_array_equal((p, q), before)


# Properties


@given(near_pairs())
def test_kl_is_not_negative_near_equality(pair):
    assert kl_divergence(*pair) >= 0


@given(large_pairs())
@settings(max_examples=20)
def test_kl_of_thousands_of_outcomes(pair):
    p, q = pair
    assert kl_divergence(p, q) == pytest.approx(stats.entropy(p, q), rel=1e-12, abs=0)


@given(near_pairs())
def test_pinsker_holds_near_equality(pair):
    assert kl_divergence(*pair) >= 2 * total_variation_distance(*pair) ** 2 * (1 - 1e-12)


# Mutual information


def test_mutual_information_by_hand():
    assert mutual_information([[1 / 2, 0], [0, 1 / 2]], base=2) == 1
    assert mutual_information([[1 / 4, 1 / 4], [1 / 4, 1 / 4]]) == 0
    assert mutual_information([[1 / 2, 1 / 4], [0, 1 / 4]], base=2) == pytest.approx(
        0.31127812445913283, rel=4e-15, abs=0
    )


def test_mutual_information_of_impossible_rows_and_columns():
    assert mutual_information([[1 / 2, 0, 0], [0, 0, 0], [0, 0, 1 / 2]], base=2) == 1
    assert mutual_information([[1]]) == 0


@given(joint_tables())
def test_mutual_information_agrees_with_its_definition(joint):
    with mpmath.workdps(700):
        exact = exact_mutual_information(joint.tolist())
        assert abs(mutual_information(joint) - exact) <= 1e-14 * exact + 1e-30


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("shape", [(2, 2), (5, 7), (30, 20)])
def test_mutual_information_keeps_its_digits_near_independence(distance, shape):
    rng = np.random.default_rng(0)
    joint = np.outer(rng.dirichlet(np.ones(shape[0])), rng.dirichlet(np.ones(shape[1])))
    joint *= 1 + distance * rng.normal(size=shape)
    joint /= joint.sum()
    assert relative_error(mutual_information(joint), exact_mutual_information(joint.tolist())) < 1e-11


def test_mutual_information_survives_rare_margins():
    joint = [[1e-200, 0], [0, 1]]
    assert mutual_information(joint) == pytest.approx(1e-200 * (200 * np.log(10) + 1), rel=1e-12, abs=0)


@given(joint_tables())
def test_mutual_information_is_between_0_and_the_smaller_entropy(joint):
    value = mutual_information(joint)
    assert (
        0
        <= value
        <= min(entropy(normalize(joint.sum(axis=0))), entropy(normalize(joint.sum(axis=1)))) + 1e-15
    )


@given(joint_tables())
def test_mutual_information_is_symmetric(joint):
    assert mutual_information(joint) == pytest.approx(mutual_information(joint.T), rel=1e-12, abs=1e-30)


def test_mutual_information_of_a_batch_equals_the_loop():
    joints = np.random.default_rng(0).dirichlet(np.ones(12), size=(2, 5)).reshape(2, 5, 3, 4)
    loop = [[mutual_information(table) for table in row] for row in joints]
    np.testing.assert_allclose(mutual_information(joints), loop, rtol=4e-15)
    assert mutual_information(np.empty((0, 3, 4))).shape == (0,)


@pytest.mark.parametrize("factor", [1 - 9e-7, 1 + 9e-7])
def test_a_table_whose_sum_is_off_by_rounding_is_divided_by_it(factor):
    joint = np.random.default_rng(0).dirichlet(np.ones(12)).reshape(3, 4) * factor
    assert relative_error(mutual_information(joint), exact_mutual_information(joint.tolist())) < 1e-14


@pytest.mark.parametrize(
    ("joint", "message"),
    [
        ([1 / 2, 1 / 2], r"joint has shape \(2,\); pass a table, shape \(n, m\)"),
        (1.0, r"joint has shape \(\)"),
        (np.empty((0, 3)), r"joint has shape \(0, 3\)"),
        ([[1, 2], [3, 4]], r"^joint sums to 10, not 1; divide a table of counts by the sum of all of it"),
        ([[1 / 2, 1 / 2], [1 / 2, 1 / 2]], r"^joint sums to 2, not 1; divide"),
        ([np.eye(2) / 2, np.eye(2)], r"^joint\[1\] sums to 2, not 1"),
        ([np.eye(2) / 2, np.eye(2) * 2], r"^joint\[1\] sums to 4, not 1"),
        ([[1 / 2, -1 / 2], [1 / 2, 1 / 2]], r"joint\[0, 1\] is -0.5; probabilities are not negative$"),
        ([[1 / 2, np.nan], [1 / 2, 0]], r"joint\[0, 1\] is nan; remove or replace it$"),
        ([[1e308, 1e308], [0, 0]], "joint sums to inf"),
    ],
)
def test_mutual_information_explains_bad_tables(joint, message):
    with pytest.raises(ValueError, match=message):
        mutual_information(joint)


def test_all_pairs_of_three_coins_have_the_tabulated_divergences():
    coins = {"half": HALF, "quarter": QUARTER, "tenth": TENTH}
    exact = {(a, b): float(exact_kl(coins[a], coins[b])) for a, b in itertools.permutations(coins, 2)}
    for (a, b), value in exact.items():
        assert kl_divergence(coins[a], coins[b]) == pytest.approx(value, rel=4e-15, abs=0)
