"""Claims of chapter 3, deeper: squared error, parts of a score, temperature, labels, perplexity, codes."""

import math
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats
from strategies import pairs, probability_vectors, seeds

from divergences import (
    cross_entropy,
    cross_entropy_continuous,
    cross_entropy_from_logits,
    entropy,
    kl_divergence,
    mutual_information,
    normalize,
    perplexity,
    wasserstein_distance,
)
from divergences.forecasting import fit_logistic, score_decomposition

SIMPLEX = np.array([(i, j, 60 - i - j) for i in range(1, 59) for j in range(1, 60 - i)]) / 60


def coin_loss(z, y):
    """Cross-entropy of the outcomes y and the sigmoids of z, case by case."""
    z, y = np.broadcast_arrays(np.asarray(z, dtype=float), y)
    return cross_entropy_from_logits(np.stack([1.0 - y, 1.0 * y], -1), np.stack([0 * z, z], -1))


@pytest.mark.claim("prp-squared-error-stalls")
@pytest.mark.parametrize("y", [0, 1])
def test_the_two_slopes_are_as_stated(y):
    """Logits from -20 to 20, both outcomes: central differences agree to 1e-8."""
    z, h = np.linspace(-20, 20, 401), 1e-5
    q = special.expit(z)
    cross = (coin_loss(z + h, y) - coin_loss(z - h, y)) / (2 * h)
    np.testing.assert_allclose(cross, q - y, atol=1e-8)
    squared = ((special.expit(z + h) - y) ** 2 - (special.expit(z - h) - y) ** 2) / (2 * h)
    np.testing.assert_allclose(squared, 2 * (q - y) * q * (1 - q), atol=1e-8)
    assert (np.diff(cross) > -1e-9).all()  # convex
    assert np.diff(squared).min() < -1e-3 < 1e-3 < np.diff(squared).max()  # neither convex nor concave


@pytest.mark.claim("prp-squared-error-stalls")
@pytest.mark.parametrize("z", [-10.0, -20.0, -40.0, -300.0])
def test_a_confident_error_moves_cross_entropy_only(z):
    """Logits down to -300: one slope tends to -1, that of the squared error to 0 like -2 exp(z)."""
    q = special.expit(z)
    assert q - 1 == pytest.approx(-1, abs=2 * math.exp(z))
    assert 2 * (q - 1) * q * (1 - q) == pytest.approx(-2 * math.exp(z), rel=4 * math.exp(z) + 1e-13, abs=0)
    assert coin_loss(z, 1) == pytest.approx(-z, rel=1e-4, abs=0)


@pytest.mark.claim("prp-log-score-local")
@pytest.mark.parametrize(
    ("score", "proper_for_two"),
    [
        (lambda t: (1 - t) ** 2, True),
        (lambda t: np.arcsin(1 - t) - np.sqrt(2 * t - t**2), False),
        (lambda t: 1 - t, False),
        (lambda t: 1 / t, False),
        (lambda t: -np.sqrt(t), False),
        (lambda t: -np.log(t) - 0.5 * t, False),
    ],
)
def test_other_local_scores_are_not_proper_for_three_outcomes(score, proper_for_two):
    """Six decreasing scores: for (0.6, 0.3, 0.1) a lie on a grid of 1711 beats the truth; that no other score
    escapes is left to the proof. One of them is proper for two outcomes.
    """
    p = np.array([0.6, 0.3, 0.1])
    assert (p == SIMPLEX).all(axis=1).any()
    assert (score(SIMPLEX) @ p).min() < score(p) @ p - 1e-4
    q = np.linspace(0.01, 0.99, 99)
    best = [q[np.argmin(chance * score(q) + (1 - chance) * score(1 - q))] for chance in q]
    assert np.allclose(best, q) == proper_for_two


@pytest.mark.claim("prp-log-score-local")
@given(st.floats(0.1, 10), st.floats(-5, 5), seeds)
def test_the_log_score_is_proper_in_any_unit(c, b, seed):
    """c > 0 and b at random: the truth beats all 1711 forecasts of the grid; with c < 0 it beats none."""
    p = SIMPLEX[seed % len(SIMPLEX)]
    expected = (-c * np.log(SIMPLEX) + b) @ p
    assert (SIMPLEX[expected.argmin()] == p).all()
    assert (SIMPLEX[(-expected).argmin()] != p).any()


@pytest.mark.claim("prp-log-score-local")
def test_a_proper_local_score_has_a_constant_elasticity():
    """The step of the proof: t s'(t) is constant for the log score, only symmetric for the squared one."""
    t = np.linspace(0.01, 0.99, 99)
    np.testing.assert_allclose(t * (-1 / t), -1)
    g = t * -2 * (1 - t)
    np.testing.assert_allclose(g, g[::-1])
    assert np.ptp(g) > 0.4


@pytest.mark.claim("prp-gaussian-cross-entropy")
@pytest.mark.parametrize(
    "law",
    [stats.norm(12, 3), stats.uniform(-1, 4), stats.laplace(2, 0.5), stats.expon(1, 2), stats.logistic(0, 1)],
)
def test_gaussian_cross_entropy_is_squared_error(law):
    """Five laws, two Gaussians each: quadrature of the definition and the library, both to 1e-8."""
    for mu, sigma in ((0.0, 1.0), (14.0, 2.0)):
        belief = stats.norm(mu, sigma)
        formula = 0.5 * np.log(2 * np.pi * sigma**2) + (law.var() + (law.mean() - mu) ** 2) / (2 * sigma**2)
        low, high = law.support()
        middle = law.median()
        plain = sum(
            integrate.quad(lambda x, b=belief: -law.pdf(x) * b.logpdf(x), *ends, epsrel=1e-11, limit=200)[0]
            for ends in ((low, middle), (middle, high))
        )
        assert plain == pytest.approx(formula, rel=1e-8, abs=0)
        assert cross_entropy_continuous(law, belief) == pytest.approx(formula, rel=1e-8, abs=0)


@pytest.mark.claim("prp-gaussian-cross-entropy")
@given(st.floats(-5, 5), st.floats(0.1, 10), st.floats(-5, 5), st.floats(0.1, 10))
def test_the_best_gaussian_has_the_mean_and_the_variance(m, v, mu, variance):
    """Any moments and Gaussian: never cheaper than at the same mean; nor than at the same two moments."""

    def price(mu, variance):
        return 0.5 * np.log(2 * np.pi * variance) + (v + (m - mu) ** 2) / (2 * variance)

    assert price(mu, variance) >= price(m, variance) >= price(m, v) - 1e-13


def forecasts_and_outcomes(seed, cases=200, values=5, outcomes=3):
    """Distributions q_k, the value that each case got, what happened; not every value or outcome occurs."""
    rng = np.random.default_rng(seed)
    q = normalize(rng.exponential(size=(values, outcomes)) ** 2)
    group = rng.integers(rng.integers(1, values + 1), size=cases)
    possible = rng.random((values, outcomes)) < 0.8
    truth = normalize(rng.exponential(size=(values, outcomes)) * possible + 1e-12)
    happened = (rng.random((cases, 1)) > np.cumsum(truth[group], axis=1)[:, :-1]).sum(axis=1)
    return q, group, happened


@pytest.mark.claim("prp-score-decomposition")
@given(seeds, st.integers(1, 200), st.integers(1, 8), st.integers(2, 6))
def test_the_score_is_uncertainty_minus_resolution_plus_reliability(seed, cases, values, outcomes):
    """Up to 8 forecasts of up to 6 outcomes in up to 200 cases: the parts, each by its definition, add up
    to 1e-12; the resolution is the mutual information.
    """
    q, group, happened = forecasts_and_outcomes(seed, cases, values, outcomes)
    table = np.zeros((values, outcomes))
    np.add.at(table, (group, happened), 1.0)
    share, seen = table.sum(axis=1) / cases, table.sum(axis=1) > 0
    frequencies, average = normalize(table[seen]), normalize(table.sum(axis=0))
    resolution = share[seen] @ kl_divergence(frequencies, average)
    reliability = share[seen] @ kl_divergence(frequencies, q[seen])
    score = np.mean(-np.log(q[group, happened]))
    assert entropy(average) - resolution + reliability == pytest.approx(score, rel=1e-12, abs=1e-13)
    assert resolution == pytest.approx(mutual_information(table / cases), abs=1e-13)
    assert share[seen] @ kl_divergence(frequencies, frequencies) == 0
    assert reliability > 0 or np.allclose(frequencies, q[seen])


@pytest.mark.claim("prp-score-decomposition")
@given(seeds, st.floats(0.2, 3))
def test_recalibration_changes_the_reliability_only(seed, power):
    """Yes-no forecasts and a power of their odds: the other two parts stay the same, digit for digit."""
    q, group, happened = forecasts_and_outcomes(seed, outcomes=2)
    said = 0.01 + 0.98 * q[group, 1]
    before = score_decomposition(said, happened)
    after = score_decomposition(special.expit(power * special.logit(said)), happened)
    assert (after.uncertainty, after.resolution) == (before.uncertainty, before.resolution)
    change = after.score - before.score
    assert change == pytest.approx(after.reliability - before.reliability, abs=1e-12)


@pytest.mark.claim("prp-score-decomposition")
def test_merging_two_forecasts_can_change_the_resolution():
    """The condition dropped: a function that is not one-to-one lets resolution go."""
    q, happened = np.repeat([0.3, 0.7], 10), np.repeat([0, 1], 10)
    assert score_decomposition(q, happened, base=2).resolution == pytest.approx(1)
    assert score_decomposition(np.full(20, 0.5), happened, base=2).resolution == 0


def binomial_reliability(n, q):
    """All possible numbers of hits, their chances, and n times the divergence of their share from q."""
    hits = np.arange(n + 1)
    share = np.stack([1 - hits / n, hits / n], axis=1)
    return stats.binom(n, q).pmf(hits), n * kl_divergence(share, [1 - q, q])


@pytest.mark.claim("prp-calibration-noise")
@pytest.mark.parametrize("q", [0.5, 0.3, 0.9, 0.05])
def test_a_calibrated_group_adds_half_a_nat_on_average(q):
    """Exact sums over all counts, up to 3200 cases: the mean of 2 n D tends to 1, with an error like 1/n."""
    errors = []
    for n in (400, 800, 1600, 3200):
        chance, nats = binomial_reliability(n, q)
        errors.append(abs(2 * chance @ nats - 1) * n * q * (1 - q))
    assert max(errors) < 1 / 2
    assert errors[-1] == pytest.approx(errors[-2], rel=0.05, abs=0)


@pytest.mark.claim("prp-calibration-noise")
def test_the_reliability_of_eight_calibrated_groups_is_chi_squared():
    """8 groups of 500, 20 000 years drawn: mean 8 and the quantiles of chi-squared, to 4 standard errors."""
    rng = np.random.default_rng(0)
    q = np.linspace(0.1, 0.9, 8)
    share = rng.binomial(500, q, size=(20_000, 8)) / 500
    total = 2 * 500 * kl_divergence(np.stack([1 - share, share], -1), np.stack([1 - q, q], -1)).sum(axis=1)
    assert total.mean() == pytest.approx(8, abs=4 * np.sqrt(16 / 20_000))
    for level in (0.5, 0.9, 0.95):
        below = np.mean(total <= stats.chi2(8).ppf(level))
        assert below == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 20_000) + 2e-3)


@pytest.mark.claim("prp-calibration-noise")
@given(st.integers(1, 300), st.floats(0.01, 0.99), st.floats(0, 20))
def test_chernoff_bounds_the_noise(n, q, t):
    """The bound of the proof, exactly, for any group size, chance and level."""
    chance, nats = binomial_reliability(n, q)
    assert chance[nats >= t].sum() <= 2 * np.exp(-t) * (1 + 1e-9)


@pytest.mark.claim("prp-calibration-noise")
def test_rare_events_in_small_groups_have_another_floor():
    """The condition dropped: ten cases of a chance of 0.1 % have a mean of 0.05, not 1."""
    chance, nats = binomial_reliability(10, 0.001)
    assert 2 * chance @ nats < 0.2


def heated(beta, z, y):
    return coin_loss(beta * z, y).mean()


@pytest.mark.claim("prp-temperature")
@given(seeds, st.floats(0.05, 4))
def test_the_loss_is_convex_in_the_inverse_temperature(seed, beta):
    """Random logits and outcomes: slopes as stated to 1e-7, and never falling with beta."""
    rng = np.random.default_rng(seed)
    z, y = rng.normal(scale=3, size=30), rng.random(30) < 0.5
    h = 1e-5
    slope = (heated(beta + h, z, y) - heated(beta - h, z, y)) / (2 * h)
    assert slope == pytest.approx(np.mean((special.expit(beta * z) - y) * z), abs=1e-7)
    assert heated(beta, z, y) <= (heated(beta / 2, z, y) + heated(3 * beta / 2, z, y)) / 2 + 1e-14


@pytest.mark.claim("prp-temperature")
@given(seeds)
def test_there_is_one_best_temperature(seed):
    """Logits that point the right way on average and fail at least once: the slope changes its sign once."""
    rng = np.random.default_rng(seed)
    y = rng.random(40) < 0.5
    z = rng.normal(size=40) + (2.0 * y - 1)
    z[0] = -1.5 * (2.0 * y[0] - 1)
    assume(np.sum((y - 0.5) * z) > 1e-6)
    betas = np.geomspace(1e-6, 60, 300)
    slopes = np.mean((special.expit(betas[:, None] * z) - y) * z, axis=1)
    assert slopes[0] < 0 < slopes[-1]
    assert (np.diff(np.sign(slopes)) != 0).sum() == 1


@pytest.mark.claim("prp-temperature")
def test_without_its_conditions_there_is_no_best_temperature():
    """Logits that are never wrong: the loss falls for ever. Logits that are always wrong: 0 is best."""
    z, y = np.array([1.0, 2.0, -1.0]), np.array([1, 1, 0])
    losses = [heated(beta, z, y) for beta in (0.0, 1.0, 5.0, 20.0, 100.0)]
    assert (np.diff(losses) < 0).all()
    assert losses[-1] > 0
    assert min(heated(beta, -z, y) for beta in np.linspace(0, 5, 50)) == heated(0.0, -z, y)


@pytest.mark.claim("prp-temperature")
@given(seeds, st.floats(0.5, 10))
def test_temperature_changes_no_order_and_no_call(seed, T):
    """Random logits, temperatures from 0.5 to 10: same order, same side of one half."""
    z = np.random.default_rng(seed).normal(scale=2, size=20)
    before, after = special.expit(z), special.expit(z / T)
    np.testing.assert_array_equal(np.argsort(before), np.argsort(after))
    np.testing.assert_array_equal(before > 0.5, after > 0.5)


@pytest.mark.claim("prp-temperature")
@settings(max_examples=30, deadline=None)
@given(seeds)
def test_a_fitted_regression_finds_itself_well_tempered(seed):
    """Random data: on the cases that it was fitted on, the slope at T = 1 is 0 to 1e-12; elsewhere not."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(120, 3))
    outcome = rng.random(120) < special.expit(features[:, 0])
    learned = slice(0, 60)
    z = fit_logistic(features[learned], outcome[learned]).logits(features)
    pull = (special.expit(z) - outcome) * z
    assert pull[learned].mean() == pytest.approx(0, abs=1e-12)
    assert abs(pull[60:].mean()) > 1e-9


@pytest.mark.claim("prp-label-smoothing")
@given(st.integers(2, 12), st.floats(0.001, 0.999), seeds)
def test_a_smoothed_loss_is_a_mixture_with_a_floor(K, eps, seed):
    """2 to 12 classes, any epsilon, random predictions: the parts add up; none is below the floor."""
    label, uniform = np.eye(K)[0], np.full(K, 1 / K)
    smooth = (1 - eps) * label + eps * uniform
    q = normalize(np.random.default_rng(seed).exponential(size=K) ** 2)
    mixture = (1 - eps) * -np.log(q[0]) + eps * cross_entropy(uniform, q)
    assert cross_entropy(smooth, q) == pytest.approx(mixture, rel=1e-12, abs=0)
    assert cross_entropy(smooth, q) > entropy(smooth) - 1e-13
    assert entropy(smooth) > 0
    margin = np.log1p(K * (1 - eps) / eps)
    assert cross_entropy_from_logits(smooth, margin * label) == pytest.approx(
        entropy(smooth), rel=1e-12, abs=0
    )
    np.testing.assert_allclose(special.softmax(margin * label), smooth, rtol=1e-12)


@pytest.mark.claim("prp-label-smoothing")
def test_the_best_margin_is_found_by_search_too():
    """Ten classes, epsilon 0.1: a bounded search over the margin ends at ln 91 = 4.51 and 0.500 nat."""
    smooth = 0.9 * np.eye(10)[0] + 0.01
    found = optimize.minimize_scalar(
        lambda m: cross_entropy_from_logits(smooth, m * np.eye(10)[0]), bounds=(0, 20), method="bounded"
    )
    assert found.x == pytest.approx(np.log(91), abs=1e-4)
    assert found.fun == pytest.approx(0.500, abs=5e-4)


@pytest.mark.claim("prp-soft-labels")
@given(pairs(positive=True, min_size=2))
def test_hard_labels_are_soft_labels_plus_noise(pair):
    """Any target and prediction, all labels weighted exactly: mean loss, mean gradient, covariance."""
    p, q = pair
    labels = np.eye(p.size)
    assert p @ cross_entropy(labels, q) == pytest.approx(cross_entropy(p, q), rel=1e-12, abs=1e-14)
    gradients = q - labels
    mean = p @ gradients
    np.testing.assert_allclose(mean, q - p, atol=1e-14)
    covariance = (gradients - mean).T @ (p[:, None] * (gradients - mean))
    np.testing.assert_allclose(covariance, np.diag(p) - np.outer(p, p), atol=1e-14)
    assert np.trace(covariance) == pytest.approx(1 - p @ p, abs=1e-14)


@pytest.mark.claim("prp-perplexity")
@given(probability_vectors(min_size=1), st.integers(1, 2000))
def test_a_uniform_model_has_the_perplexity_of_its_die(p, K):
    """Any data under a uniform model, dice of up to 2000 faces: their number, to 1e-12."""
    assert perplexity(p, np.full(p.size, 1 / p.size)) == pytest.approx(p.size, rel=1e-12, abs=0)
    assert perplexity(np.full(K, 1 / K)) == pytest.approx(K, rel=1e-12, abs=0)


@pytest.mark.claim("prp-perplexity")
@given(pairs(positive=True, max_size=8), seeds)
def test_perplexity_is_a_geometric_mean_between_its_bounds(pair, seed):
    """Samples of 30: the geometric mean of 1/q; at least the perplexity of the data, which is 1 to n."""
    p, q = pair
    x = np.random.default_rng(seed).integers(p.size, size=30)
    frequencies = normalize(np.bincount(x, minlength=p.size))
    if np.log(1 / q[x]).sum() < 700:  # else the product overflows
        geometric = np.prod(1 / q[x]) ** (1 / 30)
        assert perplexity(frequencies, q) == pytest.approx(geometric, rel=1e-10, abs=0)
    assert 1 <= perplexity(p) <= p.size * (1 + 1e-13)
    assert perplexity(p, q) >= perplexity(p) * (1 - 1e-13)
    assert math.exp(entropy(p)) == pytest.approx(2 ** entropy(p, base=2), rel=1e-12, abs=0)


@pytest.mark.claim("prp-perplexity")
@given(pairs(positive=True, min_size=2, max_size=4), st.integers(1, 4))
def test_words_of_m_symbols_have_the_power_of_the_perplexity(pair, m):
    """Words of 1 to 4 independent symbols: the m-th power, to 1e-11 in the logarithm."""
    p, q = pair
    words, beliefs = np.ones(1), np.ones(1)
    for _ in range(m):
        words, beliefs = np.outer(words, p).ravel(), np.outer(beliefs, q).ravel()
    total = cross_entropy(words, beliefs)
    if (beliefs > 0).all() and total < 300:
        assert np.log(perplexity(words, beliefs)) == pytest.approx(m * np.log(perplexity(p, q)), abs=1e-11)


@settings(max_examples=25, deadline=None)
@pytest.mark.claim("prp-arithmetic-code")
@given(st.integers(1, 7), st.integers(2, 1000), seeds)
def test_every_forecaster_is_a_prefix_code(days, denominator, seed):
    """All sequences of up to 7 days, forecasts that depend on the days before, in exact fractions: words of
    ceil(surprise) + 1 digits lie inside their intervals, and none begins another.
    """
    rng = np.random.default_rng(seed)
    chances = {
        history: Fraction(int(rng.integers(1, denominator)), denominator)
        for length in range(days)
        for history in product((0, 1), repeat=length)
    }
    words = []
    for sequence in product((0, 1), repeat=days):
        low, width = Fraction(0), Fraction(1)
        for day, happened in enumerate(sequence):
            q = chances[sequence[:day]]
            low, width = (low, width * q) if happened else (low + width * q, width * (1 - q))
        digits = next(n for n in range(10_000) if Fraction(1, 2**n) <= width) + 1
        place = math.ceil(low * 2**digits)
        assert low <= Fraction(place, 2**digits) < Fraction(place + 1, 2**digits) <= low + width
        assert digits == math.ceil(-math.log2(width) - 1e-12) + 1
        words.append(format(place, f"0{digits}b"))
    words.sort()
    assert not any(after.startswith(before) for before, after in pairwise(words))
    assert sum(Fraction(1, 2 ** len(word)) for word in words) <= 1


@pytest.mark.claim("prp-score-decomposition")
@given(seeds, st.integers(1, 6))
def test_what_is_left_within_groups_is_a_covariance_with_the_logits(seed, count):
    """Forecasts that differ within up to 6 groups: the fourth term is minus the mean of (y - frequency) times
    the logit, and it goes when each group gets its mean.
    """
    rng = np.random.default_rng(seed)
    q, group = rng.uniform(0.02, 0.98, 60), rng.integers(count, size=60)
    happened = rng.random(60) < q
    size = np.maximum(np.bincount(group, minlength=count), 1)
    frequency = (np.bincount(group, happened, minlength=count) / size)[group]
    fourth = -np.mean((happened - frequency) * special.logit(q))
    assert score_decomposition(q, happened, group).within == pytest.approx(fourth, abs=1e-13)
    mean = (np.bincount(group, q, minlength=count) / size)[group]
    assert score_decomposition(mean, happened, group).within == pytest.approx(0, abs=1e-13)


def steps(x, q, t):
    """The distribution function of q on the points x, at t."""
    return q @ (x[:, None] <= t)


@pytest.mark.claim("prp-crps")
@settings(max_examples=60, deadline=None)
@given(pairs(min_size=2, max_size=8), seeds)
def test_crps_is_a_floor_plus_half_the_energy_distance(pair, seed):
    """Pairs on random points: integrals of staircases against means of distances, to 1e-12; what a wrong
    forecast costs on top is at least 0 and at most the library's W1.
    """
    q, p = pair
    x = np.sort(np.random.default_rng(seed).normal(scale=5, size=q.size))
    far = np.abs(x[:, None] - x)
    widths, F, G = np.diff(x), steps(x, q, x)[:-1], steps(x, p, x)[:-1]
    scores = q @ far - q @ far @ q / 2
    for y, score in zip(x, scores, strict=True):
        assert widths @ (F - (y <= x[:-1])) ** 2 == pytest.approx(score, abs=1e-12)
    extra = widths @ (F - G) ** 2
    assert p @ scores == pytest.approx(p @ far @ p / 2 + extra, abs=1e-12)
    assert -1e-15 < extra <= wasserstein_distance(q, p, x) + 1e-12
    if np.abs(F - G).max() > 1e-4:
        assert extra > 0


@pytest.mark.claim("prp-crps")
def test_crps_of_normal_forecasts_by_quadrature():
    """Three normal forecasts, four outcomes: the integral and the mean distances agree to 1e-8."""
    for mu, sigma in ((0.0, 1.0), (12.0, 3.0), (-2.0, 0.5)):
        F = stats.norm(mu, sigma)
        for y in (-3.0, 0.0, 1.5, 14.0):
            below = integrate.quad(lambda t, F=F: F.cdf(t) ** 2, -np.inf, y)[0]
            above = integrate.quad(lambda t, F=F: F.sf(t) ** 2, y, np.inf)[0]
            near = F.expect(lambda x, y=y: abs(x - y), lb=-np.inf, ub=np.inf, epsabs=1e-10, limit=200)
            spread = 2 * sigma / np.sqrt(np.pi)  # the mean distance of two draws
            assert below + above == pytest.approx(near - spread / 2, abs=1e-6)


@pytest.mark.claim("prp-crps")
def test_the_distance_without_the_square_rewards_a_median():
    """The example of the text and one with other odds: by W1 certainty costs no more than honesty; by CRPS
    honesty is cheaper than either certainty.
    """
    x = np.array([12.0, 14.0, 16.0])
    for p in ([0.5, 0.0, 0.5], [0.6, 0.0, 0.4]):
        p = np.array(p)

        def price(q, p=p):
            plain = sum(p[i] * wasserstein_distance(q, np.eye(3)[i], x) for i in range(3))
            return plain, plain - q @ np.abs(x[:, None] - x) @ q / 2

        honest, sure = price(p), price(np.eye(3)[0])
        assert sure[0] <= honest[0] + 1e-12
        assert honest[1] < sure[1]
        assert honest[1] < price(np.eye(3)[1])[1]
