"""The one place where input is checked: say what is wrong, where, and what to do about it.

Every check has a fast path of two or three NumPy reductions; only input that fails it is examined
again, slowly, to find the words for the error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = "NDArray[np.float64]"
# One pair of distributions gives a float, a batch an array.
Float: TypeAlias = "float | NDArray[np.float64]"

# How far from 1 a sum may be: the rounding of float32 vectors with thousands of entries, not a mistake.
SUM_TOLERANCE = 1e-6

_FLOAT64 = np.dtype(np.float64)


def as_float_array(value: ArrayLike, name: str) -> Array:
    """Return `value` as a float64 array, or say why it is none."""
    if type(value) is np.ndarray and value.dtype == _FLOAT64:
        return value
    members = value if isinstance(value, (list, tuple)) else (value,)
    if any(isinstance(member, np.ma.MaskedArray) for member in members):
        raise ValueError(f"{name} is a masked array; fill or drop the masked entries first")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} is ragged: its rows have different lengths") from None
    if array.dtype.kind == "c":
        raise ValueError(f"{name} is complex; pass real numbers")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {array.dtype} values; pass numbers (int, bool or float)")
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes inf, which is refused later
        return array.astype(np.float64, copy=False)


def as_finite_array(value: ArrayLike, name: str) -> Array:
    """Return `value` as a float64 array without NaN or infinity."""
    array = as_float_array(value, name)
    reject(~np.isfinite(array), array, name, "remove or replace it")
    return array


def reject(bad: NDArray[np.bool_], array: Array, name: str, fix: str) -> None:
    """Raise a ValueError that shows the first entry of `array` marked in `bad`, if there is one."""
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name}{_written(index)} is {array[index]}; {fix}")


def outcomes_last(value: ArrayLike, name: str, axis: int) -> Array:
    """Return `value` as a float64 array with the axis of the outcomes moved to the end."""
    array = as_float_array(value, name)
    if array.ndim == 0:
        raise ValueError(f"{name} is a single number; pass a vector with one entry for each outcome")
    if axis != -1:
        if not isinstance(axis, (int, np.integer)):
            raise ValueError(f"axis must be an integer, not {axis!r}")
        if not -array.ndim <= axis < array.ndim:
            raise ValueError(f"axis {axis} does not exist: {name} has {array.ndim} axes")
        array = np.moveaxis(array, axis, -1)
    if array.shape[-1] == 0:
        raise ValueError(f"{name} is empty; pass at least one outcome")
    # Sums over contiguous memory are pairwise: the same digits for every layout and axis.
    return np.ascontiguousarray(array)


def probabilities(value: ArrayLike, name: str, axis: int = -1) -> tuple[Array, Array]:
    """Return probability vectors with the outcomes last, and their sums (1 up to rounding)."""
    array = outcomes_last(value, name, axis)
    with np.errstate(over="ignore", invalid="ignore"):  # huge entries are refused below
        total = np.add.reduce(array, axis=-1)
    _insist_on_probabilities(array, total, name)
    return array, total


def joint_probabilities(value: ArrayLike, name: str) -> tuple[Array, Array]:
    """Return joint tables on the last two axes, and their sums (1 up to rounding)."""
    array = np.ascontiguousarray(as_float_array(value, name))
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise ValueError(f"{name} has shape {array.shape}; pass a table, shape (n, m), n and m at least 1")
    with np.errstate(over="ignore", invalid="ignore"):  # huge entries are refused below
        total = array.reshape(*array.shape[:-2], -1).sum(axis=-1)
    if not (np.abs(total - 1.0) <= SUM_TOLERANCE).all() or not array.min(initial=0.0) >= 0.0:
        _explain_probabilities(array, np.asarray(total), name)
    return array, total[..., None, None]


def probability_pair(
    p: ArrayLike, q: ArrayLike, axis: int = -1, names: tuple[str, str] = ("p", "q")
) -> tuple[Array, Array, Array, Array]:
    """Return two probability vectors over the same outcomes, and their sums."""
    left = outcomes_last(p, names[0], axis)
    right = outcomes_last(q, names[1], axis)
    with np.errstate(over="ignore", invalid="ignore"):  # huge entries are refused below
        left_total = np.add.reduce(left, axis=-1)
        right_total = np.add.reduce(right, axis=-1)
    _insist_on_probabilities(left, left_total, names[0])
    _insist_on_probabilities(right, right_total, names[1])
    if left.shape != right.shape:
        same_outcomes(left, right, names)
    return left, right, left_total, right_total


def same_outcomes(left: Array, right: Array, names: tuple[str, str] = ("p", "q")) -> None:
    """Insist on one number of outcomes (no broadcasting there) and on batches that broadcast."""
    n, m = left.shape[-1], right.shape[-1]
    if n != m:
        raise ValueError(
            f"{names[0]} has {n} outcomes and {names[1]} has {m}; both must list the same outcomes "
            "in the same order (give outcomes that one of them lacks probability 0)"
        )
    try:
        np.broadcast_shapes(left.shape, right.shape)
    except ValueError:
        raise ValueError(
            f"{names[0]} and {names[1]} are batches of shapes {left.shape[:-1]} and {right.shape[:-1]}, "
            "which do not broadcast"
        ) from None


def log_of_base(base: float | None) -> float:
    """Return the natural logarithm of `base`: divide nats by it."""
    if base is None:
        return 1.0
    if not isinstance(base, (int, float, np.integer, np.floating)) or isinstance(base, bool):
        raise ValueError(f"base must be a number, not {base!r}; use base=2 for bits, None for nats")
    if not 0.0 < base < np.inf or base == 1:
        raise ValueError(f"base must be positive and not 1, not {base}; use base=2 for bits, None for nats")
    return float(np.log(base))


def as_result(value: Array | np.float64 | float) -> Float:
    """Return a plain float for one pair, the array for a batch."""
    return value if isinstance(value, np.ndarray) and value.ndim else float(value)


def _written(index: tuple[int, ...]) -> str:
    """Return an index as it is written in Python: [3] or [0, 2], nothing for a scalar."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def _insist_on_probabilities(array: Array, total: Array, name: str) -> None:
    if array.ndim == 1:  # scalars compare faster than arrays
        valid = abs(total - 1.0) <= SUM_TOLERANCE and np.minimum.reduce(array) >= 0.0
    else:
        # `initial` makes an empty batch valid; NaN fails every comparison.
        valid = bool((np.abs(total - 1.0) <= SUM_TOLERANCE).all()) and array.min(initial=0.0) >= 0.0
    if not valid:
        _explain_probabilities(array, np.asarray(total), name)


def _explain_probabilities(array: Array, total: Array, name: str) -> None:
    rows = " (outcomes on the last axis)" if array.ndim > 1 else ""
    reject(np.isnan(array), array, name, f"remove or replace it{rows}")
    reject(np.isinf(array), array, name, f"probabilities are finite{rows}")
    reject(array < 0, array, name, f"probabilities are not negative{rows}")
    index = tuple(int(i) for i in np.argwhere(~(np.abs(total - 1.0) <= SUM_TOLERANCE))[0])
    raise ValueError(
        f"{name}{_written(index)} sums to {total[index]:.6g}, not 1; "
        "pass counts or weights through normalize() first"
    )
