"""Two probability vectors over the same outcomes, with their difference: made once, used by all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ._validation import SUM_TOLERANCE, Array, insist_on_entries, insist_on_sums, outcomes_last, same_outcomes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class AlignedPair(NamedTuple):
    """Probability vectors with the outcomes last: p as given, and q scaled to the sum of p.

    The difference q - p is right to the last digits even where p and q agree in all but those: it is
    not taken between rounded quotients, and what the sums differ by is summed from the differences.
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


def align(p: Array, q: Array) -> AlignedPair:
    """Align two vectors of checked entries; that the sums are 1 is checked here, where they are taken."""
    total = np.add.reduce(p, -1)
    difference = q - p
    gap = np.add.reduce(difference, -1)
    q_total = total + gap if p.shape == q.shape else np.add.reduce(q, -1)
    if total.ndim or q_total.ndim or abs(total - 1.0) > SUM_TOLERANCE or abs(q_total - 1.0) > SUM_TOLERANCE:
        insist_on_sums(total, "p")
        insist_on_sums(q_total, "q")
    # NumPy multiplies by an array sooner than by a number.
    share = np.asarray(gap / -q_total)
    correction = q * (share if share.ndim == 0 else share[..., None])
    difference += correction
    correction += q
    return AlignedPair(p, correction, difference, total)
