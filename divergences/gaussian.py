"""Gaussian distributions: closed forms from means and covariances."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve_triangular

from ._terms import NEAR, x_minus_log1p
from ._validation import Array, as_gaussians, checked_order, log_of_base

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@np.errstate(all="ignore")
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

    See Also
    --------
    kl_divergence_continuous : for other densities on the line.
    wasserstein_distance_gaussian : finite for singular covariances, too.

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
    mean_p, cov_p, mean_q, cov_q = as_gaussians(mean_p, cov_p, mean_q, cov_q)
    factor_p, factor_q = _cholesky(cov_p), _cholesky(cov_q)
    if factor_q is None:
        raise ValueError("cov_q is singular: drop the coordinates that depend on the others, in p and in q")
    if factor_p is None:
        return np.inf / log_base
    # Beyond the largest double the answer is inf.
    ratio, distance = _solve(factor_q, factor_p), _solve(factor_q, mean_p - mean_q)
    change = ratio @ ratio.T - np.eye(mean_p.size)
    if np.abs(change).max() <= NEAR:
        exact = _solve(factor_q, _solve(factor_q, cov_p - cov_q).T)
        twice = x_minus_log1p(np.linalg.eigvalsh(exact).astype(np.float64)).sum()
    else:
        twice = (ratio**2).sum() - mean_p.size - 2 * np.log(ratio.diagonal()).sum()
    nats = (twice + distance @ distance) / 2
    return float(np.fmin(nats, np.inf)) / log_base  # fmin: overflow may end in inf - inf


@np.errstate(all="ignore")
def wasserstein_distance_gaussian(
    mean_p: ArrayLike, cov_p: ArrayLike, mean_q: ArrayLike, cov_q: ArrayLike, *, order: float = 2
) -> float:
    r"""Wasserstein distance of order 2 between two Gaussians, in closed form.

    .. math:: W_2^2 = \lVert m_p - m_q \rVert^2
        + \operatorname{tr}\bigl(C_p + C_q - 2 (C_p^{1/2} C_q C_p^{1/2})^{1/2}\bigr)

    The second term is the square of the Bures distance of the covariances.

    Parameters
    ----------
    mean_p, mean_q : array_like, shape (d,) or scalar
        The means.
    cov_p, cov_q : array_like, shape (d, d) or scalar
        The covariances, singular ones included; a scalar is a variance, not a standard deviation.
    order : float
        Always 2, the one order with a closed form in every dimension; the other functions default to 1.

    Returns
    -------
    float
        The distance (not its square) in the unit of the means.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, a covariance is not symmetric or has a
        negative eigenvalue, or `order` is not 2.

    See Also
    --------
    wasserstein_distance_continuous : any order, on the line.
    kl_divergence_gaussian : the Kullback-Leibler divergence from the same input.

    Notes
    -----
    With :math:`C = L L^\top` the Bures distance is the smallest :math:`\lVert L_p - L_q U \rVert_F`
    over orthogonal U (Procrustes), found by a singular value decomposition [1]_. The trace formula
    subtracts large numbers and loses distances below about 1e-8 of the standard deviations.

    References
    ----------
    .. [1] Bhatia, Jain and Lim (2019), On the Bures-Wasserstein distance between positive definite
       matrices, Expositiones Mathematicae 37, doi:10.1016/j.exmath.2018.01.002

    Examples
    --------
    >>> wasserstein_distance_gaussian(0, 1, 3, 5**2)
    5.0
    """
    if checked_order(order) != 2:
        raise ValueError(
            f"order is {order}; Gaussians of any dimension have a closed form in order 2 only: on the line "
            "pass them to wasserstein_distance_continuous"
        )
    mean_p, cov_p, mean_q, cov_q = as_gaussians(mean_p, cov_p, mean_q, cov_q)
    left, right = _root(cov_p), _root(cov_q)
    largest = max(np.abs(left).max(), np.abs(right).max()) or 1.0
    left, right = left / largest, right / largest
    u, _, v = np.linalg.svd(right.T @ left)
    bures = float(largest * np.linalg.norm(left - right @ (u @ v)))
    return math.hypot(bures, *(mean_p - mean_q))


def _solve(lower: Array, right: Array) -> Array:
    """Return inv(lower) @ right."""
    result: Array = solve_triangular(lower, right, lower=True, check_finite=False)
    return result


def _standardized(cov: Array) -> tuple[Array, Array]:
    """Return standard deviations and correlations: so each coordinate keeps its digits, whatever its unit."""
    deviations: Array = np.sqrt(cov.diagonal())
    units = np.where(deviations > 0, deviations, 1.0)
    return deviations, cov / units / units[:, None]


def _cholesky(cov: Array) -> Array | None:
    """Return the lower Cholesky factor, or None if a coordinate depends on the others, up to rounding."""
    deviations, correlation = _standardized(cov)
    if np.linalg.eigvalsh(correlation)[0] <= 10 * len(cov) * np.finfo(float).eps:
        return None
    factor: Array = deviations[:, None] * np.linalg.cholesky(correlation)
    return factor


def _root(covariance: Array) -> Array:
    """Return some L with L L' = C."""
    deviations, correlation = _standardized(covariance)
    values, vectors = np.linalg.eigh(correlation)
    root: Array = deviations[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
    return root
