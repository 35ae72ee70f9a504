"""Aligned tables of numbers for the chapters, so that no cell has to count columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any


def print_table(
    columns: Mapping[str, Sequence[Any]], formats: str | Mapping[str, str] = ".2f", *, gap: int = 2
) -> None:
    """Print named columns side by side: words to the left, numbers to the right.

    Parameters
    ----------
    columns : mapping of str to sequence
        The entries of each column below its name; all columns have the same length.
    formats : str or mapping of str to str
        The format of the numbers that are no integers, for all columns or by the name of the column;
        columns that a mapping does not name have two decimals.
    gap : int
        How many spaces part two columns.

    Raises
    ------
    ValueError
        If the columns have different lengths.

    Examples
    --------
    >>> print_table({"weather": ["sun", "snow"], "days": [5, 12], "bits": [0.4508, float("inf")]})
    weather  days  bits
    sun         5  0.45
    snow       12     ∞
    """
    lengths = {name: len(entries) for name, entries in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"the columns have different lengths, {lengths}; give each row an entry in each column"
        )
    drawn = []
    for name, entries in columns.items():
        written = formats if isinstance(formats, str) else formats.get(name, ".2f")
        words = any(not isinstance(entry, Real) for entry in entries)
        cells = [name, *(_written(entry, written) for entry in entries)]
        width = max(map(len, cells))
        drawn.append([cell.ljust(width) if words else cell.rjust(width) for cell in cells])
    for row in zip(*drawn, strict=True):
        print((" " * gap).join(row).rstrip())


def _written(entry: Any, written: str) -> str:
    """Write one entry; a zero has no sign, and infinity is a symbol."""
    if isinstance(entry, Integral) or not isinstance(entry, Real):
        return str(entry)
    number = float(entry)
    if number in (float("inf"), float("-inf")):
        return "∞" if number > 0 else "-∞"
    return format(number, "z" + written if written[-1] in "fFeEgG%" else written)


__all__ = ["print_table"]
