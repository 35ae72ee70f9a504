"""Print how many digits of KL and JS are right, here and in scipy, for distributions that are almost equal.

The truth comes from mpmath with 100 digits, for the numbers that float64 holds, sums divided out.
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

from benchmarks.table import publish
from divergences import js_distance, kl_divergence, normalize
from tests.support.oracles import exact_js, exact_kl

SEEDS = 5


def error(value: float, truth: mpf) -> float:
    return float(abs(mpf(float(value)) - truth) / truth) if np.isfinite(value) else np.nan


def worst(pairs: list[tuple[np.ndarray, np.ndarray]]) -> Iterator[float]:
    """Yield the largest relative error of KL and of the JS distance, scipy's and ours; NaN if it occurs."""
    errors = []
    for p, q in pairs:
        kl, js = exact_kl(p, q), mpmath.sqrt(exact_js(p, q))
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
