"""Hypothesis strategies shared by the tests: probability vectors of every awkward kind."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

seeds = st.integers(0, 2**32 - 1)
# Weights of a mixture: none so small that its product with a probability of 1e-300 vanishes.
shares = st.sampled_from([0.0, 1.0]) | st.floats(1e-6, 1 - 1e-6)

POSITIVE = ["flat", "ties", "tiny", "softmax"]
KINDS = {True: st.sampled_from(POSITIVE), False: st.sampled_from([*POSITIVE, "zeros", "atom"])}


@st.composite
def probability_vectors(draw, *, n=None, min_size=1, max_size=12, positive=False):
    """Draw one probability vector: zeros, ties, tiny entries, one atom, peaked or flat.

    With `positive` every entry is above 0 (but may be as small as 1e-300).
    """
    n = draw(st.integers(min_size, max_size)) if n is None else n
    kind = draw(KINDS[positive])
    if kind == "softmax":
        weights = np.exp(np.random.default_rng(draw(seeds)).normal(scale=10, size=n))
    elif kind == "atom":
        weights = np.zeros(n)
    else:
        # One string of bytes for all entries: hypothesis draws it at once.
        numbers = np.frombuffer(draw(st.binary(min_size=2 * n, max_size=2 * n)), dtype=np.uint16)
        weights = {
            "flat": 1e-3 + numbers / 2**16,
            "ties": 1.0 + numbers % 3,
            "tiny": 10.0 ** -(numbers % 301.0),
            "zeros": numbers / 2**16 * (numbers % 2),
        }[kind]
    if kind in {"tiny", "zeros", "atom"}:
        weights[draw(st.integers(0, n - 1))] = 1.0
    return weights / weights.max() / (weights / weights.max()).sum()


@st.composite
def vector_tuples(draw, count, *, min_size=1, max_size=12, positive=False):
    """Draw `count` probability vectors over the same outcomes."""
    n = draw(st.integers(min_size, max_size))
    return tuple(draw(probability_vectors(n=n, positive=positive)) for _ in range(count))


def pairs(**options):
    """Draw two probability vectors over the same outcomes; with `positive`, neither has a zero."""
    return vector_tuples(2, **options)


def triples(**options):
    """Draw three probability vectors over the same outcomes."""
    return vector_tuples(3, **options)


@st.composite
def near_pairs(draw, *, min_size=2, max_size=12, smallest=-12, largest=-3):
    """Draw p and q = p (1 + distance z), z standard normal, with the relative distance 10^-12 ... 10^-3."""
    p = draw(probability_vectors(min_size=min_size, max_size=max_size))
    distance = 10.0 ** draw(st.integers(smallest, largest))
    q = p * (1 + distance * np.random.default_rng(draw(seeds)).normal(size=p.size))
    return p, q / q.sum()


@st.composite
def large_pairs(draw, *, min_size=1000, max_size=5000):
    """Draw two probability vectors over thousands of outcomes, some of them impossible under both."""
    rng = np.random.default_rng(draw(seeds))
    n = draw(st.integers(min_size, max_size))
    weights = rng.exponential(size=(2, n)) ** draw(st.sampled_from([1, 4]))
    weights[:, rng.random(n) < 0.1] = 0.0
    weights[:, 0] = 1.0
    p, q = weights / weights.sum(axis=1, keepdims=True)
    return p, q


@st.composite
def stochastic_matrices(draw, rows, *, min_columns=1, max_columns=8):
    """Draw a matrix of `rows` conditional distributions: noise that outcomes may pass through."""
    columns = draw(st.integers(min_columns, max_columns))
    return np.stack([draw(probability_vectors(n=columns)) for _ in range(rows)])


@st.composite
def channels(draw, rows):
    """Draw such a matrix with entries 0 or at least 1e-6, so that no product with one of 1e-300 vanishes."""
    matrix = draw(stochastic_matrices(rows))
    matrix[matrix < 1e-6] = 0.0
    return matrix / matrix.sum(axis=1, keepdims=True)


@st.composite
def joint_tables(draw, *, max_size=5):
    """Draw a joint distribution of two variables, shape (n, m)."""
    n, m = draw(st.integers(1, max_size)), draw(st.integers(1, max_size))
    return draw(probability_vectors(n=n * m)).reshape(n, m)
