"""Optimal transport between weighted points: the cheapest plan and the prices that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp, fsum, ldexp
from typing import TYPE_CHECKING

import numpy as np

from ._network_simplex import network_simplex
from ._validation import Array, as_float_array, as_integer, probabilities, reject

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# Sums along the tree must not overflow.
LARGEST_COST = 1e300
# Between 1 (plain sweeps) and 2; the smaller the blur, the nearer to 2 is best.
RELAXATION = 1.8


@dataclass(frozen=True, eq=False)
class TransportPlan:
    r"""A coupling of p and q, what it costs, and the potentials (prices) that prove it optimal.

    Attributes
    ----------
    cost : float
        The cost of the plan, the sum of `coupling` times the cost matrix.
    coupling : ndarray, shape (n, m)
        `coupling[i, j]` is the mass that goes from i to j; its rows sum to p, its columns to q, each
        divided by its sum.
    potentials : tuple of ndarray, shapes (n,) and (m,)
        Dual potentials u and v: :math:`u_i + v_j \le c_{ij}` everywhere, with equality wherever
        mass is moved, so that :math:`\langle u, p\rangle + \langle v, q\rangle` equals `cost`.

    See Also
    --------
    optimal_transport : returns it.
    """

    cost: float
    coupling: Array
    potentials: tuple[Array, Array]


@dataclass(frozen=True, eq=False)
class SinkhornPlan(TransportPlan):
    r"""A blurred transport plan, and how far the iteration got.

    Attributes
    ----------
    cost, coupling
        As in :class:`TransportPlan`; `cost` is the plain cost of the coupling, without the entropy.
    potentials : tuple of ndarray, shapes (n,) and (m,)
        u and v with :math:`\gamma_{ij} = p_i q_j \exp((u_i + v_j - c_{ij}) / \varepsilon)`. They may
        exceed the cost by the blur: only those of an exact plan are bounds.
    converged : bool
        Whether `marginal_error` is within the tolerance.
    marginal_error : float
        By how much the row and column sums of `coupling` miss p and q: the sum of all deviations.

    See Also
    --------
    sinkhorn : returns it.
    """

    converged: bool
    marginal_error: float


@np.errstate(all="ignore")
def optimal_transport(p: ArrayLike, q: ArrayLike, cost: ArrayLike) -> TransportPlan:
    r"""Cheapest way to turn p into q, where moving one unit from i to j costs `cost[i, j]`.

    .. math:: \min_{\gamma \ge 0} \sum_{ij} \gamma_{ij} c_{ij}
        \quad\text{with}\quad \sum_j \gamma_{ij} = p_i, \quad \sum_i \gamma_{ij} = q_j

    Parameters
    ----------
    p : array_like, shape (n,)
        Probability vector of the mass that is there.
    q : array_like, shape (m,)
        Probability vector of the mass that is wanted.
    cost : array_like, shape (n, m)
        Costs of moving one unit of mass, 1e300 at most. They may be negative; inf forbids a move.

    Returns
    -------
    TransportPlan
        An optimal plan with at most n + m - 1 positive entries, its cost, and potentials that are
        feasible and complementary to it. Masses of zero are legal and have feasible potentials too.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, if `cost` is not of shape (n, m), holds NaN, -inf or a
        number beyond 1e300, or if no plan avoids the forbidden moves.
    RuntimeError
        If 1000 (n + m) pivots do not reach the optimum.

    See Also
    --------
    sinkhorn : with an entropic blur, which is smooth in its arguments.
    wasserstein_distance : the distance alone, between places.
    monotone_coupling : on the line, where sorting finds a plan.

    Notes
    -----
    A network simplex in its transportation form, kept from cycling by Cunningham's rule [1]_, which
    starts from the prices that a few sweeps of Sinkhorn's algorithm give. Tolerances are relative: costs
    of 1e-8, or of 1 among others of 1e32, are solved to their last digits. Memory is O(nm).

    Masses are compared up to their rounding (a part of 2e-15) where it would decide: three masses of 0.1
    fill one of 0.3, and nothing is moved for their difference if that is forbidden, or if it costs over
    4e15 times as much as any other move that is made.

    References
    ----------
    .. [1] Cunningham (1976), A network simplex method, Mathematical Programming 11,
       doi:10.1007/BF01580379

    Examples
    --------
    >>> plan = optimal_transport([0.5, 0.5], [0.25, 0.75], [[0, 1], [1, 0]])
    >>> plan.cost
    0.25
    >>> plan.coupling
    array([[0.25, 0.25],
           [0.  , 0.5 ]])
    >>> optimal_transport([0.5, 0.5], [0.25, 0.75], [[0, 1], [np.inf, 0]]).cost
    0.25
    """
    left, right, matrix = _problem(p, q, cost)
    if left.size < right.size:  # the simplex chooses among rows: let these be the longer side
        plan = _exact(right, left, matrix.T)
        return TransportPlan(plan.cost, plan.coupling.T, plan.potentials[::-1])
    return _exact(left, right, matrix)


@np.errstate(all="ignore")
def sinkhorn(
    p: ArrayLike,
    q: ArrayLike,
    cost: ArrayLike,
    *,
    epsilon: float,
    max_iterations: int = 10_000,
    tolerance: float = 1e-6,
) -> SinkhornPlan:
    r"""Transport with an entropic blur: smooth in its arguments, and found by scaling a matrix.

    .. math:: \min_{\gamma} \sum_{ij} \gamma_{ij} c_{ij}
        + \varepsilon \, D_{\mathrm{KL}}(\gamma \,\|\, p \otimes q)
        \quad\text{over the couplings of } p \text{ and } q

    Parameters
    ----------
    p : array_like, shape (n,)
        Probability vector of the mass that is there.
    q : array_like, shape (m,)
        Probability vector of the mass that is wanted.
    cost : array_like, shape (n, m)
        Costs of moving one unit of mass, 1e300 at most. They may be negative; inf forbids a move.
    epsilon : float
        The blur, in the unit of `cost`: from 0 (exact) towards infinity the plan goes from the
        cheapest to the independent coupling. The smaller it is, the more sweeps it takes.
    max_iterations : int
        The largest number of sweeps (rescaling all rows, then all columns).
    tolerance : float
        The marginal error at which to stop.

    Returns
    -------
    SinkhornPlan
        The coupling, its cost, the potentials, `converged` and `marginal_error`.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, if `cost` is not of shape (n, m), holds NaN, -inf or a
        number beyond 1e300, if no plan avoids the forbidden moves, or if `epsilon`, `max_iterations` or
        `tolerance` is not positive.

    See Also
    --------
    optimal_transport : without blur.

    Notes
    -----
    Sinkhorn's algorithm rescales rows and columns in turn to their sums [1]_. For a small `epsilon`
    the numbers leave the range of floats and the sweeps become many. Therefore the blur is lowered in
    steps from the spread of the costs, the scalings are absorbed into the potentials every 100 sweeps
    [2]_, and the sweeps are over-relaxed [3]_.

    References
    ----------
    .. [1] Cuturi (2013), Sinkhorn distances: lightspeed computation of optimal transport, Advances in
       Neural Information Processing Systems 26, doi:10.48550/arXiv.1306.0895
    .. [2] Schmitzer (2019), Stabilized sparse scaling algorithms for entropy regularized transport
       problems, SIAM J. Sci. Comput. 41, doi:10.1137/16M1106018
    .. [3] Thibault, Chizat, Dossal and Papadakis (2021), Overrelaxed Sinkhorn-Knopp algorithm for
       regularized optimal transport, Algorithms 14, doi:10.3390/a14050143

    Examples
    --------
    >>> plan = sinkhorn([0.5, 0.5], [0.25, 0.75], [[0, 1], [1, 0]], epsilon=0.01)
    >>> round(plan.cost, 6), plan.converged
    (0.25, True)
    """
    left, right, matrix = _problem(p, q, cost)
    _positive(epsilon, "epsilon", "for a plan without blur use optimal_transport")
    _positive(tolerance, "tolerance", "it is the marginal error at which to stop")
    max_iterations = as_integer(max_iterations, "max_iterations", "pass how many sweeps to make at most")
    forbidden = np.isinf(matrix)
    if forbidden.any():
        _exact(left, right, np.where(forbidden, np.inf, 0.0))  # is there any plan?
    left, right = left / left.sum(), right / right.sum()
    rows, columns = np.flatnonzero(left), np.flatnonzero(right)
    a, b, inner = left[rows], right[columns], matrix[np.ix_(rows, columns)]
    v = _scaled_potential(a, b, inner, epsilon, max_iterations, tolerance)
    # A last sweep for all atoms, those without mass included.
    u = _soft_minimum(matrix[:, columns] - v, b, epsilon)
    v = _soft_minimum((matrix[rows] - u[rows, None]).T, a, epsilon)
    with np.errstate(over="ignore"):
        exponent = (u[rows, None] + v[columns] - inner) / epsilon
    coupling = np.zeros(matrix.shape)
    coupling[np.ix_(rows, columns)] = np.exp(exponent + np.log(a)[:, None] + np.log(b))
    error = float(np.abs(coupling.sum(axis=1) - left).sum() + np.abs(coupling.sum(axis=0) - right).sum())
    return SinkhornPlan(_inner_product(coupling, matrix), coupling, (u, v), error <= tolerance, error)


def _problem(p: ArrayLike, q: ArrayLike, cost: ArrayLike) -> tuple[Array, Array, Array]:
    """Return checked masses and costs."""
    masses = []
    for value, name in ((p, "p"), (q, "q")):
        vector, _ = probabilities(value, name)
        if vector.ndim != 1:
            raise ValueError(f"{name} has shape {vector.shape}; pass one probability vector at a time")
        masses.append(vector)
    matrix = as_float_array(cost, "cost")
    reject(np.isnan(matrix) | np.isneginf(matrix), matrix, "cost", "pass a number; inf forbids a move")
    shape = (masses[0].size, masses[1].size)
    if matrix.shape != shape:
        raise ValueError(f"cost has shape {matrix.shape}; it must be (len(p), len(q)) = {shape}")
    reject(
        np.isfinite(matrix) & (np.abs(matrix) > LARGEST_COST),
        matrix,
        "cost",
        f"let it be {LARGEST_COST:g} at most, or inf to forbid the move",
    )
    return masses[0], masses[1], matrix


def _exact(p: Array, q: Array, cost: Array) -> TransportPlan:
    """Solve the problem of the atoms that have mass, and extend the potentials to the others."""
    rows, columns = np.flatnonzero(p), np.flatnonzero(q)
    atoms = np.ix_(rows, columns)
    coupling = np.zeros(cost.shape)
    u, v = np.zeros(p.size), np.zeros(q.size)
    coupling[atoms], u[rows], v[columns] = network_simplex(p[rows], q[columns], cost[atoms])
    forbidden = float(coupling[np.isinf(cost)].sum())
    if forbidden:
        raise ValueError(
            f"no plan avoids the moves of infinite cost: at least {forbidden:.3g} of the mass would have to"
            " take one; let more moves be finite, or masses that have no other way be equal"
        )
    v[q == 0] = _highest_price(cost[np.ix_(rows, q == 0)], u[rows])
    u[p == 0] = _highest_price(cost[p == 0].T, v)
    _lower_to_feasible(u, v, cost)
    return TransportPlan(_inner_product(coupling, cost), coupling, (u, v))


def _highest_price(cost: Array, others: Array) -> Array:
    """Return the price of each column's atom, which has no mass: the highest, or 0 where all is forbidden."""
    highest = (cost - others[:, None]).min(axis=0)
    return np.where(np.isfinite(highest), highest, 0.0)


def _lower_to_feasible(u: Array, v: Array, cost: Array) -> None:
    """Take from the prices of a pair what rounding has put above its cost: from the larger, it keeps more."""
    while True:
        total = u[:, None] + v
        i, j = np.nonzero(total >= cost)
        total = total[i, j]
        # Knuth's two-sum: what the sum has lost.
        part = total - u[i]
        excess = (total - cost[i, j]) + ((u[i] - (total - part)) + (v[j] - part))
        over = excess > 0
        if not over.any():
            return
        i, j, excess = i[over], j[over], excess[over]
        of_source = np.abs(u[i]) >= np.abs(v[j])
        for price, at, size in ((u, i[of_source], excess[of_source]), (v, j[~of_source], excess[~of_source])):
            np.minimum.at(price, at, np.minimum(price[at] - size, np.nextafter(price[at], -np.inf)))


def _inner_product(coupling: Array, cost: Array) -> float:
    """Return the cost of the coupling, to the last digit even where products would underflow."""
    moved = coupling > 0
    paid = cost[moved]
    exponent = frexp(np.abs(paid).max())[1]
    return ldexp(fsum(coupling[moved] * np.ldexp(paid, -exponent)), exponent)


def _positive(value: float, name: str, fix: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ValueError(f"{name} must be a number, not {value!r}; {fix}")
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be positive and finite, not {value}; {fix}")


def _soft_minimum(x: Array, mass: Array, epsilon: float) -> Array:
    """Return -epsilon log(sum over j of mass[j] exp(-x[i, j] / epsilon)), or 0 where all is forbidden."""
    x = np.where(np.isinf(x).all(axis=1, keepdims=True), 0.0, x)
    least = x.min(axis=1, keepdims=True)
    with np.errstate(over="ignore"):
        soft: Array = least[:, 0] - epsilon * np.log(np.exp((least - x) / epsilon) @ mass)
    return soft


def _scaled_potential(
    p: Array, q: Array, cost: Array, epsilon: float, max_iterations: int, tolerance: float
) -> Array:
    """Return the potential of the columns that Sinkhorn's algorithm arrives at, but for the last sweep."""
    v, sweeps, error = np.zeros(q.size), 1, np.inf
    level = float(np.ptp(cost[np.isfinite(cost)]))
    while sweeps < max_iterations and error > tolerance:
        level = max(level / 4, epsilon)
        v, error, done = _sweeps(p, q, cost, v, level, tolerance, min(max_iterations - sweeps, 100))
        sweeps += done
        if level > epsilon:
            error = np.inf
    return v


def _sweeps(
    p: Array, q: Array, cost: Array, v: Array, epsilon: float, tolerance: float, most: int
) -> tuple[Array, float, int]:
    """Rescale rows and columns in turn; return the potential, the last error and the number of sweeps."""
    u = _soft_minimum(cost - v, q, epsilon)
    v = _soft_minimum((cost - u[:, None]).T, p, epsilon)
    a, b, error, done = np.ones(p.size), np.ones(q.size), np.inf, 1
    with np.errstate(all="ignore"):  # scalings that leave the range of floats are not used
        kernel = np.exp((u[:, None] + v - cost) / epsilon)
        while done < most and error > tolerance:
            row = a * (kernel @ (q * b))
            a = a * row**-RELAXATION
            column = b * ((p * a) @ kernel)
            b = b * column**-RELAXATION
            error = float(p @ np.abs(row - 1) + q @ np.abs(column - 1))
            done += 1
        absorbed = v + epsilon * np.log(b)
    return (absorbed, error, done) if np.isfinite(absorbed).all() else (v, np.inf, done)
