"""The aligned pair: two vectors of one sum, and their difference to the last digits."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from strategies import near_pairs

from divergences._pair import align, aligned_pair


def exact_difference(p, q):
    """Return q minus p scaled to the sum of q, in exact arithmetic."""
    p, q = [Fraction(x) for x in p], [Fraction(x) for x in q]
    return [float(b - a * sum(q) / sum(p)) for a, b in zip(p, q, strict=True)]


@given(near_pairs())
def test_the_difference_of_close_vectors_is_right_to_the_last_digits(pair):
    p, q = pair
    difference, expected = aligned_pair(p, q).difference, exact_difference(p, q)
    # What the sums differ by is known to n + 3 roundings of its own size: 15 * 1.1e-16 for up to 12 outcomes.
    gap = float(abs(sum(map(Fraction, q)) - sum(map(Fraction, p))))
    assert np.abs(difference - expected).max() <= 4e-15 * np.abs(expected).max() + 2e-15 * gap


@pytest.mark.parametrize("factor", [1 - 1e-7, 1 + 1e-7])
def test_the_first_gets_the_sum_of_the_second(factor):
    p, q = factor * np.array([0.5, 0.5]), np.array([0.25, 0.75])
    pair = aligned_pair(p, q)
    assert pair.total == 1.0
    np.testing.assert_allclose(pair.p, [0.5, 0.5], rtol=4e-15)
    np.testing.assert_allclose(pair.difference, [-0.25, 0.25], rtol=4e-15)


def test_the_rows_of_a_batch_are_aligned_each_for_itself():
    p, q = np.array([[0.25, 0.75], [0.5, 0.5000001]]), np.array([0.5, 0.5])
    for pair in (align(p, q), align(q, p)):
        np.testing.assert_allclose(pair.p.sum(axis=-1), np.broadcast_to(pair.total, 2), rtol=4e-15)
    assert align(q, p).total.shape == (2,)
    assert align(p, q).difference.shape == (2, 2)


def test_what_is_given_is_left_alone():
    p, q = np.array([0.5, 0.5000001]), np.array([0.25, 0.75])
    pair = aligned_pair(p, q)
    assert pair.q is q
    np.testing.assert_array_equal(p, [0.5, 0.5000001])


def test_a_subnormal_probability_of_the_second_keeps_its_digits():
    p, q = np.array([0.25, 0.7500001]), np.array([3e-322, 1.0])
    assert aligned_pair(p, q).q[0] == 3e-322


@pytest.mark.parametrize("shape", [(2,), (3, 2)])
def test_sums_are_checked_where_they_are_taken(shape):
    good, bad = np.full(shape, 0.5), np.full(shape, 0.4)
    with pytest.raises(ValueError, match=r"^p(\[0\])? sums to 0\.8"):
        align(bad, good)
    with pytest.raises(ValueError, match=r"^q(\[0\])? sums to 0\.8"):
        align(good, bad)
    with pytest.raises(ValueError, match=r"^q(\[0\])? sums to 0\.8"):
        align(np.array([0.5, 0.5]), bad)
