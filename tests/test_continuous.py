"""Divergences, entropies and distances of distributions with densities."""

import math
from functools import partial

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import Bare, Gapped, Mixture, underflowing
from mpmath import mpf
from scipy import stats
from scipy.integrate import quad

from divergences import (
    cross_entropy_continuous,
    entropy_continuous,
    js_divergence_continuous,
    kl_divergence_continuous,
    kl_divergence_gaussian,
    wasserstein_distance_continuous,
)

normal, cauchy, uniform, beta = stats.norm, stats.cauchy, stats.uniform, stats.beta
few = settings(max_examples=25, deadline=None)
log_scales, shifts = st.floats(-7, 7), st.floats(-1e3, 1e3)


# --- KL divergence: closed forms, in 40 digits -------------------------------------------------------------


def kl_normal(m, s, n, t):
    return mpmath.log(t / s) + (s**2 + (m - n) ** 2) / (2 * t**2) - mpf(1) / 2


def kl_exponential(a, b):
    return mpmath.log(b / a) + a / b - 1


def kl_gamma(j, a, k, b):
    digamma, log_gamma = mpmath.digamma, mpmath.loggamma
    return (j - k) * digamma(j) - log_gamma(j) + log_gamma(k) + k * mpmath.log(b / a) + j * (a - b) / b


def kl_beta(a, b, c, d):
    digamma = mpmath.digamma
    logs = (a - c) * digamma(a) + (b - d) * digamma(b) + (c - a + d - b) * digamma(a + b)
    return mpmath.log(mpmath.beta(c, d) / mpmath.beta(a, b)) + logs


def kl_laplace(m, a, n, b):
    d = abs(m - n)
    return mpmath.log(b / a) + (a * mpmath.exp(-d / a) + d) / b - 1


def kl_weibull(j, a, k, b):
    logs = mpmath.log(j) - j * mpmath.log(a) - mpmath.log(k) + k * mpmath.log(b)
    means = (j - k) * (mpmath.log(a) - mpmath.euler / j) + (a / b) ** k * mpmath.gamma(k / j + 1)
    return logs + means - 1


def kl_pareto(a, b):
    return mpmath.log(a / b) + b / a - 1


def kl_cauchy(m, a, n, b):
    return mpmath.log(((a + b) ** 2 + (m - n) ** 2) / (4 * a * b))


FAMILIES = {
    "normal": (normal, kl_normal, [(-1e3, 1e3), (1e-3, 1e3)]),
    "exponential": (lambda a: stats.expon(0, a), kl_exponential, [(1e-3, 1e3)]),
    "gamma": (lambda k, a: stats.gamma(k, 0, a), kl_gamma, [(0.1, 50), (1e-3, 1e3)]),
    "beta": (beta, kl_beta, [(0.3, 20), (0.3, 20)]),
    "Laplace": (stats.laplace, kl_laplace, [(-20, 20), (0.5, 5)]),
    "Weibull": (lambda k, a: stats.weibull_min(k, 0, a), kl_weibull, [(0.5, 5), (0.1, 10)]),
    "Pareto": (stats.pareto, kl_pareto, [(0.2, 20)]),
    "Cauchy": (cauchy, kl_cauchy, [(-1e3, 1e3), (1e-3, 1e3)]),
}


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.data())
@few
def test_kl_of_one_family_is_its_closed_form(family, data):
    law, closed_form, ranges = FAMILIES[family]
    p, q = (
        [data.draw(st.floats(low, high) if low < 0 else st.floats(math.log(low), math.log(high)).map(math.exp))
         for low, high in ranges]
        for _ in range(2)
    )
    with mpmath.workdps(40):
        expected = closed_form(*map(mpf, p), *map(mpf, q))
        # Rounded parameters and log-densities cost near-equal laws what equality leaves of their digits.
        assert abs(kl_divergence_continuous(law(*p), law(*q)) - expected) <= 1e-8 * expected + 1e-14


def integral(function, *breaks):
    with mpmath.workdps(30):
        return mpmath.quad(function, breaks)


def density(m, s):
    return lambda x: mpmath.npdf(x, mpf(m), mpf(s))


def js_of(p, q, *breaks):
    def term(x):
        m = (p(x) + q(x)) / 2
        return (p(x) * mpmath.log(p(x) / m) + q(x) * mpmath.log(q(x) / m)) / 2

    return float(integral(term, *breaks))


# --- KL divergence: single cases ---------------------------------------------------------------------------


def test_kl_of_the_two_bells_of_the_source_is_half_a_nat_both_ways():
    assert kl_divergence_continuous(normal(0, 1), normal(1, 1)) == pytest.approx(0.5, rel=1e-12)
    assert kl_divergence_continuous(normal(1, 1), normal(0, 1)) == pytest.approx(0.5, rel=1e-12)


def test_kl_is_not_symmetric_for_unequal_widths():
    forward = kl_divergence_continuous(normal(0, 1), normal(1, 2))
    reverse = kl_divergence_continuous(normal(1, 2), normal(0, 1))
    assert forward == pytest.approx(math.log(2) + 2 / 8 - 1 / 2, rel=1e-12)
    assert reverse == pytest.approx(-math.log(2) + 5 / 2 - 1 / 2, rel=1e-12)


@pytest.mark.parametrize("location", [0.0, 1e6, -1e6, 1e12])
def test_kl_does_not_depend_on_where_narrow_laws_lie(location):
    width = 1e-9 * abs(location) or 1e-300
    expected = math.log(2) + 1 / 8 - 1 / 2
    actual = kl_divergence_continuous(normal(location, width), normal(location, 2 * width))
    assert actual == pytest.approx(expected, rel=1e-10)


def test_kl_is_certain_to_8_digits_where_doubles_resolve_only_the_millionth_of_a_width():
    actual = kl_divergence_continuous(normal(1e6, 1e-4), normal(1e6, 2e-4))
    assert actual == pytest.approx(math.log(2) + 1 / 8 - 1 / 2, rel=1e-8)


def test_kl_is_refused_where_doubles_do_not_resolve_the_law():
    with pytest.raises(ArithmeticError, match="lower tail of P is not resolved in double precision.*shift"):
        kl_divergence_continuous(normal(1e6, 1e-9), normal(1e6, 2e-9))


@pytest.mark.parametrize("shift", [1e-3, 1e-6, 1e-9])
def test_kl_of_almost_equal_laws_keeps_its_digits(shift):
    assert kl_divergence_continuous(normal(0, 1), normal(shift, 1)) == pytest.approx(shift**2 / 2, rel=1e-6)


@pytest.mark.parametrize(
    "law",
    [normal(3, 2), cauchy(), uniform(), beta(0.1, 0.2), stats.expon(), Gapped(0.3, 0.2), stats.t(1.5)],
)
def test_all_divergences_of_a_law_from_itself_are_exactly_0(law):
    assert kl_divergence_continuous(law, law) == 0
    assert js_divergence_continuous(law, law) == 0
    for order in (1, 2, np.inf):
        assert wasserstein_distance_continuous(law, law, order=order) == 0


def test_kl_of_a_singular_beta_counts_all_of_the_mass_at_its_ends():
    digamma = mpmath.digamma
    forward = -mpmath.log(mpmath.beta(0.1, 0.2)) - 0.9 * (digamma(0.1) - digamma(0.3))
    forward -= 0.8 * (digamma(0.2) - digamma(0.3))
    assert float(forward) == pytest.approx(4.977, abs=1e-3)
    assert kl_divergence_continuous(beta(0.1, 0.2), uniform()) == pytest.approx(float(forward), rel=1e-8)
    reverse = float(mpmath.log(mpmath.beta(0.1, 0.2))) - 1.7
    assert kl_divergence_continuous(uniform(), beta(0.1, 0.2)) == pytest.approx(reverse, rel=1e-9)


def test_kl_of_a_singular_law_away_from_0_is_continued_beyond_the_last_double():
    at_0 = kl_divergence_continuous(beta(0.1, 0.2), uniform())
    at_5 = kl_divergence_continuous(beta(0.1, 0.2, 5, 1), uniform(5, 1))
    assert at_5 == pytest.approx(at_0, rel=1e-7)


def test_kl_is_refused_where_most_of_a_singular_law_is_at_one_double():
    with pytest.raises(ArithmeticError, match="not resolved"):
        kl_divergence_continuous(beta(0.01, 0.01, 5, 1), uniform(5, 1))


def test_kl_of_laws_with_supports_inside_each_other_is_finite_one_way():
    inner, outer = uniform(0.2, 0.5), uniform(0, 1)
    assert kl_divergence_continuous(inner, outer) == pytest.approx(math.log(2), rel=1e-12)
    assert kl_divergence_continuous(outer, inner) == math.inf
    assert kl_divergence_continuous(normal(), stats.truncnorm(-20, 20)) == math.inf
    assert kl_divergence_continuous(uniform(), uniform(2, 1)) == math.inf


def test_supports_whose_ends_differ_by_rounding_count_as_equal():
    assert 0.1 + 0.2 > 0.3
    actual = kl_divergence_continuous(uniform(0.1, 0.2), uniform(0, 0.3))
    assert actual == pytest.approx(math.log(1.5), rel=1e-12)


def test_kl_of_cauchy_and_normal_is_infinite_one_way():
    assert kl_divergence_continuous(cauchy(), normal()) == math.inf

    def term(x):
        p, q = mpmath.npdf(x), 1 / (mpmath.pi * (1 + x * x))
        return p * mpmath.log(p / q)

    expected = 2 * integral(term, 0, 1, 3, 6, 10, 30)
    assert kl_divergence_continuous(normal(), cauchy()) == pytest.approx(float(expected), rel=1e-10)


@pytest.mark.parametrize("nu", [1.5, 1.99, 2.0])
def test_kl_of_student_and_normal_is_infinite_without_a_variance(nu):
    assert kl_divergence_continuous(stats.t(nu), normal()) == math.inf


@pytest.mark.parametrize("nu", [2.0001, 2.01, 2.5, 4])
def test_kl_of_student_and_normal_is_found_however_near_the_variance_is_to_infinity(nu):
    expected = -float(stats.t(nu).entropy()) + math.log(2 * math.pi) / 2 + nu / (nu - 2) / 2
    assert kl_divergence_continuous(stats.t(nu), normal()) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    ("P", "Q"),
    [
        (uniform(), stats.invgamma(2)),  # E 1/X
        (stats.pareto(1), stats.expon(1)),  # E X
        (stats.pareto(0.01), stats.expon(1)),  # whose quantiles overflow
        (stats.expon(0, 2), stats.gumbel_l()),  # E exp(X)
        (stats.lomax(1), stats.halfnorm()),
        (cauchy(1e5, 1e-3), normal()),
    ],
)
def test_kl_is_infinite_where_the_mean_of_the_log_ratio_is(P, Q):
    assert kl_divergence_continuous(P, Q) == math.inf


@pytest.mark.parametrize("sigma", [0.5, 1, 5])
def test_kl_of_lognormal_and_normal_is_finite_though_the_tail_is_heavier_than_any_exponential(sigma):
    expected = math.exp(2 * sigma**2) / 2 - sigma * 0 + math.log(2 * math.pi) / 2
    expected -= 0.5 + math.log(sigma) + math.log(2 * math.pi) / 2
    assert kl_divergence_continuous(stats.lognorm(sigma), normal()) == pytest.approx(expected, rel=1e-10)


def test_kl_is_refused_where_it_cannot_be_decided_whether_it_is_finite():
    with pytest.raises(ArithmeticError, match="with an error of up to"):
        kl_divergence_continuous(stats.lognorm(18), normal())  # finite, 1e281
    with pytest.raises(ArithmeticError, match="with an error of up to"):
        kl_divergence_continuous(uniform(5, 1), stats.invgamma(2, 5))  # infinite, by a logarithm


def test_kl_reaches_a_law_that_is_narrow_and_far_out_in_the_tail():
    expected = math.log(1e-3) + (1 + 900) / 2e-6 - 0.5
    assert kl_divergence_continuous(normal(), normal(30, 1e-3)) == pytest.approx(expected, rel=1e-12)


def test_kl_sees_what_happens_in_a_tail_of_probability_1e_20():
    far = Mixture([1 - 1e-20, 1e-20], [normal(), normal(1e6)])
    assert kl_divergence_continuous(far, normal()) == pytest.approx(1e-20 * 1e12 / 2, rel=1e-6)
    heavy = Mixture([1 - 1e-20, 1e-20], [normal(), cauchy()])
    assert kl_divergence_continuous(heavy, normal()) == math.inf


def test_kl_sees_a_thin_component():
    thin = Mixture([0.999, 0.001], [normal(), normal(0.3, 1e-6)])

    def mixed(x):
        return mpf("0.999") * mpmath.npdf(x) + mpf("0.001") * density(0.3, 1e-6)(x)

    breaks = [-30, -9, -3, 0, 0.29, 0.2999] + [mpf(0.3) + mpf(1e-6) * k for k in (-9, -5, -2, 0, 2, 5, 9)]
    breaks += [0.3001, 0.31, 1, 3, 9, 30]
    forward = integral(lambda x: mixed(x) * mpmath.log(mixed(x) / mpmath.npdf(x)), *breaks)
    reverse = integral(lambda x: mpmath.npdf(x) * mpmath.log(mpmath.npdf(x) / mixed(x)), *breaks)
    assert kl_divergence_continuous(thin, normal()) == pytest.approx(float(forward), rel=1e-8)
    assert kl_divergence_continuous(normal(), thin) == pytest.approx(float(reverse), rel=1e-8)


@given(start=st.floats(0.01, 0.98), exponent=st.floats(-8, -2))
@settings(max_examples=10, deadline=None)
def test_kl_is_infinite_where_a_gap_of_q_has_a_probability_above_1e_8(start, exponent):
    gapped = Gapped(start, 10**exponent)
    assert kl_divergence_continuous(uniform(), gapped) == math.inf
    reverse = kl_divergence_continuous(gapped, uniform())
    assert reverse == pytest.approx(-math.log1p(-(10**exponent)), rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("start", [0.25, 0.3, 0.4999, 0.5])
def test_a_gap_at_a_round_level_is_seen(start):
    parts = [uniform(0, start), uniform(start + 1e-6, 1 - start - 1e-6)]
    assert kl_divergence_continuous(uniform(), Mixture([start, 1 - start], parts)) == math.inf


def test_kl_of_a_histogram_is_the_sum_over_its_bins():
    rng = np.random.default_rng(5)
    counts, edges = np.histogram(rng.normal(size=500), bins=12)
    histogram = stats.rv_histogram((counts, edges))
    heights = counts / counts.sum() / np.diff(edges)
    terms = [
        quad(lambda x, h=h: h * (np.log(h) - normal.logpdf(x)), a, b, epsabs=1e-14)[0]
        for h, a, b in zip(heights, edges, edges[1:], strict=False)
        if h > 0
    ]
    assert kl_divergence_continuous(histogram, normal()) == pytest.approx(sum(terms), rel=1e-8)


def test_kl_needs_no_more_than_four_methods():
    expected = kl_divergence_continuous(normal(), stats.logistic(1))
    actual = kl_divergence_continuous(Bare(normal()), Bare(stats.logistic(1)))
    assert actual == pytest.approx(expected, rel=1e-9)
    assert kl_divergence_continuous(Bare(cauchy()), normal()) == math.inf


def test_kl_is_the_same_after_a_change_of_variable():
    direct = kl_divergence_continuous(normal(0.5, 0.4), normal(0, 1))
    logarithms = kl_divergence_continuous(stats.lognorm(0.4, 0, math.exp(0.5)), stats.lognorm(1))
    assert logarithms == pytest.approx(direct, rel=1e-10)


def test_kl_of_continuous_normals_is_that_of_gaussians():
    expected = kl_divergence_gaussian(3, 4, 1, 9)
    assert kl_divergence_continuous(normal(3, 2), normal(1, 3)) == pytest.approx(expected, rel=1e-12)


def test_a_density_that_underflows_is_not_taken_for_0():
    plain = kl_divergence_continuous(normal(), normal(1))
    assert kl_divergence_continuous(normal(), underflowing(normal(1))) == pytest.approx(plain, rel=1e-10)
    with pytest.raises(ArithmeticError, match=r"not finite at .*underflow|too small for a double; give logpdf"):
        kl_divergence_continuous(normal(), underflowing(normal(0, 0.01)))
    with pytest.raises(ArithmeticError, match="underflows"):
        kl_divergence_continuous(normal(0, 10), underflowing(normal()))


def test_densities_that_do_not_belong_to_their_quantiles_are_refused():
    doubled = Bare(normal(), logpdf=lambda x: normal.logpdf(x) + math.log(2))
    with pytest.raises(ArithmeticError, match="sees an overlap of .* belong together"):
        kl_divergence_continuous(doubled, normal(1))
    with pytest.raises(ArithmeticError, match="upper tail of Q is not resolved|lower tail of Q is not resolved"):
        kl_divergence_continuous(normal(), Bare(normal(), cdf=normal(1).cdf))
