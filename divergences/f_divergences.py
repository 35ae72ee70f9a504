"""f-divergences: total variation, Hellinger, chi-squared, Rényi, and the family that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ._pair import aligned_pair
from ._terms import LIFT, TINY, log_ratio
from ._validation import Array, Float, as_number, as_result, log_of_base, scale_of_generator
from .kl import kl_divergence

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from ._validation import Vector


@overload
def f_divergence(
    p: Vector,
    q: Vector,
    f: Callable[[Array], Array],
    *,
    at_zero: float | None = None,
    slope_at_infinity: float | None = None,
    axis: int = -1,
) -> float: ...


@overload
def f_divergence(
    p: ArrayLike,
    q: ArrayLike,
    f: Callable[[Array], Array],
    *,
    at_zero: float | None = None,
    slope_at_infinity: float | None = None,
    axis: int = -1,
) -> Any: ...


@np.errstate(all="ignore")
def f_divergence(
    p: ArrayLike,
    q: ArrayLike,
    f: Callable[[Array], Array],
    *,
    at_zero: float | None = None,
    slope_at_infinity: float | None = None,
    axis: int = -1,
) -> Float:
    r"""f-divergence :math:`\sum_i q_i f(p_i / q_i)` of a convex function f with f(1) = 0.

    Parameters
    ----------
    p, q : array_like, shape (..., n, ...)
        Probability vectors along `axis`; the other axes broadcast. A sum that is off by at most
        1e-6 is divided out.
    f : callable
        Takes an array of positive ratios and returns an array of the same shape.
    at_zero : float, optional
        Limit of f(t) as t falls to 0, what an outcome with p = 0 costs per unit of q; may be inf.
        Default: what f returns at 0.
    slope_at_infinity : float, optional
        Limit of f(t)/t as t grows, what an outcome with q = 0 costs per unit of p; may be inf.
        No number of values of f can tell it, so it has no default; pass it where q is 0 and p is not.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Divergence in [0, at_zero + slope_at_infinity]; 0 if p == q, and only then if f is strictly
        convex at 1.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, if their lengths differ, if f(1) is not 0, if f is not
        convex (the sum is negative), if it is not finite at a ratio or returns another shape, or if one
        of the two limits is needed and not known.

    See Also
    --------
    kl_divergence, total_variation_distance, hellinger_distance, chi_squared_divergence : of the family.

    Notes
    -----
    f(t) = t log t gives KL(p || q), -log t gives KL(q || p), \|t - 1\|/2 total variation, (t - 1)^2
    Pearson's chi-squared, (sqrt(t) - 1)^2 / 2 the square of the Hellinger distance. Of two
    distributions that are almost equal, f is computed from ratios that are rounded; the functions
    named after these divergences do better.

    References
    ----------
    .. [1] Ali and Silvey (1966), A general class of coefficients of divergence of one distribution
       from another, J. R. Statist. Soc. B 28, doi:10.1111/j.2517-6161.1966.tb00626.x
    .. [2] Liese and Vajda (2006), On divergences and informations in statistics and information theory,
       IEEE Trans. Inf. Theory 52, doi:10.1109/TIT.2006.881731

    Examples
    --------
    >>> round(f_divergence([1/2, 1/2], [1/4, 3/4], lambda t: (t - 1) ** 2), 12)
    0.333333333333
    >>> f_divergence([1, 0], [1/2, 1/2], lambda t: abs(t - 1) / 2, slope_at_infinity=1/2)
    0.5
    """
    pair = aligned_pair(p, q, axis)
    scale = scale_of_generator(f)
    if at_zero is not None:
        at_zero = as_number(at_zero, "at_zero", "pass the limit of f at 0")
    if slope_at_infinity is not None:
        slope_at_infinity = as_number(slope_at_infinity, "slope_at_infinity", "pass lim f(t)/t")
    p, q = np.broadcast_arrays(*(mass / pair.total[..., None] for mass in (pair.p, pair.q)))
    both = (p > 0) & (q > 0)
    ratio = np.where(both, p / q, 1.0)
    values = np.asarray(f(ratio), dtype=np.float64)
    bad = ~np.isfinite(ratio) | ~np.isfinite(values)
    if bad.any():
        raise ValueError(
            f"f is {values[bad][0]} at p/q = {ratio[bad][0]:g}; f must be finite on (0, inf), and "
            "where q is so much smaller than p that this overflows, round it to 0"
        )
    terms = np.where(both, q * values, 0.0)
    if ((p == 0) & (q > 0)).any():
        limit = float(f(np.zeros(1))[0]) if at_zero is None else at_zero
        if np.isnan(limit):
            raise ValueError("p is 0 for an outcome and f(0) is nan; pass the limit of f at 0 as at_zero")
        terms += np.where((p == 0) & (q > 0), q * limit, 0.0)
    if ((q == 0) & (p > 0)).any():
        if slope_at_infinity is None:
            raise ValueError("q is 0 for an outcome and p is not; pass lim f(t)/t as slope_at_infinity")
        terms += np.where((q == 0) & (p > 0), p * slope_at_infinity, 0.0)
    sums = terms.sum(axis=-1)
    if (sums < -1e-13 * (scale + np.abs(terms).sum(axis=-1))).any():  # more than rounding
        raise ValueError(f"f is not convex: it gives the divergence {sums.min():g}, which is negative")
    return as_result(np.maximum(sums, 0.0))


@overload
def total_variation_distance(p: Vector, q: Vector, *, axis: int = -1) -> float: ...


@overload
def total_variation_distance(p: ArrayLike, q: ArrayLike, *, axis: int = -1) -> Any: ...


@np.errstate(all="ignore")
def total_variation_distance(p: ArrayLike, q: ArrayLike, *, axis: int = -1) -> Float:
    r"""Total variation distance :math:`\tfrac12 \sum_i |p_i - q_i|`.

    It is the largest difference between the probabilities that p and q give to one event.

    Parameters
    ----------
    p, q : array_like, shape (..., n, ...)
        Probability vectors along `axis`; the other axes broadcast. A sum that is off by at most
        1e-6 is divided out.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Distance in [0, 1], 0 iff p == q, 1 iff no outcome is possible under both.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, or their lengths differ.

    See Also
    --------
    f_divergence : the family that it belongs to.
    wasserstein_distance : which knows how far apart outcomes are.

    References
    ----------
    .. [1] Levin, Peres and Wilmer (2017), Markov Chains and Mixing Times, 2nd edition, chapter 4,
       American Mathematical Society, doi:10.1090/mbk/107

    Examples
    --------
    >>> total_variation_distance([1/2, 1/2], [1/4, 3/4])
    0.25
    """
    pair = aligned_pair(p, q, axis)
    return as_result(np.abs(pair.difference).sum(axis=-1) / (2 * pair.total), 1.0)


@overload
def hellinger_distance(p: Vector, q: Vector, *, axis: int = -1) -> float: ...


@overload
def hellinger_distance(p: ArrayLike, q: ArrayLike, *, axis: int = -1) -> Any: ...


@np.errstate(all="ignore")
def hellinger_distance(p: ArrayLike, q: ArrayLike, *, axis: int = -1) -> Float:
    r"""Hellinger distance :math:`\sqrt{\tfrac12 \sum_i (\sqrt{p_i} - \sqrt{q_i})^2}`, a metric.

    Parameters
    ----------
    p, q : array_like, shape (..., n, ...)
        Probability vectors along `axis`; the other axes broadcast. A sum that is off by at most
        1e-6 is divided out.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Distance in [0, 1], 0 iff p == q, 1 iff no outcome is possible under both.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, or their lengths differ.

    See Also
    --------
    f_divergence : the family that its square belongs to.
    js_distance : another metric that is finite everywhere.

    References
    ----------
    .. [1] Hellinger (1909), Neue Begründung der Theorie quadratischer Formen von unendlichvielen
       Veränderlichen, J. reine angew. Math. 136, doi:10.1515/crll.1909.136.210

    Examples
    --------
    >>> hellinger_distance([1, 0], [0, 1])
    1.0
    """
    p, q, difference, total = aligned_pair(p, q, axis)
    # sqrt(q) - sqrt(p) = (q - p) / (sqrt(q) + sqrt(p)) does not cancel.
    squared_sum = p + q + 2 * np.sqrt(p) * np.sqrt(q)
    squares = difference * LIFT * (difference / np.maximum(squared_sum, TINY))
    return as_result(np.sqrt(squares.sum(axis=-1) / (2 * total)) / np.sqrt(LIFT), 1.0)


@overload
def chi_squared_divergence(p: Vector, q: Vector, *, axis: int = -1) -> float: ...


@overload
def chi_squared_divergence(p: ArrayLike, q: ArrayLike, *, axis: int = -1) -> Any: ...


@np.errstate(all="ignore")
def chi_squared_divergence(p: ArrayLike, q: ArrayLike, *, axis: int = -1) -> Float:
    r"""Pearson's chi-squared divergence :math:`\sum_i (p_i - q_i)^2 / q_i`.

    Parameters
    ----------
    p, q : array_like, shape (..., n, ...)
        Probability vectors along `axis`; the other axes broadcast. A sum that is off by at most
        1e-6 is divided out.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Divergence in [0, inf], 0 iff p == q; +inf where q is 0 and p is not (and beyond 1e308).

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, or their lengths differ.

    See Also
    --------
    f_divergence : the family that it belongs to.
    kl_divergence : half of it, for distributions that are close.
    scipy.stats.chisquare : the test, from counts.

    References
    ----------
    .. [1] Pearson (1900), On the criterion that a given system of deviations ... can be reasonably
       supposed to have arisen from random sampling, Phil. Mag. 50, doi:10.1080/14786440009463897

    Examples
    --------
    >>> round(chi_squared_divergence([1/2, 1/2], [1/4, 3/4]), 12)
    0.333333333333
    """
    p, q, difference, total = aligned_pair(p, q, axis)
    ratio = np.abs(difference / q)
    terms = np.fmax(ratio * np.abs(difference), 0.0)  # fmax turns 0/0 into 0
    if np.isinf(ratio).any():  # where q is so small that the ratio overflows, its square root may not
        terms = np.where(np.isinf(ratio), (difference / np.sqrt(q)) ** 2, terms)
    return as_result(terms.sum(axis=-1) / total)


@overload
def renyi_divergence(
    p: Vector, q: Vector, alpha: float, *, base: float | None = None, axis: int = -1
) -> float: ...


@overload
def renyi_divergence(
    p: ArrayLike, q: ArrayLike, alpha: float, *, base: float | None = None, axis: int = -1
) -> Any: ...


@np.errstate(all="ignore")
def renyi_divergence(
    p: ArrayLike, q: ArrayLike, alpha: float, *, base: float | None = None, axis: int = -1
) -> Float:
    r"""Rényi divergence of order alpha, :math:`\frac{1}{\alpha - 1} \log \sum_i p_i^\alpha q_i^{1 - \alpha}`.

    Parameters
    ----------
    p, q : array_like, shape (..., n, ...)
        Probability vectors along `axis`; the other axes broadcast. A sum that is off by at most
        1e-6 is divided out.
    alpha : float
        The order, in [0, inf]. The orders 0, 1 and inf are limits: minus the logarithm of the q-mass
        where p is positive, KL(p || q), and the largest log(p/q).
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.
    axis : int
        The axis that holds the n outcomes.

    Returns
    -------
    float or ndarray
        Divergence in [0, inf], never falling with `alpha`; for alpha > 0 it is 0 iff p == q. +inf if no
        outcome is possible under both and, from order 1 on, where q is 0 and p is not.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, if their lengths differ, or if `alpha` is negative or
        NaN.

    See Also
    --------
    kl_divergence : the order 1.
    chi_squared_divergence : exp of the order 2, minus 1.

    References
    ----------
    .. [1] van Erven and Harremoës (2014), Rényi divergence and Kullback-Leibler divergence,
       IEEE Trans. Inf. Theory 60, doi:10.1109/TIT.2014.2320500

    Examples
    --------
    >>> renyi_divergence([1/2, 1/2], [1/4, 3/4], np.inf, base=2)
    1.0
    """
    log_base = log_of_base(base)
    alpha = as_number(alpha, "alpha", "pass an order from 0 to inf")
    if alpha < 0:
        raise ValueError(f"alpha is {alpha}; pass an order from 0 to inf")
    if alpha == 1:
        limit: Float = kl_divergence(p, q, base=base, axis=axis)
        return limit
    p, q, difference, total = aligned_pair(p, q, axis)
    if alpha == 0:
        seen = np.where(p > 0, q, 0.0).sum(axis=-1)
        nats = np.log1p(np.where(p > 0, 0.0, q).sum(axis=-1) / seen)  # -log(seen / (seen + unseen))
    elif alpha == np.inf:
        nats = _log_ratio_near_too(p, q, difference).max(axis=-1)
    elif alpha < 0.5:  # skew symmetry; the series of the other side would cancel here
        nats = _renyi(q, p, -difference, total, -alpha) * (alpha / (1 - alpha))
    else:
        nats = _renyi(p, q, difference, total, min(alpha, 1e300) - 1)
    return as_result(nats / log_base + 0.0)  # + 0.0 turns -0.0 into 0.0


def _log_ratio_near_too(p: Array, q: Array, difference: Array) -> Array:
    """Return log(p/q), to full precision also where p and q are close; below -740 where p is 0."""
    relative = difference / p
    return np.where(np.abs(relative) < 0.5, -np.log1p(relative), log_ratio(p, q))


def _renyi(p: Array, q: Array, difference: Array, total: Array, e: float) -> Array:
    """Return the Rényi divergence of order 1 + e, where e is at least -1/2 and not 0.

    S = sum(p^(1 + e) q^-e) is 1 + e m, where m is the sum of
    (p^(1 + e) q^-e - p + e (q - p)) / e, which is >= 0 term by term. Where r = (q - p)/p is small, the
    term is the binomial series of p ((1 + r)^-e - 1 + e r) / e; elsewhere it is taken as it stands.
    If S is far from 1, its logarithm is taken directly, from the logarithms of its terms.
    """
    near = np.abs(difference) <= p * min(0.125, 0.125 / abs(e))
    r = np.where(near, difference, 0.0) / np.maximum(p, TINY)
    series = np.ones_like(r)
    for k in range(17, 2, -1):
        series = 1 - (e + k - 1) / k * r * series
    near_terms = p * ((1 + e) / 2) * r * r * series
    exponent = e * _log_ratio_near_too(p, q, difference)
    powers = np.log(p) + exponent  # log(p^(1 + e) q^-e)
    far_terms = np.where(exponent < 700, p * np.expm1(exponent), np.exp(powers)) / e + difference
    m = np.where(near, near_terms, far_terms).sum(axis=-1) / total
    peak = powers.max(axis=-1)
    log_sum: Array = peak + np.log(np.exp(powers - peak[..., None]).sum(axis=-1) / total)
    direct = np.where(np.isinf(peak), np.inf, log_sum / e)
    return np.where(np.abs(e * m) <= 0.5, np.log1p(e * m) / e, direct)
