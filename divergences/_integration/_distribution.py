"""Distributions with a density, checked, and walked outwards from the median to the ends of the tails.

Each tail of a distribution begins at the median and is described by t = -log(2v), where v is the
probability beyond: t = 0 at the median, and the far tail, v = 1e-300, is only t = 690 away. Location and
scale have no part in it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .._validation import ends_of_support

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .._validation import Array, ContinuousDistribution

EPS = float(np.finfo(float).eps)
_PROBES = 690.0 * np.linspace(0.01, 1, 128) ** 2  # exp(-690) / 2 = 5e-301 is just above the subnormal numbers
# No round numbers, at which mixtures like to have gaps; and a gap at the median is seen from both sides.
_BREAKPOINTS = -np.log(2 * np.array([1.3e-12, 1.7e-6, 1.1e-3, 0.0437, 0.2861, 0.5 - 1e-12]))
BUDGET = 30.0  # seconds that the quantiles of one tail may take
LEAST_LOG = 690.0  # a density does not underflow where minus its logarithm is below this


@dataclass(frozen=True)
class Tail:
    """One side of the median: its quantiles as a function of the probability beyond them, and back."""

    name: str
    end: float
    inverse: Callable[[Array], Any]
    probability: Callable[[Array], Any]

    # Seconds and points that quantiles have taken so far.
    spent: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def quantile(self, t: Array) -> Array:
        """Return the quantile with probability exp(-t) / 2 beyond it, within a budget of time."""
        seconds, points = self.spent
        if points and seconds + seconds / points * t.size > BUDGET:
            raise ArithmeticError(
                f"the {self.name} is slow: {points:.0f} quantiles took {seconds:.0f} s, and more are needed; "
                "pass a distribution whose quantiles are interpolated, or compare samples of it"
            )
        start = time.perf_counter()
        x = np.asarray(self.inverse(np.exp(-t) / 2), dtype=np.float64)
        self.spent[:] = seconds + time.perf_counter() - start, points + t.size
        return x

    def quantile_or_end(self, t: Array) -> Array:
        """Return the quantile, or the finite end where doubles do not tell it from that."""
        return np.where((t > self.probes[-1]) & np.isfinite(self.end), self.end, self.quantile(t))

    def depth(self, x: Array) -> Array:
        """Return t = -log(2 P(beyond x))."""
        return -np.log(2 * np.asarray(self.probability(x), dtype=np.float64))

    def _resolves(self, t: Array) -> NDArray[np.bool_]:
        resolved: NDArray[np.bool_] = np.abs(self.depth(self.quantile(t)) - t) < 1e-3
        return resolved

    @cached_property
    def probes(self) -> Array:
        """Some t, as far out as doubles resolve the quantiles: to 690, or less next to a finite end.

        Between 1 and the double before it lies 0.02 % of the mass of Beta(0.1, 0.2).
        """
        resolved = self._resolves(_PROBES)
        count = resolved.size if resolved.all() else int(np.argmin(resolved))
        if 1 < count < resolved.size:  # quantiles that go wrong, by rounding or not, may have begun to
            count -= not self._resolves(np.linspace(_PROBES[count - 2], _PROBES[count - 1], 30)).all()
        if count < 5:
            raise ArithmeticError(
                f"the {self.name} is not resolved in double precision: its quantiles round to a few numbers, "
                "or its cdf and ppf do not belong together; shift both distributions towards 0"
            )
        return _PROBES[:count]


@dataclass(frozen=True)
class Distribution:
    """A distribution with a density."""

    name: str
    given: Any
    low: float
    high: float

    def log_density(self, x: Array) -> Array:
        """Return log p(x)."""
        return np.asarray(self.given.logpdf(x), dtype=np.float64)

    def cdf(self, x: Array) -> Array:
        """Return the probability up to x."""
        return np.asarray(self.given.cdf(x), dtype=np.float64)

    @cached_property
    def tails(self) -> tuple[Tail, Tail]:
        """Below and above the median."""
        given = self.given
        # The frozen distributions of scipy.stats and the newer ones have different names for the same.
        quantile = given.ppf if hasattr(given, "ppf") else given.icdf
        inverse, probability = (lambda v: quantile(1 - v)), (lambda x: 1 - given.cdf(x))
        if hasattr(given, "isf") and hasattr(given, "sf"):
            inverse, probability = given.isf, given.sf
        elif hasattr(given, "iccdf") and hasattr(given, "ccdf"):
            inverse, probability = given.iccdf, given.ccdf
        lower = Tail(f"lower tail of {self.name}", self.low, quantile, given.cdf)
        return lower, Tail(f"upper tail of {self.name}", self.high, inverse, probability)

    @cached_property
    def breakpoints(self) -> Array:
        """The ends of the support and 12 quantiles between them, in ascending order."""
        lower, upper = self.tails
        return np.concatenate(
            [[self.low], lower.quantile(_BREAKPOINTS), upper.quantile(_BREAKPOINTS[::-1]), [self.high]]
        )

    @cached_property
    def median(self) -> float:
        """The quantile of probability 1/2."""
        return float(self.tails[0].quantile(np.zeros(1))[0])

    @cached_property
    def spread(self) -> float:
        """The distance of two quantiles around the median."""
        return float(self.breakpoints[8] - self.breakpoints[5])

    def position(self, x: Array) -> Array:
        """Return where x is relative to the distribution: an increasing function with values in [-1, 1]."""
        distance = x - self.median
        result: Array = distance / (np.abs(distance) + self.spread)
        return result

    def lies_within(self, other: Distribution) -> bool:
        """Say whether the support is inside the other's, up to the rounding of the ends."""
        ends = np.array([self.low, self.high, other.low, other.high])
        slack = 4 * EPS * float(np.abs(ends[np.isfinite(ends)]).max(initial=0.0))
        return self.low >= other.low - slack and self.high <= other.high + slack

    def vanishes(self, x: float) -> bool:
        """Say whether the density is 0 at x, where logpdf is -inf, rather than too small for a double."""
        positive = self.breakpoints[np.isfinite(self.log_density(self.breakpoints))]
        edge = x if positive.size == 0 else float(positive[np.argmin(np.abs(positive - x))])
        zero = x
        while edge != (middle := (edge + zero) / 2) != zero:
            edge, zero = (middle, zero) if np.isfinite(self.log_density(np.array(middle))) else (edge, middle)
        return bool(self.log_density(np.array(edge)) > -LEAST_LOG)


def as_distribution(value: ContinuousDistribution, name: str) -> Distribution:
    """Return a distribution with a density, or say why it is none."""
    return Distribution(name, value, *ends_of_support(value, name))
