"""Every number in the text of a notebook is one that its code holds or prints, or a hand calculation."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import nbformat
import numpy as np
import pytest

import divergences
from divergences.datasets import load_seattle_weather

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = {
    path.stem: path for folder in ("chapters", "reference") for path in (ROOT / folder).glob("*.ipynb")
}
BY_HAND = "tests/claims/hand_calculations.toml"
CALCULATIONS = tomllib.loads((ROOT / BY_HAND).read_text(encoding="utf-8"))
FORMULAS = {
    **{name: getattr(divergences, name) for name in divergences.__all__},
    **{"np": np, "log": np.log, "log2": np.log2, "exp": np.exp, "sqrt": np.sqrt},
    "weather": load_seattle_weather(),
}
# Two decimals or more. A minus that follows a letter, a digit or a bracket subtracts.
WRITTEN = re.compile(r"(?<![\w.,])((?<![\w)\]}] )(?<![\w)\]}])[-−])?(\d+\.\d{2,})(?![\w.]*\w)")
TOKEN = re.compile(r"(?<![\w.])[-−]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
UNSAID = re.compile(r"https?://\S+|10\.\d{4,}/\S+|\]\([^)]*\)|</?[a-z][\w-]*(?:\s[^<>]*)?>")


def text_of(notebook: nbformat.NotebookNode) -> str:
    """Return all that a notebook says in words: its Markdown, with its captions, and alternative texts."""
    texts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            texts.append(cell.source)
        texts.append(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))
    text = UNSAID.sub(" ", "\n".join(texts))
    return re.sub(r"(?<=\d)(?:\{,\}|\\,|,)(?=\d{3}\b)", "", text)  # 1{,}234.56


def numbers_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield each number with two decimals or more as the text writes it, and the words around it."""
    for found in WRITTEN.finditer(text):
        sign = "-" if found[1] else ""
        yield sign + found[2], text[max(0, found.start() - 40) : found.end() + 40].replace("\n", " ")


def numbers_of(notebook: nbformat.NotebookNode) -> set[tuple[Decimal, bool]]:
    """Return the numbers that the code holds (exact) and that it prints (rounded)."""
    numbers = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        printed = [output.get("text", "") for output in cell.outputs]
        printed += [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
        for text, exact in [(cell.source, True), *((text, False) for text in printed)]:
            for token in TOKEN.findall(text):
                numbers.add((Decimal(token.replace("−", "-").replace("_", "").rstrip(".")), exact))
    return numbers


def agrees(written: str, number: Decimal, *, exact: bool) -> bool:
    """Return whether a text may write a number so: rounded, and with no digit more than was printed."""
    claimed = Decimal(written)
    digits = -claimed.as_tuple().exponent
    if not exact and -number.as_tuple().exponent < digits:
        return False
    if claimed >= 0:  # "lower by 0.25" is as good as -0.25
        number = abs(number)
    return abs(claimed - number) <= Decimal(5).scaleb(-digits - 1)


def loose(stem: str, notebook: nbformat.NotebookNode) -> list[str]:
    """Return each number in the text that is bound to nothing, with the words around it."""
    bound = numbers_of(notebook)
    by_hand = CALCULATIONS.get(stem, {})
    return [
        f"{written} in «{words}»"
        for written, words in numbers_in(text_of(notebook))
        if not {written, "-" + written} & by_hand.keys()
        and not any(agrees(written, number, exact=exact) for number, exact in bound)
        and not ("%" in words and any(agrees(written, 100 * number, exact=exact) for number, exact in bound))
    ]


@pytest.mark.parametrize("stem", sorted(NOTEBOOKS))
def test_every_number_in_the_text_is_computed(stem):
    found = loose(stem, nbformat.read(NOTEBOOKS[stem], as_version=4))
    advice = f'print it, or add to {BY_HAND}, below ["{stem}"], a line like "0.875" = "2.625 - 1.75"'
    assert not found, "\n".join([f"{advice}:", *found])


@pytest.mark.parametrize(
    ("stem", "written"), [(stem, key) for stem in CALCULATIONS for key in CALCULATIONS[stem]]
)
def test_a_hand_calculation_is_right_and_stands_in_its_text(stem, written):
    value = float(eval(CALCULATIONS[stem][written], FORMULAS))
    digits = len(written.partition(".")[2])
    assert abs(value - float(written)) <= 0.5 * 10**-digits * (1 + 1e-9), f"it is {value!r}"
    text = text_of(nbformat.read(NOTEBOOKS[stem], as_version=4))
    numbers = {number for number, _ in numbers_in(text)}
    assert {written, written.removeprefix("-")} & numbers, (
        f"{written} is not in the text: take it out of {BY_HAND}"
    )


def test_a_slip_in_a_number_is_found():
    cells = [
        nbformat.v4.new_markdown_cell(
            "It is 0.89, not −0.25; $1-0.31$, 1{,}234.56, in all 12.35 %, [a](b2.71), Python 3.11.7."
        ),
        nbformat.v4.new_code_cell(
            "x = 0.31\nprint(y)",
            outputs=[nbformat.v4.new_output("stream", text="0.8896 -0.250\n1234.56 0.12346\n")],
        ),
    ]
    assert loose("none", nbformat.v4.new_notebook(cells=cells)) == []
    for right, wrong in [("0.89", "0.98"), ("−0.25", "−0.26"), ("0.31", "0.310001"), ("12.35", "12.36")]:
        slipped = [nbformat.v4.new_markdown_cell(cells[0].source.replace(right, wrong)), cells[1]]
        assert len(loose("none", nbformat.v4.new_notebook(cells=slipped))) == 1, wrong


@pytest.mark.parametrize("stem", sorted(NOTEBOOKS))
def test_no_output_prints_a_zero_with_a_sign_or_all_the_digits_of_a_float(stem):
    # Its sign, and its last digits, are those of one processor.
    for cell in nbformat.read(NOTEBOOKS[stem], as_version=4).cells:
        for output in cell.get("outputs", []):
            text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
            assert not re.search(r"(?<![\w.])-0(?:\.0*)?(?![\w.])", text), text
            assert not re.search(r"\d\.\d{13,}", text), text
