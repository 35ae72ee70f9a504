"""Means of powers of distances, and plans between points, at all scales."""

import numpy as np
import pytest
from oracles import close

from divergences._moves import between_points, mean_of_power, scaled, unscaled


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
@pytest.mark.parametrize(("order", "mean"), [(1, 2.5), (2, np.sqrt(7.75)), (np.inf, 4.0)])
def test_no_power_overflows_or_vanishes(scale, order, mean):
    distance, mass = scale * np.array([1.0, 2.0, 4.0, 5.0]), np.array([0.25, 0.375, 0.375, 0.0])
    assert mean_of_power(distance, mass, order) == close(scale * mean, rel=4e-15)


def test_the_mean_of_no_distance_is_0():
    assert mean_of_power(np.zeros(3), 1 / 3, 2) == 0.0


def test_what_is_scaled_is_scaled_back_exactly():
    x, y = np.array([[1e308, 3.0]]), np.array([[-1e308, 4.0]])
    (a, b), exponent = scaled(x, y)
    assert np.abs(a).max() <= 1
    assert np.isfinite(a - b).all()
    np.testing.assert_array_equal(unscaled(a, exponent), x)
    (a, b), exponent = scaled(x[0], y[0])
    assert np.isfinite(a - b).all()
    (a, b), exponent = scaled(np.array([1.0]), np.array([2.0]))
    assert exponent == 0


def test_points_of_equal_mass_are_assigned_and_others_transported():
    x, y = np.array([[0.0, 0.0], [4.0, 0.0]]), np.array([[4.0, 3.0], [0.0, 3.0]])
    assert between_points(x, y, 1) == 3.0
    assert between_points(x, y, 2, (np.array([0.25, 0.75]), np.array([0.75, 0.25]))) == 3.0
