"""Claims of the deeper page on KL: bounds, limits, tests, bets, duality, projections."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats
from strategies import large_pairs, pairs, probability_vectors, seeds

from divergences import entropy, kl_divergence, kl_divergence_continuous, normalize, total_variation_distance


@pytest.mark.claim("prp-pinsker")
@settings(max_examples=300)
@given(pairs())
def test_kl_is_at_least_twice_the_squared_total_variation(pair):
    """Pairs with zeros, ties, 1e-300, one atom: nothing below the parabola."""
    p, q = pair
    assert kl_divergence(p, q) >= 2 * total_variation_distance(p, q) ** 2 * (1 - 1e-12)


@pytest.mark.claim("prp-pinsker")
@given(large_pairs())
def test_pinsker_holds_for_thousands_of_outcomes(pair):
    """1000 to 5000 outcomes."""
    p, q = pair
    assert kl_divergence(p, q) >= 2 * total_variation_distance(p, q) ** 2


@pytest.mark.claim("prp-pinsker")
def test_the_constant_2_is_the_best():
    """A coin that is off by 0.1 to 1e-6: the ratio of KL to TV² tends to 2 at the rate 4/3 offset²."""
    for offset in (1e-1, 1e-2, 1e-4, 1e-6):
        ratio = kl_divergence([0.5 + offset, 0.5 - offset], [0.5, 0.5]) / offset**2
        assert 2 * (1 - 1e-9) <= ratio <= 2 + 1.5 * offset**2 + 1e-9


@pytest.mark.claim("prp-pinsker")
def test_there_is_no_bound_in_the_other_direction():
    """A rare outcome that q excludes: TV as small as one likes, KL infinite."""
    for rare in (1e-2, 1e-8):
        assert total_variation_distance([1 - rare, rare], [1, 0]) == pytest.approx(rare)
        assert kl_divergence([1 - rare, rare], [1, 0]) == np.inf


@pytest.mark.claim("prp-kl-fisher")
@settings(max_examples=50)
@given(st.integers(2, 6), seeds)
def test_kl_is_half_a_squared_length_up_to_third_order(n, seed):
    """A softmax family in n - 1 parameters: both directions, steps 1e-2 to 1e-5, remainder of third order."""
    rng = np.random.default_rng(seed)
    theta, direction = rng.normal(size=(2, n))
    direction /= np.linalg.norm(direction)
    p = special.softmax(theta)
    fisher = np.diag(p) - np.outer(p, p)  # of the softmax family
    quadratic = 0.5 * direction @ fisher @ direction
    third = 2 * np.abs(direction - p @ direction).max() ** 3
    for step in (1e-2, 1e-3, 1e-4, 1e-5):
        moved = special.softmax(theta + step * direction)
        for value in (kl_divergence(p, moved), kl_divergence(moved, p)):
            assert abs(value - quadratic * step**2) <= third * step**3 + 1e-9 * step**2


@pytest.mark.claim("prp-kl-reparametrisation")
@pytest.mark.parametrize(
    ("pair", "mapped"),
    [
        ((stats.norm(0, 1), stats.norm(1, 2)), (stats.lognorm(1), stats.lognorm(2, scale=np.e))),
        ((stats.norm(0, 1), stats.norm(1, 2)), (stats.norm(32, 1.8), stats.norm(33.8, 3.6))),
        ((stats.expon(), stats.expon(scale=3)), (stats.weibull_min(2), stats.weibull_min(2, scale=3**0.5))),
        ((stats.gamma(2), stats.gamma(3.5)), (stats.invgamma(2), stats.invgamma(3.5))),
    ],
)
def test_kl_survives_a_change_of_variable(pair, mapped):
    """Four maps (exp, °C to °F, square root, 1/x), each with the known law of the image: equal to 1e-8."""
    assert kl_divergence_continuous(*pair) == pytest.approx(
        kl_divergence_continuous(*mapped), rel=1e-8, abs=0
    )


def stein_exponent(p, q, n, epsilon):
    """Best exponent for two coins: decide for p on the most telling counts, randomised at the edge."""
    k = np.arange(n + 1)
    log_p, log_q = stats.binom(n, p).logpmf(k), stats.binom(n, q).logpmf(k)
    order = np.argsort(log_q - log_p)  # Neyman and Pearson: likelihood ratio first
    mass = np.cumsum(np.exp(log_p[order]))
    full = int(np.searchsorted(mass, 1 - epsilon))
    left = (1 - epsilon - (mass[full - 1] if full else 0)) / np.exp(log_p[order[full]])
    terms = np.append(log_q[order[:full]], log_q[order[full]] + np.log(left))
    return -special.logsumexp(terms) / n


def log_tail(n, p, heads):
    """The logarithm of the chance of at least so many heads, also where the chance itself underflows."""
    return special.logsumexp(stats.binom(n, p).logpmf(np.arange(heads, n + 1)))


@pytest.mark.claim("prp-chernoff")
@given(st.floats(0.001, 0.999), st.floats(0, 1), st.integers(1, 2000))
def test_so_many_heads_are_at_most_as_likely_as_the_bound(p, place, n):
    """Any coin, any share of heads above its own, up to 2000 tosses; the whole share 1 included."""
    heads = n - int(place * (1 - p) * n)  # from n down to about n p
    a = heads / n
    if a > p:
        bound = -n * kl_divergence([a, 1 - a], [p, 1 - p])
        assert log_tail(n, p, heads) <= bound * (1 - 1e-9) + 1e-9


@pytest.mark.claim("prp-chernoff")
@pytest.mark.parametrize(("p", "a"), [(0.3, 0.5), (0.29, 0.49), (0.01, 0.02), (0.5, 1.0), (0.2, 0.9)])
def test_the_exponent_of_a_rare_share_is_kl(p, a):
    """The gap to KL is at most log(n + 1)/n, and what rounding n a to whole heads makes of it."""
    for n in (100, 10_000, 1_000_000):
        heads = round(n * a)
        exponent = -log_tail(n, p, heads) / n
        assert 0 <= exponent - kl_divergence([a, 1 - a], [p, 1 - p]) + 1e-12 <= np.log(n + 1) / n + 2e-12


@pytest.mark.claim("prp-stein")
@pytest.mark.parametrize(("p", "q"), [(0.3, 0.5), (0.5, 0.3), (0.1, 0.9), (0.29, 0.49)])
@pytest.mark.parametrize("epsilon", [0.01, 0.3, 0.9])
def test_the_best_error_exponent_tends_to_kl(p, q, epsilon):
    """Exact optimal tests between two coins, n = 100 to 40 000: the gap shrinks like 1/sqrt(n), with the
    constant of the central limit theorem, whatever epsilon is.
    """
    limit = kl_divergence([p, 1 - p], [q, 1 - q])
    evidence = np.log(p / q) - np.log((1 - p) / (1 - q))
    constant = abs(evidence) * np.sqrt(p * (1 - p)) * abs(stats.norm.ppf(epsilon))
    for n in (100, 2500, 40_000):
        gap = abs(stein_exponent(p, q, n, epsilon) - limit)
        assert gap <= constant / np.sqrt(n) + 2 * np.log(n) / n + 3 / n


@pytest.mark.claim("prp-stein")
def test_the_direction_matters():
    """For unequal divergences the exponent approaches KL(p, q), not KL(q, p)."""
    exponent = stein_exponent(0.1, 0.5, 40_000, 0.1)
    forward, backward = kl_divergence([0.1, 0.9], [0.5, 0.5]), kl_divergence([0.5, 0.5], [0.1, 0.9])
    assert abs(exponent - forward) < 0.01 < abs(exponent - backward)


@pytest.mark.claim("prp-kelly")
@given(pairs(positive=True), seeds)
def test_a_wrong_belief_costs_exactly_kl(pair, seed):
    """Any belief and any positive payouts: the loss of growth is KL, so the truth bets best."""
    p, q = pair
    payouts = np.random.default_rng(seed).exponential(size=p.size) + 0.01

    def growth(bet):
        return p @ (np.log(bet) + np.log(payouts))

    assert growth(p) - growth(q) == pytest.approx(kl_divergence(p, q), rel=1e-9, abs=1e-11)
    assert growth(p) >= growth(q) - 1e-11


@pytest.mark.claim("prp-donsker-varadhan")
@given(pairs(), seeds)
def test_every_score_gives_a_lower_bound(pair, seed):
    """Pairs with zeros and 20 random scores each, small and large."""
    p, q = pair
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(20, p.size)) * rng.exponential(3, size=(20, 1))
    bounds = scores @ p - special.logsumexp(scores, b=q, axis=1)
    assert np.all(bounds <= kl_divergence(p, q) * (1 + 1e-12) + 1e-12)


@pytest.mark.claim("prp-donsker-varadhan")
@given(pairs(positive=True), st.floats(-10, 10))
def test_the_log_ratio_attains_the_supremum(pair, constant):
    """Positive pairs down to 1e-300: T = log(p/q) + c reaches KL for any c."""
    p, q = pair
    score = np.log(p) - np.log(q) + constant
    bound = p @ score - special.logsumexp(score, b=q)
    assert bound == pytest.approx(kl_divergence(p, q), rel=1e-9, abs=1e-10)


@pytest.mark.claim("prp-donsker-varadhan")
def test_an_excluded_outcome_lets_the_bound_grow_for_ever():
    """q = 0 < p: the bound rises with the score of that outcome, without end."""
    p, q = np.array([0.5, 0.5]), np.array([1.0, 0.0])
    bounds = [p @ [0, t] - special.logsumexp([0, t], b=q) for t in (1, 10, 1000)]
    assert bounds == pytest.approx([0.5, 5, 500])
    assert kl_divergence(p, q) == np.inf


@pytest.mark.claim("prp-moment-projection")
@pytest.mark.parametrize(
    "law", [stats.gamma(2), stats.uniform(-1, 4), stats.logistic(1, 0.5), stats.beta(2, 5)]
)
def test_the_nearest_normal_has_the_same_mean_and_variance(law):
    """Four laws: a numerical minimiser of KL(p, N(m, s²)) finds their moments, to 1e-4."""

    def divergence(parameters):
        return kl_divergence_continuous(law, stats.norm(parameters[0], np.exp(parameters[1])))

    best = optimize.minimize(divergence, [law.mean() + 0.3, np.log(law.std()) + 0.3], method="Nelder-Mead")
    assert best.x[0] == pytest.approx(law.mean(), abs=1e-3 * law.std())
    assert np.exp(best.x[1]) == pytest.approx(law.std(), rel=1e-3, abs=0)


def project(q, corners):
    """The distribution in the convex hull of `corners` that is nearest to q in KL(., q)."""

    def divergence(weights):
        p = normalize(np.maximum(weights, 0) @ corners)
        return kl_divergence(p, q), corners @ np.log(p / q)  # the gradient, up to a constant

    starts = [np.full(len(corners), 1 / len(corners)), *(0.1 / len(corners) + 0.9 * np.eye(len(corners)))]
    fits = [
        optimize.minimize(
            divergence,
            start,
            jac=True,
            method="SLSQP",
            bounds=[(0, 1)] * len(corners),
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
            options={"ftol": 1e-16, "maxiter": 500},
        )
        for start in starts
    ]
    return normalize(np.maximum(min(fits, key=lambda fit: fit.fun).x, 0) @ corners)


@pytest.mark.claim("prp-pythagoras")
@settings(max_examples=25, deadline=None)
@given(seeds)
def test_the_projection_obeys_the_pythagorean_inequality(seed):
    """Triangles of distributions on 4 outcomes, projected numerically: 20 points of each obey, to 1e-6."""
    rng = np.random.default_rng(seed)
    corners, q = rng.dirichlet(np.ones(4), size=3), rng.dirichlet(np.ones(4))
    nearest = project(q, corners)
    for weights in rng.dirichlet(np.ones(3), size=20):
        p = weights @ corners
        assert kl_divergence(p, q) >= kl_divergence(p, nearest) + kl_divergence(nearest, q) - 1e-6


@pytest.mark.claim("prp-pythagoras")
@given(st.floats(1.2, 5.8), seeds)
def test_with_a_fixed_mean_it_is_an_equality(mean, seed):
    """Dice with a given mean: the tilted die is the projection, and the inequality becomes an equality."""
    faces = np.arange(1.0, 7.0)
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.full(6, 5.0))

    def tilted(rate):
        return normalize(q * np.exp(rate * (faces - 3.5)))

    nearest = tilted(optimize.brentq(lambda r: tilted(r) @ faces - mean, -80, 80, xtol=1e-14))
    low, high = int(np.floor(mean)), int(np.floor(mean)) + 1
    p = np.zeros(6)
    p[low - 1], p[high - 1] = high - mean, mean - low
    right = kl_divergence(p, nearest) + kl_divergence(nearest, q)
    assert kl_divergence(p, q) == pytest.approx(right, rel=1e-7, abs=0)


@pytest.mark.claim("prp-pythagoras")
def test_without_convexity_it_fails():
    """The condition dropped: a set of two points is not convex, and the inequality is false for it."""
    q = np.array([0.5, 0.5])
    nearest, other = np.array([0.3, 0.7]), np.array([0.75, 0.25])
    assert kl_divergence(nearest, q) < kl_divergence(other, q)
    assert kl_divergence(other, q) < kl_divergence(other, nearest) + kl_divergence(nearest, q) - 0.1


@pytest.mark.claim("prp-kl-bregman")
@given(probability_vectors(n=5), probability_vectors(n=5, positive=True))
def test_kl_is_the_height_above_the_tangent_plane(p, q):
    """p with zeros, q positive down to 1e-300: value of -H minus its tangent at q."""
    gradient = np.log(q) + 1
    height = -entropy(p) + entropy(q) - gradient @ (p - q)
    assert kl_divergence(p, q) == pytest.approx(height, rel=1e-9, abs=1e-10)


@pytest.mark.claim("prp-kl-bregman")
@given(st.integers(2, 5), seeds)
def test_the_plain_average_minimises_the_mean_kl(n, seed):
    """The consequence named in the text: no random competitor beats the average of up to 5 distributions."""
    rng = np.random.default_rng(seed)
    several = rng.dirichlet(np.ones(4), size=n)
    average = several.mean(axis=0)
    others = rng.dirichlet(np.ones(4), size=50)
    best = kl_divergence(several, average).mean()
    assert np.all(kl_divergence(several[:, None], others).mean(axis=0) >= best)
