"""Distributions with densities: the measures of the chapters as integrals over quantiles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, xlog1py, xlogy

from ._integration import (
    as_distribution,
    integral_of_log_ratio,
    largest_quantile_difference,
    mean_information,
    mean_quantile_difference,
)
from ._terms import NEAR, x_minus_log1p
from ._validation import Array, checked_order, log_of_base

if TYPE_CHECKING:
    from ._validation import ContinuousDistribution

_LOG_2 = math.log(2)
_LARGEST_LOG = 745.0  # exp(-745) is the smallest positive double


@np.errstate(all="ignore")
def entropy_continuous(P: ContinuousDistribution, *, base: float | None = None) -> float:
    r"""Differential entropy of a distribution with a density, :math:`-\int p \log p`.

    Parameters
    ----------
    P : distribution of scipy.stats, frozen like ``norm(0, 1)`` or new like ``Normal(mu=0, sigma=1)``
        Or any object with ``logpdf``, ``ppf``, ``cdf`` and ``support`` for arrays (and, for the upper
        tail beyond 1e-16, ``isf`` and ``sf``).
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.

    Returns
    -------
    float
        Differential entropy. It can be negative, and it depends on the unit: measured in a unit that is
        c times smaller, it is larger by log c.

    Raises
    ------
    ValueError
        If `P` has no density, lacks parameters, or is an array of distributions.
    ArithmeticError
        If the value is not certain in double precision, or if `P` takes longer than 20 seconds.

    See Also
    --------
    entropy : the entropy of a discrete distribution, of which this is not the limit.

    References
    ----------
    .. [1] Cover and Thomas (2006), Elements of Information Theory, 2nd edition, chapter 8,
       doi:10.1002/047174882X

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(entropy_continuous(uniform(0, 1 / 2), base=2), 12)
    -1.0
    """
    distribution, log_base = as_distribution(P, "P"), log_of_base(base)
    return mean_information(distribution, distribution) / log_base


@np.errstate(all="ignore")
def kl_divergence_continuous(
    P: ContinuousDistribution, Q: ContinuousDistribution, *, base: float | None = None
) -> float:
    r"""Kullback-Leibler divergence of two distributions with densities, :math:`\int p \log(p / q)`.

    Parameters
    ----------
    P, Q : distributions of scipy.stats, frozen like ``norm(0, 1)`` or new like ``Normal(mu=0, sigma=1)``
        Or any objects with ``logpdf``, ``ppf``, ``cdf`` and ``support`` for arrays (and, for upper tails
        beyond 1e-16, ``isf`` and ``sf``).
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.

    Returns
    -------
    float
        Divergence in [0, inf], 0 iff P and Q are equal; +inf where Q has no mass and P has, and if
        the tails of P are too heavy for Q.

    Raises
    ------
    ValueError
        If `P` or `Q` has no density, lacks parameters, or is an array of distributions.
    ArithmeticError
        If the value is not certain in double precision: singular or rough beyond it, or undecided
        between finite and infinite.
        Also if a distribution takes longer than 20 seconds.

    See Also
    --------
    kl_divergence : between discrete distributions.
    kl_divergence_gaussian : in closed form, in any dimension.
    kl_divergence_samples : from points instead of densities.

    Notes
    -----
    The integral of p log(p/q) - p + q >= 0 is taken in two parts, over the quantiles of P and over those
    of Q, so that neither distribution is overlooked, however narrow, and nothing cancels when they are close.
    Tails are followed to probabilities of 1e-300. A set without mass of Q counts if its probability
    under P is above 1e-8 (in a tail, 1e-20), or if the supports show it; ends of supports that differ
    by rounding count as equal. What `logpdf` gives as -inf by underflow is noticed and refused.

    References
    ----------
    .. [1] Kullback and Leibler (1951), On information and sufficiency,
       Ann. Math. Statist. 22, doi:10.1214/aoms/1177729694

    Examples
    --------
    >>> from scipy.stats import cauchy, norm
    >>> round(kl_divergence_continuous(norm(0, 1), norm(1, 2)), 12)
    0.44314718056
    >>> kl_divergence_continuous(cauchy(0, 1), norm(0, 1))
    inf
    """
    p, q, log_base = as_distribution(P, "P"), as_distribution(Q, "Q"), log_of_base(base)
    return (integral_of_log_ratio(p, q, _kl_integrand) if p.lies_within(q) else np.inf) / log_base


@np.errstate(all="ignore")
def cross_entropy_continuous(
    P: ContinuousDistribution, Q: ContinuousDistribution, *, base: float | None = None
) -> float:
    r"""Cross-entropy of two distributions with densities, :math:`-\int p \log q = h(P) + KL(P || Q)`.

    Parameters
    ----------
    P, Q : distributions of scipy.stats, frozen like ``norm(0, 1)`` or new like ``Normal(mu=0, sigma=1)``
        Or any objects with ``logpdf``, ``ppf``, ``cdf`` and ``support`` for arrays (and, for upper tails
        beyond 1e-16, ``isf`` and ``sf``).
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.

    Returns
    -------
    float
        Cross-entropy; like differential entropy it depends on the unit and can be negative. At least
        h(P); +inf where Q has no mass and P has, and if the tails of P are too heavy for Q.

    Raises
    ------
    ValueError
        If `P` or `Q` has no density, lacks parameters, or is an array of distributions.
    ArithmeticError
        If the value is not certain in double precision: singular or rough beyond it, or undecided
        between finite and infinite.
        Also if a distribution takes longer than 20 seconds.

    See Also
    --------
    kl_divergence_continuous : its Notes say what counts as having no mass.

    References
    ----------
    .. [1] Cover and Thomas (2006), Elements of Information Theory, 2nd edition, chapter 8,
       doi:10.1002/047174882X

    Examples
    --------
    >>> from scipy.stats import norm
    >>> round(cross_entropy_continuous(norm(0, 1), norm(1, 2)), 12)
    1.862085713765
    """
    p, q, log_base = as_distribution(P, "P"), as_distribution(Q, "Q"), log_of_base(base)
    return (mean_information(p, q) if p.lies_within(q) else np.inf) / log_base


@np.errstate(all="ignore")
def js_divergence_continuous(
    P: ContinuousDistribution, Q: ContinuousDistribution, *, base: float | None = None
) -> float:
    r"""Jensen-Shannon divergence of two distributions with densities, the mean KL to their mixture.

    Parameters
    ----------
    P, Q : distributions of scipy.stats, frozen like ``norm(0, 1)`` or new like ``Normal(mu=0, sigma=1)``
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
        Also if a distribution takes longer than 20 seconds.

    See Also
    --------
    js_divergence : between discrete distributions.
    js_divergence_samples : from points instead of densities.

    Notes
    -----
    It is the mean, over draws from either distribution, of log 2 - H(a), where a = p/(p + q) is the chance
    that the draw came from P and H the entropy of a coin: smooth, bounded, without cancellation.

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
    p, q, log_base = as_distribution(P, "P"), as_distribution(Q, "Q"), log_of_base(base)
    apart = p.high <= q.low or q.high <= p.low
    return (_LOG_2 if apart else min(integral_of_log_ratio(p, q, _js_integrand), _LOG_2)) / log_base


@np.errstate(all="ignore")
def wasserstein_distance_continuous(
    P: ContinuousDistribution, Q: ContinuousDistribution, *, order: float = 1
) -> float:
    r"""Wasserstein distance of two distributions on the line, from their quantiles.

    .. math:: W_r(P, Q) = \Bigl(\int_0^1 |F^{-1}(u) - G^{-1}(u)|^r \, du\Bigr)^{1/r}

    where F and G are the cumulative distribution functions. In order 1 it is the area between them.

    Parameters
    ----------
    P, Q : distributions of scipy.stats, frozen like ``norm(0, 1)`` or new like ``Normal(mu=0, sigma=1)``
        Or any objects with ``logpdf``, ``ppf``, ``cdf`` and ``support`` for arrays (and, for upper tails
        beyond 1e-16, ``isf`` and ``sf``).
    order : float
        The exponent r >= 1; np.inf for the farthest move.

    Returns
    -------
    float
        The distance (not its power) in the unit of P and Q, up to the rounding of their quantiles; +inf
        if no plan of finite cost exists. Distributions with heavy tails may be finitely far apart: two
        Cauchy distributions that differ by a shift are.

    Raises
    ------
    ValueError
        If `P` or `Q` has no density, lacks parameters, or is an array of distributions, or if `order`
        is below 1.
    ArithmeticError
        If the value is not certain in double precision, or undecided between finite and infinite.
        Also if a distribution takes longer than 20 seconds.

    See Also
    --------
    wasserstein_distance : between discrete distributions.

    References
    ----------
    .. [1] Villani (2003), Topics in Optimal Transportation, theorem 2.18, doi:10.1090/gsm/058

    Examples
    --------
    >>> from scipy.stats import cauchy, norm
    >>> round(wasserstein_distance_continuous(norm(0, 1), norm(3, 2), order=2), 12)
    3.162277660168
    >>> wasserstein_distance_continuous(cauchy(0, 1), norm(0, 1))
    inf
    """
    order = checked_order(order)
    p, q = as_distribution(P, "P"), as_distribution(Q, "Q")
    return largest_quantile_difference(p, q) if order == np.inf else mean_quantile_difference(p, q, order)


def _kl_integrand(log_ratio: Array) -> Array:
    """Return (p log(p/q) - p + q) / (p + q) >= 0 as a function of log(q/p)."""
    r = np.minimum(log_ratio, _LARGEST_LOG)  # inf * 0 would be nan
    near = np.abs(r) <= NEAR
    series = x_minus_log1p(np.expm1(np.where(near, r, 0.0)))
    result: Array = np.where(near, series * expit(-r), np.tanh(r / 2) - r * expit(-r))
    return result


def _js_integrand(log_ratio: Array) -> Array:
    """Return half of log 2 - H(p / (p + q)) as a function of log(q/p), as in `js_sum`."""
    d = np.tanh(log_ratio / 2)
    near = np.abs(d) <= 0.5
    r, d = np.where(near, log_ratio, 0.0), np.where(near, d, 0.0)
    u = expit(-np.abs(log_ratio))
    far = _LOG_2 + xlogy(u, u) + xlog1py(1 - u, -u)
    result: Array = np.where(near, d * r + np.log1p(-d * d), 2 * far) / 4
    return result
