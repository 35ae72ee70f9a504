"""Optimal transport between weighted points: the cheapest plan and the prices that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp, fsum, lcm, ldexp
from typing import TYPE_CHECKING

import numpy as np

from ._validation import Array, as_finite_array, probabilities, reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

# Sums along the tree must not overflow.
LARGEST_COST = 1e300
# Violations of a price inequality that are smaller than this part of the cost are rounding.
TOLERANCE = 4 * float(np.finfo(float).eps)
# About 4 pivots per atom are usual.
PIVOTS_PER_ATOM = 1000
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
        `coupling[i, j]` is the mass that goes from i to j; its rows sum to p, its columns to q.
    potentials : tuple of ndarray, shapes (n,) and (m,)
        Dual potentials u and v: :math:`u_i + v_j \le c_{ij}` everywhere, with equality wherever
        mass is moved, so that :math:`\langle u, p\rangle + \langle v, q\rangle` equals `cost`.
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
    """

    converged: bool
    marginal_error: float


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
        Finite costs of moving one unit of mass. They may be negative.

    Returns
    -------
    TransportPlan
        An optimal plan with at most n + m - 1 positive entries, its cost, and potentials that are
        feasible and complementary to it. Masses of zero are legal and have feasible potentials too.

    Raises
    ------
    ValueError
        If `p` or `q` is no probability vector, or if `cost` is not of shape (n, m), not finite or
        beyond 1e300.
    RuntimeError
        If 1000 (n + m) pivots do not reach the optimum.

    Notes
    -----
    A network simplex in its transportation form: the plan is a spanning tree of the graph of sources
    and sinks, and each pivot adds an arc that saves and drops one that it empties. The tree is kept
    strongly feasible, so that it cannot cycle [1]_; masses are whole numbers and the saving of a pivot
    is summed without rounding, so that this holds in floating point too. Memory is O(nm).

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
    """
    left, right, matrix = _problem(p, q, cost)
    if left.size < right.size:  # the simplex chooses among rows: let these be the longer side
        plan = _exact(right, left, matrix.T)
        return TransportPlan(plan.cost, plan.coupling.T, plan.potentials[::-1])
    return _exact(left, right, matrix)


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
        Finite costs of moving one unit of mass. They may be negative.
    epsilon : float
        The blur, in the unit of `cost`: from 0 (exact) towards infinity the plan goes from the
        cheapest to the independent coupling. Halving it at least doubles the work.
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
        If `p` or `q` is no probability vector, if `cost` is not of shape (n, m), not finite or beyond
        1e300, or if `epsilon`, `max_iterations` or `tolerance` is not positive.

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
    _positive(max_iterations, "max_iterations", "pass how many sweeps to make at most")
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
    matrix = as_finite_array(cost, "cost")
    shape = (masses[0].size, masses[1].size)
    if matrix.shape != shape:
        raise ValueError(f"cost has shape {matrix.shape}; it must be (len(p), len(q)) = {shape}")
    reject(
        np.abs(matrix) > LARGEST_COST,
        matrix,
        "cost",
        f"let even a forbidden move cost {LARGEST_COST:g} at most",
    )
    return masses[0], masses[1], matrix


def _exact(p: Array, q: Array, cost: Array) -> TransportPlan:
    """Solve the problem of the atoms that have mass, and extend the potentials to the others."""
    rows, columns = np.flatnonzero(p), np.flatnonzero(q)
    supply, demand, total = _whole_numbers(p[rows], q[columns])
    tree = _SpanningTree(supply, demand, cost[np.ix_(rows, columns)])
    _network_simplex(tree, cost[np.ix_(rows, columns)])
    coupling = np.zeros(cost.shape)
    for i, j, flow, _ in tree.arcs():
        coupling[rows[i], columns[j]] = flow / total
    # A constant may be added to u and taken from v: let u of the heaviest source be 0.
    potential, heaviest = tree.potentials(), p[rows].argmax()
    rest = tree.rounding(potential)
    u = ((potential - potential[heaviest]) + (rest - rest[heaviest]))[: rows.size]
    # Each price as high as the others allow: so atoms without mass get theirs, and rounding cannot
    # make a pair infeasible.
    v = (cost[rows] - u[:, None]).min(axis=0)
    u = (cost - v).min(axis=1)
    return TransportPlan(_inner_product(coupling, cost), coupling, (u, v))


def _inner_product(coupling: Array, cost: Array) -> float:
    """Return the cost of the coupling, to the last digit even where products would underflow."""
    moved = coupling > 0
    paid = cost[moved]
    exponent = frexp(np.abs(paid).max())[1]
    return ldexp(fsum(coupling[moved] * np.ldexp(paid, -exponent)), exponent)


def _whole_numbers(p: Array, q: Array) -> tuple[list[int], list[int], int]:
    """Return masses in proportion to p and q as whole numbers, and what each side sums to.

    Floats are whole multiples of a power of 2, so nothing is rounded: two groups of atoms weigh the
    same only if they do to the last digit.
    """
    sides = [[mass.as_integer_ratio() for mass in side.tolist()] for side in (p, q)]
    unit = max(denominator for side in sides for _, denominator in side)
    left, right = ([numerator * (unit // denominator) for numerator, denominator in side] for side in sides)
    total = lcm(sum(left), sum(right))
    left_factor, right_factor = total // sum(left), total // sum(right)
    return [mass * left_factor for mass in left], [mass * right_factor for mass in right], total


class _SpanningTree:
    """A plan as a tree: n sources (nodes 0 to n - 1), m sinks (n to n + m - 1), n + m - 1 arcs.

    Each node but the root knows the node above it, `parent`, the `flow` on the arc between the two
    (always from source to sink), and its `rise`, its potential less its parent's. The potentials are
    u of a source and -v of a sink: along an arc of the tree they fall by the cost.

    Strongly feasible means that from each node some mass can go up to the root: arcs without flow
    point up, that is, they have a source below and a sink above.
    """

    def __init__(self, supply: list[int], demand: list[int], cost: Array) -> None:
        """Let each source empty into its cheapest open sinks, those first that would regret most not to."""
        self.n, self.m = n, m = cost.shape
        self.parent, self.flow, self.rise = [-1] * (n + m), [0] * (n + m), [0.0] * (n + m)
        self.pivots = self.tour = 0
        self.seen = [0] * (n + m)  # on which tour a node was last passed
        supply, demand = supply.copy(), demand.copy()
        open_cost = cost.copy()
        open_sinks = m
        regret = np.ptp(np.partition(cost, 1, axis=1)[:, :2], axis=1) if m > 1 else np.zeros(n)
        for i in np.argsort(-regret).tolist():
            while True:
                j = int(open_cost[i].argmin())
                toll = float(cost[i, j])
                # A tie closes the sink: so only sources hang on an arc without flow.
                if supply[i] < demand[j] or open_sinks == 1:
                    self.parent[i], self.flow[i], self.rise[i] = n + j, supply[i], toll
                    demand[j] -= supply[i]
                    break
                self.parent[n + j], self.flow[n + j], self.rise[n + j] = i, demand[j], -toll
                supply[i] -= demand[j]
                open_cost[:, j] = np.inf
                open_sinks -= 1
        self.root = n + j

    def arcs(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield the source, the sink, the flow and the lower node of each arc."""
        for node, parent in enumerate(self.parent):
            if node != self.root:
                i, j = (node, parent) if node < self.n else (parent, node)
                yield i, j - self.n, self.flow[node], node

    def potentials(self) -> Array:
        """Return the potentials of all nodes relative to the root's."""
        return _sum_to_root(self._above(), np.array(self.rise))

    def rounding(self, potential: Array) -> Array:
        """Return what rounding has kept out of the potentials: add it for twice the digits."""
        above = potential[self._above()]
        difference = potential - above
        part = difference - potential
        error = (potential - (difference - part)) - (above + part)  # Knuth's two-sum
        return _sum_to_root(self._above(), (np.array(self.rise) - difference) - error)

    def _above(self) -> NDArray[np.int64]:
        """Return the parents, the root being its own."""
        above = np.array(self.parent)
        above[self.root] = self.root
        return above

    def pivot(self, i: int, j: int, cost: float) -> bool:
        """Add the arc from source i to sink node j if that saves anything; say if it did."""
        parent, flow, rise = self.parent, self.flow, self.rise
        # The cycle that the arc closes: the ways up from both ends to where they meet.
        self.tour += 1
        seen, tour = self.seen, self.tour
        left, node = [], i
        while node >= 0:
            left.append(node)
            seen[node] = tour
            node = parent[node]
        right, node = [], j
        while seen[node] != tour:
            right.append(node)
            node = parent[node]
        del left[left.index(node) :]
        if fsum([cost] + [rise[node] for node in right] + [-rise[node] for node in left]) >= 0:
            return False
        # Mass goes round through the new arc: less of it flows from the sources on the left and to the
        # sinks on the right. Of the arcs that limit it the last one on the way round, which starts and
        # ends where the two ways meet, has to leave: then the tree stays strongly feasible.
        givers, takers = left[::2], right[::2]
        given, taken = [flow[node] for node in givers], [flow[node] for node in takers]
        room = min(given + taken)
        if room in taken:
            leaving, below = takers[len(taken) - 1 - taken[::-1].index(room)], right
        else:
            leaving, below = givers[given.index(room)], left
        if room:
            for way in (left, right):
                for node in way[::2]:
                    flow[node] -= room
                for node in way[1::2]:
                    flow[node] += room
        # What hung on the leaving arc now hangs on the new one: turn round the arcs between them.
        above, carried, step = (j, room, cost) if below is left else (i, room, -cost)
        for node in below[: below.index(leaving) + 1]:
            old = node, flow[node], -rise[node]
            parent[node], flow[node], rise[node] = above, carried, step
            above, carried, step = old
        self.pivots += 1
        if self.pivots > PIVOTS_PER_ATOM * len(parent):
            raise RuntimeError(
                f"no optimum after {self.pivots} pivots; round the costs or merge atoms that nearly coincide"
            )
        return True


def _sum_to_root(above: NDArray[np.int64], values: Array) -> Array:
    """Return for each node the sum of the values on its way to the root (where the value is 0).

    Each node adds what its ancestor has added up, and then looks twice as far: log2(depth) steps.
    """
    while True:
        values = values + values[above]
        farther = above[above]
        if np.array_equal(farther, above):
            return values
        above = farther


def _network_simplex(tree: _SpanningTree, cost: Array) -> None:
    """Pivot until the tree is optimal."""
    while True:
        for precise in (False, True):
            _pivot_while_it_saves(tree, cost, precise)
        # An arc that costs more than all the arcs of a cycle that avoids it is in no optimal plan; what
        # it costs beyond that would only drown the digits of other costs (1e32 among costs of 1).
        used = [cost[i, j] for i, j, flow, _ in tree.arcs() if flow]
        cap = max(used) + tree.m * (max(used) - cost.min())
        if cost.max() <= cap:
            return
        cost = np.minimum(cost, cap)
        for i, j, _, node in tree.arcs():
            tree.rise[node] = float(cost[i, j]) if node == i else -float(cost[i, j])


def _pivot_while_it_saves(tree: _SpanningTree, cost: Array, precise: bool) -> None:
    """Price blocks of rows in turn, and pivot on the best arc of each row, until nothing is left to save."""
    n, m = cost.shape
    slack = cost + TOLERANCE * np.abs(cost)
    block = 32 * (n + m) // m + 1  # as much work as the potentials
    start = idle = 0
    while idle < n:
        rows = slice(start, min(start + block, n))
        potential = tree.potentials()
        reduced = slack[rows] - (potential[rows, None] - potential[n:])
        if precise:
            rest = tree.rounding(potential)
            reduced -= rest[rows, None] - rest[n:]
        best = reduced.argmin(axis=1)
        reduced = reduced[np.arange(best.size), best]
        idle += best.size
        for k in np.argsort(reduced)[: np.count_nonzero(reduced < 0)].tolist():
            i, j = start + k, int(best[k])
            if tree.pivot(i, n + j, float(cost[i, j])):
                idle = 0
        start = rows.stop % n


def _positive(value: float, name: str, fix: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ValueError(f"{name} must be a number, not {value!r}; {fix}")
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be positive and finite, not {value}; {fix}")


def _soft_minimum(x: Array, mass: Array, epsilon: float) -> Array:
    """Return -epsilon log(sum over j of mass[j] exp(-x[i, j] / epsilon))."""
    least = x.min(axis=1, keepdims=True)
    with np.errstate(over="ignore"):
        soft: Array = least[:, 0] - epsilon * np.log(np.exp((least - x) / epsilon) @ mass)
    return soft


def _scaled_potential(
    p: Array, q: Array, cost: Array, epsilon: float, max_iterations: int, tolerance: float
) -> Array:
    """Return the potential of the columns that Sinkhorn's algorithm arrives at."""
    v = np.zeros(q.size)
    sweeps, relaxation, error = 0, RELAXATION, np.inf
    level = max(float(np.ptp(cost)), epsilon)
    while sweeps < max_iterations and error > tolerance:
        level = max(level / 4, epsilon)
        previous = error
        v, error, done = _sweeps(p, q, cost, v, level, relaxation, tolerance)
        sweeps += done
        # Over-relaxation nearly always helps. Where it does not, plain sweeps are sure to.
        relaxation = 1.0 if error >= previous and relaxation > 1 else RELAXATION
        if level > epsilon:
            error = np.inf
    return v


def _sweeps(
    p: Array, q: Array, cost: Array, v: Array, epsilon: float, relaxation: float, tolerance: float
) -> tuple[Array, float, int]:
    """Rescale rows and columns up to 100 times; return the potential, the last error and the number."""
    u = _soft_minimum(cost - v, q, epsilon)
    v = _soft_minimum((cost - u[:, None]).T, p, epsilon)
    a, b, error, done = np.ones(p.size), np.ones(q.size), np.inf, 0
    with np.errstate(all="ignore"):  # scalings that leave the range of floats are not used
        kernel = np.exp((u[:, None] + v - cost) / epsilon)
        while done < 100 and error > tolerance:
            row = a * (kernel @ (q * b))
            a = a * row**-relaxation
            column = b * ((p * a) @ kernel)
            b = b * column**-relaxation
            error = float(p @ np.abs(row - 1) + q @ np.abs(column - 1))
            done += 1
        absorbed = v + epsilon * np.log(b)
    if np.isfinite(absorbed).all() and np.isfinite(error):
        return absorbed, error, done
    return v, np.inf, done
