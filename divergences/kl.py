"""Kullback-Leibler divergence: the extra information that it costs to believe q when p is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ._validation import Array, Float, as_result, joint_probabilities, log_of_base, probability_pair
from .entropy import entropy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# Below this relative difference the series is exact; above it the logarithm loses at most a digit.
_NEAR = 1 / 8


def kl_divergence(p: ArrayLike, q: ArrayLike, *, base: float | None = None, axis: int = -1) -> Float:
    r"""Kullback-Leibler divergence (relative entropy) :math:`\sum_i p_i \log(p_i / q_i)`.

    Parameters
    ----------
    p, q : array_like, shape (..., n, ...)
        Probability vectors along `axis`; the other axes broadcast. A sum that is off by at most
        1e-6 is divided out.
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Divergence in [0, inf], 0 iff p == q; +inf where q is 0 and p is not. 0 log 0 counts as 0.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, or their lengths differ.

    Notes
    -----
    Written as above, the sum cancels to noise when p and q are close. Because p and q have the same
    sum, it equals :math:`\sum_i (p_i \log(p_i / q_i) - p_i + q_i)`, whose terms are all
    non-negative; each of them is computed to full precision.

    References
    ----------
    .. [1] Kullback and Leibler (1951), On information and sufficiency,
       Ann. Math. Statist. 22, doi:10.1214/aoms/1177729694

    Examples
    --------
    >>> round(kl_divergence([1/2, 1/2], [3/4, 1/4], base=2), 12)
    0.207518749639
    >>> kl_divergence([1/2, 1/2], [1, 0])
    inf
    """
    p, q, p_total, q_total = probability_pair(p, q, axis)
    change = q - p
    # Scaling q by 1 + shift gives it the sum of p. The difference of the sums is taken from the
    # differences, where it is exact to the last digit even when the sums agree in all but that one.
    shift = -np.add.reduce(change, axis=-1) / q_total
    change += q * shift[..., None]
    terms = relative_entropy_terms(p, q, change, np.log1p(shift)[..., None])
    return as_result(np.add.reduce(terms, axis=-1) / (p_total * log_of_base(base)))


def mutual_information(joint: ArrayLike, *, base: float | None = None) -> Float:
    r"""Mutual information, the KL divergence of a joint distribution from the product of its marginals.

    Parameters
    ----------
    joint : array_like, shape (..., n, m)
        ``joint[i, j]`` is the probability of X = i and Y = j. Leading axes are a batch of tables.
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.

    Returns
    -------
    float or ndarray
        Information in [0, min(log n, log m)] (in the given base), 0 iff X and Y are independent.

    Raises
    ------
    ValueError
        If `joint` is no table, or its entries are no probabilities that sum to 1 all together.

    References
    ----------
    .. [1] Shannon (1948), A mathematical theory of communication,
       Bell System Technical Journal 27, doi:10.1002/j.1538-7305.1948.tb01338.x

    Examples
    --------
    >>> mutual_information([[1/2, 0], [0, 1/2]], base=2)
    1.0
    """
    table, total = joint_probabilities(joint, "joint")
    rows = table.sum(axis=-1, keepdims=True)
    columns = table.sum(axis=-2, keepdims=True) / total
    ceiling = np.minimum(entropy(rows[..., 0]), entropy(columns[..., 0, :]))
    # rows * columns - table cancels near independence: keep the rounding error of the product.
    product, remainder = _exact_product(rows, columns)
    # Row by row, given X = i: the product of two rare margins would vanish below 1e-308.
    scale = np.where(rows > 0, rows, 1.0)
    terms = relative_entropy_terms(table / scale, columns, (product - table + remainder) / scale)
    nats = np.maximum((terms * rows).sum(axis=(-2, -1)), 0.0) / total[..., 0, 0]
    return as_result(np.minimum(nats, ceiling) / log_of_base(base))


def relative_entropy_terms(p: Array, q: Array, change: Array, shift: Array | float = 0.0) -> Array:
    """Return p log(p/q') - p + q' >= 0 elementwise, where q' = p + `change` = q exp(`shift`)."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        relative = change / p  # nan or inf where p is 0, which counts as far
        near = np.abs(relative) < _NEAR
        count = np.count_nonzero(near)
        if count == near.size:
            return p * _minus_log1p(relative)
        ratio = p / q
        log_ratio = np.log(ratio)
        overflow = ratio == np.inf  # q is 0, or far below p: two logarithms know which
        if np.count_nonzero(overflow):
            log_ratio = np.where(overflow, np.log(p) - np.log(q), log_ratio)
        far = np.where(p > 0, p * (log_ratio - shift), 0.0) + change
        return np.where(near, p * _minus_log1p(relative), far) if count else far


def _minus_log1p(r: Array) -> Array:
    """Return r - log(1 + r) for small r, where the difference would cancel.

    With t = r / (2 + r), log(1 + r) = 2 artanh(t) and r - 2t = rt,
    so r - log(1 + r) = rt - 2 (t^3/3 + t^5/5 + ...).
    """
    t = r / (r + 2)
    z = t * t
    series = z / 13
    for k in (11, 9, 7, 5, 3):
        series += 1 / k
        series *= z
    return t * (r - 2 * series)


def _exact_product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a * b rounded, and the rounding error (Dekker's product, exact in binary arithmetic)."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a: Array) -> tuple[Array, Array]:
    """Split each number into two of 26 bits, whose products are exact (Veltkamp)."""
    scaled = 134217729.0 * a  # 2^27 + 1
    high = scaled - (scaled - a)
    return high, a - high
