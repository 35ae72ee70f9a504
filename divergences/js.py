"""Jensen-Shannon divergence: how well one observation tells which of the distributions it came from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, xlog1py, xlogy

from ._law import as_law
from ._quadrature import sum_of_means
from ._validation import (
    Array,
    Float,
    as_result,
    log_of_base,
    probabilities,
    probability_change,
    same_outcomes,
)
from .entropy import entropy
from .kl import TINY, in_blocks, relative_entropy_terms

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ._law import Density

_LOG_2 = math.log(2)
_ROOT_OF_LOG_2 = math.sqrt(_LOG_2)
_ALMOST_MINUS_1 = np.array(2.0**-53 - 1)  # NumPy multiplies by an array sooner than by a number
_LIFT = 4.0**60


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
        return as_result(_js_of_many((p, q, *others), weights, axis)) / log_of_base(base)
    p, q, change, total = probability_change(p, q, axis)
    nats = in_blocks(_js_sum, p, q, change) / (2 * total)
    return as_result(nats, _LOG_2) / log_of_base(base)


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
        If `p` or `q` is no probability vector, if their lengths differ, or if `base` is below 1
        (logarithms change their sign there, and the root of the divergence does not exist).

    References
    ----------
    .. [1] Endres and Schindelin (2003), A new metric for probability distributions,
       IEEE Trans. Inf. Theory 49, doi:10.1109/TIT.2003.813506

    Examples
    --------
    >>> js_distance([1, 0], [0, 1], base=2)
    1.0
    """
    unit = log_of_base(base)
    if unit < 0:
        raise ValueError(f"base must be greater than 1 for a distance, not {base}; use base=2 for bits")
    p, q, change, total = probability_change(p, q, axis)
    squares = in_blocks(_js_sum, p, q, change) / (2 * total)
    distance = np.sqrt(squares)
    tiny = squares < 1e-290
    if tiny if tiny.ndim == 0 else tiny.any():  # a power of 4 lifts the squares out of the subnormal numbers
        lifted = in_blocks(_js_sum, p * _LIFT, q * _LIFT, change * _LIFT) / (2 * total)
        distance = np.where(tiny, np.sqrt(lifted) / math.sqrt(_LIFT), distance)
    return as_result(distance, _ROOT_OF_LOG_2) / math.sqrt(unit)


def js_divergence_continuous(P: Density, Q: Density, *, base: float | None = None) -> float:
    r"""Jensen-Shannon divergence of two laws with densities, the mean KL divergence to their mixture.

    Parameters
    ----------
    P, Q : frozen distributions of scipy.stats
        Or any objects with ``logpdf``, ``ppf``, ``cdf`` and ``support`` for arrays (and, for upper tails
        beyond 1e-16, ``isf`` and ``sf``).
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.

    Returns
    -------
    float
        Divergence in [0, log 2] (in the given base): 0 iff P and Q are equal, log 2 iff they are
        mutually singular, for example on supports that do not overlap.

    Raises
    ------
    ValueError
        If `P` or `Q` has no density, lacks parameters, or is an array of distributions.
    ArithmeticError
        If the value is not certain in double precision: singular or rough beyond it, or undecided
        between finite and infinite.

    Notes
    -----
    It is the mean, over draws from either law, of log 2 - H(a), where a = p/(p + q) is the chance that
    the draw came from P and H the entropy of a coin: smooth, bounded, without cancellation.

    References
    ----------
    .. [1] Lin (1991), Divergence measures based on the Shannon entropy,
       IEEE Trans. Inf. Theory 37, doi:10.1109/18.61115

    Examples
    --------
    >>> from scipy.stats import norm, uniform
    >>> round(js_divergence_continuous(norm(0, 1), norm(1, 1)), 9)
    0.111421482
    >>> js_divergence_continuous(uniform(0, 1), uniform(2, 1), base=2)
    1.0
    """
    p, q, log_base = as_law(P, "P"), as_law(Q, "Q"), log_of_base(base)
    apart = p.high <= q.low or q.high <= p.low
    return (_LOG_2 if apart else min(sum_of_means(p, q, _half_of_js), _LOG_2)) / log_base


def _js_sum(p: Array, q: Array, change: Array) -> Array:
    r"""Return 2 sum(p) times the JS divergence of p and q of the same sum, given that `change` is q - p.

    With s = p + q, d = |q - p|/s and the mixture s/2, the contribution of one outcome is ::

        p log(2p/s) + q log(2q/s) = s/2 ((1 + d) log(1 + d) + (1 - d) log(1 - d))
                                  = |q - p| log(1 + d) + min(p, q) log(1 - d^2)

    and the last form keeps its digits, both for small d (where it is s (d^2 - d^2/2)) and for d = 1.
    """
    gap = np.abs(change)
    both = p + q
    if both.size and both.item(both.argmin()) == 0.0:
        both = np.maximum(both, TINY)
    d = gap / both
    gap *= np.log1p(d)
    d *= d * _ALMOST_MINUS_1  # keeps the logarithm finite where the minimum is 0
    gap += np.minimum(p, q) * np.log1p(d)
    sums: Array = np.add.reduce(gap, -1)
    return sums


def _half_of_js(log_ratio: Array) -> Array:
    """Return half of log 2 - H(p / (p + q)) as a function of log(q/p), as in `_js_sum`."""
    d = np.tanh(log_ratio / 2)
    near = np.abs(d) <= 0.5
    r, d = np.where(near, log_ratio, 0.0), np.where(near, d, 0.0)
    u = expit(-np.abs(log_ratio))
    far = _LOG_2 + xlogy(u, u) + xlog1py(1 - u, -u)
    result: Array = np.where(near, d * r + np.log1p(-d * d), 2 * far) / 4
    return result


def _js_of_many(distributions: tuple[ArrayLike, ...], weights: ArrayLike | None, axis: int) -> Array:
    """Return the weighted JS divergence of several distributions in nats."""
    names = ["p", "q", *(f"others[{j}]" for j in range(len(distributions) - 2))]
    checked = [probabilities(value, name, axis)[0] for value, name in zip(distributions, names, strict=True)]
    for value, name in zip(checked[1:], names[1:], strict=True):
        same_outcomes(checked[0], value, ("p", name))
    count = len(checked)
    weights = np.full(count, 1 / count) if weights is None else weights
    w, w_total = probabilities(weights, "weights")
    if w.shape != (count,):
        raise ValueError(f"weights has shape {w.shape}; pass {count} weights, one for each distribution")
    try:
        stack = np.stack(np.broadcast_arrays(*checked), axis=-1)[..., w > 0]
    except ValueError:
        shapes = ", ".join(str(value.shape[:-1]) for value in checked)
        raise ValueError(f"the batches of distributions, {shapes}, do not broadcast") from None
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
    terms = np.where(mixture > 0, terms, 0.0)  # what is below 1e-323 after weighting does not count
    nats: Array = (terms @ w).sum(axis=-1) / origin[..., 0].sum(axis=-1)
    return np.minimum(nats, entropy(weights))
