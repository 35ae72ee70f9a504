"""Integrals of functions of one or two densities, over quantiles.

With t = -log(2v) as in `_distribution`, the mean of f(X) is the sum over both tails of the integral of
f(x(t)) exp(-t) / 2 over t > 0. Location and scale cannot hide the mass from this quadrature; features of
another distribution are found because its cumulative probabilities are integrated along. Far out the
integrand is followed to see whether it decays, and continued to infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.laguerre import laggauss
from scipy.special import expit

from ._distribution import EPS, LEAST_LOG, Distribution, Tail
from ._quadrature import DERIVATIVE, FAR, STOPS, Estimate, growth, integral, remainder

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .._validation import Array

_BEYOND, _BEYOND_WEIGHTS = laggauss(32)
_UNSEEN = 46.0  # t of 1e-20: a density that is 0 beyond it counts as too small for a double
_UNDERFLOW = (
    "a logpdf is not finite at {x:.6g}, where the density is not 0, it seems, but too small for a double; "
    "give logpdf a formula of its own instead of log(pdf)"
)


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


def integral_of_log_ratio(P: Distribution, Q: Distribution, function: Callable[[Array], Array]) -> float:
    """Return E_P f(r) + E_Q f(r) where r = log(q/p), for f >= 0 with f(0) = f'(0) = 0."""

    def seen_from(own: Distribution, other: Distribution, sign: float) -> _Integrand:
        def argument(x: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
            here, there = own.log_density(x), other.log_density(x)
            blind = ~np.isfinite(here) | np.isnan(there) | np.isposinf(there)
            z = np.where(blind, 0.0, there - here)
            rounding = np.where(blind | np.isinf(z), 0.0, 4 * EPS * (1 + np.abs(here) + np.abs(there)))
            return z, rounding, blind

        return _Integrand(
            argument,
            functions=lambda z: np.stack([function(sign * z), expit(z)]),
            sensitivity=lambda z: np.minimum(1, np.abs(z)),
            position=other.cdf,
        )

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


def mean_information(P: Distribution, Q: Distribution) -> float:
    """Return the mean of -log q(X) under P."""

    def argument(x: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
        information = -Q.log_density(x)
        blind = np.isnan(information) | np.isneginf(information)
        if P is Q:
            blind |= np.isposinf(information)
        information = np.where(blind, 0.0, information)
        return information, 4 * EPS * (1 + np.abs(information)), blind

    position = P.position if P is Q else Q.cdf
    return _mean(P, _Integrand(argument, lambda z: z[None], np.ones_like, position), Q).certain()


def _mean(distribution: Distribution, integrand: _Integrand, other: Distribution) -> Estimate:
    """Return the means of the functions under one distribution, broken also at breakpoints of the other."""
    lower, upper = (_mean_over_tail(tail, integrand, other) for tail in distribution.tails)
    return lower + upper


def _mean_over_tail(tail: Tail, integrand: _Integrand, other: Distribution) -> Estimate:
    probes = tail.probes
    x = tail.quantile(probes)
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
        rest = _beyond(end, tail, integrand)
        if np.isinf(rest.rows[0]):
            return rest
    if cut and probes[first] < _UNSEEN and other.vanishes(float(x[first])):
        return Estimate(np.full(2, np.inf))
    if rest is None:
        raise ArithmeticError(_UNDERFLOW.format(x=x[first]))
    largest = np.maximum.accumulate(np.abs(seen[:count]))  # as much may escape where x cannot be seen

    def sample(t: Array) -> tuple[Array, Array]:
        x = tail.quantile(t)
        z, rounding, blind = integrand.argument(x)
        values = integrand.functions(z)
        infinite = np.isinf(values[0, :, 1:-1])
        if infinite.any() and not other.vanishes(where := float(x[:, 1:-1][infinite][0])):
            raise ArithmeticError(_UNDERFLOW.format(x=where))
        weights = np.exp(-t) / 2
        shift = tail.depth(x) - t  # x is rounded: it is the quantile of t + shift
        blind |= ~(np.abs(shift) < 1e-2)
        values = np.where(blind, 0.0, np.stack([*values, integrand.position(x)]) * weights)
        shift = np.where(blind, 0.0, shift)
        width = np.maximum((t[:, -1:] - t[:, :1]) / 2, EPS)
        correction = (values[..., 1:-1] @ DERIVATIVE.T / width + values) * shift
        noise = np.abs(correction) * np.minimum(1, 50 * np.abs(shift) / width) + 1e-14 * weights
        noise[0] += np.where(infinite.any(), 0.0, rounding * integrand.sensitivity(z)) * weights
        hidden = blind * weights * np.interp(t, probes[:count], largest)
        values = np.where(infinite.any(), np.inf, values - correction)
        return np.stack([*values, hidden]), np.stack([*noise, 0 * t])

    stops = np.concatenate([STOPS, tail.depth(other.breakpoints)])
    total = integral(sample, np.unique([*stops[(stops >= 0) & (stops < end)], end]))
    return Estimate(total.rows[:-2], total.error + total.rows[-1], total.size) + rest


def _beyond(end: float, tail: Tail, integrand: _Integrand) -> Estimate:
    """Return what is left of the functions' integrals beyond t = `end`."""
    x = tail.quantile(end * FAR)
    t = tail.depth(x)
    z, rounding, _ = integrand.argument(x)
    values = integrand.functions(z)
    if np.isfinite(z).all() and not growth(t, z, rounding).any():
        # z is a line, as the logarithms of powers are.
        slopes = np.diff(z) / np.diff(t)
        weight = np.exp(-end) / 2
        rows = weight * integrand.functions(z[3] + slopes[2] * (end - t[3] + _BEYOND)) @ _BEYOND_WEIGHTS
        return Estimate(rows, weight * float(np.abs(np.diff(slopes)).sum()), abs(float(rows[0])))
    rests = [remainder(end, t, row, rounding) for row in values]
    return Estimate(np.array([value for value, _ in rests]), rests[0][1], abs(rests[0][0]))
