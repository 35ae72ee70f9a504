"""The aligned pair: two vectors of one sum, and their difference to the last digits."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from strategies import near_pairs

from divergences._pair import align, aligned_pair


def exact_difference(p, q):
    """Return q scaled to the sum of p, minus p, in exact arithmetic."""
    p, q = [Fraction(x) for x in p], [Fraction(x) for x in q]
    return [float(b * sum(p) / sum(q) - a) for a, b in zip(p, q, strict=True)]


@given(near_pairs())
def test_the_difference_of_close_vectors_is_right_to_the_last_digits(pair):
    p, q = pair
    difference, expected = aligned_pair(p, q).difference, exact_difference(p, q)
    assert np.abs(difference - expected).max() <= 4e-15 * np.abs(expected).max() + 2e-32


@pytest.mark.parametrize("factor", [1 - 1e-7, 1 + 1e-7])
def test_the_second_has_the_sum_of_the_first(factor):
    p, q = np.array([0.25, 0.75]), factor * np.array([0.5, 0.5])
    pair = aligned_pair(p, q)
    assert pair.total == 1.0
    np.testing.assert_allclose(pair.q, [0.5, 0.5], rtol=4e-15)
    np.testing.assert_allclose(pair.difference, [0.25, -0.25], rtol=4e-15)


def test_the_rows_of_a_batch_are_aligned_each_for_itself():
    p, q = np.array([[0.25, 0.75], [0.5, 0.5000001]]), np.array([0.5, 0.5])
    for pair in (align(p, q), align(q, p)):
        np.testing.assert_allclose(pair.q.sum(axis=-1), np.broadcast_to(pair.total, 2), rtol=4e-15)
    assert align(p, q).total.shape == (2,)
    assert align(q, p).difference.shape == (2, 2)


def test_what_is_given_is_left_alone():
    p, q = np.array([0.25, 0.75]), np.array([0.5, 0.5000001])
    pair = aligned_pair(p, q)
    assert pair.p is p
    np.testing.assert_array_equal(q, [0.5, 0.5000001])


@pytest.mark.parametrize("shape", [(2,), (3, 2)])
def test_sums_are_checked_where_they_are_taken(shape):
    good, bad = np.full(shape, 0.5), np.full(shape, 0.4)
    with pytest.raises(ValueError, match=r"^p(\[0\])? sums to 0\.8"):
        align(bad, good)
    with pytest.raises(ValueError, match=r"^q(\[0\])? sums to 0\.8"):
        align(good, bad)
    with pytest.raises(ValueError, match=r"^q(\[0\])? sums to 0\.8"):
        align(np.array([0.5, 0.5]), bad)
