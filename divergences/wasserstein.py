"""Wasserstein distance: how far mass has to travel to turn one distribution into another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from ._law import as_law
from ._quadrature import largest_gap, mean_gap
from ._validation import (
    Array,
    Float,
    as_gaussian,
    as_places,
    as_result,
    probabilities,
    same_space,
)
from .transport import optimal_transport

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ._law import Density

# So many masses at a time stay in the cache.
_BLOCK = 2**14


def wasserstein_distance(
    p: ArrayLike, q: ArrayLike, x: ArrayLike, y: ArrayLike | None = None, *, order: float = 1
) -> Float:
    r"""Wasserstein distance between two discrete distributions with known places.

    .. math:: W_r(p, q) = \Bigl(\min_\gamma \sum_{ij} \gamma_{ij}\, |x_i - y_j|^r\Bigr)^{1/r}

    over all couplings :math:`\gamma` of p and q.

    Parameters
    ----------
    p : array_like, shape (..., n)
        Probability vector: the weights of the atoms, not their places. On the line it may be a
        batch with the atoms last; batches of p and q broadcast.
    q : array_like, shape (..., m)
        Probability vector, likewise.
    x : array_like, shape (n,) or (n, d)
        Where the atoms of p are, in any order: numbers, or points with Euclidean distance.
    y : array_like, shape (m,) or (m, d), optional
        Where the atoms of q are. Default: the same places, `x`.
    order : float
        The exponent r >= 1 of the distance; np.inf (the farthest move) on the line only.

    Returns
    -------
    float or ndarray
        The distance (not its power) in the unit of `x`: a metric for every order, and no smaller in a
        higher one.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, if their lengths are not those of `x` and `y`, if a
        place is not finite, or if `order` is below 1, or infinite in more than one dimension.

    See Also
    --------
    wasserstein_distance_samples : the same from points without weights.
    optimal_transport : the plan and the prices behind the number, for any cost.

    Notes
    -----
    On the line the distance compares cumulative distributions (order 1, [1]_) or quantiles: sorting,
    no optimisation. Elsewhere it is an assignment (equal weights, equal numbers) or an
    `optimal_transport`, with memory O(nm).

    In orders above 1, two cumulative probabilities that differ by no more than the rounding of their
    sums count as equal: such a sliver would weigh with its root.

    References
    ----------
    .. [1] Vallender (1974), Calculation of the Wasserstein distance between probability
       distributions on the line, Theory Probab. Appl. 18, doi:10.1137/1118101

    Examples
    --------
    >>> wasserstein_distance([0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5], [0, 1, 2, 3])
    2.0
    """
    order = _checked_order(order)
    places = as_places(x, "x")
    others = places if y is None else as_places(y, "y")
    same_space(places, others)
    left, right = _same_batch(probabilities(p, "p")[0], probabilities(q, "q")[0])
    _one_weight_each(left, "p", places, "x")
    _one_weight_each(right, "q", others, "x" if y is None else "y")
    if places.ndim == 2:
        if left.ndim > 1:
            raise ValueError("p or q is a batch: pass one pair at a time, or places on the line")
        uniform = left.size == right.size and np.ptp(left) == np.ptp(right) == 0.0
        return _between_points(places, others, order, None if uniform else (left, right))
    (places, others), exponent = _scaled(places, others)
    if order == 1:
        distance = _area_between_cdfs(left, right, places, others)
    else:
        distance = _distance_of_quantiles(left, right, places, others, order)
    return as_result(_unscaled(distance, exponent))


def wasserstein_distance_samples(x: ArrayLike, y: ArrayLike, *, order: float = 1) -> float:
    r"""Wasserstein distance between two samples, each point with the same weight.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        The first sample: numbers, or points with Euclidean distance.
    y : array_like, shape (m,) or (m, d)
        The second sample; n and m may differ.
    order : float
        The exponent r >= 1 of the distance; np.inf (the farthest move) on the line only.

    Returns
    -------
    float
        The distance between the two empirical distributions, in the unit of `x`.

    Raises
    ------
    ValueError
        If a sample is empty or not finite, if the dimensions differ, or if `order` is below 1, or
        infinite in more than one dimension.

    Notes
    -----
    As an estimate of the distance between the laws that the points come from, it is biased upwards:
    two samples of one law are apart. On the line the bias of W_1 fades like :math:`n^{-1/2}` (when
    :math:`\int \sqrt{F(1 - F)}` is finite), in d >= 3 dimensions like :math:`n^{-1/d}` for laws with
    a density [1]_; compare with a permutation of the pooled points.

    Samples on the line are sorted and matched; points of equal number are assigned to each other,
    others transported, with memory O(nm).

    References
    ----------
    .. [1] Fournier and Guillin (2015), On the rate of convergence in Wasserstein distance of the
       empirical measure, Probab. Theory Relat. Fields 162, doi:10.1007/s00440-014-0583-7

    Examples
    --------
    >>> wasserstein_distance_samples([0, 1, 3], [5, 6, 8])
    5.0
    """
    order = _checked_order(order)
    left, right = as_places(x, "x"), as_places(y, "y")
    same_space(left, right)
    if left.ndim == 1:
        (left, right), exponent = _scaled(left, right)
        return float(_unscaled(_distance_of_sorted(np.sort(left), np.sort(right), order), exponent))
    n, m = len(left), len(right)
    return _between_points(left, right, order, None if n == m else (np.full(n, 1 / n), np.full(m, 1 / m)))


def sliced_wasserstein_distance_samples(
    x: ArrayLike,
    y: ArrayLike,
    *,
    order: float = 1,
    projections: int = 100,
    rng: np.random.Generator | int | None = None,
) -> float:
    r"""Sliced Wasserstein distance between two samples: the mean over projections to random lines.

    .. math:: SW_r = \Bigl(\mathbb{E}_\theta \, W_r(\theta^\top X, \theta^\top Y)^r\Bigr)^{1/r},
        \qquad \theta \text{ uniform on the unit sphere}

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        The first sample.
    y : array_like, shape (m,) or (m, d)
        The second sample; n and m may differ.
    order : float
        The exponent r >= 1; np.inf takes the largest distance of all the lines.
    projections : int
        The number of lines.
    rng : numpy.random.Generator or int, optional
        Where the lines come from, or the seed of it. Default: other lines in each call.

    Returns
    -------
    float
        The distance in the unit of `x`, at most the Wasserstein distance: projections do not lengthen.

    Raises
    ------
    ValueError
        If a sample is empty or not finite, if the dimensions differ, if `order` is below 1, or if
        `projections` is not a positive integer.

    Notes
    -----
    Time grows like n log n for each line, where the Wasserstein distance takes about n^3. The relative
    error that the random lines leave fades like one over the square root of their number.

    References
    ----------
    .. [1] Bonneel, Rabin, Peyré and Pfister (2015), Sliced and Radon Wasserstein barycenters of
       measures, J. Math. Imaging Vis. 51, doi:10.1007/s10851-014-0506-3

    Examples
    --------
    >>> x = [[0.0, 0.0], [1.0, 0.0]]
    >>> y = [[0.0, 3.0], [1.0, 3.0]]
    >>> round(sliced_wasserstein_distance_samples(x, y, order=2, projections=10_000, rng=0) ** 2, 1)
    4.5
    """
    order = _checked_order(order)
    left, right = as_places(x, "x"), as_places(y, "y")
    same_space(left, right)
    if isinstance(projections, bool) or not isinstance(projections, (int, np.integer)) or projections < 1:
        raise ValueError(f"projections must be a positive integer, not {projections!r}")
    if left.ndim == 1:  # the line has only one direction
        return wasserstein_distance_samples(left, right, order=order)
    (left, right), exponent = _scaled(left, right)
    directions = np.random.default_rng(rng).standard_normal((projections, left.shape[1]))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    left, right = (np.sort(directions @ points.T, axis=-1) for points in (left, right))
    distances = _distance_of_sorted(left, right, order)
    return float(_unscaled(_mean_of_power(distances, 1 / projections, order), exponent))


def wasserstein_distance_gaussian(
    mean_p: ArrayLike, cov_p: ArrayLike, mean_q: ArrayLike, cov_q: ArrayLike
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

    Returns
    -------
    float
        The distance (not its square) in the unit of the means.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, or a covariance is not symmetric or has a
        negative eigenvalue.

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
    left_mean, left_covariance = as_gaussian(mean_p, cov_p, "p")
    right_mean, right_covariance = as_gaussian(mean_q, cov_q, "q")
    if left_mean.size != right_mean.size:
        raise ValueError(
            f"p has {left_mean.size} dimensions and q has {right_mean.size}; both must lie in the same space"
        )
    left, right = _root(left_covariance), _root(right_covariance)
    largest = max(np.abs(left).max(), np.abs(right).max()) or 1.0
    left, right = left / largest, right / largest
    u, _, v = np.linalg.svd(right.T @ left)
    bures = float(largest * np.linalg.norm(left - right @ (u @ v)))
    with np.errstate(over="ignore"):
        return math.hypot(bures, *(left_mean - right_mean))


def wasserstein_distance_continuous(P: Density, Q: Density, *, order: float = 1) -> float:
    r"""Wasserstein distance of two laws on the line, from their quantiles.

    .. math:: W_r(P, Q) = \Bigl(\int_0^1 |F^{-1}(u) - G^{-1}(u)|^r \, du\Bigr)^{1/r}

    where F and G are the cumulative distribution functions. In order 1 it is the area between them.

    Parameters
    ----------
    P, Q : frozen distributions of scipy.stats
        Or any objects with ``logpdf``, ``ppf``, ``cdf`` and ``support`` for arrays (and, for upper tails
        beyond 1e-16, ``isf`` and ``sf``).
    order : float
        The exponent r >= 1; np.inf for the farthest move.

    Returns
    -------
    float
        The distance (not its power) in the unit of P and Q, up to the rounding of their quantiles; +inf
        if no plan of finite cost exists. Laws with heavy tails may be finitely far apart: two Cauchy laws
        that differ by a shift are.

    Raises
    ------
    ValueError
        If `P` or `Q` has no density, lacks parameters, or is an array of distributions, or if `order`
        is below 1.
    ArithmeticError
        If the value is not certain in double precision, or undecided between finite and infinite.

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
    order = _checked_order(order)
    p, q = as_law(P, "P"), as_law(Q, "Q")
    return largest_gap(p, q) if order == np.inf else mean_gap(p, q, order)


def _checked_order(order: float) -> float:
    if not isinstance(order, (int, float, np.integer, np.floating)) or isinstance(order, bool):
        raise ValueError(f"order must be a number, not {order!r}; pass 1, 2, ... or np.inf")
    if not order >= 1:
        raise ValueError(f"order is {order}; it must be at least 1 (below, there is no triangle inequality)")
    return float(order)


def _one_weight_each(mass: Array, mass_name: str, places: Array, name: str) -> None:
    if mass.shape[-1] != len(places):
        raise ValueError(
            f"{mass_name} has {mass.shape[-1]} weights, but {name} has {len(places)} places; "
            "pass one weight for each place, the weights first"
        )


def _same_batch(p: Array, q: Array) -> list[Array]:
    """Broadcast the batches of p and q (not their atoms) against each other."""
    try:
        batch = np.broadcast_shapes(p.shape[:-1], q.shape[:-1])
    except ValueError:
        raise ValueError(
            f"p and q are batches of shapes {p.shape[:-1]} and {q.shape[:-1]}, which do not broadcast"
        ) from None
    return [np.broadcast_to(mass, (*batch, mass.shape[-1])) for mass in (p, q)]


def _scaled(x: Array, y: Array) -> tuple[tuple[Array, Array], int]:
    """Divide by a power of 2, so that no difference (on the line) and no square (beyond it) overflows."""
    exponent = math.frexp(max(np.abs(x).max(), np.abs(y).max()))[1]
    if x.ndim == 1:
        exponent = 2 if exponent > 1022 else 0
    return ((x, y) if exponent == 0 else (np.ldexp(x, -exponent), np.ldexp(y, -exponent))), exponent


def _unscaled(distance: Array, exponent: int) -> Array:
    with np.errstate(over="ignore"):  # beyond the largest float, infinity is the nearest
        return distance if exponent == 0 else np.ldexp(distance, exponent)


def _mean_of_power(distance: Array, mass: Array | float, order: float) -> Array:
    """Return (sum of mass * distance**order)**(1/order) over the last axis; the maximum for inf."""
    distance = np.where(mass, distance, 0.0)
    largest = distance.max(axis=-1, keepdims=True)
    if order < np.inf:
        # Relative to the largest distance, no power overflows.
        ratio = distance / np.where(largest, largest, 1.0)
        largest = largest * np.sum(mass * ratio**order, axis=-1, keepdims=True) ** (1 / order)
    mean: Array = largest[..., 0]
    return mean


def _distance_of_sorted(x: Array, y: Array, order: float) -> Array:
    """Match sorted samples rank by rank; of unequal numbers, the ranks of one are shared by several."""
    n, m = x.shape[-1], y.shape[-1]
    if n == m:
        return _mean_of_power(np.abs(x - y), 1 / n, order)
    # The ranks are multiples of 1/nm: whole numbers, so that equal ranks are equal.
    ranks = np.concatenate([np.arange(1, n + 1) * m, np.arange(1, m + 1) * n])
    ranks.sort(kind="stable")
    mass = np.diff(ranks, prepend=0) / (n * m)
    return _mean_of_power(np.abs(x[..., (ranks - 1) // m] - y[..., (ranks - 1) // n]), mass, order)


def _area_between_cdfs(p: Array, q: Array, x: Array, y: Array) -> Array:
    """Return the integral of abs(F - G), for batches on the last axis."""
    shared = np.array_equal(x, y)
    where = x if shared else np.concatenate([x, y])
    by_x = np.argsort(where, kind="stable") if (np.diff(where) < 0).any() else slice(None)
    widths = np.diff(where[by_x])
    batch, left, right = p.shape[:-1], p.reshape(-1, x.size), q.reshape(-1, y.size)
    areas = np.empty(len(left))
    step = max(1, _BLOCK // where.size)
    for block in (slice(start, start + step) for start in range(0, len(left), step)):
        p, q = left[block], right[block]
        change = p - q if shared else np.concatenate([p, -q], axis=-1)
        # Both sums are 1 up to rounding; what they differ by is summed from the differences.
        differences = change if shared or x.size != y.size else p - q
        total, excess = p.sum(axis=-1, keepdims=True), differences.sum(axis=-1, keepdims=True)
        change[:, -y.size :] -= q * (excess / (total - excess))
        areas[block] = _absolute_sum(change[:, by_x], widths) / total[:, 0]
    return areas.reshape(batch)


def _absolute_sum(change: Array, widths: Array) -> Array:
    """Return the sum over k of widths[k] * abs(change[0] + ... + change[k])."""
    height = np.abs(np.cumsum(change, axis=-1)[:, :-1])
    area = height @ widths
    # The rounding of the sums tells only if the area is small for its width, as with a rare mass far
    # away. Then sum from above wherever there is less to sum than from below.
    rare = area < 0.01 * widths.sum()
    if rare.any():
        change = change[rare]
        size = np.cumsum(np.abs(change), axis=-1)
        from_above = np.abs(np.cumsum(change[:, :0:-1], axis=-1)[:, ::-1])
        area[rare] = np.where(2 * size[:, :-1] <= size[:, -1:], height[rare], from_above) @ widths
    return area


def _distance_of_quantiles(p: Array, q: Array, x: Array, y: Array, order: float) -> Array:
    """Integrate abs(F^-1 - G^-1)**order over (0, 1), for batches on the last axis."""
    by_x, by_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    p, q = (mass / mass.sum(axis=-1, keepdims=True) for mass in (p[..., by_x], q[..., by_y]))
    x, y = x[by_x], y[by_y]
    # Upper tails are summed from above, so that a rare mass keeps its digits.
    lower = _matched(p, q, x, y)
    upper = _matched(p[..., ::-1], q[..., ::-1], x[::-1], y[::-1])
    distance, mass = (np.concatenate(halves, axis=-1) for halves in zip(lower, upper, strict=True))
    return _mean_of_power(distance, mass, order)


def _matched(p: Array, q: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Return the distances between equal quantiles up to the median, and the masses that travel them."""
    n, m = x.size, y.size
    levels = np.concatenate([np.cumsum(p, axis=-1), np.cumsum(q, axis=-1)], axis=-1)
    # Levels that differ by no more than the rounding of their sums are one level: between them
    # would be a sliver of mass, which a high order takes for as much as any other.
    rounding = (n + m) * np.finfo(float).eps / 2
    levels = np.where(levels > 0.5 * (1 - rounding), 0.5, levels)
    rank = np.argsort(levels, axis=-1, kind="stable")
    levels = np.take_along_axis(levels, rank, axis=-1)
    of_p = rank < n
    below = np.maximum.accumulate(np.where(of_p, levels, 0.0), axis=-1)
    above = np.minimum.accumulate(np.where(of_p, levels, 1.0)[..., ::-1], axis=-1)[..., ::-1]
    levels = np.where(
        levels - below <= rounding * levels,
        below,
        np.where(above - levels <= rounding * levels, above, levels),
    )
    i: NDArray[np.int64] = np.cumsum(of_p, axis=-1) - of_p
    j = np.arange(n + m) - i
    mass = np.diff(levels, prepend=0.0, axis=-1)
    return np.abs(x[np.minimum(i, n - 1)] - y[np.minimum(j, m - 1)]), mass


def _between_points(x: Array, y: Array, order: float, masses: tuple[Array, Array] | None = None) -> float:
    """Assign equal numbers of equal masses to each other, or transport the given masses."""
    if order == np.inf:
        raise ValueError(
            "order inf is for places on the line; for points in more dimensions pass a finite one"
        )
    (x, y), exponent = _scaled(x, y)
    distance = cdist(x, y)
    cost = distance if order == 1 else (distance / (distance.max() or 1.0)) ** order
    if masses is None:
        # What a point costs wherever it goes decides nothing; without it the search is up to 3 times shorter.
        cost = cost - cost.min(axis=1, keepdims=True)
        cost -= cost.min(axis=0)
        moved = linear_sum_assignment(cost)
        mass = np.full(len(x), 1 / len(x))
    else:
        coupling = optimal_transport(*masses, cost).coupling
        moved = np.nonzero(coupling)
        mass = coupling[moved]
    return float(_unscaled(_mean_of_power(distance[moved], mass, order), exponent))


def _root(covariance: Array) -> Array:
    """Return some L with L L' = C."""
    # With unit variances each coordinate keeps its own digits, whatever its unit.
    deviations = np.sqrt(covariance.diagonal())
    units = np.where(deviations > 0, deviations, 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(units, units))
    root: Array = deviations[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
    return root
