"""Claims of chapter 6 and its side roads: bounds, f-divergences, duals, Rényi divergence, energy distance."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import cdist
from scipy.special import xlogy
from strategies import channels, large_pairs, pairs, probability_vectors, seeds

from divergences import (
    chi_squared_divergence,
    f_divergence,
    hellinger_distance,
    js_divergence,
    kl_divergence,
    normalize,
    renyi_divergence,
    total_variation_distance,
    wasserstein_distance,
    wasserstein_distance_samples,
)


@pytest.mark.claim("prp-hellinger-tv")
@settings(max_examples=300)
@given(pairs())
def test_total_variation_lies_between_two_functions_of_hellinger(pair):
    """Pairs with zeros, ties, tiny entries: He² <= TV <= He sqrt(2 - He²)."""
    p, q = pair
    he, tv = hellinger_distance(p, q), total_variation_distance(p, q)
    assert he**2 * (1 - 1e-12) <= tv <= he * np.sqrt(2 - he**2) * (1 + 1e-12)


@pytest.mark.claim("prp-hellinger-tv")
@given(large_pairs())
def test_the_hellinger_bounds_hold_for_thousands_of_outcomes(pair):
    """1000 to 5000 outcomes."""
    he, tv = hellinger_distance(*pair), total_variation_distance(*pair)
    assert he**2 < tv < he * np.sqrt(2 - he**2)


@pytest.mark.claim("prp-hellinger-tv")
@given(st.floats(0, 1))
def test_both_hellinger_bounds_are_reached(t):
    """Outcomes that decide or say nothing reach the lower bound, two mirrored coins the upper."""
    decisive = [t, 0, 1 - t], [0, t, 1 - t]
    assert hellinger_distance(*decisive) ** 2 == pytest.approx(t, abs=1e-14)
    mirrored = [(1 + t) / 2, (1 - t) / 2], [(1 - t) / 2, (1 + t) / 2]
    he = hellinger_distance(*mirrored)
    assert he * np.sqrt(2 - he**2) == pytest.approx(t, abs=1e-7)


@pytest.mark.claim("prp-kl-chi2")
@settings(max_examples=300)
@given(pairs())
def test_kl_is_at_most_the_logarithm_of_1_plus_chi_squared(pair):
    """Pairs with zeros, ties, tiny entries, infinity on both sides together."""
    p, q = pair
    kl, chi2 = kl_divergence(p, q), chi_squared_divergence(p, q)
    assert kl <= np.log1p(chi2) * (1 + 1e-12) + 1e-15
    assert np.log1p(chi2) <= chi2
    assert np.isinf(kl) <= np.isinf(chi2)


@pytest.mark.claim("prp-kl-chi2")
@given(st.floats(0.01, 1.0))
def test_equality_holds_when_p_over_q_is_constant_on_the_support(share):
    """p a certain outcome to which q gives some share: KL = log(1 + chi²) exactly."""
    p, q = [1.0, 0.0], [share, 1 - share]
    assert kl_divergence(p, q) == pytest.approx(np.log1p(chi_squared_divergence(p, q)), rel=1e-12, abs=1e-14)


@pytest.mark.claim("prp-w-tv")
@settings(max_examples=100)
@given(pairs(max_size=7), seeds, st.booleans())
def test_wasserstein_lies_between_smallest_and_largest_distance_times_tv(pair, seed, plane):
    """Random places on a line or in a plane, pairs with zeros and tiny entries."""
    p, q = pair
    x = np.random.default_rng(seed).normal(size=(p.size, 2) if plane else p.size)
    gaps = np.linalg.norm((x[:, None] - x).reshape(p.size, p.size, -1), axis=-1)
    w1, tv = wasserstein_distance(p, q, x), total_variation_distance(p, q)
    assert w1 <= gaps.max() * tv * (1 + 1e-9) + 1e-14
    if p.size > 1:
        smallest = gaps[~np.eye(p.size, dtype=bool)].min()
        assert w1 >= smallest * tv * (1 - 1e-9) - 1e-14


@pytest.mark.claim("prp-w-tv")
@given(pairs(max_size=6))
def test_when_all_distances_are_1_wasserstein_is_total_variation(pair):
    """Corners of a simplex, all 1 apart: both bounds meet."""
    p, q = pair
    corners = np.eye(p.size) / np.sqrt(2)
    assert wasserstein_distance(p, q, corners) == pytest.approx(total_variation_distance(p, q), abs=1e-13)


@pytest.mark.claim("prp-w-tv")
def test_without_a_smallest_or_largest_distance_there_is_no_bound():
    """The conditions dropped: two atoms ever nearer at TV 1, a rare mass ever farther at small TV."""
    for gap in (1e-3, 1e-9):
        assert wasserstein_distance([1, 0], [0, 1], [0, gap]) == pytest.approx(gap)
        assert total_variation_distance([1, 0], [0, 1]) == 1
        assert js_divergence([1, 0], [0, 1], base=2) == 1
    for far in (1e3, 1e9):
        assert wasserstein_distance([1, 0], [0.999, 0.001], [0, far]) == pytest.approx(far / 1000)


def _reverse(t):
    with np.errstate(divide="ignore"):
        return -np.log(t)


GENERATORS = {
    "kl": lambda t: xlogy(t, t),
    "reverse": _reverse,
    "js": lambda t: (xlogy(t, t) - (1 + t) * np.log((1 + t) / 2)) / 2,
    "tv": lambda t: np.abs(t - 1) / 2,
    "hellinger": lambda t: (np.sqrt(t) - 1) ** 2 / 2,
    "chi2": lambda t: (t - 1) ** 2,
    "own": lambda t: np.maximum(t - 2, 0) + np.maximum(0.5 - t, 0),  # flat around 1
}
DIRECT = {
    "kl": kl_divergence,
    "reverse": lambda p, q: kl_divergence(q, p),
    "js": js_divergence,
    "tv": total_variation_distance,
    "hellinger": lambda p, q: hellinger_distance(p, q) ** 2,
    "chi2": chi_squared_divergence,
}


def moderate_pairs(**options):
    """Positive pairs whose ratios stay within what a generator can be evaluated at."""
    n = st.integers(1, 8)
    return st.builds(
        lambda n, seed: tuple(np.random.default_rng(seed).dirichlet(np.ones(n) * 2, size=2)), n, seeds
    )


@pytest.mark.claim("prp-f-divergence")
@pytest.mark.parametrize("name", sorted(DIRECT))
@settings(max_examples=60)
@given(pair=moderate_pairs())
def test_the_formula_gives_the_measure_and_is_never_negative(name, pair):
    """Six generators against the measures' own functions; 0 at equality, positive elsewhere."""
    p, q = pair
    value = f_divergence(p, q, GENERATORS[name])
    assert value == pytest.approx(DIRECT[name](p, q), rel=1e-6, abs=1e-12)
    assert value >= -1e-15
    assert f_divergence(p, p, GENERATORS[name]) == 0
    if np.abs(p - q).max() > 0.01:
        assert value > 1e-6


@pytest.mark.claim("prp-f-divergence")
@pytest.mark.parametrize("name", sorted(GENERATORS))
@settings(max_examples=40)
@given(data=st.data())
def test_no_channel_raises_an_f_divergence(name, data):
    """Seven generators, random channels."""
    p, q = data.draw(moderate_pairs())
    channel = data.draw(channels(p.size))
    after = f_divergence(normalize(p @ channel), normalize(q @ channel), GENERATORS[name])
    assert after <= f_divergence(p, q, GENERATORS[name]) * (1 + 1e-9) + 1e-12


@pytest.mark.claim("prp-f-divergence")
@given(moderate_pairs(), st.floats(-5, 5))
def test_tilting_the_generator_changes_nothing(pair, c):
    """Adding c (t - 1) for any c."""
    p, q = pair
    tilted = f_divergence(p, q, lambda t: (t - 1) ** 2 + c * (t - 1))
    assert tilted == pytest.approx(chi_squared_divergence(p, q), abs=1e-12)


@pytest.mark.claim("prp-f-divergence")
def test_the_conditions_are_needed():
    """Not strictly convex at 1: 0 for different distributions. Not convex: merging outcomes raises it."""
    assert f_divergence([0.5, 0.5], [0.6, 0.4], GENERATORS["own"]) == 0
    p, q = np.array([0.9, 0.05, 0.05]), np.array([0.01, 0.495, 0.495])

    def fine(p, q):
        return q @ np.log(p / q) ** 2

    found = False
    for p, q in np.random.default_rng(0).dirichlet(np.ones(3), size=(500, 2)):
        merged_p, merged_q = np.array([p[0] + p[1], p[2]]), np.array([q[0] + q[1], q[2]])
        found |= fine(merged_p, merged_q) > fine(p, q) + 0.01
    assert found


@pytest.mark.claim("prp-f-local")
@pytest.mark.parametrize(
    ("name", "curvature"), [("kl", 1), ("reverse", 1), ("js", 1 / 4), ("hellinger", 1 / 4), ("chi2", 2)]
)
@settings(max_examples=20)
@given(seed=seeds)
def test_close_up_an_f_divergence_is_half_the_curvature_times_chi_squared(name, curvature, seed):
    """Five smooth generators, random directions, steps 1e-2 and 1e-3: the ratio's error is of first order."""
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.full(5, 5.0))
    d = rng.normal(size=5) * q
    d -= d.sum() * q
    for step in (1e-2, 1e-3):
        ratio = DIRECT[name](q + step * d, q) / (step**2 * np.sum(d**2 / q))
        assert ratio == pytest.approx(curvature / 2, abs=4 * step * np.abs(d / q).max())


@pytest.mark.claim("prp-f-local")
def test_a_corner_at_1_breaks_the_rule():
    """Total variation, not differentiable at 1, shrinks like the step, not like its square."""
    values = [total_variation_distance([0.5 + s, 0.5 - s], [0.5, 0.5]) for s in (1e-2, 1e-3)]
    assert values[0] / values[1] == pytest.approx(10)


@pytest.mark.claim("prp-renyi-monotone")
@settings(max_examples=100)
@given(pairs(), st.lists(st.floats(0.05, 6), min_size=2, max_size=5))
def test_renyi_divergence_rises_with_its_order(pair, orders):
    """Pairs with zeros, ties and tiny entries, orders from 0.05 to 6 and infinity."""
    p, q = pair
    values = [renyi_divergence(p, q, alpha) for alpha in [*sorted(orders), np.inf]]
    for lower, higher in pairwise(values):
        assert lower <= higher * (1 + 1e-9) + 1e-13


@pytest.mark.claim("prp-renyi-monotone")
@settings(max_examples=60)
@given(moderate_pairs())
def test_renyi_passes_through_the_measures_that_the_text_names(pair):
    """½: Hellinger; 1: KL, also as the limit from both sides; 2: chi²; infinity: the largest log ratio."""
    p, q = pair
    kl = kl_divergence(p, q)
    assert renyi_divergence(p, q, 0.5) == pytest.approx(
        -2 * np.log1p(-(hellinger_distance(p, q) ** 2)), abs=1e-12
    )
    assert renyi_divergence(p, q, 1) == kl
    spread = np.log(p / q).var() + 1
    for near in (1 - 1e-6, 1 + 1e-6):
        assert renyi_divergence(p, q, near) == pytest.approx(kl, abs=1e-4 * spread)
    assert renyi_divergence(p, q, 2) == pytest.approx(np.log1p(chi_squared_divergence(p, q)), abs=1e-12)
    assert renyi_divergence(p, q, np.inf) == pytest.approx(np.log((p / q).max()), abs=1e-12)


# name: generator, its derivative, its conjugate, and the largest score for which the conjugate is finite
DUAL = {
    "kl": (lambda t: t * np.log(t), lambda t: np.log(t) + 1, lambda u: np.exp(u - 1), np.inf),
    "reverse": (lambda t: -np.log(t), lambda t: -1 / t, lambda u: -1 - np.log(-u), -1e-9),
    "chi2": (
        lambda t: (t - 1) ** 2,
        lambda t: 2 * (t - 1),
        lambda u: np.where(u < -2, -1.0, u + u**2 / 4),
        np.inf,
    ),
    "hellinger": (
        lambda t: (np.sqrt(t) - 1) ** 2 / 2,
        lambda t: (1 - 1 / np.sqrt(t)) / 2,
        lambda u: u / (1 - 2 * u),
        0.5 - 1e-9,
    ),
}


@pytest.mark.claim("prp-f-dual")
@pytest.mark.parametrize("name", sorted(DUAL))
@settings(max_examples=60)
@given(pair=moderate_pairs(), seed=seeds)
def test_every_score_bounds_from_below_and_the_derivative_attains(name, pair, seed):
    """Four generators with their conjugates, 20 random scores each, and T = f'(p/q)."""
    p, q = pair
    _, derivative, conjugate, limit = DUAL[name]
    value = f_divergence(p, q, GENERATORS[name])
    for score in np.random.default_rng(seed).normal(size=(20, p.size)) * 2:
        score = np.minimum(score, limit)
        assert p @ score - q @ conjugate(score) <= value + 1e-9
    best = derivative(p / q)
    assert p @ best - q @ conjugate(best) == pytest.approx(value, rel=1e-6, abs=1e-10)


@pytest.mark.claim("prp-f-dual")
@pytest.mark.parametrize("name", sorted(DUAL))
def test_the_conjugates_are_the_suprema(name):
    """Each conjugate against the largest of u t - f(t) over a fine grid of t."""
    f, _, conjugate, limit = DUAL[name]
    t = np.concatenate([np.geomspace(1e-12, 1, 200_000), np.geomspace(1, 1e3, 200_000)])
    for u in (-3.0, -1.0, -0.3, 0.2, 1.0):
        if u <= limit:
            assert np.max(u * t - f(t)) == pytest.approx(float(conjugate(u)), abs=1e-5)


def energy(x, y):
    return 2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean()


@pytest.mark.claim("prp-energy-cdf")
@settings(max_examples=60)
@given(st.integers(1, 30), st.integers(1, 30), seeds)
def test_energy_distance_is_twice_the_squared_area_between_the_cdfs(n, m, seed):
    """Empirical laws of 1 to 30 points with ties: three means, the integral, and the bound 2 W1."""
    rng = np.random.default_rng(seed)
    x, y = np.round(rng.normal(size=n), 1), np.round(rng.normal(0.5, 2, size=m), 1)
    value = energy(x[:, None], y[:, None])
    assert value == pytest.approx(stats.energy_distance(x, y) ** 2, abs=1e-12)
    places = np.unique(np.concatenate([x, y]))
    gap = np.searchsorted(np.sort(x), places, "right") / n - np.searchsorted(np.sort(y), places, "right") / m
    assert value == pytest.approx(2 * np.sum(gap[:-1] ** 2 * np.diff(places)), abs=1e-12)
    assert -1e-12 <= value <= 2 * wasserstein_distance_samples(x, y) + 1e-12


@pytest.mark.claim("prp-energy-cdf")
@given(probability_vectors(min_size=2, max_size=6), probability_vectors(n=6))
def test_it_is_0_only_for_equal_laws(p, q):
    """Laws on six places: at least twice the largest squared difference of the CDFs."""
    p = np.append(p, np.zeros(6 - p.size))
    gap = np.cumsum(p - q)[:-1]
    value = stats.energy_distance(np.arange(6), np.arange(6), p, q) ** 2
    assert value == pytest.approx(2 * np.sum(gap**2), abs=1e-12)
