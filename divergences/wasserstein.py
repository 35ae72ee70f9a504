"""Wasserstein distance: how far mass has to travel to turn one distribution into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ._moves import between_points, mean_of_power, scaled, unscaled
from ._pair import align
from ._terms import in_blocks
from ._validation import (
    Array,
    Float,
    as_places,
    as_result,
    checked_order,
    one_weight_each,
    same_batch,
    same_space,
    weights_first,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ._validation import Vector


@overload
def wasserstein_distance(
    p: Vector, q: Vector, x: ArrayLike, y: ArrayLike | None = None, *, order: float = 1, axis: int = -1
) -> float: ...


@overload
def wasserstein_distance(
    p: ArrayLike, q: ArrayLike, x: ArrayLike, y: ArrayLike | None = None, *, order: float = 1, axis: int = -1
) -> Any: ...


@np.errstate(all="ignore")
def wasserstein_distance(
    p: ArrayLike, q: ArrayLike, x: ArrayLike, y: ArrayLike | None = None, *, order: float = 1, axis: int = -1
) -> Float:
    r"""Wasserstein distance between two discrete distributions with known places.

    .. math:: W_r(p, q) = \Bigl(\min_\gamma \sum_{ij} \gamma_{ij}\, |x_i - y_j|^r\Bigr)^{1/r}

    over all couplings :math:`\gamma` of p and q.

    Parameters
    ----------
    p : array_like, shape (..., n, ...)
        Probability vector along `axis`: the weights of the atoms, not their places. On the line
        it may be a batch; the other axes of p and q broadcast.
    q : array_like, shape (..., m, ...)
        Probability vector, likewise.
    x : array_like, shape (n,) or (n, d)
        Where the atoms of p are, in any order: numbers, or points with Euclidean distance.
    y : array_like, shape (m,) or (m, d), optional
        Where the atoms of q are. Default: the same places, `x`.
    order : float
        The exponent r >= 1 of the distance; np.inf (the farthest move) on the line only.
    axis : int
        The axis of p and q that holds the atoms.

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
    wasserstein_distance_samples : the same from points, with or without weights.
    monotone_coupling : the plan behind the number, on the line.
    optimal_transport : the plan and the prices behind it, for any cost.

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
    order = checked_order(order)
    places = as_places(x, "x")
    others = places if y is None else as_places(y, "y")
    same_space(places, others)
    left, right = same_batch(*weights_first(p, q, x, y, "wasserstein_distance", axis))
    one_weight_each(left, "p", places, "x")
    one_weight_each(right, "q", others, "x" if y is None else "y")
    if places.ndim == 2:
        if left.ndim > 1:
            raise ValueError("p or q is a batch: pass one pair at a time, or places on the line")
        uniform = left.size == right.size and np.ptp(left) == np.ptp(right) == 0.0
        return between_points(places, others, order, None if uniform else (left, right))
    (places, others), exponent = scaled(places, others)
    if order == 1:
        distance = _area_between_cdfs(left, right, places, others)
    else:
        distance = _distance_of_quantiles(left, right, places, others, order)
    return as_result(unscaled(distance, exponent))


@np.errstate(all="ignore")
def monotone_coupling(
    p: ArrayLike, q: ArrayLike, x: ArrayLike, y: ArrayLike | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    r"""Coupling of two discrete distributions on the line that keeps the order: quantile goes to quantile.

    It is an optimal plan for every cost h(x - y) with h convex [1]_, so for the Wasserstein distance of
    every order at once.

    Parameters
    ----------
    p : array_like, shape (n,)
        Probability vector: the weights of the atoms, not their places.
    q : array_like, shape (m,)
        Probability vector, likewise.
    x : array_like, shape (n,)
        Where the atoms of p are, in any order.
    y : array_like, shape (m,), optional
        Where the atoms of q are. Default: the same places, `x`.

    Returns
    -------
    i, j : ndarray of int, shape (k,)
        The routes, by atoms of p and of q, in ascending order of their places; k <= n + m - 1.
    mass : ndarray, shape (k,)
        What goes from i to j, all above 0. The moves of one atom add up to its weight, up to the
        rounding of the sums of all weights.

    Raises
    ------
    ValueError
        If `p` or `q` is no single probability vector, if their lengths are not those of `x` and `y`, or
        if a place is not a finite number.

    See Also
    --------
    wasserstein_distance : the cost of this plan.
    optimal_transport : plans for any cost, in any dimension.
    scipy.sparse.coo_array : ``coo_array((mass, (i, j)))`` is the plan as a matrix.

    References
    ----------
    .. [1] Villani (2003), Topics in Optimal Transportation, theorem 2.18, doi:10.1090/gsm/058

    Examples
    --------
    >>> x, y = np.array([0, 3, 1]), np.array([5, 2])
    >>> i, j, mass = monotone_coupling([0.25, 0.25, 0.5], [0.5, 0.5], x, y)
    >>> x[i], y[j], mass
    (array([0, 1, 1, 3]), array([2, 2, 5, 5]), array([0.25, 0.25, 0.25, 0.25]))
    >>> float(mass @ abs(x[i] - y[j]))
    2.25
    """
    places = as_places(x, "x")
    others = places if y is None else as_places(y, "y")
    same_space(places, others)
    if places.ndim == 2:
        raise ValueError(
            "x lies in more than one dimension, where points have no order; use optimal_transport"
        )
    left, right = same_batch(*weights_first(p, q, x, y, "monotone_coupling"))
    one_weight_each(left, "p", places, "x")
    one_weight_each(right, "q", others, "x" if y is None else "y")
    if left.ndim > 1:
        raise ValueError("p or q is a batch: pass one pair at a time")
    by_x, by_y = np.argsort(places, kind="stable"), np.argsort(others, kind="stable")
    i, j, mass = _moves_of_quantiles(left[by_x], right[by_y])
    moved = mass > 0
    i, j, mass = i[moved], j[moved], mass[moved]
    # The move across the median has a part on either side of it.
    first = np.append(True, (np.diff(i) > 0) | (np.diff(j) > 0))
    return by_x[i[first]], by_y[j[first]], np.add.reduceat(mass, np.flatnonzero(first))


def _area_between_cdfs(p: Array, q: Array, x: Array, y: Array) -> Array:
    """Return the integral of abs(F - G), for batches on the last axis."""
    n, m = x.size, y.size
    shared = np.array_equal(x, y)
    where = x if shared else np.concatenate([x, y])
    ascending = np.argsort(where, kind="stable") if (np.diff(where) < 0).any() else slice(None)
    widths = np.diff(where[ascending])

    def area(p: Array, q: Array) -> Array:
        if n == m:
            pair = align(p, q, check=False)
            # Of masses that agree, the difference of the sums is summed from the differences.
            difference = pair.difference if shared else np.concatenate([-pair.p, pair.q], axis=-1)
        else:
            nowhere = np.zeros(p.shape[:-1])[..., None]
            p = np.concatenate([p, np.repeat(nowhere, m, axis=-1)], axis=-1)
            pair = align(p, np.concatenate([np.repeat(nowhere, n, axis=-1), q], axis=-1), check=False)
            difference = pair.difference
        return _absolute_sum(difference[..., ascending], widths) / pair.total

    return in_blocks(area, p, q)


def _absolute_sum(difference: Array, widths: Array) -> Array:
    """Return the sum over k of widths[k] * abs(difference[0] + ... + difference[k])."""
    batch, difference = difference.shape[:-1], difference.reshape(-1, difference.shape[-1])
    height = np.abs(np.cumsum(difference, axis=-1)[:, :-1])
    area: Array = height @ widths
    # The rounding of the sums tells only if the area is small for its width, as with a rare mass far
    # away. Then sum from above wherever there is less to sum than from below.
    rare = area < 0.01 * widths.sum()
    if rare.any():
        difference = difference[rare]
        size = np.cumsum(np.abs(difference), axis=-1)
        from_above = np.abs(np.cumsum(difference[:, :0:-1], axis=-1)[:, ::-1])
        area[rare] = np.where(2 * size[:, :-1] <= size[:, -1:], height[rare], from_above) @ widths
    return area.reshape(batch)


def _distance_of_quantiles(p: Array, q: Array, x: Array, y: Array, order: float) -> Array:
    """Integrate abs(F^-1 - G^-1)**order over (0, 1), for batches on the last axis."""
    by_x, by_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    i, j, mass = _moves_of_quantiles(p[..., by_x], q[..., by_y])
    return mean_of_power(np.abs(x[by_x[i]] - y[by_y[j]]), mass, order)


def _moves_of_quantiles(p: Array, q: Array) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Return which atoms share a quantile, in ascending order, and how much mass, along the last axis."""
    p, q = (mass / mass.sum(axis=-1, keepdims=True) for mass in (p, q))
    # Upper tails are summed from above, so that a rare mass keeps its digits.
    lower, upper = _matched(p, q), _matched(p[..., ::-1], q[..., ::-1])
    last = (p.shape[-1] - 1, q.shape[-1] - 1)
    i, j = (
        np.concatenate([below, end - above[..., ::-1]], axis=-1)
        for below, above, end in zip(lower[:2], upper[:2], last, strict=True)
    )
    return i, j, np.concatenate([lower[2], upper[2][..., ::-1]], axis=-1)


def _matched(p: Array, q: Array) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Return which atoms share a quantile up to the median, and how much mass."""
    n, m = p.shape[-1], q.shape[-1]
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
    return np.minimum(i, n - 1), np.minimum(j, m - 1), np.diff(levels, prepend=0.0, axis=-1)
