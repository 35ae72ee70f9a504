"""Information and entropy: how surprising an outcome is, and how surprising it is on average."""

from __future__ import annotations

import heapq
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
    reject,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ._validation import Vector


@np.errstate(all="ignore")
def normalize(counts: ArrayLike, *, axis: int = -1) -> Array:
    r"""Divide counts or weights by their sum, so that they become probabilities.

    Parameters
    ----------
    counts : array_like, shape (..., n, ...)
        Non-negative, finite numbers, at least one of them positive along `axis`.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    ndarray
        Probabilities, in the shape of `counts`.

    Raises
    ------
    ValueError
        If a count is negative or not finite, or if all counts along `axis` are 0.

    See Also
    --------
    histogram : counts two samples in the same bins.

    Notes
    -----
    The counts are divided by their maximum before they are added, so that the sum does not overflow. What
    is below 5e-324 of the sum becomes 0.

    Examples
    --------
    >>> normalize([2, 1, 1])
    array([0.5 , 0.25, 0.25])
    """
    array = outcomes_last(counts, "counts", axis)
    reject(~np.isfinite(array), array, "counts", "remove or replace it")
    reject(array < 0, array, "counts", "counts are not negative")
    largest = array.max(axis=-1, keepdims=True)
    if not largest.all():
        raise ValueError("counts are all 0: there is nothing to divide among the outcomes")
    scaled = array / largest
    scaled /= scaled.sum(axis=-1, keepdims=True)
    return np.moveaxis(scaled, -1, axis)


@overload
def information_content(probability: float, *, base: float | None = None) -> float: ...


@overload
def information_content(probability: ArrayLike, *, base: float | None = None) -> Any: ...


@np.errstate(all="ignore")
def information_content(probability: ArrayLike, *, base: float | None = None) -> Float:
    r"""Information content (surprise) of an outcome, :math:`-\log p`.

    Parameters
    ----------
    probability : array_like
        Probabilities in [0, 1], in any shape; they need not sum to 1.
    base : float, optional
        Base of the logarithm: 2 for bits, 10 for hartleys. Default: nats.

    Returns
    -------
    float or ndarray
        Information in the shape of `probability`; +inf for an impossible outcome.

    Raises
    ------
    ValueError
        If a probability is outside [0, 1] or NaN.

    See Also
    --------
    entropy : its mean over all outcomes.
    cross_entropy : its mean under another distribution.

    References
    ----------
    .. [1] Shannon (1948), A mathematical theory of communication,
       Bell System Technical Journal 27, doi:10.1002/j.1538-7305.1948.tb01338.x

    Examples
    --------
    >>> information_content(1 / 4, base=2)
    2.0
    """
    array = as_float_array(probability, "probability")
    reject(~((array >= 0) & (array <= 1)), array, "probability", "a probability lies between 0 and 1")
    return as_result(np.log(array) / -log_of_base(base) + 0.0)  # + 0.0 turns -0.0 into 0.0


@overload
def entropy(p: Vector, *, base: float | None = None, axis: int = -1) -> float: ...


@overload
def entropy(p: ArrayLike, *, base: float | None = None, axis: int = -1) -> Any: ...


@np.errstate(all="ignore")
def entropy(p: ArrayLike, *, base: float | None = None, axis: int = -1) -> Float:
    r"""Shannon entropy, the mean information content :math:`-\sum_i p_i \log p_i`.

    Parameters
    ----------
    p : array_like, shape (..., n, ...)
        Probability vectors along `axis`. A sum that is off by at most 1e-6 is divided out.
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Entropy in [0, log n] (in the given base); 0 for a certain outcome. 0 log 0 counts as 0.

    Raises
    ------
    ValueError
        If `p` is no probability vector or `base` is not a positive number other than 1.

    See Also
    --------
    entropy_continuous : the differential entropy of a density.

    References
    ----------
    .. [1] Shannon (1948), A mathematical theory of communication,
       Bell System Technical Journal 27, doi:10.1002/j.1538-7305.1948.tb01338.x

    Examples
    --------
    >>> entropy([1/2, 1/4, 1/8, 1/8], base=2)
    1.75
    """
    array, total = probabilities(p, "p", axis)
    return as_result(mean_information(array, array, total, total) / log_of_base(base))


@np.errstate(all="ignore")
def huffman_code(p: ArrayLike) -> list[str | None]:
    r"""Huffman's binary prefix code, the shortest on average.

    Parameters
    ----------
    p : array_like, shape (n,)
        A probability vector.

    Returns
    -------
    list of str or None
        A code word of "0" and "1" for each outcome; None where the probability is 0 (an impossible
        outcome needs no word), the empty word if one outcome is certain.

    Raises
    ------
    ValueError
        If `p` is no single probability vector.

    See Also
    --------
    entropy : what no prefix code can be shorter than, on average.

    Notes
    -----
    The two least likely groups are merged until one is left. The expected length L satisfies
    H(p) <= L < H(p) + 1 in bits. Ties are broken by position, so the result is reproducible.

    References
    ----------
    .. [1] Huffman (1952), A method for the construction of minimum-redundancy codes,
       Proceedings of the IRE 40, doi:10.1109/JRPROC.1952.273898

    Examples
    --------
    >>> huffman_code([1/2, 1/4, 1/8, 1/8])
    ['0', '10', '110', '111']
    """
    array, _ = probabilities(p, "p")
    if array.ndim != 1:
        raise ValueError(f"p has shape {array.shape}; pass one probability vector at a time")
    words: list[str | None] = [None if weight == 0 else "" for weight in array]
    # A group is (weight, position of its first outcome, outcomes); the likelier of two gets the 0.
    groups = [(float(weight), i, [i]) for i, weight in enumerate(array) if weight > 0]
    heapq.heapify(groups)
    while len(groups) > 1:
        light, heavy = heapq.heappop(groups), heapq.heappop(groups)
        if light[0] == heavy[0]:
            light, heavy = heavy, light
        for bit, group in (("1", light), ("0", heavy)):
            for i in group[2]:
                words[i] = bit + (words[i] or "")
        heapq.heappush(groups, (light[0] + heavy[0], min(light[1], heavy[1]), light[2] + heavy[2]))
    return words
