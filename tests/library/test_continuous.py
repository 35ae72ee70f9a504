"""Divergences, entropies and distances of distributions with densities."""

import math
from functools import partial

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
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
    wasserstein_distance_gaussian,
)

normal, cauchy, uniform, beta = stats.norm, stats.cauchy, stats.uniform, stats.beta
few = settings(max_examples=15, deadline=None)


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
    "Pareto": (stats.pareto, kl_pareto, [(0.5, 20)]),
    "Cauchy": (cauchy, kl_cauchy, [(-1e3, 1e3), (1e-3, 1e3)]),
}


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.data())
@few
def test_kl_of_one_family_is_its_closed_form(family, data):
    law, closed_form, ranges = FAMILIES[family]

    def parameter(low, high):
        # Locations may be negative; scales and shapes are drawn evenly over their powers of e.
        return st.floats(low, high) if low < 0 else st.floats(math.log(low), math.log(high)).map(math.exp)

    p, q = data.draw(st.tuples(*[st.tuples(*[parameter(*ends) for ends in ranges])] * 2))
    with mpmath.workdps(40):
        expected = closed_form(*map(mpf, p), *map(mpf, q))
        # Rounded log-densities cost near-equal laws what equality leaves of their digits.
        assume(expected == 0 or expected > 1e-20)
        assert abs(kl_divergence_continuous(law(*p), law(*q)) - expected) <= 1e-8 * expected + 1e-14


@pytest.mark.parametrize("heavy", [0.2, 0.23, 0.2624, 0.3, 0.4])
@pytest.mark.parametrize("light", [2, 8, 15.53, 17.5, 20])
def test_a_tail_where_the_other_density_underflows_keeps_six_digits(heavy, light):
    # Where the heavy tail still has much mass, SciPy's logpdf of the light one is the logarithm of 0.
    found = kl_divergence_continuous(stats.pareto(heavy), stats.pareto(light))
    assert found == pytest.approx(math.log(heavy / light) + light / heavy - 1, rel=1e-6, abs=0)


def integral(function, *breaks):
    with mpmath.workdps(20):
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
    assert kl_divergence_continuous(normal(0, 1), normal(1, 1)) == pytest.approx(0.5, rel=1e-12, abs=0)
    assert kl_divergence_continuous(normal(1, 1), normal(0, 1)) == pytest.approx(0.5, rel=1e-12, abs=0)


def test_kl_is_not_symmetric_for_unequal_widths():
    forward = kl_divergence_continuous(normal(0, 1), normal(1, 2))
    reverse = kl_divergence_continuous(normal(1, 2), normal(0, 1))
    assert forward == pytest.approx(math.log(2) + 2 / 8 - 1 / 2, rel=1e-12, abs=0)
    assert reverse == pytest.approx(-math.log(2) + 5 / 2 - 1 / 2, rel=1e-12, abs=0)


@pytest.mark.parametrize("location", [0.0, 1e6, -1e6, 1e12])
def test_kl_does_not_depend_on_where_narrow_laws_lie(location):
    width = 1e-9 * abs(location) or 1e-300
    expected = math.log(2) + 1 / 8 - 1 / 2
    actual = kl_divergence_continuous(normal(location, width), normal(location, 2 * width))
    assert actual == pytest.approx(expected, rel=1e-10, abs=0)


def test_kl_is_certain_to_8_digits_where_doubles_resolve_only_the_millionth_of_a_width():
    actual = kl_divergence_continuous(normal(1e6, 1e-4), normal(1e6, 2e-4))
    assert actual == pytest.approx(math.log(2) + 1 / 8 - 1 / 2, rel=1e-8, abs=0)


def test_kl_is_refused_where_doubles_do_not_resolve_the_law():
    with pytest.raises(ArithmeticError, match=r"lower tail of P is not resolved in double precision.*shift"):
        kl_divergence_continuous(normal(1e6, 1e-9), normal(1e6, 2e-9))


@pytest.mark.parametrize("shift", [1e-3, 1e-6, 1e-9])
def test_kl_of_almost_equal_laws_keeps_its_digits(shift):
    assert kl_divergence_continuous(normal(0, 1), normal(shift, 1)) == pytest.approx(
        shift**2 / 2, rel=1e-6, abs=0
    )


@pytest.mark.parametrize(
    "law",
    [normal(3, 2), cauchy(), uniform(), beta(0.1, 0.2), stats.expon(), Gapped(0.3, 0.2), stats.t(1.5)],
)
def test_all_divergences_of_a_law_from_itself_are_exactly_0(law):
    assert kl_divergence_continuous(law, law) == 0
    assert js_divergence_continuous(law, law) == 0
    for order in (1, 2, np.inf):
        assert wasserstein_distance_continuous(law, law, order=order) == 0


@pytest.mark.parametrize("place", [0.0, 5.0])
@pytest.mark.parametrize("shapes", [(math.exp(0.03125), math.exp(-1)), (0.37, 1.03), (19.0, 0.25)])
def test_kl_of_a_beta_that_is_infinite_at_one_end_warns_of_nothing(shapes, place):
    """SciPy gives up some quantiles of the other tail; the density of that tail is as good as ever."""
    for p, q in [((1, 1), shapes), (shapes, (1, 1))]:
        with mpmath.workdps(40):
            expected = float(kl_beta(*map(mpf, p), *map(mpf, q)))
        assert kl_divergence_continuous(beta(*p), beta(*q)) == pytest.approx(expected, rel=1e-8, abs=0)


def test_kl_of_a_singular_beta_counts_all_of_the_mass_at_its_ends():
    digamma = mpmath.digamma
    forward = -mpmath.log(mpmath.beta(0.1, 0.2)) - 0.9 * (digamma(0.1) - digamma(0.3))
    forward -= 0.8 * (digamma(0.2) - digamma(0.3))
    assert float(forward) == pytest.approx(4.977, abs=1e-3)
    assert kl_divergence_continuous(beta(0.1, 0.2), uniform()) == pytest.approx(
        float(forward), rel=1e-8, abs=0
    )
    reverse = float(mpmath.log(mpmath.beta(0.1, 0.2))) - 1.7
    assert kl_divergence_continuous(uniform(), beta(0.1, 0.2)) == pytest.approx(reverse, rel=1e-9, abs=0)


def test_kl_of_singularities_of_similar_power_is_continued_along_the_log_ratio():
    a, b = math.exp(-1), math.exp(-0.5)
    actual = kl_divergence_continuous(beta(1, a), beta(1, b))
    assert actual == pytest.approx(math.log(a / b) + b / a - 1, rel=1e-10, abs=0)


def test_kl_is_continued_before_the_digits_of_a_density_fade():
    # scipy's Laplace density underflows at a distance of 745 scales, and has few digits from 710 on.
    expected = float(kl_laplace(*map(mpf, (0, 8, 660, 1))))
    actual = kl_divergence_continuous(stats.laplace(0, 8), stats.laplace(660, 1))
    assert actual == pytest.approx(expected, rel=1e-11, abs=0)


def test_kl_of_a_singular_law_away_from_0_is_continued_beyond_the_last_double():
    at_0 = kl_divergence_continuous(beta(0.1, 0.2), uniform())
    at_5 = kl_divergence_continuous(beta(0.1, 0.2, 5, 1), uniform(5, 1))
    assert at_5 == pytest.approx(at_0, rel=1e-7, abs=0)


def test_kl_is_refused_where_most_of_a_singular_law_is_at_one_double():
    with pytest.raises(ArithmeticError, match="not resolved"):
        kl_divergence_continuous(beta(0.01, 0.01, 5, 1), uniform(5, 1))


def test_kl_of_laws_with_supports_inside_each_other_is_finite_one_way():
    inner, outer = uniform(0.2, 0.5), uniform(0, 1)
    assert kl_divergence_continuous(inner, outer) == pytest.approx(math.log(2), rel=1e-12, abs=0)
    assert kl_divergence_continuous(outer, inner) == math.inf
    assert kl_divergence_continuous(normal(), stats.truncnorm(-20, 20)) == math.inf
    assert kl_divergence_continuous(uniform(), uniform(2, 1)) == math.inf


def test_supports_whose_ends_differ_by_rounding_count_as_equal():
    assert 0.1 + 0.2 > 0.3
    actual = kl_divergence_continuous(uniform(0.1, 0.2), uniform(0, 0.3))
    assert actual == pytest.approx(math.log(1.5), rel=1e-12, abs=0)


def test_kl_of_cauchy_and_normal_is_infinite_one_way():
    assert kl_divergence_continuous(cauchy(), normal()) == math.inf

    def term(x):
        p, q = mpmath.npdf(x), 1 / (mpmath.pi * (1 + x * x))
        return p * mpmath.log(p / q)

    expected = 2 * integral(term, 0, 1, 3, 6, 10, 30)
    assert kl_divergence_continuous(normal(), cauchy()) == pytest.approx(float(expected), rel=1e-10, abs=0)


@pytest.mark.parametrize("nu", [1.5, 1.99, 2.0])
def test_kl_of_student_and_normal_is_infinite_without_a_variance(nu):
    assert kl_divergence_continuous(stats.t(nu), normal()) == math.inf


@pytest.mark.parametrize("nu", [2.0001, 2.01, 2.5, 4])
def test_kl_of_student_and_normal_is_found_however_near_the_variance_is_to_infinity(nu):
    expected = -float(stats.t(nu).entropy()) + math.log(2 * math.pi) / 2 + nu / (nu - 2) / 2
    assert kl_divergence_continuous(stats.t(nu), normal()) == pytest.approx(expected, rel=1e-8, abs=0)


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
    assert kl_divergence_continuous(stats.lognorm(sigma), normal()) == pytest.approx(
        expected, rel=1e-10, abs=0
    )


def test_kl_is_refused_where_it_cannot_be_decided_whether_it_is_finite():
    with pytest.raises(ArithmeticError, match="with an error of up to"):
        kl_divergence_continuous(stats.lognorm(18), normal())  # finite, 1e281
    with pytest.raises(ArithmeticError, match="with an error of up to"):
        kl_divergence_continuous(uniform(5, 1), stats.invgamma(2, 5))  # infinite, by a logarithm


def test_kl_reaches_a_law_that_is_narrow_and_far_out_in_the_tail():
    expected = math.log(1e-3) + (1 + 900) / 2e-6 - 0.5
    assert kl_divergence_continuous(normal(), normal(30, 1e-3)) == pytest.approx(expected, rel=1e-12, abs=0)


def test_kl_sees_what_happens_in_a_tail_of_probability_1e_20():
    far = Mixture([1 - 1e-20, 1e-20], [normal(), normal(1e6)])
    assert kl_divergence_continuous(far, normal()) == pytest.approx(1e-20 * 1e12 / 2, rel=1e-6, abs=0)
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
    assert kl_divergence_continuous(thin, normal()) == pytest.approx(float(forward), rel=1e-8, abs=0)
    assert kl_divergence_continuous(normal(), thin) == pytest.approx(float(reverse), rel=1e-8, abs=0)


@given(start=st.floats(0.01, 0.98), exponent=st.floats(-8, -2))
@settings(max_examples=10, deadline=None)
def test_kl_is_infinite_where_a_gap_of_q_has_a_probability_above_1e_8(start, exponent):
    gapped = Gapped(start, 10**exponent)
    assert kl_divergence_continuous(uniform(), gapped) == math.inf
    if exponent > -6:  # less is not certain to six digits
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
    assert kl_divergence_continuous(histogram, normal()) == pytest.approx(sum(terms), rel=1e-8, abs=0)


def test_kl_needs_no_more_than_four_methods():
    expected = kl_divergence_continuous(normal(), stats.logistic(1))
    actual = kl_divergence_continuous(Bare(normal()), Bare(stats.logistic(1)))
    assert actual == pytest.approx(expected, rel=1e-9, abs=0)
    assert kl_divergence_continuous(Bare(cauchy()), normal()) == math.inf


def test_kl_is_the_same_after_a_change_of_variable():
    direct = kl_divergence_continuous(normal(0.5, 0.4), normal(0, 1))
    logarithms = kl_divergence_continuous(stats.lognorm(0.4, 0, math.exp(0.5)), stats.lognorm(1))
    assert logarithms == pytest.approx(direct, rel=1e-10, abs=0)


def test_kl_of_continuous_normals_is_that_of_gaussians():
    expected = kl_divergence_gaussian(3, 4, 1, 9)
    assert kl_divergence_continuous(normal(3, 2), normal(1, 3)) == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_density_that_underflows_is_not_taken_for_0():
    plain = kl_divergence_continuous(normal(), normal(1))
    assert kl_divergence_continuous(normal(), underflowing(normal(1))) == pytest.approx(
        plain, rel=1e-10, abs=0
    )
    with pytest.raises(ArithmeticError, match=r"not finite at .* too small for a double"):
        kl_divergence_continuous(normal(), underflowing(normal(0, 0.01)))
    with pytest.raises(ArithmeticError, match="underflows"):
        kl_divergence_continuous(normal(0, 10), underflowing(normal()))


def test_a_density_that_underflows_between_two_peaks_is_not_taken_for_0():
    peaks = Mixture([0.5, 0.5], [normal(-38.8), normal(38.8)])
    peaks.pdf = lambda x: np.exp(peaks.logpdf(x))
    with pytest.raises(ArithmeticError, match=r"not finite at .* too small for a double"):
        kl_divergence_continuous(uniform(-30, 90), underflowing(peaks))


def test_a_density_that_is_nowhere_positive_is_not_taken_for_0():
    nothing = Bare(normal(), logpdf=lambda x: np.full(np.shape(x), -np.inf))
    with pytest.raises(ArithmeticError, match="not finite at"):
        kl_divergence_continuous(normal(), nothing)


def test_kl_is_infinite_where_q_vanishes_in_a_tail_of_p():
    far = Mixture([0.5, 0.5], [uniform(0, 1), uniform(1 - 1e-9, 1e-9)])
    assert kl_divergence_continuous(uniform(), Gapped(0.9, 0.099)) == math.inf
    assert kl_divergence_continuous(far, Gapped(1 - 1e-3, 1e-3 - 1e-6)) == math.inf


def test_densities_that_do_not_belong_to_their_quantiles_are_refused():
    doubled = Bare(normal(), logpdf=lambda x: normal.logpdf(x) + math.log(2))
    with pytest.raises(ArithmeticError, match=r"sees an overlap of .* belong together"):
        kl_divergence_continuous(doubled, normal(1))
    with pytest.raises(ArithmeticError, match="tail of Q is not resolved"):
        kl_divergence_continuous(normal(), Bare(normal(), cdf=normal(1).cdf))


# --- Jensen-Shannon divergence -----------------------------------------------------------------------------


def test_js_of_the_two_bells_of_the_source():
    actual = js_divergence_continuous(normal(0, 1), normal(1, 1))
    assert actual == pytest.approx(
        js_of(density(0, 1), density(1, 1), -20, -5, 0, 1, 6, 20), rel=1e-12, abs=0
    )
    assert actual == pytest.approx(0.111421482, abs=5e-10)
    assert actual / math.log(2) == pytest.approx(0.160747220, abs=5e-10)


@pytest.mark.parametrize(("width", "expected"), [(1e-3, 0.68488), (1e-9, math.log(2))])
def test_js_of_a_narrow_law_inside_a_wide_one(width, expected):
    actual = js_divergence_continuous(normal(0, 1), normal(0.3, width))
    breaks = [mpf(0.3) + mpf(width) * k for k in (-9, -6.5, -5, 0, 5, 6.5, 9)]
    exact = js_of(density(0, 1), density(0.3, width), -20, -5, *breaks, 5, 20)
    assert actual == pytest.approx(exact, rel=1e-10, abs=0)
    assert actual == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("shift", [1e-3, 1e-6, 1e-9])
def test_js_of_almost_equal_laws_keeps_its_digits(shift):
    assert js_divergence_continuous(normal(0, 1), normal(shift, 1)) == pytest.approx(
        shift**2 / 8, rel=1e-6, abs=0
    )


def test_js_of_laws_far_apart_is_log_2_up_to_their_overlap():
    def gap(x):  # log 2 - JS
        p, q = mpmath.npdf(x, -4), mpmath.npdf(x, 4)
        return (p * mpmath.log1p(q / p) + q * mpmath.log1p(p / q)) / 2

    expected = math.log(2) - float(integral(gap, -30, -8, -4, 0, 4, 8, 30))
    assert js_divergence_continuous(normal(-4), normal(4)) == pytest.approx(expected, rel=1e-14, abs=0)
    assert js_divergence_continuous(normal(-40), normal(40)) == math.log(2)


def test_js_of_disjoint_supports_is_exactly_log_2():
    assert js_divergence_continuous(uniform(0, 1), uniform(1, 1), base=2) == 1
    assert js_divergence_continuous(uniform(5, 1), stats.expon(-9, 1e-3), base=2) == 1
    assert js_divergence_continuous(beta(2, 3), stats.pareto(3), base=2) == 1


def test_js_of_a_singular_beta_counts_all_of_the_mass_at_its_ends():
    a, b = mpf("0.1"), mpf("0.2")

    def term(x, rest):
        with mpmath.workdps(30):
            q = x ** (a - 1) * rest ** (b - 1) / mpmath.beta(a, b)
            return (mpmath.log(2 / (1 + q)) + q * mpmath.log(2 * q / (1 + q))) / 2

    # With x = y^10 below 1/2 and 1 - x = y^5 above, the singularities are gone.
    low = integral(lambda y: term(y**10, 1 - y**10) * 10 * y**9, 0, 0.1, 0.5, mpf(2) ** -a)
    high = integral(lambda y: term(1 - y**5, y**5) * 5 * y**4, 0, 0.1, 0.5, mpf(2) ** -b)
    assert float(low + high) == pytest.approx(0.265, abs=5e-4)
    assert js_divergence_continuous(beta(0.1, 0.2), uniform()) == pytest.approx(
        float(low + high), rel=1e-9, abs=0
    )


def test_js_of_laws_with_a_gap():
    # p is 0 on a fifth of the line, where q is 1, and 5/4 elsewhere.
    expected = (math.log(2) / 5 + math.log(10 / 9) + 4 / 5 * math.log(8 / 9)) / 2
    actual = js_divergence_continuous(Gapped(0.4, 0.2), uniform())
    assert actual == pytest.approx(expected, rel=1e-9, abs=0)


LAWS = [normal(0, 1), normal(1, 3), cauchy(), uniform(-1, 2), stats.expon(), beta(0.5, 3), stats.t(2.5, 1)]


@given(st.permutations(LAWS))
@settings(max_examples=10, deadline=None)
def test_the_root_of_js_is_a_metric(laws):
    p, q, r = laws[:3]
    pq, qr, pr = (math.sqrt(js_divergence_continuous(a, b)) for a, b in [(p, q), (q, r), (p, r)])
    assert 0 < pr <= pq + qr
    assert pr <= math.sqrt(math.log(2))
    assert js_divergence_continuous(r, p) == pytest.approx(pr**2, rel=1e-10, abs=0)


@given(st.permutations(LAWS[:3]))
@settings(max_examples=3, deadline=None)
def test_js_is_the_mean_of_the_kls_to_the_mixture(laws):
    p, q, _ = laws
    m = Mixture([0.5, 0.5], [p, q])
    kls = kl_divergence_continuous(p, m) + kl_divergence_continuous(q, m)
    assert js_divergence_continuous(p, q) == pytest.approx(kls / 2, rel=1e-8, abs=0)


# --- entropy and cross-entropy -----------------------------------------------------------------------------

ENTROPIES = [
    (normal(5, 2), math.log(2 * math.sqrt(2 * math.pi * math.e))),
    (uniform(3, 0.5), math.log(0.5)),
    (stats.expon(1, 7), 1 + math.log(7)),
    (stats.laplace(0, 3), 1 + math.log(6)),
    (cauchy(1e6, 2), math.log(8 * math.pi)),
    (stats.pareto(0.5), math.log(2) + 3),
    (stats.lognorm(2), 0.5 + math.log(2 * math.sqrt(2 * math.pi))),
    (beta(0.1, 0.2), float(stats.beta(0.1, 0.2).entropy())),
    (stats.logistic(0, 1e-3), 2 + math.log(1e-3)),
    (Gapped(0.3, 0.25), math.log(0.75)),
    (Mixture([0.5, 0.5], [normal(-50), normal(50)]), math.log(2 * math.sqrt(2 * math.pi * math.e))),
]


@pytest.mark.parametrize(("law", "expected"), ENTROPIES)
def test_differential_entropy_is_its_closed_form(law, expected):
    assert entropy_continuous(law) == pytest.approx(expected, rel=1e-9, abs=0)


def test_differential_entropy_sees_a_thin_component():
    def term(x):
        p = mpf("0.999") + mpf("0.001") * density(0.3, 1e-6)(x)
        return -p * mpmath.log(p)

    narrow = [mpf(0.3) + mpf(1e-6) * k for k in (-9, -5, -2, 0, 2, 5, 9)]
    expected = integral(term, *narrow) - (1 - 18e-6) * mpf("0.999") * mpmath.log(mpf("0.999"))
    actual = entropy_continuous(Mixture([0.999, 0.001], [uniform(), normal(0.3, 1e-6)]))
    assert actual == pytest.approx(float(expected), abs=1e-9)


SCALED = [normal, cauchy, uniform, stats.expon, partial(stats.t, 2.5), partial(stats.gamma, 0.5)]
scales, moves = st.floats(0.01, 100), st.floats(-10, 10)


@given(st.sampled_from(SCALED), scales, moves)
@few
def test_differential_entropy_grows_by_the_logarithm_of_the_scale(family, scale, shift):
    expected = entropy_continuous(family()) + math.log(scale)
    assert entropy_continuous(family(loc=shift, scale=scale)) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_differential_entropy_of_heights_depends_on_the_unit():
    assert entropy_continuous(normal(1.75, 0.07), base=2) == pytest.approx(-1.79, abs=5e-3)
    assert entropy_continuous(normal(1750, 70), base=2) == pytest.approx(8.18, abs=5e-3)


def test_differential_entropy_needs_no_formula_for_the_logarithm():
    expected = math.log(2 * math.pi * math.e) / 2
    assert entropy_continuous(underflowing(normal())) == pytest.approx(expected, rel=1e-9, abs=0)


def test_differential_entropy_passes_over_a_singularity_inside():
    law = stats.dgamma(0.5, 5, 1)
    expected = float(stats.gamma(0.5).entropy()) + math.log(2)
    assert entropy_continuous(law) == pytest.approx(expected, rel=1e-5, abs=0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_logarithm_that_fails_far_out_is_continued(value):
    def logpdf(x):
        return np.where(np.abs(x) > 25, value, stats.laplace.logpdf(x))

    failing = Bare(stats.laplace(), logpdf=logpdf, sf=stats.laplace.sf, isf=stats.laplace.isf)
    assert entropy_continuous(failing) == pytest.approx(1 + math.log(2), rel=1e-10, abs=0)
    if not value < 0:  # -inf stands for no mass
        expected = cross_entropy_continuous(normal(), stats.laplace())
        assert cross_entropy_continuous(normal(), failing) == pytest.approx(expected, rel=1e-10, abs=0)
        expected = kl_divergence_continuous(normal(), stats.laplace())
        assert kl_divergence_continuous(normal(), failing) == pytest.approx(expected, rel=1e-10, abs=0)


@given(st.permutations(LAWS))
@settings(max_examples=15, deadline=None)
def test_cross_entropy_is_entropy_plus_kl(laws):
    p, q = laws[:2]
    kl = kl_divergence_continuous(p, q)
    assert cross_entropy_continuous(p, q) == pytest.approx(entropy_continuous(p) + kl, rel=1e-9, abs=1e-9)


def test_cross_entropy_of_a_law_with_itself_is_its_entropy():
    for law, entropy in ENTROPIES[:9]:
        assert cross_entropy_continuous(law, law) == pytest.approx(entropy, rel=1e-9, abs=0)


def test_cross_entropy_of_normals_is_its_closed_form():
    expected = math.log(2 * math.pi * 9) / 2 + (4 + 25) / 18
    assert cross_entropy_continuous(normal(6, 2), normal(1, 3)) == pytest.approx(expected, rel=1e-12, abs=0)


def test_cross_entropy_is_infinite_where_kl_is():
    assert cross_entropy_continuous(cauchy(), normal()) == math.inf
    assert cross_entropy_continuous(uniform(0, 2), beta(2, 3)) == math.inf
    assert cross_entropy_continuous(uniform(), Gapped(0.37, 1e-4)) == math.inf


def test_cross_entropy_can_be_minus_infinity_at_a_singularity_that_both_share():
    # The density 1 / (4 x (1 - log(x) / 4)^2) has the quantiles exp(4 - 4 / u); Q is more regular.
    steep = Bare(
        uniform(),
        logpdf=lambda x: -np.log(4 * x) - 2 * np.log1p(-np.log(x) / 4),
        cdf=lambda x: 1 / (1 - np.log(x) / 4),
        ppf=lambda u: np.exp(4 - 4 / np.asarray(u)),
    )
    with pytest.raises(ArithmeticError):
        entropy_continuous(steep)
    assert cross_entropy_continuous(steep, beta(0.5, 1)) == -math.inf


# --- Wasserstein distances ---------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 1.5, 2, 7, 50, np.inf])
@pytest.mark.parametrize("family", [*SCALED, partial(stats.t, 0.5), stats.levy])
def test_wasserstein_distance_of_a_shift_is_the_shift_whatever_the_tails(family, order):
    actual = wasserstein_distance_continuous(family(), family(loc=2), order=order)
    assert actual == pytest.approx(2, rel=1e-9, abs=0)


def folded(mean, sd):
    """Return the mean of |X| for a normal X."""
    z = mean / sd
    return sd * math.sqrt(2 / math.pi) * math.exp(-z * z / 2) + mean * math.erf(z / math.sqrt(2))


@given(st.floats(-4, 0), st.floats(-3, 3), st.floats(-3, 3))
@settings(deadline=None)
def test_wasserstein_distance_of_crossing_normals_is_its_closed_form(shift, width, other):
    """Order 1 has a kink where the quantiles cross, order 3 a milder one; both anywhere."""
    m, s, t = 10**shift, 10**width, 10**other
    assume(abs(s - t) > 1e-3 * (s + t))
    assert wasserstein_distance_continuous(normal(0, s), normal(m, t)) == pytest.approx(
        folded(m, abs(s - t)), rel=1e-12, abs=0
    )
    assert wasserstein_distance_continuous(normal(0, s), normal(m, t), order=4) == pytest.approx(
        (m**4 + 6 * m**2 * (s - t) ** 2 + 3 * (s - t) ** 4) ** 0.25, rel=1e-12, abs=0
    )


@given(
    st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3), st.sampled_from([1, 1.5, 2, 3])
)
@settings(deadline=None)
def test_wasserstein_distance_of_uniforms_and_exponentials_is_its_closed_form(a, b, u, v, order):
    s, t = 10.0**u, 10.0**v
    start, stop = a - b, a - b + s - t
    assume(abs(s - t) > 1e-3 * (s + t))
    exact = (stop * abs(stop) ** order - start * abs(start) ** order) / ((order + 1) * (stop - start))
    distance = wasserstein_distance_continuous(uniform(a, s), uniform(b, t), order=order)
    assert distance == pytest.approx(exact ** (1 / order), rel=1e-10, abs=0)
    c = (b - a) / (s - t)  # the quantiles cross where the standard exponential is c
    exact = abs(s - t) * (c - 1 + 2 * math.exp(-c) if c > 0 else 1 - c)
    distance = wasserstein_distance_continuous(stats.expon(a, s), stats.expon(b, t))
    assert distance == pytest.approx(exact, rel=1e-10, abs=0)


@given(st.floats(0.2, 10), st.floats(-6, 2), st.sampled_from([1, 1.5, 2, 3]))
@settings(deadline=None, max_examples=60)
def test_a_shift_of_heavy_tails_is_right_to_six_digits_or_refused(sigma, exponent, order):
    shift = 1 + 10**exponent - 1
    try:
        distance = wasserstein_distance_continuous(
            stats.lognorm(sigma, 1), stats.lognorm(sigma, 1 + shift), order=order
        )
    except ArithmeticError:
        assert sigma > 1.5
    else:
        assert distance == pytest.approx((1 + shift) - 1, rel=1e-6, abs=0)


@pytest.mark.parametrize("order", [1e4, 1e9, 1e16, 1e300])
def test_a_high_order_is_right_or_refused(order):
    assert wasserstein_distance_continuous(uniform(0, 1), uniform(1, 1), order=order) == pytest.approx(1)
    with pytest.raises(ArithmeticError):
        wasserstein_distance_continuous(normal(0, 1), normal(0, 2), order=order)


@given(st.floats(-4, 4), st.floats(-6, 0), st.floats(-1, 2))
@settings(deadline=None)
def test_kl_of_a_narrow_uniform_law_from_a_normal_is_its_closed_form(start, exponent, spread):
    width, sd = 10**exponent, 10**spread
    ends = [(start) / sd, (start + width) / sd]
    square = (ends[0] ** 2 + ends[0] * ends[1] + ends[1] ** 2) / 3
    exact = math.log(sd * math.sqrt(2 * math.pi) / width) + square / 2
    assert kl_divergence_continuous(uniform(start, width), normal(0, sd)) == pytest.approx(exact, rel=1e-10)


def test_wasserstein_distance_of_a_shift_across_a_gap_is_the_shift():
    P, Q = (Mixture([0.3, 0.7], [normal(m), uniform(m + 5, 1)]) for m in (0, 2))
    assert wasserstein_distance_continuous(P, Q, order=2) == pytest.approx(2, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("P", "Q", "order", "expected"),
    [
        (normal(0, 1), normal(0, 3), 1, 2 * math.sqrt(2 / math.pi)),
        (normal(0, 1), normal(3, 2), 2, math.sqrt(10)),
        (normal(0, 1), normal(0, 3), 4, 2 * 3**0.25),
        (uniform(0, 1), uniform(0, 3), 3, 2 * 4 ** (-1 / 3)),
        (uniform(0, 1), uniform(0, 3), 200, 2 * 201 ** (-1 / 200)),
        (stats.expon(), stats.expon(0, 3), 1, 2),
        (stats.expon(), stats.expon(0, 3), 2, 2 * math.sqrt(2)),
        (stats.t(2), stats.t(2, 0, 3), 1, 2 * math.sqrt(2)),
        (stats.pareto(1.01), stats.pareto(3), 1, 101 - 1.5),
        (stats.lognorm(1), stats.lognorm(1, 0, 2), 20, math.exp(10)),
        (uniform(0, 1), uniform(5, 1e-9), 1, 4.5 + 5e-10),
        (beta(0.1, 0.2, 5, 1), uniform(6, 1), 1, 7 / 6),
        (Gapped(0.4, 0.2), uniform(), 1, 0.05),
        (normal(1e9, 1), normal(-1e9, 1e-3), 1, 2e9),
        (normal(0, 1e-200), normal(0, 3e-200), 2, 2e-200),
        (normal(0, 1e200), normal(0, 3e200), 2, 2e200),
    ],
)
def test_wasserstein_distance_is_its_closed_form(P, Q, order, expected):
    assert wasserstein_distance_continuous(P, Q, order=order) == pytest.approx(expected, rel=1e-9, abs=0)


@given(st.permutations(LAWS[:2] + LAWS[3:]))
@settings(max_examples=8, deadline=None)
def test_wasserstein_distance_of_order_1_is_the_area_between_the_cdfs(laws):
    p, q = laws[:2]
    levels = [1e-6, 1e-3, 0.05, 0.3, 0.5]
    breaks = [a for law in (p, q) for a in (*law.ppf(levels), *law.isf(levels), *law.support())]
    breaks = sorted(a for a in breaks if math.isfinite(a))
    area = sum(
        quad(lambda x: abs(p.cdf(x) - q.cdf(x)), a, b, limit=200)[0]
        for a, b in zip([-math.inf, *breaks], [*breaks, math.inf], strict=True)
    )
    assert wasserstein_distance_continuous(p, q) == pytest.approx(area, rel=1e-6, abs=0)


@given(st.permutations([law for law in LAWS if law is not LAWS[2]]), st.sampled_from([1, 1.5, 2]))
@settings(max_examples=10, deadline=None)
def test_wasserstein_distance_is_a_metric_and_grows_with_the_order(laws, order):
    p, q, r = laws[:3]
    distance = partial(wasserstein_distance_continuous, order=order)
    assert 0 < distance(p, r) <= distance(p, q) + distance(q, r)
    assert distance(r, p) == pytest.approx(distance(p, r), rel=1e-10, abs=0)
    assert wasserstein_distance_continuous(p, r) <= distance(p, r) * (1 + 1e-10)


def test_wasserstein_distance_of_order_2_is_that_of_gaussians():
    expected = wasserstein_distance_gaussian(3, 4, 1, 9)
    assert wasserstein_distance_continuous(normal(3, 2), normal(1, 3), order=2) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("P", "Q", "order"),
    [
        (cauchy(), normal(), 1),
        (cauchy(), cauchy(0, 2), 1),
        (cauchy(), cauchy(0, 1 + 1e-9), 1),
        (stats.t(2), normal(), 2),
        (stats.pareto(1), stats.pareto(3), 1),
        (stats.pareto(0.01), stats.pareto(3), 1),
        (stats.pareto(2), uniform(), 2),
        (uniform(), stats.pareto(7), np.inf),
        (normal(), normal(0, 2), np.inf),
        (stats.logistic(), stats.logistic(0, 1 + 1e-6), np.inf),
        (cauchy(), cauchy(0, 1.5), np.inf),
    ],
)
def test_wasserstein_distance_is_infinite_where_no_plan_has_a_finite_cost(P, Q, order):
    assert wasserstein_distance_continuous(P, Q, order=order) == math.inf


@pytest.mark.parametrize("order", [1, np.inf])
def test_wasserstein_distance_is_refused_where_rounding_decides(order):
    with pytest.raises(ArithmeticError, match="too close, for tails as heavy as theirs"):
        wasserstein_distance_continuous(cauchy(), cauchy(0, 1 + 1e-12), order=order)


def test_wasserstein_distance_is_refused_where_it_cannot_be_decided_whether_it_is_finite():
    with pytest.raises(ArithmeticError, match="with an error of up to"):
        wasserstein_distance_continuous(stats.lognorm(1), stats.lognorm(1, 0, 2), order=50)
    bounded = Mixture([0.5, 0.5], [normal(-100), normal(100)]), normal()  # 100, approached slowly
    unbounded = stats.expon(), stats.gamma(2)  # log t, where the tail probability is exp(-t)
    for P, Q in (bounded, unbounded):
        with pytest.raises(ArithmeticError, match="without bound"):
            wasserstein_distance_continuous(P, Q, order=np.inf)


@pytest.mark.parametrize(
    ("P", "Q", "expected"),
    [
        (uniform(0, 1), uniform(0, 2), 1),
        (uniform(0, 2), uniform(0, 1), 1),
        (uniform(0, 1), uniform(-1, 2), 1),
        (beta(2, 3), beta(3, 2), None),
        (beta(0.5, 0.5), uniform(), None),
        (Gapped(0.4, 0.2), uniform(), 0.1),
        (normal(0, 1), normal(-3, 1), 3),
    ],
)
def test_wasserstein_distance_of_infinite_order_is_the_farthest_move(P, Q, expected):
    if expected is None:
        levels = np.linspace(0, 1, 200_001)
        expected = np.abs(P.ppf(levels) - Q.ppf(levels)).max()
    actual = wasserstein_distance_continuous(P, Q, order=np.inf)
    assert actual == pytest.approx(expected, rel=1e-9, abs=0)


def test_wasserstein_distance_of_infinite_order_between_the_ends_has_every_digit():
    assert wasserstein_distance_continuous(uniform(0, 1), uniform(0, 3), order=np.inf) == pytest.approx(
        2, rel=1e-14, abs=0
    )


def test_wasserstein_distance_of_infinite_order_of_tails_that_meet_again():
    # Above the median both are the same exponential; below, the quantiles differ by at most 1/4.
    lower = Mixture([0.5, 0.5], [uniform(-1, 1), stats.expon()])
    other = Mixture([0.5, 0.5], [stats.powerlaw(2, -1), stats.expon()])
    actual = wasserstein_distance_continuous(lower, other, order=np.inf)
    assert actual == pytest.approx(1 / 4, rel=1e-9, abs=0)


# --- arguments ---------------------------------------------------------------------------------------------

PAIRED = [
    kl_divergence_continuous,
    js_divergence_continuous,
    cross_entropy_continuous,
    wasserstein_distance_continuous,
]


@pytest.mark.parametrize("function", [*PAIRED, lambda P, _: entropy_continuous(P)])
@pytest.mark.parametrize(
    ("law", "message"),
    [
        (stats.binom(5, 0.3), "P is discrete: .*without _continuous"),
        (stats.poisson, "P is discrete"),
        ([0.5, 0.5], "P is a list without logpdf, ppf, cdf, support; pass a distribution such as"),
        (None, "P is a NoneType without"),
        (stats.multivariate_normal([0, 0]), "P is a .* without ppf, support"),
        (stats.beta, "P lacks its parameters; pass a distribution"),
        (normal([0, 1], 1), "P holds 2 distributions; pass one at a time"),
        (normal(0, -1), r"P has invalid parameters: its support is \[nan, nan\]"),
        (normal(math.nan, 1), "P has invalid parameters|P is not resolved|tail of P"),
        (uniform(0, 0), "P has invalid parameters"),
    ],
)
def test_what_is_no_density_is_refused(function, law, message):
    with pytest.raises((ValueError, ArithmeticError), match=message):
        function(law, normal())


@pytest.mark.parametrize("function", PAIRED)
def test_the_message_names_the_second_law(function):
    with pytest.raises(ValueError, match="Q is discrete"):
        function(normal(), stats.geom(0.2))


@pytest.mark.parametrize("function", [*PAIRED[:3], lambda P, _, base: entropy_continuous(P, base=base)])
def test_the_base_divides_by_its_logarithm(function):
    P, Q = normal(0, 1), normal(1, 2)
    assert function(P, Q, base=2) == pytest.approx(function(P, Q, base=None) / math.log(2), rel=1e-14, abs=0)
    with pytest.raises(ValueError, match="base must be positive"):
        function(P, Q, base=-1)


def test_the_order_is_at_least_1():
    with pytest.raises(ValueError, match="it must be at least 1"):
        wasserstein_distance_continuous(normal(), normal(), order=0.5)
    with pytest.raises(ValueError, match="order must be a number"):
        wasserstein_distance_continuous(normal(), normal(), order="2")


def test_a_law_needs_no_freezing_where_it_has_no_parameters():
    assert kl_divergence_continuous(normal, normal(1)) == pytest.approx(0.5, rel=1e-12, abs=0)


def test_results_are_plain_floats():
    P, Q = normal(0, 1), stats.logistic(1)
    for function in PAIRED:
        assert type(function(P, Q)) is float
    assert type(entropy_continuous(P)) is float
    assert type(wasserstein_distance_continuous(P, P, order=np.inf)) is float


# --- The newer distributions of scipy -----------------------------------------------------------------------

NEW = {
    "normal": lambda: (stats.Normal(mu=1.0, sigma=2.0), stats.norm(1, 2)),
    "uniform": lambda: (stats.Uniform(a=1.0, b=3.0), stats.uniform(1, 2)),
    "gamma": lambda: (stats.make_distribution(stats.gamma)(a=2.0), stats.gamma(2)),
    "Student's t": lambda: (stats.make_distribution(stats.t)(df=3.0), stats.t(3)),
    "exponential of a normal": lambda: (stats.exp(stats.Normal(mu=0.0, sigma=1.0)), stats.lognorm(1)),
    "shifted and scaled": lambda: (stats.Normal(mu=0.0, sigma=1.0) * 2 + 1, stats.norm(1, 2)),
    "truncated": lambda: (stats.truncate(stats.Normal(mu=0.0, sigma=1.0), -1.0, 2.0), stats.truncnorm(-1, 2)),
    "absolute value": lambda: (stats.abs(stats.Normal(mu=0.0, sigma=1.0)), stats.halfnorm()),
    "reciprocal": lambda: (1 / stats.make_distribution(stats.gamma)(a=3.0), stats.invgamma(3)),
    "order statistic": lambda: (stats.order_statistic(stats.Uniform(a=0.0, b=1.0), r=2, n=5), beta(2, 4)),
}


@pytest.mark.parametrize("name", NEW)
def test_a_new_distribution_is_worth_its_frozen_one(name):
    new, frozen = NEW[name]()
    other = stats.t(4)
    assert entropy_continuous(new) == pytest.approx(entropy_continuous(frozen), rel=1e-9)
    for divergence in (kl_divergence_continuous, js_divergence_continuous, wasserstein_distance_continuous):
        assert divergence(new, other) == pytest.approx(divergence(frozen, other), rel=1e-8)
        assert divergence(other, new) == pytest.approx(divergence(other, frozen), rel=1e-8)


def test_a_new_mixture_has_the_mean_and_the_entropy_of_its_parts():
    parts = [stats.Normal(mu=0.0, sigma=1.0), stats.Normal(mu=100.0, sigma=2.0)]
    mixture = stats.Mixture(parts, weights=[0.25, 0.75])
    coin = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    exact = coin + 0.5 * math.log(2 * math.pi * math.e) + 0.75 * math.log(2)
    assert entropy_continuous(mixture) == pytest.approx(exact, rel=1e-9)
    assert wasserstein_distance_continuous(mixture, stats.Normal(mu=-1e3, sigma=1.0)) == pytest.approx(1075)


def test_a_new_distribution_that_is_discrete_or_several_is_refused():
    with pytest.raises(ValueError, match="P is discrete"):
        entropy_continuous(stats.Binomial(n=5, p=0.3))
    with pytest.raises(ValueError, match="P holds 2 distributions"):
        entropy_continuous(stats.Normal(mu=np.array([0.0, 1.0])))
