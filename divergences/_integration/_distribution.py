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
from scipy.stats import rv_continuous

from .._validation import ends_of_support
from ._from_density import EPS as EPS
from ._from_density import Side, one_side, sides

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .._validation import Array, ContinuousDistribution

    _Function = Callable[[Array], Array]

_PROBES = 690.0 * np.linspace(0.01, 1, 128) ** 2  # exp(-690) / 2 = 5e-301 is just above the subnormal numbers
# No round numbers, at which mixtures like to have gaps; and a gap at the median is seen from both sides.
_BREAKPOINTS = -np.log(2 * np.array([1.3e-12, 1.7e-6, 1.1e-3, 0.0437, 0.2861, 0.5 - 1e-12]))
BUDGET = 20.0  # seconds that one distribution may take
_LEAST = 500  # so many values of each of its functions are needed for any integral
_FIRST = 16  # so many of them are timed before the others are asked for
# Laws whose quantile functions in SciPy warn or go wrong far out, although their densities are right there.
_UNSURE = ("beta", "betaprime", "invgauss", "wald")
LEAST_LOG = 690.0  # a density does not underflow where minus its logarithm is below this


@dataclass(frozen=True)
class Tail:
    """One side of the median: its quantiles as a function of the probability beyond them, and back."""

    name: str
    end: float
    inverse: Callable[[Array], Any]
    probability: Callable[[Array], Any]

    def quantile(self, t: Array) -> Array:
        """Return the quantile with probability exp(-t) / 2 beyond it."""
        return np.asarray(self.inverse(np.exp(-t) / 2), dtype=np.float64)

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

    # Seconds and points that each of its functions has taken so far.
    spent: dict[str, tuple[float, int]] = field(default_factory=dict)

    def log_density(self, x: Array) -> Array:
        """Return log p(x)."""
        return self._timed("logpdf", self.given.logpdf, x)

    def cdf(self, x: Array) -> Array:
        """Return the probability up to x."""
        return np.asarray(self.tails[0].probability(x), dtype=np.float64)

    @cached_property
    def tails(self) -> tuple[Tail, Tail]:
        """Below and above the median."""
        given = self.given
        # The frozen distributions of scipy.stats and the newer ones have different names for the same.
        names = ("ppf", "cdf", "isf", "sf") if hasattr(given, "ppf") else ("icdf", "cdf", "iccdf", "ccdf")
        quantile, cdf, upper_quantile, sf = (self._function(name) for name in names)
        if not (hasattr(given, names[2]) and hasattr(given, names[3])):
            upper_quantile, sf = (lambda v: quantile(1 - v)), (lambda x: 1 - cdf(x))
        below, above = self._sides(quantile, cdf, sf)
        if below and above:
            cdf, sf = (
                _joined(below, lambda x: 1 - above.beyond(x)),
                _joined(above, lambda x: 1 - below.beyond(x)),
            )
        elif below:
            cdf = _joined(below, cdf)
        elif above:
            sf = _joined(above, sf)
        quantile = below.quantile if below else quantile
        upper_quantile = above.quantile if above else upper_quantile
        return (
            Tail(f"lower tail of {self.name}", self.low, quantile, cdf),
            Tail(f"upper tail of {self.name}", self.high, upper_quantile, sf),
        )

    def _sides(
        self, quantile: _Function, cdf: _Function, sf: _Function
    ) -> tuple[Side, Side] | tuple[Side | None, Side | None]:
        """Return each side of the median as its density gives it, if quantiles are slow or unsure."""
        law = getattr(self.given, "dist", None)
        # SciPy's own solver for laws without a formula takes milliseconds a quantile.
        solved = isinstance(law, rv_continuous) and type(law)._ppf is rv_continuous._ppf
        unsure = getattr(law, "name", "") in _UNSURE
        if not solved and not unsure:
            return None, None
        quartiles = quantile(np.array([0.25, 0.5, 0.75]))
        both = sides(self.log_density, quartiles, np.array([self.low, self.high]))
        if both or solved:
            return both or (None, None)
        # Doubles are too far apart next to 1 for a density that is infinite there: the other side is left.
        masses = (float(half(quartiles[1:2])[0]) for half in (cdf, sf))
        below, above = (
            one_side(self.log_density, quartiles, end, mass)
            for end, mass in zip((self.low, self.high), masses, strict=True)
        )
        return below, above

    def _function(self, name: str) -> Callable[[Array], Array]:
        return lambda x: self._timed(name, getattr(self.given, name), x)

    def _timed(self, name: str, function: Callable[[Array], Any], x: Array) -> Array:
        """Call a function of the distribution within the budget of time."""
        if name not in self.spent and x.size > _FIRST:
            self._timed(name, function, x.ravel()[:_FIRST])
        seconds, points = self.spent.get(name, (0.0, 0))
        ahead = seconds / max(points, 1) * max(x.size, _LEAST - points)
        if seconds > BUDGET / 20 and sum(taken for taken, _ in self.spent.values()) + ahead > BUDGET:
            law = getattr(getattr(self.given, "dist", self.given), "name", type(self.given).__name__)
            raise ArithmeticError(
                f"{self.name} ({law}) is slow: its {name} took {seconds:.1f} s for {points} values, and many "
                "more are needed; pass an object with the same methods that interpolates a table of them, "
                "or compare samples of it"
            )
        start = time.perf_counter()
        values = np.asarray(function(x), dtype=np.float64)
        self.spent[name] = (seconds + time.perf_counter() - start, points + x.size)
        return values

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


def _joined(near: Side, elsewhere: _Function) -> _Function:
    """Return the probability beyond x, from one side of the median and from what is known elsewhere."""

    def probability(x: Array) -> Array:
        here = (x - near.walk.start) * near.walk.scale >= 0
        return np.where(here, near.beyond(x), elsewhere(x))

    return probability


def as_distribution(value: ContinuousDistribution, name: str) -> Distribution:
    """Return a distribution with a density, or say why it is none."""
    return Distribution(name, value, *ends_of_support(value, name))
