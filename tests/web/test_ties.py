"""Find each number that a notebook prints within 1e-9 of a rounding tie, or as a zero that may get a sign.

The last bits of such a number decide its printed digits, and another processor computes them in another way.
Every notebook is run with its formatted numbers watched: in f-strings, `round` and tables. A number that
comes out otherwise when moved by a billionth is named with its cell.
"""

import ast
import contextlib
import io
import warnings
from fractions import Fraction
from numbers import Integral, Real
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import pytest

from divergences import tables

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted([*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("reference/*.ipynb")])
NEAR = 1e-9
NOISE = (1e-18, 1e-14)  # between these, what ought to be zero may lie on either side of it


def near_a_tie(number: float, written: str) -> bool:
    """Return whether a number comes out otherwise when moved by a billionth, be it only in its sign."""
    if not written or (not written[-1].isalpha() and written[-1] != "%"):
        return len(repr(number).strip("-0.").partition("e")[0].replace(".", "")) > 12
    moved = [number * (1 - NEAR), number * (1 + NEAR)]
    if NOISE[0] < abs(number) < NOISE[1] and written[-1] in "fF%":
        moved.append(-number)
    return any(format(other, written) != format(number, written) for other in moved)


class Watch(ast.NodeTransformer):
    """Let each formatted number pass through `_watched`."""

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.FormattedValue:
        """Take the format of one field of an f-string."""
        self.generic_visit(node)
        if node.format_spec and node.conversion == -1:
            arguments = [node.value, node.format_spec]
            node.value = ast.Call(ast.Name("_watched", ast.Load()), arguments, [])
            node.format_spec = None
        return node


def findings(path: Path) -> list[str]:
    """Run one notebook and return what is wrong with the numbers that it prints."""
    found: list[str] = []
    place = ""

    def watched(value: object, written: str) -> str:
        text = format(value, written)
        if isinstance(value, Real) and not isinstance(value, Integral | Fraction):
            number = float(value)
            if near_a_tie(number, written) or (text.strip(" -0.%") == "" and "-" in text):
                found.append(f"{place}: {number!r} is printed as {text.strip()} ({written})")
        return text

    def rounded(value: object, digits: int | None = None) -> object:
        if (
            isinstance(value, Real)
            and not isinstance(value, Integral)
            and near_a_tie(value, f"z.{digits or 0}f")
        ):
            found.append(f"{place}: {value!r} is rounded to {digits or 0} digits")
        return round(value, digits)  # type: ignore[call-overload]

    tables.format = watched  # type: ignore[attr-defined]
    names = {"__name__": "__main__", "_watched": watched, "round": rounded}
    notebook = nbformat.read(path, as_version=4)
    codes = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    with contextlib.chdir(path.parent), contextlib.redirect_stdout(io.StringIO()):
        for number, code in enumerate(codes, start=1):
            place = f"{path.stem}, code cell {number}"
            tree = ast.fix_missing_locations(Watch().visit(ast.parse(code)))
            exec(compile(tree, place, "exec"), names)
            plt.close("all")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_printed_number_lies_near_a_rounding_tie(path, monkeypatch):
    matplotlib.use("Agg")
    monkeypatch.setattr(tables, "format", format, raising=False)  # taken back at the end
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # there is no screen to show a figure on
            found = findings(path)
    except ModuleNotFoundError as missing:
        if missing.name != "torch":
            raise
        pytest.skip("PyTorch is not installed (make torch)")
    assert not found, "\n".join(["print one digit more or less:", *found])


def test_a_tie_is_found():
    assert near_a_tie(0.42499999999999993, ".2f")
    assert near_a_tie(0.3245, ".1%")
    assert near_a_tie(1e-17, ".3f")
    assert near_a_tie(0.1 + 0.2, "8")
    assert not near_a_tie(0.4251, ".2f")
    assert not near_a_tie(0.1, "8")
