"""Claims of chapter 2 and its deeper pages: what KL is, and what it bounds, measures and projects."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats
from strategies import channels, large_pairs, pairs, probability_vectors, seeds, shares, vector_tuples

from divergences import (
    entropy,
    kl_divergence,
    kl_divergence_continuous,
    kl_divergence_gaussian,
    mutual_information,
    normalize,
    total_variation_distance,
)

# Relative rounding of a sum of a dozen terms, each of them right to a few units in the last place.
ROUNDING = 1e-12


def tables(count=1):
    """Draw `count` joint distributions, with zeros, over the same 1 to 5 by 1 to 5 outcomes."""

    def build(rows, columns, seed):
        rng = np.random.default_rng(seed)
        weights = rng.exponential(size=(count, rows, columns)) ** 3 * (
            rng.random((count, rows, columns)) < 0.8
        )
        weights[:, 0, 0] += 0.1
        return weights / weights.sum(axis=(1, 2), keepdims=True)

    return st.builds(build, st.integers(1, 5), st.integers(1, 5), seeds)


@pytest.mark.claim("prp-gibbs")
@settings(max_examples=300)
@given(pairs())
def test_kl_is_never_negative_and_0_only_at_equality(pair):
    """Pairs with zeros, ties, 1e-300, one atom: KL >= 0; above half the squared L1 distance (Pinsker), so 0
    only at equality; infinite exactly where q vanishes on the support of p.
    """
    p, q = pair
    value = kl_divergence(p, q)
    assert value >= 0
    assert kl_divergence(p, p) == 0
    assert value >= 0.5 * np.abs(p - q).sum() ** 2 * (1 - ROUNDING) - 1e-30
    assert np.isinf(value) == bool(np.any((q == 0) & (p > 0)))


@pytest.mark.claim("prp-gibbs")
@given(large_pairs())
def test_gibbs_holds_for_thousands_of_outcomes(pair):
    """1000 to 5000 outcomes with common zeros."""
    p, q = pair
    assert kl_divergence(p, q) >= 0.5 * np.abs(p - q).sum() ** 2 * (1 - ROUNDING)
    assert kl_divergence(p, p) == 0


@pytest.mark.claim("prp-gibbs")
def test_without_normalisation_the_sum_can_be_negative():
    """The condition dropped: a q that sums to 1.9 gives a negative sum, and the library refuses it."""
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.4, 0.6, 0.9])
    assert np.sum(p * np.log(p / q)) < -0.6
    with pytest.raises(ValueError, match=r"q sums to 1\.9"):
        kl_divergence(p, q)


@pytest.mark.claim("prp-kl-not-metric")
def test_two_coins_show_the_asymmetry():
    """The counter-example of the text: 0.2075 and 0.1887 bits."""
    fair, biased = [1 / 2, 1 / 2], [3 / 4, 1 / 4]
    assert kl_divergence(fair, biased, base=2) == pytest.approx(np.log2(4 / 3) / 2, rel=1e-14, abs=0)
    assert kl_divergence(biased, fair, base=2) == pytest.approx(0.75 * np.log2(1.5) - 0.25, rel=1e-14, abs=0)


@pytest.mark.claim("prp-kl-not-metric")
def test_three_coins_break_the_triangle_inequality_also_for_the_root():
    """The two explicit triples of the text: 0.737 > 0.208 + 0.133 bits; for the root 5.257 > 4.455."""
    p, q, r = [1 / 2, 1 / 2], [3 / 4, 1 / 4], [9 / 10, 1 / 10]
    assert kl_divergence(p, r) > 2 * (kl_divergence(p, q) + kl_divergence(q, r))
    p, q, r = [1, 0], [1 / 2, 1 / 2], [1e-12, 1 - 1e-12]
    root = [np.sqrt(kl_divergence(*pair)) for pair in ((p, r), (p, q), (q, r))]
    assert root[0] > root[1] + root[2] + 0.5


@pytest.mark.claim("prp-kl-chain-rule")
@given(tables(2))
def test_joint_kl_is_the_first_plus_the_mean_of_the_conditional(joint):
    """Two tables up to 5 x 5 with zeros, both orders of the variables, infinity included."""
    for p, q in (joint, (joint[0].T, joint[1].T)):
        rows_p, rows_q = p.sum(axis=1), q.sum(axis=1)
        total = kl_divergence(rows_p, rows_q)
        for i in np.flatnonzero(rows_p > 0):
            if rows_q[i] > 0:
                total += rows_p[i] * kl_divergence(p[i] / rows_p[i], q[i] / rows_q[i])
        assert kl_divergence(p.ravel(), q.ravel()) == pytest.approx(total, rel=1e-9, abs=1e-14)


@pytest.mark.claim("prp-kl-chain-rule")
@given(pairs(max_size=3), st.integers(1, 5))
def test_independent_draws_add(pair, n):
    """n independent draws, all sequences written out, n up to 5: n times the divergence of one."""
    p, q = pair
    assume(min(p[p > 0].min(), q[q > 0].min()) ** n > 1e-300)  # no underflow
    many_p, many_q = np.ones(1), np.ones(1)
    for _ in range(n):
        many_p, many_q = np.outer(many_p, p).ravel(), np.outer(many_q, q).ravel()
    assert kl_divergence(many_p, many_q) == pytest.approx(n * kl_divergence(p, q), rel=1e-9, abs=1e-13)


@pytest.mark.claim("prp-data-processing")
@settings(max_examples=200)
@given(st.data())
def test_no_channel_raises_kl(data):
    """Random channels, some of them deterministic or merging, on pairs with zeros and tiny entries."""
    p, q = data.draw(pairs(max_size=8))
    channel = data.draw(channels(p.size))
    after_p, after_q = normalize(p @ channel), normalize(q @ channel)
    assert kl_divergence(after_p, after_q) <= kl_divergence(p, q) * (1 + 1e-9) + 1e-14


@pytest.mark.claim("prp-data-processing")
def test_a_channel_without_loss_keeps_kl():
    """Equality case: a permutation, and splitting each outcome by a known coin."""
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.2, 0.6])
    split = np.array([[0.3, 0.7, 0, 0, 0, 0], [0, 0, 0.5, 0.5, 0, 0], [0, 0, 0, 0, 0.9, 0.1]])
    assert kl_divergence(p @ split, q @ split) == pytest.approx(kl_divergence(p, q), rel=1e-13, abs=0)
    assert kl_divergence(p[::-1], q[::-1]) == pytest.approx(kl_divergence(p, q), rel=1e-13, abs=0)


@pytest.mark.claim("prp-kl-convex")
@given(vector_tuples(4), shares)
def test_kl_of_mixtures_is_at_most_the_mixture_of_kls(vectors, share):
    """Four distributions with zeros and tiny entries, any share, infinity included."""
    p1, p2, q1, q2 = vectors
    mixed = kl_divergence(normalize(share * p1 + (1 - share) * p2), normalize(share * q1 + (1 - share) * q2))
    parts = [w * kl_divergence(*pair) for w, pair in ((share, (p1, q1)), (1 - share, (p2, q2))) if w > 0]
    assert mixed <= sum(parts) * (1 + 1e-9) + 1e-14


@pytest.mark.claim("prp-kl-mixture")
@given(pairs(), st.floats(0, 0.99), st.floats(0, 0.99))
def test_kl_falls_on_the_straight_way_to_p(pair, s, t):
    """Any two places on the way: the nearer one has at most its share of the farther one's divergence."""
    p, q = pair
    s, t = sorted((s, t))
    at = [kl_divergence(p, normalize((1 - x) * q + x * p)) for x in (0, s, t)]
    assert at[2] <= (1 - t) * at[0] * (1 + 1e-9) + 1e-14
    assert at[2] <= (1 - t) / (1 - s) * at[1] * (1 + 1e-9) + 1e-14


@pytest.mark.claim("prp-kl-mixture")
@pytest.mark.parametrize("shift", [1e-2, 1e-6, 1e-9])
def test_closeness_of_another_kind_does_not_help(shift):
    """The condition dropped: a slid interval is as near as one likes in W1, and infinitely far in KL."""
    assert kl_divergence_continuous(stats.uniform(0, 1), stats.uniform(shift, 1)) == np.inf


@pytest.mark.claim("prp-kl-gaussian")
@settings(max_examples=50)
@given(st.floats(-5, 5), st.floats(0.1, 10), st.floats(-5, 5), st.floats(0.1, 10))
def test_the_closed_form_agrees_with_quadrature(mean_p, sd_p, mean_q, sd_q):
    """Means within 5, standard deviations from 0.1 to 10: formula and integral agree to 1e-8."""
    formula = np.log(sd_q / sd_p) + (sd_p**2 + (mean_p - mean_q) ** 2) / (2 * sd_q**2) - 0.5
    assert kl_divergence_gaussian(mean_p, sd_p**2, mean_q, sd_q**2) == pytest.approx(
        formula, rel=1e-8, abs=1e-12
    )
    integral = kl_divergence_continuous(stats.norm(mean_p, sd_p), stats.norm(mean_q, sd_q))
    assert integral == pytest.approx(formula, rel=1e-8, abs=1e-9)


@pytest.mark.claim("prp-kl-gaussian")
@settings(max_examples=30)
@given(st.integers(1, 5), seeds)
def test_the_formula_in_d_dimensions_agrees_with_the_mean_of_the_log_ratio(d, seed):
    """Up to 5 dimensions: the trace formula, and a Monte Carlo mean within 6 standard errors."""
    rng = np.random.default_rng(seed)
    mean_p, mean_q = rng.normal(size=(2, d))
    cov_p, cov_q = (a @ a.T + 0.3 * np.eye(d) for a in rng.normal(size=(2, d, d)))
    inverse = np.linalg.inv(cov_q)
    gap = mean_q - mean_p
    log_dets = np.linalg.slogdet(cov_q)[1] - np.linalg.slogdet(cov_p)[1]
    formula = 0.5 * (np.trace(inverse @ cov_p) + gap @ inverse @ gap - d + log_dets)
    value = kl_divergence_gaussian(mean_p, cov_p, mean_q, cov_q)
    assert value == pytest.approx(formula, rel=1e-9, abs=0)
    x = rng.multivariate_normal(mean_p, cov_p, size=4000)
    ratios = stats.multivariate_normal(mean_p, cov_p).logpdf(x) - stats.multivariate_normal(
        mean_q, cov_q
    ).logpdf(x)
    assert np.mean(ratios) == pytest.approx(value, abs=6 * np.std(ratios) / np.sqrt(4000))


@pytest.mark.claim("prp-kl-gaussian")
def test_equal_widths_are_symmetric_and_unequal_ones_are_not():
    """The source's Fig. 1: N(0, 1) and N(1, 1) have 0.5 nats both ways; N(1, 2²) has 0.443 and 1.307."""
    assert kl_divergence_gaussian(0, 1, 1, 1) == kl_divergence_gaussian(1, 1, 0, 1) == 0.5
    assert kl_divergence_gaussian(0, 1, 1, 4) == pytest.approx(np.log(2) - 1 / 4, rel=1e-14, abs=0)
    assert kl_divergence_gaussian(1, 4, 0, 1) == pytest.approx(2 - np.log(2), rel=1e-14, abs=0)


@pytest.mark.claim("prp-max-likelihood")
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), probability_vectors(n=6))
def test_mean_log_loss_is_entropy_plus_kl_of_the_frequencies(data, model):
    """Up to 40 observations of 6 outcomes, models with zeros: both sides agree, infinity included."""
    frequencies = np.bincount(data, minlength=6) / len(data)
    with np.errstate(divide="ignore"):
        loss = -np.mean(np.log(model[data]))
    assert loss == pytest.approx(
        entropy(frequencies) + kl_divergence(frequencies, model), rel=1e-10, abs=1e-13
    )


@pytest.mark.claim("prp-max-likelihood")
@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), seeds)
def test_the_most_likely_model_is_the_nearest(data, seed):
    """200 random models: the order by likelihood is the order by KL from the frequencies."""
    models = np.random.default_rng(seed).dirichlet(np.ones(4), size=200)
    frequencies = np.bincount(data, minlength=4) / len(data)
    likelihood = np.log(models[:, data]).sum(axis=1)
    assert np.argmax(likelihood) == np.argmin(kl_divergence(frequencies, models))


@pytest.mark.claim("prp-mutual-information")
@given(tables())
def test_mutual_information_in_three_ways(joint):
    """Tables up to 5 x 5 with zeros: KL to the product, sum of entropies, drop of the conditional entropy."""
    p = joint[0]
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    value = mutual_information(p)
    conditional = sum(r * entropy(row / r) for r, row in zip(rows, p, strict=True) if r > 0)
    assert value == pytest.approx(
        kl_divergence(p.ravel(), np.outer(rows, columns).ravel()), rel=1e-9, abs=1e-14
    )
    assert value == pytest.approx(entropy(rows) + entropy(columns) - entropy(p.ravel()), abs=1e-13)
    assert value == pytest.approx(entropy(columns) - conditional, abs=1e-13)
    assert value >= 0


@pytest.mark.claim("prp-mutual-information")
@given(pairs())
def test_it_is_0_exactly_for_independent_variables(pair):
    """Products of drawn margins give 0 up to rounding; a copied variable gives its entropy."""
    p, q = pair
    assert mutual_information(np.outer(p, q)) == pytest.approx(0, abs=1e-14)
    assert mutual_information(np.diag(p)) == pytest.approx(entropy(p), rel=1e-12, abs=1e-14)


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


@pytest.mark.claim("prp-bretagnolle-huber")
@settings(max_examples=300)
@given(pairs())
def test_total_variation_stays_below_the_curve_of_bretagnolle_and_huber(pair):
    """Pairs with zeros, ties, 1e-300, one atom: TV² is at most 1 - exp(-KL), infinity included."""
    p, q = pair
    assert total_variation_distance(p, q) ** 2 <= -np.expm1(-kl_divergence(p, q)) + 1e-12


@pytest.mark.claim("prp-bretagnolle-huber")
def test_where_pinsker_says_nothing_the_other_bound_still_does():
    """At 2 nats Pinsker allows TV = 1, Bretagnolle and Huber 0.93; two mirrored coins have 0.83."""
    share = optimize.brentq(lambda a: kl_divergence([a, 1 - a], [1 - a, a]) - 2, 0.5, 0.999)
    tv = total_variation_distance([share, 1 - share], [1 - share, share])
    assert np.sqrt(2 / 2) == 1
    assert 0.83 < tv < np.sqrt(1 - np.exp(-2)) < 0.935


def chance_of_ever(p, q, odds, flips):
    """The probability that the odds for coin p ever reach `odds` within so many flips of coin q."""
    alive, reached = {0: 1.0}, 0.0  # the number of heads so far, while the odds are lower
    for n in range(1, flips + 1):
        after: dict[int, float] = {}
        for heads, mass in alive.items():
            for more, chance in ((1, q), (0, 1 - q)):
                after[heads + more] = after.get(heads + more, 0) + mass * chance
        evidence = {k: k * np.log(p / q) + (n - k) * np.log((1 - p) / (1 - q)) for k in after}
        reached += sum(mass for k, mass in after.items() if evidence[k] >= np.log(odds))
        alive = {k: mass for k, mass in after.items() if evidence[k] < np.log(odds)}
    return reached


@pytest.mark.claim("prp-ville")
@settings(max_examples=40, deadline=None)
@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98), st.floats(1, 100))
def test_the_odds_against_the_truth_are_large_at_most_as_often_as_they_promise(p, q, odds):
    """Two coins, any odds from 1 to 100, watched after each of 120 flips: exact chance at most 1/odds."""
    assert chance_of_ever(p, q, odds, 120) <= 1 / odds + 1e-12


@pytest.mark.claim("prp-ville")
def test_the_bound_is_nearly_reached_and_a_single_look_is_far_below():
    """Fair against biased at 20 : 1: 4 to 5 % ever, below 2 % at each look, more than 20 % added up."""
    ever = chance_of_ever(0.75, 0.5, 20, 600)
    assert 0.04 < ever <= 0.05
    single = [
        stats.binom(n, 0.5).sf((np.log2(20) + n) / np.log2(3) - 1e-9)
        for n in range(8, 600)  # heads needed: h log2(3/2) - (n - h) >= log2(20)
    ]
    assert max(single) < 0.02
    assert sum(single) > 0.2


@pytest.mark.claim("prp-g-test")
@pytest.mark.parametrize(
    ("p", "n"), [((0.5, 0.5), 4000), ((0.2, 0.8), 4000), ((0.2, 0.3, 0.5), 400), ((0.6, 0.3, 0.1), 400)]
)
def test_the_noise_floor_of_kl_is_chi_squared(p, n):
    """All samples of two or three outcomes, with exact probabilities: 2n KL is chi-squared, to 2 %."""
    p = np.array(p)
    counts = np.stack(np.meshgrid(*[np.arange(n + 1)] * (len(p) - 1), indexing="ij"), axis=-1)
    counts = counts.reshape(-1, len(p) - 1)
    counts = counts[counts.sum(axis=1) <= n]
    counts = np.column_stack([counts, n - counts.sum(axis=1)])
    mass = stats.multinomial(n, p).pmf(counts)
    likely = mass > 1e-12
    counts, mass = counts[likely], mass[likely]
    statistic = 2 * n * kl_divergence(counts / n, p)
    degrees = len(p) - 1
    assert mass @ statistic == pytest.approx(degrees, rel=0.01, abs=0)
    for share in (0.5, 0.9, 0.95, 0.99):
        below = mass[statistic <= stats.chi2(degrees).ppf(share)].sum()
        assert below == pytest.approx(share, abs=0.02)


@pytest.mark.claim("prp-g-test")
def test_few_draws_are_another_matter():
    """The condition of many draws dropped: with 3 draws 2n KL has the mean 4.16 instead of 3."""
    p = np.full(4, 1 / 4)
    counts = np.array([c for c in np.ndindex(4, 4, 4, 4) if sum(c) == 3])
    mean = stats.multinomial(3, p).pmf(counts) @ (6 * kl_divergence(counts / 3, p))
    assert mean > 3.5


@pytest.mark.claim("prp-donsker-varadhan")
@given(st.floats(-3, 3), st.floats(-5, 5), st.floats(0.3, 3))
def test_for_bells_straight_lines_bound_the_divergence_and_one_reaches_it(slope, shift, width):
    """N(m, w²) against N(0, w²): score s x, means in closed form; equality at s = m/w²."""
    limit = kl_divergence_gaussian(shift, width**2, 0, width**2)

    def bound(s):
        return s * shift - s**2 * width**2 / 2

    assert bound(slope) <= limit * (1 + 1e-12) + 1e-12
    assert bound(shift / width**2) == pytest.approx(limit, rel=1e-10, abs=1e-12)


@pytest.mark.claim("prp-chernoff-information")
@pytest.mark.parametrize(("p", "q"), [(0.75, 0.5), (0.5, 0.75), (0.1, 0.9), (0.3, 0.31), (0.01, 0.6)])
def test_the_best_guess_between_two_coins_errs_at_the_rate_of_the_coin_between(p, q):
    """Exact errors up to 40 000 flips: below exp(-nC)/2, and the exponent tends to C like 1/sqrt(n)."""

    def between(s):
        return normalize([p**s * q ** (1 - s), (1 - p) ** s * (1 - q) ** (1 - s)])

    def imbalance(s):
        return kl_divergence(between(s), [p, 1 - p]) - kl_divergence(between(s), [q, 1 - q])

    r = between(optimize.brentq(imbalance, 0, 1, xtol=1e-14))
    limit = kl_divergence(r, [q, 1 - q])
    spread = abs(np.log(p / q) - np.log((1 - p) / (1 - q))) * np.sqrt(r[0] * r[1])
    for n in (10, 1000, 40_000):
        k = np.arange(n + 1)
        logs = np.minimum(stats.binom(n, p).logpmf(k), stats.binom(n, q).logpmf(k))
        log_error = special.logsumexp(logs) - np.log(2)
        assert log_error <= -n * limit - np.log(2) + 1e-9 * n
        assert log_error >= -n * limit - 2 * spread * np.sqrt(n) + np.log(3 / 8) - 1e-9 * n


@pytest.mark.claim("prp-chernoff-information")
def test_the_exponent_is_neither_of_the_two_divergences():
    """Fair against biased: 0.0500 bits a flip, where KL is 0.1887 one way and 0.2075 the other."""
    k = np.arange(40_001)
    logs = np.minimum(stats.binom(40_000, 0.75).logpmf(k), stats.binom(40_000, 0.5).logpmf(k))
    exponent = -(special.logsumexp(logs) - np.log(2)) / 40_000 / np.log(2)
    assert exponent == pytest.approx(0.0500, abs=3e-4)
    both = kl_divergence([0.75, 0.25], [0.5, 0.5], base=2), kl_divergence([0.5, 0.5], [0.75, 0.25], base=2)
    assert exponent < min(both) / 3
