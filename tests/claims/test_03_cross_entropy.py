"""Claims of chapter 3: entropy plus divergence, proper scores, softmax, logistic regression."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp
from scipy import optimize, special
from strategies import large_pairs, near_pairs, pairs, probability_vectors, seeds, triples

from divergences import cross_entropy, cross_entropy_from_logits, entropy, kl_divergence, normalize
from divergences.forecasting import fit_logistic

anything = pairs() | large_pairs()


def softmax(z):
    return special.softmax(z, axis=-1)


def random_logits(seed, n, spread=3.0):
    return np.random.default_rng(seed).normal(scale=spread, size=n)


def slope(f, z, step=1e-6):
    """Central differences: right to about step**2, and to 1e-16 / step through rounding."""
    moves = step * np.eye(z.size)
    return np.array([(f(z + move) - f(z - move)) / (2 * step) for move in moves])


@pytest.mark.claim("prp-cross-entropy-decomposition")
@given(anything)
def test_cross_entropy_is_entropy_plus_divergence(pair):
    """Pairs with zeros, 1e-300, one atom, thousands of outcomes: equal to 1e-13, or both infinite."""
    p, q = pair
    total = entropy(p) + kl_divergence(p, q)
    assert np.isinf(total) == bool(np.any((q == 0) & (p > 0)))
    assert cross_entropy(p, q) == pytest.approx(total, rel=1e-13, abs=1e-14)
    assert cross_entropy(p, q, base=2) == pytest.approx(cross_entropy(p, q) / np.log(2), rel=1e-14, abs=0)


@pytest.mark.claim("prp-cross-entropy-decomposition")
@settings(max_examples=50)
@given(pairs(max_size=6))
def test_the_definition_holds_in_many_digits(pair):
    """The sum of the definition itself, in 350 digits (1e-300 leaves 50 to spare), to 1e-13."""
    p, q = pair
    assume(np.all((q > 0) | (p == 0)))
    with mp.workdps(350):
        p_sum, q_sum = mp.fsum(map(mp.mpf, p.tolist())), mp.fsum(map(mp.mpf, q.tolist()))
        terms = [
            -mp.mpf(a) / p_sum * mp.log(mp.mpf(b) / q_sum)
            for a, b in zip(p.tolist(), q.tolist(), strict=True)
            if a > 0
        ]
        assert cross_entropy(p, q) == pytest.approx(float(mp.fsum(terms)), rel=1e-13, abs=1e-300)


@pytest.mark.claim("prp-cross-entropy-decomposition")
@given(anything | near_pairs(smallest=-7))
def test_no_belief_is_cheaper_than_the_truth(pair):
    """H(p, q) >= H(p), equal for q = p, and strictly more where q is visibly different."""
    p, q = pair
    assert cross_entropy(p, p) == pytest.approx(entropy(p), rel=1e-14, abs=1e-300)
    assert cross_entropy(p, q) >= entropy(p) * (1 - 1e-14) - 1e-15
    if np.abs(p - q).max() > 1e-4:
        # Pinsker: the divergence is at least half the square of the largest difference.
        assert cross_entropy(p, q) > entropy(p) + 4e-9


@pytest.mark.claim("prp-cross-entropy-decomposition")
def test_the_sentence_with_the_minus_is_wrong_as_arithmetic():
    """On the example of the text, KL - H(p) is -0.510 bits; a mean surprise is never negative."""
    p, q = [0.43, 0.57], [0.8, 0.2]
    wrong = kl_divergence(p, q, base=2) - entropy(p, base=2)
    assert wrong == pytest.approx(-0.510, abs=5e-4)
    assert cross_entropy(p, q, base=2) == pytest.approx(1.462, abs=5e-4)


@pytest.mark.claim("prp-same-minimiser")
@given(probability_vectors(min_size=2), seeds)
def test_both_losses_rank_all_models_alike(p, seed):
    """Any target, twenty softmax models: the two losses differ by H(p), to 1e-12, and have one minimiser."""
    models = softmax(random_logits(seed, (20, p.size)))
    cross, divergence = cross_entropy(p, models), kl_divergence(p, models)
    np.testing.assert_allclose(cross - divergence, entropy(p), rtol=1e-12, atol=1e-12)
    assert cross[divergence.argmin()] == pytest.approx(cross.min(), rel=1e-12, abs=0)


@pytest.mark.claim("prp-same-minimiser")
@settings(max_examples=50)
@given(probability_vectors(min_size=2, max_size=6), seeds)
def test_both_losses_have_one_gradient(p, seed):
    """Softmax models at random scores: central differences agree to 1e-7, the error of the method."""
    z = random_logits(seed, p.size)
    first = slope(lambda z: cross_entropy(p, softmax(z)), z)
    np.testing.assert_allclose(first, slope(lambda z: kl_divergence(p, softmax(z)), z), atol=1e-7)


@pytest.mark.claim("prp-cross-entropy-sample")
@given(pairs(positive=True), st.lists(st.integers(0, 11), min_size=1, max_size=50))
def test_the_mean_surprise_of_a_sample_is_the_cross_entropy_of_its_frequencies(pair, draws):
    """Samples of 1 to 50 outcomes: the mean of -log q equals H(frequencies, q) to 1e-12."""
    q = pair[1]
    x = np.array(draws) % q.size
    frequencies = normalize(np.bincount(x, minlength=q.size))
    assert np.mean(-np.log(q[x])) == pytest.approx(cross_entropy(frequencies, q), rel=1e-12, abs=1e-13)


@pytest.mark.claim("prp-cross-entropy-sample")
@settings(max_examples=30)
@given(pairs(positive=True, min_size=2, max_size=3), st.integers(1, 6))
def test_cross_entropy_is_estimated_without_bias_and_divergence_is_not(pair, n):
    """All samples of up to 6 draws from 2 or 3 outcomes, weighted exactly: one mean is right, the other
    too high by what the plug-in entropy is too low.
    """
    p, q = pair
    samples = np.stack(np.meshgrid(*[np.arange(p.size)] * n), axis=-1).reshape(-1, n)
    chance = np.prod(p[samples], axis=1)
    frequencies = np.stack([(samples == outcome).mean(axis=1) for outcome in range(p.size)], axis=1)
    scale = cross_entropy(p, q) + 1
    assert chance @ cross_entropy(frequencies, q) == pytest.approx(cross_entropy(p, q), abs=1e-13 * scale)
    excess = chance @ kl_divergence(frequencies, q) - kl_divergence(p, q)
    assert excess == pytest.approx(entropy(p) - chance @ entropy(frequencies), abs=1e-13 * scale)
    assert excess >= -1e-13 * scale


@pytest.mark.claim("prp-cross-entropy-sample")
def test_the_estimate_is_unbiased_for_dependent_draws_too():
    """A chain that repeats its last outcome half of the time: all paths of 8 days, weighted exactly."""
    p, q = np.array([0.3, 0.7]), np.array([0.6, 0.4])
    step = 0.5 * np.eye(2) + 0.5 * p  # its stationary distribution is p
    paths = np.stack(np.meshgrid(*[np.arange(2)] * 8), axis=-1).reshape(-1, 8)
    chance = p[paths[:, 0]] * np.prod(step[paths[:, :-1], paths[:, 1:]], axis=1)
    means = -np.log(q[paths]).mean(axis=1)
    mean = chance @ means
    assert mean == pytest.approx(cross_entropy(p, q), rel=1e-13, abs=0)
    # And the dependence is real: independent days would have less than half of this variance.
    assert chance @ (means - mean) ** 2 > 2 * (p @ (-np.log(q) - mean) ** 2) / 8


@pytest.mark.claim("prp-moving-target")
@given(triples(positive=True))
def test_cross_entropy_is_smallest_at_a_certain_target(triple):
    """Any fixed q, ties included: no target is cheaper than -log max q; exactly those on the top reach it."""
    p, q, _ = triple
    floor = -np.log(q.max())
    assert cross_entropy(p, q) >= floor - 1e-14
    top = q == q.max()
    assert cross_entropy(normalize(top * p + 0.0), q) == pytest.approx(floor, rel=1e-13, abs=1e-14)
    if p[~top].sum() > 1e-6 and (~top).any() and np.log(q.max() / q[~top].max()) > 1e-6:
        assert cross_entropy(p, q) > floor + 1e-13


@pytest.mark.claim("prp-moving-target")
def test_the_divergence_holds_its_target():
    """The example of the text: the corner is cheaper than p = q in cross-entropy, and dearer in KL."""
    q = [0.5, 0.3, 0.2]
    assert cross_entropy([1, 0, 0], q) < cross_entropy(q, q)
    assert kl_divergence(q, q) == 0 < kl_divergence([1, 0, 0], q)


@pytest.mark.claim("prp-log-score-proper")
@given(pairs(positive=True, min_size=2), seeds)
def test_the_honest_forecast_has_the_best_expected_log_score(pair, seed):
    """The expected surprise, written out: a lie never pays less than the truth, and a visible one more."""
    p, q = pair
    honest, lie = p @ -np.log(p), p @ -np.log(q)
    assert honest <= lie + 1e-13
    assert lie == pytest.approx(cross_entropy(p, q), rel=1e-12, abs=1e-13)
    if np.abs(p - q).max() > 1e-4:
        assert honest < lie


@pytest.mark.claim("prp-log-score-proper")
@pytest.mark.parametrize("p", [0.1, 0.43, 0.6, 0.95])
def test_absolute_error_is_not_proper(p):
    """Four chances of rain, a thousand forecasts: the log score is best at p, absolute error at 0 or 1."""
    q = np.linspace(0, 1, 1001)
    log_score = cross_entropy([p, 1 - p], np.stack([q, 1 - q], axis=1))
    assert q[log_score.argmin()] == pytest.approx(p, abs=1e-9)
    assert q[(p * (1 - q) + (1 - p) * q).argmin()] == (0 if p < 0.5 else 1)


@pytest.mark.claim("prp-softmax-gradient")
@settings(max_examples=60)
@given(probability_vectors(min_size=2, max_size=6), seeds)
def test_the_gradient_is_prediction_minus_target(p, seed):
    """Targets with zeros and one-hot, random scores: central differences give softmax - p to 1e-7."""
    z = random_logits(seed, p.size)
    found = slope(lambda z: cross_entropy_from_logits(p, z), z)
    np.testing.assert_allclose(found, softmax(z) - p, atol=1e-7)


@pytest.mark.claim("prp-softmax-gradient")
@settings(max_examples=60)
@given(probability_vectors(min_size=2, max_size=6), seeds)
def test_the_loss_is_convex_in_the_scores(p, seed):
    """Differences of the gradient give diag(q) - q q', which has no negative eigenvalue; the loss lies
    below random chords.
    """
    z, other = random_logits(seed, (2, p.size))
    q = softmax(z)
    hessian = np.diag(q) - np.outer(q, q)
    moves = 1e-6 * np.eye(p.size)
    found = np.array([(softmax(z + m) - softmax(z - m)) / 2e-6 for m in moves])
    np.testing.assert_allclose(found, hessian, atol=1e-9)
    assert np.linalg.eigvalsh(hessian).min() > -1e-15
    middle = cross_entropy_from_logits(p, (z + other) / 2)
    ends = cross_entropy_from_logits(p, np.stack([z, other]))
    assert middle <= ends.mean() + 1e-13


@pytest.mark.claim("prp-softmax-gradient")
@given(probability_vectors(min_size=2, positive=True), st.floats(-100, 100))
def test_a_target_without_zeros_is_reached_at_its_logarithms(p, shift):
    """The loss at log p + c is H(p), whatever c."""
    assert cross_entropy_from_logits(p, np.log(p) + shift) == pytest.approx(entropy(p), rel=1e-11, abs=1e-12)


@pytest.mark.claim("prp-softmax-gradient")
@pytest.mark.parametrize("p", [[1.0, 0.0], [0.7, 0.3, 0.0], [0.0, 1.0, 0.0, 0.0]])
def test_a_target_with_zeros_is_only_approached(p):
    """Scores of the impossible outcomes lowered step by step: above H(p), and towards it like exp(-m)."""
    p = np.array(p)
    possible = np.log(np.where(p > 0, p, 1.0))
    gaps = [cross_entropy_from_logits(p, np.where(p > 0, possible, -m)) - entropy(p) for m in (2, 4, 8, 16)]
    assert all(gap > 0 for gap in gaps)
    expected = [np.log1p(np.sum(p == 0) * np.exp(-m)) for m in (2, 4, 8, 16)]
    np.testing.assert_allclose(gaps, expected, rtol=1e-6)


@pytest.mark.claim("prp-logistic-balance")
@settings(max_examples=40, deadline=None)
@given(seeds)
def test_forecasts_balance_outcomes_for_each_feature(seed):
    """Random data with a 0-1 feature: the sums agree for the intercept, for each feature and within the
    group, to 1e-11 a case.
    """
    rng = np.random.default_rng(seed)
    features = np.column_stack([rng.random(80) < 0.4, rng.normal(size=(80, 2)) * [1, 30] + [0, 10]])
    outcome = rng.random(80) < special.expit(features[:, 0] - features[:, 1])
    residual = fit_logistic(features, outcome).forecast(features) - outcome
    assert residual.mean() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(features.T @ residual / 80, 0, atol=1e-11)
    group = features[:, 0] == 1
    assert residual[group].mean() == pytest.approx(0, abs=1e-12)


@pytest.mark.claim("prp-logistic-balance")
def test_other_losses_do_not_balance():
    """The condition dropped: weights that minimise the squared error instead leave a mean residual."""
    rng = np.random.default_rng(0)
    x = rng.exponential(size=200)
    y = rng.random(200) < special.expit(2 * x - 2)

    def squared(w):
        return np.mean((special.expit(w[0] + w[1] * x) - y) ** 2)

    w = optimize.minimize(squared, np.zeros(2), options={"gtol": 1e-9}).x
    assert abs(np.mean(special.expit(w[0] + w[1] * x) - y)) > 1e-3


@pytest.mark.claim("prp-logistic-balance")
def test_a_penalty_breaks_the_balance_of_groups():
    """The condition dropped: with a penalty a group's mean forecast is off by more than 0.01."""
    rng = np.random.default_rng(0)
    group = rng.random(300) < 0.5
    y = rng.random(300) < np.where(group, 0.8, 0.3)
    x = (group - group.mean()) / group.std()

    def penalised(w):
        q = special.expit(w[0] + w[1] * x)
        return -np.mean(np.where(y, np.log(q), np.log(1 - q))) + 0.05 * w[1] ** 2

    w = optimize.minimize(penalised, np.zeros(2), options={"gtol": 1e-9}).x
    q = special.expit(w[0] + w[1] * x)
    assert q.mean() == pytest.approx(y.mean(), abs=1e-7)
    assert abs(q[group].mean() - y[group].mean()) > 0.01


@pytest.mark.claim("prp-logistic-balance")
def test_there_is_no_minimum_if_the_outcomes_are_separated_up_to_ties():
    """Wet and dry days meet on the border only: the loss falls for ever towards that of the ties."""
    with pytest.raises(ValueError, match="separate"):
        fit_logistic(np.array([[0.0], [1], [1], [2]]), np.array([0, 0, 1, 1]))
    slopes = 2.0 ** np.arange(5)
    z = slopes[:, None] * np.array([-1, 0, 0, 1])
    losses = np.logaddexp(0, z) - z * np.array([0, 0, 1, 1])
    assert (np.diff(losses.mean(axis=1)) < 0).all()
    assert losses[-1].mean() == pytest.approx(np.log(2) / 2, abs=1e-6)
