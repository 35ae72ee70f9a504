"""Claims of chapter 4: JS in three ways, its bounds, its root, and what a discriminator has to do with it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats
from strategies import large_pairs, pairs, probability_vectors, seeds, triples, vector_tuples

from divergences import (
    entropy,
    hellinger_distance,
    js_distance,
    js_divergence,
    js_divergence_continuous,
    kl_divergence,
    mutual_information,
    normalize,
    total_variation_distance,
)

LOG2 = np.log(2)


@pytest.mark.claim("prp-js-entropy")
@given(pairs())
def test_js_is_the_mean_kl_to_the_mixture_and_the_gain_of_entropy(pair):
    """Pairs with zeros and tiny entries: definition, entropies and library agree to 1e-13."""
    p, q = pair
    m = normalize((p + q) / 2)
    by_kl = (kl_divergence(p, m) + kl_divergence(q, m)) / 2
    assert js_divergence(p, q) == pytest.approx(by_kl, rel=1e-9, abs=1e-14)
    assert js_divergence(p, q) == pytest.approx(entropy(m) - (entropy(p) + entropy(q)) / 2, abs=1e-13)


@pytest.mark.claim("prp-js-mutual-information")
@given(pairs())
def test_js_is_what_an_observation_tells_about_the_source(pair):
    """Pairs with zeros: mutual information of a fair coin and the outcome drawn accordingly."""
    p, q = pair
    joint = np.stack([p, q]) / np.stack([p, q]).sum()
    assert js_divergence(p, q) == pytest.approx(mutual_information(joint), rel=1e-9, abs=1e-14)


@pytest.mark.claim("prp-js-mutual-information")
def test_a_played_game_reaches_the_ceiling_and_does_not_pass_it():
    """100 000 rounds with N(0, 1) and N(1, 1): the honest player's mean score is JS within 5 standard errors,
    and a bold player's is far below.
    """
    rng = np.random.default_rng(0)
    z = rng.integers(0, 2, 100_000)
    u = special.expit(rng.normal(z, 1) - 0.5)
    said = np.where(z == 1, u, 1 - u)
    score = 1 + np.log2(said)
    ceiling = js_divergence_continuous(stats.norm(0, 1), stats.norm(1, 1), base=2)
    assert score.mean() == pytest.approx(ceiling, abs=5 * score.std() / np.sqrt(z.size))
    assert np.mean(1 + np.log2(np.where(said > 0.5, 0.95, 0.05))) < ceiling - 0.3


@pytest.mark.claim("prp-js-tv")
@settings(max_examples=200)
@given(pairs())
def test_js_lies_between_its_bounds_from_total_variation(pair):
    """Pairs with zeros, ties and tiny entries: 1 - h((1 - TV)/2) <= JS <= TV in bits."""
    p, q = pair
    tv = total_variation_distance(p, q)
    error = (1 - tv) / 2
    js = js_divergence(p, q, base=2)
    assert js <= tv * (1 + 1e-12)
    assert js >= 1 - entropy([error, 1 - error], base=2) - 1e-14


@pytest.mark.claim("prp-js-tv")
@given(st.floats(0, 1))
def test_both_bounds_are_reached(t):
    """Outcomes that decide or say nothing reach the upper bound; two mirrored coins reach the lower."""
    decisive = [t, 0, 1 - t], [0, t, 1 - t]
    assert js_divergence(*decisive, base=2) == pytest.approx(t, abs=1e-14)
    mirrored = [(1 + t) / 2, (1 - t) / 2], [(1 - t) / 2, (1 + t) / 2]
    lower = 1 - entropy([(1 - t) / 2, (1 + t) / 2], base=2)
    assert js_divergence(*mirrored, base=2) == pytest.approx(lower, abs=1e-14)


@pytest.mark.claim("prp-js-tv")
def test_the_best_guess_is_right_with_probability_half_of_1_plus_tv():
    """A simulated guesser of 200 000 rounds on five outcomes, within 5 standard errors."""
    p, q = np.array([0.1, 0.2, 0.3, 0.4, 0.0]), np.array([0.3, 0.2, 0.1, 0.2, 0.2])
    rng = np.random.default_rng(1)
    z = rng.integers(0, 2, 200_000)
    x = np.where(z == 0, rng.choice(5, p=p, size=z.size), rng.choice(5, p=q, size=z.size))
    rate = np.mean((q > p)[x] == z)
    assert rate == pytest.approx((1 + total_variation_distance(p, q)) / 2, abs=5 * 0.5 / np.sqrt(z.size))


@pytest.mark.claim("prp-js-hits")
@settings(max_examples=60)
@given(pairs(max_size=6))
def test_js_is_the_sum_of_the_gains_in_hits_over_all_coins(pair):
    """Any pair, zeros and tiny entries included: the integral is taken from kink to kink of the gain."""
    p, q = pair
    seen = p + q > 0
    p, q = p[seen], q[seen]

    with np.errstate(divide="ignore"):
        kinks = np.clip(np.log(q) - np.log(p), -45, 45)
    ends = np.unique([*range(-45, 46), *kinks])
    nodes, weights = np.polynomial.legendre.leggauss(12)
    half = np.diff(ends)[:, None] / 2
    log_odds = ((ends[1:] + ends[:-1])[:, None] / 2 + half * nodes)[..., None]
    # An integral over d(chance) / (chance (1 - chance)) is one over d(log-odds).
    chance, other = special.expit(log_odds), special.expit(-log_odds)
    gain = np.maximum(chance * p, other * q).sum(axis=-1) - np.maximum(chance, other)[..., 0]
    assert (half * weights * gain).sum() / 2 == pytest.approx(js_divergence(p, q), rel=1e-9, abs=1e-13)


@pytest.mark.claim("prp-js-hits")
def test_the_fair_coin_gains_half_the_total_variation():
    """Five pairs of weather-like distributions."""
    rng = np.random.default_rng(3)
    for p, q in rng.dirichlet(np.ones(5), size=(5, 2)):
        gain = np.maximum(p, q).sum() / 2 - 1 / 2
        assert gain == pytest.approx(total_variation_distance(p, q) / 2, rel=1e-12, abs=0)


@pytest.mark.claim("prp-js-noise")
@pytest.mark.parametrize(("n", "m", "outcomes"), [(4000, 4000, 5), (4000, 16_000, 2), (20_000, 10_000, 18)])
def test_the_noise_floor_of_js_and_of_kl_both_ways_is_chi_squared(n, m, outcomes):
    """20 000 pairs of samples of one law: mean and three quantiles, within 4 %."""
    rng = np.random.default_rng(outcomes)
    law = rng.dirichlet(np.full(outcomes, 5.0))
    p, q = rng.multinomial(n, law, size=20_000) / n, rng.multinomial(m, law, size=20_000) / m
    expected = stats.chi2(outcomes - 1)
    for measured in (8 * js_divergence(p, q), kl_divergence(p, q) + kl_divergence(q, p)):
        scaled = measured / (1 / n + 1 / m)
        assert scaled.mean() == pytest.approx(outcomes - 1, rel=0.04)
        for level in (0.5, 0.9, 0.95):
            assert np.quantile(scaled, level) == pytest.approx(expected.ppf(level), rel=0.04)


@pytest.mark.claim("prp-js-bounds")
@settings(max_examples=200)
@given(pairs())
def test_js_is_symmetric_finite_and_at_most_log_2(pair):
    """Pairs with zeros, ties, 1e-300, one atom: the ceiling only if disjoint, 0 only at equality."""
    p, q = pair
    js = js_divergence(p, q)
    assert js == pytest.approx(js_divergence(q, p), rel=1e-14, abs=0)
    assert 0 <= js <= LOG2 * (1 + 1e-15)
    assert js_divergence(p, p) == 0
    assert js >= np.abs(p - q).sum() ** 2 / 8 * (1 - 1e-9) - 1e-30  # Pinsker for both parts
    common = np.minimum(p, q).sum()
    if common == 0:
        assert js == pytest.approx(LOG2, rel=1e-14, abs=0)
    elif common > 1e-6:
        assert js < LOG2


@pytest.mark.claim("prp-js-bounds")
@given(large_pairs())
def test_the_bounds_hold_for_thousands_of_outcomes(pair):
    """1000 to 5000 outcomes with common zeros."""
    assert 0 < js_divergence(*pair) < LOG2


@pytest.mark.claim("prp-js-bounds")
def test_singular_laws_reach_the_ceiling_even_where_their_ranges_overlap():
    """A lattice ever finer against its shift by half a cell: disjoint atoms, JS = log 2 throughout."""
    for n in (2, 10, 1000):
        lattice = np.zeros(2 * n)
        lattice[::2] = 1 / n
        assert js_divergence(lattice, np.roll(lattice, 1)) == pytest.approx(LOG2, rel=1e-14, abs=0)
    gap = js_divergence_continuous(stats.uniform(0, 1), stats.uniform(1, 1))
    assert gap == pytest.approx(LOG2, rel=1e-12, abs=0)


@pytest.mark.claim("prp-js-metric")
@settings(max_examples=300)
@given(triples())
def test_the_root_obeys_the_triangle_inequality(three):
    """Triples with zeros, ties, tiny entries: no detour is shorter."""
    p, q, r = three
    assert js_distance(p, r) <= js_distance(p, q) + js_distance(q, r) + 1e-15


@pytest.mark.claim("prp-js-metric")
@pytest.mark.parametrize(("a", "b"), [(0.5, 0.2), (1.0, 0.0), (0.9, 0.1), (1e-3, 0.7)])
def test_the_integral_of_the_proof_is_right(a, b):
    """Four pairs of masses: a log a + b log b - (a + b) log((a + b)/2) is the integral of a square."""
    left = special.xlogy(a, a) + special.xlogy(b, b) - (a + b) * np.log((a + b) / 2)

    def square(s):
        return ((np.exp(-a * s / 2) - np.exp(-b * s / 2)) / s) ** 2

    right = integrate.quad(square, 0, 50, limit=200)[0] + integrate.quad(square, 50, np.inf, limit=200)[0]
    assert right == pytest.approx(left, rel=1e-6, abs=0)


@pytest.mark.claim("prp-js-metric")
@settings(max_examples=50)
@given(vector_tuples(6))
def test_js_embeds_in_a_hilbert_space(vectors):
    """Six distributions: the centred Gram matrix of classical scaling has no negative eigenvalue."""
    squared = np.array([[js_divergence(p, q) for q in vectors] for p in vectors])
    centre = np.eye(6) - 1 / 6
    assert np.linalg.eigvalsh(-0.5 * centre @ squared @ centre).min() >= -1e-14


@pytest.mark.claim("prp-js-metric")
def test_js_itself_is_no_metric():
    """The three coins of the text: 1 bit directly, 0.62 by way of the fair one."""
    a, b, c = [1, 0], [0.5, 0.5], [0, 1]
    assert js_divergence(a, c, base=2) > js_divergence(a, b, base=2) + js_divergence(b, c, base=2) + 0.37


def gan_value(p, q, discriminator):
    return special.xlogy(p, discriminator).sum() + special.xlogy(q, 1 - discriminator).sum()


@pytest.mark.claim("prp-gan-discriminator")
@given(pairs(), seeds)
def test_no_discriminator_beats_the_ratio_and_its_value_is_js(pair, seed):
    """Pairs with zeros, 20 random discriminators each: V <= 2 JS - 2 log 2, with equality for p / (p + q)."""
    p, q = pair
    best = (special.rel_entr(p, p + q) + special.rel_entr(q, p + q)).sum()  # V at p / (p + q)
    assert best == pytest.approx(2 * js_divergence(p, q) - 2 * LOG2, abs=1e-12)
    rng = np.random.default_rng(seed)
    for other in rng.beta(0.5, 0.5, size=(20, p.size)):
        assert gan_value(p, q, np.clip(other, 1e-12, 1 - 1e-12)) <= best + 1e-12


@pytest.mark.claim("prp-gan-discriminator")
def test_the_training_value_is_no_lower_bound():
    """The condition dropped: on its own 30 + 30 draws from one die of 20 sides, a discriminator's value
    overshoots the true JS, 0; on fresh draws it stays below.
    """
    rng = np.random.default_rng(2)
    fair = np.full(20, 1 / 20)
    trained, fresh = [], []
    for _ in range(200):
        a, b = rng.multinomial(30, fair, size=2)
        d = (a + 0.5) / (a + b + 1)
        trained.append(gan_value(a / 30, b / 30, d) / 2 + LOG2)
        fresh.append(gan_value(fair, fair, d) / 2 + LOG2)
    assert np.mean(trained) > 0.05
    assert max(fresh) <= 0


def weighted(count):
    return st.tuples(vector_tuples(count), probability_vectors(n=count))


@pytest.mark.claim("prp-js-weights")
@given(weighted(4))
def test_js_of_several_is_at_most_the_entropy_of_the_weights(drawn):
    """Four distributions, weights with zeros: 0 <= JS <= H(weights); equality for disjoint supports."""
    vectors, weights = drawn
    js = js_divergence(*vectors, weights=weights)
    assert -1e-15 <= js <= entropy(weights) * (1 + 1e-12) + 1e-14
    assert js_divergence(*np.eye(4), weights=weights) == pytest.approx(entropy(weights), abs=1e-14)


@pytest.mark.claim("prp-js-weights")
@given(weighted(3), probability_vectors(n=12, positive=True))
def test_the_mixture_is_the_best_single_code(drawn, r):
    """Three distributions, any weights, any positive r: mean KL to r is JS plus KL from the mixture to r."""
    vectors, weights = drawn
    vectors = np.array(vectors)
    r = normalize(r[: vectors.shape[1]])
    mixture = normalize(weights @ vectors)
    mean = weights @ kl_divergence(vectors, r)
    whole = js_divergence(*vectors, weights=weights) + kl_divergence(mixture, r)
    assert mean == pytest.approx(whole, rel=1e-9, abs=1e-12)


@pytest.mark.claim("prp-js-weights")
def test_unequal_weights_lose_the_symmetry():
    """The pair of the text: 0.0928 and 0.1864 bits."""
    fair, heads = [0.5, 0.5], [1, 0]
    one = js_divergence(fair, heads, weights=[0.9, 0.1], base=2)
    two = js_divergence(heads, fair, weights=[0.9, 0.1], base=2)
    assert (round(one, 4), round(two, 4)) == (0.0928, 0.1864)


@pytest.mark.claim("prp-js-capacity")
@settings(max_examples=20)
@given(st.integers(2, 4), st.integers(2, 5), seeds)
def test_equal_divergences_to_the_mixture_mark_the_largest_js(k, n, seed):
    """Random channels of up to 4 inputs: at any weights the largest divergence to the mixture bounds JS at
    all weights, and the Blahut-Arimoto iteration closes the gap between the two (here to 1e-3).
    """
    rng = np.random.default_rng(seed)
    rows, weights = rng.dirichlet(np.ones(n), size=k), np.full(k, 1 / k)
    for _ in range(1000):
        divergences = kl_divergence(rows, normalize(weights @ rows))
        if divergences.max() - weights @ divergences < 1e-4:
            break
        weights = normalize(weights * np.exp(divergences - divergences.max()))
    bound = divergences.max()
    assert bound - 1e-3 <= js_divergence(*rows, weights=weights) <= bound + 1e-12
    for other in rng.dirichlet(np.ones(k), size=50):
        assert js_divergence(*rows, weights=other) <= bound + 1e-12


@pytest.mark.claim("prp-js-capacity")
def test_the_z_channel_has_its_known_capacity():
    """(1, 0) and (½, ½): log2(5/4) bits at the weights 0.6 and 0.4, more than at equal weights."""
    rows, weights = np.array([[1, 0], [0.5, 0.5]]), [0.6, 0.4]
    assert kl_divergence(rows, weights @ rows, base=2) == pytest.approx(np.log2(1.25))
    assert js_divergence(*rows, weights=weights, base=2) == pytest.approx(np.log2(1.25))
    assert js_divergence(*rows, base=2) < 0.312


@pytest.mark.claim("prp-js-hellinger")
@settings(max_examples=300)
@given(pairs())
def test_js_lies_between_log_2_and_1_times_the_squared_hellinger_distance(pair):
    """Pairs with zeros, ties, tiny entries, in nats."""
    p, q = pair
    squared = hellinger_distance(p, q) ** 2
    assert LOG2 * squared * (1 - 1e-12) <= js_divergence(p, q) <= squared * (1 + 1e-12)


@pytest.mark.claim("prp-js-hellinger")
def test_neither_constant_can_be_improved():
    """Disjoint supports give log 2; nearly equal coins give 1, up to the squared distance."""
    assert js_divergence([1, 0], [0, 1]) / hellinger_distance([1, 0], [0, 1]) ** 2 == pytest.approx(LOG2)
    p, q = [0.5, 0.5], [0.5001, 0.4999]
    assert js_divergence(p, q) / hellinger_distance(p, q) ** 2 == pytest.approx(1, abs=1e-7)


@pytest.mark.claim("prp-js-fisher")
@settings(max_examples=50)
@given(st.integers(2, 6), seeds)
def test_js_is_an_eighth_of_a_squared_length_up_to_third_order(n, seed):
    """A softmax family: steps 1e-2 to 1e-5, remainder of third order."""
    rng = np.random.default_rng(seed)
    theta, direction = rng.normal(size=(2, n))
    direction /= np.linalg.norm(direction)
    p = special.softmax(theta)
    quadratic = direction @ (np.diag(p) - np.outer(p, p)) @ direction / 8
    third = np.abs(direction - p @ direction).max() ** 3
    for step in (1e-2, 1e-3, 1e-4, 1e-5):
        js = js_divergence(p, special.softmax(theta + step * direction))
        assert abs(js - quadratic * step**2) <= third * step**3 + 1e-9 * step**2


@pytest.mark.claim("prp-gan-slope")
@settings(max_examples=60)
@given(pairs(min_size=2, max_size=5, positive=True), seeds)
def test_the_forger_descends_js_or_reverse_kl_less_twice_js(pair, seed):
    """Positive pairs, the second moved along a random direction that keeps its sum: both slopes, the right
    sides as central differences of the library's measures.
    """
    p, q = (0.99 * vector + 0.01 / vector.size for vector in pair)
    direction = np.random.default_rng(seed).normal(size=q.size)
    direction -= direction.mean()
    direction /= np.abs(direction).max()
    best = p / (p + q)
    h = 1e-6

    def slope(measure):
        return (measure(q + h * direction) - measure(q - h * direction)) / (2 * h)

    js = slope(lambda moved: 2 * js_divergence(p, moved))
    reverse = slope(lambda moved: kl_divergence(moved, p))
    assert direction @ np.log1p(-best) == pytest.approx(js, abs=1e-6)
    assert -direction @ np.log(best) == pytest.approx(reverse - js, abs=1e-6)
