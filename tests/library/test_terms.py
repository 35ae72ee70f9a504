"""The terms of the sums, each to the last digits, and the blocks that they are summed in."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from oracles import close

from divergences._terms import (
    TINY,
    exact_product,
    in_blocks,
    js_sum,
    kl_sum,
    log_ratio,
    mean_information,
    relative_entropy_terms,
    x_minus_log1p,
)

NUMBERS = [1e-300, 1e-10, 0.1, 0.2, 0.25, 0.3, 0.9, 1.0]


@pytest.mark.parametrize("q", NUMBERS)
@pytest.mark.parametrize("p", NUMBERS)
def test_a_term_of_kl_is_right_to_the_last_digits_near_and_far(p, q):
    with mpmath.workdps(700):
        a, b = mpmath.mpf(p), mpmath.mpf(q)
        exact = float(a * mpmath.log(a / b) - a + b)
    p, q = np.array([p]), np.array([q])
    assert relative_entropy_terms(p, q, q - p)[0] == pytest.approx(exact, rel=4e-15, abs=0)


@pytest.mark.parametrize("distance", [0.24, 1e-3, 1e-9, 1e-15])
def test_a_term_of_kl_keeps_its_digits_where_the_two_are_close(distance):
    with mpmath.workdps(100):
        r = mpmath.mpf(distance)
        exact = float(r - mpmath.log1p(r))
    assert x_minus_log1p(np.array([distance]))[0] == close(exact, rel=4e-15)


@np.errstate(all="ignore")
def test_a_term_without_probability_is_what_q_has():
    p, q = np.array([0.0, 0.0, 0.5]), np.array([0.0, 0.25, 0.0])
    np.testing.assert_array_equal(relative_entropy_terms(p, q, q - p), [0.0, 0.25, np.inf])


@np.errstate(all="ignore")
def test_the_logarithm_of_a_ratio_is_a_number_where_p_is_0():
    p, q = np.array([0.0, 0.0, 1.0, 1.0, 2.0]), np.array([0.0, -0.0, 0.0, 1e-320, 1.0])
    expected = [np.log(TINY), np.log(TINY), np.inf, -np.log(1e-320), np.log(2)]
    np.testing.assert_allclose(log_ratio(p, q), expected, rtol=4e-15)


def test_the_sums_of_a_batch_are_those_of_its_rows():
    p, q = np.random.default_rng(0).dirichlet(np.ones(7), size=(2, 3))
    for kernel in (kl_sum, js_sum):
        rows = [kernel(*row) for row in zip(p, q, q - p, strict=True)]
        np.testing.assert_array_equal(kernel(p, q, q - p), rows)


def test_the_mean_information_of_an_almost_certain_outcome_keeps_its_digits():
    q, one = np.array([1.0, 1e-20]), np.array(1.0)
    assert mean_information(np.array([1.0, 0.0]), q, one, one) == close(1e-20, rel=4e-15)


def test_blocks_change_neither_shape_nor_value():
    rng = np.random.default_rng(0)
    one, many = rng.random(100), rng.random((3, 700, 100))
    expected = (one * many).sum(axis=-1)
    np.testing.assert_array_equal(in_blocks(lambda a, b: (a * b).sum(axis=-1), one, many), expected)
    wide = rng.random((2, 10**5))
    np.testing.assert_array_equal(in_blocks(lambda a: a.sum(axis=-1), wide), wide.sum(axis=-1))


def test_products_are_exact():
    rng = np.random.default_rng(0)
    a, b = rng.random(1000), rng.random(1000)
    product, remainder = exact_product(a, b)
    np.testing.assert_array_equal(product, a * b)
    for x, y, high, low in zip(a, b, product, remainder, strict=True):
        assert Fraction(x) * Fraction(y) == Fraction(high) + Fraction(low)
