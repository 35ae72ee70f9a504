"""Claims of chapter 1: information, entropy, the chain rule, codes."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from strategies import pairs, probability_vectors, seeds

from divergences import entropy, huffman_code, information_content, normalize

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
