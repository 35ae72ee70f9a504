"""The one place where densities are integrated: over quantiles, out to the ends of the tails.

With t = -log(2v) as in `_distribution`, the mean of f(X) is the sum over both halves of the law of the
integral of f(x(t)) exp(-t) / 2 over t > 0. Location and scale cannot hide the mass from this quadrature;
features of another law are found because its cumulative probabilities are integrated along. Far out the
integrand is followed to see whether it decays, and continued to infinity.

Panels are halved all at once, because a distribution takes as long for one point as for a hundred. A
result has about ten correct digits; with fewer than six it is refused with an ArithmeticError.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.laguerre import laggauss
from numpy.polynomial.legendre import legder, leggauss, legval, legvander
from scipy.special import expit

from ._distribution import EPS, LEAST_LOG, Half, Law

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from .._validation import Array

    # From t to values times exp(-t) / 2, shape (rows, *t.shape), and their rounding errors. Row 0 is
    # wanted, the last row is what may be wrong for want of sight, the one before it a position: monotone.
    Sample = Callable[[Array], tuple[Array, Array]]

_NODES, _WEIGHTS = leggauss(12)
_COLUMNS = np.array([-1.0, *_NODES, 1.0])  # a panel's ends are looked at, too
_COEFFICIENTS = np.linalg.inv(legvander(_NODES, 11))
_DERIVATIVE = legval(_COLUMNS, legder(np.eye(12))).T @ _COEFFICIENTS
_ENDS = legvander(np.array([-1.0, 1.0]), 11) @ _COEFFICIENTS
_BEYOND, _BEYOND_WEIGHTS = laggauss(32)
_STOPS = np.array([0.0, 0.7, 2.0, 5.0, 12.0, 36.0, 150.0])
_FAR = np.array([9, 10, 11, 12]) / 12  # where the continuation of a tail is read off
_ROUNDS, _PANELS = 60, 5_000  # when to stop halving panels, which is then part of the error
_TOLERANCE = 1e-11  # what one panel may be wrong by, relative to its half of the law
_LEAST_MASS = 1e-12  # the least probability that is looked after
_LEAST_JUMP = 1e-11  # the least mass in hiding at the end of a panel that is looked for
_CERTAIN = 1e-6  # what a result may be wrong by, relative, before it is refused
_UNSEEN = 46.0  # t of 1e-20: a density that is 0 beyond it counts as too small for a double
_QUANTILE = 1e-13  # relative accuracy of quantiles, measured from the median
_UNDERFLOW = (
    "a logpdf is not finite at {x:.6g}, where the density is not 0, it seems, but too small for a double; "
    "give logpdf a formula of its own instead of log(pdf)"
)


@dataclass(frozen=True)
class _Estimate:
    """Integrals of several rows; row 0 with its error and its size, the integral of |row 0|."""

    rows: Array
    error: float = 0.0
    size: float = 0.0

    def __add__(self, other: _Estimate) -> _Estimate:
        return _Estimate(self.rows + other.rows, self.error + other.error, self.size + other.size)

    def certain(self) -> float:
        """Return row 0 if it is certain, refuse it otherwise."""
        value = float(self.rows[0])
        if np.isnan(value) or (np.isfinite(value) and not self.error <= _CERTAIN * self.size):
            raise ArithmeticError(
                f"the integral is {value:.6g} with an error of up to {self.error:.1g}: the distributions are "
                "too singular or too heavy-tailed for double precision, or logpdf is log(pdf) and underflows"
            )
        return value


@dataclass(frozen=True)
class _Integrand:
    """Functions of z = z(x), the first of them wanted, and an increasing bounded function of x.

    `argument` gives z with its rounding error, and where x cannot be seen (z is 0 there); `sensitivity`
    bounds the derivative of the first function.
    """

    argument: Callable[[Array], tuple[Array, Array, NDArray[np.bool_]]]
    functions: Callable[[Array], Array]
    sensitivity: Callable[[Array], Array]
    position: Callable[[Array], Array]


def integral_of_log_ratio(P: Law, Q: Law, function: Callable[[Array], Array]) -> float:
    """Return E_P f(r) + E_Q f(r) where r = log(q/p), for f >= 0 with f(0) = f'(0) = 0."""

    def seen_from(own: Law, other: Law, sign: float) -> _Integrand:
        def argument(x: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
            here, there = own.log_density(x), other.log_density(x)
            blind = ~np.isfinite(here) | np.isnan(there) | np.isposinf(there)
            rounding = 4 * EPS * (1 + np.abs(here) + np.abs(there))
            return np.where(blind, 0.0, there - here), np.where(blind, 0.0, rounding), blind

        return _Integrand(
            argument,
            functions=lambda z: np.stack([function(sign * z), expit(z)]),
            sensitivity=lambda z: np.minimum(1, np.abs(z)),
            position=other.cdf,
        )

    with _quiet():
        from_p = _mean(P, seen_from(P, Q, 1.0), Q)
        if np.isinf(from_p.rows[0]):
            return np.inf
        from_q = _mean(Q, seen_from(Q, P, -1.0), P)
    # Both must see the same overlap, E_P q/(p+q) = E_Q p/(p+q): an independent check of all the rest.
    if not abs(from_p.rows[1] - from_q.rows[1]) <= 1e-8:
        raise ArithmeticError(
            f"P sees an overlap of {from_p.rows[1]:.9g} and Q one of {from_q.rows[1]:.9g}; check that their "
            "logpdf, cdf and ppf belong together"
        )
    return (from_p + from_q).certain()


def mean_information(P: Law, Q: Law) -> float:
    """Return the mean of -log q(X) under P."""

    def argument(x: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
        information = -Q.log_density(x)
        blind = np.isnan(information) | np.isneginf(information)
        if P is Q:
            blind |= np.isposinf(information)
        information = np.where(blind, 0.0, information)
        return information, 4 * EPS * (1 + np.abs(information)), blind

    with _quiet():
        position = P.position if P is Q else Q.cdf
        return _mean(P, _Integrand(argument, lambda z: z[None], np.ones_like, position), Q).certain()


def mean_quantile_difference(P: Law, Q: Law, order: float) -> float:
    """Return the mean of |F^-1 - G^-1|^order over all levels, to the power 1/order."""
    with _quiet():
        gaps = _gaps(P, Q)
        # Relative to a typical gap, no power overflows.
        scale = max(float(gap.at(gap.probes[gap.probes < 12])[0].max()) for gap in gaps) or 1.0
        lower, upper = (_mean_of_gap(gap, order, scale) for gap in gaps)
        mean = (lower + upper).certain()
    return scale * float(mean ** (1 / order))


def largest_quantile_difference(P: Law, Q: Law) -> float:
    """Return the supremum of |F^-1 - G^-1| over all levels."""
    ends = np.array([[P.low, Q.low], [P.high, Q.high]])
    bounded = np.isfinite(ends)
    if (bounded[:, 0] != bounded[:, 1]).any():
        return np.inf
    with _quiet():
        outer = np.abs(ends[:, 0] - ends[:, 1])[bounded[:, 0]].max(initial=0.0)
        return max(float(outer), *(_largest_of_gap(gap) for gap in _gaps(P, Q)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence overflow, and scipy's warnings about quantiles in the far tails: both are dealt with."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _mean(law: Law, integrand: _Integrand, other: Law) -> _Estimate:
    """Return the means of the functions under `law`, broken also at landmarks of the other law."""
    lower, upper = (_mean_of_half(half, integrand, other) for half in law.halves)
    return lower + upper


def _mean_of_half(half: Half, integrand: _Integrand, other: Law) -> _Estimate:
    probes = half.probes
    x = half.at(probes)
    z, _, blind = integrand.argument(x)
    seen = integrand.functions(z)[0]
    usable = np.isfinite(seen) & ~blind
    count = first = usable.size if usable.all() else int(np.argmin(usable))
    cut = first < usable.size and bool(np.isinf(seen[first]))
    if cut and seen[first - 1] < 2 * LEAST_LOG:
        count = int(np.argmax(seen > LEAST_LOG))  # the digits of a density fade before it underflows
    rest = None
    if count >= 5:
        end = probes[count - 1]
        rest = _beyond(end, half, integrand)
        if np.isinf(rest.rows[0]):
            return rest
    if cut and probes[first] < _UNSEEN and other.vanishes(float(x[first])):
        return _Estimate(np.full(2, np.inf))
    if rest is None:
        raise ArithmeticError(_UNDERFLOW.format(x=x[first]))
    largest = np.maximum.accumulate(np.abs(seen[:count]))  # as much may escape where x cannot be seen

    def sample(t: Array) -> tuple[Array, Array]:
        x = half.at(t)
        z, rounding, blind = integrand.argument(x)
        values = integrand.functions(z)
        infinite = np.isinf(values[0, :, 1:-1])
        if infinite.any() and not other.vanishes(where := float(x[:, 1:-1][infinite][0])):
            raise ArithmeticError(_UNDERFLOW.format(x=where))
        weights = np.exp(-t) / 2
        shift = half.depth(x) - t  # x is rounded: it is the quantile of t + shift
        blind |= ~(np.abs(shift) < 1e-2)
        values = np.where(blind, 0.0, np.stack([*values, integrand.position(x)]) * weights)
        shift = np.where(blind, 0.0, shift)
        width = np.maximum((t[:, -1:] - t[:, :1]) / 2, EPS)
        correction = (values[..., 1:-1] @ _DERIVATIVE.T / width + values) * shift
        noise = np.abs(correction) * np.minimum(1, 50 * np.abs(shift) / width) + 1e-14 * weights
        noise[0] += np.where(infinite.any(), 0.0, rounding * integrand.sensitivity(z)) * weights
        hidden = blind * weights * np.interp(t, probes[:count], largest)
        values = np.where(infinite.any(), np.inf, values - correction)
        return np.stack([*values, hidden]), np.stack([*noise, 0 * t])

    stops = np.concatenate([_STOPS, half.depth(other.landmarks)])
    total = _integral(sample, np.unique([*stops[(stops >= 0) & (stops < end)], end]))
    return _Estimate(total.rows[:-2], total.error + total.rows[-1], total.size) + rest


def _beyond(end: float, half: Half, integrand: _Integrand) -> _Estimate:
    """Return what is left of the functions' integrals beyond t = `end`."""
    x = half.at(end * _FAR)
    t = half.depth(x)
    z, rounding, _ = integrand.argument(x)
    values = integrand.functions(z)
    if np.isfinite(z).all() and not _growth(t, z, rounding).any():
        # z is a line, as the logarithms of powers are.
        slopes = np.diff(z) / np.diff(t)
        weight = np.exp(-end) / 2
        rows = weight * integrand.functions(z[3] + slopes[2] * (end - t[3] + _BEYOND)) @ _BEYOND_WEIGHTS
        return _Estimate(rows, weight * float(np.abs(np.diff(slopes)).sum()), abs(float(rows[0])))
    rests = [_remainder(end, t, row, rounding) for row in values]
    return _Estimate(np.array([value for value, _ in rests]), rests[0][1], abs(rests[0][0]))


@dataclass(frozen=True)
class _Gap:
    """The gap between equal quantiles of two laws, in one half of both."""

    laws: tuple[Law, Law]
    halves: tuple[Half, Half]

    @property
    def bounded(self) -> bool:
        """Say whether both laws end here."""
        return all(np.isfinite(half.end) for half in self.halves)

    @property
    def probes(self) -> Array:
        """The probes of the law that ends earlier; a finite end is no end of what can be seen."""
        unbounded = [half for half in self.halves if np.isinf(half.end)]
        return min((half.probes for half in unbounded or self.halves), key=len)

    def at(self, t: Array) -> tuple[Array, Array, Array]:
        """Return |F^-1 - G^-1|, its rounding error, and an increasing bounded function of both quantiles."""
        (P, Q), (x, y) = self.laws, (half.place(t) for half in self.halves)
        distance = np.abs(x - P.median) + np.abs(y - Q.median)
        rounding = 2 * EPS * (np.abs(x) + np.abs(y)) + _QUANTILE * distance
        return np.abs(x - y), rounding, P.position(x) + Q.position(y)


def _gaps(P: Law, Q: Law) -> list[_Gap]:
    return [_Gap((P, Q), halves) for halves in zip(P.halves, Q.halves, strict=True)]


def _mean_of_gap(gap: _Gap, order: float, scale: float) -> _Estimate:
    def power(t: Array) -> tuple[Array, Array]:
        size, rounding, position = gap.at(t)
        values = (size / scale) ** order
        noise = ((size + rounding) / scale) ** order - values
        return np.stack([values, position, 0 * t]), np.stack([noise, rounding / narrower, 0 * t])

    narrower = min(law.spread for law in gap.laws)

    def sample(t: Array) -> tuple[Array, Array]:
        values, rounding = power(t)
        weights = np.exp(-t) / 2
        return values * weights, rounding * weights

    size, rounding, _ = gap.at(gap.probes)
    end = float(gap.probes[np.isfinite((size / scale) ** order)][-1])
    fading = order * np.log(rounding / scale) - gap.probes
    if not fading[-1] < fading.max() - 14:  # tails so heavy that the rounding errors do not fade
        end = min(end, _last_resolved(size, rounding, gap.probes))
    values, noise = power(end * _FAR)
    rest, error = _remainder(end, end * _FAR, values[0], noise[0])
    if np.isinf(rest):
        return _Estimate(np.full(3, rest))
    total = _integral(sample, np.append(_STOPS[end > _STOPS], end))
    return _Estimate(total.rows + rest, total.error + error, total.size + rest)


def _largest_of_gap(gap: _Gap) -> float:
    end = float(gap.probes[-1])
    if not gap.bounded:
        end = _last_resolved(*gap.at(gap.probes)[:2], gap.probes)
        size, rounding, _ = gap.at(end * _FAR)
        rises = np.diff(size)
        if rises[-1] > rounding.max():
            # A slope like t^b adds up to infinity if b >= -1; to how much otherwise is not seen from here.
            b = np.log(rises[2] / rises[1]) / np.log(_FAR[2:].sum() / _FAR[1:3].sum())
            if b > -0.9:
                return np.inf
            raise ArithmeticError("it cannot be decided whether the quantiles move apart without bound")
    t = np.linspace(0, np.sqrt(end), 400) ** 2
    for _ in range(8):
        size, *_ = gap.at(t)
        best = np.argsort(size)[-5:]
        t = np.unique(np.linspace(t[np.maximum(best - 1, 0)], t[np.minimum(best + 1, t.size - 1)], 33))
    return float(size.max())


def _last_resolved(size: Array, rounding: Array, probes: Array) -> float:
    """Return how far out the gap is more than rounding; anywhere, if it is 0."""
    if not size.any():
        return float(probes[-1])
    resolved = np.flatnonzero(size > 10 * rounding)
    if resolved.size == 0:
        raise ArithmeticError(
            "the distributions are too close, for tails as heavy as theirs, to tell their quantiles apart in "
            "double precision"
        )
    return float(probes[resolved[-1]])


def _integral(sample: Sample, stops: Array) -> _Estimate:
    """Integrate the rows on panels that are halved until that changes nothing."""
    left, right = stops[:-1], stops[1:]
    whole, *_ = _over_panels(sample, left, right)
    result = _Estimate(np.zeros(len(whole)))
    rounds = 0
    while True:
        left, right = np.append(left, (left + right) / 2), np.append((left + right) / 2, right)
        halves, *others = _over_panels(sample, left, right)
        parts, size, noise, jumps = (_added_up(values) for values in (halves, *others))
        if not np.isfinite(parts[0]).all():
            return _Estimate(np.full(len(parts), np.inf))
        deviation = np.abs(parts - whole)
        tolerance = np.full((len(parts), 1), _LEAST_MASS)
        tolerance[0] = _TOLERANCE * (result.size + size.sum())
        rough = (deviation > np.maximum(tolerance, noise)).any(axis=0) | (jumps > 0)
        rounds += 1
        if rounds > _ROUNDS or rough.sum() > _PANELS:
            rough[:] = False
        error = np.maximum(deviation[0] - noise[0], 0.0)[~rough].sum()
        result += _Estimate(parts[:, ~rough].sum(axis=1), error, size[~rough].sum())
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
    steepness = np.abs(position[:, 1:-1] @ _DERIVATIVE.T) / np.maximum(width, EPS)
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


def _remainder(end: float, t: Array, y: Array, rounding: Array) -> tuple[float, float]:
    """Integrate y exp(-t) / 2 beyond `end`, near the last of four equidistant t; return the error with it.

    y is continued as a + b exp(g t): so do powers of x, or of the distance to a finite end, behave. The
    integral diverges if g >= 1.
    """
    slopes = np.diff(y) / np.diff(t)
    growth = _growth(t, y, rounding)
    margin, drift = 1 - growth[1], abs(growth[1] - growth[0])
    weight = np.exp(-end) / 2
    if max(abs(margin), drift) < 1e-7 or margin < -30 * drift:
        return float(np.copysign(np.inf, slopes[2])), 0.0
    if margin < 30 * drift and margin < 0.5 + drift:
        return 0.0, float(1e6 * weight * np.abs(y).max())
    steps = growth * (t[3] - t[2])
    slope = slopes[2] * (steps[1] / -np.expm1(-steps[1]) if steps[1] else 1.0)  # at the last point
    predicted = y[2] + slopes[1] * np.exp(steps[0]) * (t[3] - t[2])
    value = y[3] + slope * (end - t[3]) + slope / margin
    error = abs(y[3] - predicted) / margin**2 + abs(slope / margin) * drift / margin
    return float(weight * value), float(weight * error)


def _growth(t: Array, y: Array, rounding: Array) -> Array:
    """Return the two growth rates g of the slope of y between four equidistant t; 0 if not significant."""
    rises = np.diff(y)
    slopes = rises / np.diff(t)
    if (np.abs(rises) > 4 * (rounding[1:] + rounding[:-1])).all() and (slopes[1:] * slopes[:-1] > 0).all():
        growth: Array = np.log(slopes[1:] / slopes[:-1]) / (t[3] - t[2])
        if abs(growth[1]) > max(abs(growth[0]) / 2, 1e-6):  # not a transient
            return growth
    return np.zeros(2)
