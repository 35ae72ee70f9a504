"""The main chapters as a first text: short, with little code, and with every term linked at its first use."""

from __future__ import annotations

import ast
import json
import re
from copy import copy
from functools import cache

import pytest
from bs4 import BeautifulSoup, Tag
from built import BOOK, MARKS, ROOT

WORDS, CELLS, LINES, DEFINITIONS = 2300, 8, 10, 6
WIDEST_CODE, WIDEST_OUTPUT = 60, 44
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("0[1-7]_*.ipynb"))
WITHOUT_DEFINITIONS = {"06_side_by_side", "07_as_a_loss"}
DEFINES_LOSSES = {"07_as_a_loss"}  # a loss is a function: they are what that chapter is about
# Words of the glossary that a reader of English knows well enough where the book uses them in passing.
EVERYDAY = {
    "bit", "channel", "density", "divergence", "dual", "expectation", "gradient", "independent", "marginal",
    "metric", "mixture", "odds", "potential", "reliability", "resolution", "singular", "support", "surprise",
    "temperature", "uncertainty",
}  # fmt: skip

pytestmark = [MARKS[1], pytest.mark.parametrize("chapter", CHAPTERS)]


@cache
def first_seen(chapter: str) -> Tag:
    """Read the text of a chapter without what is folded, spoken, or said by a sign."""
    page = (BOOK / "chapters" / f"{chapter}.html").read_text(encoding="utf-8")
    article = BeautifulSoup(page, "html.parser").select_one("article")
    for part in article.select("details, script, style, .spoken, svg, a.headerlink, .claim-mark"):
        part.decompose()
    return article


def unfolded(chapter: str) -> Tag:
    """Return a copy of the text of a chapter as it is first seen, to take more out of it."""
    return copy(first_seen(chapter))


def visible_cells(chapter: str) -> list[str]:
    return [cell.get_text() for cell in unfolded(chapter).select("div.cell_input pre")]


def test_the_unfolded_text_is_short(chapter):
    article = unfolded(chapter)
    for part in article.select("div.cell_input, div.output, .section-number, .caption-number"):
        part.decompose()
    for formula in article.select(".math"):
        formula.replace_with(" formula ")
    words = [word for word in article.get_text(" ").split() if re.search(r"\w", word)]
    assert len(words) <= WORDS, f"{chapter} has {len(words)} words; move what a first reader can do without"


def test_the_visible_code_is_short(chapter):
    cells = visible_cells(chapter)
    assert len(cells) <= CELLS, f"{chapter} shows {len(cells)} cells of code; hide or move some"
    for cell in cells:
        lines = cell.strip().splitlines()
        assert len(lines) <= LINES, f"{chapter}, a cell of {len(lines)} lines:\n{cell}"
        wide = [line for line in lines if len(line) > WIDEST_CODE]
        assert not wide, f"{chapter}: wider than a phone shows:\n" + "\n".join(wide)


def test_no_visible_cell_defines_a_function(chapter):
    for cell in visible_cells(chapter):
        kinds = (ast.FunctionDef, ast.Lambda, ast.ClassDef)
        defines = any(isinstance(node, kinds) for node in ast.walk(ast.parse(cell)))
        assert not defines or chapter in DEFINES_LOSSES, f"{chapter}:\n{cell}"


def test_printed_lines_fit_a_phone(chapter):
    for output in unfolded(chapter).select("div.output pre"):
        wide = [line for line in output.get_text().splitlines() if len(line) > WIDEST_OUTPUT]
        assert not wide, f"{chapter}: wider than a phone shows:\n" + "\n".join(wide)


def test_few_formal_definitions(chapter):
    definitions = unfolded(chapter).select("div.definition")
    assert 1 <= len(definitions) <= DEFINITIONS or chapter in WITHOUT_DEFINITIONS, len(definitions)


def test_one_sentence_to_remember(chapter):
    titles = [title.get_text() for title in unfolded(chapter).select(".admonition-title")]
    assert titles.count("If you remember one thing") == 1


@cache
def entries() -> list[list[str]]:
    """List the entries of the glossary, each with all its names."""
    glossary = BeautifulSoup((BOOK / "reference/glossary.html").read_text(encoding="utf-8"), "html.parser")
    found: list[list[str]] = []
    for name in glossary.select("dl.glossary > dt"):
        if name.find_previous_sibling() is None or name.find_previous_sibling().name == "dd":
            found.append([])
        found[-1].append("".join(part for part in name.strings if part.parent.name != "a").strip())
    return found


def prose(article: Tag) -> list[tuple[str, str]]:
    """List the pieces of running text with the address that each links to, if it does."""
    pieces = []
    for text in article.find_all(string=True):
        above = {parent.name for parent in text.parents}
        titled = text.find_parent(class_="admonition-title")
        if above & {"h1", "h2", "h3", "code", "pre", "figcaption", "th"} or titled is not None:
            continue
        link = text.find_parent("a")
        pieces.append((str(text), "" if link is None else link.get("href", "")))
    return pieces


def test_each_term_of_the_glossary_is_linked_where_it_first_occurs(chapter):
    article = unfolded(chapter)
    for box in article.select(".minute, .can"):
        box.decompose()
    pieces, unlinked = prose(article), []
    for names in entries():
        words = "|".join(re.escape(name) for name in names if name not in EVERYDAY)
        word = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)
        longer = [other for group in entries() for other in group if group is not names]
        longer = [other for other in longer if any(name in other and name != other for name in names)]
        mask = re.compile("|".join(map(re.escape, longer)) or r"(?!)", re.IGNORECASE)
        first = next((link for text, link in pieces if words and word.search(mask.sub("", text))), None)
        # A link to another page that explains the word does as well.
        if first == "":
            unlinked.append(names[0])
    assert not unlinked, f"{chapter}: link to the glossary at the first use: {', '.join(unlinked)}"


@cache
def symbols() -> list[tuple[str, int]]:
    """List the symbols of the notation that cannot be taken for another one, with their chapters."""
    found = []
    for row in (ROOT / "reference" / "notation.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in row.strip().strip("|").split(" | ")]
        if len(cells) < 5 or not cells[3].isdigit() or "elsewhere" in cells[1]:
            continue
        signs = (plain_tex(sign) for sign in re.findall(r"\$(.+?)\$", cells[0]))
        found += [(sign, int(cells[3])) for sign in signs if len(sign) > 3]
    return found


def plain_tex(tex: str) -> str:
    return tex.replace(r"\Vert", r"\|").replace(r"\,", "").replace(" ", "")


def test_no_symbol_stands_before_the_chapter_that_introduces_it(chapter):
    cells = json.loads((ROOT / "chapters" / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    text = re.sub(r"(?s)<details.*?</details>", "", text)
    formulas = plain_tex(" ".join(re.findall(r"\$\$?(.+?)\$\$?", text, re.DOTALL)))
    early = [sign for sign, number in symbols() if number > int(chapter[:2]) and sign in formulas]
    assert not early, (
        f"{chapter} uses {', '.join(early)}; explain it here, and say so in reference/notation.md"
    )
    assert len(symbols()) > 25
