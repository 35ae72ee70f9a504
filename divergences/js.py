"""Jensen-Shannon divergence: how well one observation tells which of the distributions it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ._validation import Array, Float, as_result, log_of_base, probabilities, probability_pair, same_outcomes
from .entropy import entropy
from .kl import relative_entropy_terms

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_LOG_2 = float(np.log(2))


def js_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *others: ArrayLike,
    weights: ArrayLike | None = None,
    base: float | None = None,
    axis: int = -1,
) -> Float:
    r"""Jensen-Shannon divergence, the mean KL divergence to the mixture.

    :math:`\sum_j w_j \, \mathrm{KL}(p_j \,\|\, m)` with :math:`m = \sum_j w_j p_j`; for two
    distributions of equal weight, the mean of KL(p, m) and KL(q, m) with m half way between them.

    Parameters
    ----------
    p, q, *others : array_like, shape (..., n, ...)
        Two or more probability vectors along `axis`; the other axes broadcast. A sum that is off by
        at most 1e-6 is divided out.
    weights : array_like, shape (k,), optional
        Probabilities of the k distributions. Default: 1/k each.
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Divergence in [0, log 2] for two distributions of equal weight, otherwise in [0, H(weights)]
        (in the given base); 0 iff all distributions of positive weight are equal.

    Raises
    ------
    ValueError
        If an argument is no probability vector, if lengths differ, or if the number of weights is
        not the number of distributions.

    Notes
    -----
    No term cancels, so all but the last digits are right also for distributions that are almost
    equal.

    References
    ----------
    .. [1] Lin (1991), Divergence measures based on the Shannon entropy,
       IEEE Trans. Inf. Theory 37, doi:10.1109/18.61115

    Examples
    --------
    >>> js_divergence([1, 0], [0, 1], base=2)
    1.0
    >>> js_divergence([1, 0, 0], [0, 1, 0], [0, 0, 1], weights=[1/2, 1/4, 1/4], base=2)
    1.5
    """
    if others or weights is not None:
        return as_result(_js_of_many((p, q, *others), weights, axis) / log_of_base(base))
    p, q, p_total, q_total = probability_pair(p, q, axis)
    sums = _js_sums(p, q, q_total) / (4 * p_total)
    return as_result(np.minimum(sums, _LOG_2) / log_of_base(base))


def js_distance(p: ArrayLike, q: ArrayLike, *, base: float | None = None, axis: int = -1) -> Float:
    r"""Jensen-Shannon distance, the square root of the JS divergence: a metric.

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
        Distance in [0, sqrt(log 2)] (in the given base), 0 iff p == q.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, or their lengths differ.

    References
    ----------
    .. [1] Endres and Schindelin (2003), A new metric for probability distributions,
       IEEE Trans. Inf. Theory 49, doi:10.1109/TIT.2003.813506

    Examples
    --------
    >>> js_distance([1, 0], [0, 1], base=2)
    1.0
    """
    p, q, p_total, q_total = probability_pair(p, q, axis)
    # A power of 4 lifts p and q out of the subnormal numbers, where the divergence itself vanishes.
    sums = _js_sums(p * 2.0**60, q * 2.0**60, q_total * 2.0**60) / (4 * p_total)
    return as_result(np.sqrt(np.minimum(sums, _LOG_2 * 2.0**60) / log_of_base(base)) * 2.0**-30)


def _js_sums(p: Array, q: Array, q_total: Array) -> Array:
    r"""Return 4 sum(p) times the JS divergence of p and q' = q sum(p) / sum(q).

    The term of one outcome, 2p log(p/m) + 2q' log(q'/m) with m = (p + q')/2, is with s = p + q',
    d = (q' - p)/s and u = min(p, q')/s = (1 - |d|)/2 equal to both of

    - s (2d artanh d + log(1 - d^2)), which keeps all digits for small d, and
    - 2s (log 2 + u log u + (1 - u) log(1 - u)), which keeps them for small u.
    """
    change = q - p
    shift = -np.add.reduce(change, axis=-1) / q_total  # as in `kl_divergence`
    correction = q * shift[..., None]
    change += correction
    both = 2 * p + change
    with np.errstate(divide="ignore", invalid="ignore"):
        d = change / both  # nan where p = q = 0, which counts as far
        near = np.abs(d) <= 0.5
        count = np.count_nonzero(near)
        if count:
            terms = 2 * d * np.arctanh(d) + np.log1p(-d * d)
        if count < near.size:
            u = np.minimum(p, q + correction) / both
            far = u * np.log(u) + (1 - u) * np.log1p(-u)
            far = 2 * (_LOG_2 + np.where(u > 0, far, 0.0))
            terms = np.where(near, terms, far) if count else far
        sums: Array = np.add.reduce(terms * both, axis=-1)
    return sums


def _js_of_many(distributions: tuple[ArrayLike, ...], weights: ArrayLike | None, axis: int) -> Array:
    """Return the weighted JS divergence of several distributions in nats."""
    names = ["p", "q", *(f"others[{j}]" for j in range(len(distributions) - 2))]
    checked = [probabilities(value, name, axis)[0] for value, name in zip(distributions, names, strict=True)]
    for value, name in zip(checked[1:], names[1:], strict=True):
        same_outcomes(checked[0], value, ("p", name))
    count = len(checked)
    w, w_total = probabilities(np.full(count, 1 / count) if weights is None else weights, "weights")
    if w.shape != (count,):
        raise ValueError(f"weights has shape {w.shape}; pass {count} weights, one for each distribution")
    stack = np.stack(np.broadcast_arrays(*checked), axis=-1)[..., w > 0]
    w = w[w > 0] / w_total
    # As in `kl_divergence`, with the heaviest distribution as the origin: what the others differ
    # from it, and the mixture from each, is then known to a few parts in 10^16 of the difference.
    origin = stack[..., [np.argmax(w)]]
    change = stack - origin
    correction = stack * (-change.sum(axis=-2, keepdims=True) / stack.sum(axis=-2, keepdims=True))
    change += correction
    stack = stack + correction
    mixture = (stack @ w)[..., None]
    terms = relative_entropy_terms(stack, mixture, (change @ w)[..., None] - change)
    nats: Array = (terms @ w).sum(axis=-1) / origin[..., 0].sum(axis=-1)
    return np.minimum(nats, entropy(w))
