"""Adaptive quadrature of several rows of functions at once, with the error that is left.

Panels are halved all at once, because a distribution takes as long for one point as for a hundred. A
result has about ten correct digits; with fewer than six it is refused with an ArithmeticError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.legendre import legder, leggauss, legval, legvander

from ._distribution import EPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._validation import Array

    # From t to values times exp(-t) / 2, shape (rows, *t.shape), and their rounding errors. Row 0 is
    # wanted, the last row is what may be wrong for want of sight, the one before it a position: monotone.
    Sample = Callable[[Array], tuple[Array, Array]]

_NODES, _WEIGHTS = leggauss(12)
_COLUMNS = np.array([-1.0, *_NODES, 1.0])  # a panel's ends are looked at, too
_COEFFICIENTS = np.linalg.inv(legvander(_NODES, 11))
DERIVATIVE = legval(_COLUMNS, legder(np.eye(12))).T @ _COEFFICIENTS
_ENDS = legvander(np.array([-1.0, 1.0]), 11) @ _COEFFICIENTS
STOPS = np.array([0.0, 0.7, 2.0, 5.0, 12.0, 36.0, 150.0])
FAR = np.array([9, 10, 11, 12]) / 12  # where the continuation of a tail is read off
_ROUNDS, _PANELS = 60, 5_000  # when to stop halving panels, which is then part of the error
_TOLERANCE = 1e-11  # what one panel may be wrong by, relative to its tail of the distribution
_LEAST_MASS = 1e-12  # the least probability that is looked after
_LEAST_JUMP = 1e-11  # the least mass in hiding at the end of a panel that is looked for
_CERTAIN = 1e-6  # what a result may be wrong by, relative, before it is refused


@dataclass(frozen=True)
class Estimate:
    """Integrals of several rows; row 0 with its error and its size, the integral of |row 0|."""

    rows: Array
    error: float = 0.0
    size: float = 0.0

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(self.rows + other.rows, self.error + other.error, self.size + other.size)

    def certain(self) -> float:
        """Return row 0 if it is certain, refuse it otherwise."""
        value = float(self.rows[0])
        if np.isnan(value) or (np.isfinite(value) and not self.error <= _CERTAIN * self.size):
            raise ArithmeticError(
                f"the integral is {value:.6g} with an error of up to {self.error:.1g}: the distributions are "
                "too singular or too heavy-tailed for double precision, or logpdf is log(pdf) and underflows"
            )
        return value


def integral(sample: Sample, stops: Array) -> Estimate:
    """Integrate the rows on panels that are halved until that changes nothing."""
    left, right = stops[:-1], stops[1:]
    whole, *_ = _over_panels(sample, left, right)
    result = Estimate(np.zeros(len(whole)))
    rounds = 0
    while True:
        left, right = np.append(left, (left + right) / 2), np.append((left + right) / 2, right)
        halves, *others = _over_panels(sample, left, right)
        parts, size, noise, jumps = (_added_up(values) for values in (halves, *others))
        if not np.isfinite(parts[0]).all():
            return Estimate(np.full(len(parts), np.inf))
        deviation = np.abs(parts - whole)
        tolerance = np.full((len(parts), 1), _LEAST_MASS)
        tolerance[0] = _TOLERANCE * (result.size + size.sum())
        rough = (deviation > np.maximum(tolerance, noise)).any(axis=0) | (jumps > 0)
        rounds += 1
        if rounds > _ROUNDS or rough.sum() > _PANELS:
            rough[:] = False
        accepted = parts[:, ~rough].sum(axis=1)
        result += Estimate(accepted, deviation[0][~rough].sum(), size[~rough].sum())
        if not rough.any():
            return result
        again = np.tile(rough, 2)
        left, right, whole = left[again], right[again], halves[:, again]


def _over_panels(sample: Sample, left: Array, right: Array) -> tuple[Array, Array, Array, Array]:
    """Return for each panel the integrals of the rows, of |row 0|, of the rounding errors; and 1 for a jump.

    What hides between the end of a panel and the first node is seen neither by the panel nor by its
    halves. It makes the position at the end miss the continuation of the position at the nodes.
    """
    width = ((right - left) / 2)[:, None]
    t = left[:, None] + width * (1 + _COLUMNS)
    values, rounding = sample(t)
    position = values[-2] / np.exp(-t)
    steepness = np.abs(position[:, 1:-1] @ DERIVATIVE.T) / np.maximum(width, EPS)
    noise = 50 * (rounding[-2] / np.exp(-t) + EPS * (1 + t) * steepness).max(axis=-1, keepdims=True)
    miss = np.abs(position[:, [0, -1]] - position[:, 1:-1] @ _ENDS.T) - noise
    hidden = (np.exp(-left) - np.exp(-right)) / 2 * (_COLUMNS[1] - _COLUMNS[0])
    jumps = (miss > _LEAST_JUMP).any(axis=-1) & (hidden > _LEAST_JUMP)
    weights = width * _WEIGHTS
    inner, rounding = values[..., 1:-1] * weights, rounding[..., 1:-1] * weights
    return inner.sum(-1), np.abs(inner[0]).sum(-1), rounding.sum(-1), jumps * 1.0


def _added_up(halves: Array) -> Array:
    total: Array = halves.reshape(*halves.shape[:-1], 2, -1).sum(axis=-2)
    return total


def remainder(end: float, t: Array, y: Array, rounding: Array) -> tuple[float, float]:
    """Integrate y exp(-t) / 2 beyond `end`, near the last of four equidistant t; return the error with it.

    y is continued as a + b exp(g t): so do powers of x, or of the distance to a finite end, behave. The
    integral diverges if g >= 1.
    """
    slopes = np.diff(y) / np.diff(t)
    rates = growth(t, y, rounding)
    margin, drift = 1 - rates[1], abs(rates[1] - rates[0])
    weight = np.exp(-end) / 2
    if max(abs(margin), drift) < 1e-7 or margin < -30 * drift:
        return float(np.copysign(np.inf, slopes[2])), 0.0
    if margin < 30 * drift and margin < 0.5 + drift:
        return 0.0, float(1e6 * weight * np.abs(y).max())
    steps = rates * (t[3] - t[2])
    slope = slopes[2] * (steps[1] / -np.expm1(-steps[1]) if steps[1] else 1.0)  # at the last point
    predicted = y[2] + slopes[1] * np.exp(steps[0]) * (t[3] - t[2])
    value = y[3] + slope * (end - t[3]) + slope / margin
    error = abs(y[3] - predicted) / margin**2 + abs(slope / margin) * drift / margin
    return float(weight * value), float(weight * error)


def growth(t: Array, y: Array, rounding: Array) -> Array:
    """Return the two growth rates g of the slope of y between four equidistant t; 0 if not significant."""
    rises = np.diff(y)
    slopes = rises / np.diff(t)
    if (np.abs(rises) > 4 * (rounding[1:] + rounding[:-1])).all() and (slopes[1:] * slopes[:-1] > 0).all():
        rates: Array = np.log(slopes[1:] / slopes[:-1]) / (t[3] - t[2])
        if abs(rates[1]) > max(abs(rates[0]) / 2, 1e-6):  # not a transient
            return rates
    return np.zeros(2)
