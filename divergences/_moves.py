"""Distances that mass moves: their means of any order, and plans between points."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from ._validation import Array
from .transport import optimal_transport


def mean_of_power(distance: Array, mass: Array | float, order: float) -> Array:
    """Return (sum of mass * distance**order)**(1/order) over the last axis; the maximum for inf."""
    distance = np.where(mass, distance, 0.0)
    largest = distance.max(axis=-1, keepdims=True)
    if order < np.inf:
        # Relative to the largest distance, no power overflows.
        ratio = distance / np.where(largest, largest, 1.0)
        largest = largest * np.sum(mass * ratio**order, axis=-1, keepdims=True) ** (1 / order)
    mean: Array = largest[..., 0]
    return mean


def scaled(x: Array, y: Array) -> tuple[tuple[Array, Array], int]:
    """Divide by a power of 2, so that no difference (on the line) and no square (beyond it) overflows."""
    exponent = math.frexp(max(np.abs(x).max(), np.abs(y).max()))[1]
    if x.ndim == 1:
        exponent = 2 if exponent > 1022 else 0
    return ((x, y) if exponent == 0 else (np.ldexp(x, -exponent), np.ldexp(y, -exponent))), exponent


def unscaled(distance: Array, exponent: int) -> Array:
    with np.errstate(over="ignore"):  # beyond the largest float, infinity is the nearest
        return distance if exponent == 0 else np.ldexp(distance, exponent)


def between_points(x: Array, y: Array, order: float, masses: tuple[Array, Array] | None = None) -> float:
    """Assign equal numbers of equal masses to each other, or transport the given masses."""
    if order == np.inf:
        raise ValueError(
            "order inf is for places on the line; for points in more dimensions pass a finite one"
        )
    (x, y), exponent = scaled(x, y)
    distance = cdist(x, y)
    cost = distance if order == 1 else (distance / (distance.max() or 1.0)) ** order
    if masses is None:
        # What a point costs wherever it goes decides nothing; without it the search is up to 3 times shorter.
        cost = cost - cost.min(axis=1, keepdims=True)
        cost -= cost.min(axis=0)
        moved = linear_sum_assignment(cost)
        mass = np.full(len(x), 1 / len(x))
    else:
        coupling = optimal_transport(*masses, cost).coupling
        moved = np.nonzero(coupling)
        mass = coupling[moved]
    return float(unscaled(mean_of_power(distance[moved], mass, order), exponent))
