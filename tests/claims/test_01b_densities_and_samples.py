"""Claims of the page on densities, maximum entropy and samples."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from strategies import probability_vectors, seeds

from divergences import entropy, entropy_continuous, normalize

LAWS = {
    "normal": stats.norm(),
    "exponential": stats.expon(),
    "uniform": stats.uniform(),
    "logistic": stats.logistic(),
    "Laplace": stats.laplace(),
    "gamma": stats.gamma(2.5),
    "triangular": stats.triang(0.3),
}


@pytest.mark.claim("prp-differential-scaling")
@settings(max_examples=50)
@given(st.sampled_from(sorted(LAWS)), st.floats(-1e3, 1e3), st.integers(-6, 6))
def test_a_change_of_unit_adds_the_logarithm_of_the_factor(name, shift, exponent):
    """Seven families, shifts up to 1000, scales from 1e-6 to 1e6: h(aX + b) - h(X) = log a to 1e-8."""
    law, scale = LAWS[name], 10.0**exponent
    changed = getattr(stats, law.dist.name)(*law.args, loc=shift, scale=scale)
    gain = entropy_continuous(changed) - entropy_continuous(law)
    assert gain == pytest.approx(np.log(scale), abs=1e-8)


@pytest.mark.claim("prp-differential-scaling")
def test_a_mirror_changes_nothing():
    """a = -1: the mirror image of an exponential law has the same differential entropy."""

    class Mirrored:
        def logpdf(self, x):
            return stats.expon().logpdf(-np.asarray(x))

        def pdf(self, x):
            return np.exp(self.logpdf(x))

        def cdf(self, x):
            return stats.expon().sf(-np.asarray(x))

        def sf(self, x):
            return stats.expon().cdf(-np.asarray(x))

        def ppf(self, u):
            return -stats.expon().isf(u)

        def isf(self, u):
            return -stats.expon().ppf(u)

        def support(self):
            return (-np.inf, 0.0)

    assert entropy_continuous(Mirrored()) == pytest.approx(entropy_continuous(stats.expon()), abs=1e-9)


@pytest.mark.claim("prp-differential-bins")
@pytest.mark.parametrize("law", [stats.uniform(), stats.beta(2, 3), stats.triang(0.3), stats.cosine()])
def test_binned_entropy_plus_log_width_tends_to_the_differential_entropy(law):
    """Four continuous densities on an interval, 10 to 10 000 bins: the distance falls to below 1e-4."""
    left, right = law.support()
    gaps = []
    for bins in (10, 100, 1000, 10_000):
        edges = np.linspace(left, right, bins + 1)
        binned = entropy(normalize(np.diff(law.cdf(edges))))
        gaps.append(abs(binned + np.log((right - left) / bins) - entropy_continuous(law)))
    assert gaps[-1] < 1e-4
    assert gaps[-1] <= gaps[0] + 1e-9
    halves = [
        entropy(normalize(np.diff(law.cdf(np.linspace(left, right, n + 1)))), base=2) for n in (512, 1024)
    ]
    assert halves[1] - halves[0] == pytest.approx(1, abs=0.01)  # each halving of the bins adds a bit


def tilted(x, rate):
    return normalize(np.exp(rate * (x - x.max()))) if rate >= 0 else normalize(np.exp(rate * (x - x.min())))


@pytest.mark.claim("prp-max-entropy")
@given(st.lists(st.integers(-20, 20), min_size=2, max_size=8, unique=True), st.floats(0.05, 0.95), seeds)
def test_the_tilted_distribution_has_the_largest_entropy_for_its_mean(x, share, seed):
    """Up to 8 distinct numbers, any mean between them: one rate gives the mean, and 20 random moves that
    keep sum and mean lower the entropy.
    """
    x = np.array(sorted(x), dtype=float)
    mean = x[0] + share * (x[-1] - x[0])
    rate = optimize.brentq(lambda r: tilted(x, r) @ x - mean, -60, 60, xtol=1e-14)
    p = tilted(x, rate)
    assert p @ x == pytest.approx(mean, abs=1e-7 * (x[-1] - x[0]))
    rng = np.random.default_rng(seed)
    for _ in range(20):
        move = rng.normal(size=x.size)
        basis = np.linalg.qr(np.stack([np.ones_like(x), x - x.mean()], axis=1))[0]
        move -= basis @ (basis.T @ move)
        if x.size == 2 or np.abs(move).max() < 1e-12:
            continue
        step = rng.uniform(0, 1) * np.min(np.where(move < 0, p / np.maximum(-move, 1e-300), np.inf))
        other = np.maximum(p + min(step, 1.0) * move, 0)
        assert entropy(other / other.sum()) <= entropy(p) + 1e-9


@pytest.mark.claim("prp-max-entropy")
def test_a_numerical_optimiser_finds_the_same_die():
    """The loaded die with mean 4.5, found by SLSQP without the formula, to 1e-5."""
    faces = np.arange(1.0, 7.0)
    constraints = [
        {"type": "eq", "fun": lambda p: p.sum() - 1},
        {"type": "eq", "fun": lambda p: p @ faces - 4.5},
    ]
    found = optimize.minimize(
        lambda p: np.sum(p * np.log(p)),
        np.full(6, 1 / 6),
        bounds=[(1e-9, 1)] * 6,
        constraints=constraints,
        options={"ftol": 1e-14},
    ).x
    rate = optimize.brentq(lambda r: tilted(faces, r) @ faces - 4.5, -5, 5)
    np.testing.assert_allclose(found, tilted(faces, rate), atol=1e-5)


@pytest.mark.claim("prp-max-entropy-gaussian")
@pytest.mark.parametrize("name", sorted(LAWS))
def test_no_law_of_the_same_variance_beats_the_normal(name):
    """Seven families: h is at most ½ log(2 pi e variance), with equality for the normal only."""
    law = LAWS[name]
    bound = 0.5 * np.log(2 * np.pi * np.e * law.var())
    if name == "normal":
        assert entropy_continuous(law) == pytest.approx(bound, abs=1e-9)
    else:
        assert entropy_continuous(law) < bound - 1e-3


@pytest.mark.claim("prp-max-entropy-gaussian")
def test_near_the_normal_the_deficit_is_small_but_positive():
    """Student's t with 3 to 300 degrees of freedom approaches the bound from below."""
    deficits = [
        0.5 * np.log(2 * np.pi * np.e * law.var()) - entropy_continuous(law)
        for law in (stats.t(3), stats.t(10), stats.t(30), stats.t(300))
    ]
    assert all(a > b > 0 for a, b in pairwise(deficits))
    assert deficits[-1] < 1e-4


def expected_plug_in(p, n):
    """The exact mean of the plug-in entropy: a sum of binomial expectations, outcome by outcome."""
    k = np.arange(1, n + 1)
    terms = -(k / n) * np.log(k / n)
    return sum(stats.binom(n, x).pmf(k) @ terms for x in p)


@pytest.mark.claim("prp-plugin-bias")
@settings(max_examples=60)
@given(probability_vectors(min_size=2, max_size=6), st.integers(1, 60))
def test_the_plug_in_entropy_is_too_low_on_average(p, n):
    """Exact expectations for up to 60 draws from up to 6 outcomes, zeros and tiny entries included."""
    assert expected_plug_in(p, n) <= entropy(p) + 1e-12


@pytest.mark.claim("prp-plugin-bias")
@pytest.mark.parametrize("p", [[0.5, 0.5], [0.2, 0.3, 0.5], [0.1] * 10, [0.7, 0.2, 0.06, 0.04]])
def test_the_bias_is_minus_k_minus_1_over_2n_up_to_the_order_of_n_to_the_minus_2(p):
    """Exact expectations for n = 500, 2000, 8000: n² times the remainder stays below its theoretical
    limit, (sum of 1/p - 1)/12, with 20 % to spare.
    """
    p = np.array(p)
    limit = abs(np.sum(1 / p) - 1) / 12
    for n in (500, 2000, 8000):
        remainder = expected_plug_in(p, n) - entropy(p) + (p.size - 1) / (2 * n)
        assert abs(remainder) * n**2 <= 1.2 * limit + 0.01


@pytest.mark.claim("prp-plugin-bias")
def test_the_simulated_mean_agrees_with_the_exact_one():
    """20 000 simulated samples of 50 draws from a die: their mean lies within 5 standard errors."""
    draws = np.random.default_rng(0).multinomial(50, np.full(6, 1 / 6), size=20_000)
    values = entropy(normalize(draws))
    error = values.std() / np.sqrt(values.size)
    assert values.mean() == pytest.approx(expected_plug_in(np.full(6, 1 / 6), 50), abs=5 * error)
