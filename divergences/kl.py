"""Kullback-Leibler divergence: the extra information that it costs to believe q when p is true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve_triangular
from scipy.spatial import cKDTree
from scipy.special import expit

from ._law import as_law
from ._quadrature import sum_of_means
from ._validation import (
    Array,
    Float,
    as_gaussian,
    as_places,
    as_result,
    joint_probabilities,
    log_of_base,
    probability_change,
    same_space,
)
from .entropy import entropy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from ._law import Density

TINY = np.float64(5e-324)  # dividing by max(x, TINY) makes 0/0 a 0 and changes nothing else
# Terms of smaller relative difference need the series; the others lose at most a digit by cancellation.
_NEAR = 1 / 4
_LARGEST_LOG = 745.0  # exp(-745) is the smallest positive double
# By Pinsker's inequality the plain sum loses at most a digit if it is not smaller than this.
_SMALL = 1 / 32
_BLOCK = 2**14


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
    p, q, change, total = probability_change(p, q, axis)
    return as_result(in_blocks(_kl_sum, p, q, change) / total / log_of_base(base))


def kl_divergence_continuous(P: Density, Q: Density, *, base: float | None = None) -> float:
    r"""Kullback-Leibler divergence of two laws with densities, :math:`\int p \log(p / q)`.

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
        Divergence in [0, inf], 0 iff P and Q are equal; +inf where Q has no mass and P has, and if
        the tails of P are too heavy for Q.

    Raises
    ------
    ValueError
        If `P` or `Q` has no density, lacks parameters, or is an array of distributions.
    ArithmeticError
        If the value is not certain in double precision: singular or rough beyond it, or undecided
        between finite and infinite.

    Notes
    -----
    The integral of p log(p/q) - p + q >= 0 is taken in two parts, over the quantiles of P and over those
    of Q, so that neither law is overlooked, however narrow, and nothing cancels when they are close.
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
    p, q, log_base = as_law(P, "P"), as_law(Q, "Q"), log_of_base(base)
    return (sum_of_means(p, q, _excess) if p.lies_within(q) else np.inf) / log_base


def kl_divergence_gaussian(
    mean_p: ArrayLike, cov_p: ArrayLike, mean_q: ArrayLike, cov_q: ArrayLike, *, base: float | None = None
) -> float:
    r"""Kullback-Leibler divergence of two Gaussians, in closed form.

    .. math:: \tfrac12 \bigl[\operatorname{tr}(\Sigma_q^{-1} \Sigma_p) - d
              - \log\det(\Sigma_q^{-1} \Sigma_p) + \delta^T \Sigma_q^{-1} \delta \bigr],
              \quad \delta = \mu_p - \mu_q

    Parameters
    ----------
    mean_p, mean_q : array_like, shape (d,) or ()
        The means; numbers in one dimension.
    cov_p, cov_q : array_like, shape (d, d) or ()
        The covariance matrices; in one dimension the variances (not the standard deviations).
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.

    Returns
    -------
    float
        Divergence in [0, inf], 0 iff means and covariances are equal; +inf if `cov_p` is singular up
        to rounding (then P lives on a set of volume 0, which Q does not see).

    Raises
    ------
    ValueError
        If shapes do not fit, an entry is not finite, a covariance is not symmetric or not positive
        semidefinite, or `cov_q` is singular up to rounding.

    Notes
    -----
    Let B be the Cholesky factor of cov_q, and r the eigenvalues of inv(B) (cov_p - cov_q) inv(B)'. The
    covariances contribute half the sum of r - log(1 + r). It is computed like this if all r are small,
    so that covariances which are almost equal keep their digits, and from the factors otherwise.

    References
    ----------
    .. [1] Kullback (1959), Information Theory and Statistics, Wiley, chapter 9

    Examples
    --------
    >>> round(kl_divergence_gaussian(0, 1, 1, 4), 12)
    0.44314718056
    >>> kl_divergence_gaussian([0, 0], [[1, 0], [0, 1]], [3, 4], [[1, 0], [0, 1]])
    12.5
    """
    log_base = log_of_base(base)
    mean_p, cov_p = as_gaussian(mean_p, cov_p, "p")
    mean_q, cov_q = as_gaussian(mean_q, cov_q, "q")
    if mean_p.size != mean_q.size:
        raise ValueError(f"mean_p has {mean_p.size} entries and mean_q {mean_q.size}; they must be as many")
    factor_p, factor_q = _cholesky(cov_p), _cholesky(cov_q)
    if factor_q is None:
        raise ValueError("cov_q is singular: drop the coordinates that depend on the others, in p and in q")
    if factor_p is None:
        return np.inf / log_base
    with np.errstate(over="ignore"):  # beyond the largest double the answer is inf
        ratio, distance = _solve(factor_q, factor_p), _solve(factor_q, mean_p - mean_q)
        change = ratio @ ratio.T - np.eye(mean_p.size)
        if np.abs(change).max() <= _NEAR:
            exact = _solve(factor_q, _solve(factor_q, cov_p - cov_q).T)
            twice = _minus_log1p(np.linalg.eigvalsh(exact).astype(np.float64)).sum()
        else:
            twice = (ratio**2).sum() - mean_p.size - 2 * np.log(ratio.diagonal()).sum()
        nats = (twice + distance @ distance) / 2
    return float(np.fmin(nats, np.inf)) / log_base  # fmin: overflow may end in inf - inf


def kl_divergence_samples(x: ArrayLike, y: ArrayLike, *, k: int = 3, base: float | None = None) -> float:
    r"""Estimate of the Kullback-Leibler divergence from samples, by k nearest neighbours.

    .. math:: \frac{d}{n} \sum_{i=1}^n \log\frac{\nu_k(x_i)}{\rho_k(x_i)} + \log\frac{m}{n - 1}

    where :math:`\rho_k(x_i)` is the distance from x_i to its k-th neighbour among the other x, and
    :math:`\nu_k(x_i)` to its k-th neighbour among the y.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Independent observations of P: numbers, or points with Euclidean distance; n > k.
    y : array_like, shape (m,) or (m, d)
        Independent observations of Q; m >= k.
    k : int
        Which neighbour counts. More means less scatter and more bias.
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.

    Returns
    -------
    float
        An estimate, finite, and negative in about half of the cases if P = Q.

    Raises
    ------
    ValueError
        If a value occurs twice (the method is for continuous data), if there are too few points, or
        if the dimensions differ.

    Notes
    -----
    Consistent if P and Q have densities (under conditions given in [1]_); it never finds that the
    divergence is infinite. In the tails of a law, neighbourhoods reach up to where its density is
    higher. Where these are the tails of Q the estimate is too small, the more so the less y there are
    where x are: for N(0, 4) against N(0, 1), true value 0.81 nat, on average by 0.54, 0.38, 0.26 and
    0.18 for n = m = 100, 400, 1600 and 6400, which is n^(-1/4), as P(n q(X) < 1). Where they are the
    tails of P it is too large, in one dimension by little. If P = Q and m = n - 1 it is unbiased.

    References
    ----------
    .. [1] Wang, Kulkarni and Verdú (2009), Divergence estimation for multidimensional densities via
       k-nearest-neighbor distances, IEEE Trans. Inf. Theory 55, doi:10.1109/TIT.2009.2016060
    .. [2] Pérez-Cruz (2008), Kullback-Leibler divergence estimation of continuous distributions,
       IEEE Int. Symp. Inf. Theory, doi:10.1109/ISIT.2008.4595271

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x, y = rng.normal(0, 1, 10_000), rng.normal(1, 1, 10_000)
    >>> abs(kl_divergence_samples(x, y) - 0.5) < 0.1
    True
    """
    log_base = log_of_base(base)
    if not isinstance(k, (int, np.integer)) or isinstance(k, bool) or k < 1:
        raise ValueError(f"k must be a whole number from 1, not {k!r}")
    left, right = as_places(x, "x"), as_places(y, "y")
    same_space(left, right)
    n, m = len(left), len(right)
    if n <= k or m < k:
        raise ValueError(f"x has {n} points and y {m}; for k = {k} pass at least {k + 1} and {k}")
    points = np.concatenate([left, right]).reshape(n + m, -1)
    points /= np.abs(points).max() or 1.0  # so that squares neither overflow nor vanish
    left, right = points[:n], points[n:]
    own, _ = cKDTree(left).query(left, [k + 1])  # the nearest to a point is the point itself
    others, _ = cKDTree(right).query(left, [k])
    if len(np.unique(points, axis=0)) < n + m or not own.all() or not others.all():
        raise ValueError(
            "x and y repeat a value, or almost; the method is for continuous data without ties: for discrete "
            "or rounded data, count and use kl_divergence"
        )
    return float(points.shape[1] * np.log(others / own).mean() + np.log(m / (n - 1))) / log_base


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


def in_blocks(kernel: Callable[[Array, Array, Array], Array], p: Array, q: Array, change: Array) -> Array:
    """Apply `kernel`, which sums over the last axis, to as many rows at a time as a cache holds."""
    if change.size <= _BLOCK:
        return kernel(p, q, change)
    n = change.shape[-1]
    rows = [np.broadcast_to(array, change.shape).reshape(-1, n) for array in (p, q, change)]
    step = max(1, _BLOCK // n)
    blocks = [kernel(*(row[i : i + step] for row in rows)) for i in range(0, len(rows[0]), step)]
    return np.concatenate(blocks).reshape(change.shape[:-1])


def _kl_sum(p: Array, q: Array, change: Array) -> Array:
    """Return the sum of p log(p/q), given that p and q have the same sum and that `change` is q - p."""
    near = np.abs(change) <= _NEAR * p
    if np.count_nonzero(near) == near.size:
        sums: Array = np.add.reduce(_near_terms(p, q, change), -1)
        return sums
    sums = np.add.reduce(p * log_ratio(p, q), -1)
    small = sums < _SMALL
    if np.count_nonzero(small):
        sums = np.where(small, np.add.reduce(relative_entropy_terms(p, q, change), -1), sums)
    return sums


def relative_entropy_terms(p: Array, q: Array, change: Array) -> Array:
    """Return p log(p/q) - p + q >= 0 elementwise to full precision, given that `change` is q - p."""
    near = np.abs(change) <= _NEAR * p
    return np.where(near, _near_terms(p, q, np.where(near, change, 0.0)), p * log_ratio(p, q) + change)


def _near_terms(p: Array, q: Array, change: Array) -> Array:
    """Return the same for |q - p| <= p/4, where it would cancel.

    With t = (q - p) / (q + p), log(q/p) is 2 artanh(t) and q - p - 2pt is t (q - p), so that
    p log(p/q) - p + q = t (q - p) - 2p (artanh(t) - t) = t (q - p - 2p (t^2/3 + t^4/5 + ...)).
    """
    t = change / np.maximum(p + q, TINY)
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
    series += change
    series *= t
    return series


def _minus_log1p(r: Array) -> Array:
    """Return r - log(1 + r) for |r| <= 1/4, where it would cancel."""
    return _near_terms(np.ones_like(r), 1 + r, r)


def log_ratio(p: Array, q: Array) -> Array:
    """Return log(p/q): inf where only q is 0, and about -744 where p is 0, instead of -inf or nan."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        ratio = np.fmax(np.abs(p / q), TINY)  # a zero may be -0.0, and fmax turns 0/0 into a number
        result: Array = np.log(ratio)
        overflow = ratio == np.inf  # q is 0, or far below p: two logarithms know which
        if np.count_nonzero(overflow):
            result = np.where(overflow, np.log(p) - np.log(q), result)
    return result


def _excess(log_ratio: Array) -> Array:
    """Return (p log(p/q) - p + q) / (p + q) >= 0 as a function of log(q/p)."""
    r = np.minimum(log_ratio, _LARGEST_LOG)  # inf * 0 would be nan
    near = np.abs(r) <= _NEAR
    series = _minus_log1p(np.expm1(np.where(near, r, 0.0)))
    result: Array = np.where(near, series * expit(-r), np.tanh(r / 2) - r * expit(-r))
    return result


def _solve(lower: Array, right: Array) -> Array:
    """Return inv(lower) @ right."""
    result: Array = solve_triangular(lower, right, lower=True, check_finite=False)
    return result


def _cholesky(cov: Array) -> Array | None:
    """Return the lower Cholesky factor, or None if a coordinate depends on the others, up to rounding."""
    deviations = np.sqrt(cov.diagonal())
    units = np.where(deviations > 0, deviations, 1.0)
    correlation = cov / units / units[:, None]
    if np.linalg.eigvalsh(correlation)[0] <= 10 * len(cov) * np.finfo(float).eps:
        return None
    factor: Array = deviations[:, None] * np.linalg.cholesky(correlation)
    return factor


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
