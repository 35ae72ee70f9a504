"""Find each number that a notebook prints within 1e-9 of a rounding tie, or as a zero that may get a sign.

The last bits of such a number decide its printed digits, and another processor computes them in another way.
`start` runs in the kernel of a notebook under test: from then on a number that its code formats, in
f-strings, `round` and tables, stops the cell if it comes out otherwise when moved by a billionth.
"""

import ast
from fractions import Fraction
from numbers import Integral, Real

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


def watched(value: object, written: str) -> str:
    """Format a value as `format` does."""
    text = format(value, written)
    if isinstance(value, Real) and not isinstance(value, Integral | Fraction):
        number = float(value)
        if near_a_tie(number, written) or (text.strip(" -0.%") == "" and "-" in text):
            raise AssertionError(
                f"print one digit more or less: {number!r} is printed as {text.strip()} ({written})"
            )
    return text


def rounded(value: object, digits: int | None = None) -> object:
    """Round a value as `round` does."""
    number = isinstance(value, Real) and not isinstance(value, Integral)
    if number and near_a_tie(value, f"z.{digits or 0}f"):
        raise AssertionError(f"round to one digit more or less: {value!r} is rounded to {digits or 0} digits")
    return round(value, digits)  # type: ignore[call-overload]


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


def start() -> None:
    """Watch all cells that run from now on."""
    from IPython import get_ipython

    from divergences import tables

    tables.format = watched  # type: ignore[attr-defined]
    shell = get_ipython()
    shell.ast_transformers.append(Watch())
    shell.user_ns.update(_watched=watched, round=rounded)
