"""Claims of chapter 1 and its side roads: information, entropy, codes, densities, samples."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats
from strategies import pairs, probability_vectors, seeds

from divergences import entropy, entropy_continuous, huffman_code, information_content, normalize

probabilities = st.floats(1e-300, 1.0)


def joint_tables(max_size=6):
    return st.builds(
        lambda rows, columns, zeros, seed: _table(rows, columns, zeros, seed),
        st.integers(1, max_size),
        st.integers(1, max_size),
        st.booleans(),
        seeds,
    )


def _table(rows, columns, zeros, seed):
    rng = np.random.default_rng(seed)
    weights = rng.exponential(size=(rows, columns)) ** 3
    if zeros:
        weights *= rng.random((rows, columns)) < 0.5
    weights.flat[rng.integers(weights.size)] += 1.0
    return weights / weights.sum()


def conditional_entropy(joint):
    """The mean over the rows of the entropy within the row, by the definition."""
    rows = joint[joint.sum(axis=1) > 0]
    return rows.sum(axis=1) @ entropy(normalize(rows))


@pytest.mark.claim("prp-information-log")
@given(probabilities, probabilities)
def test_information_fulfils_the_three_wishes(p, q):
    """Any two probabilities down to 1e-300: certain is 0, rarer is more, a product adds. That nothing but the
    logarithm fulfils them is left to the proof.
    """
    assert information_content(1.0) == 0.0
    if p < q * (1 - 1e-14):
        assert information_content(p) > information_content(q)
    if p * q > 1e-300:
        assert information_content(p * q) == pytest.approx(information_content(p) + information_content(q))
    assert information_content(p, base=2) * np.log(2) == pytest.approx(information_content(p))


@pytest.mark.claim("prp-information-log")
@pytest.mark.parametrize(
    "rival", [lambda p: 1 / p - 1, lambda p: 1 - p, lambda p: (1 - p) ** 2, lambda p: np.log(p) ** 2]
)
def test_other_decreasing_functions_do_not_add(rival):
    """Four decreasing functions that are 0 at certainty: each breaks the third wish for two fair coins."""
    assert rival(1.0) == 0
    assert rival(0.2) > rival(0.5) > rival(0.9)
    assert rival(0.25) != pytest.approx(2 * rival(0.5), rel=0.1, abs=0)


@pytest.mark.claim("prp-entropy-bounds")
@given(probability_vectors())
def test_entropy_lies_between_0_and_log_n(p):
    """Vectors with zeros, ties, 1e-300, one atom: 0 <= H <= log n, up to rounding of the last digits."""
    assert 0 <= entropy(p) <= np.log(p.size) * (1 + 1e-14) + 1e-15
    certain, uniform = np.count_nonzero(p) == 1, np.ptp(p) == 0
    if certain:
        assert entropy(p) == 0
    elif 1 - p.max() > 1e-15:
        assert entropy(p) > 0
    if uniform:
        assert entropy(p) == pytest.approx(np.log(p.size), abs=1e-14)
    elif np.ptp(p) > 1e-6:
        assert entropy(p) < np.log(p.size)


@pytest.mark.claim("prp-entropy-bounds")
@pytest.mark.parametrize("n", [1, 2, 3, 1000, 4999])
def test_the_bounds_are_reached_by_the_certain_and_the_uniform(n):
    """One outcome to thousands: exactly 0 for a certain outcome, log n for equal ones."""
    assert entropy(np.eye(n)[0]) == 0
    assert entropy(np.full(n, 1 / n)) == pytest.approx(np.log(n), rel=1e-13, abs=1e-14)


@pytest.mark.claim("prp-entropy-concave")
@given(pairs(), st.floats(0, 1))
def test_mixing_never_loses_entropy(pair, share):
    """Pairs with zeros and tiny entries, any share: the mixture has at least the mean entropy; strictly more
    if the two differ visibly.
    """
    p, q = pair
    mixture = share * p + (1 - share) * q
    mean = share * entropy(p) + (1 - share) * entropy(q)
    assert entropy(mixture) >= mean - 1e-14
    if np.abs(p - q).max() > 1e-3 and 0.01 < share < 0.99:
        assert entropy(mixture) > mean + 1e-9
    assert entropy(share * p + (1 - share) * p) == pytest.approx(entropy(p), abs=1e-14)


@pytest.mark.claim("prp-chain-rule")
@given(joint_tables())
def test_joint_entropy_is_the_first_plus_the_conditional(joint):
    """Tables up to 6 x 6 with zeros, both orders of the two variables."""
    total = entropy(joint.ravel())
    assert entropy(joint.sum(axis=1)) + conditional_entropy(joint) == pytest.approx(total, abs=1e-13)
    assert entropy(joint.sum(axis=0)) + conditional_entropy(joint.T) == pytest.approx(total, abs=1e-13)


@pytest.mark.claim("prp-conditioning")
@given(joint_tables())
def test_conditioning_never_raises_the_mean_entropy(joint):
    """Tables up to 6 x 6 with zeros; equality for the product of the margins, and only there."""
    alone = entropy(joint.sum(axis=0))
    assert conditional_entropy(joint) <= alone + 1e-13
    independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    assert conditional_entropy(independent) == pytest.approx(alone, abs=1e-13)
    if np.abs(joint - independent).max() > 1e-3:
        assert conditional_entropy(joint) < alone - 1e-7  # Pinsker: the gap is at least 2 * 1e-6 / 2


@pytest.mark.claim("prp-conditioning")
def test_one_observation_can_raise_the_entropy():
    """The counter-example of the exercise: without the average the statement is false."""
    joint = np.array([[0.9, 0.0], [0.05, 0.05]])
    assert entropy(normalize(joint[1]), base=2) == 1.0
    assert entropy(joint.sum(axis=0), base=2) == pytest.approx(0.286, abs=5e-4)


@pytest.mark.claim("prp-conditioning")
def test_the_gap_is_the_same_however_large_the_entropy_of_a_bystander():
    """Why finite entropy is asked for: with Y = (X, N), N a die of k faces, knowing X takes one bit from
    1 + log2(k), for every k; with an infinite N nothing is left to subtract.
    """
    for k in (1, 4, 1024):
        joint = np.zeros((2, 2 * k))
        joint[0, :k] = joint[1, k:] = 0.5 / k
        alone = entropy(joint.sum(axis=0), base=2)
        assert alone == pytest.approx(1 + np.log2(k))
        assert alone - conditional_entropy(joint) / np.log(2) == pytest.approx(1)


def prefix_free(words):
    return not any(i != j and b.startswith(a) for i, a in enumerate(words) for j, b in enumerate(words))


def kraft_code(lengths):
    """The code of the proof: intervals of width 2^-length side by side."""
    words, start = {}, 0
    for i in np.argsort(lengths, kind="stable"):
        words[i] = format(start >> (64 - lengths[i]), f"0{lengths[i]}b") if lengths[i] else ""
        start += 1 << (64 - lengths[i])
    return [words[i] for i in range(len(lengths))]


@pytest.mark.claim("prp-kraft")
@given(probability_vectors())
def test_huffman_words_are_prefix_free_and_fill_krafts_sum(p):
    """Huffman codes of drawn distributions: no word begins another, and the sum of 2^-length is exactly 1."""
    words = [word for word in huffman_code(p) if word is not None]
    assert prefix_free(words)
    assert sum(2.0 ** -len(word) for word in words) == pytest.approx(1.0)


@pytest.mark.claim("prp-kraft")
@given(st.lists(st.integers(0, 12), min_size=1, max_size=10))
def test_a_prefix_code_exists_exactly_when_krafts_sum_is_at_most_1(lengths):
    """Any lengths up to 12: the proof's construction gives a prefix code if the sum allows it; if not, the
    intervals overflow [0, 1).
    """
    words = kraft_code(lengths) if sum(2.0**-n for n in lengths) <= 1 else None
    if words is not None:
        assert prefix_free(words)
        assert [len(word) for word in words] == lengths
    else:
        assert sum(1 << (64 - n) for n in lengths) > 1 << 64


@pytest.mark.claim("prp-kraft")
def test_no_prefix_code_of_up_to_four_short_words_breaks_krafts_inequality():
    """3000 drawn sets of up to four words of length at most 3: every prefix-free one obeys."""
    words = ["".join(bits) for n in range(4) for bits in product("01", repeat=n)]
    rng = np.random.default_rng(0)
    free = 0
    for _ in range(3000):
        chosen = list(rng.choice(words, size=rng.integers(1, 5), replace=False))
        if prefix_free(chosen):
            free += 1
            assert sum(2.0 ** -len(word) for word in chosen) <= 1
    assert free > 500


def uniquely_decodable(words):
    """Sardinas and Patterson's test: follow what is left over when two readings of one string run ahead of
    each other, until a leftover is a word (two readings) or nothing new comes.
    """
    if "" in words or len(set(words)) < len(words):
        return False

    def leftovers(first, second):
        return {b[len(a) :] for a in first for b in second if a != b and b.startswith(a)}

    words, seen = set(words), set()
    new = leftovers(words, words)
    while new - seen:
        if new & words:
            return False
        seen |= new
        new = leftovers(words, new) | leftovers(new, words)
    return not seen & words


def drawn_codes():
    """Draw 4000 sets of two to five different words of length 1 to 4."""
    words = ["".join(bits) for n in range(1, 5) for bits in product("01", repeat=n)]
    rng = np.random.default_rng(1)
    return [
        [words[i] for i in rng.choice(len(words), size=rng.integers(2, 6), replace=False)]
        for _ in range(4000)
    ]


def readings(words, digits):
    """Count the ways to read each string of so many digits; the largest count."""
    count = {"": 1}
    for text in ("".join(bits) for n in range(1, digits + 1) for bits in product("01", repeat=n)):
        count[text] = sum(count[text[: -len(word)]] for word in words if text.endswith(word))
    return max(count.values())


@pytest.mark.claim("prp-kraft")
def test_mcmillan_every_uniquely_decodable_code_keeps_to_the_budget():
    """Of 4000 drawn codes those that can be read in one way only, prefix codes or not: the sum of 2^-length
    is at most 1, and a prefix code with the same lengths exists. The decision is checked by counting the
    readings of all strings of up to 9 digits, for the first 60 codes.
    """
    assert uniquely_decodable(["0", "01", "011"])
    assert not prefix_free(["0", "01", "011"])
    assert not uniquely_decodable(["0", "1", "00", "01", "10"])
    assert not uniquely_decodable(["1", "011", "01110", "1110", "10011"])  # 011101110011, read in two ways
    codes = drawn_codes()
    for words in codes[:60]:
        assert uniquely_decodable(words) or readings(words, 9) > 1
        assert not uniquely_decodable(words) or readings(words, 9) == 1
    readable = [words for words in codes if uniquely_decodable(words)]
    assert sum(not prefix_free(words) for words in readable) > 300
    for words in readable:
        lengths = [len(word) for word in words]
        assert sum(2.0**-n for n in lengths) <= 1
        assert prefix_free(kraft_code(lengths))


@pytest.mark.claim("prp-source-coding")
def test_no_readable_code_is_shorter_than_the_entropy():
    """The same codes, each for drawn probabilities: H <= L for all that can be read in one way. Among the
    others there are shorter ones, so that the condition is needed.
    """
    rng = np.random.default_rng(2)
    shorter = 0
    for words in drawn_codes():
        p = rng.dirichlet(np.ones(len(words)))
        excess = p @ [len(word) for word in words] - entropy(p, base=2)
        if uniquely_decodable(words):
            assert excess >= -1e-12
        shorter += excess < 0
    assert shorter >= 5


def mean_length(p, words):
    return sum(share * len(word) for share, word in zip(p, words, strict=True) if share > 0)


@pytest.mark.claim("prp-source-coding")
@settings(max_examples=200)
@given(probability_vectors())
def test_huffman_is_within_one_bit_of_the_entropy(p):
    """Drawn distributions with zeros and tiny entries: H <= L < H + 1 (an entropy below 1e-12 is lost when 1
    is added to it, so there the strict sign is tested as <=).
    """
    length, bits = mean_length(p, huffman_code(p)), entropy(p, base=2)
    assert bits <= length + 1e-12
    assert length < bits + 1 or (bits < 1e-12 and length == 1)


@pytest.mark.claim("prp-source-coding")
@settings(max_examples=40)
@given(probability_vectors(min_size=2, max_size=5, positive=True))
def test_no_prefix_code_is_shorter_than_huffman_or_the_entropy(p):
    """All lengths up to 5 for up to 5 outcomes: the best code is Huffman's, and none beats H."""
    lengths = np.array(list(product(range(6), repeat=p.size)))
    lengths = lengths[(2.0**-lengths).sum(axis=1) <= 1]
    best = (lengths @ p).min()
    assert mean_length(p, huffman_code(p)) == pytest.approx(best, abs=1e-12)
    assert best >= entropy(p, base=2) - 1e-12


@pytest.mark.claim("prp-source-coding")
@pytest.mark.parametrize(
    "p", [[1.0], [1 / 2, 1 / 2], [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 4] * 4, [0.5, 0, 0.5]]
)
def test_equality_holds_for_powers_of_one_half(p):
    """Five dyadic distributions: the mean length is the entropy, exactly."""
    assert mean_length(p, huffman_code(p)) == entropy(p, base=2)


@pytest.mark.claim("prp-source-coding")
@pytest.mark.parametrize("p", [[1 / 3, 2 / 3], [0.4, 0.6], [1 / 3, 1 / 3, 1 / 3]])
def test_no_equality_otherwise(p):
    """Three distributions that are not dyadic: strictly longer than the entropy."""
    assert mean_length(p, huffman_code(p)) > entropy(p, base=2) + 0.01


@pytest.mark.claim("prp-source-coding")
def test_the_plus_one_cannot_be_dropped():
    """A nearly certain outcome: the excess over the entropy comes as near to 1 as one likes."""
    for rare in (1e-2, 1e-4, 1e-6):
        p = [1 - rare, rare]
        assert mean_length(p, huffman_code(p)) - entropy(p, base=2) > 1 - 30 * rare ** (3 / 4)


def log_number_of_typical_sequences(p, n, risk):
    """Count the fewest sequences of three outcomes with a probability of 1 - risk; return the logarithm."""
    first, second = np.array([(i, j) for i in range(n + 1) for j in range(n + 1 - i)]).T
    counts = np.stack([first, second, n - first - second])
    ways = special.gammaln(n + 1) - special.gammaln(counts + 1).sum(axis=0)
    each = special.xlogy(counts, np.array(p)[:, None]).sum(axis=0)  # log-probability of one such sequence
    order = np.argsort(-each)
    covered = np.cumsum(np.exp(ways + each)[order])
    last = np.searchsorted(covered, 1 - risk)
    missing = 1 - risk - (covered[last - 1] if last else 0.0)
    return special.logsumexp([*ways[order][:last], np.log(missing) - each[order][last]])


@pytest.mark.claim("prp-typical")
@pytest.mark.parametrize("risk", [0.01, 0.3, 0.9])
@pytest.mark.parametrize("p", [(0.1, 0.9, 0), (0.5, 0.25, 0.25), (0.7, 0.2, 0.1), (1 / 3, 1 / 3, 1 / 3)])
def test_the_sequences_that_matter_are_counted_by_the_entropy(p, risk):
    """Three outcomes, n = 20 to 320, every sequence counted: the gap to H is that of the central limit
    theorem, spread of the surprise times a quantile over sqrt(n), and at most 3 log(n)/n more.
    """
    surprise = -np.log(p, out=np.zeros(3), where=np.array(p) > 0)
    spread = np.sqrt(max(p @ surprise**2 - (p @ surprise) ** 2, 0.0))
    for n in (20, 80, 320):
        gap = log_number_of_typical_sequences(p, n, risk) / n - entropy(p)
        expected = spread * stats.norm.isf(risk) / np.sqrt(n)
        assert abs(gap - expected) <= 3 * np.log(n) / n


def chains():
    """Draw transition matrices of two or three states, some with forbidden steps, and some without memory."""

    def chain(states, kind, seed):
        rng = np.random.default_rng(seed)
        step = rng.dirichlet(np.ones(states), size=states) + 0.02
        if kind == "forbidden steps":
            step[0, 0] = 0.0
        if kind == "no memory":
            step[:] = step[0]
        return step / step.sum(axis=1, keepdims=True)

    return st.builds(
        chain, st.integers(2, 3), st.sampled_from(["full", "forbidden steps", "no memory"]), seeds
    )


def at_rest(step):
    """Return the stationary distribution of a chain."""
    equations = np.vstack([step.T - np.eye(len(step)), np.ones(len(step))])
    return np.linalg.lstsq(equations, np.append(np.zeros(len(step)), 1), rcond=None)[0]


def block_entropies(step, days, seen):
    """H(X_1, ..., X_n) for n up to `days`, where X is `seen` of the state; every sequence is counted."""
    states = len(step)
    found, start = [], normalize(np.maximum(at_rest(step), 0))
    weights = {}  # of a sequence of what was seen: a weight for each last state
    for state in range(states):
        weights.setdefault((seen[state],), np.zeros(states))[state] += start[state]
    for _ in range(days):
        found.append(entropy(normalize([w.sum() for w in weights.values()])))
        longer = {}
        for past, w in weights.items():
            for state, share in enumerate(w @ step):
                longer.setdefault((*past, seen[state]), np.zeros(states))[state] += share
        weights = longer
    return np.array(found)


@pytest.mark.claim("prp-entropy-rate")
@settings(max_examples=40)
@given(chains(), st.booleans())
def test_the_entropy_rate_is_approached_from_above(step, blurred):
    """Chains of two or three states, and what is seen of three when two look alike (no Markov chain), seven
    days, all sequences counted: both sequences fall, the conditional one faster; for the chain itself it is
    constant from the second day on, and the mean differs from it by (H(X) - h)/n.
    """
    states = len(step)
    seen = [min(state, 1) for state in range(states)] if blurred else list(range(states))
    blocks = block_entropies(step, 7, seen)
    conditional, mean = np.diff(blocks, prepend=0), blocks / np.arange(1, 8)
    assert np.all(np.diff(conditional) <= 1e-12)
    assert np.all(np.diff(mean) <= 1e-12)
    assert np.all(conditional <= mean + 1e-12)
    if len(set(seen)) == states:
        rate = at_rest(step) @ entropy(step)
        np.testing.assert_allclose(conditional[1:], rate, atol=1e-10)
        np.testing.assert_allclose(mean - rate, (blocks[0] - rate) / np.arange(1, 8), atol=1e-10)
    forgets = np.abs(step - step[0]).max() < 1e-12
    assert (abs(conditional[-1] - blocks[0]) < 1e-9) == forgets or blurred


@pytest.mark.claim("prp-entropy-rate")
def test_both_sequences_have_the_same_limit_without_markov_s_property():
    """Three states of which two look alike: after twelve days the next day's entropy lies within 1e-3 of its
    lower bound, in which the first state is known as well; the mean is not far above.
    """
    step = np.array([[0.6, 0.3, 0.1], [0.2, 0.1, 0.7], [0.5, 0.4, 0.1]])
    blocks = block_entropies(step, 12, [0, 1, 1])
    conditional = np.diff(blocks, prepend=0)
    from_state = []
    for state in range(3):
        started = np.zeros(3)
        started[state] = 1.0
        weights, found = {(): started}, []
        for _ in range(11):
            longer = {}
            for past, w in weights.items():
                for after, share in enumerate(w @ step):
                    longer.setdefault((*past, min(after, 1)), np.zeros(3))[after] += share
            weights = longer
            found.append(entropy(normalize([w.sum() for w in weights.values()])))
        from_state.append(found)
    below = np.diff(at_rest(step) @ np.array(from_state))  # H(X_n | X_1, ..., X_(n-1), first state)
    assert np.all(below <= conditional[2:] + 1e-12)
    assert conditional[-1] - below[-1] < 1e-3
    assert blocks[-1] / 12 - conditional[-1] <= blocks[0] / 3


LAWS = {
    "normal": stats.norm(),
    "exponential": stats.expon(),
    "uniform": stats.uniform(),
    "logistic": stats.logistic(),
    "Laplace": stats.laplace(),
    "gamma": stats.gamma(2.5),
    "triangular": stats.triang(0.3),
}


@pytest.mark.claim("prp-differential-scaling")
@settings(max_examples=50)
@given(st.sampled_from(sorted(LAWS)), st.floats(-1e3, 1e3), st.integers(-6, 6))
def test_a_change_of_unit_adds_the_logarithm_of_the_factor(name, shift, exponent):
    """Seven families, shifts up to 1000, scales from 1e-6 to 1e6: h(aX + b) - h(X) = log a to 1e-8."""
    law, scale = LAWS[name], 10.0**exponent
    changed = getattr(stats, law.dist.name)(*law.args, loc=shift, scale=scale)
    gain = entropy_continuous(changed) - entropy_continuous(law)
    assert gain == pytest.approx(np.log(scale), abs=1e-8)


@pytest.mark.claim("prp-differential-scaling")
def test_a_mirror_changes_nothing():
    """a = -1: the mirror image of an exponential law has the same differential entropy."""

    class Mirrored:
        def logpdf(self, x):
            return stats.expon().logpdf(-np.asarray(x))

        def pdf(self, x):
            return np.exp(self.logpdf(x))

        def cdf(self, x):
            return stats.expon().sf(-np.asarray(x))

        def sf(self, x):
            return stats.expon().cdf(-np.asarray(x))

        def ppf(self, u):
            return -stats.expon().isf(u)

        def isf(self, u):
            return -stats.expon().ppf(u)

        def support(self):
            return (-np.inf, 0.0)

    assert entropy_continuous(Mirrored()) == pytest.approx(entropy_continuous(stats.expon()), abs=1e-9)


@pytest.mark.claim("prp-differential-bins")
@pytest.mark.parametrize("law", [stats.uniform(), stats.beta(2, 3), stats.triang(0.3), stats.cosine()])
def test_binned_entropy_plus_log_width_tends_to_the_differential_entropy(law):
    """Four continuous densities on an interval, 10 to 10 000 bins: the distance falls to below 1e-4."""
    left, right = law.support()
    gaps = []
    for bins in (10, 100, 1000, 10_000):
        edges = np.linspace(left, right, bins + 1)
        binned = entropy(normalize(np.diff(law.cdf(edges))))
        gaps.append(abs(binned + np.log((right - left) / bins) - entropy_continuous(law)))
    assert gaps[-1] < 1e-4
    assert gaps[-1] <= gaps[0] + 1e-9
    halves = [
        entropy(normalize(np.diff(law.cdf(np.linspace(left, right, n + 1)))), base=2) for n in (512, 1024)
    ]
    assert halves[1] - halves[0] == pytest.approx(1, abs=0.01)  # each halving of the bins adds a bit


def tilted(x, rate):
    return normalize(np.exp(rate * (x - x.max()))) if rate >= 0 else normalize(np.exp(rate * (x - x.min())))


@pytest.mark.claim("prp-max-entropy")
@given(st.lists(st.integers(-20, 20), min_size=2, max_size=8, unique=True), st.floats(0.05, 0.95), seeds)
def test_the_tilted_distribution_has_the_largest_entropy_for_its_mean(x, share, seed):
    """Up to 8 distinct numbers, any mean between them: one rate gives the mean, and 20 random moves that
    keep sum and mean lower the entropy.
    """
    x = np.array(sorted(x), dtype=float)
    mean = x[0] + share * (x[-1] - x[0])
    rate = optimize.brentq(lambda r: tilted(x, r) @ x - mean, -60, 60, xtol=1e-14)
    p = tilted(x, rate)
    assert p @ x == pytest.approx(mean, abs=1e-7 * (x[-1] - x[0]))
    rng = np.random.default_rng(seed)
    for _ in range(20):
        move = rng.normal(size=x.size)
        basis = np.linalg.qr(np.stack([np.ones_like(x), x - x.mean()], axis=1))[0]
        move -= basis @ (basis.T @ move)
        if x.size == 2 or np.abs(move).max() < 1e-12:
            continue
        step = rng.uniform(0, 1) * np.min(np.where(move < 0, p / np.maximum(-move, 1e-300), np.inf))
        other = np.maximum(p + min(step, 1.0) * move, 0)
        assert entropy(other / other.sum()) <= entropy(p) + 1e-9


@pytest.mark.claim("prp-max-entropy")
def test_a_numerical_optimiser_finds_the_same_die():
    """The loaded die with mean 4.5, found by SLSQP without the formula, to 1e-5."""
    faces = np.arange(1.0, 7.0)
    constraints = [
        {"type": "eq", "fun": lambda p: p.sum() - 1},
        {"type": "eq", "fun": lambda p: p @ faces - 4.5},
    ]
    found = optimize.minimize(
        lambda p: np.sum(p * np.log(p)),
        np.full(6, 1 / 6),
        bounds=[(1e-9, 1)] * 6,
        constraints=constraints,
        options={"ftol": 1e-14},
    ).x
    rate = optimize.brentq(lambda r: tilted(faces, r) @ faces - 4.5, -5, 5)
    np.testing.assert_allclose(found, tilted(faces, rate), atol=1e-5)


@pytest.mark.claim("prp-max-entropy-gaussian")
@pytest.mark.parametrize("name", sorted(LAWS))
def test_no_law_of_the_same_variance_beats_the_normal(name):
    """Seven families: h is at most ½ log(2 pi e variance), with equality for the normal only."""
    law = LAWS[name]
    bound = 0.5 * np.log(2 * np.pi * np.e * law.var())
    if name == "normal":
        assert entropy_continuous(law) == pytest.approx(bound, abs=1e-9)
    else:
        assert entropy_continuous(law) < bound - 1e-3


@pytest.mark.claim("prp-max-entropy-gaussian")
def test_near_the_normal_the_deficit_is_small_but_positive():
    """Student's t with 3 to 300 degrees of freedom approaches the bound from below."""
    deficits = [
        0.5 * np.log(2 * np.pi * np.e * law.var()) - entropy_continuous(law)
        for law in (stats.t(3), stats.t(10), stats.t(30), stats.t(300))
    ]
    assert all(a > b > 0 for a, b in pairwise(deficits))
    assert deficits[-1] < 1e-4


def expected_plug_in(p, n):
    """The exact mean of the plug-in entropy: a sum of binomial expectations, outcome by outcome."""
    k = np.arange(1, n + 1)
    terms = -(k / n) * np.log(k / n)
    return sum(stats.binom(n, x).pmf(k) @ terms for x in p)


@pytest.mark.claim("prp-plugin-bias")
@settings(max_examples=60)
@given(probability_vectors(min_size=2, max_size=6), st.integers(1, 60))
def test_the_plug_in_entropy_is_too_low_on_average(p, n):
    """Exact expectations for up to 60 draws from up to 6 outcomes, zeros and tiny entries included."""
    assert expected_plug_in(p, n) <= entropy(p) + 1e-12


@pytest.mark.claim("prp-plugin-bias")
def test_only_a_certain_outcome_has_no_bias():
    """One atom: exact at every n. Two outcomes, one of them one in a million: too low, visibly so."""
    for n in (1, 5, 50):
        assert expected_plug_in([1.0], n) == entropy([1.0]) == 0
        assert expected_plug_in([1e-6, 1 - 1e-6], n) < entropy([1e-6, 1 - 1e-6]) - 1e-8


@pytest.mark.claim("prp-plugin-bias")
@pytest.mark.parametrize("p", [[0.5, 0.5], [0.2, 0.3, 0.5], [0.1] * 10, [0.7, 0.2, 0.06, 0.04]])
def test_the_bias_is_minus_k_minus_1_over_2n_up_to_the_order_of_n_to_the_minus_2(p):
    """Exact expectations for n = 500, 2000, 8000: n² times the remainder stays below its theoretical
    limit, (sum of 1/p - 1)/12, with 20 % to spare.
    """
    p = np.array(p)
    limit = abs(np.sum(1 / p) - 1) / 12
    for n in (500, 2000, 8000):
        remainder = expected_plug_in(p, n) - entropy(p) + (p.size - 1) / (2 * n)
        assert abs(remainder) * n**2 <= 1.2 * limit + 0.01


@pytest.mark.claim("prp-plugin-bias")
def test_the_simulated_mean_agrees_with_the_exact_one():
    """20 000 simulated samples of 50 draws from a die: their mean lies within 5 standard errors."""
    draws = np.random.default_rng(0).multinomial(50, np.full(6, 1 / 6), size=20_000)
    values = entropy(normalize(draws))
    error = values.std() / np.sqrt(values.size)
    assert values.mean() == pytest.approx(expected_plug_in(np.full(6, 1 / 6), 50), abs=5 * error)
