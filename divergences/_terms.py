"""Elementwise terms of the sums, each to full precision, and sums over as many rows as a cache holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ._validation import Array

if TYPE_CHECKING:
    from collections.abc import Callable

# Constants that meet arrays are arrays: NumPy multiplies and compares these sooner than numbers.
TINY = np.array(5e-324)  # dividing by max(x, TINY) makes 0/0 a 0 and changes nothing else
LIFT = 4.0**60  # out of the subnormal numbers and back, without rounding
# Terms of smaller relative difference need the series; the others lose at most a digit by cancellation.
NEAR = np.array(1 / 4)
# By Pinsker's inequality the plain sum loses at most a digit if it is not smaller than this.
_SMALL = 1 / 32
_BLOCK = 2**14  # so many numbers at a time stay in the cache
_ALMOST_MINUS_1 = np.array(2.0**-53 - 1)


def mean_information(p: Array, q: Array, p_total: Array, q_total: Array) -> Array:
    """Return the mean under p/p_total of the information -log(q/q_total); impossible outcomes add 0."""
    q_total = q_total[..., None]
    likely = q > q_total / 2
    nats = np.log(q_total) - np.log(q)
    if np.count_nonzero(likely):
        # Near q = 1 the digits of the logarithm are in what the other outcomes leave over.
        rest = np.where(likely, 0.0, q).sum(axis=-1, keepdims=True)
        nats = np.where(likely, np.log1p(rest / q), nats)
    mean: Array = np.where(p > 0, p * nats, 0.0).sum(axis=-1) / p_total
    return mean


def in_blocks(kernel: Callable[..., Array], *arrays: Array) -> Array:
    """Apply `kernel`, which sums over the last axis, to as many rows at a time as a cache holds.

    The last of the arrays has all the rows; the others may broadcast.
    """
    largest = arrays[-1]
    if largest.size <= _BLOCK:
        return kernel(*arrays)
    batch = largest.shape[:-1]
    rows = [
        np.broadcast_to(array, (*batch, array.shape[-1])).reshape(-1, array.shape[-1]) for array in arrays
    ]
    step = max(1, _BLOCK // largest.shape[-1])
    blocks = [kernel(*(row[i : i + step] for row in rows)) for i in range(0, len(rows[0]), step)]
    return np.concatenate(blocks).reshape(batch)


def kl_sum(p: Array, q: Array, difference: Array) -> Array:
    """Return the sum of p log(p/q), given that p and q have the same sum and that `difference` is q - p."""
    near = np.abs(difference) <= NEAR * p
    if np.count_nonzero(near) == near.size:
        sums: Array = np.add.reduce(_near_terms(p, q, difference), -1)
        return sums
    sums = np.add.reduce(p * log_ratio(p, q), -1)
    small = sums < _SMALL
    if np.count_nonzero(small):
        sums = np.where(small, np.add.reduce(relative_entropy_terms(p, q, difference), -1), sums)
    return sums


def js_sum(p: Array, q: Array, difference: Array) -> Array:
    r"""Return 2 sum(p) times the JS divergence of p and q of the same sum, given that `difference` is q - p.

    With s = p + q, d = |q - p|/s and the mixture s/2, the contribution of one outcome is ::

        p log(2p/s) + q log(2q/s) = s/2 ((1 + d) log(1 + d) + (1 - d) log(1 - d))
                                  = |q - p| log(1 + d) + min(p, q) log(1 - d^2)

    and the last form keeps its digits, both for small d (where it is s (d^2 - d^2/2)) and for d = 1.
    """
    gap = np.abs(difference)
    both = p + q
    if both.size and both.item(both.argmin()) == 0.0:
        both = np.maximum(both, TINY)
    d = gap / both
    terms = np.log1p(d)
    terms *= gap
    d *= d
    d *= _ALMOST_MINUS_1  # keeps the logarithm finite where the minimum is 0
    terms += np.minimum(p, q) * np.log1p(d)
    sums: Array = np.add.reduce(terms, -1)
    return sums


def relative_entropy_terms(p: Array, q: Array, difference: Array) -> Array:
    """Return p log(p/q) - p + q >= 0 elementwise to full precision, given that `difference` is q - p."""
    near = np.abs(difference) <= NEAR * p
    near_terms = _near_terms(p, q, np.where(near, difference, 0.0))
    terms: Array = np.where(near, near_terms, p * log_ratio(p, q) + difference)
    return terms


def _near_terms(p: Array, q: Array, difference: Array) -> Array:
    """Return the same for |q - p| <= p/4, where it would cancel.

    With t = (q - p) / (q + p), log(q/p) is 2 artanh(t) and q - p - 2pt is t (q - p), so that
    p log(p/q) - p + q = t (q - p) - 2p (artanh(t) - t) = t (q - p - 2p (t^2/3 + t^4/5 + ...)).
    """
    t: Array = difference / np.maximum(p + q, TINY)
    square = t * t
    if not square.size:
        return square
    largest = max(square.item(square.argmax()), 1e-300)
    count = math.ceil(math.log(2.0**-56) / math.log(largest))  # the terms that rounding lets through
    series = square * (-2 / (2 * count + 1))
    for k in range(2 * count - 1, 1, -2):
        series -= 2 / k
        series *= square
    series *= p
    series += difference
    series *= t
    return series


def x_minus_log1p(r: Array) -> Array:
    """Return r - log(1 + r) for |r| <= 1/4, where it would cancel."""
    return _near_terms(np.ones_like(r), 1 + r, r)


def log_ratio(p: Array, q: Array) -> Array:
    """Return log(p/q): inf where only q is 0, and about -744 where p is 0, instead of -inf or nan."""
    ratio = np.fmax(np.abs(p / q), TINY)  # a zero may be -0.0, and fmax turns 0/0 into a number
    result: Array = np.log(ratio)
    if ratio.size and ratio.item(ratio.argmax()) == np.inf:
        # q is 0, or far below p: two logarithms know which.
        result = np.where(ratio == np.inf, np.log(p) - np.log(q), result)
    return result


def exact_product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a * b rounded, and the rounding error (Dekker's product, exact in binary arithmetic)."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _split(a), _split(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _split(a: Array) -> tuple[Array, Array]:
    """Split each number into two of 26 bits, whose products are exact (Veltkamp)."""
    scaled = 134217729.0 * a  # 2^27 + 1
    high = scaled - (scaled - a)
    return high, a - high
