"""Quantiles and probabilities from a density alone, where those of a law are slow or of no use far out.

Each side of a start near the median is walked along w, with x = start + scale * sinh(w) towards infinity and
x = end - (end - start) * exp(-w) towards a finite end: tails of powers and of exponentials are smooth in w.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.polynomial.legendre import legder, leggauss, legint, legval, legvander

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .._validation import Array

EPS = float(np.finfo(float).eps)
_ORDER = 16
_NODES, _WEIGHTS = leggauss(_ORDER)
_COEFFICIENTS = np.linalg.inv(legvander(_NODES, _ORDER - 1))
_ENDS = legvander(np.array([0.0, 1.0]), _ORDER - 1) @ _COEFFICIENTS  # the middle and the right end
# From values at the nodes to integrals from each of them to the right end of the panel.
_UP_TO_END = _COEFFICIENTS.T @ (legint(np.eye(_ORDER), lbnd=1).T @ -legvander(_NODES, _ORDER).T)
_STOPS = np.concatenate([np.linspace(0, 8, 17), np.geomspace(9, 700, 24)])
_LARGEST = 1e307
_FALL = 5.0  # by how much the logarithm of the density may change along a panel, for relative accuracy
_PANELS = 2_000  # so many are looked at before it is given up
_ROUGH = 1e-11  # what the last terms of a polynomial may be, relative to its largest value
_NEWTON = 7
_FAINT = -705.0  # below this logarithm, the digits of a density fade
_NARROW = 1e-12  # the least width of a panel, as at a jump
_CERTAIN = 1e-9  # what the mass of both sides may be wrong by, before it is not used


@dataclass(frozen=True)
class _Walk:
    """The way from the start to one end, along w from 0."""

    start: float
    scale: float  # negative below the start
    end: float

    def place(self, w: Array) -> Array:
        """Return x."""
        if np.isfinite(self.end):
            return np.asarray(self.end - (self.end - self.start) * np.exp(-w))
        return np.asarray(self.start + self.scale * np.sinh(w))

    def log_speed(self, w: Array) -> Array:
        """Return log |dx/dw|."""
        if np.isfinite(self.end):
            return np.asarray(np.log(abs(self.end - self.start)) - w)
        return np.asarray(np.log(abs(self.scale) * np.cosh(w)))

    def way(self, x: Array) -> Array:
        """Return w."""
        if np.isfinite(self.end):
            return np.asarray(np.log((self.end - self.start) / (self.end - x)))
        return np.asarray(np.arcsinh((x - self.start) / self.scale))


class _Panels(NamedTuple):
    """A density times dx/dw as a polynomial on each panel, by its values at the nodes."""

    left: Array
    right: Array
    values: Array

    def mass_beyond(self) -> Array:
        """Return the mass beyond the left end of each panel, and beyond the last one."""
        width = (self.right - self.left) / 2
        # Beyond the last panel the density goes on falling like exp(-rate * w).
        middle, end = _ENDS @ self.values[-1]
        rest = end * width[-1] / np.log(middle / end) if middle > end > 0 else 0.0
        mass = np.append(self.values @ _WEIGHTS * width, rest)
        return np.asarray(np.cumsum(mass[::-1])[::-1])


@dataclass(frozen=True)
class Side:
    """One side of a distribution: t = -log(2 P(beyond)) as a polynomial in w on each of its panels."""

    walk: _Walk
    stops: Array
    depths: Array  # at the stops
    coefficients: Array

    def quantile(self, v: Array) -> Array:
        """Return x with probability v beyond it, which is on this side of the start."""
        t = -np.log(2 * v)
        panel = self._panel(self.depths, t)
        series = np.moveaxis(self.coefficients[panel], -1, 0)
        slope = legder(series)
        low, high = self.depths[panel], self.depths[panel + 1]
        s = np.asarray(np.clip(2 * (t - low) / (high - low) - 1, -1, 1))
        for _ in range(_NEWTON):
            miss = legval(s, series, tensor=False) - t
            s = np.clip(s - miss / legval(s, slope, tensor=False), -1, 1)
        left, right = self.stops[panel], self.stops[panel + 1]
        return self.walk.place(left + (right - left) * (1 + s) / 2)

    def beyond(self, x: Array) -> Array:
        """Return the probability beyond x, which is on this side of the start."""
        w = self.walk.way(x)
        panel = self._panel(self.stops, w)
        left, right = self.stops[panel], self.stops[panel + 1]
        s = np.clip(2 * (w - left) / (right - left) - 1, -1, 1)
        t = legval(s, np.moveaxis(self.coefficients[panel], -1, 0), tensor=False)
        return np.where(w < self.stops[-1], np.exp(-t) / 2, 0.0)

    def _panel(self, stops: Array, at: Array) -> NDArray[np.int64]:
        return np.clip(np.searchsorted(stops, at, side="right") - 1, 0, len(self.coefficients) - 1)


def sides(log_density: Callable[[Array], Array], quartiles: Array, ends: Array) -> tuple[Side, Side] | None:
    """Integrate a density both ways from its median; return None if that is not certain."""
    first, start, third = (float(x) for x in quartiles)
    found, total = [], 0.0
    for scale, end in zip((first - third, third - first), ends, strict=True):
        walk = _Walk(start, scale, float(end))
        panels = _panels(log_density, walk)
        if panels is None:
            return None
        found.append((walk, panels))
        total += panels.mass_beyond()[0]
    if not abs(total - 1) < _CERTAIN:  # what the panels do not see is missing here
        return None
    below, above = (_side(walk, panels._replace(values=panels.values / total)) for walk, panels in found)
    return below, above


def one_side(log_density: Callable[[Array], Array], quartiles: Array, end: float, mass: float) -> Side | None:
    """Integrate a density from its median to one end, beyond which a law has this mass, about 1/2."""
    first, start, third = (float(x) for x in quartiles)
    walk = _Walk(start, third - first if end > start else first - third, end)
    panels = _panels(log_density, walk)
    if panels is None:
        return None
    whole = panels.mass_beyond()[0]
    if not abs(whole - mass) < _CERTAIN:
        return None
    return _side(walk, panels._replace(values=panels.values * (mass / whole)))


def _side(walk: _Walk, panels: _Panels) -> Side:
    beyond = panels.mass_beyond()
    width = (panels.right - panels.left)[:, None] / 2
    inner = beyond[1:, None] + panels.values @ _UP_TO_END * width
    seen = int(np.argmin(np.append((inner > 0).all(axis=1) & (beyond[1:] > 0), False)))
    return Side(
        walk,
        np.append(panels.left[:seen], panels.right[seen - 1]),
        -np.log(2 * beyond[: seen + 1]),
        -np.log(2 * inner[:seen]) @ _COEFFICIENTS.T,
    )


def _panels(log_density: Callable[[Array], Array], walk: _Walk) -> _Panels | None:
    """Return panels that are narrow enough, or None if the digits of the density are not good enough."""
    stops = _STOPS if np.isfinite(walk.end) else _STOPS[np.log(2 * _LARGEST / abs(walk.scale)) > _STOPS]
    left, right = stops[:-1], stops[1:]
    done: list[tuple[Array, Array, Array]] = []
    looked_at = 0
    while (looked_at := looked_at + left.size) < _PANELS:
        w = left[:, None] + (right - left)[:, None] * (1 + _NODES) / 2
        x, speed = walk.place(w), walk.log_speed(w)
        density = np.nan_to_num(log_density(x), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        logs = density + speed
        peak = logs.max(axis=1)
        relative = np.exp(logs - np.where(np.isfinite(peak), peak, 0.0)[:, None])
        series = np.abs(relative @ _COEFFICIENTS.T)
        fall = peak - logs.min(axis=1)
        shaken = (1 + w + np.abs(x) * np.exp(-speed)).max(axis=1) / (right - left)  # by rounding of w and x
        noise = _ROUGH + 2 * EPS * (np.abs(peak) + fall * shaken)
        short, narrow = fall < _FALL, right - left < _NARROW * (1 + left)
        smooth = short & ((series[:, -2:].max(axis=1) <= noise) | narrow)
        faint = (peak < _FAINT) | (~smooth & (narrow | (short & (density.max(axis=1) < _FAINT))))
        rough = ~smooth & ~faint
        if np.isposinf(peak).any():
            break
        done.append((left[smooth], right[smooth], np.exp(logs[smooth])))
        if not rough.any():
            left, right, values = (np.concatenate(parts) for parts in zip(*done, strict=True))
            order = np.argsort(left)
            left, right = left[order], right[order]
            joined = np.append(0.0, right)[: left.size] == left  # what follows a gap is missed in the total
            end = joined.size if joined.all() else int(np.argmin(joined))
            return _Panels(left[:end], right[:end], values[order][:end]) if end else None
        middle = (left[rough] + right[rough]) / 2
        left, right = np.append(left[rough], middle), np.append(middle, right[rough])
    return None
