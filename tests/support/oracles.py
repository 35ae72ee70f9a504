"""The definitions, word for word, in arithmetic of as many digits as one likes (mpmath).

The exact input is what float64 holds; sums are divided out exactly. 100 digits decide everything but
differences between numbers as far apart as 1 and 1e-300, for which a test asks for 700.
"""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mpf

mpmath.mp.dps = 100


def shares(vector):
    """Return the entries divided by their sum."""
    numbers = [mpf(float(x)) for x in vector]
    total = mpmath.fsum(numbers)
    return [x / total for x in numbers]


def _kl(p, q):
    if any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return mpmath.inf
    return mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)


def exact_entropy(p):
    return mpmath.fsum(-a * mpmath.log(a) for a in shares(p) if a > 0)


def exact_cross_entropy(p, q):
    p, q = shares(p), shares(q)
    if any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return mpmath.inf
    return mpmath.fsum(-a * mpmath.log(b) for a, b in zip(p, q, strict=True) if a > 0)


def exact_cross_entropy_from_logits(p, logits):
    scores = [mpf(float(z)) for z in logits]
    log_sum = mpmath.log(mpmath.fsum(mpmath.exp(z) for z in scores))
    return mpmath.fsum(a * (log_sum - z) for a, z in zip(shares(p), scores, strict=True) if a > 0)


def exact_kl(p, q):
    return _kl(shares(p), shares(q))


def exact_js(*vectors, weights=None):
    vectors = [shares(v) for v in vectors]
    weights = shares([1] * len(vectors) if weights is None else weights)
    mixture = [
        mpmath.fsum(w * x for w, x in zip(weights, column, strict=True))
        for column in zip(*vectors, strict=True)
    ]
    return mpmath.fsum(w * _kl(v, mixture) for w, v in zip(weights, vectors, strict=True) if w > 0)


def exact_mutual_information(joint):
    cells = shares([x for row in joint for x in row])
    width = len(joint[0])
    rows = [mpmath.fsum(cells[i : i + width]) for i in range(0, len(cells), width)]
    columns = [mpmath.fsum(cells[j::width]) for j in range(width)]
    return _kl(cells, [r * c for r in rows for c in columns])


def exact_total_variation(p, q):
    return mpmath.fsum(abs(a - b) for a, b in zip(shares(p), shares(q), strict=True)) / 2


def exact_hellinger(p, q):
    squares = ((mpmath.sqrt(a) - mpmath.sqrt(b)) ** 2 for a, b in zip(shares(p), shares(q), strict=True))
    return mpmath.sqrt(mpmath.fsum(squares) / 2)


def exact_chi_squared(p, q):
    p, q = shares(p), shares(q)
    if any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return mpmath.inf
    return mpmath.fsum((a - b) ** 2 / b for a, b in zip(p, q, strict=True) if b > 0)


def exact_renyi(p, q, alpha):
    """Return the divergence of an order other than 0, 1 and inf."""
    p, q, alpha = shares(p), shares(q), mpf(alpha)
    if alpha > 1 and any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return mpmath.inf
    overlap = mpmath.fsum(a**alpha * b ** (1 - alpha) for a, b in zip(p, q, strict=True) if a > 0 and b > 0)
    return mpmath.log(overlap) / (alpha - 1) if overlap else mpmath.inf


def relative_error(value, exact):
    """Return |value - exact| / exact; 0 where both are 0 or both infinite."""
    if exact == 0 or mpmath.isinf(exact):
        return 0.0 if value == exact else float("inf")
    return float(abs(mpf(float(value)) - exact) / abs(exact))


# The relative distance of two vectors, and the relative error that their divergence may have.
NEAR_TOLERANCES = [
    (1e-2, 1e-15),
    (1e-4, 1e-15),
    (1e-6, 1e-15),
    (1e-8, 1e-15),
    (1e-9, 2e-15),
    (1e-10, 1e-14),
    (1e-12, 1e-11),
]


def near_pair(distance, n, seed):
    """Return two probability vectors over n outcomes at about this relative distance."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(n))
    q = p * (1 + distance * rng.normal(size=n))
    return p, q / q.sum()


def close(expected, rel):
    """Compare relatively alone: `pytest.approx` would let 1e-12 pass for 0."""
    return pytest.approx(expected, rel=rel, abs=0)


def exact_quantiles(p, q, x, y):
    """Return (mass, distance) for each piece of the quantile coupling, in exact arithmetic."""
    p, q = [Fraction(m) for m in p], [Fraction(m) for m in q]
    left = sorted((Fraction(place), mass / sum(p)) for place, mass in zip(x, p, strict=True) if mass)
    right = sorted((Fraction(place), mass / sum(q)) for place, mass in zip(y, q, strict=True) if mass)
    pieces = []
    while left and right:
        (a, mass), (b, other) = left.pop(), right.pop()
        moved = min(mass, other)
        pieces.append((moved, abs(a - b)))
        if mass > moved:
            left.append((a, mass - moved))
        if other > moved:
            right.append((b, other - moved))
    return pieces


def exact_wasserstein(p, q, x, y, order):
    """Return the Wasserstein distance of weighted places on the line."""
    pieces = exact_quantiles(p, q, x, y)
    if order == np.inf:
        return float(max(distance for _, distance in pieces))
    with mpmath.workdps(50):
        total = mpmath.fsum(
            mpmath.mpf(m.numerator) / m.denominator * (mpmath.mpf(d.numerator) / d.denominator) ** order
            for m, d in pieces
        )
        return float(total ** (mpmath.mpf(1) / order))
