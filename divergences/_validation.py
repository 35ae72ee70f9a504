"""The one place where input is checked: say what is wrong, where, and what to do about it.

Every check has a fast path of two or three NumPy reductions; only input that fails it is examined
again, slowly, to find the words for the error.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = "NDArray[np.float64]"
# One pair of distributions gives a float, a batch an array. The type of a vector of Python says that it is
# one; that of an array does not, so the result for arrays has the type Any.
Float: TypeAlias = "float | NDArray[np.float64]"
Vector: TypeAlias = "Sequence[float] | Sequence[np.floating[Any]] | Sequence[np.integer[Any]]"
Table: TypeAlias = "Sequence[Sequence[float]]"


class ContinuousDistribution(Protocol):
    """What types can tell of a distribution with a density; `ends_of_support` looks for the rest."""

    def cdf(self, x: Any, /) -> Any:
        """Return cumulative probabilities."""

    def support(self) -> Any:
        """Return the two ends of the support."""


# How far from 1 a sum may be: the rounding of float32 vectors with thousands of entries, not a mistake.
SUM_TOLERANCE = 1e-6

_NORMALIZE = "pass counts or weights through normalize() first"
_FLOAT64 = np.dtype(np.float64)


def as_float_array(value: ArrayLike, name: str) -> Array:
    """Return `value` as a float64 array, or say why it is none."""
    if type(value) is np.ndarray and value.dtype == _FLOAT64:
        return value
    if _is_masked(value):
        raise ValueError(f"{name} is a masked array; fill or drop the masked entries first")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} is ragged: its rows have different lengths") from None
    if array.dtype.kind == "c":
        raise ValueError(f"{name} is complex; pass real numbers")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {array.dtype} values; pass numbers (int, bool or float)")
    return array.astype(np.float64, copy=False)  # a long double beyond float64 becomes inf: refused later


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
    if (
        type(value) is np.ndarray
        and value.dtype == _FLOAT64
        and value.ndim == 1
        and axis == -1
        and value.size
        and type(axis) is int
    ):
        return value  # the usual case, without further ado
    array = as_float_array(value, name)
    if axis != -1 or type(axis) is not int:
        array = _axis_last(array, name, axis)
    if not array.ndim or not array.shape[-1]:
        what = "empty" if array.ndim else "a single number"
        raise ValueError(f"{name} is {what}; pass a vector with one entry for each outcome")
    # Sums over contiguous memory are pairwise: the same digits for every layout and axis.
    return np.ascontiguousarray(array)


def probabilities(value: ArrayLike, name: str, axis: int = -1) -> tuple[Array, Array]:
    """Return probability vectors with the outcomes last, and their sums (1 up to rounding)."""
    array = outcomes_last(value, name, axis)
    insist_on_entries(array, name)
    total = np.add.reduce(array, -1)
    insist_on_sums(total, name)
    return array, total


def probability_pair(p: ArrayLike, q: ArrayLike, axis: int = -1) -> tuple[Array, Array, Array, Array]:
    """Return two probability vectors over the same outcomes, and their sums."""
    left, left_total = probabilities(p, "p", axis)
    right, right_total = probabilities(q, "q", axis)
    if left.shape != right.shape:
        same_outcomes(left, right)
    return left, right, left_total, right_total


def joint_probabilities(value: ArrayLike, name: str) -> tuple[Array, Array]:
    """Return joint tables on the last two axes, and their sums (1 up to rounding)."""
    array = as_float_array(value, name)
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise ValueError(f"{name} has shape {array.shape}; pass a table, shape (n, m), n and m at least 1")
    # `normalize` would divide each row by its own sum.
    fix = f"divide a table of counts by the sum of all of it, {name} / {name}.sum()"
    insist_on_entries(array, name, (-2, -1), fix)
    array = np.ascontiguousarray(array)
    total = array.sum(axis=(-2, -1))
    insist_on_sums(total, name, fix)
    return array, total[..., None, None]


def same_outcomes(left: Array, right: Array, names: tuple[str, str] = ("p", "q"), hint: str = "") -> None:
    """Insist on one number of outcomes (no broadcasting there) and on batches that broadcast."""
    n, m = left.shape[-1], right.shape[-1]
    if n != m:
        raise ValueError(
            f"{names[0]} has {n} outcomes and {names[1]} has {m}; both must list the same outcomes "
            f"in the same order (give outcomes that one of them lacks probability 0){hint}"
        )
    _shape_of_batch(left, right, names)


def as_places(value: ArrayLike, name: str) -> Array:
    """Return finite positions of shape (n,), or (n, d) with d > 1."""
    array = as_finite_array(value, name)
    if array.ndim not in (1, 2):
        raise ValueError(f"{name} has shape {array.shape}; pass places of shape (n,) or (n, d)")
    if array.size == 0:
        raise ValueError(f"{name} is empty; pass at least one place")
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def same_space(x: Array, y: Array) -> None:
    """Insist on one dimension."""
    d, e = (array.shape[1] if array.ndim == 2 else 1 for array in (x, y))
    if d != e:
        raise ValueError(f"x lies in {d} dimensions and y in {e}; both must lie in the same space")


def one_weight_each(mass: Array, mass_name: str, places: Array, name: str) -> None:
    """Insist on as many weights as places."""
    if mass.shape[-1] != len(places):
        raise ValueError(
            f"{mass_name} has {mass.shape[-1]} weights, but {name} has {len(places)} places; "
            "pass one weight for each place, the weights first"
        )


def weights_first(
    p: ArrayLike, q: ArrayLike, x: ArrayLike, y: ArrayLike | None, function: str, axis: int = -1
) -> tuple[Array, Array]:
    """Return the weights of places, or notice that the places were given first, as to other libraries."""
    try:
        return probabilities(p, "p", axis)[0], probabilities(q, "q", axis)[0]
    except ValueError:
        if (
            _are_probabilities(x)
            and _are_probabilities(y)
            and not (_are_probabilities(p) or _are_probabilities(q))
        ):
            raise ValueError(
                "p and q are no weights, but x and y are; pass the weights first and then the places: "
                f"{function}(p, q, x, y)"
            ) from None
        raise


def _are_probabilities(value: ArrayLike | None) -> bool:
    try:
        return value is not None and probabilities(value, "value")[0].ndim == 1
    except ValueError:
        return False


def same_batch(p: Array, q: Array) -> list[Array]:
    """Broadcast the batches of p and q (not their atoms) against each other."""
    batch = _shape_of_batch(p, q, ("p", "q"))
    return [np.broadcast_to(mass, (*batch, mass.shape[-1])) for mass in (p, q)]


def as_gaussians(
    mean_p: ArrayLike, cov_p: ArrayLike, mean_q: ArrayLike, cov_q: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    """Return two means, shape (d,), and two covariance matrices, shape (d, d)."""
    mean_p, cov_p = _as_gaussian(mean_p, cov_p, "p")
    mean_q, cov_q = _as_gaussian(mean_q, cov_q, "q")
    if mean_p.size != mean_q.size:
        raise ValueError(
            f"mean_p has {mean_p.size} entries and mean_q {mean_q.size}; both must lie in the same space"
        )
    return mean_p, cov_p, mean_q, cov_q


def ends_of_support(value: ContinuousDistribution, name: str) -> tuple[float, float]:
    """Return the ends of the support of a distribution with a density, or say why it is none."""
    example = "pass a distribution such as scipy.stats.norm(0, 1)"
    newer = hasattr(value, "icdf")
    if any(base.__name__ == "DiscreteDistribution" for base in type(value).__mro__) or (
        hasattr(value, "pmf") and not newer
    ):
        raise ValueError(
            f"{name} is discrete: it has probabilities, no density; pass them as a vector to the function "
            "without _continuous"
        )
    needed = ("logpdf", "icdf" if newer else "ppf", "cdf", "support")
    missing = [method for method in needed if not callable(getattr(value, method, None))]
    if missing:
        raise ValueError(f"{name} is a {type(value).__name__} without {', '.join(missing)}; {example}")
    try:
        low, high = (np.asarray(end, dtype=np.float64) for end in value.support())
        count = max(low.size, high.size, np.size(value.cdf(0.0)))
    except TypeError:
        raise ValueError(f"{name} lacks its parameters; {example}") from None
    if count != 1:
        raise ValueError(f"{name} holds {count} distributions; pass one at a time")
    ends = float(low.item()), float(high.item())
    if not ends[0] < ends[1]:
        raise ValueError(f"{name} has invalid parameters: its support is [{ends[0]}, {ends[1]}]")
    return ends


def as_integer(value: int, name: str, fix: str, least: int = 1) -> int:
    """Return a whole number from `least`."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least:
        raise ValueError(f"{name} must be a whole number from {least}, not {value!r}; {fix}")
    return int(value)


def as_number(value: float, name: str, fix: str) -> float:
    """Return a real number, infinities included, as a float."""
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
        raise ValueError(f"{name} must be a number, not {value!r}; {fix}")
    try:
        number = float(value)
    except OverflowError:  # an integer beyond the largest float
        raise ValueError(f"{name} is beyond the largest float, 1.8e308; {fix}") from None
    if math.isnan(number):
        raise ValueError(f"{name} must be a number, not {value!r}; {fix}")
    return number


def as_generator(rng: np.random.Generator | int | None) -> np.random.Generator:
    """Return a generator of random numbers, from a seed if it is one."""
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(None if rng is None else as_integer(rng, "rng", "or pass a Generator", 0))


def log_of_base(base: float | None) -> float:
    """Return the natural logarithm of `base`: divide nats by it."""
    if base is None:
        return 1.0
    number = as_number(base, "base", "use base=2 for bits, None for nats")
    if not 0.0 < number < np.inf or number == 1:
        raise ValueError(f"base must be positive and not 1, not {base}; use base=2 for bits, None for nats")
    return math.log(number)


def checked_order(order: float) -> float:
    """Return the exponent of a Wasserstein distance."""
    exponent = as_number(order, "order", "pass 1, 2, ... or np.inf")
    if exponent < 1:
        raise ValueError(f"order is {order}; it must be at least 1 (below, there is no triangle inequality)")
    return exponent


def scale_of_generator(f: Callable[[Array], Array]) -> float:
    """Insist on a function of arrays with f(1) = 0; return the size of its values around 1."""
    if not callable(f):
        raise ValueError(f"f must be a function, not {f!r}")
    probe = np.array([1.0, 0.5, 2.0])
    try:
        values = np.asarray(f(probe))
    except (TypeError, ValueError) as error:
        raise ValueError(f"f must take an array ({error}); pass np.vectorize(f)") from None
    if values.dtype.kind not in "biuf":
        raise ValueError(f"f returns {values.dtype} values; it must return real numbers")
    values = np.abs(values.astype(np.float64))
    if values.shape != probe.shape:
        raise ValueError(f"f returns shape {values.shape} for an array of shape {probe.shape}")
    if not values[0] < 1e-12:
        raise ValueError(f"|f(1)| is {values[0]:g}, not 0; subtract f(1) from f")
    return float(values.sum())


def as_result(value: Array | np.float64, ceiling: float = np.inf) -> Float:
    """Return a plain float for one pair, the array for a batch; rounding does not pass the `ceiling`."""
    if value.ndim == 0:
        return min(float(value), ceiling)
    return value if ceiling == np.inf else np.minimum(value, ceiling)


def _shape_of_batch(left: Array, right: Array, names: tuple[str, str]) -> tuple[int, ...]:
    """Return what the axes before the last broadcast to."""
    try:
        return np.broadcast_shapes(left.shape[:-1], right.shape[:-1])
    except ValueError:
        raise ValueError(
            f"{names[0]} and {names[1]} are batches of shapes {left.shape[:-1]} and {right.shape[:-1]}, "
            "which do not broadcast"
        ) from None


def _is_masked(value: object) -> bool:
    """Say whether a value is a masked array, or lists that hold one at any depth."""
    if isinstance(value, (list, tuple)):
        return any(_is_masked(member) for member in value if isinstance(member, (list, tuple, np.ndarray)))
    return isinstance(value, np.ma.MaskedArray)


def _written(index: tuple[int, ...]) -> str:
    """Return an index as it is written in Python: [3] or [0, 2], nothing for a scalar."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def _as_gaussian(mean: ArrayLike, covariance: ArrayLike, which: str) -> tuple[Array, Array]:
    """Return the mean, shape (d,), and the covariance matrix of the Gaussian "p" or "q"."""
    vector = as_finite_array(mean, f"mean_{which}")
    name = f"cov_{which}"
    matrix = as_finite_array(covariance, name)
    if vector.ndim > 1 or vector.size == 0:
        raise ValueError(f"mean_{which} has shape {vector.shape}; pass a vector, shape (d,), or a number")
    if matrix.shape != 2 * vector.shape:
        raise ValueError(f"{name} has shape {matrix.shape}; for mean_{which} it must be {2 * vector.shape}")
    vector, matrix = np.atleast_1d(vector), np.atleast_2d(matrix)
    variances = matrix.diagonal()
    reject(variances < 0, variances, f"the diagonal of {name}, ", "variances are not negative")
    # Entries are judged relative to their variances: coordinates may have different units.
    deviations = np.sqrt(variances)
    units = np.outer(deviations, deviations)
    reject(np.abs(matrix - matrix.T) > 1e-8 * units, matrix, name, "a covariance is symmetric")
    smallest = np.linalg.eigvalsh(matrix / np.where(units > 0, units, 1.0))[0]
    if smallest < -1e-8:
        raise ValueError(
            f"{name} is no covariance: scaled to unit variances it has the eigenvalue {smallest:.3g}"
        )
    return vector, matrix


def _axis_last(array: Array, name: str, axis: int) -> Array:
    if not isinstance(axis, (int, np.integer)) or isinstance(axis, bool):
        raise ValueError(f"axis must be an integer, not {axis!r}")
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(f"axis {axis} does not exist: {name} has {array.ndim} axes")
    return np.moveaxis(array, axis, -1)


def insist_on_entries(
    array: Array, name: str, axes: int | tuple[int, int] = -1, fix: str = _NORMALIZE
) -> None:
    """Insist on entries from 0 to about 1, so that no sum of them overflows; the sums come next."""
    if not array.size:  # an empty batch
        return
    # The extremes are NaN if an entry is, and NaN fails every comparison.
    if not (array.item(array.argmin()) >= 0.0 and array.item(array.argmax()) <= 1.0 + SUM_TOLERANCE):
        rows = " (outcomes on the last axis)" if array.ndim > 1 and axes == -1 else ""
        reject(np.isnan(array), array, name, f"remove or replace it{rows}")
        reject(np.isinf(array), array, name, f"probabilities are finite{rows}")
        reject(array < 0, array, name, f"probabilities are not negative{rows}")
        insist_on_sums(array.sum(axis=axes), name, fix)


def insist_on_sums(total: Array, name: str, fix: str = _NORMALIZE) -> None:
    fair = abs(total - 1.0) <= SUM_TOLERANCE
    if fair if total.ndim == 0 else fair.all():
        return
    index = tuple(int(i) for i in np.argwhere(~np.asarray(fair))[0])
    raise ValueError(f"{name}{_written(index)} sums to {total[index]:.9g}, not 1; {fix}")
