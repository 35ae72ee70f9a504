"""Claims of chapter 6: how the measures bound one another."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import large_pairs, pairs, seeds

from divergences import (
    chi_squared_divergence,
    hellinger_distance,
    js_divergence,
    kl_divergence,
    total_variation_distance,
    wasserstein_distance,
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
