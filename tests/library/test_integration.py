"""The walk out to the tails, and what the quadrature refuses."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from laws import Bare, Gapped, Mixture, underflowing
from scipy import stats

from divergences import kl_divergence_continuous
from divergences._integration import as_distribution
from divergences._integration._quadrature import quiet

normal, uniform = stats.norm, stats.uniform


@pytest.mark.parametrize(
    "given", [normal(3, 2), stats.cauchy(), stats.expon(), uniform(1, 2), Bare(normal())]
)
def test_depths_are_those_of_the_quantiles(given):
    distribution = as_distribution(given, "P")
    with quiet():
        tails = [(tail, tail.probes[:20]) for tail in distribution.tails]
    for tail, t in tails:
        np.testing.assert_allclose(tail.depth(tail.quantile(t)), t, atol=1e-3)
    assert distribution.median == pytest.approx(float(given.ppf(0.5)))
    assert (np.diff(distribution.breakpoints) > 0).all()


def test_a_quantile_that_a_double_cannot_tell_from_a_finite_end_is_that_end():
    tail = as_distribution(uniform(1, 1), "P").tails[1]
    with quiet():
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


def test_a_tail_whose_quantiles_take_too_long_is_refused(monkeypatch):
    monkeypatch.setattr("divergences._integration._distribution.BUDGET", 0.0)
    with pytest.raises(ArithmeticError, match=r"tail of P is slow: 128 quantiles took .* interpolated"):
        kl_divergence_continuous(normal(), normal(1))


def test_threads_leave_the_filters_of_warnings_as_they_were():
    before = list(warnings.filters)
    expected = kl_divergence_continuous(normal(), stats.t(4))
    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(kl_divergence_continuous, normal(), stats.t(4)) for _ in range(40)]
        assert {call.result() for call in calls} == {expected}
    assert warnings.filters == before
