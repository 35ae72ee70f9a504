"""Claims of chapter 2: what KL is, what it is not, and where it comes from."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from strategies import channels, large_pairs, pairs, probability_vectors, seeds, shares, vector_tuples

from divergences import (
    entropy,
    kl_divergence,
    kl_divergence_continuous,
    kl_divergence_gaussian,
    mutual_information,
    normalize,
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
    """The two explicit triples of the text."""
    p, q, r = [1 / 2, 1 / 2], [1 / 4, 3 / 4], [1 / 10, 9 / 10]
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
