"""Wasserstein distances against scipy, POT, exact arithmetic and closed forms."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import ot
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import close, exact_wasserstein
from scipy.spatial.distance import cdist
from strategies import probability_vectors, seeds

from divergences import (
    monotone_coupling,
    normalize,
    optimal_transport,
    sliced_wasserstein_distance_samples,
    wasserstein_distance,
    wasserstein_distance_samples,
)

PILES = normalize([3, 2, 1, 4]), normalize([1, 2, 4, 3])
ORDERS = [1, 1.5, 2, 7, np.inf]


def weights(rng, n, largest=4):
    counts = rng.integers(0, largest, size=n)
    counts[rng.integers(n)] += 1
    return counts


# On the line


def test_piles_take_five_shovelfuls():
    assert 10 * wasserstein_distance(*PILES, range(4)) == close(5, rel=4e-15)


def test_weights_are_not_positions():
    """scipy#15832, scipy#9152: `wasserstein_distance(p, q)` takes p and q for positions, and gives 0."""
    p, q = [0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]
    assert scipy.stats.wasserstein_distance(p, q) == 0.0
    assert wasserstein_distance(p, q, range(4)) == 2.0


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (8, 8), (30, 20)])
def test_order_1_on_the_line_is_that_of_scipy(n, m):
    rng = np.random.default_rng(n)
    for _ in range(20):
        x, y = rng.normal(size=n), rng.normal(size=m)
        p, q = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m))
        expected = scipy.stats.wasserstein_distance(x, y, p, q)
        assert wasserstein_distance(p, q, x, y) == close(expected, rel=1e-12)
        samples = scipy.stats.wasserstein_distance(x, y)
        assert wasserstein_distance_samples(x, y) == close(samples, rel=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_on_the_line_is_that_of_exact_arithmetic(order):
    """Ties of places, of masses and of sums of masses, which round differently on both sides."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        n, m = rng.integers(1, 9, size=2)
        p, q, x, y = (
            weights(rng, n),
            weights(rng, m),
            rng.integers(-4, 5, size=n),
            rng.integers(-4, 5, size=m),
        )
        expected = exact_wasserstein(p.tolist(), q.tolist(), x.tolist(), y.tolist(), order)
        distance = wasserstein_distance(normalize(p), normalize(q), x, y, order=order)
        assert distance == pytest.approx(expected, rel=1e-13, abs=1e-14)


@pytest.mark.parametrize("order", [1, 2, 3.5])
def test_the_line_agrees_with_transport_on_any_space(order):
    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.ones(40)), rng.dirichlet(np.ones(30))
    x, y = rng.normal(size=40), rng.normal(size=30)
    plan = optimal_transport(p, q, np.abs(x[:, None] - y) ** order)
    assert wasserstein_distance(p, q, x, y, order=order) == close(plan.cost ** (1 / order), rel=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_the_places_need_no_order_and_may_be_given_twice(order):
    rng = np.random.default_rng(4)
    p, q, x = rng.dirichlet(np.ones(20)), rng.dirichlet(np.ones(20)), np.sort(rng.normal(size=20))
    distance = wasserstein_distance(p, q, x, order=order)
    shuffled = rng.permutation(20)
    assert wasserstein_distance(p[shuffled], q[shuffled], x[shuffled], order=order) == close(
        distance, rel=1e-13
    )
    assert wasserstein_distance(p, q[shuffled], x, x[shuffled], order=order) == close(distance, rel=1e-13)
    assert wasserstein_distance(p, q, x, x.copy(), order=order) == distance
    assert wasserstein_distance(p, q, x[:, None], order=order) == distance


# Batches


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shared", [True, False])
def test_a_batch_equals_the_loop_over_its_pairs(order, shared):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=50), rng.normal(size=50 if shared else 40)
    places = (x,) if shared else (x, y)
    p, q = rng.dirichlet(np.ones(50), size=(3, 200)), rng.dirichlet(np.ones(len(places[-1])), size=(3, 200))
    batch = wasserstein_distance(p, q, *places, order=order)
    assert batch.shape == (3, 200)
    loop = [
        wasserstein_distance(p[i, j], q[i, j], *places, order=order) for i in range(3) for j in range(200)
    ]
    np.testing.assert_allclose(batch.ravel(), loop, rtol=1e-14)


@pytest.mark.parametrize("order", [1, 2])
def test_one_distribution_is_compared_with_many(order):
    rng = np.random.default_rng(6)
    p, q, x = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6), size=(4, 3)), rng.normal(size=6)
    many = wasserstein_distance(p, q, x, order=order)
    assert many.shape == (4, 3)
    assert many[2, 1] == close(wasserstein_distance(p, q[2, 1], x, order=order), rel=1e-14)
    np.testing.assert_allclose(wasserstein_distance(q, p, x, order=order), many, rtol=1e-13)
    assert wasserstein_distance(q[:, None], q[:, :, None], x, order=order).shape == (4, 3, 3)
    assert wasserstein_distance(np.empty((0, 6)), p, x, order=order).shape == (0,)


def test_a_single_pair_gives_a_float():
    assert type(wasserstein_distance(*PILES, range(4))) is float
    assert type(wasserstein_distance(*PILES, range(4), order=2)) is float
    assert type(wasserstein_distance(*PILES, np.eye(4))) is float
    assert type(wasserstein_distance_samples([1, 2], [3, 4])) is float
    assert type(wasserstein_distance_samples([1, 2], [3])) is float


# Points


@pytest.mark.parametrize("order", [1, 2, 5])
@pytest.mark.parametrize("d", [2, 3, 10])
def test_points_agree_with_pot(order, d):
    rng = np.random.default_rng(d)
    x, y = rng.normal(size=(25, d)), rng.normal(size=(40, d))
    p, q = rng.dirichlet(np.ones(25)), rng.dirichlet(np.ones(40))
    cost = cdist(x, y) ** order
    weighted = ot.emd2(p, q, cost) ** (1 / order)
    assert wasserstein_distance(p, q, x, y, order=order) == close(weighted, rel=1e-12)
    unequal = ot.emd2([], [], cost) ** (1 / order)
    assert wasserstein_distance_samples(x, y, order=order) == close(unequal, rel=1e-12)
    assigned = ot.emd2([], [], cost[:, :25]) ** (1 / order)
    assert wasserstein_distance_samples(x, y[:25], order=order) == close(assigned, rel=1e-12)
    equal = np.full(25, 1 / 25)
    assert wasserstein_distance(equal, equal, x, y[:25], order=order) == close(assigned, rel=1e-12)
    same = ot.emd2(p, q[:25] / q[:25].sum(), cdist(x, x) ** order) ** (1 / order)
    assert wasserstein_distance(p, q[:25] / q[:25].sum(), x, order=order) == close(same, rel=1e-12)


# What makes it a distance


def test_a_small_shift_of_far_places_keeps_its_digits():
    """The sums of equal masses are equal, so that nothing is left to travel the wide gaps."""
    rng = np.random.default_rng(4)
    for n in rng.integers(2, 12, size=500):
        p, x = rng.dirichlet(np.ones(n)), rng.choice(2000, size=n, replace=False)
        assert wasserstein_distance(p, p, x, x + 1 / 32) == close(1 / 32, rel=1e-14)


@given(
    probability_vectors(n=8), probability_vectors(n=8), seeds, st.sampled_from(ORDERS), st.floats(0.01, 100)
)
@settings(deadline=None)
def test_the_unit_of_the_places_is_the_unit_of_the_distance(p, q, seed, order, factor):
    x = np.random.default_rng(seed).normal(size=8)
    distance = wasserstein_distance(p, q, x, order=order)
    assert wasserstein_distance(p, q, -factor * x + 3, order=order) == close(factor * distance, rel=1e-9)


@given(probability_vectors(n=8), probability_vectors(n=8), seeds)
@settings(deadline=None)
def test_it_grows_with_the_order_up_to_the_farthest_move(p, q, seed):
    """Up to masses of the size of rounding, which orders above 1 leave where they are."""
    x = np.random.default_rng(seed).normal(size=8)
    distances = [wasserstein_distance(p, q, x, order=order) for order in (1, 1.001, 2, 5, 40, 1e5, np.inf)]
    assert all(a <= b * (1 + 1e-12) + 1e-14 * np.ptp(x) for a, b in pairwise(distances))


def test_a_high_order_approaches_the_farthest_move():
    p, q = [0.5, 0.25, 0.25], [0.25, 0.5, 0.25]
    farthest = wasserstein_distance(p, q, [0.0, 1.0, 5.0], order=np.inf)
    assert farthest == 1.0
    assert wasserstein_distance(p, q, [0.0, 1.0, 5.0], order=1e6) == close(farthest, rel=1e-5)


# Scales


@pytest.mark.parametrize("order", [1, 2, 50, 1e300, np.inf])
@pytest.mark.parametrize("exponent", [-1070, -900, 0, 900, 1015])
def test_no_power_and_no_scale_overflows(order, exponent):
    """A shift by one unit, at every scale that floats have."""
    unit = math.ldexp(1.0, exponent)
    x = unit * np.arange(8)
    assert wasserstein_distance(np.full(8, 1 / 8), np.full(8, 1 / 8), x, x + unit, order=order) == unit
    assert wasserstein_distance_samples(x, x + unit, order=order) == unit
    assert wasserstein_distance_samples(x[:1], np.repeat(x[1], 3), order=order) == unit
    if order < np.inf:
        points = np.stack([x, -x], axis=1)
        assert wasserstein_distance_samples(points, points + np.array([unit, 0]), order=order) == unit
        masses = normalize(np.arange(1, 9))
        assert wasserstein_distance(
            masses, masses, points, points + np.array([0, unit]), order=order
        ) == close(unit, rel=1e-14)
        assert sliced_wasserstein_distance_samples(x, x + unit, order=order) == unit


def test_places_near_the_largest_float_are_far_apart_but_not_nan():
    largest = np.finfo(float).max
    assert wasserstein_distance_samples([-largest], [largest]) == np.inf
    assert wasserstein_distance([1], [1], [-largest], [largest], order=2) == np.inf
    assert wasserstein_distance([1], [1], [[-largest, 0]], [[largest, 0]]) == np.inf
    assert wasserstein_distance([0.75, 0.25], [1, 0], [-largest, largest]) == largest / 2
    assert wasserstein_distance_samples([largest, 0.0], [largest, 2.0]) == 1.0
    assert wasserstein_distance_samples([[largest, 1.0]], [[largest, 1.0]]) == 0.0


def test_a_rare_mass_far_away_keeps_its_digits():
    rng = np.random.default_rng(8)
    for far in (1e4, 1e8, 1e12):
        for rare in (1e-4, 1e-8, 1e-12):
            for side in (1, -1):
                x = side * np.append(rng.random(20), far)
                p = np.append(rng.dirichlet(np.ones(20)), rare)
                q = np.append(rng.dirichlet(np.ones(20)), 0.0)
                p, y = p / p.sum(), x[::-1] + 0.5
                for order in (1, 2, np.inf):
                    expected = exact_wasserstein(p, q, x, x, order)
                    assert wasserstein_distance(p, q, x, order=order) == close(expected, rel=2e-14)
                    expected = exact_wasserstein(p, q[::-1], x, y, order)
                    assert wasserstein_distance(p, q[::-1], x, y, order=order) == close(expected, rel=2e-14)


def test_a_batch_keeps_the_digits_of_each_row():
    """Rows whose mass lies at either end, with a rare mass at the other."""
    x = np.array([0.0, 1.0, 2.0, 1e9, 1e9 + 1, 1e9 + 2])
    p = np.array([[0.5, 0.5, 0, 1e-9, 0, 0], [0, 0, 1e-9, 0.5, 0.5, 0], [0, 0.5, 0.25, 0.125, 0, 0.125]])
    q = np.array([[0.25, 0.5, 0.25, 0, 0, 0], [0, 0, 0, 0.5, 0.25, 0.25], [0.5, 0, 0.125, 0, 0.25, 0.125]])
    p = normalize(p)
    expected = [exact_wasserstein(*pair, x, x, 1) for pair in zip(p, q, strict=True)]
    np.testing.assert_allclose(wasserstein_distance(p, q, x), expected, rtol=4e-15)


@pytest.mark.parametrize("distance", [1e-6, 1e-10, 1e-13])
def test_near_equal_masses_do_not_cancel(distance):
    rng = np.random.default_rng(9)
    p, x = rng.dirichlet(np.ones(200)), rng.normal(size=200)
    q = p * (1 + distance * rng.normal(size=200))
    q /= q.sum()
    expected = exact_wasserstein(p, q, x, x, 1)
    assert wasserstein_distance(p, q, x) == close(expected, rel=1e-11)


def test_rounding_of_equal_sums_moves_nothing():
    """0.1 + 0.2 is not 0.3: a sliver of 5e-17 would weigh 7e-9 in order 2, and all in order infinity."""
    tenths, ends = np.full(10, 0.1), np.repeat([0, 1], 5)
    for p, x, q, y in (
        ([0.1, 0.2, 0.7], [0, 0, 1], [0.3, 0.7], [0, 1]),
        ([0.7, 0.2, 0.1], [0, 1, 1], [0.7, 0.3], [0, 1]),
        (tenths, ends, [0.5, 0.5], [0, 1]),
    ):
        for order in (2, 100, np.inf):
            assert wasserstein_distance(p, q, x, y, order=order) == 0.0
            assert wasserstein_distance(q, p, y, x, order=order) == 0.0
    assert wasserstein_distance([1.0, 1e-17], [1.0, 0.0], [0, 1e8], order=np.inf) == 1e8
    assert wasserstein_distance([1e-17, 1.0], [0.0, 1.0], [0, 1e8], order=np.inf) == 1e8


def test_sums_within_the_tolerance_are_divided_out():
    p = np.array([0.5, 0.5000004])
    for order in (1, 2):
        for places in ([0.0, 1.0], [[0.0, 0.0], [1.0, 0.0]]):
            expected = (p[1] / p.sum() - 0.5) ** (1 / order)
            assert wasserstein_distance(p, [0.5, 0.5], places, order=order) == close(expected, rel=1e-8)
            assert wasserstein_distance([0.5, 0.5], p, places, order=order) == close(expected, rel=1e-8)
    assert wasserstein_distance(p, p / p.sum(), [0.0, 1.0]) == pytest.approx(0, abs=4e-15)
    assert wasserstein_distance(p, [0.5, 0.5], [0, 1], [0, 1.5]) == close(
        0.25 + p[1] / p.sum() - 0.5, rel=1e-14
    )


# Bad input

P, Q, X = [0.5, 0.5], [0.25, 0.75], [0.0, 1.0]
POINTS = [[0.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2], Q, X), {}, r"p sums to 3, not 1; pass counts or weights through normalize\(\)"),
        ((P, [-0.5, 1.5], X), {}, r"q\[0\] is -0\.5"),
        ((P, [np.nan, 1], X), {}, r"q\[0\] is nan"),
        ((P, Q, [0, 1, 2]), {}, "p has 2 weights, but x has 3 places; .* the weights first"),
        ((P, [0.5, 0.25, 0.25], X), {}, "q has 3 weights, but x has 2 places"),
        ((P, Q, X, [0, 1, 2]), {}, "q has 2 weights, but y has 3 places"),
        (([1.0], Q, X), {}, "p has 1 weights, but x has 2 places"),
        ((P, Q, [0, np.inf]), {}, r"x\[1\] is inf"),
        ((P, Q, X, [np.nan, 0]), {}, r"y\[0\] is nan"),
        ((P, Q, []), {}, "x is empty"),
        ((P, Q, np.empty((2, 0))), {}, "x is empty"),
        ((P, Q, 3.0), {}, r"x has shape \(\); pass places of shape \(n,\) or \(n, d\)"),
        ((P, Q, np.zeros((2, 2, 2))), {}, r"x has shape \(2, 2, 2\)"),
        ((P, Q, ["a", "b"]), {}, "x holds <U1 values"),
        ((P, Q, [1j, 0]), {}, "x is complex"),
        ((P, Q, np.ma.masked_less(X, 0.5)), {}, "x is a masked array"),
        ((P, Q, X, POINTS), {}, "x lies in 1 dimensions and y in 2"),
        ((P, Q, POINTS, np.eye(3)), {}, "x lies in 2 dimensions and y in 3"),
        (([P, P], Q, POINTS), {}, "p or q is a batch: pass one pair at a time"),
        ((P, [Q, Q], POINTS), {}, "p or q is a batch: pass one pair at a time"),
        (
            ([P] * 2, [Q] * 3, X),
            {},
            r"p and q are batches of shapes \(2,\) and \(3,\), which do not broadcast",
        ),
        ((P, Q, X), {"order": 0.5}, r"order is 0\.5; it must be at least 1"),
        ((P, Q, X), {"order": np.nan}, "order must be a number, not nan"),
        ((P, Q, X), {"order": "2"}, "order must be a number, not '2'"),
        ((P, Q, X), {"order": True}, "order must be a number, not True"),
        ((P, Q, POINTS), {"order": np.inf}, "order inf is for places on the line"),
    ],
)
def test_bad_distributions_are_refused_with_a_reason(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        wasserstein_distance(*arguments, **options)


def test_places_before_weights_are_noticed():
    """The order of `scipy.stats.wasserstein_distance`, whose answer here is 3.4."""
    with pytest.raises(ValueError, match="pass the weights first and then the places"):
        wasserstein_distance([1, 2, 3], [4, 5, 6], [0.2, 0.3, 0.5], [0.1, 0.1, 0.8])
    with pytest.raises(ValueError, match="p sums to 6, not 1; pass counts"):
        wasserstein_distance([1, 2, 3], [1, 2, 3], [0, 1, 2])


@pytest.mark.parametrize(("p", "q", "name"), [([0.5, 0.5], [2, 3], "q"), ([2, 3], [0.5, 0.5], "p")])
def test_if_one_of_p_and_q_holds_weights_the_other_is_named(p, q, name):
    """The places look like weights, too."""
    with pytest.raises(ValueError, match=f"^{name} sums to 5, not 1; pass counts"):
        wasserstein_distance(p, q, [0.2, 0.8], [0.1, 0.9])


# The axis of the atoms


@given(seeds, st.sampled_from([1, 2, np.inf]))
def test_the_axis_holds_the_atoms_and_the_others_broadcast(seed, order):
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(4), size=(2, 3)), rng.dirichlet(np.ones(5), size=3)
    x, y = rng.normal(size=4), rng.normal(size=5)
    expected = [[wasserstein_distance(a, b, x, y, order=order) for a, b in zip(s, q, strict=True)] for s in p]
    down = wasserstein_distance(p.swapaxes(-1, -2), q.T, x, y, order=order, axis=-2)
    np.testing.assert_allclose(down, expected, rtol=1e-13)
    np.testing.assert_allclose(wasserstein_distance(p, q, x, y, order=order), expected, rtol=1e-13)


def test_an_axis_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="axis 1 does not exist: p has 1 axes"):
        wasserstein_distance([0.5, 0.5], [0.5, 0.5], [0, 1], axis=1)


# The plan on the line


def quantile_plan(a, b):
    """Return what the sorted atoms of two lists of whole numbers with one sum exchange, exactly."""
    moves, (i, j), left, right = {}, (0, 0), Fraction(a[0]), Fraction(b[0])
    while True:
        moved = min(left, right)
        if moved:
            moves[i, j] = moved
        left, right = left - moved, right - moved
        if left == 0 and i + 1 < len(a):
            i, left = i + 1, Fraction(a[i + 1])
        elif right == 0 and j + 1 < len(b):
            j, right = j + 1, Fraction(b[j + 1])
        else:
            return moves


@given(seeds, st.integers(1, 8), st.integers(1, 8))
def test_the_coupling_is_the_one_of_exact_quantiles(seed, n, m):
    rng = np.random.default_rng(seed)
    a, b = weights(rng, n), weights(rng, m)
    scaled_a, scaled_b = a * int(b.sum()), b * int(a.sum())
    i, j, mass = monotone_coupling(normalize(a), normalize(b), np.arange(n), np.arange(m))
    expected = quantile_plan(scaled_a.tolist(), scaled_b.tolist())
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == list(expected)
    exact = [float(moved / int(scaled_a.sum())) for moved in expected.values()]
    np.testing.assert_allclose(mass, exact, rtol=1e-13)


@given(st.data(), st.integers(1, 9), st.integers(1, 9), seeds, st.sampled_from([1, 1.5, 2, 7]))
def test_the_coupling_keeps_the_order_and_costs_the_distance(data, n, m, seed, order):
    p, q = (data.draw(probability_vectors(n=size)) for size in (n, m))
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), rng.integers(-1, 2, size=m) * 1.0
    i, j, mass = monotone_coupling(p, q, x, y)
    assert mass.size <= n + m - 1
    assert (mass > 0).all()
    assert len({*zip(i.tolist(), j.tolist(), strict=True)}) == mass.size
    assert (np.diff(x[i]) >= 0).all()
    assert (np.diff(y[j]) >= 0).all()
    np.testing.assert_allclose(np.bincount(i, mass, n), p, atol=1e-14)
    np.testing.assert_allclose(np.bincount(j, mass, m), q, atol=1e-14)
    cost = mass @ np.abs(x[i] - y[j]) ** order
    assert cost == pytest.approx(wasserstein_distance(p, q, x, y, order=order) ** order, rel=1e-10, abs=1e-12)
    best = optimal_transport(p, q, np.abs(x[:, None] - y) ** order)
    assert cost == pytest.approx(best.cost, rel=1e-10, abs=1e-12)


def test_a_rare_mass_far_away_keeps_its_digits_in_the_coupling():
    i, j, mass = monotone_coupling([1 - 1e-30, 1e-30], [1.0], [0, 1e9], [0])
    assert (i.tolist(), j.tolist(), mass.tolist()) == ([0, 1], [0, 0], [1.0, 1e-30])


def test_a_move_across_the_median_is_one_move():
    i, j, mass = monotone_coupling([0.2, 0.6, 0.2], [0.1, 0.8, 0.1], [0, 1, 2])
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 1), (2, 1), (2, 2)]
    np.testing.assert_allclose(mass, [0.1, 0.1, 0.6, 0.1, 0.1], rtol=1e-14)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.5, 0.5], [1.0], [[0, 0], [1, 1]], [[2, 2]]), "no order; use optimal_transport"),
        (([[0.5, 0.5]] * 2, [0.5, 0.5], [0, 1]), "p or q is a batch"),
        (([0.5, 0.5], [1.0], [0, 1]), "q has 1 weights, but x has 2 places"),
        (([1, 2], [3, 4], [0.5, 0.5], [0.1, 0.9]), r"the places: monotone_coupling\(p, q, x, y\)"),
    ],
)
def test_what_has_no_coupling_on_the_line_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        monotone_coupling(*arguments)
