"""Cross-entropy: how surprised q is, on average, by what p brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ._terms import mean_information
from ._validation import (
    Array,
    Float,
    as_float_array,
    as_result,
    log_of_base,
    outcomes_last,
    probabilities,
    probability_pair,
    reject,
    same_outcomes,
)
from .entropy import entropy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ._validation import Vector


@overload
def cross_entropy(p: Vector, q: Vector, *, base: float | None = None, axis: int = -1) -> float: ...


@overload
def cross_entropy(p: ArrayLike, q: ArrayLike, *, base: float | None = None, axis: int = -1) -> Any: ...


@np.errstate(all="ignore")
def cross_entropy(p: ArrayLike, q: ArrayLike, *, base: float | None = None, axis: int = -1) -> Float:
    r"""Cross-entropy :math:`-\sum_i p_i \log q_i`, which is H(p) + KL(p || q).

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
        Cross-entropy in [H(p), inf], H(p) iff p == q; +inf where q is 0 and p is not.
        0 log 0 counts as 0.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, or their lengths differ.

    See Also
    --------
    cross_entropy_from_logits : for the scores of a model before the softmax.

    References
    ----------
    .. [1] Good (1952), Rational decisions, J. R. Statist. Soc. B 14,
       doi:10.1111/j.2517-6161.1952.tb00104.x

    Examples
    --------
    >>> cross_entropy([1/2, 1/2], [3/4, 1/4], base=2)
    1.207518749639422
    """
    p, q, p_total, q_total = probability_pair(p, q, axis)
    return as_result(mean_information(p, q, p_total, q_total) / log_of_base(base))


@overload
def cross_entropy_from_logits(
    p: Vector, logits: Vector, *, base: float | None = None, axis: int = -1
) -> float: ...


@overload
def cross_entropy_from_logits(
    p: ArrayLike, logits: ArrayLike, *, base: float | None = None, axis: int = -1
) -> Any: ...


@np.errstate(all="ignore")
def cross_entropy_from_logits(
    p: ArrayLike, logits: ArrayLike, *, base: float | None = None, axis: int = -1
) -> Float:
    r"""Cross-entropy of p and softmax(logits), without computing the softmax.

    Parameters
    ----------
    p : array_like, shape (..., n, ...)
        Target probabilities along `axis`: one-hot or soft. Class labels are not accepted; turn
        them into one-hot rows with ``np.eye(n)[labels]``.
    logits : array_like, shape (..., n, ...)
        Scores of any size, in nats whatever the `base`; -inf means probability 0.
    base : float, optional
        Base of the logarithm of the result: 2 for bits. Default: nats.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Cross-entropy in [0, inf]; +inf where a logit is -inf and p is not 0.

    Raises
    ------
    ValueError
        If `p` is no probability vector, if a logit is NaN or +inf or all of them are -inf, or if
        the lengths differ.

    See Also
    --------
    cross_entropy : from probabilities.

    Notes
    -----
    With the largest logit z, the surprise of outcome i is (z - logits[i]) + log(sum(exp(logits - z))).
    Neither part is negative, no exponential overflows, and the largest term of the sum, 1, is left to
    log1p, so that the loss of a confident model keeps its digits: it is 2e-22 at a margin of 50, not 0.

    References
    ----------
    .. [1] Blanchard, Higham and Higham (2021), Accurately computing the log-sum-exp and softmax
       functions, IMA J. Numer. Anal. 41, doi:10.1093/imanum/draa038

    Examples
    --------
    >>> cross_entropy_from_logits([1, 0], [0.0, 1000.0])
    1000.0
    """
    scores = outcomes_last(logits, "logits", axis)
    target, total = _targets(p, scores, axis)
    same_outcomes(target, scores, ("p", "logits"))
    reject(np.isnan(scores), scores, "logits", "remove or replace it")
    reject(scores == np.inf, scores, "logits", "logits are finite or -inf")
    peak = scores.max(axis=-1, keepdims=True)
    if (peak == -np.inf).any():
        raise ValueError("logits are all -inf: no outcome is possible")
    # What overflows or vanishes here does so rightly.
    half_gap = peak / 2 - scores / 2  # the gap itself may overflow
    odds = np.exp(-half_gap) ** 2
    np.put_along_axis(odds, scores.argmax(axis=-1, keepdims=True), 0.0, axis=-1)
    gaps = np.where(target > 0, target * half_gap, 0.0).sum(axis=-1)
    return as_result((2 * gaps / total + np.log1p(odds.sum(axis=-1))) / log_of_base(base))


@overload
def perplexity(p: Vector, q: Vector | None = None, *, axis: int = -1) -> float: ...


@overload
def perplexity(p: ArrayLike, q: ArrayLike | None = None, *, axis: int = -1) -> Any: ...


@np.errstate(all="ignore")
def perplexity(p: ArrayLike, q: ArrayLike | None = None, *, axis: int = -1) -> Float:
    r"""Perplexity, the exponential of the cross-entropy: a number of equally likely outcomes.

    Parameters
    ----------
    p : array_like, shape (..., n, ...)
        Probability vectors along `axis`.
    q : array_like, shape (..., n, ...), optional
        The model's probabilities. Default: `p` itself, that is the exponential of the entropy.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Perplexity in [1, inf]; n for uniform q. +inf where q is 0 and p is not.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, or their lengths differ.

    See Also
    --------
    entropy, cross_entropy : its logarithm.

    References
    ----------
    .. [1] Jelinek, Mercer, Bahl and Baker (1977), Perplexity: a measure of the difficulty of speech
       recognition tasks, J. Acoust. Soc. Am. 62, doi:10.1121/1.2016299

    Examples
    --------
    >>> round(perplexity([1/6, 1/6, 1/6, 1/6, 1/6, 1/6]), 12)
    6.0
    """
    nats = entropy(p, axis=axis) if q is None else cross_entropy(p, q, axis=axis)
    return as_result(np.exp(nats))


def _targets(p: ArrayLike, scores: Array, axis: int) -> tuple[Array, Array]:
    """Return the target probabilities and their sums, or recognise class labels."""
    labels = as_float_array(p, "p")
    if np.asarray(p).dtype.kind in "biu" and labels.ndim < scores.ndim:
        one_hot = labels.ndim == 1 and labels.size == scores.shape[-1] and labels.sum() == labels.max() == 1
        if not one_hot or labels.size == scores.shape[-2]:
            raise ValueError(
                "p holds integers in fewer axes than logits, like class labels; pass np.eye(n)[p], or one "
                "target for all rows as floats"
            )
    return probabilities(p, "p", axis)
