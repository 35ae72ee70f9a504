"""Claims of chapter 7 and its side roads: what bins do to a Wasserstein distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import seeds

from divergences import histogram, normalize, wasserstein_distance, wasserstein_distance_samples


@pytest.mark.claim("prp-w1-binning")
@settings(max_examples=100)
@given(seeds, st.integers(1, 40), st.integers(1, 40), st.integers(1, 12))
def test_binning_moves_a_wasserstein_distance_by_at_most_a_width(seed, n, m, k):
    """Two random samples of up to 40 points, up to 12 bins of unequal width: W1 from the middles of the bins
    differs from that of the points by at most the mean width, weighted with the masses; W2 and W4 by at most
    the largest width.
    """
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), rng.normal(rng.uniform(-1, 1), 2, size=m)
    both = np.concatenate([x, y])
    inner = rng.uniform(both.min(), both.max(), size=k - 1)
    edges = np.unique([both.min() - 0.1, *inner, both.max() + 0.1])
    p, q = (normalize(counts) for counts in histogram(x, y, bins=edges)[:2])
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    moved = abs(wasserstein_distance(p, q, middle) - wasserstein_distance_samples(x, y))
    assert moved <= (p + q) / 2 @ width + 1e-12
    assert (p + q) / 2 @ width <= width.max() + 1e-12
    for order in (2, 4):
        binned = wasserstein_distance(p, q, middle, order=order)
        moved = abs(binned - wasserstein_distance_samples(x, y, order=order))
        assert moved <= width.max() + 1e-6  # the root of a rounding error, for equal distributions


@pytest.mark.claim("prp-w1-binning")
@pytest.mark.parametrize("gap", [0.1, 1e-3, 1e-6])
def test_the_bound_of_binning_cannot_be_improved(gap):
    """A point on each side of an edge, ε apart: the middles of their bins, of width 1, are 1 apart."""
    x, y = [1 - gap], [1.0]
    p, q = (normalize(counts) for counts in histogram(x, y, bins=[0, 1, 2])[:2])
    binned = wasserstein_distance(p, q, [0.5, 1.5])
    assert binned - wasserstein_distance_samples(x, y) == pytest.approx(1 - gap, rel=1e-12, abs=0)
