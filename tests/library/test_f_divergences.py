"""Total variation, Hellinger, chi-squared, Rényi divergences, and f-divergences in general."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import (
    exact_chi_squared,
    exact_hellinger,
    exact_renyi,
    exact_total_variation,
    relative_error,
    shares,
)
from scipy.special import xlogy
from strategies import channels, near_pairs, pairs, seeds, triples

from divergences import (
    chi_squared_divergence,
    f_divergence,
    hellinger_distance,
    js_divergence,
    kl_divergence,
    normalize,
    renyi_divergence,
    total_variation_distance,
)

HALF, QUARTER, TENTH = [1 / 2, 1 / 2], [1 / 4, 3 / 4], [1 / 10, 9 / 10]
INF = float("inf")
ORDERS = [1e-9, 0.1, 0.4, 0.5, 0.7, 0.999, 1 - 1e-9, 1 + 1e-12, 1.001, 2, 5, 50, 1e4]


def mixed_pair(seed, n=12):
    """Some outcomes nearly equal, some far apart, all in float64."""
    rng = np.random.default_rng(seed)
    p = rng.exponential(size=n) ** 3
    q = p * (1 + 10.0 ** rng.uniform(-14, 0, size=n) * rng.choice([-0.9, 0.5, 3], size=n))
    return normalize(p), normalize(q)


# Values


def test_the_distances_by_hand():
    assert total_variation_distance(HALF, QUARTER) == 0.25
    assert hellinger_distance([1, 0], HALF) == pytest.approx(
        math.sqrt(1 - math.sqrt(1 / 2)), rel=4e-15, abs=0
    )
    assert chi_squared_divergence(HALF, QUARTER) == pytest.approx(1 / 3, rel=4e-15, abs=0)
    assert renyi_divergence(HALF, QUARTER, 2) == pytest.approx(math.log(4 / 3), rel=4e-15, abs=0)
    assert renyi_divergence(HALF, QUARTER, 2, base=2) == pytest.approx(math.log2(4 / 3), rel=4e-15, abs=0)


@pytest.mark.parametrize(
    "divergence",
    [
        total_variation_distance,
        hellinger_distance,
        chi_squared_divergence,
        lambda p, q: renyi_divergence(p, q, 3),
    ],
)
def test_one_pair_gives_a_float_and_equality_gives_0(divergence):
    value = divergence(HALF, QUARTER)
    assert type(value) is float
    assert value > 0
    assert divergence(HALF, HALF) == 0
    assert divergence([1, 0, 0], [1, 0, 0]) == 0


def test_distributions_that_share_no_outcome_are_as_far_apart_as_possible():
    p, q = [0.3, 0.7, 0, 0], [0, 0, 0.9, 0.1]
    assert total_variation_distance(p, q) == 1
    assert hellinger_distance(p, q) == pytest.approx(1, rel=4e-15, abs=0)
    assert chi_squared_divergence(p, q) == INF
    for alpha in (0, 0.5, 2, INF):
        assert renyi_divergence(p, q, alpha) == INF


def test_chi_squared_is_infinite_where_q_vanishes_also_for_a_tiny_p():
    assert chi_squared_divergence([1, 5e-324], [1, 0]) == INF
    assert chi_squared_divergence([1, 0], HALF) == 1


def test_chi_squared_of_a_subnormal_q_is_finite_if_its_value_is():
    p, q = [1 - 1e-9, 1e-9], [1, 1e-320]
    exact = float(Fraction(1e-9) ** 2 / Fraction(1e-320))
    assert chi_squared_divergence(p, q) == pytest.approx(exact, rel=1e-14, abs=0)


def test_chi_squared_beyond_the_largest_number_is_infinite():
    assert chi_squared_divergence(HALF, [1, 5e-324]) == INF


# Accuracy


@pytest.mark.parametrize(
    ("divergence", "exact"),
    [
        (total_variation_distance, exact_total_variation),
        (hellinger_distance, exact_hellinger),
        (chi_squared_divergence, exact_chi_squared),
    ],
)
class TestDigits:
    @given(pair=pairs(min_size=2))
    def test_at_any_distance(self, divergence, exact, pair):
        with mpmath.workdps(700):
            true = exact(*pair)
            assume(true < 1e308)
            assert relative_error(divergence(*pair), true) < 2e-15

    @given(seed=seeds)
    def test_of_near_and_far_outcomes_together(self, divergence, exact, seed):
        p, q = mixed_pair(seed)
        assert relative_error(divergence(p, q), exact(p, q)) < 2e-15

    @pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9])
    def test_near_equality(self, divergence, exact, distance):
        rng = np.random.default_rng(0)
        p = rng.dirichlet(np.ones(500))
        q = normalize(p * (1 + distance * rng.normal(size=500)))
        assert relative_error(divergence(p, q), exact(p, q)) < 2e-15
        assert relative_error(divergence(p, q * (1 + 1e-7)), exact(p, q * (1 + 1e-7))) < 1e-13


def test_hellinger_of_the_smallest_number():
    with mpmath.workdps(700):
        assert (
            relative_error(hellinger_distance([0, 1], [5e-324, 1]), exact_hellinger([0, 1], [5e-324, 1]))
            < 1e-15
        )


@pytest.mark.parametrize("alpha", ORDERS)
@given(seed=seeds)
def test_renyi_keeps_its_digits_of_near_and_far_outcomes_together(alpha, seed):
    p, q = mixed_pair(seed)
    assert relative_error(renyi_divergence(p, q, alpha), exact_renyi(p, q, alpha)) < 3e-14


@pytest.mark.parametrize("alpha", ORDERS)
@settings(max_examples=25)
@given(pair=pairs(min_size=2))
def test_renyi_keeps_its_digits_at_any_distance(alpha, pair):
    value = renyi_divergence(*pair, alpha)
    with mpmath.workdps(700):
        exact = exact_renyi(*pair, alpha)
        assert value == exact or abs(value - exact) <= 3e-14 * exact + 1e-300


@pytest.mark.parametrize("alpha", ORDERS)
@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9])
def test_renyi_keeps_its_digits_near_equality(alpha, distance):
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(50))
    q = normalize(p * (1 + distance * rng.normal(size=50)))
    assert relative_error(renyi_divergence(p, q, alpha), exact_renyi(p, q, alpha)) < 1e-14


def test_renyi_of_softmax_outputs_far_apart():
    p, q = normalize(np.exp(np.random.default_rng(0).normal(scale=10, size=(2, 100))))
    for alpha in ORDERS:
        assert relative_error(renyi_divergence(p, q, alpha), exact_renyi(p, q, alpha)) < 1e-14


def test_renyi_of_a_rare_outcome_that_a_high_order_lifts():
    with mpmath.workdps(700):
        p, q = [1e-300, 1], [1e-303, 1]
        for alpha in (50, 105, 200):
            assert relative_error(renyi_divergence(p, q, alpha), exact_renyi(p, q, alpha)) < 2e-13


# The limits of Rényi's family


def test_order_0_is_the_mass_that_p_can_see():
    assert renyi_divergence([1, 0], QUARTER, 0, base=2) == 2
    assert renyi_divergence(HALF, QUARTER, 0) == 0
    q = [1 - 1e-20, 1e-20]
    assert renyi_divergence([1, 0], q, 0) == pytest.approx(1e-20, rel=4e-15, abs=0)
    assert renyi_divergence([0, 1], q, 0) == pytest.approx(20 * math.log(10), rel=4e-15, abs=0)
    assert renyi_divergence([1, 0], [0.75 * (1 + 9e-7), 0.25 * (1 + 9e-7)], 0) == pytest.approx(
        math.log(4 / 3), rel=1e-14, abs=0
    )


def test_order_1_is_kl():
    assert renyi_divergence(HALF, QUARTER, 1) == kl_divergence(HALF, QUARTER)
    assert renyi_divergence(HALF, QUARTER, 1, base=2) == kl_divergence(HALF, QUARTER, base=2)
    p = np.array([HALF, QUARTER]).T
    np.testing.assert_array_equal(renyi_divergence(p, p[::-1], 1, axis=0), kl_divergence(p, p[::-1], axis=0))


@given(pairs())
def test_order_infinity_is_the_largest_log_ratio(pair):
    p, q = pair
    with mpmath.workdps(700):
        ratios = [a / b if b else mpmath.inf for a, b in zip(shares(p), shares(q), strict=True) if a > 0]
        exact = mpmath.log(max(ratios))
        # The ratio of two entries near 1e-300 is known to 1e-22: below that lie the subnormal numbers.
        assert abs(renyi_divergence(p, q, INF) - exact) <= 4e-15 * exact + 1e-21 or exact == INF
        assert (renyi_divergence(p, q, INF) == INF) == (exact == INF)


@pytest.mark.parametrize("alpha", [0.5, 1.5, 3])
def test_renyi_divides_out_sums_that_are_off_by_rounding(alpha):
    p, q = np.array([0.9, 0.1]), np.array([0.2, 0.8])
    off = renyi_divergence(p * (1 + 4e-7), q * (1 - 3e-7), alpha)
    assert off == pytest.approx(renyi_divergence(p, q, alpha), rel=1e-13, abs=0)


def test_renyi_of_equal_vectors_has_no_minus_sign():
    for alpha in (0, 0.5, 1, 2, INF):
        assert str(renyi_divergence(HALF, HALF, alpha)) == "0.0"


def test_order_infinity_keeps_its_digits_near_equality():
    p, q = np.array([0.3, 0.7]), np.array([0.3 - 1e-13, 0.7 + 1e-13])
    exact = max(mpmath.log(a / b) for a, b in zip(shares(p), shares(q), strict=True))
    assert relative_error(renyi_divergence(p, q, INF), exact) < 1e-15


def test_huge_orders_approach_order_infinity():
    p, q = [0.2, 0.3, 0.5], [0.5, 0.3, 0.2]
    limit = renyi_divergence(p, q, INF)
    assert renyi_divergence(p, q, 1e15) == pytest.approx(limit, rel=1e-14, abs=0)
    assert renyi_divergence(p, q, 1.7e308) == limit


@given(pairs(), st.lists(st.sampled_from([0, *ORDERS, 1, INF]), min_size=2, max_size=2))
def test_renyi_grows_with_its_order(pair, orders):
    low, high = sorted(orders)
    assert renyi_divergence(*pair, low) <= renyi_divergence(*pair, high) * (1 + 1e-12) + 1e-14


@given(pairs(), st.sampled_from([0.001, 0.1, 0.3, 0.5]))
def test_renyi_is_skew_symmetric(pair, alpha):
    p, q = pair
    value = renyi_divergence(p, q, alpha)
    assert value == pytest.approx(alpha / (1 - alpha) * renyi_divergence(q, p, 1 - alpha), rel=1e-12, abs=0)


@pytest.mark.parametrize("alpha", [-1, -1e-9, float("nan"), "2", None, [2], True])
def test_an_order_that_is_none_is_refused(alpha):
    with pytest.raises(ValueError, match=r"alpha (must be a number, not|is) .*; pass an order from 0 to inf"):
        renyi_divergence(HALF, QUARTER, alpha)


def test_rounding_does_not_lift_a_distance_above_1():
    for left, right in (
        ([9, 2, 8, 4, 1, 9, 9], [1, 6, 8, 8, 4, 8, 8]),
        ([9, 8, 7, 7, 9, 2, 6], [9, 7, 3, 7, 9, 6, 3]),
    ):
        p, q = normalize(left), normalize(right)
        apart = np.append(p, 0 * q), np.append(0 * p, q)  # a sum is rounded up
        assert total_variation_distance(*apart) <= 1
        assert hellinger_distance(*apart) <= 1


# Inequalities


@given(pairs())
def test_total_variation_is_the_largest_difference_of_an_event(pair):
    p, q = pair
    assert total_variation_distance(p, q) == pytest.approx((p - q)[p > q].sum(), rel=1e-12, abs=1e-14)


@given(triples(), st.sampled_from([total_variation_distance, hellinger_distance]))
def test_total_variation_and_hellinger_are_metrics(vectors, distance):
    p, q, r = vectors
    assert 0 <= distance(p, q) <= 1
    assert distance(q, p) == pytest.approx(distance(p, q), rel=1e-14, abs=0)
    assert distance(p, r) <= (distance(p, q) + distance(q, r)) * (1 + 1e-14)


@given(pairs() | near_pairs())
def test_hellinger_bounds_total_variation(pair):
    h, tv = hellinger_distance(*pair), total_variation_distance(*pair)
    assert h * h * (1 - 1e-12) <= tv <= h * math.sqrt(2 - h * h) * (1 + 1e-12)


@given(pairs())
def test_divergences_are_not_negative(pair):
    for value in (chi_squared_divergence(*pair), *(renyi_divergence(*pair, alpha) for alpha in ORDERS)):
        assert value >= 0


@given(near_pairs())
def test_divergences_are_not_negative_near_equality(pair):
    for value in (
        chi_squared_divergence(*pair),
        *(renyi_divergence(*pair, alpha) for alpha in [0, *ORDERS, INF]),
    ):
        assert value >= 0


@given(st.data())
def test_processing_does_not_increase_a_divergence(data):
    p, q = data.draw(pairs())
    channel = data.draw(channels(len(p)))
    p_out, q_out = normalize(p @ channel), normalize(q @ channel)
    for divergence in (total_variation_distance, hellinger_distance, chi_squared_divergence):
        assert divergence(p_out, q_out) <= divergence(p, q) * (1 + 1e-12) + 1e-7 * (
            divergence is hellinger_distance
        )
    for alpha in (0.5, 2, INF):
        assert renyi_divergence(p_out, q_out, alpha) <= renyi_divergence(p, q, alpha) * (1 + 1e-12) + 1e-14


# Any f


GENERATORS = {
    "KL": (lambda t: xlogy(t, t), 0, INF, kl_divergence),
    "reversed KL": (lambda t: -np.log(t), INF, 0, lambda p, q: kl_divergence(q, p)),
    "total variation": (lambda t: abs(t - 1) / 2, 1 / 2, 1 / 2, total_variation_distance),
    "chi-squared": (lambda t: (t - 1) ** 2, 1, INF, chi_squared_divergence),
    "Hellinger": (
        lambda t: (np.sqrt(t) - 1) ** 2 / 2,
        1 / 2,
        1 / 2,
        lambda p, q: hellinger_distance(p, q) ** 2,
    ),
    "JS": (
        lambda t: (xlogy(t, t) - (1 + t) * np.log((1 + t) / 2)) / 2,
        math.log(2) / 2,
        math.log(2) / 2,
        js_divergence,
    ),
}


@pytest.mark.parametrize("name", GENERATORS)
@given(pair=pairs())
def test_f_divergence_gives_the_named_divergences(name, pair):
    f, at_zero, slope, divergence = GENERATORS[name]
    p, q = pair
    assume((p[q > 0] <= 1e100 * q[q > 0]).all())
    expected = divergence(p, q)
    tolerance = 1e-13 * (1 + (expected if expected < INF else 0))
    value = f_divergence(p, q, f, at_zero=at_zero, slope_at_infinity=slope)
    assert type(value) is float
    assert value == pytest.approx(expected, rel=1e-12, abs=tolerance)
    assert f_divergence(p, q, f, slope_at_infinity=slope) == value


def test_f_divergence_of_a_batch_and_along_an_axis():
    p, q = np.random.default_rng(0).dirichlet(np.ones(4), size=(2, 3))
    f = GENERATORS["chi-squared"][0]
    loop = [f_divergence(a, b, f) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(f_divergence(p, q, f), loop, rtol=4e-15)
    np.testing.assert_allclose(f_divergence(p.T, q.T, f, axis=0), loop, rtol=4e-15)
    np.testing.assert_allclose(f_divergence(p[0], q, f), [f_divergence(p[0], b, f) for b in q], rtol=4e-15)
    assert f_divergence(np.empty((0, 2)), HALF, f).shape == (0,)


def test_f_divergence_divides_out_sums_that_are_off_by_rounding():
    f = GENERATORS["total variation"][0]
    assert f_divergence(HALF, np.array(QUARTER) * (1 + 9e-7), f) == pytest.approx(0.25, rel=1e-14, abs=0)
    assert f_divergence(np.array(HALF) * (1 - 9e-7), QUARTER, f) == pytest.approx(0.25, rel=1e-14, abs=0)


def test_f_divergence_uses_the_limits_only_where_they_are_needed():
    def f(t):
        return t * np.log(t)

    assert f_divergence([1, 0], [1, 0], f) == 0
    assert f_divergence(HALF, QUARTER, f) == pytest.approx(kl_divergence(HALF, QUARTER), rel=1e-14, abs=0)
    with pytest.raises(
        ValueError, match=r"^p is 0 for an outcome and f\(0\) is nan; pass the limit of f at 0 as at_zero$"
    ):
        f_divergence([1, 0], HALF, f)
    assert f_divergence([1, 0], HALF, f, at_zero=0) == pytest.approx(math.log(2), rel=1e-14, abs=0)
    with pytest.raises(
        ValueError, match=r"^q is 0 for an outcome and p is not; pass lim f\(t\)/t as slope_at_infinity$"
    ):
        f_divergence(HALF, [1, 0], f)
    assert f_divergence(HALF, [1, 0], f, slope_at_infinity=INF) == INF


@pytest.mark.parametrize("limit", [np.nan, "1", [1], True, 1j])
def test_a_limit_that_is_no_number_is_refused(limit):
    for name in ("at_zero", "slope_at_infinity"):
        with pytest.raises(ValueError, match=f"{name} must be a number, not .*; pass (the limit|lim)"):
            f_divergence(HALF, QUARTER, GENERATORS["KL"][0], **{name: limit})


def test_an_impossible_outcome_costs_its_limit_per_unit_of_mass():
    f = GENERATORS["total variation"][0]
    assert (
        f_divergence([0.75, 0.25, 0], [0.75, 0, 0.25], f, at_zero=3, slope_at_infinity=5)
        == 0.25 * 3 + 0.25 * 5
    )
    assert f_divergence([1, 0], [1, 0], f) == 0


def test_rounding_does_not_make_an_f_divergence_negative():
    f = GENERATORS["KL"][0]
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(50), size=200)
    assert (f_divergence(p, normalize(p * (1 + 1e-9 * rng.normal(size=p.shape))), f) >= 0).all()


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (3, "f must be a function, not 3"),
        (lambda t: t, r"\|f\(1\)\| is 1, not 0; subtract f\(1\) from f"),
        (lambda t: t * np.nan, r"\|f\(1\)\| is nan, not 0"),
        (lambda t: -((t - 1) ** 2), "f is not convex: it gives the divergence -0.333333, which is negative"),
        (lambda t: -1e-9 * (t - 1) ** 2, "f is not convex: it gives the divergence -3.33333e-10"),
        (lambda t: math.log(t), r"f must take an array \(.*\); pass np\.vectorize\(f\)"),
        (lambda t: 0.0, r"f returns shape \(\) for an array of shape \(3,\)"),
        (lambda t: np.where(t == 1, 0.0, np.nan), "f is nan at p/q = 2; f must be finite on"),
        (lambda t: np.where(t == 1, 0.0, np.inf), "f is inf at p/q = 2"),
    ],
)
def test_a_function_that_is_no_generator_is_refused(f, message):
    with pytest.raises(ValueError, match=message):
        f_divergence(HALF, QUARTER, f)


def test_a_ratio_that_overflows_is_refused():
    with pytest.raises(
        ValueError,
        match=r"f is inf at p/q = inf; f must be finite on \(0, inf\), and where q is .*, round it to 0$",
    ):
        f_divergence(HALF, [5e-324, 1], lambda t: t - 1)
    with pytest.raises(ValueError, match=r"f is inf at p/q = 5e\+199"):
        f_divergence(HALF, [1e-200, 1], lambda t: (t - 1) ** 2)


# Batches


@pytest.mark.parametrize(
    "divergence",
    [total_variation_distance, hellinger_distance, chi_squared_divergence]
    + [
        lambda p, q, alpha=alpha, axis=-1: renyi_divergence(p, q, alpha, axis=axis)
        for alpha in (0, 0.3, 0.7, 2, INF)
    ],
)
def test_a_batch_equals_the_loop_over_pairs(divergence):
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.full(7, 0.3), size=(2, 3, 4))
    p[0, :, :3], q[1, 0, :2], q[2, 1] = 0, 0, p[2, 1]
    p, q = normalize(p), normalize(q)
    loop = [[divergence(p[i, j], q[i, j]) for j in range(4)] for i in range(3)]
    np.testing.assert_allclose(divergence(p, q), loop, rtol=1e-14)
    moved = divergence(np.moveaxis(p, -1, 0), np.moveaxis(q, -1, 0), axis=0)
    np.testing.assert_allclose(moved, loop, rtol=1e-14)
    np.testing.assert_allclose(divergence(p[0, 0], q[1]), [divergence(p[0, 0], b) for b in q[1]], rtol=1e-14)
    np.testing.assert_allclose(divergence(p[1], q[0, 0]), [divergence(a, q[0, 0]) for a in p[1]], rtol=1e-14)
    assert divergence(np.empty((0, 2)), HALF).shape == (0,)


def test_rounding_does_not_pass_1():
    q = [0.0, 0.38582674973657427, 0.13484503546130283, 0.3973857602563716, 0.009157176129694907]
    q += [0.07278527841605632]
    assert total_variation_distance([1, 0, 0, 0, 0, 0], q) == 1.0
