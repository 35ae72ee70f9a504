"""Time the library against scipy and POT, alternately in one process, and print a table of ratios.

Times are those of the processor: other work on the machine does not count. Threads that wait do, so set
``OPENBLAS_NUM_THREADS=1``, as `make benchmark` does.

``python -m benchmarks.speed`` takes half a minute; half of it goes to `wasserstein_distance_nd`.
``--page reference/benchmarks.md`` also puts the table into that page, below its marker.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import ot
import scipy
from scipy.spatial.distance import cdist, jensenshannon
from scipy.stats import entropy, wasserstein_distance_nd
from scipy.stats import wasserstein_distance as scipy_wasserstein

import divergences
from benchmarks.table import publish
from divergences import (
    js_distance,
    kl_divergence,
    optimal_transport,
    wasserstein_distance,
    wasserstein_distance_samples,
)


class Row(NamedTuple):
    """One line of the table: the work, the peer, how many times faster the library has to be, the calls."""

    work: str
    peer: str
    reach: float
    ours: Callable[[], object]
    theirs: Callable[[], object]
    rounds: int = 15


def rows() -> Iterator[Row]:
    rng = np.random.default_rng(0)
    for n in (10, 100, 1000):
        p, q = rng.dirichlet(np.ones(n), size=2)
        yield Row(
            f"KL, n = {n}", "scipy", 8, lambda p=p, q=q: kl_divergence(p, q), lambda p=p, q=q: entropy(p, q)
        )
    for n in (10, 100, 1000):
        p, q = rng.dirichlet(np.ones(n), size=2)
        yield Row(
            f"JS, n = {n}",
            "scipy",
            1,
            lambda p=p, q=q: js_distance(p, q),
            lambda p=p, q=q: jensenshannon(p, q),
        )
    p, q = rng.dirichlet(np.ones(100), size=(2, 10_000))
    yield Row("KL, 10⁴ × 100", "scipy", 1.5, lambda: kl_divergence(p, q), lambda: entropy(p, q, axis=1))
    yield Row("JS, 10⁴ × 100", "scipy", 1.5, lambda: js_distance(p, q), lambda: jensenshannon(p, q, axis=1))

    for n, power in ((10**4, "10⁴"), (10**5, "10⁵"), (10**6, "10⁶")):
        x, y = rng.normal(size=(2, n))
        work = f"W₁ on the line, two samples of {power}"
        yield Row(
            work,
            "scipy",
            3,
            lambda x=x, y=y: wasserstein_distance_samples(x, y),
            lambda x=x, y=y: scipy_wasserstein(x, y),
            7,
        )
        yield Row(
            work,
            "POT",
            1.5,
            lambda x=x, y=y: wasserstein_distance_samples(x, y),
            lambda x=x, y=y: ot.emd2_1d(x, y, metric="euclidean"),
            7,
        )

    histograms, others = rng.dirichlet(np.ones(100), size=(2, 1000))
    grid = np.linspace(0, 1, 100)
    work = "W₁ of 1000 pairs of histograms, 100 bins"
    yield Row(
        work,
        "scipy, a loop",
        30,
        lambda: wasserstein_distance(histograms, others, grid),
        lambda: [scipy_wasserstein(grid, grid, a, b) for a, b in zip(histograms, others, strict=True)],
    )
    columns = histograms.T.copy(), others.T.copy()
    places = np.repeat(grid[:, None], 1000, axis=1)
    yield Row(
        work,
        "POT, batched",
        1,
        lambda: wasserstein_distance(histograms, others, grid),
        lambda: ot.wasserstein_1d(places, places, *columns, p=1),
    )

    # A problem may be twice as hard as another of its size: three each.
    for n in (200, 500, 1000):
        points = rng.random((3, 2, n, 2))
        masses = rng.dirichlet(np.ones(n), size=(3, 2))
        problems = [(*pq, cdist(*xy)) for pq, xy in zip(masses, points, strict=True)]
        (x, y), (p, q) = points[0], masses[0]
        yield Row(
            f"exact transport, weighted, three of n = {n}",
            "POT",
            1 / 5 if n >= 500 else 1 / 8,
            lambda problems=problems: [optimal_transport(*problem) for problem in problems],
            lambda problems=problems: [ot.emd(*problem, numItermax=10**7) for problem in problems],
            5,
        )
        if n < 1000:
            yield Row(
                f"exact transport, weighted, n = {n}",
                "scipy, in n dimensions",
                40 if n == 200 else 100,
                lambda p=p, q=q, x=x, y=y: wasserstein_distance(p, q, x, y),
                lambda p=p, q=q, x=x, y=y: wasserstein_distance_nd(x, y, p, q),
                1,
            )
        if n > 200:
            yield Row(
                f"exact transport, uniform, three of n = {n}",
                "POT",
                1,
                lambda points=points: [wasserstein_distance_samples(*xy) for xy in points],
                lambda points=points: [ot.emd2([], [], cdist(*xy), numItermax=10**7) for xy in points],
                5,
            )


def seconds(call: Callable[[], object], number: int) -> float:
    start = time.process_time()
    for _ in range(number):
        call()
    return (time.process_time() - start) / number


def race(row: Row) -> tuple[float, float, float]:
    """Return the median time of both, and the median of theirs over ours, round by round."""
    calls = row.ours, row.theirs
    # A peer that takes many seconds runs once; the others warm up, then run for 5 ms a round.
    numbers = [max(1, int(0.005 / seconds(call, 1))) for call in calls] if row.rounds > 1 else [5, 1]
    times = [
        [seconds(call, number) for call, number in zip(calls, numbers, strict=True)]
        for _ in range(row.rounds)
    ]
    ours, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    return ours, theirs, statistics.median(b / a for a, b in times)


def written(duration: float) -> str:
    unit, name = (1, "s") if duration >= 1 else (1e-3, "ms") if duration >= 1e-3 else (1e-6, "µs")
    return f"{duration / unit:.3g}\N{NO-BREAK SPACE}{name}"


def table() -> Iterator[str]:
    versions = [
        f"divergences {divergences.__version__}",
        f"numpy {np.__version__}",
        f"scipy {scipy.__version__}",
        f"POT {ot.__version__}",
        f"Python {platform.python_version()}",
        f"{platform.system()} {platform.machine()}",
        f"{os.cpu_count()} cores",
    ]
    yield ", ".join(versions) + "."
    yield ""
    yield "| work | divergences | peer | its time | times as fast | to reach |"
    yield "| --- | ---: | --- | ---: | ---: | ---: |"
    for row in rows():
        ours, theirs, ratio = race(row)
        numbers = f"{written(theirs)} | {ratio:.3g} | {row.reach:.3g}"
        missed = "" if ratio >= row.reach else " (missed)"
        yield f"| {row.work} | {written(ours)} | {row.peer} | {numbers}{missed} |"


if __name__ == "__main__":
    publish(table(), "speed.py", __doc__)
