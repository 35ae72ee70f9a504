"""Jensen-Shannon divergence: how well one observation tells which of the distributions it came from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ._pair import AlignedPair, aligned_pair
from ._terms import LIFT, in_blocks, js_sum, relative_entropy_terms
from ._validation import Array, Float, as_result, log_of_base, probabilities, same_outcomes
from .entropy import entropy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ._validation import Vector

_LOG_2 = math.log(2)
_ROOT_OF_LOG_2 = math.sqrt(_LOG_2)
_SUBNORMAL_SQUARES = 1e-290  # below, the squares of probabilities lose digits


@overload
def js_divergence(
    p: Vector,
    q: Vector,
    *others: Vector,
    weights: ArrayLike | None = None,
    base: float | None = None,
    axis: int = -1,
) -> float: ...


@overload
def js_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *others: ArrayLike,
    weights: ArrayLike | None = None,
    base: float | None = None,
    axis: int = -1,
) -> Any: ...


@np.errstate(all="ignore")
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
        at most 1e-6 is divided out. A third vector is a third distribution, never weights.
    weights : array_like, shape (k,), optional
        Probabilities of the k distributions, by name only. Default: 1/k each.
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

    See Also
    --------
    js_distance : its root, a metric.
    kl_divergence : what it is the mean of.
    js_divergence_continuous, js_divergence_samples : for other kinds of input.

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
    nats = _js_of_two(aligned_pair(p, q, axis))
    return as_result(nats, _LOG_2) / log_of_base(base)


@overload
def js_distance(p: Vector, q: Vector, *, base: float | None = None, axis: int = -1) -> float: ...


@overload
def js_distance(p: ArrayLike, q: ArrayLike, *, base: float | None = None, axis: int = -1) -> Any: ...


@np.errstate(all="ignore")
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

    See Also
    --------
    js_divergence : its square, also for more than two distributions.
    scipy.spatial.distance.jensenshannon : the same, which loses digits when p and q are close.

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
    pair = aligned_pair(p, q, axis)
    squares = _js_of_two(pair)
    if squares.ndim == 0 and squares >= _SUBNORMAL_SQUARES:  # the usual case, without further ado
        return min(math.sqrt(squares), _ROOT_OF_LOG_2) / math.sqrt(unit)
    distance, tiny = np.sqrt(squares), squares < _SUBNORMAL_SQUARES
    if tiny.any():  # a power of 4 lifts the squares out of the subnormal numbers
        p, q, difference = (LIFT * array for array in pair[:3])
        lifted = _js_of_two(AlignedPair(p, q, difference, pair.total))
        distance = np.where(tiny, np.sqrt(lifted) / math.sqrt(LIFT), distance)
    return as_result(distance, _ROOT_OF_LOG_2) / math.sqrt(unit)


def _js_of_two(pair: AlignedPair) -> Array:
    """Return the JS divergence of two distributions in nats."""
    p, q, difference, total = pair
    # One vector needs no blocks.
    sums = js_sum(p, q, difference) if q.ndim == p.ndim == 1 else in_blocks(js_sum, p, q, difference)
    nats: Array = sums / (2 * total)
    return nats


def _js_of_many(distributions: tuple[ArrayLike, ...], weights: ArrayLike | None, axis: int) -> Array:
    """Return the weighted JS divergence of several distributions in nats."""
    names = ["p", "q", *(f"others[{j}]" for j in range(len(distributions) - 2))]
    checked = [probabilities(value, name, axis)[0] for value, name in zip(distributions, names, strict=True)]
    for j, (value, name) in enumerate(zip(checked[1:], names[1:], strict=True), start=1):
        hint = "; for weights of the distributions write weights=" if j == value.size > 1 else ""
        same_outcomes(checked[0], value, ("p", name), hint)
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
    difference = stack - origin
    correction = stack * (-difference.sum(axis=-2, keepdims=True) / stack.sum(axis=-2, keepdims=True))
    difference += correction
    stack = stack + correction
    mixture = (stack @ w)[..., None]
    terms = relative_entropy_terms(stack, mixture, (difference @ w)[..., None] - difference)
    terms = np.where(mixture > 0, terms, 0.0)  # what is below 1e-323 after weighting does not count
    nats: Array = (terms @ w).sum(axis=-1) / origin[..., 0].sum(axis=-1)
    capped: Array = np.minimum(nats, entropy(weights))
    return capped
