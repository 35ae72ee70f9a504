"""The walk out to the tails, and what the quadrature refuses."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from laws import Bare, Gapped, Mixture, underflowing
from scipy import stats

from divergences import entropy_continuous, kl_divergence_continuous, wasserstein_distance_continuous
from divergences._integration import as_distribution
from divergences._integration._from_density import Side, sides

normal, uniform = stats.norm, stats.uniform


@pytest.mark.parametrize(
    "given", [normal(3, 2), stats.cauchy(), stats.expon(), uniform(1, 2), Bare(normal())]
)
def test_depths_are_those_of_the_quantiles(given):
    distribution = as_distribution(given, "P")
    with np.errstate(all="ignore"):
        tails = [(tail, tail.probes[:20]) for tail in distribution.tails]
    for tail, t in tails:
        np.testing.assert_allclose(tail.depth(tail.quantile(t)), t, atol=1e-3)
    assert distribution.median == pytest.approx(float(given.ppf(0.5)))
    assert (np.diff(distribution.breakpoints) > 0).all()


def test_a_quantile_that_a_double_cannot_tell_from_a_finite_end_is_that_end():
    tail = as_distribution(uniform(1, 1), "P").tails[1]
    with np.errstate(all="ignore"):
        assert tail.quantile_or_end(tail.probes[-1:] + 1)[0] == tail.end == 2.0


@pytest.mark.parametrize("x", [40.0, -40.0, 1e3, 1e150, -1e150])
def test_a_density_too_small_for_a_double_does_not_vanish(x):
    assert not as_distribution(underflowing(normal()), "Q").vanishes(x)


@pytest.mark.parametrize("x", [0.3001, 0.35, 0.4999])
def test_a_density_vanishes_in_a_gap(x):
    assert as_distribution(Gapped(0.3, 0.2), "Q").vanishes(x)


def test_whether_a_density_vanishes_is_seen_from_the_nearest_of_its_mass():
    mixed = Mixture([0.5, 0.5], [uniform(-1000, 1), normal()])
    mixed.pdf = lambda x: np.exp(mixed.logpdf(x))
    distribution = as_distribution(underflowing(mixed), "Q")
    assert distribution.vanishes(-990.0)
    assert not distribution.vanishes(-45.0)


def test_noise_in_a_density_is_refused(monkeypatch):
    monkeypatch.setattr("divergences._integration._quadrature._PANELS", 500)
    noisy = Bare(stats.logistic(), logpdf=lambda x: stats.logistic.logpdf(x) + 0.1 * np.sin(1e9 * x))
    with pytest.raises(ArithmeticError):
        kl_divergence_continuous(normal(1), noisy)


def test_a_density_that_is_nowhere_positive_does_not_vanish():
    nothing = Bare(normal(), logpdf=lambda x: np.full(np.shape(x), -np.inf))
    assert not as_distribution(nothing, "Q").vanishes(1.0)


def test_a_law_that_takes_too_long_is_refused_by_its_name(monkeypatch):
    monkeypatch.setattr("divergences._integration._distribution.BUDGET", 0.0)
    message = r"^P \(norm\) is slow: its ppf took 0\.\d s for 16 values, .* interpolates a table"
    with pytest.raises(ArithmeticError, match=message):
        kl_divergence_continuous(normal(), normal(1))


@pytest.mark.parametrize("law", [stats.levy_stable(1.8, -0.5), stats.studentized_range(3, 10)])
def test_a_law_without_formulas_is_refused_before_it_takes_minutes(law, monkeypatch):
    monkeypatch.setattr("divergences._integration._distribution.BUDGET", 1.0)
    for call in (entropy_continuous, lambda P: wasserstein_distance_continuous(normal(), P)):
        with pytest.raises(ArithmeticError, match=rf"\({law.dist.name}\) is slow"):
            call(law)


# By mpmath 1.3 with 30 digits, from the densities.
@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (stats.geninvgauss(2.3, 1.5), 1.98829706669680414),
        (stats.geninvgauss(2.3, 1.5, loc=-4, scale=1e-3), 1.98829706669680414 - 3 * np.log(10)),
        (stats.norminvgauss(1.25, 0.5), 1.35502841928630676),
    ],
)
def test_a_law_whose_quantiles_have_no_formula_is_integrated_by_its_density(law, expected):
    assert entropy_continuous(law) == pytest.approx(expected, abs=1e-10)
    assert kl_divergence_continuous(law, law) == 0.0


def density_alone(law):
    """Return a law of which SciPy knows the density alone."""

    class Same(stats.rv_continuous):
        def _pdf(self, x):
            return law.pdf(x)

    low, high = law.support()
    return Same(a=low, b=high)()


@pytest.mark.parametrize(
    "law", [stats.beta(2, 5), stats.betaprime(13, 4), stats.invgauss(0.1), stats.invgauss(30), stats.wald()]
)
def test_laws_whose_quantiles_warn_far_out_do_not_warn(law):
    assert entropy_continuous(law) == pytest.approx(float(law.entropy()), abs=1e-6)


# How far out the logarithm of the density is a number, if SciPy takes it of the density.
LAWS = [
    (normal(3, 2), 1e-290),
    (stats.t(0.7), 1e-105),
    (stats.t(3), 1e-230),
    (stats.expon(), 1e-16),  # the lower tail ends where rounding does
    (stats.gamma(0.6), 1e-180),
    (stats.laplace(-1, 5), 1e-290),
    (stats.beta(2, 5), 1e-15),
]


@pytest.mark.parametrize(("law", "rarest"), LAWS, ids=[law.dist.name for law, _ in LAWS])
def test_quantiles_from_a_density_are_those_of_the_law(law, rarest):
    v = np.geomspace(rarest, 0.5, 60)
    with np.errstate(all="ignore"):
        tails = as_distribution(density_alone(law), "P").tails
        for tail, probability in zip(tails, (law.cdf, law.sf), strict=True):
            assert isinstance(getattr(tail.inverse, "__self__", None), Side)
            x = tail.inverse(v)
            np.testing.assert_allclose(probability(x), v, rtol=1e-10)
            np.testing.assert_allclose(tail.probability(x), probability(x), rtol=1e-10)
            np.testing.assert_allclose(tail.probability(-x), probability(-x), rtol=1e-10)
            ends = np.add(law.support(), (-1.0, 1.0))
            np.testing.assert_array_equal(tail.probability(ends), probability(ends))


@np.errstate(all="ignore")
def test_the_two_sides_of_a_density_add_up_to_1():
    wide = sides(lambda x: normal.logpdf(x) + 5e-10, np.array([-0.7, 0.1, 0.7]), np.array([-np.inf, np.inf]))
    x = np.array([0.1])
    below, above = (float(side.beyond(x)[0]) for side in wide)
    assert below + above == pytest.approx(1.0, abs=1e-13)
    assert above == pytest.approx(normal.sf(0.1), rel=1e-12)


def test_a_law_is_refused_as_soon_as_it_is_seen_that_it_takes_too_long(monkeypatch):
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr("divergences._integration._distribution.time.perf_counter", lambda: next(clock))
    # Two seconds for 16 values: a minute for the least that is needed.
    with pytest.raises(ArithmeticError, match=r"P \(logistic\) is slow: its ppf took 2\.0 s for 16 values"):
        entropy_continuous(stats.logistic())


@np.errstate(all="ignore")
def test_what_a_density_hides_or_lacks_is_left_to_the_quantiles():
    def given(law, *quartiles):
        return sides(law.logpdf, np.array(quartiles), np.array(law.support()))

    assert given(normal(), -0.7, 0.1, 0.7) is not None  # any start between is good enough
    narrow = Mixture([0.5, 0.5], [uniform(-1, 2), normal(1000, 1e-9)])
    assert given(narrow, -0.5, 0.0, 0.5) is None  # no panel sees the second half
    assert given(Gapped(0.6, 0.3), 0.2, 0.35, 0.5) is None
    noise = np.random.default_rng(0)
    noisy = Bare(normal(), logpdf=lambda x: normal.logpdf(x) + 1e-3 * noise.random(x.shape))
    assert given(noisy, -0.7, 0.0, 0.7) is None
    endless = Bare(normal(), logpdf=lambda x: np.where(x > 3, np.inf, normal.logpdf(x)))
    assert given(endless, -0.7, 0.0, 0.7) is None


def test_threads_leave_the_filters_of_warnings_as_they_were():
    before = list(warnings.filters)
    expected = kl_divergence_continuous(normal(), stats.t(4))
    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(kl_divergence_continuous, normal(), stats.t(4)) for _ in range(40)]
        assert {call.result() for call in calls} == {expected}
    assert warnings.filters == before
