"""Cross-entropy, from probabilities and from logits, and perplexity."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import exact_cross_entropy, exact_cross_entropy_from_logits, relative_error
from scipy.special import log_softmax, softmax
from strategies import pairs, probability_vectors, seeds

from divergences import (
    cross_entropy,
    cross_entropy_from_logits,
    entropy,
    normalize,
    perplexity,
)

HALF = [1 / 2, 1 / 2]

# Cross-entropy


def test_cross_entropy_by_hand():
    assert cross_entropy(HALF, [1 / 4, 3 / 4], base=2) == pytest.approx(2 - np.log2(3) / 2, rel=4e-15, abs=0)
    assert cross_entropy([0, 1, 0], [1 / 4, 1 / 8, 5 / 8], base=2) == 3
    assert cross_entropy([1, 0], [1, 0]) == 0


def test_cross_entropy_is_in_nats_unless_a_base_is_given():
    assert cross_entropy([0, 1], HALF) == pytest.approx(np.log(2), rel=4e-15, abs=0)
    assert cross_entropy([0, 1], HALF, base=10) == pytest.approx(np.log10(2), rel=4e-15, abs=0)


def test_cross_entropy_of_one_pair_is_a_float():
    assert type(cross_entropy(HALF, HALF)) is float


def test_cross_entropy_is_infinite_where_q_vanishes_and_p_does_not():
    assert cross_entropy(HALF, [1, 0]) == np.inf
    assert cross_entropy([1, 0], [1, 0]) == 0


def test_cross_entropy_is_not_symmetric():
    assert cross_entropy([1, 0], HALF) < cross_entropy(HALF, [1, 0])


@given(pairs())
def test_cross_entropy_agrees_with_its_definition(pair):
    with mpmath.workdps(350):
        assert relative_error(cross_entropy(*pair), exact_cross_entropy(*pair)) < 2e-15


@pytest.mark.parametrize("rest", [1e-3, 1e-10, 1e-17, 1e-300])
def test_cross_entropy_of_a_confident_right_model_keeps_its_digits(rest):
    p, q = [1, 0, 0], [1 - rest, rest / 2, rest / 2]
    with mpmath.workdps(350):
        assert relative_error(cross_entropy(p, q), exact_cross_entropy(p, q)) < 1e-15


@given(seeds)
def test_a_batch_equals_the_loop_over_pairs(seed):
    p, q = np.random.default_rng(seed).dirichlet(np.full(7, 0.1), size=(2, 3, 4))
    loop = [[cross_entropy(p[i, j], q[i, j]) for j in range(4)] for i in range(3)]
    np.testing.assert_allclose(cross_entropy(p, q), loop, rtol=4e-15)


def test_any_axis_may_hold_the_outcomes_and_the_others_broadcast():
    p, q = np.random.default_rng(0).dirichlet(np.ones(5), size=(2, 3))
    np.testing.assert_array_equal(cross_entropy(p.T, q.T, axis=0), cross_entropy(p, q))
    np.testing.assert_array_equal(cross_entropy(p[0], q), [cross_entropy(p[0], row) for row in q])
    np.testing.assert_array_equal(cross_entropy(q, p[0]), [cross_entropy(row, p[0]) for row in q])
    assert cross_entropy(np.empty((0, 2)), HALF).shape == (0,)


@pytest.mark.parametrize("factor", [1 - 9e-7, 1 + 9e-7])
def test_sums_that_are_off_by_rounding_are_divided_out(factor):
    p, q, logits = np.array([0.2, 0.3, 0.5]), np.array([0.7, 0.2, 0.1]), [1.0, 2.0, 0.0]
    for left, right in ((p * factor, q), (p, q * factor)):
        assert relative_error(cross_entropy(left, right), exact_cross_entropy(left, right)) < 1e-15
    exact = exact_cross_entropy_from_logits(p * factor, logits)
    assert relative_error(cross_entropy_from_logits(p * factor, logits), exact) < 1e-15


def test_a_model_with_a_likely_and_a_subnormal_outcome_gives_no_warning():
    q = [1 - 1e-10, 1e-10, 5e-324]
    assert relative_error(cross_entropy([1, 0, 0], q), exact_cross_entropy([1, 0, 0], q)) < 1e-15


# From logits


def test_cross_entropy_from_logits_by_hand():
    assert cross_entropy_from_logits([1, 0], [0.0, 0.0], base=2) == pytest.approx(1, rel=4e-15, abs=0)
    assert cross_entropy_from_logits([0, 1], [np.log(3), 0.0]) == pytest.approx(np.log(4), rel=4e-15, abs=0)
    assert cross_entropy_from_logits([1], [7.0]) == 0


def test_cross_entropy_from_logits_of_one_pair_is_a_float():
    assert type(cross_entropy_from_logits(HALF, [1, 2])) is float


@given(probability_vectors(min_size=2), seeds, st.sampled_from([0.1, 1, 10, 100, 1000]))
def test_cross_entropy_from_logits_agrees_with_its_definition(p, seed, scale):
    logits = np.random.default_rng(seed).normal(scale=scale, size=len(p))
    with mpmath.workdps(1500):
        exact = exact_cross_entropy_from_logits(p, logits)
        # A margin of 700 is rounded to 1e-13, and so is the logarithm of the loss.
        assert abs(cross_entropy_from_logits(p, logits) - exact) <= 2e-13 * exact + 1e-300


@given(probability_vectors(min_size=2), seeds)
def test_it_is_the_cross_entropy_of_the_softmax(p, seed):
    logits = np.random.default_rng(seed).normal(size=len(p))
    value = cross_entropy_from_logits(p, logits, base=2)
    assert value == pytest.approx(cross_entropy(p, softmax(logits), base=2), rel=1e-13, abs=0)
    assert value == pytest.approx(-p @ log_softmax(logits) / np.log(2), rel=1e-12, abs=0)


@pytest.mark.parametrize("margin", [1, 20, 50, 700])
def test_the_loss_of_a_confident_right_model_keeps_its_digits(margin):
    with mpmath.workdps(350):
        exact = mpmath.log1p(2 * mpmath.exp(-margin))
        assert relative_error(cross_entropy_from_logits([1, 0, 0], [margin, 0.0, 0.0]), exact) < 1e-15


@pytest.mark.parametrize("shift", [-1e300, -1e5, 1e5, 1e300])
def test_a_common_shift_of_the_logits_changes_nothing(shift):
    logits = np.array([0.0, 2.0**1000, -(2.0**1000)]) if abs(shift) > 1e200 else np.array([0.0, 0.5, -0.5])
    p = [0.25, 0.5, 0.25]
    assert cross_entropy_from_logits(p, logits + shift) == pytest.approx(
        cross_entropy_from_logits(p, logits), rel=1e-9, abs=0
    )


def test_huge_logits_neither_overflow_nor_warn():
    assert cross_entropy_from_logits([1, 0], [1e308, -1e308]) == 0
    assert cross_entropy_from_logits([0.75, 0.25], [1e308, -1e308]) == pytest.approx(5e307, rel=4e-15, abs=0)
    assert cross_entropy_from_logits([0, 1], [1.7e308, -1.7e308]) == np.inf


def test_a_logit_of_minus_infinity_is_probability_0():
    assert cross_entropy_from_logits([1, 0], [0.0, -np.inf]) == 0
    assert cross_entropy_from_logits(HALF, [0.0, -np.inf]) == np.inf
    assert cross_entropy_from_logits([1 / 2, 1 / 2, 0], [3.0, 3.0, -np.inf]) == pytest.approx(
        np.log(2), rel=4e-15, abs=0
    )


def test_tied_largest_logits_all_count():
    assert cross_entropy_from_logits([1, 0, 0, 0], [5.0, 5, 5, 5]) == pytest.approx(
        np.log(4), rel=4e-15, abs=0
    )


def test_a_batch_of_logits_equals_the_loop():
    rng = np.random.default_rng(0)
    p, logits = rng.dirichlet(np.ones(4), size=(2, 3)), rng.normal(scale=5, size=(2, 3, 4))
    loop = [[cross_entropy_from_logits(p[i, j], logits[i, j]) for j in range(3)] for i in range(2)]
    np.testing.assert_allclose(cross_entropy_from_logits(p, logits), loop, rtol=4e-15)
    moved = cross_entropy_from_logits(np.moveaxis(p, -1, 0), np.moveaxis(logits, -1, 0), axis=0)
    np.testing.assert_allclose(moved, loop, rtol=4e-15)
    one = [[cross_entropy_from_logits(p[0, 0], row) for row in rows] for rows in logits]
    np.testing.assert_allclose(cross_entropy_from_logits(p[0, 0], logits), one, rtol=4e-15)
    many = [[cross_entropy_from_logits(row, logits[0, 0]) for row in rows] for rows in p]
    np.testing.assert_allclose(cross_entropy_from_logits(p, logits[0, 0]), many, rtol=4e-15)
    assert cross_entropy_from_logits(np.empty((0, 2)), [1, 2]).shape == (0,)
    assert cross_entropy_from_logits(HALF, np.empty((0, 2))).shape == (0,)


def test_the_logits_are_not_modified():
    logits = np.array([1.0, 2.0])
    cross_entropy_from_logits([0.0, 1.0], logits)
    np.testing.assert_array_equal(logits, [1, 2])


def test_a_one_hot_vector_of_integers_is_a_target():
    assert cross_entropy_from_logits([0, 1], [0, 0]) == pytest.approx(np.log(2), rel=4e-15, abs=0)
    assert cross_entropy_from_logits(np.eye(2, dtype=int), [[0, 0], [0, 0]]) == pytest.approx(
        [np.log(2)] * 2, rel=4e-15, abs=0
    )
    assert cross_entropy_from_logits([0.0, 1.0], [[0, 0], [0, 0]]) == pytest.approx(
        [np.log(2)] * 2, rel=4e-15, abs=0
    )
    many = cross_entropy_from_logits([0, 0, 1], np.zeros((2, 5, 3)))
    assert many == pytest.approx(np.full((2, 5), np.log(3)), rel=4e-15, abs=0)


@pytest.mark.parametrize(
    "labels", [[0, 2, 1], [0, 1, 0], np.array([0, 1, 0], dtype=np.uint8), [False, True, False]]
)
def test_class_labels_are_refused_with_the_way_out(labels):
    with pytest.raises(
        ValueError,
        match=r"^p holds integers in fewer axes than logits, like class labels; pass np\.eye\(n\)\[p\], or ",
    ):
        cross_entropy_from_logits(labels, np.zeros((3, 3)))
    for p, logits in [(2, np.zeros(3)), ([0, 1], np.zeros((5, 3))), ([0, 2, 1], np.zeros((5, 3)))]:
        with pytest.raises(ValueError, match=r"p holds integers in fewer axes than logits"):
            cross_entropy_from_logits(p, logits)


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        ([0.0, np.nan], r"logits\[1\] is nan; remove or replace it"),
        ([0.0, np.inf], r"logits\[1\] is inf; logits are finite or -inf"),
        ([-np.inf, -np.inf], "^logits are all -inf: no outcome is possible$"),
        ([[0.0, 0.0], [-np.inf, -np.inf]], "logits are all -inf"),
        ([], "logits is empty"),
        (0.0, "logits is a single number"),
        ([0.0, 0.0, 0.0], "p has 2 outcomes and logits has 3"),
        (["a", "b"], "logits holds <U1 values; pass numbers"),
        ([1j, 0], "logits is complex"),
        (np.ma.masked_array([0.0, 1.0], mask=[True, False]), "logits is a masked array"),
    ],
)
def test_bad_logits_are_explained(logits, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy_from_logits([0.5, 0.5], logits)


# Perplexity


@pytest.mark.parametrize("n", [1, 2, 6, 1000])
def test_perplexity_of_a_fair_die_is_its_number_of_sides(n):
    assert perplexity(np.full(n, 1 / n)) == pytest.approx(n, rel=1e-14, abs=0)
    assert perplexity(np.eye(n)[0], np.full(n, 1 / n)) == pytest.approx(n, rel=1e-14, abs=0)


@given(pairs())
def test_perplexity_is_2_to_the_power_of_the_bits(pair):
    p, q = pair
    assert perplexity(p) == pytest.approx(2 ** entropy(p, base=2), rel=1e-13, abs=0)
    bits = cross_entropy(p, q, base=2)
    assert perplexity(p, q) == pytest.approx(2**bits if bits < 1000 else perplexity(p, q), rel=1e-12, abs=0)


def test_perplexity_of_one_pair_is_a_float():
    assert type(perplexity(HALF)) is float
    assert type(perplexity(HALF, HALF)) is float


def test_perplexity_is_infinite_where_q_vanishes_and_beyond_the_largest_number():
    assert perplexity(HALF, [1, 0]) == np.inf
    assert perplexity([0, 1], [1, 5e-324]) == np.inf


def test_perplexity_of_a_batch_and_along_an_axis():
    p = normalize([[1, 1], [1, 3]])
    np.testing.assert_array_equal(perplexity(p), [perplexity(row) for row in p])
    np.testing.assert_array_equal(perplexity(p.T, axis=0), perplexity(p))
    np.testing.assert_array_equal(perplexity(p.T, p[::-1].T, axis=0), perplexity(p, p[::-1]))


def test_one_integer_target_for_many_rows_is_a_target_unless_it_could_be_labels():
    logits = np.random.default_rng(0).normal(size=(5, 3))
    expected = cross_entropy_from_logits([0.0, 1.0, 0.0], logits)
    np.testing.assert_array_equal(cross_entropy_from_logits([0, 1, 0], logits), expected)
    with pytest.raises(ValueError, match=r"like class labels; .* or one target for all rows as floats"):
        cross_entropy_from_logits([0, 1, 0], logits[:3])
    with pytest.raises(ValueError, match="like class labels"):
        cross_entropy_from_logits([0, 1, 1, 0, 2], logits)


def test_the_loss_does_not_depend_on_what_numpy_is_told_to_raise():
    with np.errstate(all="raise"):
        assert cross_entropy_from_logits([1, 0], [0.0, 1000.0]) == 1000
        assert cross_entropy_from_logits([1, 0], [1000.0, 0.0]) == 0
