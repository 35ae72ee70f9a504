"""Two probability vectors over the same outcomes, with their difference: made once, used by all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ._validation import SUM_TOLERANCE, Array, insist_on_entries, insist_on_sums, outcomes_last, same_outcomes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class AlignedPair(NamedTuple):
    """Probability vectors with the outcomes last: p scaled to the sum of q, and q as given.

    The difference q - p is right to the last digits even where p and q agree in all but those: it is
    not taken between rounded quotients, and what the sums differ by is summed from the differences.
    It is p that is scaled, because a subnormal number loses digits then: as p it hardly counts.
    """

    p: Array
    q: Array
    difference: Array
    total: Array


def aligned_pair(p: ArrayLike, q: ArrayLike, axis: int = -1) -> AlignedPair:
    """Return two checked probability vectors over the same outcomes, aligned."""
    left = outcomes_last(p, "p", axis)
    right = outcomes_last(q, "q", axis)
    if left.shape != right.shape:
        same_outcomes(left, right)
    insist_on_entries(left, "p")
    insist_on_entries(right, "q")
    return align(left, right)


def align(p: Array, q: Array, *, check: bool = True) -> AlignedPair:
    """Align two vectors of checked entries; their sums are taken here, so they are checked here."""
    total = np.add.reduce(q, -1)
    difference = q - p
    gap = np.add.reduce(difference, -1)
    p_total = total - gap if p.shape == q.shape else np.add.reduce(p, -1)
    if check and not (total.ndim == p_total.ndim == 0 and _is_1(float(total)) and _is_1(float(p_total))):
        insist_on_sums(p_total, "p")
        insist_on_sums(total, "q")
    # NumPy multiplies by an array sooner than by a number.
    share = np.asarray(gap / p_total)
    correction = p * (share if share.ndim == 0 else share[..., None])
    difference -= correction
    correction += p
    return AlignedPair(correction, q, difference, total)


def _is_1(total: float) -> bool:
    return abs(total - 1.0) <= SUM_TOLERANCE
