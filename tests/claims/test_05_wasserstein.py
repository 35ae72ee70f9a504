"""Claims of chapter 5: couplings, prices, the line, the metric."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from strategies import pairs, probability_vectors, seeds, triples

from divergences import (
    kl_divergence,
    normalize,
    optimal_transport,
    wasserstein_distance,
    wasserstein_distance_samples,
)
from divergences.datasets import load_seattle_weather

PILES = normalize([3, 2, 1, 4]), normalize([1, 2, 4, 3])
PLACES = np.arange(4)


def points(seed, n, d=2):
    """Draw n points, some of them twice, at a scale between 1e-3 and 1e3."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)) * 10.0 ** rng.integers(-3, 4)
    return x[rng.integers(0, n, size=n)] if rng.random() < 0.3 else x


def distances(x, y):
    return np.linalg.norm(x[:, None] - y[None], axis=-1)


def corner_plan(p, q, rng):
    """A coupling made without looking at costs: fill up the places one after another, in a random order."""
    left, right, plan = p.copy(), q.copy(), np.zeros((p.size, q.size))
    rows, columns = rng.permutation(p.size), rng.permutation(q.size)
    for i in rows:
        for j in columns:
            plan[i, j] = min(left[i], right[j])
            left[i] -= plan[i, j]
            right[j] -= plan[i, j]
    return plan


def area_between_cdfs(p, q, x):
    """Positive and negative part of the area, interval by interval."""
    order = np.argsort(x, kind="stable")
    gaps = np.diff(x[order]) * np.cumsum(p[order] - q[order])[:-1]
    return gaps[gaps > 0].sum(), -gaps[gaps < 0].sum()


def quantile_coupling(p, q, x, y):
    """The coupling (F^-1(U), G^-1(U)): the overlap of the two partitions of (0, 1)."""
    plan = np.zeros((p.size, q.size))
    by_x, by_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    F, G = np.cumsum(p[by_x]), np.cumsum(q[by_y])
    low = np.maximum((F - p[by_x])[:, None], G - q[by_y])
    plan[np.ix_(by_x, by_y)] = np.maximum(np.minimum(F[:, None], G) - low, 0)
    return plan


@pytest.mark.claim("prp-optimal-coupling")
@settings(max_examples=60, deadline=None)
@given(probability_vectors(max_size=6), probability_vectors(max_size=6), seeds)
def test_the_cheapest_coupling_is_a_coupling_and_none_is_cheaper(p, q, seed):
    """Up to 6 x 6 places, costs of both signs: the plan's margins, 20 other couplings, and the bound of
    `linprog` (to 1e-8). That infinite spaces behave the same is left to the proof.
    """
    rng = np.random.default_rng(seed)
    cost = rng.normal(size=(p.size, q.size))
    plan = optimal_transport(p, q, cost)
    assert plan.coupling.min() >= 0
    np.testing.assert_allclose(plan.coupling.sum(axis=1), p, atol=1e-14)
    np.testing.assert_allclose(plan.coupling.sum(axis=0), q, atol=1e-14)
    assert (plan.coupling * cost).sum() == pytest.approx(plan.cost, abs=1e-12)
    for _ in range(20):
        assert plan.cost <= (corner_plan(p, q, rng) * cost).sum() + 1e-12
    margins = np.vstack([np.kron(np.eye(p.size), np.ones(q.size)), np.kron(np.ones(p.size), np.eye(q.size))])
    # As set by default, it would take entries near 1e-8 for nothing, and then no coupling for possible.
    exactly = {"presolve": False, "primal_feasibility_tolerance": 1e-10}
    bound = linprog(cost.ravel(), A_eq=margins, b_eq=np.append(p, q), options=exactly)
    assert plan.cost == pytest.approx(bound.fun, abs=1e-8)


@pytest.mark.claim("prp-optimal-coupling")
@pytest.mark.parametrize("n", [4, 16, 64, 256])
def test_the_infimum_is_missed_when_staying_costs_one(n):
    """The circle of the text with n points: the least cost is 1/n, so it is 0 in the limit, yet every cost is
    positive.
    """
    steps = np.abs(np.arange(n)[:, None] - np.arange(n))
    cost = np.where(steps == 0, 1.0, np.minimum(steps, n - steps) / n)
    assert optimal_transport(np.full(n, 1 / n), np.full(n, 1 / n), cost).cost == pytest.approx(
        1 / n, rel=1e-12, abs=0
    )
    assert cost.min() > 0


@pytest.mark.claim("prp-price-bound")
@settings(max_examples=100, deadline=None)
@given(pairs(max_size=8), seeds)
def test_no_admissible_prices_earn_more_than_any_plan_costs(pair, seed):
    """Points in the plane, random prices of slope at most 1 (a minimum of cones), against the best plan and
    random plans; rounding 1e-12 of the largest distance.
    """
    p, q = pair
    x = points(seed, p.size)
    d = distances(x, x)
    rng = np.random.default_rng(seed)
    prices = (d + d.max() * rng.random(p.size)).min(axis=1)
    earnings = q @ prices - p @ prices
    slack = 1e-12 * d.max()
    assert earnings <= wasserstein_distance(p, q, x) + slack
    assert earnings <= (corner_plan(p, q, rng) * d).sum() + slack


@pytest.mark.claim("prp-price-bound")
def test_on_the_piles_plan_and_prices_meet_at_five():
    """By hand: a plan for 5 and prices (0, 1, 2, 1) that earn 5; the solver finds no cheaper plan."""
    p, q = PILES
    d = np.abs(PLACES[:, None] - PLACES)
    plan = np.array([[1, 2, 0, 0], [0, 0, 2, 0], [0, 0, 1, 0], [0, 0, 1, 3]]) / 10
    prices = np.array([0, 1, 2, 1])
    assert (prices[None] - prices[:, None] <= d).all()
    assert 10 * (plan * d).sum() == pytest.approx(5, abs=1e-12)
    assert 10 * (q @ prices - p @ prices) == pytest.approx(5, abs=1e-12)
    assert 10 * optimal_transport(p, q, d).cost == pytest.approx(5, abs=1e-12)
    assert 10 * wasserstein_distance(p, q, PLACES) == pytest.approx(5, abs=1e-12)


@pytest.mark.claim("prp-price-bound")
def test_in_the_town_plan_and_prices_meet_at_258():
    """By hand: the plan of the text, and its prices, honest between any two of the eight places. The solver
    finds the same plan; the nearest oven for everybody is none.
    """
    bakeries = np.array([[3, 4], [6, 10], [13, 3]])
    cafes = np.array([[0, 4], [0, 0], [3, 6], [10, 7], [9, 0]])
    baked, wanted = np.array([30, 20, 10]), np.array([12, 12, 18, 12, 6])
    km = distances(bakeries, cafes)
    plan = np.array([[12, 12, 6, 0, 0], [0, 0, 12, 8, 0], [0, 0, 0, 4, 6]])
    prices = np.array([3, 0, 0, 6, 8, 5, 5, 5])
    everywhere = np.concatenate([bakeries, cafes])
    assert (plan.sum(axis=1) == baked).all()
    assert (plan.sum(axis=0) == wanted).all()
    assert (np.abs(prices[:, None] - prices) <= distances(everywhere, everywhere)).all()
    assert (plan * km).sum() == pytest.approx(258, abs=1e-12)
    assert wanted @ prices[3:] - baked @ prices[:3] == 258
    best = optimal_transport(baked / 60, wanted / 60, km)
    np.testing.assert_allclose(60 * best.coupling, plan, atol=1e-12)
    one_moved = optimal_transport(np.array([31, 19, 10]) / 60, wanted / 60, km)
    assert 60 * one_moved.cost == pytest.approx(258 - 3, abs=1e-10)
    nearest = km.argmin(axis=0)
    assert (nearest[:3] == 0).all()
    assert wanted[:3].sum() == 42 > baked[0]


@pytest.mark.claim("prp-price-bound")
def test_prices_that_are_too_steep_prove_nothing():
    """The condition dropped: with slope 2 the merchant would earn 10 on the piles."""
    p, q = PILES
    assert 10 * (q - p) @ np.array([0, 2, 4, 2]) > 10 * wasserstein_distance(p, q, PLACES) + 4


@pytest.mark.claim("prp-w1-cdf")
@settings(max_examples=150, deadline=None)
@given(pairs(max_size=10), seeds)
def test_w1_on_the_line_is_the_area_between_the_cdfs(pair, seed):
    """Up to 10 atoms in any order, ties, tiny masses, scales from 1e-3 to 1e3: the area, the sorted solver
    and optimal transport agree to 1e-12 of the width.
    """
    p, q = pair
    x = points(seed, p.size, d=1)[:, 0]
    area = sum(area_between_cdfs(p, q, x))
    slack = 1e-12 * np.ptp(x)
    assert wasserstein_distance(p, q, x) == pytest.approx(area, abs=slack)
    assert optimal_transport(p, q, np.abs(x[:, None] - x)).cost == pytest.approx(area, abs=slack)


@pytest.mark.claim("prp-w1-cdf")
@settings(max_examples=100, deadline=None)
@given(pairs(max_size=10), seeds)
def test_the_prices_of_the_proof_earn_the_area(pair, seed):
    """The price function with slope +1 where F > G and -1 where F < G, the lower half of the proof."""
    p, q = pair
    x = np.sort(points(seed, p.size, d=1)[:, 0])
    slope = np.sign(np.cumsum(p - q)[:-1])
    prices = np.append(0, np.cumsum(slope * np.diff(x)))
    assert q @ prices - p @ prices == pytest.approx(
        wasserstein_distance(p, q, x), abs=1e-11 * (np.ptp(x) + 1e-300)
    )


@pytest.mark.claim("prp-w1-means")
@settings(max_examples=150, deadline=None)
@given(pairs(max_size=10), seeds)
def test_w1_exceeds_the_difference_of_the_means_by_twice_the_smaller_area(pair, seed):
    """More than is claimed: the excess is twice the smaller of the areas with F > G and with F < G, so it is
    0 exactly if one of them is empty.
    """
    p, q = pair
    x = points(seed, p.size, d=1)[:, 0]
    above, below = area_between_cdfs(p, q, x)
    excess = wasserstein_distance(p, q, x) - abs(q @ x - p @ x)
    assert excess == pytest.approx(2 * min(above, below), abs=1e-11 * np.abs(x).max())


@pytest.mark.claim("prp-w1-means")
@settings(max_examples=100, deadline=None)
@given(probability_vectors(max_size=10), seeds)
def test_equality_when_all_mass_moves_the_same_way(p, seed):
    """Each atom is moved to the right by its own amount: one CDF lies wholly above the other."""
    x = points(seed, p.size, d=1)[:, 0]
    y = x + np.random.default_rng(seed).exponential(size=p.size) * np.ptp(x)
    assert wasserstein_distance(p, p, x, y) == pytest.approx(
        p @ y - p @ x, rel=1e-9, abs=1e-12 * np.abs(y).max()
    )


@pytest.mark.claim("prp-w1-means")
def test_equal_means_do_not_make_w1_vanish():
    """Crossing CDFs: (1/2, 0, 1/2) and (0, 1, 0) have equal means and W1 = 1. So do {0, 3} and {1, 2},
    although they share no place. January's wind against June's is nearly such a pair.
    """
    assert wasserstein_distance([0.5, 0, 0.5], [0, 1, 0], [0, 1, 2]) == 1
    assert wasserstein_distance_samples([0, 3], [1, 2]) == 1
    weather = load_seattle_weather()
    january, june = (weather.wind[weather.month == month] for month in (1, 6))
    assert abs(january.mean() - june.mean()) < 0.02
    assert wasserstein_distance_samples(january, june) > 0.79


CONVEX = {
    "distance": np.abs,
    "power 1.5": lambda t: np.abs(t) ** 1.5,
    "square": np.square,
    "only to the right": lambda t: np.maximum(-t, 0),
    "exponential": lambda t: np.exp(t / 2),
}


@pytest.mark.claim("prp-sorted-matching")
def test_convex_in_the_distance_alone_is_not_enough():
    """The cost (d - 1)² is convex in d, not in x - y: between {0, 1} and {0, 1} sorting costs 2, trading
    places nothing.
    """
    cost = (np.abs(np.subtract.outer([0, 1], [0, 1])) - 1.0) ** 2
    assert np.trace(cost) == 2
    assert optimal_transport([0.5, 0.5], [0.5, 0.5], cost).cost == 0


@pytest.mark.claim("prp-sorted-matching")
@pytest.mark.parametrize("h", CONVEX.values(), ids=CONVEX)
@settings(max_examples=40, deadline=None)
@given(probability_vectors(max_size=7), probability_vectors(max_size=7), seeds)
def test_the_quantile_coupling_is_optimal_for_convex_costs(h, p, q, seed):
    """Five convex costs, up to 7 x 7 atoms of any weight: no cheaper than the solver's plan, to 1e-11 of the
    largest cost.
    """
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-5, 6, p.size) + 0.0, rng.normal(scale=3, size=q.size)
    cost = h(x[:, None] - y)
    sorted_cost = (quantile_coupling(p, q, x, y) * cost).sum()
    assert sorted_cost == pytest.approx(optimal_transport(p, q, cost).cost, abs=1e-11 * cost.max())


@pytest.mark.claim("prp-sorted-matching")
@pytest.mark.parametrize("order", [1, 1.5, 2, 3])
@settings(max_examples=40, deadline=None)
@given(probability_vectors(max_size=7), probability_vectors(max_size=7), seeds)
def test_the_distance_of_every_order_is_that_of_the_quantiles(order, p, q, seed):
    """Orders 1 to 3 against the integral over quantiles, written out as the sorted coupling."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=p.size), rng.normal(size=q.size)
    integral = (quantile_coupling(p, q, x, y) * np.abs(x[:, None] - y) ** order).sum()
    # Masses that differ by rounding alone enter with the root of their size.
    assert wasserstein_distance(p, q, x, y, order=order) == pytest.approx(integral ** (1 / order), abs=1e-5)


@pytest.mark.claim("prp-sorted-matching")
@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.sampled_from([1, 2, 3]), seeds)
def test_sorted_samples_beat_every_permutation(n, order, seed):
    """All n! pairings of two samples of up to 6 points, one after the other."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), rng.normal(size=n)
    best = min(np.mean(np.abs(x - y[list(pairing)]) ** order) for pairing in permutations(range(n)))
    assert wasserstein_distance_samples(x, y, order=order) ** order == pytest.approx(best, rel=1e-10, abs=0)


@pytest.mark.claim("prp-sorted-matching")
@settings(max_examples=60, deadline=None)
@given(probability_vectors(max_size=7, positive=True), probability_vectors(max_size=7, positive=True), seeds)
def test_for_a_strictly_convex_cost_no_other_plan_is_optimal(p, q, seed):
    """Squared distance and distinct places: the solver's plan is the sorted one, entry by entry."""
    rng = np.random.default_rng(seed)
    x, y = rng.permutation(p.size) + 0.0, rng.permutation(q.size) + 0.5
    plan = optimal_transport(p, q, (x[:, None] - y) ** 2)
    np.testing.assert_allclose(plan.coupling, quantile_coupling(p, q, x, y), atol=1e-14)


@pytest.mark.claim("prp-sorted-matching")
def test_without_strict_convexity_there_are_others_and_without_convexity_sorting_fails():
    """Two different plans for 5 on the piles; and the points 0, 1 to 1, 2 with the concave cost sqrt: 1.41
    against 2.
    """
    d = np.abs(PLACES[:, None] - PLACES)
    other = np.array([[1, 0, 2, 0], [0, 2, 0, 0], [0, 0, 1, 0], [0, 0, 1, 3]]) / 10
    assert (other.sum(axis=1), other.sum(axis=0)) == (pytest.approx(PILES[0]), pytest.approx(PILES[1]))
    assert (other * d).sum() == pytest.approx(
        (quantile_coupling(*PILES, PLACES, PLACES) * d).sum(), abs=1e-12
    )
    x, y = np.array([0.0, 1.0]), np.array([1.0, 2.0])
    cost = np.sqrt(np.abs(x[:, None] - y))
    half = np.array([0.5, 0.5])
    assert 2 * (quantile_coupling(half, half, x, y) * cost).sum() == pytest.approx(2)
    assert 2 * optimal_transport(half, half, cost).cost == pytest.approx(np.sqrt(2))


@pytest.mark.claim("prp-wasserstein-metric")
@pytest.mark.parametrize(("order", "d"), [(1, 1), (2, 1), (3, 1), (np.inf, 1), (1, 2), (2, 2), (3, 3)])
@settings(max_examples=40, deadline=None)
@given(triples(max_size=6), seeds)
def test_triangle_inequality_and_symmetry(order, d, three, seed):
    """Orders 1, 2, 3 and infinity in up to 3 dimensions; rounding 1e-6 of the largest distance in orders
    above 1, where it enters with its root.
    """
    p, q, s = three
    x = points(seed, p.size, d)
    pq, qs, ps, qp = (wasserstein_distance(*two, x, order=order) for two in ((p, q), (q, s), (p, s), (q, p)))
    assert ps <= pq + qs + 1e-6 * distances(x, x).max()
    assert pq == pytest.approx(qp, rel=1e-9, abs=1e-6 * distances(x, x).max())


@pytest.mark.claim("prp-wasserstein-metric")
@pytest.mark.parametrize("order", [1, 2])
@settings(max_examples=60, deadline=None)
@given(pairs(min_size=2, max_size=6), seeds)
def test_zero_only_between_equal_distributions(order, pair, seed):
    """At distinct places: 0 for p against itself, and at least the smallest distance times the total
    variation to the power 1/order otherwise.
    """
    p, q = pair
    x = np.random.default_rng(seed).permutation(10)[: p.size] + 0.0
    assert wasserstein_distance(p, p, x, order=order) == 0
    variation = np.abs(p - q).sum() / 2
    assert wasserstein_distance(p, q, x, order=order) >= (variation - 1e-12 if variation > 1e-12 else 0) ** (
        1 / order
    )


@pytest.mark.claim("prp-wasserstein-metric")
def test_without_the_root_or_below_order_one_it_is_no_metric():
    """Conditions dropped: the square of W2 from 0 by way of 1 to 2 is 4 > 1 + 1; orders below 1 are refused.
    KL is no metric either.
    """
    at = [np.eye(3)[k] for k in range(3)]
    W = [[wasserstein_distance(a, b, [0, 1, 2], order=2) for a in at] for b in at]
    assert W[0][2] <= W[0][1] + W[1][2]
    assert W[0][2] ** 2 > W[0][1] ** 2 + W[1][2] ** 2
    with pytest.raises(ValueError, match="at least 1"):
        wasserstein_distance(at[0], at[1], [0, 1, 2], order=0.5)
    a, b, c = [0.5, 0.5], [0.25, 0.75], [0.1, 0.9]
    assert kl_divergence(a, c) > kl_divergence(a, b) + kl_divergence(b, c)


@pytest.mark.claim("prp-w-shift")
@pytest.mark.parametrize("order", [1, 2, 3])
@settings(max_examples=40, deadline=None)
@given(probability_vectors(max_size=8), st.integers(1, 4), seeds)
def test_a_shift_is_as_far_as_it_is_long(order, p, d, seed):
    """Weighted atoms in 1 to 4 dimensions, shifted by a vector: its length, in every order."""
    x = points(seed, p.size, d)
    v = np.random.default_rng(seed).normal(size=d)
    distance = wasserstein_distance(p, p, x, x + v, order=order)
    assert distance == pytest.approx(np.linalg.norm(v), rel=1e-9, abs=1e-9 * np.abs(x).max())


@pytest.mark.claim("prp-w-shift")
@pytest.mark.parametrize(("order", "d"), [(1, 1), (2, 1), (1, 3), (2, 3)])
@settings(max_examples=40, deadline=None)
@given(pairs(max_size=6), st.floats(-100, 100), seeds)
def test_the_unit_of_the_axis_is_the_unit_of_the_distance(order, d, pair, a, seed):
    """x becomes a x + b in both: the distance becomes |a| times as large; a between -100 and 100, zero
    included.
    """
    p, q = pair
    x = np.random.default_rng(seed).normal(size=(p.size, d))
    b = np.arange(d)
    expected = abs(a) * wasserstein_distance(p, q, x, order=order)
    assert wasserstein_distance(p, q, a * x + b, order=order) == pytest.approx(
        expected, abs=1e-5 * (1 + abs(a))
    )
