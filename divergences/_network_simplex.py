"""The network simplex of exact transport: plans as trees, and the pivots between them.

The plan is a spanning tree of the graph of sources and sinks. A pivot adds the arc that saves most and
drops one that it empties. The tree is kept strongly feasible (Cunningham 1976, A network simplex method,
Mathematical Programming 11, doi:10.1007/BF01580379), so that pivots that move nothing cannot cycle. Masses
are whole numbers and the saving of a pivot is summed without rounding: so this holds for floats too.
"""

from __future__ import annotations

from math import fsum, lcm
from typing import TYPE_CHECKING

import numpy as np

from ._validation import Array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Violations of a price inequality that are smaller than this part of the cost are rounding.
TOLERANCE = 4 * float(np.finfo(float).eps)
# Two groups of atoms weigh the same if they do up to this part, 2^-49: each mass is rounded, its sums are.
ROUNDED_BITS = 49
# A move is far beyond the others if a unit in their last place, made, would cost as much as they do.
FAR_BEYOND = 1 / float(np.finfo(float).eps)
# About 3 pivots per atom are usual.
PIVOTS_PER_ATOM = 1000
# Below this many pairs, the prices to start from cost more than the pivots that they save.
PAIRS_WORTH_A_START = 2000


def network_simplex(p: Array, q: Array, cost: Array) -> tuple[Array, Array, Array]:
    """Return an optimal coupling of positive masses, and the potentials of sources and sinks.

    Moves of infinite cost are made only if the masses leave no other way, beyond their rounding.
    """
    supply, demand, total = _whole_numbers(p, q)
    finite = _with_a_price_of_the_forbidden(cost)
    tree = SpanningTree(supply, demand, finite, _start(p, q, finite))
    left_out = _optimize(tree, cost, finite)
    coupling = np.zeros(cost.shape)
    for i, j, flow, node in tree.arcs():
        if node not in left_out:
            coupling[i, j] = flow / total
    # A constant may be added to u and taken from v: let u of the heaviest source be 0.
    potential, heaviest = tree.potentials(), p.argmax()
    rest = tree.rounding(potential)
    potential = (potential - potential[heaviest]) + (rest - rest[heaviest])
    return coupling, potential[: p.size], 0.0 - potential[p.size :]


def _with_a_price_of_the_forbidden(cost: Array) -> Array:
    """Return finite costs: one forbidden move costs more than can be saved by it in any cycle."""
    forbidden = np.isposinf(cost)
    if not forbidden.any():
        return cost
    allowed = cost[~forbidden] if not forbidden.all() else np.zeros(1)
    highest, lowest = allowed.max(), allowed.min()
    step = max(highest - lowest, abs(highest)) or 1.0
    return np.where(forbidden, highest + (min(cost.shape) + 1) * step, cost)


def _start(p: Array, q: Array, cost: Array) -> Array:
    """Return the costs less nearly optimal prices, by Sinkhorn's scaling with a blur that falls.

    Where it fails, the costs less those of a larger blur remain: a start needs no digits.
    """
    if cost.size < PAIRS_WORTH_A_START:
        return cost
    with np.errstate(all="ignore"):  # what leaves the range of floats is not used
        reduced: Array = cost - cost.min()
        blur = 0.1 * reduced.mean()
        for _ in range(4):
            kernel = np.exp(-reduced / blur)
            b = np.ones(q.size)
            for _ in range(30):
                a = p / (kernel @ b)
                b = q / (a @ kernel)
            scaled = reduced - blur * np.log(a)[:, None] - blur * np.log(b)
            if not np.isfinite(scaled).all():
                break
            reduced = scaled
            blur /= 5
    return reduced


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


class SpanningTree:
    """A plan as a tree: n sources (nodes 0 to n - 1), m sinks (n to n + m - 1), n + m - 1 arcs.

    Each node but the root knows the node above it, `parent`, the `flow` on the arc between the two
    (always from source to sink), and its `rise`, its potential less its parent's. The potentials are
    u of a source and -v of a sink: along an arc of the tree they fall by the cost.

    Strongly feasible means that from each node some mass can go up to the root: arcs without flow
    point up, that is, they have a source below and a sink above.
    """

    def __init__(self, supply: list[int], demand: list[int], cost: Array, guide: Array) -> None:
        """Let each source empty into its cheapest open sinks, those first that would regret most not to.

        Which is cheap, `guide` says: the costs, or the costs less prices.
        """
        self.n, self.m = n, m = cost.shape
        self.mass = supply + demand
        self.parent, self.flow, self.rise = [-1] * (n + m), [0] * (n + m), [0.0] * (n + m)
        self.pivots = self.tour = 0
        self.seen = [0] * (n + m)  # on which tour a node was last passed
        supply, demand = supply.copy(), demand.copy()
        open_cost = guide.copy()
        open_sinks = m
        regret = np.ptp(np.partition(guide, 1, axis=1)[:, :2], axis=1) if m > 1 else np.zeros(n)
        for i in np.argsort(-regret, kind="stable").tolist():
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

    def within_rounding(self) -> set[int]:
        """Return the nodes below arcs whose flow is no more than what the masses are rounded by.

        The flow on an arc is the difference of supply and demand on either side of it: it is rounding
        if on both sides the masses, each off in its last place, might leave none.
        """
        depth = _sum_to_root(self._above(), (np.arange(len(self.parent)) != self.root).astype(float))
        below = self.mass.copy()
        for node in np.argsort(-depth, kind="stable").tolist():
            if node != self.root:
                below[self.parent[node]] += below[node]
        total = below[self.root]
        return {
            node
            for node, (mass, flow) in enumerate(zip(below, self.flow, strict=True))
            if node != self.root and flow << ROUNDED_BITS <= min(mass, total - mass)
        }

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


def _optimize(tree: SpanningTree, cost: Array, finite: Array) -> set[int]:
    """Pivot until the tree is optimal; return the nodes below arcs whose flow is to be left out."""
    while True:
        for precise in (False, True):
            _pivot_while_it_saves(tree, finite, precise)
        left_out = _mere_rounding(tree, cost)
        # An arc that costs more than all the arcs of a cycle that avoids it is in no optimal plan; what
        # it costs beyond that would only drown the digits of other costs (1e32 among costs of 1).
        used = [finite[i, j] for i, j, flow, node in tree.arcs() if flow and node not in left_out]
        cap = max(used) + tree.m * (max(used) - finite.min())
        if finite.max() <= cap:
            return left_out
        finite = np.minimum(finite, cap)
        for i, j, _, node in tree.arcs():
            tree.rise[node] = float(finite[i, j]) if node == i else -float(finite[i, j])


def _mere_rounding(tree: SpanningTree, cost: Array) -> set[int]:
    """Return the nodes below arcs that cost far more than all others, for what only rounding moves there."""
    paid = {node: abs(float(cost[i, j])) for i, j, flow, node in tree.arcs() if flow}
    if max(paid.values()) <= FAR_BEYOND * min(paid.values()):
        return set()
    rounded = tree.within_rounding()
    meant = max((amount for node, amount in paid.items() if node not in rounded), default=0.0)
    far = FAR_BEYOND * meant if 0 < meant < np.inf else np.finfo(float).max
    return {node for node, amount in paid.items() if node in rounded and amount > far}


def _pivot_while_it_saves(tree: SpanningTree, cost: Array, precise: bool) -> None:
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
        i = start + np.argsort(reduced, kind="stable")[: np.count_nonzero(reduced < 0)]
        j = best[i - start]
        for arc in zip(i.tolist(), (n + j).tolist(), cost[i, j].tolist(), strict=True):
            if tree.pivot(*arc):
                idle = 0
        start = rows.stop % n


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
