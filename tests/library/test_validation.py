"""Every kind of bad input to every discrete function, and of good input in unusual clothes."""

import functools

import numpy as np
import pytest

from divergences import (
    chi_squared_divergence,
    cross_entropy,
    cross_entropy_from_logits,
    entropy,
    f_divergence,
    hellinger_distance,
    huffman_code,
    information_content,
    js_distance,
    js_divergence,
    kl_divergence,
    mutual_information,
    normalize,
    optimal_transport,
    perplexity,
    renyi_divergence,
    sinkhorn,
    sliced_wasserstein_distance_samples,
    total_variation_distance,
    wasserstein_distance,
)


def f(t):
    return (t - 1) ** 2


# All functions of two distributions, as functions of p, q and options.
TWO = {
    "kl_divergence": kl_divergence,
    "cross_entropy": cross_entropy,
    "perplexity": perplexity,
    "js_divergence": js_divergence,
    "js_distance": js_distance,
    "js_divergence, weighted": functools.partial(js_divergence, weights=[1 / 4, 3 / 4]),
    "total_variation_distance": total_variation_distance,
    "hellinger_distance": hellinger_distance,
    "chi_squared_divergence": chi_squared_divergence,
    "renyi_divergence": lambda p, q, **options: renyi_divergence(p, q, 2, **options),
    "f_divergence": lambda p, q, **options: f_divergence(p, q, f, **options),
}
# The same, and those that know no batches.
PAIRS = TWO | {
    "wasserstein_distance": lambda p, q: wasserstein_distance(p, q, [0, 1]),
    "optimal_transport": lambda p, q: optimal_transport(p, q, [[0, 1], [1, 0]]),
    "sinkhorn": lambda p, q: sinkhorn(p, q, [[0, 1], [1, 0]], epsilon=1),
}
ONE = {
    "entropy": entropy,
    "perplexity": perplexity,
    "huffman_code": huffman_code,
    "cross_entropy_from_logits": lambda p: cross_entropy_from_logits(p, [0, 1]),
} | {
    f"{name}, p": functools.partial(lambda function, p: function(p, [1 / 2, 1 / 2]), PAIRS[name])
    for name in PAIRS
}
SECOND = {
    f"{name}, q": functools.partial(lambda function, q: function([1 / 2, 1 / 2], q), PAIRS[name])
    for name in PAIRS
}
WITH_BASE = {
    "entropy": lambda base: entropy([1 / 2, 1 / 2], base=base),
    "information_content": lambda base: information_content(1 / 2, base=base),
    "cross_entropy_from_logits": lambda base: cross_entropy_from_logits([1, 0], [0, 0], base=base),
    "mutual_information": lambda base: mutual_information([[1 / 2, 0], [0, 1 / 2]], base=base),
    "renyi_divergence, alpha = 1": lambda base: renyi_divergence([1, 0], [1 / 2, 1 / 2], 1, base=base),
    "js_divergence, weighted": lambda base: js_divergence([1, 0], [0, 1], weights=[1 / 2, 1 / 2], base=base),
} | {
    name: functools.partial(lambda function, base: function([1, 0], [1 / 2, 1 / 2], base=base), TWO[name])
    for name in ("kl_divergence", "cross_entropy", "js_divergence", "js_distance", "renyi_divergence")
}

# What is wrong with a vector, and the words for it. "{}" is the name of the argument.
BAD = {
    "counts": ([1, 2], r"{} sums to 3, not 1; pass counts or weights through normalize\(\) first"),
    "off by 2e-6": ([0.5, 0.500002], r"{} sums to 1\.000002, not 1"),
    "too small": ([0.1, 0.2], r"{} sums to 0\.3, not 1"),
    "zeros": ([0, 0], r"{} sums to 0, not 1"),
    "huge": ([1e308, 1e308], r"{} sums to inf, not 1"),
    "negative": ([1.5, -0.5], r"{}\[1\] is -0\.5; probabilities are not negative$"),
    "NaN": ([0.5, np.nan], r"{}\[1\] is nan; remove or replace it$"),
    "inf": ([np.inf, 0], r"{}\[0\] is inf; probabilities are finite$"),
    "-inf": ([1, -np.inf], r"{}\[1\] is -inf; probabilities are finite$"),
    "both infinities": ([np.inf, -np.inf], r"{}\[0\] is inf; probabilities are finite$"),
    "empty": ([], r"{} is empty; pass"),
    "scalar": (1.0, r"{} is a single number; pass a vector with one entry for each outcome"),
    "string": ("half", r"{} holds <U4 values; pass numbers \(int, bool or float\)"),
    "strings": (["0.5", "0.5"], r"{} holds <U3 values; pass numbers"),
    "complex": ([0.5 + 0j, 0.5], r"{} is complex; pass real numbers"),
    "objects": (np.array([0.5, 0.5], dtype=object), r"{} holds object values; pass numbers"),
    "None": (None, r"{} holds object values; pass numbers"),
    "dates": (np.array(["2012-01-01"], dtype="datetime64[D]"), r"{} holds datetime64\[D\] values"),
    "ragged": ([[0.5, 0.5], [1]], r"{} is ragged: its rows have different lengths"),
    "masked": (np.ma.masked_array([0.5, 0.5], mask=[False, True]), r"{} is a masked array; fill or drop"),
    "masked, nothing hidden": (np.ma.masked_array([0.5, 0.5]), r"{} is a masked array"),
    "masked rows": ([np.ma.masked_array([0.5, 0.5], mask=[0, 1])], r"{} is a masked array"),
    "masked entry": ([0.5, np.ma.masked], r"{} is a masked array"),
}

HALVES = [0.5, 0.5]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("name", ONE)
def test_a_bad_first_vector_is_explained(name, bad):
    value, message = BAD[bad]
    with pytest.raises(ValueError, match=message.replace("{}", "p")):
        ONE[name](value)


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("name", SECOND)
def test_a_bad_second_vector_is_explained(name, bad):
    if (name, bad) == ("perplexity, q", "None"):  # which asks for the perplexity of p
        return
    value, message = BAD[bad]
    with pytest.raises(ValueError, match=message.replace("{}", "q")):
        SECOND[name](value)


@pytest.mark.parametrize(
    "bad", ["string", "strings", "complex", "objects", "None", "ragged", "masked", "masked rows"]
)
@pytest.mark.parametrize(
    ("function", "argument"),
    [(normalize, "counts"), (information_content, "probability"), (mutual_information, "joint")],
)
def test_what_is_no_array_of_numbers_is_explained_everywhere(function, argument, bad):
    value, message = BAD[bad]
    with pytest.raises(ValueError, match=message.replace("{}", argument)):
        function(value)


@pytest.mark.parametrize("bad", ["empty", "scalar"])
def test_normalize_needs_a_vector(bad):
    value, message = BAD[bad]
    with pytest.raises(ValueError, match=message.replace("{}", "counts")):
        normalize(value)


# Pairs


@pytest.mark.parametrize("name", PAIRS)
def test_vectors_of_different_length_are_refused(name):
    with pytest.raises(ValueError, match=r"outcomes|entries|shape|places|points"):
        PAIRS[name]([1 / 2, 1 / 2], [1 / 4, 1 / 4, 1 / 2])


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize(("p", "q", "lengths"), [([1], [0.5, 0.5], (1, 2)), ([0.5, 0.5], [1], (2, 1))])
def test_a_vector_of_length_1_is_not_broadcast(name, p, q, lengths):
    message = r"p has {} outcomes and .* has {}; both must list the same outcomes in the same order".format(
        *lengths
    )
    with pytest.raises(ValueError, match=message):
        TWO[name](p, q)


@pytest.mark.parametrize("name", TWO)
def test_batches_that_do_not_broadcast_are_refused(name):
    with pytest.raises(ValueError, match=r"batches of shapes \(4, 2\) and \(3,\), which do not broadcast"):
        TWO[name](np.full((4, 2, 2), 1 / 2), np.full((3, 2), 1 / 2))
    with pytest.raises(ValueError, match=r"batches of shapes \(2,\) and \(4, 3\), which do not broadcast"):
        TWO[name](np.full((2, 2), 1 / 2), np.full((4, 3, 2), 1 / 2))


@pytest.mark.parametrize("name", TWO)
def test_the_vector_of_a_batch_is_named(name):
    rows = np.full((2, 3, 2), 1 / 2)
    rows[1, 2] = 1, 2
    with pytest.raises(ValueError, match=r"p\[1, 2\] sums to 3, not 1"):
        TWO[name](rows, [1 / 2, 1 / 2])
    with pytest.raises(ValueError, match=r"q\[1, 2\] sums to 3, not 1"):
        TWO[name]([1 / 2, 1 / 2], rows)
    with pytest.raises(ValueError, match=r"q sums to 3, not 1"):
        TWO[name](np.full((2, 3, 2), 1 / 2), [1, 2])
    rows[1, 2] = -1, 2
    with pytest.raises(ValueError, match=r"p\[1, 0\] is -1\.0; .* \(outcomes on the last axis\)$"):
        entropy([[0.5, 0.5], [-1.0, 2.0]])
    with pytest.raises(ValueError, match=r"p\[1, 2, 0\] is -1\.0; .* \(outcomes on the last axis\)$"):
        TWO[name](rows, rows)


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("axis", [1, -2, 7])
def test_an_axis_that_does_not_exist_is_refused(name, axis):
    with pytest.raises(ValueError, match=f"axis {axis} does not exist: p has 1 axes"):
        TWO[name]([1 / 2, 1 / 2], [1 / 2, 1 / 2], axis=axis)


@pytest.mark.parametrize("axis", [None, 0.0, "0", (0,)])
def test_an_axis_that_is_no_integer_is_refused(axis):
    with pytest.raises(ValueError, match="axis must be an integer, not"):
        entropy([[1 / 2, 1 / 2]], axis=axis)
    with pytest.raises(ValueError, match="axis must be an integer, not"):
        normalize([[1 / 2, 1 / 2]], axis=axis)


def test_a_numpy_integer_is_an_axis():
    assert entropy([[1], [0]], axis=np.int64(0)) == [0]


@pytest.mark.parametrize("base", [0, -1, 1, 1.0, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", WITH_BASE)
def test_a_base_that_is_none_is_refused(name, base):
    with pytest.raises(
        ValueError,
        match=r"base must be (positive and not 1|a number), not .*; use base=2 for bits, None for nats",
    ):
        WITH_BASE[name](base)


@pytest.mark.parametrize("base", ["2", True, [2], np.array([2]), 2j])
@pytest.mark.parametrize("name", WITH_BASE)
def test_a_base_that_is_no_number_is_refused(name, base):
    with pytest.raises(
        ValueError, match=r"base must be a number, not .*; use base=2 for bits, None for nats"
    ):
        WITH_BASE[name](base)


@pytest.mark.parametrize("base", [2, 2.0, np.float32(2), np.int64(2)])
@pytest.mark.parametrize("name", WITH_BASE)
def test_a_base_is_any_number(name, base):
    power = 0.5 if name == "js_distance" else 1.0
    assert WITH_BASE[name](base) == pytest.approx(
        WITH_BASE[name](None) / np.log(2) ** power, rel=1e-14, abs=0
    )


# Good input in unusual clothes


class Series:
    """What a pandas Series looks like to NumPy: it converts itself, and its index is its own."""

    def __init__(self, values):
        self.values = np.array(values)

    def __array__(self, dtype=None, copy=None):
        return self.values if dtype is None else self.values.astype(dtype)

    def __getitem__(self, label):
        raise KeyError(label)


CLOTHES = {
    "list": list,
    "tuple": tuple,
    "float32": lambda v: np.array(v, dtype=np.float32),
    "float16": lambda v: np.array(v, dtype=np.float16),
    "long double": lambda v: np.array(v, dtype=np.longdouble),
    "big-endian": lambda v: np.array(v, dtype=">f8"),
    "strided": lambda v: np.repeat(v, 2)[::2],
    "read-only": lambda v: np.broadcast_to(v, (1, len(v)))[0],
    "Series": Series,
    "list of scalars": lambda v: list(map(np.float32, v)),
}


@pytest.mark.parametrize("clothes", CLOTHES)
@pytest.mark.parametrize("name", PAIRS)
def test_probabilities_in_any_container_give_the_same_result(name, clothes):
    p, q = [0.25, 0.75], [0.5, 0.5]
    expected, value = PAIRS[name](p, q), PAIRS[name](CLOTHES[clothes](p), CLOTHES[clothes](q))
    assert getattr(value, "cost", value) == getattr(expected, "cost", expected)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, int])
@pytest.mark.parametrize("name", TWO)
def test_integers_and_booleans_are_probabilities(name, dtype):
    p, q = np.array([1, 0], dtype=dtype), np.array([0, 1], dtype=dtype)
    assert TWO[name](p, p) == TWO[name]([1.0, 0.0], [1.0, 0.0])
    if name != "f_divergence":
        assert TWO[name](p, q) == TWO[name]([1.0, 0.0], [0.0, 1.0])


@pytest.mark.parametrize("name", TWO)
def test_a_negative_zero_is_a_zero(name):
    for p, q in (([1, -0.0], [0.5, 0.5]), ([-0.0, 1], [-0.0, 1]), ([1, 0], [1, -0.0])):
        assert TWO[name](p, q) == TWO[name](np.abs(p), np.abs(q))
    if name != "f_divergence":
        assert TWO[name]([0.5, 0.5], [1, -0.0]) == TWO[name]([0.5, 0.5], [1, 0.0])


@pytest.mark.parametrize("name", TWO)
def test_float32_vectors_with_thousands_of_entries_are_accepted(name):
    p, q = np.random.default_rng(0).dirichlet(np.ones(5000), size=2).astype(np.float32)
    assert abs(p.sum(dtype=float) - 1) > 1e-12
    expected = TWO[name](normalize(p), normalize(q))
    assert TWO[name](p, q) == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("name", TWO)
def test_valid_extremes_give_a_number_and_no_warning(name):
    for p in ([1, 0, 0], [5e-324, 1, 0], [1e-300, 0.5, 0.5], [1e-310, 1e-17, 1]):
        for q in ([0, 1, 0], [1, 5e-324, 0], [1e-17, 1e-300, 1], [0.2, 0.3, 0.5]):
            if name == "f_divergence":
                q = normalize(np.maximum(q, 1e-30))
            assert TWO[name](p, q) >= 0


@pytest.mark.parametrize("total", [1 - 9e-7, 1 + 9e-7])
@pytest.mark.parametrize("name", TWO)
def test_a_sum_within_1e_minus_6_of_1_is_accepted(name, total):
    p = np.array([0.25, 0.75])
    assert TWO[name](p * total, [0.5, 0.5]) == pytest.approx(TWO[name](p, [0.5, 0.5]), rel=1e-14, abs=0)
    with pytest.raises(ValueError, match="p sums to"):
        TWO[name](p * (1 + 1.2 * (total - 1)), [0.5, 0.5])


def test_a_long_double_beyond_float64_is_refused_without_a_warning():
    with pytest.raises(ValueError, match=r"p\[0\] is inf"):
        entropy(np.array([np.longdouble("1e400"), 0]) if np.finfo(np.longdouble).max > 1e309 else [np.inf, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mutual_information([[3, 1], [2, 4]]), r"divide a table of counts .* joint / joint\.sum\(\)"),
        (lambda: renyi_divergence(HALVES, HALVES, 10**400), "alpha is beyond the largest float"),
        (lambda: wasserstein_distance(HALVES, HALVES, [0, 1], order=10**400), "order is beyond the largest"),
        (lambda: entropy(HALVES, base=10**400), "base is beyond the largest float"),
        (lambda: normalize([1, 2], axis=-1.0), "axis must be an integer, not -1.0"),
        (lambda: entropy(np.array(HALVES), axis=-1.0), "axis must be an integer, not -1.0"),
        (lambda: entropy(np.eye(2), axis=True), "axis must be an integer, not True"),
        (
            lambda: sliced_wasserstein_distance_samples([0, 1], [1, 2], rng="junk"),
            "rng must be a whole number",
        ),
        (
            lambda: sliced_wasserstein_distance_samples(np.eye(2), np.eye(2), rng=1.5),
            "not 1.5; or pass a Generator",
        ),
        (lambda: entropy([[[np.ma.masked_less([0.5, 0.5], 1)]]]), "p is a masked array"),
        (
            lambda: sinkhorn(HALVES, HALVES, np.eye(2), epsilon=1, max_iterations=2.7),
            "max_iterations must",
        ),
        (lambda: f_divergence(HALVES, HALVES, lambda t: 0 if t == 1 else t - 1), r"pass np\.vectorize\(f\)"),
        (lambda: f_divergence(HALVES, HALVES, lambda t: 1j * (t - 1)), "must return real numbers"),
    ],
)
def test_what_makes_no_sense_is_refused_in_our_words(call, message):
    with pytest.raises(ValueError, match=message):
        call()
