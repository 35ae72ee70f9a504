"""Exact transport proves itself: feasible prices that meet the cost. Sinkhorn is held to closed forms."""

from dataclasses import FrozenInstanceError
from fractions import Fraction
from itertools import pairwise

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow
from scipy.spatial.distance import cdist
from strategies import probability_vectors, seeds

from divergences import (
    SinkhornPlan,
    TransportPlan,
    _network_simplex,
    normalize,
    optimal_transport,
    sinkhorn,
    transport,
)

PILES = normalize([3, 2, 1, 4]), normalize([1, 2, 4, 3])
HALVES = [0.5, 0.5]
SWAP = [[0.0, 1.0], [1.0, 0.0]]


def close(expected, rel):
    """Compare relatively alone: `pytest.approx` would let 1e-12 pass for 0."""
    return pytest.approx(expected, rel=rel, abs=0)


def assert_optimal(plan, p, q, cost):
    """Check coupling and prices: by weak duality, no coupling can then be cheaper.

    Sums of masses may be off by their rounding, prices by that of the largest number they are made of.
    """
    p, q, cost = (np.asarray(value, dtype=float) for value in (p, q, cost))
    coupling, (u, v) = plan.coupling, plan.potentials
    assert coupling.shape == cost.shape
    assert u.shape == p.shape
    assert v.shape == q.shape
    assert (coupling >= 0).all()
    assert np.count_nonzero(coupling) <= max(np.count_nonzero(p) + np.count_nonzero(q) - 1, 1)
    np.testing.assert_allclose(coupling.sum(axis=1), p / p.sum(), rtol=1e-13, atol=0)
    np.testing.assert_allclose(coupling.sum(axis=0), q / q.sum(), rtol=1e-13, atol=0)
    moved = coupling > 0
    assert plan.cost == pytest.approx(
        (coupling[moved] * cost[moved]).sum(), rel=1e-13, abs=1e-14 * np.abs(cost[moved]).max()
    )
    slack = cost - u[:, None] - v
    along_the_tree = 1e-16 * sum(cost.shape) * np.abs(cost[moved]).max()
    rounding = 1e-14 * (np.abs(u)[:, None] + np.abs(v) + np.abs(cost)) + along_the_tree
    assert (slack >= -rounding).all()
    assert (slack[moved] <= rounding[moved]).all()
    gap = plan.cost - (p / p.sum() @ u + q / q.sum() @ v)
    assert abs(gap) <= 1e-13 * (p @ np.abs(u) + q @ np.abs(v) + 1e-300)


def cost_on_the_line(p, q, x, y):
    """Area between the cumulative distributions, in exact arithmetic."""
    masses = [(Fraction(a), Fraction(m) / sum(map(Fraction, p))) for a, m in zip(x, p, strict=True)]
    masses += [(Fraction(a), -Fraction(m) / sum(map(Fraction, q))) for a, m in zip(y, q, strict=True)]
    masses.sort()
    area = height = Fraction(0)
    for (place, mass), (following, _) in pairwise(masses):
        height += mass
        area += abs(height) * (following - place)
    return area


def problem(rng, n, m, dimension=2):
    p, q = rng.exponential(size=n), rng.exponential(size=m)
    return p / p.sum(), q / q.sum(), cdist(rng.random((n, dimension)), rng.random((m, dimension)))


# The exact plan


def test_piles_take_five_shovelfuls():
    plan = optimal_transport(*PILES, np.abs(np.subtract.outer(range(4), range(4))))
    assert 10 * plan.cost == close(5, rel=4e-15)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 7), (7, 1), (6, 6), (12, 30), (30, 12)])
def test_cost_is_that_of_linear_programming(n, m):
    p, q, cost = problem(np.random.default_rng(n * m), n, m)
    margins = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    best = linprog(cost.ravel(), A_eq=margins, b_eq=np.concatenate([p, q]))
    plan = optimal_transport(p, q, cost)
    assert_optimal(plan, p, q, cost)
    assert plan.cost == close(best.fun, rel=1e-9)


@pytest.mark.parametrize("shape", [(60, 60), (20, 150), (150, 20), (200, 210)])
def test_cost_is_that_of_pot(shape):
    p, q, cost = problem(np.random.default_rng(5), *shape)
    plan = optimal_transport(p, q, cost)
    assert_optimal(plan, p, q, cost)
    assert plan.cost == close(ot.emd2(p, q, cost), rel=1e-12)


@settings(deadline=None)
@given(probability_vectors(), probability_vectors(), seeds)
def test_every_plan_is_proved_optimal_by_its_prices(p, q, seed):
    cost = np.random.default_rng(seed).normal(size=(p.size, q.size))
    assert_optimal(optimal_transport(p, q, cost), p, q, cost)


def test_thousands_of_degenerate_problems_are_solved():
    """Ties between costs and between sums of masses, zeros, equal masses, single points."""
    rng = np.random.default_rng(0)
    for _ in range(4000):
        n, m = rng.integers(1, 8, size=2)
        p, q = rng.integers(0, 4, size=n), rng.integers(0, 4, size=m)
        p[rng.integers(n)] += 1
        q[rng.integers(m)] += 1
        cost = rng.integers(-2, 4, size=(n, m))
        p, q = normalize(p), normalize(q)
        assert_optimal(optimal_transport(p, q, cost), p, q, cost)


@pytest.mark.parametrize("n", [5, 40])
def test_equal_masses_give_an_assignment(n):
    rng = np.random.default_rng(n)
    cost = rng.integers(0, 5, size=(n, n))
    plan = optimal_transport(np.full(n, 1 / n), np.full(n, 1 / n), cost)
    assert_optimal(plan, np.full(n, 1 / n), np.full(n, 1 / n), cost)
    assert (np.count_nonzero(plan.coupling, axis=0) == 1).all()
    assert set(plan.coupling[plan.coupling > 0]) == {1 / n}


def test_a_permutation_is_undone_for_free():
    """The sums of p and of its permutation round differently; the masses are compared exactly."""
    rng = np.random.default_rng(2)
    p, order = rng.dirichlet(np.ones(50)), rng.permutation(50)
    cost = np.full((50, 50), 1e16)
    cost[order, np.arange(50)] = 1.0
    assert optimal_transport(p, p[order], cost).cost == 1.0


def test_atoms_without_mass_have_prices_too():
    p, q = [0.0, 1.0, 0.0], [0.25, 0.0, 0.75, 0.0]
    cost = np.random.default_rng(3).normal(size=(3, 4))
    plan = optimal_transport(p, q, cost)
    assert_optimal(plan, p, q, cost)
    assert plan.cost == close(0.25 * cost[1, 0] + 0.75 * cost[1, 2], rel=4e-15)
    assert not plan.coupling[[0, 2]].any()


def test_costs_may_be_negative_and_a_constant_only_shifts_them():
    p, q, cost = problem(np.random.default_rng(7), 9, 8)
    plan, shifted = optimal_transport(p, q, cost), optimal_transport(p, q, cost - 2)
    assert shifted.cost == close(plan.cost - 2, rel=1e-14)
    np.testing.assert_array_equal(shifted.coupling, plan.coupling)


def test_the_way_back_costs_the_same():
    p, q, cost = problem(np.random.default_rng(8), 9, 14)
    there, back = optimal_transport(p, q, cost), optimal_transport(q, p, cost.T)
    assert back.cost == there.cost
    np.testing.assert_array_equal(back.coupling, there.coupling.T)
    np.testing.assert_array_equal(back.potentials[0], there.potentials[1])


def test_sums_within_the_tolerance_are_divided_out():
    plan = optimal_transport([0.5, 0.5000004], HALVES, SWAP)
    np.testing.assert_allclose(plan.coupling.sum(axis=0), HALVES, rtol=4e-15)
    assert plan.cost == close(0.5000004 / 1.0000004 - 0.5, rel=1e-8)


# Scales


@pytest.mark.parametrize("scale", [1e-300, 1e-8, 1e8, 1e299])
def test_the_scale_of_the_costs_does_not_matter(scale):
    p, q, cost = problem(np.random.default_rng(4), 20, 15)
    plan = optimal_transport(p, q, cost * scale)
    assert plan.cost / scale == close(optimal_transport(p, q, cost).cost, rel=1e-13)
    assert_optimal(plan, p, q, cost * scale)


def test_subnormal_costs_are_summed_to_the_last_digit():
    rng = np.random.default_rng(1)
    steps, p = rng.integers(0, 9, size=(6, 6)), normalize(rng.integers(1, 9, size=6))
    exact = optimal_transport(p, p[::-1], steps).cost
    assert optimal_transport(p, p[::-1], steps * 5e-324).cost == round(exact) * 5e-324
    assert exact > 1


def test_costs_of_1_and_1e32_mix():
    """POT#229: `ot.emd2` gives 88.51."""
    cost = [
        [2.50275352e02, 3.74653218e02, 2.41352736e03, 1e32, 1.51751540e-03],
        [2.13082030e02, 3.28812836e02, 2.29487946e03, 1e32, 1.37109800e-01],
        [1.97333083e02, 3.09175848e02, 2.24250550e03, 1e32, 2.46506283e00],
        [1e32, 1e32, 1e32, 5.26223432e00, 2.5e31],
        [3.84690152e01, 8.09465684e01, 3.33064175e02, 2.5e31, 0.0],
    ]
    masses = [0.125, 0.125, 0.125, 0.125, 0.5]
    plan = optimal_transport(masses, masses, cost)
    assert_optimal(plan, masses, masses, cost)
    moved = [cost[i][4] for i in range(3)] + [cost[3][3]] + [cost[4][j] for j in range(3)]
    assert plan.cost == close(0.125 * sum(moved), rel=4e-15)
    assert round(plan.cost, 2) == 57.54


@pytest.mark.parametrize("blocks", range(2, 6))
def test_forbidden_moves_do_not_blur_the_allowed_ones(blocks):
    """Blocks that must each be served from within: the cost is the sum of theirs."""
    rng = np.random.default_rng(blocks)
    masses = rng.integers(1, 100, size=(blocks, 4)) / 1024
    masses[0, 0] += 1 - masses.sum()
    inside = rng.random((blocks, 4, 4))
    cost = 10.0 ** rng.uniform(20, 32, size=(4 * blocks, 4 * blocks))
    alone = 0.0
    for k in range(blocks):
        block = slice(4 * k, 4 * k + 4)
        cost[block, block] = inside[k]
        weight = masses[k].sum()
        alone += weight * optimal_transport(masses[k] / weight, masses[k, ::-1] / weight, inside[k]).cost
    plan = optimal_transport(masses.ravel(), masses[:, ::-1].ravel(), cost)
    assert plan.cost == close(alone, rel=1e-14)


def test_a_rare_mass_far_away_counts_exactly():
    """A mass of 1e-8 at distance 1e8 costs as much as all that lies near."""
    p, q = np.array([0.5, 0.5 - 1e-8, 1e-8]), np.array([0.25, 0.75, 0.0])
    x = np.array([0.0, 1.0, 1e8])
    plan = optimal_transport(p, q, np.abs(x[:, None] - x))
    assert plan.cost == close(float(cost_on_the_line(p, q, x, x)), rel=4e-15)


@pytest.mark.parametrize("rare", [1e-3, 1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("far", [1e4, 1e8, 1e12])
@pytest.mark.parametrize("balanced", [False, True])
def test_two_clusters_far_apart_are_solved_to_the_last_digits(far, rare, balanced):
    """Against exact arithmetic: few go over (or nearly as many come as go), but each goes far."""
    rng = np.random.default_rng(int(np.log10(far)))
    n, m = 14, 17
    x, y = np.round(rng.random(n), 3), np.round(rng.random(m), 3)
    over_x, over_y = np.arange(n) % 2 == 1, np.arange(m) % 2 == 1
    p, q = rng.random(n), rng.random(m)
    p[over_x] *= 1 if balanced else rare
    q[over_y] *= 1 if balanced else rare
    p /= p.sum()
    if balanced:
        share = p[over_x].sum()
        q[over_y] *= share * (1 - rare) / q[over_y].sum()
        q[~over_y] *= (1 - share * (1 - rare)) / q[~over_y].sum()
    q /= q.sum()
    # Distances are whole multiples of 1/1024, which floats hold exactly.
    x, y = np.floor(1024 * x) / 1024 + far * over_x, np.floor(1024 * y) / 1024 + far * over_y
    plan = optimal_transport(p, q, np.abs(x[:, None] - y))
    assert plan.cost == close(float(cost_on_the_line(p, q, x, y)), rel=4e-15)


@pytest.mark.parametrize("far", [1e9, 1e12, 1e15])
def test_costs_within_a_distant_cluster_keep_their_digits(far):
    """No exchange within either of two clusters saves anything, in exact arithmetic.

    Nearly as much mass comes as goes, so most of it stays; but the prices there differ by the distance.
    """
    rng = np.random.default_rng(0)
    n = 40
    over = np.arange(n) >= n // 2
    p, q = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n))
    q[over] *= p[over].sum() * (1 - 1e-3) / q[over].sum()
    q[~over] *= (1 - q[over].sum()) / q[~over].sum()
    cost = rng.random((n, n)) + far * (over[:, None] != over)
    plan = optimal_transport(p, q, cost)
    for cluster in (over, ~over):
        i, j = np.nonzero(plan.coupling * cluster[:, None] * cluster)
        # distance[a, b]: from the sink of used arc a to that of b, by giving up b's source for a's.
        exact = [[Fraction(cost[s, t]) for t in range(n)] for s in range(n)]
        steps = [[exact[i[b]][j[a]] - exact[i[b]][j[b]] for b in range(i.size)] for a in range(i.size)]
        for k in range(i.size):
            for a in range(i.size):
                for b in range(i.size):
                    steps[a][b] = min(steps[a][b], steps[a][k] + steps[k][b])
        assert min(steps[a][a] for a in range(i.size)) >= -Fraction(1e-14)


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 6), st.integers(1, 6), seeds)
def test_prices_meet_every_route_whatever_the_scales_of_the_others(n, m, seed):
    """In exact arithmetic: no pair above its cost, and routes off by their own prices' last digits alone."""
    rng = np.random.default_rng(seed)
    scales = np.array([0, 1, 1e8, 1e16, 1e32])
    cost = rng.choice(scales, size=(n, m)) + rng.choice(scales[:2], size=(n, m)) * rng.integers(-3, 4, (n, m))
    p, q = (normalize(rng.choice([0, 1e-17, 1, 2], size=k) + 1e-40 * np.eye(k)[0]) for k in (n, m))
    plan = optimal_transport(p, q, cost)
    u, v = ([Fraction(price) for price in side.tolist()] for side in plan.potentials)
    for i in range(n):
        for j in range(m):
            slack = Fraction(cost[i, j]) - u[i] - v[j]
            assert slack >= 0
            if plan.coupling[i, j]:
                own = abs(u[i]) + abs(v[j]) + abs(Fraction(cost[i, j]))
                assert slack <= own * Fraction(1e-15)


def test_a_dear_move_that_nobody_makes_leaves_the_prices_alone():
    plan = optimal_transport(HALVES, [0, 1], [[1e16, 0], [1e16, 1]])
    u, v = plan.potentials
    assert plan.cost == HALVES @ u + v[1] == 0.5
    assert Fraction(v[0]) <= Fraction(1e16) - 1


# Forbidden moves


def test_rounding_of_the_masses_does_not_force_a_forbidden_move():
    """Three masses of 0.1 fill one of 0.3, though as floats they are 0.3 + 5e-17."""
    cost = np.ones((10, 2))
    own = np.arange(10)[:, None] < 3
    for dear in (1e17, 1e100, 1e300, np.inf):
        priced = np.where(own == [True, False], cost, dear)
        plan = optimal_transport([0.1] * 10, [0.3, 0.7], priced)
        assert plan.cost == close(1, rel=4e-15)
        assert not plan.coupling[priced == dear].any()
        assert np.abs(plan.potentials[0]).max() <= 20  # they keep their digits
        assert_optimal(plan, [0.1] * 10, [0.3, 0.7], priced)


@settings(deadline=None, max_examples=100)
@given(st.integers(2, 4), st.sampled_from([1e20, 1e300, np.inf]), seeds)
def test_groups_that_may_not_exchange_are_served_from_within(groups, dear, seed):
    """Against each group alone; the masses of a group agree up to rounding only."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, size=(groups, 2))
    share = rng.dirichlet(np.ones(groups))
    cost = np.full(sizes.sum(axis=0), dear)
    p, q, alone = [], [], 0.0
    for weight, (n, m) in zip(share, sizes, strict=True):
        left, right, inside = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m)), rng.random((n, m)) + 0.01
        cost[len(p) : len(p) + n, len(q) : len(q) + m] = inside
        p, q = [*p, *(weight * left)], [*q, *(weight * right)]
        alone += weight * optimal_transport(left, right, inside).cost
    plan = optimal_transport(p, q, cost)
    assert plan.cost == close(alone, rel=1e-13)
    assert not plan.coupling[cost == dear].any()
    assert_optimal(plan, p, q, cost)


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 6), st.integers(1, 6), st.floats(0.1, 0.9), seeds)
def test_a_plan_without_forbidden_moves_is_found_if_there_is_one(n, m, share, seed):
    """Against the largest flow over the allowed moves (scipy), on masses that are whole numbers."""
    rng = np.random.default_rng(seed)
    forbidden = rng.random((n, m)) < share
    p, q = rng.multinomial(64, np.ones(n) / n), rng.multinomial(64, np.ones(m) / m)
    graph = np.zeros((n + m + 2, n + m + 2), dtype=np.int32)
    graph[-2, :n], graph[n:-2, -1] = p, q
    graph[:n, n:-2] = np.where(forbidden, 0, 64)
    flow = maximum_flow(csr_array(graph), n + m, n + m + 1).flow_value
    cost = np.where(forbidden, np.inf, rng.integers(-3, 4, size=(n, m)) * 10.0 ** rng.integers(-9, 10))
    if flow < 64:
        with pytest.raises(ValueError, match=f"at least {(64 - flow) / 64:.3g} of the mass"):
            optimal_transport(p / 64, q / 64, cost)
        with pytest.raises(ValueError, match="no plan avoids"):
            sinkhorn(p / 64, q / 64, cost, epsilon=1.0)
    else:
        plan = optimal_transport(p / 64, q / 64, cost)
        assert np.isfinite(plan.cost)
        assert not plan.coupling[forbidden].any()
        assert all(np.isfinite(price).all() for price in plan.potentials)
        assert_optimal(plan, p / 64, q / 64, cost)


def test_a_small_mass_is_moved_however_dear_it_is():
    """What is smaller than the rounding of other masses is still a mass of its own."""
    p, q = [1e-20, 1 - 1e-20], [0.25, 0.75]
    plan = optimal_transport(p, q, [[1e300, 1e300], [0, 1]])
    assert plan.cost == close(1e280, rel=4e-15)


def test_blurred_plans_keep_to_the_allowed_moves():
    cost = np.array([[0, 1, np.inf], [np.inf, 0, 1], [1, np.inf, 0.5]])
    masses = normalize([3, 4, 5]), normalize([5, 4, 3])
    exact = optimal_transport(*masses, cost)
    plan = sinkhorn(*masses, cost, epsilon=1e-3, tolerance=1e-12)
    assert plan.converged
    assert plan.cost == close(exact.cost, rel=1e-9)
    assert not plan.coupling[np.isinf(cost)].any()
    idle = sinkhorn([0.5, 0.5, 0], [0.5, 0.5, 0], np.where(np.eye(3) == 0, 1.0, [0, 0, np.inf]), epsilon=0.1)
    walled = sinkhorn([*HALVES, 0], HALVES, [[0, 1], [1, 0], [np.inf, np.inf]], epsilon=0.1)
    assert np.isfinite(idle.potentials).all()
    assert walled.potentials[0][2] == 0


def test_prices_are_counted_from_the_heaviest_source():
    p, q, cost = problem(np.random.default_rng(17), 12, 9)
    assert optimal_transport(p, q, cost + 100).potentials[0][p.argmax()] == pytest.approx(0, abs=1e-13)


def test_ten_orders_of_magnitude_of_masses_keep_their_digits():
    p = np.array([1.0, 1e-100, 1e-200, 5e-324])
    plan = optimal_transport(p, p[::-1].copy(), np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0))))
    np.testing.assert_array_equal(plan.coupling.sum(axis=1), p)
    assert plan.cost == 3.0


# What it is made of


def test_tree_stays_strongly_feasible():
    """Arcs without flow point to the root (a source below a sink): this is what rules out cycling."""
    rng = np.random.default_rng(6)
    for _ in range(200):
        n, m = rng.integers(2, 8, size=2)
        p, q = rng.multinomial(12, np.ones(n) / n) + 1, rng.multinomial(12, np.ones(m) / m) + 1
        cost = rng.integers(0, 4, size=(n, m)).astype(float)
        supply, demand, _ = _network_simplex._whole_numbers(p / p.sum(), q / q.sum())
        tree = _network_simplex.SpanningTree(supply, demand, cost, cost)
        for _ in range(30):
            i, j = int(rng.integers(n)), int(rng.integers(m))
            tree.pivot(i, n + j, cost[i, j])
            for node, flow in enumerate(tree.flow):
                assert flow > 0 or (flow == 0 and (node < n or node == tree.root))
        flows = np.zeros((n, m), dtype=object)
        for i, j, flow, _ in tree.arcs():
            flows[i, j] += flow
        assert flows.sum(axis=1).tolist() == supply
        assert flows.sum(axis=0).tolist() == demand


def test_potentials_with_their_rounding_are_right_to_twice_the_digits():
    rng = np.random.default_rng(9)
    cost = 10.0 ** rng.uniform(-8, 8, size=(30, 30))
    supply, demand, _ = _network_simplex._whole_numbers(
        rng.dirichlet(np.ones(30)), rng.dirichlet(np.ones(30))
    )
    tree = _network_simplex.SpanningTree(supply, demand, cost, cost)
    potential = tree.potentials()
    rest = tree.rounding(potential)
    for node in range(60):
        exact, above = Fraction(0), node
        while above != tree.root:
            exact += Fraction(tree.rise[above])
            above = tree.parent[above]
        assert abs(Fraction(potential[node]) + Fraction(rest[node]) - exact) < Fraction(1e-20)


def test_pivot_limit_is_reported(monkeypatch):
    monkeypatch.setattr(_network_simplex, "PIVOTS_PER_ATOM", 0)
    with pytest.raises(RuntimeError, match="no optimum after 1 pivots"):
        optimal_transport([0.25, 0.5, 0.25], [0.25, 0.5, 0.25], [[1, 2, 0], [2, 4, 1], [0, 1, 1]])


def test_plans_are_frozen():
    plan = optimal_transport(HALVES, HALVES, SWAP)
    assert isinstance(plan, TransportPlan)
    with pytest.raises(FrozenInstanceError):
        plan.cost = 0.0


class Series:
    """What NumPy sees of a pandas Series."""

    def __init__(self, values):
        self.values = np.array(values)

    def __array__(self, dtype=None, copy=None):
        return self.values


@pytest.mark.parametrize("as_type", [list, tuple, np.array, np.float32, Series])
def test_every_sequence_of_numbers_will_do(as_type):
    assert optimal_transport(as_type(HALVES), as_type(HALVES), as_type(SWAP)).cost == 0.0
    assert optimal_transport(as_type([True, False]), as_type([0, 1]), as_type([[0, 2], [2, 0]])).cost == 2.0


BAD_PROBLEMS = [
    ([0.5, 0.6], HALVES, SWAP, r"p sums to 1\.1, not 1; pass counts"),
    (HALVES, [1.5, -0.5], SWAP, r"q\[1\] is -0\.5"),
    (HALVES, [np.nan, 1], SWAP, r"q\[0\] is nan"),
    ([[0.5, 0.5]], HALVES, SWAP, r"p has shape \(1, 2\); pass one probability vector at a time"),
    (HALVES, 1.0, SWAP, "q is a single number"),
    (HALVES, [], SWAP, "q is empty"),
    (HALVES, HALVES, [0, 1], r"cost has shape \(2,\); it must be \(len\(p\), len\(q\)\) = \(2, 2\)"),
    (HALVES, [1.0], SWAP, r"cost has shape \(2, 2\); it must be .* = \(2, 1\)"),
    (HALVES, HALVES, [[0, np.nan], [1, 0]], r"cost\[0, 1\] is nan"),
    (HALVES, HALVES, [[0, 1], [-np.inf, 0]], r"cost\[1, 0\] is -inf; pass a number; inf forbids"),
    (HALVES, HALVES, [[0, 1], [1, -2e300]], r"cost\[1, 1\] is -2e\+300; let it be 1e\+300 at most, or inf"),
    (HALVES, [0.25, 0.75], [[0, np.inf], [np.inf, 0]], r"no plan avoids .* at least 0\.25 of the mass"),
    (HALVES, HALVES, np.full((2, 2), np.inf), "no plan avoids .* at least 1 of the mass"),
    (HALVES, HALVES, [["a", "b"], ["c", "d"]], "cost holds <U1 values; pass numbers"),
    (HALVES, HALVES, [[0, 1j], [1, 0]], "cost is complex"),
    (HALVES, HALVES, [[0, 1], [1]], "cost is ragged"),
    (HALVES, HALVES, np.ma.masked_invalid([[0, np.nan], [1, 0]]), "cost is a masked array"),
    (np.array(["x", None], dtype=object), HALVES, SWAP, "p holds object values"),
]


@pytest.mark.parametrize(("p", "q", "cost", "message"), BAD_PROBLEMS)
@pytest.mark.parametrize("solve", [optimal_transport, lambda *args: sinkhorn(*args, epsilon=0.1)])
def test_bad_problems_are_refused_with_a_reason(solve, p, q, cost, message):
    with pytest.raises(ValueError, match=message):
        solve(p, q, cost)


# Sinkhorn


def check_sinkhorn(plan, p, q, cost, epsilon):
    """Check the numbers that the plan reports, and its form."""
    p, q = np.asarray(p) / np.sum(p), np.asarray(q) / np.sum(q)
    u, v = plan.potentials
    misses = np.abs(plan.coupling.sum(axis=1) - p).sum() + np.abs(plan.coupling.sum(axis=0) - q).sum()
    assert plan.marginal_error == pytest.approx(misses, rel=1e-12, abs=1e-14)
    assert plan.cost == pytest.approx((plan.coupling * cost).sum(), rel=1e-12, abs=1e-14)
    rows, columns = p > 0, q > 0
    exponent = ((u[:, None] + v - cost) / epsilon)[np.ix_(rows, columns)]
    # The last bit of a potential, divided by epsilon, is the relative error of an entry.
    largest = np.abs(u[rows]).max() + np.abs(v[columns]).max() + np.abs(cost).max()
    bits = 4 * np.spacing(largest) / epsilon
    form = np.exp(exponent + np.log(p[rows])[:, None] + np.log(q[columns]))
    np.testing.assert_allclose(plan.coupling[np.ix_(rows, columns)], form, rtol=1e-8 + bits, atol=1e-300)
    assert not plan.coupling[~rows].any()
    assert not plan.coupling[:, ~columns].any()
    np.testing.assert_allclose(plan.coupling.sum(axis=0), q, rtol=1e-9 + bits)  # columns are rescaled last


@pytest.mark.parametrize("epsilon", [1e-3, 0.05, 0.5, 3.0, 1e6])
def test_sinkhorn_has_the_closed_form_of_two_points(epsilon):
    r"""With p = q = (1/2, 1/2): \gamma_{12} / \gamma_{11} = exp(-1/epsilon)."""
    plan = sinkhorn(HALVES, HALVES, SWAP, epsilon=epsilon, tolerance=1e-14)
    ratio = np.exp(-1 / epsilon)
    assert isinstance(plan, SinkhornPlan)
    assert plan.converged
    assert plan.cost == close(ratio / (1 + ratio), rel=1e-13)
    assert plan.coupling[0, 0] == close(0.5 / (1 + ratio), rel=1e-13)


@pytest.mark.parametrize("epsilon", [0.02, 0.1, 1.0])
def test_sinkhorn_agrees_with_pot(epsilon):
    p, q, cost = problem(np.random.default_rng(11), 20, 30)
    plan = sinkhorn(p, q, cost, epsilon=epsilon, tolerance=1e-12)
    assert plan.converged
    check_sinkhorn(plan, p, q, cost, epsilon)
    expected = ot.sinkhorn(p, q, cost, epsilon, numItermax=100_000, stopThr=1e-13)
    np.testing.assert_allclose(plan.coupling, expected, rtol=1e-8, atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(probability_vectors(max_size=8), probability_vectors(max_size=8), seeds, st.integers(-6, 3))
def test_sinkhorn_reports_what_it_did(p, q, seed, exponent):
    """For every blur: the form of the plan, its true marginal error, and duality where it converged."""
    cost = np.random.default_rng(seed).normal(size=(p.size, q.size))
    epsilon = 10.0**exponent
    plan = sinkhorn(p, q, cost, epsilon=epsilon, max_iterations=300)
    check_sinkhorn(plan, p, q, cost, epsilon)
    assert plan.converged == (plan.marginal_error <= 1e-6)
    if plan.converged:
        # The regularised problem: cost + epsilon KL = <u, p> + <v, q>.
        u, v = plan.potentials
        i, j = np.nonzero(plan.coupling > 1e-290)
        mass = plan.coupling[i, j]
        entropy = epsilon * (mass * (np.log(mass) - np.log(p[i]) - np.log(q[j]))).sum()
        size = np.abs(u).max() + np.abs(v).max()
        assert plan.cost + entropy == pytest.approx(p @ u + q @ v, abs=1e-5 * size)


@pytest.mark.parametrize("kind", ["line", "plane", "squared", "equal", "peaked"])
@pytest.mark.parametrize("n", [30, 200])
def test_sinkhorn_survives_the_smallest_blur(kind, n):
    """POT's `sinkhorn` at 1e-4 gives 2e-8, its stabilised one inf and then NaN (`peers.md`)."""
    rng = np.random.default_rng(n)
    p, q, cost = problem(rng, n, n, dimension=1 if kind == "line" else 2)
    if kind == "equal":
        p = q = np.full(n, 1 / n)
    if kind == "peaked":
        p, q = p**8 / (p**8).sum(), q**8 / (q**8).sum()
    if kind == "squared":
        cost = cost**2
    epsilon = 1e-5 * cost.max()
    plan = sinkhorn(p, q, cost, epsilon=epsilon)
    check_sinkhorn(plan, p, q, cost, epsilon)
    exact = optimal_transport(p, q, cost).cost
    assert plan.converged == (plan.marginal_error <= 1e-6)
    if plan.converged:
        assert plan.cost == close(exact, rel=0.01)
    # Mass that is not where it should be can have saved no more than the largest cost each.
    assert abs(plan.cost - exact) <= plan.marginal_error * cost.max() + epsilon * np.log(n * n)


def test_sinkhorn_converges_where_peers_fail():
    p, q, cost = problem(np.random.default_rng(1), 60, 60)
    cost = cost**2
    plan = sinkhorn(p, q, cost, epsilon=1e-4 * cost.max())
    assert plan.converged
    assert plan.cost == close(optimal_transport(p, q, cost).cost, rel=0.01)


def test_without_enough_sweeps_the_true_error_is_reported():
    p, q, cost = problem(np.random.default_rng(12), 20, 20)
    plan = sinkhorn(p, q, cost, epsilon=1e-4, max_iterations=1)
    check_sinkhorn(plan, p, q, cost, 1e-4)
    assert not plan.converged
    assert plan.marginal_error > 0.01


@pytest.mark.parametrize("sweeps", [1, 2, 3, 7])
def test_sweeps_are_counted(sweeps):
    """One plain sweep, then relaxed ones, then a plain one; against a plain matrix of scalings."""
    p, q, cost = problem(np.random.default_rng(15), 6, 5)
    epsilon = np.ptp(cost)
    kernel = np.outer(p, q) * np.exp(-cost / epsilon)
    a, b = np.ones(6), np.ones(5)
    for k in range(sweeps):
        power = 1.0 if k in (0, sweeps - 1) else transport.RELAXATION
        a *= (p / (a * (kernel @ b))) ** power
        b *= (q / (b * (a @ kernel))) ** power
    plan = sinkhorn(p, q, cost, epsilon=epsilon, max_iterations=sweeps, tolerance=1e-300)
    np.testing.assert_allclose(plan.coupling, a[:, None] * kernel * b, rtol=1e-13)


def test_no_more_sweeps_are_made_than_allowed(monkeypatch):
    counts, sweep = [], transport._sweeps
    monkeypatch.setattr(transport, "_sweeps", lambda *args: counts.append(sweep(*args)) or counts[-1])
    p, q, cost = problem(np.random.default_rng(16), 20, 20)
    plan = sinkhorn(p, q, cost, epsilon=1e-6, max_iterations=1234)
    assert not plan.converged
    assert sum(done for *_, done in counts) == 1234 - 1
    assert max(done for *_, done in counts) == 100


def test_the_tolerance_is_kept_and_more_sweeps_reach_a_finer_one():
    p, q, cost = problem(np.random.default_rng(13), 20, 20)
    errors = [sinkhorn(p, q, cost, epsilon=0.05, tolerance=t).marginal_error for t in (1e-2, 1e-5, 1e-10)]
    assert errors[0] <= 1e-2
    assert errors[1] <= 1e-5
    assert errors[2] <= 1e-10
    assert errors[0] > errors[1] > errors[2]


def test_blur_raises_the_cost_from_the_exact_to_that_of_independence():
    p, q, cost = problem(np.random.default_rng(14), 12, 10)
    costs = [sinkhorn(p, q, cost, epsilon=e, tolerance=1e-10).cost for e in (0.01, 0.03, 0.1, 1.0, 1e3)]
    assert optimal_transport(p, q, cost).cost < costs[0]
    assert (np.diff(costs) > 0).all()
    assert costs[-1] == close(p @ cost @ q, rel=1e-3)


def test_sinkhorn_takes_zero_and_tiny_masses_and_huge_costs():
    plan = sinkhorn([0.5, 0.5, 0.0], [0.0, 0.25, 0.75], np.arange(9).reshape(3, 3) ** 2, epsilon=0.1)
    assert plan.converged
    assert not plan.coupling[2].any()
    assert not plan.coupling[:, 0].any()
    assert np.isfinite(plan.potentials).all()
    tiny = sinkhorn([1.0, 5e-324], [1e-300, 1.0], SWAP, epsilon=0.01)
    assert tiny.converged
    assert tiny.cost == close(1.0, rel=4e-15)
    huge = sinkhorn(HALVES, HALVES, [[0, 1e300], [1e300, 0]], epsilon=1e-300)
    assert huge.converged
    assert huge.cost == 0.0


@pytest.mark.parametrize("seed", [106, 329, 370])
def test_scalings_beyond_the_floats_are_left_out(seed):
    """A burst of sweeps overflows here: it is dropped, and the next goes on from the potentials before it."""
    rng = np.random.default_rng(seed)
    cost, (p, q) = rng.random((3, 3)), rng.dirichlet(np.full(3, 0.1), size=2)
    plan = sinkhorn(p, q, cost, epsilon=1e-8)
    assert plan.converged
    assert plan.cost == close(optimal_transport(p, q, cost).cost, rel=1e-5)


def test_sinkhorn_divides_out_sums_within_the_tolerance():
    for p, q in (([0.5, 0.5000004], HALVES), (HALVES, [0.5, 0.5000004])):
        plan = sinkhorn(p, q, SWAP, epsilon=0.1, tolerance=1e-12)
        assert plan.converged
        np.testing.assert_allclose(plan.coupling.sum(axis=1), np.array(p) / sum(p), rtol=1e-11)
        np.testing.assert_allclose(plan.coupling.sum(axis=0), np.array(q) / sum(q), rtol=1e-11)


def test_costs_that_are_all_equal_leave_the_masses_independent():
    plan = sinkhorn([0.25, 0.75], HALVES, [[3, 3], [3, 3]], epsilon=1e-9)
    np.testing.assert_allclose(plan.coupling, np.outer([0.25, 0.75], HALVES), rtol=4e-15)
    assert plan.cost == close(3.0, rel=4e-15)


@pytest.mark.parametrize("name", ["epsilon", "max_iterations", "tolerance"])
@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, "small", None, True])
def test_sinkhorn_refuses_a_bad_setting_by_name(name, value):
    fix = {
        "epsilon": "for a plan without blur use optimal_transport",
        "max_iterations": "pass how many sweeps to make at most",
        "tolerance": "it is the marginal error at which to stop",
    }[name]
    with pytest.raises(ValueError, match=f"^{name} must be .*; {fix}$"):
        sinkhorn(HALVES, HALVES, SWAP, **({"epsilon": 1.0} | {name: value}))
