"""Estimates from samples, and counts of two samples in the same bins."""

import itertools
import math

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import close, exact_wasserstein
from scipy import stats
from scipy.special import digamma
from strategies import seeds

from divergences import (
    histogram,
    js_divergence_continuous,
    js_divergence_samples,
    kl_divergence_gaussian,
    kl_divergence_samples,
    sliced_wasserstein_distance_samples,
    wasserstein_distance,
    wasserstein_distance_samples,
)

few = settings(max_examples=25, deadline=None)


def by_sorting_all_distances(x, y, k):
    """Return the estimate from the whole matrices of distances, by its definition."""
    x, y = (np.asarray(a, dtype=float).reshape(len(a), -1) for a in (x, y))
    n, d = x.shape
    own = np.sort(np.linalg.norm(x[:, None] - x, axis=-1), axis=1)[:, k]  # column 0 is the point itself
    other = np.sort(np.linalg.norm(x[:, None] - y, axis=-1), axis=1)[:, k - 1]
    return d * np.mean(np.log(other / own)) + math.log(len(y) / (n - 1))


@given(seeds, st.integers(1, 4), st.integers(1, 5), st.integers(6, 60), st.integers(5, 60))
@few
def test_the_estimate_is_its_definition(seed, d, k, n, m):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, d)), rng.normal(1, 2, size=(m, d))
    expected = by_sorting_all_distances(x, y, k)
    assert kl_divergence_samples(x, y, k=k) == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_the_estimate_by_hand():
    # Nearest among the other x: 1, 1, 3; nearest y: 1/2, 1/2, 2. So the mean of the logarithms of
    # 1/2, 1/2 and 2/3, and log(2 / 2).
    expected = math.log(1 / 6) / 3
    assert kl_divergence_samples([0, 1, 4], [0.5, 6], k=1) == pytest.approx(expected, rel=1e-14, abs=0)
    assert kl_divergence_samples([0, 1, 4], [0.5, 6], k=1, base=2) == pytest.approx(
        expected / math.log(2), rel=1e-14, abs=0
    )


def test_three_neighbours_are_the_default():
    x, y = np.random.default_rng(0).normal(size=(2, 40))
    assert kl_divergence_samples(x, y) == kl_divergence_samples(x, y, k=3)


def test_a_column_of_numbers_is_one_dimension():
    x, y = np.random.default_rng(0).normal(size=(2, 40))
    assert kl_divergence_samples(x[:, None], y[:, None]) == kl_divergence_samples(x, y)
    assert kl_divergence_samples(list(x), y[:, None]) == kl_divergence_samples(x, y)


@pytest.mark.parametrize(
    ("shift", "scale", "d", "tolerance"),
    [(1, 1, 1, 0.1), (0, 2, 1, 0.1), (0.5, 1, 2, 0.1), (0, 1, 3, 0.1)],
)
def test_the_estimate_of_many_points_is_near_the_divergence(shift, scale, d, tolerance):
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(5000, d)), rng.normal(shift, scale, size=(5000, d))
    expected = kl_divergence_gaussian(np.zeros(d), np.eye(d), np.full(d, shift), scale**2 * np.eye(d))
    assert kl_divergence_samples(x, y) == pytest.approx(expected, abs=tolerance)


def mean_estimate(draw_x, draw_y, n, repeats=200, k=3):
    rng = np.random.default_rng(n)
    values = [kl_divergence_samples(draw_x(rng, n), draw_y(rng, n), k=k) for _ in range(repeats)]
    return np.mean(values), np.std(values) / math.sqrt(repeats)


def test_the_estimate_is_unbiased_for_equal_laws_and_one_y_less():
    mean, error = mean_estimate(lambda g, n: g.normal(size=n), lambda g, n: g.normal(size=n - 1), 100)
    assert abs(mean) < 3 * error
    assert error < 0.01


def test_the_estimate_is_too_small_where_y_are_rare_and_improves_slowly():
    def draw(scale):
        return lambda rng, n: rng.normal(0, scale, n)

    expected = kl_divergence_gaussian(0, 4, 0, 1)
    biases = [mean_estimate(draw(2), draw(1), n, repeats=60)[0] - expected for n in (100, 400, 1600)]
    assert biases == pytest.approx([-0.54, -0.38, -0.26], abs=0.06)


def test_the_estimate_is_too_large_where_x_are_much_narrower_in_several_dimensions():
    def draw(scale):
        return lambda rng, n: rng.normal(0, scale, (n, 5))

    expected = kl_divergence_gaussian(np.zeros(5), np.eye(5), np.zeros(5), 4 * np.eye(5))
    mean, error = mean_estimate(draw(1), draw(2), 400, repeats=40)
    assert mean - expected > 5 * error


def test_the_estimate_can_be_negative():
    rng = np.random.default_rng(1)
    values = [kl_divergence_samples(*rng.normal(size=(2, 50))) for _ in range(50)]
    assert min(values) < 0 < max(values)


@given(seeds, st.sampled_from([1e-300, 1e-160, 1e-5, 1e160, 1e300]))
@few
def test_the_estimate_does_not_depend_on_the_unit(seed, scale):
    x, y = np.random.default_rng(seed).normal(size=(2, 30, 2))
    expected = kl_divergence_samples(x, y)
    assert kl_divergence_samples(x * scale, y * scale) == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_the_estimate_survives_the_ends_of_the_range_of_doubles():
    x = np.array([-1.7e308, -1e308, 1e308, 1.7e308])
    assert math.isfinite(kl_divergence_samples(x, x / 2, k=1))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1, 2, 3, 3], [4, 5, 6]),
        ([1, 2, 3, 4], [5, 6, 6]),
        ([1, 2, 3, 4], [4, 5, 6]),
        ([[0, 1], [1, 0], [1, 1], [0, 1]], [[2, 3], [4, 5], [6, 7]]),
        ([0.0, 1, 2, 3], [-0.0, 4, 5]),
        ([0, 0, 0, 0], [0, 0, 0]),
        ([0, 1e-200, 1, 2], [3, 4, 5]),
    ],
)
def test_ties_are_refused(x, y):
    with pytest.raises(ValueError, match=r"repeat a value, or almost; .* continuous data without ties"):
        kl_divergence_samples(x, y, k=1)


def test_equal_coordinates_are_no_ties():
    x, y = [[0, 0], [0, 1], [0, 3]], [[1, 0], [1, 1]]
    assert kl_divergence_samples(x, y, k=1) == pytest.approx(
        by_sorting_all_distances(x, y, 1), rel=1e-12, abs=0
    )


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        ([1, 2, 3], [4, 5, 6], {}, "x has 3 points and y 3; for k = 3 pass at least 4 and 3"),
        ([1, 2, 3, 4], [5, 6], {}, "x has 4 points and y 2"),
        ([1], [2], {"k": 1}, "x has 1 points"),
        ([1, 2, 3], [4, 5], {"k": 0}, "k must be a whole number from 1, not 0"),
        ([1, 2, 3], [4, 5], {"k": 1.5}, "k must be a whole number from 1, not 1.5; .* 3 for instance"),
        ([1, 2, 3], [4, 5], {"k": True}, "k must be a whole number"),
        ([[1, 2], [3, 4]], [5, 6], {"k": 1}, "x lies in 2 dimensions and y in 1"),
        ([1, math.nan], [2, 3], {"k": 1}, r"x\[1\] is nan"),
        ([1, 2], [2, math.inf], {"k": 1}, r"y\[1\] is inf"),
        ([], [1], {"k": 1}, "x is empty"),
        (["a"], [1], {"k": 1}, "x holds <U1 values"),
        ([1, 2], [3], {"k": 1, "base": 0}, "base must be positive"),
    ],
)
def test_what_is_no_sample_is_refused(x, y, options, message):
    with pytest.raises(ValueError, match=message):
        kl_divergence_samples(x, y, **options)


def test_the_fewest_points_are_enough():
    assert math.isfinite(kl_divergence_samples([1, 2, 4, 8], [3, 5, 9]))
    assert math.isfinite(kl_divergence_samples([1, 2], [4], k=np.int64(1)))


def test_the_data_are_left_as_they_are():
    x, y = np.arange(5.0), np.arange(5.0) + 0.5
    kl_divergence_samples(x, y)
    assert x.tolist() == [0, 1, 2, 3, 4]
    assert y[0] == 0.5


def test_the_result_is_a_plain_float():
    assert type(kl_divergence_samples([1, 2, 4, 8], [3, 5, 9])) is float


# Wasserstein distance

ORDERS = [1, 1.5, 2, 7, np.inf]
X, POINTS = [0.0, 1.0], [[0.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("n", "m"), [(1, 6), (6, 6), (7, 3), (12, 18)])
def test_samples_are_atoms_of_equal_mass(order, n, m):
    rng = np.random.default_rng(n + m)
    for _ in range(20):
        x, y = rng.integers(-9, 9, size=n), rng.integers(-9, 9, size=m)
        expected = exact_wasserstein([1] * n, [1] * m, x.tolist(), y.tolist(), order)
        distance = wasserstein_distance_samples(x, y, order=order)
        assert distance == pytest.approx(expected, rel=1e-13, abs=0)


def test_two_points_1e_minus_8_apart_are_at_distance_0_from_themselves():
    """`scipy.stats.wasserstein_distance_nd` gives 1e-8."""
    x = np.array([[0.0, 0.0], [1e-8, 0.0]])
    assert wasserstein_distance_samples(x, x) == 0.0
    assert wasserstein_distance_samples(x, x[::-1]) == 0.0
    assert wasserstein_distance([0.5, 0.5], [0.5, 0.5], x) == 0.0
    assert wasserstein_distance([0.25, 0.75], [0.25, 0.75], x) == 0.0
    assert wasserstein_distance([0.25, 0.75], [0.75, 0.25], x, x[::-1]) == 0.0
    assert wasserstein_distance([0.25, 0.75], [0.75, 0.25], x) == 0.5e-8


def test_the_sliced_distance_has_order_1_unless_told():
    x, y = np.random.default_rng(5).normal(size=(2, 20, 3))
    default = sliced_wasserstein_distance_samples(x, y, rng=1)
    assert default == sliced_wasserstein_distance_samples(x, y, order=1, rng=1)
    assert default < sliced_wasserstein_distance_samples(x, y, order=2, rng=1)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_slices_are_those_of_pot(order):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(30, 3)), rng.normal(size=(30, 3)) + 1
    directions = np.random.default_rng(7).standard_normal((40, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = ot.sliced_wasserstein_distance(x, y, projections=directions.T, p=order)
    distance = sliced_wasserstein_distance_samples(x, y, order=order, projections=40, rng=7)
    assert distance == close(float(expected), rel=1e-12)
    generator = np.random.default_rng(7)
    assert sliced_wasserstein_distance_samples(x, y, order=order, projections=40, rng=generator) == distance


def test_slices_of_unequal_samples_are_those_of_each_line():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(30, 2)), rng.normal(size=(45, 2)) + 1
    directions = np.random.default_rng(3).standard_normal((20, 2))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    each = np.array([wasserstein_distance_samples(x @ line, y @ line, order=2) for line in directions])
    distance = sliced_wasserstein_distance_samples(x, y, order=2, projections=20, rng=3)
    assert distance == close(math.sqrt((each**2).mean()), rel=1e-13)
    farthest = [wasserstein_distance_samples(x @ line, y @ line, order=np.inf) for line in directions]
    assert sliced_wasserstein_distance_samples(x, y, order=np.inf, projections=20, rng=3) == close(
        max(farthest), rel=1e-13
    )


def test_lines_differ_from_call_to_call_unless_seeded():
    x, y = np.eye(3), 2 * np.eye(3)
    first, second = (sliced_wasserstein_distance_samples(x, y, projections=3) for _ in range(2))
    assert first != second
    first, second = (sliced_wasserstein_distance_samples(x, y, rng=5) for _ in range(2))
    assert first == second == sliced_wasserstein_distance_samples(x, y, projections=100, rng=5)
    assert sliced_wasserstein_distance_samples(x, y, projections=1, rng=5) != first


def test_the_line_has_one_slice():
    assert sliced_wasserstein_distance_samples([0, 1], [2, 3.5], order=2) == wasserstein_distance_samples(
        [0, 1], [2, 3.5], order=2
    )


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((X, []), {}, "y is empty"),
        (([0, np.nan], X), {}, r"x\[1\] is nan"),
        ((X, POINTS), {}, "x lies in 1 dimensions and y in 2"),
        ((X, X), {"order": 0.99}, "at least 1"),
        ((X, [[[1.0]]]), {}, r"y has shape \(1, 1, 1\)"),
        ((X, ["a"]), {}, "y holds <U1 values"),
    ],
)
@pytest.mark.parametrize("distance", [wasserstein_distance_samples, sliced_wasserstein_distance_samples])
def test_bad_samples_are_refused_with_a_reason(distance, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        distance(*arguments, **options)


@pytest.mark.parametrize("y", [POINTS, POINTS[:1]])
def test_the_farthest_move_is_for_the_line(y):
    message = r"^order inf is for places on the line; for points in more dimensions pass a finite one$"
    with pytest.raises(ValueError, match=message):
        wasserstein_distance_samples(POINTS, y, order=np.inf)


@pytest.mark.parametrize("projections", [0, -1, 2.5, True, "many", None])
def test_projections_are_counted(projections):
    with pytest.raises(ValueError, match="projections must be a whole number from 1"):
        sliced_wasserstein_distance_samples(POINTS, POINTS, projections=projections)


# histogram


@given(seeds, st.integers(1, 50), st.integers(1, 50), st.sampled_from([1, 7, "fd", "sturges", "auto"]))
@few
def test_both_samples_are_counted_as_numpy_counts_one(seed, n, m, bins):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), rng.normal(1, 3, size=m)
    counts_x, counts_y, edges = histogram(x, y, bins=bins)
    expected_edges = np.histogram_bin_edges(np.concatenate([x, y]), bins)
    assert edges.tolist() == expected_edges.tolist()
    for counts, values in ((counts_x, x), (counts_y, y)):
        assert counts.tolist() == np.histogram(values, edges)[0].tolist()
        assert counts.sum() == values.size  # nothing falls out


@given(seeds, st.integers(1, 9))
@few
def test_edges_and_values_on_them_follow_numpy(seed, size):
    rng = np.random.default_rng(seed)
    edges = np.unique(rng.integers(-5, 6, size=size + 1)).astype(float)
    edges = np.concatenate([[-np.inf], edges, [np.inf]])
    x, y = rng.integers(-9, 10, size=(2, 30))
    counts_x, counts_y, returned = histogram(x, y, bins=edges)
    assert returned.tolist() == edges.tolist()
    assert counts_x.tolist() == np.histogram(x, edges)[0].tolist()
    assert counts_y.tolist() == np.histogram(y, edges)[0].tolist()


def test_the_last_bin_is_closed_and_the_counts_are_whole_numbers():
    counts_x, counts_y, edges = histogram([0, 1, 2], (2, 2), bins=[0, 1, 2])
    assert (counts_x.tolist(), counts_y.tolist(), edges.tolist()) == ([1, 2], [0, 2], [0, 1, 2])
    assert counts_x.dtype.kind == counts_y.dtype.kind == "i"


def test_ten_bins_are_the_default_and_a_column_is_a_sample():
    x, y = np.random.default_rng(0).normal(size=(2, 40))
    assert len(histogram(x, y)[0]) == 10
    assert histogram(x[:, None], list(y))[0].tolist() == histogram(x, y)[0].tolist()


def test_counts_of_pieces_add_up_to_the_counts_of_the_whole():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 300))
    edges = [-np.inf, -1, 0, 1, np.inf]
    pieces = [histogram(a, b, bins=edges)[0] for a, b in zip(np.split(x, 3), np.split(y, 3), strict=True)]
    assert sum(pieces).tolist() == histogram(x, y, bins=edges)[0].tolist()


@pytest.mark.parametrize(
    ("x", "y", "bins", "message"),
    [
        ([], [1], 10, r"^x is empty; pass at least one number"),
        ([1], np.array([]), 10, r"^y is empty"),
        ([1, math.nan], [1], 10, r"^x\[1\] is nan; remove or replace it"),
        ([1], [1, -math.inf], 10, r"^y\[1\] is -inf"),
        ([[1, 2]], [1], 10, r"^x has shape \(1, 2\); pass one column"),
        (3.0, [1], 10, r"^x has shape \(\)"),
        ([1], np.array(["2020-01-01"], dtype="datetime64[D]"), 10, r"^y holds dates or times; .*timedelta64"),
        ([np.timedelta64(1, "D")], [1], 10, r"^x holds dates or times"),
        (["a", "b"], [1], 10, r"^x holds categories, not numbers; count each one, .*numpy.unique"),
        ([1], np.array(["a"], dtype=object), 10, r"^y holds categories"),
        ([1], [2], 0, r"^bins must be a whole number from 1, not 0; pass a number of bins, a rule"),
        ([1], [2], "many", r"^bins='many' does not work for these values"),
        ([1], [2], True, r"^bins has shape \(\); pass a number of bins"),
        ([1], [2], 2.5, r"^bins has shape \(\)"),
        ([1], [2], [1], r"^bins has shape \(1,\)"),
        ([1], [2], ["0", "3"], r"^bins holds <U1 values"),
        ([1], [2], [0, math.nan], r"^bins\[1\] is nan; an edge is a number"),
        ([1], [2], [0, 2, 2], r"^bins\[2\] is 2.0; each edge must be larger"),
        (
            [1],
            [2],
            [0, 1.5],
            r"^y\[0\] is 2.0; it lies outside the edges, 0.0 to 1.5; let -np.inf and np.inf",
        ),
        ([-1], [2], [0, 3], r"^x\[0\] is -1.0; it lies outside"),
    ],
)
def test_histogram_says_what_is_wrong(x, y, bins, message):
    with pytest.raises(ValueError, match=message):
        histogram(x, y, bins=bins)


def test_a_rule_that_asks_for_too_many_bins_is_an_error_about_bins():
    x = np.concatenate([np.linspace(0, 1, 100), [1e300]])
    with pytest.raises(ValueError, match=r"^bins='fd' does not work for these values"):
        histogram(x, x, bins="fd")


def evenly(values, k):
    """Return the groups of even bins, by trying each gap for each quantile with whole numbers."""
    places = sorted(set(values))
    ends = {v: sum(w <= v for w in values) for v in places[:-1]}
    if len(places) <= k:
        last = set(ends)
    else:
        last = {min(ends, key=lambda v: (abs(k * ends[v] - j * len(values)), -ends[v])) for j in range(1, k)}
    groups = [[]]
    for v in places:
        groups[-1].append(v)
        if v in last:
            groups.append([])
    return groups


@given(seeds, st.integers(1, 60), st.integers(1, 60), st.integers(1, 12), st.sampled_from([1, 3, 20, 1000]))
@few
def test_even_bins_are_cut_at_the_gaps_next_to_the_quantiles(seed, n, m, k, values):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(values, size=n), rng.integers(values, size=m) ** 2
    *counts, edges = histogram(x, y, bins=k, even=True)
    groups = evenly([*x.tolist(), *y.tolist()], k)
    for found, sample in zip(counts, (x, y), strict=True):
        assert found.tolist() == [sum(v in group for v in sample.tolist()) for group in groups]
    assert (edges[0], edges[-1]) == (-np.inf, np.inf)
    cuts = [(a[-1] + b[0]) / 2 for a, b in itertools.pairwise(groups)]
    assert edges[1:-1].tolist() == cuts


@given(seeds, st.integers(1, 200), st.integers(1, 200), st.integers(1, 20))
@few
def test_even_bins_are_even_without_ties_and_follow_a_rising_map(seed, n, m, k):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), rng.normal(1, size=m)
    *counts, edges = histogram(x, y, bins=k, even=True)
    assert edges.size == min(k, n + m) + 1
    assert np.ptp(counts[0] + counts[1]) <= 1
    mapped = histogram(np.exp(x), np.exp(y)[:, None], bins=k, even=True)
    assert [c.tolist() for c in mapped[:2]] == [c.tolist() for c in counts]


@pytest.mark.parametrize("k", [2, 5, 8, 20])
def test_a_rare_value_is_not_merged_with_a_common_one(k):
    """Zeros and a few ones: all quantiles are 0, and cuts at quantiles would part nothing."""
    x, y = np.repeat([0, 1], [776, 24]), np.repeat([0, 1], [752, 48])
    counts_x, counts_y, edges = histogram(x, y, bins=k, even=True)
    assert (counts_x.tolist(), counts_y.tolist()) == ([776, 24], [752, 48])
    assert edges.tolist() == [-np.inf, 0.5, np.inf]


@given(seeds, st.integers(3, 12), st.integers(-20, 20))
@few
def test_a_value_that_fills_two_bins_has_its_own(seed, k, often):
    rng = np.random.default_rng(seed)
    others = rng.normal(often, 10, size=100)
    same = math.ceil(200 / (k - 2))  # then they are 2/k of all or more
    counts_x, counts_y, edges = histogram(others, np.full(same, often), bins=k, even=True)
    (own,) = counts_y.nonzero()
    assert (counts_x[own], counts_y[own]) == (0, same)
    assert edges[own] < often < edges[own + 1]


def test_even_bins_at_the_ends_of_the_numbers():
    tiny, big = np.nextafter(0, 1), np.finfo(float).max
    for values in (
        [0, tiny],
        [-big, big],
        [0.75 * big, big],
        [1, np.nextafter(1, 2)],
        [3 * tiny, 4 * tiny, 7 * tiny],
        [5.0],
    ):
        counts_x, counts_y, edges = histogram(values, values, bins=9, even=True)
        assert counts_x.tolist() == counts_y.tolist() == [1] * len(values)
        assert (np.diff(edges) > 0).all()


@pytest.mark.parametrize("bins", [0, -1, 2.5, True, "fd", [0, 1, 2], None])
def test_even_bins_are_counted(bins):
    with pytest.raises(ValueError, match=r"^bins must be a whole number from 1.*even=True takes a number"):
        histogram([1], [2], bins=bins, even=True)


# The Jensen-Shannon divergence from samples


def js_by_sorting_all_distances(x, y, k):
    """Return the estimate from the whole matrix of distances, by its definition."""
    points = np.concatenate([x, y])
    label = np.repeat([0, 1], [len(x), len(y)])
    size, total = [], len(points)
    for i in range(total):
        distance = np.linalg.norm(points - points[i], axis=1)
        others = np.arange(total) != i
        radius = np.sort(distance[others & (label == label[i])])[k - 1]
        size.append(digamma((distance[others] <= radius).sum()))
    mean = sum(len(part) * digamma(len(part)) for part in (x, y)) / total
    return digamma(total) - mean + digamma(k) - np.mean(size)


@given(seeds, st.integers(1, 4), st.integers(1, 5), st.integers(6, 40), st.integers(6, 40))
@few
def test_the_js_estimate_is_its_definition(seed, d, k, n, m):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, d)), rng.normal(1, 2, size=(m, d))
    share = n / (n + m)
    ceiling = -share * math.log(share) - (1 - share) * math.log(1 - share)
    expected = min(js_by_sorting_all_distances(x, y, k), ceiling)
    assert js_divergence_samples(x, y, k=k) == pytest.approx(expected, rel=1e-10, abs=1e-12)
    assert js_divergence_samples(y, x, k=k, base=2) == pytest.approx(expected / math.log(2), abs=1e-12)


def test_the_js_estimate_by_hand():
    # The next of its own is 1, 1, 3 and 3 away. So near are 1, 2, 3 and 1 points, and psi(j) - psi(1) is
    # 0, 1, 3/2 and 0 for these; psi(4) - psi(2) is 1/2 + 1/3.
    x, y = [0.0, 1.0], [1.5, 4.5]
    by_hand = 1 / 2 + 1 / 3 - (0 + 1 + 3 / 2 + 0) / 4
    assert js_divergence_samples(x, y, k=1) == pytest.approx(by_hand, rel=1e-14)


@pytest.mark.parametrize(("n", "m", "d"), [(40, 40, 1), (30, 60, 2)])
def test_the_js_estimate_of_one_distribution_is_unbiased(n, m, d):
    rng = np.random.default_rng(5)
    estimates = [
        js_divergence_samples(rng.standard_t(3, (n, d)), rng.standard_t(3, (m, d))) for _ in range(1500)
    ]
    assert abs(np.mean(estimates)) < 4 * np.std(estimates) / math.sqrt(1500)


@pytest.mark.parametrize(
    ("P", "Q", "slack"),
    [
        (stats.norm(0, 2), stats.norm(0, 1), 0.004),
        (stats.norm(), stats.norm(1), 0.004),
        (stats.uniform(0, 1), stats.uniform(0.5, 1), 0.004),
        (stats.cauchy(), stats.norm(), 0.008),
    ],
)
def test_the_js_estimate_is_near_on_average(P, Q, slack):
    rng = np.random.default_rng(6)
    estimates = [js_divergence_samples(law_of(P, rng), law_of(Q, rng)) for _ in range(200)]
    assert np.mean(estimates) == pytest.approx(js_divergence_continuous(P, Q), abs=slack)


def law_of(law, rng):
    return law.rvs(400, random_state=rng)


def test_the_js_estimate_of_shares_has_these_weights():
    rng = np.random.default_rng(7)
    x, y = rng.uniform(0, 1, 3000), rng.uniform(0.5, 1.5, 1000)  # 3/4 and 1/4
    exact = 3 / 4 * 0.5 * math.log(4 / 3) + 1 / 4 * 0.5 * math.log(
        4
    )  # where both are, their logarithms are 0
    assert js_divergence_samples(x, y) == pytest.approx(exact, abs=0.02)


def test_far_apart_the_js_estimate_is_log_2():
    x = np.random.default_rng(8).normal(size=50)
    assert js_divergence_samples(x, x + 100) == math.log(2)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2, 3, 3.0], [4, 5, 6, 7], "repeat a value, or almost; .* use kl_divergence or js_divergence"),
        ([1, 2, 3], [4, 5, 6, 7], "x has 3 points and y 4; for k = 3 pass at least 4 and 4"),
        ([1, 2, 3, 4], [5, 6, 7], "x has 4 points and y 3; for k = 3 pass at least 4 and 4"),
    ],
)
def test_points_without_neighbours_are_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        js_divergence_samples(x, y)


# Weights


@given(seeds, st.integers(1, 2), st.sampled_from([1, 2]))
@few
def test_a_weight_counts_a_point_as_often(seed, d, order):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(5, d)), rng.normal(size=(4, d))
    a, b = rng.integers(0, 4, 5) + (np.arange(5) == 2), rng.integers(1, 3, 4)
    options = {"x_weights": a, "y_weights": b * 0.25, "order": order}
    repeated = np.repeat(x, a, axis=0), np.repeat(y, b, axis=0)
    expected = wasserstein_distance_samples(*repeated, order=order)
    assert wasserstein_distance_samples(x, y, **options) == pytest.approx(expected, rel=1e-10)
    sliced = sliced_wasserstein_distance_samples(*repeated, order=order, rng=1, projections=4)
    options |= {"rng": 1, "projections": 4}
    assert sliced_wasserstein_distance_samples(x, y, **options) == pytest.approx(sliced, rel=1e-10)


def test_weights_may_be_given_for_one_sample_and_in_any_unit():
    weighted = wasserstein_distance_samples([0, 1], [5, 6], x_weights=[1e308, 1.5e308])
    assert weighted == close(4.9, rel=4e-15)
    assert wasserstein_distance_samples([5, 6], [0, 1], y_weights=[1e-320, 3e-320]) == pytest.approx(4.75)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2, 3], r"x_weights has shape \(3,\), but x has 2 points; pass one weight for each"),
        ([1, -2], r"x_weights\[1\] is -2.0; a weight is a finite number from 0"),
        ([1, np.nan], r"x_weights\[1\] is nan"),
        ([np.inf, 1], r"x_weights\[0\] is inf"),
        ([0, 0], "x_weights are all 0: no point counts"),
        (["a", "b"], "x_weights holds <U1 values"),
    ],
)
def test_weights_that_count_nothing_are_refused(weights, message):
    of_y = message.replace("x_", "y_").replace("x has", "y has")
    for function in (wasserstein_distance_samples, sliced_wasserstein_distance_samples):
        with pytest.raises(ValueError, match=message):
            function([0, 1], [5, 6], x_weights=weights)
        with pytest.raises(ValueError, match=of_y):
            function([5, 6], [0, 1], y_weights=weights)
