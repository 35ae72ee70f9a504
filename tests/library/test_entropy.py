"""Information content, entropy, normalisation and Huffman codes."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import exact_entropy, relative_error
from scipy import stats
from strategies import large_pairs, probability_vectors, seeds

from divergences import entropy, huffman_code, information_content, normalize

# Information content


def test_information_content_by_hand():
    assert information_content(1 / 2, base=2) == 1
    assert information_content(1 / 64, base=2) == 6
    assert information_content(1) == 0
    assert math.copysign(1, information_content(1)) == 1
    assert information_content(0) == np.inf
    assert information_content(1 / math.e) == pytest.approx(1, rel=4e-15, abs=0)
    assert information_content(0.001, base=10) == pytest.approx(3, rel=4e-15, abs=0)


def test_information_content_keeps_the_shape():
    assert type(information_content(0.5)) is float
    np.testing.assert_array_equal(information_content([[1, 0.5], [0.25, 0]], base=2), [[0, 1], [2, np.inf]])
    assert information_content([]).shape == (0,)


@pytest.mark.parametrize("probability", [-0.1, 1.2, np.nan, np.inf, -np.inf, 1 + 1e-15])
def test_a_number_that_is_no_probability_has_no_information_content(probability):
    with pytest.raises(ValueError, match=r"probability is .*; a probability lies between 0 and 1"):
        information_content(probability)
    with pytest.raises(ValueError, match=r"probability\[1\] is .*; a probability lies between 0 and 1"):
        information_content([0.5, probability])


# Entropy


def test_entropy_by_hand():
    assert entropy([1 / 2, 1 / 4, 1 / 8, 1 / 8], base=2) == 1.75
    assert entropy([1 / 2, 1 / 2]) == pytest.approx(math.log(2), rel=4e-15, abs=0)
    assert entropy([1, 0, 0]) == 0
    assert entropy([1]) == 0


def test_entropy_of_one_vector_is_a_float():
    assert type(entropy([1 / 2, 1 / 2])) is float


@given(probability_vectors())
def test_entropy_agrees_with_its_definition(p):
    with mpmath.workdps(350):
        assert relative_error(entropy(p), exact_entropy(p)) < 2e-15


@pytest.mark.parametrize("rest", [1e-3, 1e-10, 1e-17, 1e-300])
def test_entropy_of_an_almost_certain_outcome_keeps_its_digits(rest):
    with mpmath.workdps(350):
        p = [1 - rest, rest / 2, rest / 2]
        assert relative_error(entropy(p), exact_entropy(p)) < 1e-15


@pytest.mark.parametrize("factor", [1 - 9e-7, 1 + 9e-7])
def test_a_sum_that_is_off_by_rounding_is_divided_out(factor):
    p = np.array([0.7, 0.2, 0.1]) * factor
    assert relative_error(entropy(p), exact_entropy(p)) < 1e-15


@given(probability_vectors(), st.randoms())
def test_entropy_does_not_depend_on_the_order_or_on_impossible_outcomes(p, random):
    shuffled = list(p)
    random.shuffle(shuffled)
    assert entropy(shuffled) == pytest.approx(entropy(p), rel=1e-13, abs=0)
    assert entropy([*p, 0, 0]) == pytest.approx(entropy(p), rel=1e-13, abs=0)


@given(large_pairs())
def test_entropy_of_thousands_of_outcomes(pair):
    for p in pair:
        assert entropy(p) == pytest.approx(stats.entropy(p), rel=1e-13, abs=0)


@given(seeds)
def test_a_batch_equals_the_loop(seed):
    p = np.random.default_rng(seed).dirichlet(np.full(7, 0.1), size=(3, 4))
    loop = [[entropy(vector, base=2) for vector in row] for row in p]
    np.testing.assert_allclose(entropy(p, base=2), loop, rtol=4e-15)
    for axis in (0, 1, -2):
        np.testing.assert_array_equal(
            entropy(np.moveaxis(p, -1, axis), base=2, axis=axis), entropy(p, base=2)
        )
    assert entropy(np.empty((0, 3))).shape == (0,)


# Normalisation


def test_normalize_by_hand():
    np.testing.assert_array_equal(normalize([2, 1, 1]), [0.5, 0.25, 0.25])
    np.testing.assert_array_equal(normalize([[2, 2], [1, 3]]), [[0.5, 0.5], [0.25, 0.75]])
    np.testing.assert_allclose(normalize([[2, 2], [1, 3]], axis=0), [[2 / 3, 0.4], [1 / 3, 0.6]], rtol=4e-15)
    np.testing.assert_array_equal(normalize([True, False, True]), [0.5, 0, 0.5])


def test_entropy_of_three_counts_of_1e308_is_log_3():
    """scipy.stats.entropy([1e308] * 3) is 0.0: the sum overflows."""
    assert entropy(normalize([1e308] * 3)) == pytest.approx(math.log(3), rel=4e-15, abs=0)


@pytest.mark.parametrize("scale", [5e-324, 1e-310, 1e-300, 1, 1e300])
def test_normalize_does_not_depend_on_the_scale(scale):
    counts = np.array([1.0, 2.0, 5.0]) * scale
    np.testing.assert_allclose(normalize(counts), [0.125, 0.25, 0.625], rtol=4e-15)


@given(st.lists(st.floats(0, 1e308), min_size=1, max_size=20).filter(any))
def test_normalized_counts_are_probabilities_in_proportion(counts):
    p = normalize(counts)
    assert p.sum() == pytest.approx(1, rel=4e-15, abs=0)
    np.testing.assert_allclose(p / p.max(), np.array(counts) / max(counts), rtol=1e-14, atol=1e-322)


def test_normalize_leaves_its_argument_alone():
    counts = np.array([1.0, 3.0])
    normalize(counts)
    np.testing.assert_array_equal(counts, [1, 3])


def test_normalize_of_an_empty_batch_is_empty():
    assert normalize(np.empty((0, 3))).shape == (0, 3)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([0, 0], "^counts are all 0: there is nothing to divide among the outcomes$"),
        ([[1, 2], [0, 0]], "counts are all 0"),
        ([1, -2], r"counts\[1\] is -2.0; counts are not negative"),
        ([1, np.nan], r"counts\[1\] is nan; remove or replace it"),
        ([[1, 2], [np.inf, 1]], r"counts\[1, 0\] is inf; remove or replace it"),
    ],
)
def test_counts_that_cannot_be_normalized_are_explained(counts, message):
    with pytest.raises(ValueError, match=message):
        normalize(counts)


# Huffman codes


def test_a_huffman_code_by_hand():
    assert huffman_code([1 / 2, 1 / 4, 1 / 8, 1 / 8]) == ["0", "10", "110", "111"]
    assert huffman_code([0.1, 0.15, 0.3, 0.45]) == ["011", "010", "00", "1"]
    assert huffman_code([0.5, 0, 0.5]) == ["0", None, "1"]
    assert huffman_code([0.6, 0.4]) == ["0", "1"]
    assert huffman_code([0.4, 0.6]) == ["1", "0"]


def test_a_certain_outcome_needs_no_bits():
    assert huffman_code([1]) == [""]
    assert huffman_code([0, 1]) == [None, ""]


@given(probability_vectors())
def test_exactly_the_impossible_outcomes_have_no_word(p):
    words = huffman_code(p)
    assert [word is None for word in words] == list(p == 0)
    assert set("".join(word or "" for word in words)) <= {"0", "1"}


def test_ties_are_broken_by_position():
    assert huffman_code([1 / 4] * 4) == ["00", "01", "10", "11"]
    assert huffman_code([1 / 3] * 3) == huffman_code([1 / 3] * 3)
    assert huffman_code([1 / 8, 1 / 8, 1 / 4, 1 / 2]) == ["000", "001", "01", "1"]


def test_huffman_takes_one_vector_at_a_time():
    with pytest.raises(ValueError, match=r"p has shape \(2, 2\); pass one probability vector at a time"):
        huffman_code([[0.5, 0.5], [0.5, 0.5]])
