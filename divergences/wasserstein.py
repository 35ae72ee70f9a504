"""Wasserstein distance: how far mass has to travel to turn one distribution into another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from ._validation import Array, Float, as_finite_array, as_result, probabilities
from .transport import optimal_transport

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


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
        The distance (not its power) in the unit of `x`: a metric for every order, and increasing in it.

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
    left, left_total = probabilities(p, "p")
    right, right_total = probabilities(q, "q")
    places = _places(x, "x")
    others = places if y is None else _places(y, "y")
    for mass, where, names in ((left, places, "p and x"), (right, others, "q and " + "xy"[y is not None])):
        if mass.shape[-1] != len(where):
            raise ValueError(
                f"{names} do not match: {mass.shape[-1]} weights for {len(where)} places; "
                "pass the weights first, then where they are"
            )
    _same_dimension(places, others)
    if places.ndim == 1:
        try:
            np.broadcast_shapes(left.shape[:-1], right.shape[:-1])
        except ValueError:
            raise ValueError(
                f"p and q are batches of shapes {left.shape[:-1]} and {right.shape[:-1]}, "
                "which do not broadcast"
            ) from None
        left, right = left / np.asarray(left_total)[..., None], right / np.asarray(right_total)[..., None]
        if order == 1:
            return as_result(_area_between_cdfs(left, right, places, None if y is None else others))
        return as_result(_distance_of_quantiles(left, right, places, others, order))
    for mass, name in ((left, "p"), (right, "q")):
        if mass.ndim > 1:
            raise ValueError(
                f"{name} has shape {mass.shape}; with points in the plane or beyond pass one pair at a time"
            )
    _finite_order(order)
    if left.size == right.size and np.ptp(left) == np.ptp(right) == 0.0:
        return _assignment(places, others, order)
    return _transport(left, right, places, others, order)


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
    left, right = _places(x, "x"), _places(y, "y")
    _same_dimension(left, right)
    n, m = len(left), len(right)
    if left.ndim == 1:
        return float(_distance_of_sorted(np.sort(left), np.sort(right), order))
    _finite_order(order)
    if n == m:
        return _assignment(left, right, order)
    return _transport(np.full(n, 1 / n), np.full(m, 1 / m), left, right, order)


def _checked_order(order: float) -> float:
    if not isinstance(order, (int, float, np.integer, np.floating)) or isinstance(order, bool):
        raise ValueError(f"order must be a number, not {order!r}; pass 1, 2, ... or np.inf")
    if not order >= 1:
        raise ValueError(f"order is {order}; it must be at least 1 (below, there is no triangle inequality)")
    return float(order)


def _finite_order(order: float) -> None:
    if order == np.inf:
        raise ValueError("order inf is supported on the line only; in more dimensions pass a finite order")


def _places(value: ArrayLike, name: str) -> Array:
    """Return finite positions of shape (n,), or (n, d) with d > 1."""
    array = as_finite_array(value, name)
    if array.ndim not in (1, 2):
        raise ValueError(f"{name} has shape {array.shape}; pass places of shape (n,) or (n, d)")
    if array.size == 0:
        raise ValueError(f"{name} is empty; pass at least one place")
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _same_dimension(x: Array, y: Array) -> None:
    d, e = (array.shape[1] if array.ndim == 2 else 1 for array in (x, y))
    if d != e:
        raise ValueError(f"x lies in {d} dimensions and y in {e}; both must lie in the same space")


def _mean_of_power(distance: Array, mass: Array | float, order: float) -> Array:
    """Return (sum of mass * distance**order)**(1/order) over the last axis; the maximum for inf."""
    if order == np.inf:
        farthest: Array = np.max(np.where(mass, distance, 0.0), axis=-1)
        return farthest
    # Relative to the largest distance, no power overflows.
    largest = distance.max(axis=-1, keepdims=True)
    ratio = distance / np.where(largest, largest, 1.0)
    mean: Array = largest[..., 0] * np.sum(mass * ratio**order, axis=-1) ** (1 / order)
    return mean


def _distance_of_sorted(x: Array, y: Array, order: float) -> Array:
    """Match two sorted samples rank by rank; unequal numbers share their ranks in fractions."""
    n, m = x.size, y.size
    if n == m:
        return _mean_of_power(np.abs(x - y), 1 / n, order)
    # The ranks are multiples of 1/nm: whole numbers, so that equal ranks are equal.
    ranks = np.concatenate([np.arange(1, n + 1) * m, np.arange(1, m + 1) * n])
    ranks.sort(kind="stable")
    mass = np.diff(ranks, prepend=0)
    return _mean_of_power(np.abs(x[(ranks - 1) // m] - y[(ranks - 1) // n]), mass / (n * m), order)


def _area_between_cdfs(p: Array, q: Array, x: Array, y: Array | None) -> Array:
    """Return the integral of abs(F - G), for batches on the last axis."""
    if y is None:
        positions, surplus = x, p - q
    else:
        batch = np.broadcast_shapes(p.shape[:-1], q.shape[:-1])
        positions = np.concatenate([x, y])
        parts = [np.broadcast_to(part, batch + part.shape[-1:]) for part in (p, -q)]
        surplus = np.concatenate(parts, axis=-1)
    order = np.argsort(positions, kind="stable")
    difference = np.cumsum(surplus[..., order], axis=-1)[..., :-1]
    return np.abs(difference) @ np.diff(positions[order])


def _distance_of_quantiles(p: Array, q: Array, x: Array, y: Array, order: float) -> Array:
    """Integrate abs(F^-1 - G^-1)**order over (0, 1), for batches on the last axis."""
    by_x, by_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    p, q, x, y = p[..., by_x], q[..., by_y], x[by_x], y[by_y]
    batch = np.broadcast_shapes(p.shape[:-1], q.shape[:-1])
    p, q = (np.broadcast_to(part, batch + part.shape[-1:]) for part in (p, q))
    # Upper tails are accumulated from above: so a rare mass far out keeps all of its digits.
    lower = _matched(p, q, x, y)
    upper = _matched(p[..., ::-1], q[..., ::-1], x[::-1], y[::-1])
    distance, mass = (np.concatenate(halves, axis=-1) for halves in zip(lower, upper, strict=True))
    return _mean_of_power(distance, mass, order)


def _matched(p: Array, q: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Return the distances between equal quantiles up to the median, and the masses that travel them."""
    n, m = x.size, y.size
    levels = np.minimum(np.concatenate([np.cumsum(p, axis=-1), np.cumsum(q, axis=-1)], axis=-1), 0.5)
    rank = np.argsort(levels, axis=-1, kind="stable")
    levels = np.take_along_axis(levels, rank, axis=-1)
    of_p = rank < n
    i: NDArray[np.int64] = np.cumsum(of_p, axis=-1) - of_p
    j = np.arange(n + m) - i
    # Levels of p and q that differ by less than the rounding of their sums are one level.
    closeness = (n + m) * np.finfo(float).eps * levels
    below = np.maximum.accumulate(np.where(of_p, levels, 0.0), axis=-1)
    above = np.minimum.accumulate(np.where(of_p, levels, 1.0)[..., ::-1], axis=-1)[..., ::-1]
    levels = np.where(
        levels - below <= closeness, below, np.where(above - levels <= closeness, above, levels)
    )
    mass = np.maximum(np.diff(levels, prepend=0.0, axis=-1), 0.0)
    return np.abs(x[np.minimum(i, n - 1)] - y[np.minimum(j, m - 1)]), mass


def _assignment(x: Array, y: Array, order: float) -> float:
    distance = cdist(x, y)
    largest = distance.max() or 1.0
    matched = distance[linear_sum_assignment((distance / largest) ** order)]
    return float(_mean_of_power(matched, 1 / len(x), order))


def _transport(p: Array, q: Array, x: Array, y: Array, order: float) -> float:
    distance = cdist(x, y)
    largest = distance.max() or 1.0
    plan = optimal_transport(p, q, (distance / largest) ** order)
    moved = plan.coupling > 0
    return float(_mean_of_power(distance[moved], plan.coupling[moved], order))
