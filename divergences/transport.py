"""Optimal transport between weighted points: the cheapest plan and the prices that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ._validation import Array, as_finite_array, probabilities

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


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
        If `p` or `q` is no probability vector, if `cost` is not of shape (n, m) or not finite.

    Notes
    -----
    A network simplex in its transportation form: the plan is a spanning tree of the graph of
    sources and sinks; a pivot adds the arc that saves most and drops one that it empties. Masses
    become integers, so that equal masses are equal exactly; the tree is kept strongly feasible,
    which rules out cycling [1]_. Memory is O(nm).

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
    rows, columns = np.flatnonzero(left), np.flatnonzero(right)
    inner = matrix[np.ix_(rows, columns)]
    arcs, u = _network_simplex(*_balanced_integers(left[rows], right[columns]), inner)
    coupling = np.zeros_like(matrix)
    for (i, j), mass in arcs.items():
        coupling[rows[i], columns[j]] = mass
    v = np.min(matrix[rows] - u[:, None], axis=0)
    u = np.min(matrix - v, axis=1)
    return TransportPlan(float((coupling * matrix).sum()), coupling, (u, v))


def _problem(p: ArrayLike, q: ArrayLike, cost: ArrayLike) -> tuple[Array, Array, Array]:
    """Return checked and normalised masses and costs."""
    masses = []
    for value, name in ((p, "p"), (q, "q")):
        vector, total = probabilities(value, name)
        if vector.ndim != 1:
            raise ValueError(f"{name} has shape {vector.shape}; pass one probability vector at a time")
        masses.append(vector / total)
    matrix = as_finite_array(cost, "cost")
    shape = (masses[0].size, masses[1].size)
    if matrix.shape != shape:
        raise ValueError(f"cost has shape {matrix.shape}; it must be (len(p), len(q)) = {shape}")
    return masses[0], masses[1], matrix


def _balanced_integers(supply: Array, demand: Array) -> tuple[list[int], list[int], int]:
    """Return the masses as whole numbers of a common unit with equal sums, and the units per 1.

    Floats are whole multiples of a power of two, so this is exact; the rounding of the two sums
    goes to the heaviest atom of the lighter side.
    """
    sides = [[mass.as_integer_ratio() for mass in side.tolist()] for side in (supply, demand)]
    units = max(denominator for side in sides for _, denominator in side)
    wholes = [[numerator * (units // denominator) for numerator, denominator in side] for side in sides]
    excess = sum(wholes[0]) - sum(wholes[1])
    lighter = wholes[0] if excess < 0 else wholes[1]
    lighter[lighter.index(max(lighter))] += abs(excess)
    return wholes[0], wholes[1], units


def _greedy_tree(supply: list[int], demand: list[int], cost: Array) -> list[tuple[int, int, int]]:
    """Return the arcs (source, sink, flow) of a spanning tree: each source empties into its cheapest sinks.

    Ties close the sink, never the source, and the last sink is to be the root: then every arc
    without flow points to the root.
    """
    n, m = cost.shape
    supply, demand = supply.copy(), demand.copy()
    # The source that loses most by not getting its first choice chooses first.
    regret = np.ptp(np.partition(cost, 1, axis=1)[:, :2], axis=1) if m > 1 else np.zeros(n)
    open_cost = cost.copy()
    arcs, sinks_left = [], m
    order = np.argsort(-regret).tolist()
    for i in order:
        row = open_cost[i]
        last = i == order[-1]
        while True:
            j = int(row.argmin())
            if sinks_left == 1 or (supply[i] < demand[j] and not last):
                arcs.append((i, j, supply[i]))
                demand[j] -= supply[i]
                break
            arcs.append((i, j, demand[j]))
            supply[i] -= demand[j]
            open_cost[:, j] = np.inf
            sinks_left -= 1
    return arcs


def _network_simplex(
    supply: list[int], demand: list[int], units: int, cost: Array
) -> tuple[dict[tuple[int, int], float], Array]:
    """Return the positive flows of an optimal plan and the potentials of the sources."""
    n, m = cost.shape
    arcs = _greedy_tree(supply, demand, cost)
    neighbours: list[list[tuple[int, int]]] = [[] for _ in range(n + m)]
    for i, j, mass in arcs:
        neighbours[i].append((n + j, mass))
        neighbours[n + j].append((i, mass))
    parent, flow, depth = [-1] * (n + m), [0] * (n + m), [0] * (n + m)
    children: list[set[int]] = [set() for _ in range(n + m)]
    potential = np.zeros(n + m)
    root = n + arcs[-1][1]
    stack = [root]
    while stack:
        node = stack.pop()
        for other, mass in neighbours[node]:
            if other != parent[node]:
                parent[other], flow[other], depth[other] = node, mass, depth[node] + 1
                children[node].add(other)
                i, j = (node, other - n) if node < n else (other, node - n)
                potential[other] = cost[i, j] - potential[node]
                stack.append(other)
    tolerance = 1e-14
    while True:
        slackened = potential - tolerance * np.abs(potential)
        reduced = cost - slackened[:n, None] - slackened[n:]
        best = reduced.argmin(axis=1)
        worst = reduced[np.arange(n), best]
        entering = np.flatnonzero(worst < 0)
        if not entering.size:
            break
        for i in entering[np.argsort(worst[entering])].tolist():
            row = cost[i] - potential[n:]
            j = int(row.argmin())
            saving = float(potential[i] - row[j])
            if saving <= tolerance * (abs(float(potential[i])) + abs(float(potential[n + j]))):
                continue
            left, right = i, n + j
            limit, leaving, from_left = -1, -1, True
            up_left, up_right = [], []
            while left != right:
                if depth[left] >= depth[right]:
                    if left < n and (limit < 0 or flow[left] < limit):
                        limit, leaving, from_left = flow[left], left, True
                    up_left.append(left)
                    left = parent[left]
                else:
                    if right >= n and (limit < 0 or flow[right] <= limit):
                        limit, leaving, from_left = flow[right], right, False
                    up_right.append(right)
                    right = parent[right]
            if limit:
                for node in up_left:
                    flow[node] += -limit if node < n else limit
                for node in up_right:
                    flow[node] += -limit if node >= n else limit
            node, above = (i, n + j) if from_left else (n + j, i)
            mass, moved, upper = limit, node, above
            while True:
                old_parent, old_flow = parent[node], flow[node]
                children[old_parent].discard(node)
                parent[node], flow[node] = above, mass
                children[above].add(node)
                if node == leaving:
                    break
                above, node, mass = node, old_parent, old_flow
            depth[moved] = depth[upper] + 1
            subtree = [moved]
            for node in subtree:
                below = children[node]
                if below:
                    level = depth[node] + 1
                    for other in below:
                        depth[other] = level
                    subtree.extend(below)
            members = np.array(subtree)
            same_side = (members < n) == (moved < n)
            potential[members] += np.where(same_side, -saving, saving)
    flows = {}
    for node, mass in enumerate(flow):
        if mass:
            i, j = (node, parent[node] - n) if node < n else (parent[node], node - n)
            flows[i, j] = mass / units
    return flows, potential[:n]
