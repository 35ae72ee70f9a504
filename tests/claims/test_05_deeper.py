"""Claims of the deeper pages of chapter 5, in their order: plans, duality, maps, Gaussians, entropy, samples,
slices, interpolation, convergence.
"""

from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.linalg import sqrtm
from scipy.optimize import linprog
from scipy.special import gammaln
from strategies import pairs, probability_vectors, seeds

from divergences import (
    entropy,
    js_divergence,
    kl_divergence,
    kl_divergence_continuous,
    kl_divergence_gaussian,
    normalize,
    optimal_transport,
    sinkhorn,
    sliced_wasserstein_distance_samples,
    total_variation_distance,
    wasserstein_distance,
    wasserstein_distance_gaussian,
    wasserstein_distance_samples,
)


def distances(x, y):
    return np.linalg.norm(x[:, None] - y[None], axis=-1)


# The town of the text: shares of the loaves at three bakeries and five cafés, distances in km.
BAKERIES = np.array([[3, 4], [6, 10], [13, 3]])
CAFES = np.array([[0, 4], [0, 0], [3, 6], [10, 7], [9, 0]])
TOWN = normalize([30, 20, 10]), normalize([12, 12, 18, 12, 6]), distances(BAKERIES, CAFES)


def income(p, q, prices):
    return p @ prices[0] + q @ prices[1]


def cheapest_circle(cost, used, rounds):
    """The length of the shortest closed walk of swaps: below 0 if passing destinations on pays."""
    rows = np.flatnonzero(used.any(axis=1))
    step = np.array([(cost[:, used[i]] - cost[i, used[i]]).min(axis=1)[rows] for i in rows])
    walk = step
    for _ in range(rounds):
        walk = np.minimum(walk, (walk[:, :, None] + step[None]).min(axis=1))
    return np.diag(walk).min()


def random_coupling(p, q, rng):
    left, right, plan = p.copy(), q.copy(), np.zeros((p.size, q.size))
    for i, j in product(rng.permutation(p.size), rng.permutation(q.size)):
        plan[i, j] = min(left[i], right[j])
        left[i] -= plan[i, j]
        right[j] -= plan[i, j]
    return plan


def random_covariance(rng, d):
    root = rng.normal(size=(d, d))
    return root @ root.T


@pytest.mark.claim("prp-few-routes")
@settings(max_examples=80, deadline=None)
@given(probability_vectors(max_size=8), probability_vectors(max_size=8), seeds)
def test_few_routes_are_enough(p, q, seed):
    """Up to 8 x 8 places, costs of both signs and with many ties: the solver's plan, whose cost `linprog`
    confirms (to 1e-8), uses at most m + n - 1 routes.
    """
    cost = np.random.default_rng(seed).integers(-3, 4, size=(p.size, q.size)) + 0.0
    plan = optimal_transport(p, q, cost)
    assert (plan.coupling > 0).sum() <= p.size + q.size - 1
    margins = np.vstack([np.kron(np.eye(p.size), np.ones(q.size)), np.kron(np.ones(p.size), np.eye(q.size))])
    exactly = {"presolve": False, "primal_feasibility_tolerance": 1e-10}
    bound = linprog(cost.ravel(), A_eq=margins, b_eq=np.append(p, q), options=exactly)
    assert (plan.coupling * cost).sum() == pytest.approx(bound.fun, abs=1e-8)


@pytest.mark.claim("prp-few-routes")
def test_fewer_routes_are_not_enough():
    """The bound is sharp: the town of the text has one best plan, and it uses 3 + 5 - 1 routes."""
    coupling = optimal_transport(*TOWN).coupling
    assert (coupling > 0).sum() == 7
    # Unique, because every other route costs more than the prices say.
    u, v = optimal_transport(*TOWN).potentials
    slack = TOWN[2] - u[:, None] - v
    assert slack[coupling == 0].min() > 2


@pytest.mark.claim("prp-kantorovich-duality")
@settings(max_examples=80, deadline=None)
@given(probability_vectors(max_size=7), probability_vectors(max_size=7), seeds)
def test_best_plan_and_best_prices_meet(p, q, seed):
    """Up to 7 x 7 places with empty ones, costs of both signs: admissible prices, equal on the used routes,
    with the income of the plan; rounding 1e-12.
    """
    cost = np.random.default_rng(seed).normal(size=(p.size, q.size))
    plan = optimal_transport(p, q, cost)
    slack = cost - plan.potentials[0][:, None] - plan.potentials[1]
    assert slack.min() >= -1e-12
    assert np.abs(slack[plan.coupling > 0]).max() <= 1e-12
    assert income(p, q, plan.potentials) == pytest.approx((plan.coupling * cost).sum(), abs=1e-12)


@pytest.mark.claim("prp-kantorovich-duality")
@settings(max_examples=80, deadline=None)
@given(probability_vectors(max_size=6), probability_vectors(max_size=6), seeds)
def test_a_plan_is_optimal_exactly_if_no_circle_of_swaps_pays(p, q, seed):
    """The solver's plan has no circle of negative length; a random plan that is dearer has one, a random plan
    without one is as cheap.
    """
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 6, size=(p.size, q.size)) + 0.0
    best = optimal_transport(p, q, cost)
    assert cheapest_circle(cost, best.coupling > 0, p.size) >= 0
    other = random_coupling(p, q, rng)
    # Crumbs of rounding are no routes: with costs of whole numbers they cost at most 6e-16 each.
    circle = cheapest_circle(cost, other > 1e-16, p.size)
    dearer = (other * cost).sum() - best.cost
    assert circle < 0 if dearer > 1e-12 else dearer >= -1e-12
    if circle >= 0:
        assert dearer <= 1e-12


@pytest.mark.claim("prp-kantorovich-duality")
@settings(max_examples=40, deadline=None)
@given(probability_vectors(max_size=6), probability_vectors(max_size=6), seeds)
def test_no_admissible_prices_earn_more(p, q, seed):
    """Random prices for the sources with their c-transform, which are admissible, against the cost of the
    plan.
    """
    rng = np.random.default_rng(seed)
    cost = rng.normal(size=(p.size, q.size))
    least = optimal_transport(p, q, cost).cost
    for u in rng.normal(size=(20, p.size)):
        assert income(p, q, (u, (cost - u[:, None]).min(axis=0))) <= least + 1e-12


@pytest.mark.claim("prp-kantorovich-rubinstein")
@settings(max_examples=50, deadline=None)
@given(pairs(max_size=6), st.integers(1, 3), seeds)
def test_one_price_list_of_slope_one_is_enough(pair, d, seed):
    """Points in up to 3 dimensions: the function of the proof has slope 1 and earns W1; `linprog` over all
    functions of slope 1 finds the same (to its tolerance).
    """
    p, q = pair
    x = np.random.default_rng(seed).normal(size=(p.size, d))
    ground = distances(x, x)
    plan = optimal_transport(p, q, ground)
    f = (ground - plan.potentials[0][:, None]).min(axis=0)
    assert (np.abs(f[:, None] - f) <= ground + 1e-12).all()
    assert q @ f - p @ f == pytest.approx(wasserstein_distance(p, q, x), abs=1e-12)
    i, j = np.indices(ground.shape).reshape(2, -1)
    slopes = np.eye(p.size)[i] - np.eye(p.size)[j]
    best = linprog(p - q, A_ub=slopes, b_ub=ground.ravel(), bounds=[(0, 0)] + [(None, None)] * (p.size - 1))
    assert -best.fun == pytest.approx(wasserstein_distance(p, q, x), abs=1e-6)


@pytest.mark.claim("prp-kantorovich-rubinstein")
def test_one_list_is_not_enough_when_the_cost_is_no_metric():
    """Squared distance from 0 to 2 by way of 1: transport costs 4, one list earns at most 1 + 1."""
    place = np.arange(3)
    cost = (place[:, None] - place) ** 2
    assert optimal_transport([1, 0, 0], [0, 0, 1], cost).cost == 4
    f = place  # steeper lists break the condition between neighbours
    assert (np.abs(f[:, None] - f) <= cost).all()
    assert np.array([0, 0, 1]) @ f - np.array([1, 0, 0]) @ f == 2


@pytest.mark.claim("prp-critic-slope")
@settings(max_examples=60, deadline=None)
@given(st.integers(1, 20), st.floats(0.01, 3), seeds)
def test_a_clipped_critic_reports_at_most_its_slope_times_w1(width, clip, seed):
    """Networks with one hidden layer of h units and weights in [-c, c], whose slope is at most h c²; and K
    times an optimal function reaches K W1.
    """
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=30), rng.normal(1, 2, size=30)
    a, b, w = rng.uniform(-clip, clip, size=(3, width))
    said = np.mean(np.maximum(0, np.outer(y, a) + b) @ w) - np.mean(np.maximum(0, np.outer(x, a) + b) @ w)
    W1 = wasserstein_distance_samples(x, y)
    assert abs(said) <= width * clip**2 * W1 + 1e-12
    both = np.concatenate([x, y])
    p, q = np.repeat([1 / 30, 0], 30), np.repeat([0, 1 / 30], 30)
    best = (
        np.abs(both[:, None] - both)
        - optimal_transport(p, q, np.abs(both[:, None] - both)).potentials[0][:, None]
    ).min(axis=0)
    assert (q - p) @ (7 * best) == pytest.approx(7 * W1, rel=1e-9, abs=0)


@pytest.mark.claim("prp-route-slope")
@settings(max_examples=60, deadline=None)
@given(probability_vectors(max_size=6), probability_vectors(max_size=6), st.integers(1, 3), seeds)
def test_the_best_prices_have_slope_one_along_the_routes(p, q, d, seed):
    """Points in up to 3 dimensions, the price function of the proof of duality at eleven points of every used
    route; rounding 1e-12 of the largest distance.
    """
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(p.size, d)), rng.normal(1, 2, size=(q.size, d))
    plan = optimal_transport(p, q, distances(x, y))
    i, j = np.nonzero(plan.coupling)
    t = np.linspace(0, 1, 11)[:, None, None]
    on_the_way = (1 - t) * x[i] + t * y[j]
    prices = (np.linalg.norm(on_the_way[..., None, :] - x, axis=-1) - plan.potentials[0]).min(axis=-1)
    way = t[..., 0] * np.linalg.norm(x[i] - y[j], axis=-1)
    assert np.abs(prices - prices[0] - way).max() <= 1e-12 * distances(x, y).max()


@pytest.mark.claim("prp-route-slope")
def test_off_the_routes_the_slope_may_be_smaller():
    """In the town, from bakery A to café 4 the best price rises by 2 over 7.6 km."""
    u, v = optimal_transport(*TOWN).potentials
    rise = u[0] + v[3]
    assert rise == pytest.approx(2, abs=1e-12)
    assert TOWN[2][0, 3] > 7.6


@pytest.mark.claim("prp-route-slope")
def test_a_penalised_critic_overshoots_by_w1_over_twice_the_penalty():
    """The remark in the text: s W1 - λ (s - 1)² is greatest at s = 1 + W1 / (2 λ)."""
    s = np.linspace(0, 3, 300_001)
    for W, penalty in ((0.957, 10), (0.2, 1), (3, 5)):
        best = s[np.argmax(s * W - penalty * (s - 1) ** 2)]
        assert best == pytest.approx(1 + W / (2 * penalty), abs=1e-5)


@pytest.mark.claim("prp-monge-assignment")
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), seeds)
def test_equal_points_need_no_splitting(n, seed):
    """All n! one-to-one maps between up to 5 points, costs of both signs: the best costs as little as the
    best coupling.
    """
    cost = np.random.default_rng(seed).normal(size=(n, n))
    best = min(cost[np.arange(n), list(image)].mean() for image in permutations(range(n)))
    assert optimal_transport(np.full(n, 1 / n), np.full(n, 1 / n), cost).cost == pytest.approx(
        best, abs=1e-12
    )


@pytest.mark.claim("prp-monge-assignment")
def test_unequal_masses_may_have_to_split():
    """The condition dropped: one point against two. The only coupling splits it; a map has one image and
    misses a margin.
    """
    plan = optimal_transport([1], [0.5, 0.5], [[1, 1]])
    assert (plan.coupling > 0).sum() == 2


CONVEX_GRADIENTS = {
    "linear": lambda x, rng: x @ random_covariance(rng, x.shape[1]),
    "log-sum-exp": lambda x, rng: np.exp(2 * x) / np.exp(2 * x).sum(axis=1, keepdims=True),
    "radial": lambda x, rng: x * np.linalg.norm(x, axis=1, keepdims=True),
    "cubes": lambda x, rng: x**3,
}


@pytest.mark.claim("prp-convex-gradient")
@pytest.mark.parametrize("gradient", CONVEX_GRADIENTS.values(), ids=CONVEX_GRADIENTS)
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), seeds)
def test_the_gradient_of_a_convex_function_is_the_best_map(gradient, d, seed):
    """Four families of convex functions in up to 4 dimensions, 25 points: no assignment beats the map."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(25, d))
    y = gradient(x, rng)
    by_map = np.sqrt(((x - y) ** 2).sum(axis=1).mean())
    assert wasserstein_distance_samples(x, y, order=2) == pytest.approx(by_map, rel=1e-9, abs=0)


@pytest.mark.claim("prp-convex-gradient")
@pytest.mark.parametrize("matrix", [[[0, -1], [1, 0]], [[1, 0], [0, -1]]], ids=["quarter turn", "mirror"])
def test_a_map_that_is_no_such_gradient_can_be_beaten(matrix):
    """Conditions dropped: a turn is no gradient, a mirror that of a function that is not convex."""
    x = np.random.default_rng(0).normal(size=(200, 2))
    y = x @ np.array(matrix).T
    assert wasserstein_distance_samples(x, y, order=2) < 0.5 * np.sqrt(((x - y) ** 2).sum(axis=1).mean())


@pytest.mark.claim("prp-bures")
@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), seeds)
def test_means_and_covariances_bound_w2_from_below(d, seed):
    """The bound needs no Gaussians: two samples of 20 points, skewed and clustered, with their own means and
    covariances.
    """
    rng = np.random.default_rng(seed)
    x = rng.exponential(size=(20, d)) @ rng.normal(size=(d, d))
    y = rng.normal(size=(20, d)) + 3 * rng.integers(0, 2, size=(20, 1))
    moments = [(z.mean(axis=0), np.cov(z.T, bias=True).reshape(d, d)) for z in (x, y)]
    bound = wasserstein_distance_gaussian(*moments[0], *moments[1])
    assert bound <= wasserstein_distance_samples(x, y, order=2) * (1 + 1e-9)


@pytest.mark.claim("prp-bures")
@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), seeds)
def test_the_formula_for_gaussians(d, seed):
    """The trace formula by scipy's matrix roots, and the linear map T that carries one Gaussian to the other:
    E |x - T x|² is the same number.
    """
    rng = np.random.default_rng(seed)
    A, B = (random_covariance(rng, d) + 0.1 * np.eye(d) for _ in range(2))
    m, k = rng.normal(size=(2, d))
    root = sqrtm(A).real
    middle = sqrtm(root @ B @ root).real
    trace = np.trace(A) + np.trace(B) - 2 * np.trace(middle)
    distance = wasserstein_distance_gaussian(m, A, k, B)
    assert distance**2 == pytest.approx((m - k) @ (m - k) + trace, rel=1e-8, abs=0)
    T = np.linalg.inv(root) @ middle @ np.linalg.inv(root)
    np.testing.assert_allclose(T @ A @ T, B, rtol=1e-6, atol=1e-6)
    move = np.eye(d) - T
    assert distance**2 == pytest.approx((m - k) @ (m - k) + np.trace(move @ A @ move.T), rel=1e-6, abs=0)


@pytest.mark.claim("prp-bures")
def test_on_the_line_gaussians_are_points_in_a_plane_and_a_ring_is_not_a_gaussian():
    """N(0, 1) and N(3, 4): sqrt(9 + 1), also from 20,000 quantiles; a ring with the moments of a normal is
    0.6746 from it, the formula says 0.
    """
    assert wasserstein_distance_gaussian(0, 1, 3, 4) == pytest.approx(np.sqrt(10), rel=1e-12, abs=0)
    u = (np.arange(20_000) + 0.5) / 20_000
    by_quantiles = wasserstein_distance_samples(stats.norm.ppf(u), stats.norm(3, 2).ppf(u), order=2)
    assert by_quantiles == pytest.approx(np.sqrt(10), rel=1e-4, abs=0)
    radius = stats.rayleigh.ppf(u)
    assert np.mean((radius - np.sqrt(2)) ** 2) == pytest.approx(4 - 2 * np.sqrt(np.pi), rel=1e-3, abs=0)
    angle = 2 * np.pi * np.arange(400) / 400
    ring = np.sqrt(2) * np.column_stack([np.cos(angle), np.sin(angle)])
    cloud = (
        ring
        / np.sqrt(2)
        * stats.rayleigh.ppf((np.random.default_rng(0).permutation(400) + 0.5) / 400)[:, None]
    )
    assert wasserstein_distance_samples(ring, cloud, order=2) == pytest.approx(0.6746, abs=0.02)
    assert wasserstein_distance_gaussian(
        [0, 0], np.cov(ring.T, bias=True), [0, 0], np.eye(2)
    ) == pytest.approx(0, abs=1e-7)


@pytest.mark.claim("prp-entropic-plan")
@settings(max_examples=40, deadline=None)
@given(pairs(min_size=2, max_size=6, positive=True), st.sampled_from([0.05, 0.3, 1, 10]), seeds)
def test_the_entropic_plan_has_its_form_and_no_coupling_is_better(pair, epsilon, seed):
    """Weights above 1e-4, ε from 0.05 to 10: the logarithm of the plan is a sum over rows and columns, and 20
    other couplings have a larger objective by ε KL.
    """
    p, q = (normalize(np.maximum(side, 1e-4)) for side in pair)
    rng = np.random.default_rng(seed)
    cost = rng.random((p.size, q.size))
    plan = sinkhorn(p, q, cost, epsilon=epsilon, tolerance=1e-11)
    assume(plan.converged)  # with a small epsilon and near ties it may need more than all its iterations
    np.testing.assert_allclose(plan.coupling.sum(axis=1), p, atol=1e-8)
    np.testing.assert_allclose(plan.coupling.sum(axis=0), q, atol=1e-8)
    assert plan.coupling.min() > 0
    log = np.log(plan.coupling / np.outer(p, q)) + cost / epsilon
    second_difference = log - log[:1] - log[:, :1] + log[0, 0]
    assert np.abs(second_difference).max() < 1e-8 * (1 + 1 / epsilon)

    def objective(coupling):
        return (coupling * cost).sum() + epsilon * kl_divergence(coupling.ravel(), np.outer(p, q).ravel())

    for _ in range(20):
        t = rng.random()
        other = t * random_coupling(p, q, rng) + (1 - t) * np.outer(p, q)
        excess = epsilon * kl_divergence(other.ravel(), normalize(plan.coupling.ravel()))
        assert objective(other) == pytest.approx(
            objective(normalize(plan.coupling.ravel()).reshape(cost.shape)) + excess, abs=1e-6
        )


@pytest.mark.claim("prp-entropic-plan")
@settings(max_examples=40, deadline=None)
@given(pairs(min_size=2, max_size=8), st.sampled_from([0.01, 0.1, 1, 10]), seeds)
def test_the_blur_costs_at_most_epsilon_times_the_smaller_entropy(pair, epsilon, seed):
    """ε from 0.01 to 10, costs in [0, 1]; margins are met to 1e-6, so is the bound."""
    p, q = pair
    cost = np.random.default_rng(seed).random((p.size, q.size))
    gap = sinkhorn(p, q, cost, epsilon=epsilon).cost - optimal_transport(p, q, cost).cost
    assert -1e-6 <= gap <= epsilon * min(entropy(p), entropy(q)) + 1e-6


@pytest.mark.claim("prp-sliced")
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.sampled_from([1, 2, 3]), seeds)
def test_slices_are_no_longer_than_the_whole(d, order, seed):
    """Two samples of 20 points; the bound holds for each single line, hence for any number of them. Triangle
    inequality with the same lines.
    """
    rng = np.random.default_rng(seed)
    x, y, z = rng.normal(size=(3, 20, d)) * rng.exponential(size=(3, 1, d))

    def sliced(a, b):
        return sliced_wasserstein_distance_samples(a, b, order=order, projections=7, rng=seed)

    assert sliced(x, y) <= wasserstein_distance_samples(x, y, order=order) * (1 + 1e-9)
    assert sliced(x, z) <= sliced(x, y) + sliced(y, z) + 1e-12
    assert sliced(x, y) == pytest.approx(sliced(y, x), rel=1e-12, abs=0)


@pytest.mark.claim("prp-sliced")
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), seeds)
def test_in_order_two_the_slices_are_shorter_by_the_root_of_the_dimension(d, seed):
    """Averaged over an orthonormal basis of random directions, where the bound W2 / sqrt(d) is exact; over
    all directions it follows.
    """
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(20, d)), rng.normal(1, 2, size=(20, d))
    basis = np.linalg.qr(rng.normal(size=(d, d)))[0]
    mean = np.mean([wasserstein_distance_samples(x @ line, y @ line, order=2) ** 2 for line in basis.T])
    assert np.sqrt(mean) <= wasserstein_distance_samples(x, y, order=2) / np.sqrt(d) * (1 + 1e-9)


@pytest.mark.claim("prp-sliced")
@pytest.mark.parametrize("d", [2, 5, 10])
def test_the_sliced_length_of_a_shift(d):
    """A shift by a vector of length 3, 20,000 lines: 3 / sqrt(d), within 2 % (five standard errors)."""
    x = np.random.default_rng(d).normal(size=(5, d))
    v = 3 * np.eye(d)[0]
    sliced = sliced_wasserstein_distance_samples(x, x + v, order=2, projections=20_000, rng=1)
    assert sliced == pytest.approx(3 / np.sqrt(d), rel=0.02, abs=0)


def all_samples(n, k):
    """Every count vector of n draws from k places, with the logarithm of its number of orders."""
    counts = np.array([c for c in product(range(n + 1), repeat=k) if sum(c) == n])
    return counts, gammaln(n + 1) - gammaln(counts + 1).sum(axis=1)


@pytest.mark.claim("prp-w-bias")
@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 2), (4, 4), (5, 2)])
@settings(max_examples=15, deadline=None)
@given(pairs(min_size=3, max_size=3, positive=True), seeds)
def test_the_exact_expectation_over_samples_is_too_large(n, m, pair, seed):
    """Three places on the line, every possible pair of samples of up to 5 draws, weighted with its
    probability; orders 1, 2 and 3, the distance to the power of the order.
    """
    x = np.random.default_rng(seed).normal(size=3)
    sides = []
    for law, size in zip(pair, (n, m), strict=True):
        counts, orders = all_samples(size, 3)
        sides.append((counts / size, np.exp(orders + counts @ np.log(law))))
    (first, of_first), (second, of_second) = sides
    for order in (1, 2, 3):
        power = wasserstein_distance(first[:, None], second[None], x, order=order) ** order
        true = wasserstein_distance(*pair, x, order=order) ** order
        assert of_first @ power @ of_second >= true - 1e-12


@pytest.mark.claim("prp-w-bias")
def test_the_root_itself_may_come_out_too_small():
    """The power dropped: a point at 0 against a fair coin on 0 and 1, one draw each. W2 is 0.707, and 0.5 on
    average over the samples; its square is 0.5 both times.
    """
    coin, tosses = np.array([0.5, 0.5]), np.eye(2)
    distance = wasserstein_distance([1, 0], coin, [0, 1], order=2)
    sampled = np.array([wasserstein_distance([1, 0], toss, [0, 1], order=2) for toss in tosses])
    assert distance == pytest.approx(np.sqrt(0.5), rel=1e-12, abs=0)
    assert coin @ sampled == 0.5
    assert coin @ sampled**2 == pytest.approx(distance**2, rel=1e-12, abs=0)


@pytest.mark.claim("prp-w-bias")
def test_the_bias_is_zero_where_all_mass_moves_one_way_and_large_for_equal_laws():
    """Supports apart: no bias (the difference of the means has none). Equal fair coins, one toss each: 1/2
    instead of 0.
    """
    counts, orders = all_samples(3, 2)
    weight = np.exp(orders + counts @ np.log([0.3, 0.7]))
    distance = wasserstein_distance(counts[:, None] / 3, counts[None] / 3, [0, 1], [5, 7])
    assert weight @ distance @ weight == pytest.approx(
        wasserstein_distance([0.3, 0.7], [0.3, 0.7], [0, 1], [5, 7])
    )
    toss = np.eye(2)
    assert wasserstein_distance(toss[:, None], toss[None], [0, 1]).mean() == 0.5


@pytest.mark.claim("prp-w-rates")
@pytest.mark.parametrize("n", [10, 100, 1000, 10_000])
def test_on_the_line_the_rate_is_the_root_with_its_constant(n):
    """Exponential law cut into 400 atoms, 2000 samples: below the bound, and from n = 100 on within 4 % of
    its limit, sqrt(2/pi) of the bound.
    """
    rng = np.random.default_rng(n)
    x = stats.expon.ppf((np.arange(400) + 0.5) / 400)
    p = np.full(400, 1 / 400)
    F = np.cumsum(p)[:-1]
    bound = np.sqrt(F * (1 - F)) @ np.diff(x) / np.sqrt(n)
    mean = wasserstein_distance(rng.multinomial(n, p, size=2000) / n, p, x).mean()
    assert mean <= bound
    if n >= 100:
        assert mean == pytest.approx(np.sqrt(2 / np.pi) * bound, rel=0.04, abs=0)


@pytest.mark.claim("prp-w-rates")
def test_heavy_tails_spoil_the_rate():
    """The condition dropped: for a Pareto law of index 1.2 the integral is infinite, and sqrt(n) E W1 doubles
    from n = 100 to 10,000; for a normal law it stays.
    """
    rng = np.random.default_rng(0)

    def scaled(law, n):
        draws = law.rvs(size=(2, 200, n), random_state=rng)
        return np.sqrt(n) * np.median(
            [wasserstein_distance_samples(a, b) for a, b in zip(*draws, strict=True)]
        )

    assert scaled(stats.pareto(1.2), 10_000) > 2 * scaled(stats.pareto(1.2), 100)
    assert scaled(stats.norm(), 10_000) == pytest.approx(scaled(stats.norm(), 100), rel=0.15, abs=0)


@pytest.mark.claim("prp-w-rates")
@pytest.mark.parametrize("d", [1, 3, 10])
@pytest.mark.parametrize("n", [10, 40, 160])
def test_on_finitely_many_places_dimension_plays_no_role(d, n):
    """Eight corners of a cube in d dimensions, 100 samples: the mean is below D/2 sqrt((K - 1)/n), and at
    least a fifth of it.
    """
    rng = np.random.default_rng(d * n)
    x = np.unique(rng.integers(0, 2, size=(60, d)), axis=0)[:8] + 0.0
    p = np.full(len(x), 1 / len(x))
    bound = distances(x, x).max() / 2 * np.sqrt((len(x) - 1) / n)
    mean = np.mean([wasserstein_distance(sample / n, p, x) for sample in rng.multinomial(n, p, size=100)])
    assert bound / 5 <= mean <= bound


@pytest.mark.claim("prp-w-rates")
@pytest.mark.parametrize(("d", "per_side"), [(1, 5), (1, 50), (2, 3), (2, 9), (3, 2), (3, 5)])
def test_no_choice_of_points_comes_closer_to_a_density(d, per_side):
    """Uniform law on the cube (M = 1): a lattice, the best or nearly, and random points. Half a million
    places stand for the law; each goes to its nearest point, the cheapest weights.
    """
    n = per_side**d
    volume = np.exp(d / 2 * np.log(np.pi) - gammaln(d / 2 + 1))
    bound = d / (d + 1) * ((d + 1) * n * volume) ** (-1 / d)
    rng = np.random.default_rng(n)
    lattice = (np.stack(np.meshgrid(*[np.arange(per_side)] * d), axis=-1).reshape(-1, d) + 0.5) / per_side
    places = rng.random((500_000 // n, d))

    def cheapest(points):
        return distances(places, points).min(axis=1).mean()

    assert bound <= cheapest(lattice) <= 2.5 * bound
    assert bound <= cheapest(rng.random((n, d)))


@pytest.mark.claim("prp-displacement")
@pytest.mark.parametrize("order", [1, 2, 3])
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.tuples(st.floats(0, 1), st.floats(0, 1)), seeds)
def test_the_film_runs_at_constant_speed(order, d, times, seed):
    """Weighted points in up to 3 dimensions, any two moments: |t - s| of the whole way; rounding enters with
    its root.
    """
    rng = np.random.default_rng(seed)
    p, q = (normalize(rng.exponential(size=5)) for _ in range(2))
    x, y = rng.normal(size=(2, 5, d))
    plan = optimal_transport(p, q, distances(x, y) ** order)
    i, j = np.nonzero(plan.coupling > 1e-15)
    mass = normalize(plan.coupling[i, j])
    stops = [(1 - t) * x[i] + t * y[j] for t in times]
    whole = wasserstein_distance(p, q, x, y, order=order)
    between = wasserstein_distance(mass, mass, *stops, order=order)
    assert between == pytest.approx(abs(times[0] - times[1]) * whole, abs=1e-4)


@pytest.mark.claim("prp-displacement")
def test_a_bad_plan_is_a_detour_and_so_is_the_mixture_in_order_two():
    """Conditions dropped: two points that swap places half-way meet, so the film of a bad plan is too long;
    the mixture of the points 0 and 1 has W2 = sqrt(t) and W1 = t.
    """
    x = np.array([0.0, 1.0])
    stops = [(1 - t) * x + t * x[::-1] for t in (0, 0.5, 1)]
    legs = sum(wasserstein_distance_samples(a, b, order=2) for a, b in pairwise(stops))
    assert legs == pytest.approx(1)
    assert wasserstein_distance_samples(stops[0], stops[-1], order=2) == 0
    for t in (0.01, 0.25, 0.5):
        assert wasserstein_distance([1, 0], [1 - t, t], [0, 1], order=2) == pytest.approx(np.sqrt(t))
        assert wasserstein_distance([1, 0], [1 - t, t], [0, 1], order=1) == pytest.approx(t)


@pytest.mark.claim("prp-convergence")
@settings(max_examples=100, deadline=None)
@given(pairs(max_size=8), st.integers(1, 3), st.sampled_from([1, 2, 3]), seeds)
def test_each_measure_bounds_the_next(pair, d, order, seed):
    """Up to 8 places in up to 3 dimensions: Pinsker both ways, JS between its bounds from TV, and W of
    orders 1 to 3 below the diameter; rounding 1e-12.
    """
    p, q = pair
    x = np.random.default_rng(seed).normal(size=(p.size, d))
    tv, js = total_variation_distance(p, q), js_divergence(p, q)
    assert 2 * tv**2 <= min(kl_divergence(p, q), kl_divergence(q, p)) + 1e-12
    assert tv**2 / 2 - 1e-12 <= js <= np.log(2) * tv + 1e-12
    diameter = distances(x, x).max()
    W = wasserstein_distance(p, q, x, order=order)
    assert W**order <= diameter**order * tv + 1e-12 * (1 + diameter**order)


@pytest.mark.claim("prp-convergence")
@pytest.mark.parametrize("n", [1, 10, 1000])
def test_no_other_direction_holds(n):
    """The walker, the comb (2000 places for the uniform distribution) and the runaway of the text, and a
    distribution whose tail is cut off.
    """
    walker = [1, 0], [0, 1]
    assert wasserstein_distance(*walker, [0, 1 / n]) == pytest.approx(1 / n, rel=1e-12, abs=0)
    assert total_variation_distance(*walker) == 1
    fine = (np.arange(2000) + 0.5) / 2000
    comb = (np.arange(n) + 0.5) / n
    assert wasserstein_distance_samples(fine, comb) == pytest.approx(1 / (4 * n), rel=0.01, abs=0)
    runaway = np.array([1 - 1 / n, 1 / n])
    assert total_variation_distance(runaway, [1, 0]) == pytest.approx(1 / n, rel=1e-12, abs=0)
    assert wasserstein_distance(runaway, [1, 0], [0, n]) == pytest.approx(1, rel=1e-12, abs=0)
    assert kl_divergence(runaway, [1, 0]) == np.inf
    p = normalize(0.9 ** np.arange(2000))
    cut = normalize(np.where(np.arange(2000) < n, p, 0))
    assert kl_divergence(p, cut) == np.inf
    assert total_variation_distance(p, cut) == pytest.approx(p[n:].sum(), abs=1e-12)


@pytest.mark.claim("prp-talagrand")
@settings(max_examples=60, deadline=None)
@given(st.floats(-3, 3), st.floats(0.2, 3), st.floats(-3, 3), st.floats(0.2, 3))
def test_kl_to_a_normal_bounds_the_distance(mean, sd, mu, sigma):
    """Normal q, by the two formulas: below the bound, and on it exactly if the widths agree."""
    distance = wasserstein_distance_gaussian(mean, sd**2, mu, sigma**2)
    bound = np.sqrt(2 * sigma**2 * kl_divergence_gaussian(mean, sd**2, mu, sigma**2))
    assert distance <= bound * (1 + 1e-9) + 1e-7
    shifted = np.sqrt(2 * sigma**2 * kl_divergence_gaussian(mean, sigma**2, mu, sigma**2))
    assert shifted == pytest.approx(
        wasserstein_distance_gaussian(mean, sigma**2, mu, sigma**2), rel=1e-9, abs=1e-9
    )


@pytest.mark.claim("prp-talagrand")
@pytest.mark.parametrize(
    "q", [stats.logistic(0.3, 0.5), stats.gumbel_r(-0.5, 0.7), stats.skewnorm(4), stats.norm(0, 2)]
)
def test_the_bound_holds_for_other_shapes(q):
    """Four densities against N(0, 1), by 20,000 quantiles and by quadrature: W1 <= W2 < the bound."""
    u = (np.arange(20_000) + 0.5) / 20_000
    gaps = np.abs(q.ppf(u) - stats.norm.ppf(u))
    W2 = np.sqrt(np.mean(gaps**2))
    assert gaps.mean() <= W2 <= np.sqrt(2 * kl_divergence_continuous(q, stats.norm()))


@pytest.mark.claim("prp-talagrand")
def test_the_variance_alone_does_not_give_the_bound():
    """The normal dropped: p has probability 0.01 at 1 and q has 0.02. W1 = 0.01 and W2 = 0.1, and the bound
    with the variance of p is below 0.009.
    """
    p, q, places = [0.99, 0.01], [0.98, 0.02], [0, 1]
    bound = np.sqrt(2 * 0.01 * 0.99 * kl_divergence(q, p))
    assert bound < 0.009
    assert wasserstein_distance(q, p, places) == pytest.approx(0.01, rel=1e-9, abs=0)
    assert wasserstein_distance(q, p, places, order=2) == pytest.approx(0.1, rel=1e-9, abs=0)
