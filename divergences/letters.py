"""Models of a text, letter by letter: how often each letter follows the few before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ._validation import Array, as_generator, log_of_base

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS = " abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, eq=False)
class LetterModel:
    r"""Chances of the next letter, given the few before it.

    Attributes
    ----------
    order : int
        The length of the pieces that it counted: 0 for none (all letters equally likely), 1 for
        letters, 2 for pairs, 3 for triples.
    weight : float
        How many letters the opinion of the shorter pieces is worth.
    pieces : tuple of pairs of ndarray
        For each length 1, ..., `order` the pieces that occurred, as sorted integers, and how often.
    """

    order: int
    weight: float
    pieces: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]

    def surprise(self, text: str, *, base: float | None = None) -> Array:
        """Return the information content of each letter of `text`, given the letters before it."""
        letter = _numbers(text)
        bits: Array = -np.log(self._chance(_endings(letter, self.order) // 27, letter)) / log_of_base(base)
        return bits

    def write(self, length: int, *, rng: np.random.Generator | int | None = None) -> str:
        """Draw a text of `length` letters, each with the chance that the model gives it.

        `rng` is where chance comes from, or the seed of it. Default: another text in each call.
        """
        generator = as_generator(rng)
        before, written = 0, []
        for _ in range(length):
            chance = self._chance(np.full(27, before), np.arange(27))
            letter = int(np.searchsorted(np.cumsum(chance), generator.random() * chance.sum()))
            before = (before * 27 + letter) % 27 ** max(self.order - 1, 0)
            written.append(LETTERS[letter])
        return "".join(written)

    def _chance(self, before: NDArray[np.int64], letter: NDArray[np.int64]) -> Array:
        """Return the chance of each letter after what is before it, both as numbers in base 27."""
        chance = np.full(letter.shape, 1 / 27)
        for length, (pieces, count) in enumerate(self.pieces, start=1):
            context = before % 27 ** (length - 1)
            # The pieces that begin with the context stand side by side in the sorted list.
            total = np.concatenate([[0], np.cumsum(count)])
            first, last = (np.searchsorted(pieces, context * 27 + end) for end in (0, 27))
            piece = context * 27 + letter
            place = np.minimum(np.searchsorted(pieces, piece), pieces.size - 1)
            seen = np.where(pieces[place] == piece, count[place], 0)
            chance = (seen + self.weight * chance) / (total[last] - total[first] + self.weight)
        return chance


def fit_letters(text: str, order: int, *, weight: float = 5.0) -> LetterModel:
    r"""Count the pieces of up to `order` letters in a text.

    Parameters
    ----------
    text : str
        Small letters from a to z, and spaces. It counts as if spaces stood before it.
    order : int
        The length of the longest pieces, 0 to 12.
    weight : float
        The chance of a letter is (count of the piece + weight * chance by shorter pieces) divided by
        (count of its beginning + weight), so that no letter is ever impossible.

    Returns
    -------
    LetterModel

    Raises
    ------
    ValueError
        If the text is empty or holds another character, `order` does not fit or `weight` is not above 0.

    See Also
    --------
    divergences.datasets.load_prose : a text to learn from.

    Examples
    --------
    >>> model = fit_letters("la la la ", 2)
    >>> model.surprise("la", base=2).round(2)
    array([0.95, 0.95])
    >>> model.write(12, rng=1)
    'lu ta laa la'
    """
    if not text or not 0 <= order <= 12 or not weight > 0:
        raise ValueError(
            f"the text has {len(text)} letters, order is {order}, weight {weight}; "
            "pass a text, an order of 0 to 12 and a weight above 0"
        )
    letter = _numbers(text)
    pieces = [np.unique(_endings(letter, length), return_counts=True) for length in range(1, order + 1)]
    return LetterModel(order, float(weight), tuple(pieces))


def _numbers(text: str) -> NDArray[np.int64]:
    """Turn letters into numbers: 0 for a space, 1 to 26 for a to z."""
    numbers = np.array([LETTERS.find(letter) for letter in text], dtype=np.int64)
    if (numbers < 0).any():
        raise ValueError(
            f"the text holds {text[int(np.argmin(numbers))]!r}; pass small letters and spaces only"
        )
    return numbers


def _endings(letter: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return for each letter the piece of that length which it ends, as a number in base 27."""
    padded = np.concatenate([np.zeros(max(length - 1, 0), dtype=np.int64), letter])
    piece = np.zeros(letter.size, dtype=np.int64)
    for place in range(length):
        piece = piece * 27 + padded[place : place + letter.size]
    return piece


__all__ = ["LETTERS", "LetterModel", "fit_letters"]
