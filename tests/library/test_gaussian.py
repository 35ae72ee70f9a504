"""KL divergence of Gaussians in closed form."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from oracles import close
from strategies import seeds

from divergences import kl_divergence_gaussian, wasserstein_distance_gaussian

few = settings(max_examples=30, deadline=None)
dimensions = st.integers(1, 6)


def exact_kl(mean_p, cov_p, mean_q, cov_q):
    """Return the divergence in 60 digits, from the definition with inverses and determinants."""
    with mpmath.workdps(60):
        p, q = (mpmath.matrix(np.atleast_2d(c).tolist()) for c in (cov_p, cov_q))
        pairs = zip(np.atleast_1d(mean_p), np.atleast_1d(mean_q), strict=True)
        shift = mpmath.matrix([mpf(float(a)) - mpf(float(b)) for a, b in pairs])
        inverse = q**-1
        trace = sum((inverse * p)[i, i] for i in range(p.rows))
        logs = mpmath.log(mpmath.det(q) / mpmath.det(p))
        return float((trace - p.rows + logs + (shift.T * inverse * shift)[0]) / 2)


def random_covariance(rng, d):
    root = rng.normal(size=(d, d + 2))
    return root @ root.T


@given(seeds, dimensions)
@few
def test_kl_is_its_definition_in_60_digits(seed, d):
    rng = np.random.default_rng(seed)
    mean_p, mean_q = rng.normal(size=(2, d))
    cov_p, cov_q = random_covariance(rng, d), random_covariance(rng, d)
    expected = exact_kl(mean_p, cov_p, mean_q, cov_q)
    actual = kl_divergence_gaussian(mean_p, cov_p, mean_q, cov_q)
    assert actual == pytest.approx(expected, rel=1e-9, abs=0)


@given(seeds, dimensions, st.integers(-12, -2))
@few
def test_kl_of_almost_equal_covariances_keeps_its_digits(seed, d, exponent):
    rng = np.random.default_rng(seed)
    cov = random_covariance(rng, d) + np.eye(d)
    change = random_covariance(rng, d) * 10.0**exponent
    mean = rng.normal(size=d)
    expected = exact_kl(mean, cov + change, mean, cov)
    assert kl_divergence_gaussian(mean, cov + change, mean, cov) == pytest.approx(expected, rel=1e-7, abs=0)
    assert kl_divergence_gaussian(mean, cov, mean, cov) == 0


@given(seeds, dimensions)
@few
def test_kl_is_the_same_in_other_coordinates(seed, d):
    rng = np.random.default_rng(seed)
    mean_p, mean_q = rng.normal(size=(2, d))
    cov_p, cov_q = random_covariance(rng, d), random_covariance(rng, d)
    scale, move = np.diag(10.0 ** rng.integers(-3, 4, size=d)), rng.normal(size=d)
    moved = [f(a) for a, f in zip(
        (mean_p, cov_p, mean_q, cov_q),
        (lambda m: scale @ m + move, lambda c: scale @ c @ scale) * 2,
        strict=True,
    )]  # fmt: skip
    expected = kl_divergence_gaussian(mean_p, cov_p, mean_q, cov_q)
    assert kl_divergence_gaussian(*moved) == pytest.approx(expected, rel=1e-6, abs=0)


def test_kl_of_independent_coordinates_is_the_sum():
    p, q = [(0, 1), (2, 3), (-1, 0.5)], [(1, 2), (2, 5), (0, 0.1)]
    expected = sum(kl_divergence_gaussian(*a, *b) for a, b in zip(p, q, strict=True))
    (mean_p, var_p), (mean_q, var_q) = np.transpose(p), np.transpose(q)
    actual = kl_divergence_gaussian(mean_p, np.diag(var_p), mean_q, np.diag(var_q))
    assert actual == pytest.approx(expected, rel=1e-13, abs=0)


def test_kl_in_one_dimension_takes_variances():
    assert kl_divergence_gaussian(0, 1, 1, 4) == pytest.approx(math.log(2) + 2 / 8 - 1 / 2, rel=1e-14, abs=0)
    assert kl_divergence_gaussian([0], [[1]], [1], [[4]]) == kl_divergence_gaussian(0, 1, 1, 4)
    assert kl_divergence_gaussian(0, 1, 1, 1, base=2) == pytest.approx(0.5 / math.log(2), rel=1e-14, abs=0)


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e300])
def test_kl_does_not_depend_on_the_unit(scale):
    cov_p, cov_q = np.array([[2, 1], [1, 3]]) * scale, np.array([[1, -0.5], [-0.5, 2]]) * scale
    mean = np.array([0.5, -1]) * math.sqrt(scale)
    expected = kl_divergence_gaussian([0.5, -1], cov_p / scale, [0, 0], cov_q / scale)
    assert kl_divergence_gaussian(mean, cov_p, [0, 0], cov_q) == pytest.approx(expected, rel=1e-12, abs=0)


def test_kl_of_variances_far_apart_is_finite():
    expected = (1e-40 - 1 + 40 * math.log(10)) / 2
    assert kl_divergence_gaussian(0, 1e-40, 0, 1) == pytest.approx(expected, rel=1e-14, abs=0)
    expected = (1e300 - 1 - 300 * math.log(10)) / 2
    assert kl_divergence_gaussian(0, 1e300, 0, 1) == pytest.approx(expected, rel=1e-14, abs=0)
    actual = kl_divergence_gaussian([0, 0], np.diag([1, 1e-200]), [0, 0], np.diag([1, 1e200]))
    assert actual == pytest.approx((400 * math.log(10) - 1) / 2, rel=1e-14, abs=0)


def test_kl_beyond_the_largest_double_is_infinite():
    assert kl_divergence_gaussian(0, 1e300, 0, 1e-300) == math.inf
    assert kl_divergence_gaussian(1e300, 1, -1e300, 1) == math.inf
    narrow = [[1e-300, 0.9e-300], [0.9e-300, 1e-300]]
    assert kl_divergence_gaussian([1e308, 1e308], narrow, [-1e308, -1e308], narrow) == math.inf


@pytest.mark.parametrize(
    "cov",
    [
        np.diag([1.0, 0.0]),
        [[1, 1], [1, 1]],
        [[0, 0], [0, 0]],
        np.outer([0.1, 0.7], [0.1, 0.7]),
        [[4, 6], [6, 9]],
    ],
)
def test_kl_of_a_law_on_a_line_is_infinite_in_the_plane(cov):
    assert kl_divergence_gaussian([0, 0], cov, [0, 0], np.eye(2)) == math.inf
    assert kl_divergence_gaussian([0, 0], cov, [0, 0], np.eye(2), base=2) == math.inf
    with pytest.raises(ValueError, match="cov_q is singular: drop the coordinates"):
        kl_divergence_gaussian([0, 0], np.eye(2), [0, 0], cov)


@given(seeds, st.integers(2, 6))
@few
def test_a_covariance_of_too_few_observations_counts_as_singular(seed, d):
    cov = np.cov(np.random.default_rng(seed).normal(size=(d, d)))
    assert kl_divergence_gaussian(np.zeros(d), cov, np.zeros(d), np.eye(d)) == math.inf


def test_kl_of_a_constant_is_infinite():
    assert kl_divergence_gaussian(3, 0, 3, 1) == math.inf
    with pytest.raises(ValueError, match="cov_q is singular"):
        kl_divergence_gaussian(3, 1, 3, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 0], [[1, 2], [2, 1]], [0, 0], np.eye(2)), "cov_p is no covariance: .* eigenvalue -1"),
        (([0, 0], np.eye(2), [0, 0], [[1, 0.5], [0, 1]]), r"cov_q\[0, 1\] is 0.5; a covariance is symmetric"),
        ((0, -1, 0, 1), "the diagonal of cov_p, .* is -1.0; variances are not negative"),
        (([0, 0], [1, 1], [0, 0], np.eye(2)), r"cov_p has shape \(2,\); for mean_p it must be \(2, 2\)"),
        (([0, 0], 1, [0, 0], 1), r"cov_p has shape \(\); for mean_p it must be \(2, 2\)"),
        (([[0, 0]], np.eye(2), [0, 0], np.eye(2)), r"mean_p has shape \(1, 2\); pass a vector"),
        (([], np.zeros((0, 0)), [], np.zeros((0, 0))), r"mean_p has shape \(0,\); pass a vector"),
        (([0], [[1]], [0, 0], np.eye(2)), "mean_p has 1 entries and mean_q 2"),
        (([0, math.nan], np.eye(2), [0, 0], np.eye(2)), r"mean_p\[1\] is nan; remove or replace"),
        ((0, 1, 0, math.inf), "cov_q is inf"),
        ((0, "1", 0, 1), "cov_p holds <U1 values"),
        ((0, 1, 1j, 1), "mean_q is complex"),
    ],
)
def test_what_is_no_gaussian_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        kl_divergence_gaussian(*arguments)


def test_the_base_is_checked():
    with pytest.raises(ValueError, match="base must be positive and not 1"):
        kl_divergence_gaussian(0, 1, 0, 1, base=1)


def test_the_result_is_a_plain_float():
    assert type(kl_divergence_gaussian([0, 0], np.eye(2), [1, 1], np.eye(2))) is float
    assert type(kl_divergence_gaussian(0, 0, 0, 1)) is float


# Wasserstein distance


def bures_distance(a, b):
    """Return the distance of two centred Gaussians with 60 digits, by the trace formula."""
    with mpmath.workdps(60):
        a, b = mpmath.matrix(a.tolist()), mpmath.matrix(b.tolist())

        def root(matrix):
            values, vectors = mpmath.eigsy(matrix)
            return vectors * mpmath.diag([mpmath.sqrt(max(value, 0)) for value in values]) * vectors.T

        half = root(a)
        cross = root(half * b * half)
        trace = sum(a[i, i] + b[i, i] - 2 * cross[i, i] for i in range(a.rows))
        return float(mpmath.sqrt(max(trace, 0)))


@pytest.mark.parametrize(("gap", "accuracy"), [(1.0, 1e-13), (1e-4, 1e-9), (1e-8, 1e-5)])
@pytest.mark.parametrize("d", [1, 2, 5, 8])
def test_gaussians_agree_with_60_digits(d, gap, accuracy):
    rng = np.random.default_rng(d)
    for _ in range(3):
        a, change = (matrix @ matrix.T for matrix in rng.normal(size=(2, d, d)))
        b = a + gap * change
        centre = np.zeros(d)
        expected = bures_distance(a, b)
        assert wasserstein_distance_gaussian(centre, a, centre, b) == close(expected, rel=accuracy)
        mean = rng.normal(size=d)
        shifted = math.hypot(expected, *mean)
        assert wasserstein_distance_gaussian(centre, a, mean, b) == close(shifted, rel=accuracy)


def test_nearly_equal_covariances_keep_their_distance():
    """POT's `bures_wasserstein_distance` of I and (1 + 1e-8)^2 I gives 0."""
    centre, a = np.zeros(5), np.eye(5)
    distance = wasserstein_distance_gaussian(centre, a, centre, (1 + 1e-8) ** 2 * a)
    assert distance == close(math.sqrt(5) * 1e-8, rel=2e-8)
    assert round(distance, 10) == 2.24e-8


def test_scalars_are_variances():
    """On the line: W_2^2 is the squared difference of means plus that of standard deviations."""
    assert wasserstein_distance_gaussian(0, 1, 3, 25) == 5.0
    assert wasserstein_distance_gaussian([0], [[1]], [3], [[25]]) == 5.0


def test_singular_covariances_are_legal():
    flat, upright = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])
    centre = np.zeros(2)
    assert wasserstein_distance_gaussian(centre, flat, centre, upright) == close(math.sqrt(2), rel=4e-15)
    assert wasserstein_distance_gaussian(centre, flat, centre, flat) == 0.0
    assert wasserstein_distance_gaussian(centre, 0 * flat, [3, 4], 0 * flat) == 5.0
    assert wasserstein_distance_gaussian(centre, 0 * flat, centre, flat) == 1.0
    root = np.array([[2.0, 1.0, 0.5], [0.3, 0.1, 2.0]])
    matrix = root.T @ root
    assert wasserstein_distance_gaussian(np.zeros(3), matrix, np.zeros(3), 9 * matrix) == close(
        2 * np.linalg.norm(root), rel=1e-7
    )


def test_each_coordinate_of_a_covariance_keeps_its_unit():
    """Diagonal covariances: the distance is that of the standard deviations."""
    deviations = np.array([1e-10, 1.0, 1e10])
    for k in range(3):
        other = deviations.copy()
        other[k] *= 3
        distance = wasserstein_distance_gaussian(
            np.zeros(3), np.diag(deviations**2), np.zeros(3), np.diag(other**2)
        )
        assert distance == close(2 * deviations[k], rel=1e-5 if k == 0 else 1e-14)


@given(seeds, st.integers(1, 5))
@settings(deadline=None)
def test_the_distance_of_gaussians_is_a_metric_and_rotates(seed, d):
    rng = np.random.default_rng(seed)
    laws = [(rng.normal(size=d), matrix @ matrix.T) for matrix in rng.normal(size=(3, d, d))]
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    pq, qp, qr, pr = (
        wasserstein_distance_gaussian(*laws[i], *laws[j]) for i, j in [(0, 1), (1, 0), (1, 2), (0, 2)]
    )
    assert pq == close(qp, rel=1e-12)
    assert pr <= pq + qr + 1e-12
    assert wasserstein_distance_gaussian(*laws[0], *laws[0]) <= 1e-14 * np.linalg.norm(laws[0][1])
    (m, a), (n, b) = ((turn @ mean, turn @ matrix @ turn.T) for mean, matrix in laws[:2])
    symmetric = (a + a.T) / 2, (b + b.T) / 2
    assert wasserstein_distance_gaussian(m, symmetric[0], n, symmetric[1]) == close(pq, rel=1e-9)


def test_gaussians_at_the_ends_of_the_floats():
    assert kl_divergence_gaussian(0, 1e308, 0, 5e-324) == math.inf
    assert kl_divergence_gaussian(1e308, 1, -1e308, 1) == math.inf
    assert wasserstein_distance_gaussian(1e308, 1, -1e308, 1) == np.inf
    assert wasserstein_distance_gaussian(0, 1e308, 0, 1e-308) == close(1e154, rel=4e-15)
    assert wasserstein_distance_gaussian(0, 4 * 5e-324, 0, 0) == close(2 * math.sqrt(5e-324), rel=4e-15)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, -1, 0, 1), "the diagonal of cov_p, .*variances are not negative"),
        ((0, 1, [0, 0], np.eye(2)), "mean_p has 1 entries and mean_q 2"),
        (([0, 0], np.eye(3), 0, 1), r"cov_p has shape \(3, 3\); for mean_p it must be \(2, 2\)"),
        ((0, 1, [0, 0], [1, 1]), r"cov_q has shape \(2,\)"),
        (([[0, 0]], np.eye(2), 0, 1), r"mean_p has shape \(1, 2\)"),
        (
            ([0, 0], [[1, 0.5], [0.4, 1]], [0, 0], np.eye(2)),
            r"cov_p\[0, 1\] is 0\.5; a covariance is symmetric",
        ),
        (([0, 0], np.eye(2), [0, 0], [[1, 2], [2, 1]]), "cov_q is no covariance: .* eigenvalue -1"),
        ((0, np.nan, 0, 1), "cov_p is nan"),
        ((0, 1, np.inf, 1), "mean_q is inf"),
    ],
)
def test_bad_gaussians_are_refused_with_a_reason(arguments, message):
    with pytest.raises(ValueError, match=message):
        wasserstein_distance_gaussian(*arguments)


def test_order_2_is_the_only_one_with_a_closed_form():
    assert wasserstein_distance_gaussian(0, 1, 3, 25, order=2) == 5.0
    with pytest.raises(
        ValueError, match="order is 1; Gaussians of any dimension have a closed form in order 2 only"
    ):
        wasserstein_distance_gaussian(0, 1, 3, 25, order=1)
