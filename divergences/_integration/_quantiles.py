"""Differences of equal quantiles of two distributions: their means of any order, and the largest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize.elementwise import find_root

from ._distribution import EPS, Distribution, Tail
from ._quadrature import FAR, STOPS, Estimate, integral, remainder

if TYPE_CHECKING:
    from .._validation import Array

_GRID = 40  # so many points between two stops are looked at for crossings
_HIGH = 1e9  # beyond this order, the mean is the largest: no mass that a double can hold tells them apart
_NEGLIGIBLE = -23.0  # the logarithm of a share of the mean, 1e-10
_QUANTILE = 1e-13  # relative accuracy of quantiles, measured from the median


def mean_quantile_difference(P: Distribution, Q: Distribution, order: float) -> float:
    """Return the mean of |F^-1 - G^-1|^order over all levels, to the power 1/order."""
    if order > _HIGH and np.isfinite(largest := largest_quantile_difference(P, Q)):
        return largest
    tails = _differences(P, Q)
    # Relative to a typical difference, no power overflows.
    inner = [difference.values(difference.probes[difference.probes < 12])[0] for difference in tails]
    scale = float(np.concatenate(inner).max()) or 1.0
    lower, upper = (_mean_over_tail(difference, order, scale) for difference in tails)
    mean = lower + upper
    # The root divides a small relative error by the order.
    value = Estimate(mean.rows, mean.error * max(1 / order, 1e-5), mean.size).certain()
    return scale * float(value ** (1 / order))


def largest_quantile_difference(P: Distribution, Q: Distribution) -> float:
    """Return the supremum of |F^-1 - G^-1| over all levels."""
    ends = np.array([[P.low, Q.low], [P.high, Q.high]])
    bounded = np.isfinite(ends)
    if (bounded[:, 0] != bounded[:, 1]).any():
        return np.inf
    outer = np.abs(ends[:, 0] - ends[:, 1])[bounded[:, 0]].max(initial=0.0)
    return max(float(outer), *(_largest_in_tail(difference) for difference in _differences(P, Q)))


@dataclass(frozen=True)
class _QuantileDifference:
    """The difference of equal quantiles of two distributions, in one tail of both."""

    distributions: tuple[Distribution, Distribution]
    tails: tuple[Tail, Tail]

    @property
    def bounded(self) -> bool:
        """Say whether both distributions end here."""
        return all(np.isfinite(tail.end) for tail in self.tails)

    @property
    def probes(self) -> Array:
        """The probes of the distribution that ends earlier; a finite end is no end of what can be seen."""
        unbounded = [tail for tail in self.tails if np.isinf(tail.end)]
        return min((tail.probes for tail in unbounded or self.tails), key=len)

    def values(self, t: Array) -> tuple[Array, Array, Array]:
        """Return |F^-1 - G^-1|, its rounding error, and an increasing bounded function of both quantiles."""
        (P, Q), (x, y) = self.distributions, self.quantiles(t)
        return np.abs(x - y), self.rounding(x, y), P.position(x) + Q.position(y)

    def quantiles(self, t: Array) -> tuple[Array, Array]:
        """Return F^-1 and G^-1."""
        x, y = (tail.quantile_or_end(t) for tail in self.tails)
        return x, y

    def rounding(self, x: Array, y: Array) -> Array:
        """Return the rounding error of the difference of two quantiles."""
        P, Q = self.distributions
        distance = np.abs(x - P.median) + np.abs(y - Q.median)
        return 2 * EPS * (np.abs(x) + np.abs(y)) + _QUANTILE * distance

    def crossings(self, stops: Array) -> Array:
        """Return where the difference changes its sign between the first and the last stop.

        There its absolute value has a kink, which a panel does not see next to its end.
        """

        def signed(t: Array) -> Array:
            x, y = self.quantiles(t)
            return x - y

        grid = np.unique(np.linspace(stops[:-1], stops[1:], _GRID))
        x, y = self.quantiles(grid)
        resolved = np.abs(x - y) > self.rounding(x, y)
        grid, sign = grid[resolved], np.sign(x - y)[resolved]
        changes = np.flatnonzero(sign[1:] != sign[:-1])
        if changes.size == 0:
            return np.empty(0)
        found = find_root(signed, (grid[changes], grid[changes + 1]), tolerances={"xatol": 1e-12})
        return np.asarray(found.x)


def _differences(P: Distribution, Q: Distribution) -> list[_QuantileDifference]:
    return [_QuantileDifference((P, Q), tails) for tails in zip(P.tails, Q.tails, strict=True)]


def _mean_over_tail(difference: _QuantileDifference, order: float, scale: float) -> Estimate:
    def power(t: Array) -> tuple[Array, Array]:
        size, rounding, position = difference.values(t)
        values = (size / scale) ** order
        noise = ((size + rounding) / scale) ** order - values
        return np.stack([values, position, 0 * t]), np.stack([noise, rounding / narrower, 0 * t])

    narrower = min(own.spread for own in difference.distributions)

    def sample(t: Array) -> tuple[Array, Array]:
        values, rounding = power(t)
        weights = np.exp(-t) / 2
        return values * weights, rounding * weights

    size, rounding, _ = difference.values(difference.probes)
    end = float(difference.probes[np.isfinite((size / scale) ** order)][-1])
    shares = order * np.log(rounding / scale) - difference.probes
    # Tails so heavy that rounding errors do not fade, or not before they count.
    if shares[-1] > shares.max() - 14 or shares.max() > _NEGLIGIBLE:
        end = min(end, _last_resolved(size, rounding, difference.probes))
    values, noise = power(end * FAR)
    rest, error = remainder(end, end * FAR, values[0], noise[0])
    if np.isinf(rest):
        return Estimate(np.full(3, rest))
    if size.any():
        error += float(noise[0, 3] * np.exp(-end) / 2)
    stops = np.append(STOPS[end > STOPS], end)
    total = integral(sample, np.unique(np.concatenate([stops, difference.crossings(stops)])))
    return Estimate(total.rows + rest, total.error + error, total.size + rest)


def _largest_in_tail(difference: _QuantileDifference) -> float:
    end = float(difference.probes[-1])
    if not difference.bounded:
        end = _last_resolved(*difference.values(difference.probes)[:2], difference.probes)
        size, rounding, _ = difference.values(end * FAR)
        rises = np.diff(size)
        if rises[-1] > rounding.max():
            # A slope like t^b adds up to infinity if b >= -1; to how much otherwise is not seen from here.
            b = np.log(rises[2] / rises[1]) / np.log(FAR[2:].sum() / FAR[1:3].sum())
            if b > -0.9:
                return np.inf
            raise ArithmeticError("it cannot be decided whether the quantiles move apart without bound")
    t = np.linspace(0, np.sqrt(end), 400) ** 2
    for _ in range(8):
        size, *_ = difference.values(t)
        best = np.argsort(size)[-5:]
        t = np.unique(np.linspace(t[np.maximum(best - 1, 0)], t[np.minimum(best + 1, t.size - 1)], 33))
    return float(size.max())


def _last_resolved(size: Array, rounding: Array, probes: Array) -> float:
    """Return how far out the difference is more than rounding; anywhere, if it is 0."""
    if not size.any():
        return float(probes[-1])
    resolved = np.flatnonzero(size > 10 * rounding)
    if resolved.size == 0:
        raise ArithmeticError(
            "the distributions are too close, for tails as heavy as theirs, to tell their quantiles apart in "
            "double precision"
        )
    return float(probes[resolved[-1]])
