"""Print how many digits of KL and JS are right, here and in scipy, for distributions that are almost equal.

The truth comes from mpmath with 50 digits, for the numbers that float64 holds, sums divided out.
It takes ten seconds. ``--page reference/benchmarks.md`` also puts the table there.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import mpmath
import numpy as np
import scipy
from mpmath import mpf
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy
from table import publish

from divergences import js_distance, kl_divergence, normalize

SEEDS = 5
mpmath.mp.dps = 50


def exact(p: np.ndarray, q: np.ndarray) -> tuple[mpf, mpf]:
    """Return the KL divergence and the JS distance."""
    left, right = ([mpf(float(x)) for x in vector] for vector in (p, q))
    left, right = ([x / mpmath.fsum(vector) for x in vector] for vector in (left, right))

    def kl(a: list[mpf], b: list[mpf]) -> mpf:
        return mpmath.fsum(x * mpmath.log(x / y) for x, y in zip(a, b, strict=True) if x > 0)

    middle = [(x + y) / 2 for x, y in zip(left, right, strict=True)]
    return kl(left, right), mpmath.sqrt((kl(left, middle) + kl(right, middle)) / 2)


def error(value: float, truth: mpf) -> float:
    return float(abs(mpf(float(value)) - truth) / truth) if np.isfinite(value) else np.nan


def worst(pairs: list[tuple[np.ndarray, np.ndarray]]) -> Iterator[float]:
    """Yield the largest relative error of KL and of the JS distance, scipy's and ours; NaN if it occurs."""
    errors = []
    for p, q in pairs:
        kl, js = exact(p, q)
        theirs_and_ours = [error(value, kl) for value in (entropy(p, q), kl_divergence(p, q))]
        theirs_and_ours += [error(value, js) for value in (jensenshannon(p, q), js_distance(p, q))]
        errors.append(theirs_and_ours)
    yield from np.max(errors, axis=0)  # NaN if one of them is


def near(distance: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(1000))
    return p, normalize(p * (1 + distance * rng.normal(size=1000)))


def apart(seed: int) -> tuple[np.ndarray, np.ndarray]:
    p, q = normalize(np.exp(np.random.default_rng(seed).normal(scale=10, size=(2, 100))))
    return p, q


def table() -> Iterator[str]:
    yield f"Largest relative error of {SEEDS} pairs, numpy {np.__version__}, scipy {scipy.__version__}."
    yield ""
    yield "| pairs | KL, scipy | KL, divergences | JS distance, scipy | JS distance, divergences |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    cases = {
        f"$q = p\\,(1 + 10^{{{exponent}}} z)$, n = 1000": [
            near(10.0**exponent, seed) for seed in range(SEEDS)
        ]
        for exponent in (-2, -4, -6, -8, -9, -10)
    }
    cases["softmax of logits with standard deviation 10, n = 100"] = [apart(seed) for seed in range(SEEDS)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy's square roots of negative numbers
        for name, pairs in cases.items():
            yield f"| {name} | {' | '.join(f'{value:.1g}' for value in worst(pairs))} |"


if __name__ == "__main__":
    publish(table(), "accuracy.py", __doc__)
