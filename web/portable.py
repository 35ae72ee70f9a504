"""Read notebooks whose Markdown every Jupyter can show.

JupyterLab, VS Code, Colab, GitHub and nbviewer know Markdown and a little HTML, but none of the directives
that the book is built from. So the notebooks hold what all of them show: boxes are `<blockquote>`, folds
are `<details>`, references are links, captions are cells. Here each becomes the directive or the role
that the book needs, before anything else reads the notebook; what cannot be translated is an error that
names the cell. CONTRIBUTING.md shows how to write each form.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sphinx.errors import ExtensionError

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# Boxes that carry a number, and those that only stand out.
NUMBERED = (
    *("algorithm", "assumption", "axiom", "conjecture", "corollary", "criterion", "definition", "example"),
    *("lemma", "observation", "property", "proposition", "remark", "theorem"),
)
BOXES = ("can", "deeper", "minute", "predict", "stumbling")
FOLDS = ("answer", "proof", "solution", *BOXES)

# A code cell with this tag belongs to the solution around it; Jupyter shows it closed.
SOLUTION = "solution"
CLOSED = {"jupyter": {"outputs_hidden": True, "source_hidden": True}, "cellView": "form"}

GLOSSARY = "reference/glossary.md"
SOURCES = "references.bib"

_OPENS = re.compile(r"<(blockquote|details)\b([^>]*)>")
_CLOSES = re.compile(r"</(blockquote|details)>")
_ATTRIBUTE = re.compile(r'\s*(class|id)="([\w-]+)"')
_TITLE = re.compile(r"\*\*(\w+)\*\*(?: \((.+)\))?")
_ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')
_CAPTION = re.compile(r'<a id="(fig-[\w-]+)"></a>\s*\*\*Figure\.\*\*\s+(.+)', re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,}|:{3,})(.*)")
_FORMULA = r"(?<!\\)\$\$.+?\$\$|(?<![\\$])\$(?:[^$\n]|\n(?!\s*\n))+\$"
_TEXT = rf"(?:\\.|{_FORMULA}|`[^`]+`|\[[^\[\]]*\]|[^\[\]\\`$])+?"
_INLINE = re.compile(
    rf"(?P<skip>^ {{0,3}}(?P<fence>`{{3,}}|~{{3,}})[^\n]*\n.*?^ {{0,3}}(?P=fence)[`~]*[ ]*$"
    rf"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)|\\[\[\]$]|{_FORMULA})"
    rf"|(?<!!)\[(?P<text>{_TEXT})\]\((?P<target>[^()\s]+)\)",
    re.DOTALL | re.MULTILINE,
)
# What the book says with a number: "the figure", "Proposition “Gibbs' inequality”".
_COUNTED = re.compile(r"(?:the )?(\w+)(?: “(.*)”)?", re.IGNORECASE | re.DOTALL)


class FormError(ExtensionError):
    """A piece of a notebook that the book cannot read."""


@dataclass(frozen=True)
class Target:
    """What a link can lead to: a section, a box, a figure or a formula, and the file that holds it."""

    kind: str
    file: str
    title: str = ""


@dataclass
class Book:
    """The labels, the terms and the titles of all pages, for the references between them."""

    root: Path
    files: list[Path]
    _pages: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, root: Path) -> Book:
        """Find the pages below `root`."""
        found = [*root.glob("*.md"), *root.glob("chapters/*.ipynb"), *root.glob("reference/*.*")]
        return cls(root, sorted(file for file in found if file.suffix in {".md", ".ipynb"}))

    @cached_property
    def targets(self) -> dict[str, Target]:
        """The target of each label."""
        found: dict[str, Target] = {}
        for file in self.files:
            name = file.relative_to(self.root).as_posix()
            for label, kind, title in _targets(file):
                found.setdefault(label, Target(kind, name, title))
        return found

    @cached_property
    def terms(self) -> dict[str, str]:
        """The glossary's terms by what a link writes after its number sign."""
        text = (self.root / GLOSSARY).read_text(encoding="utf-8")
        block = re.search(r"^```\{glossary\}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        lines = block.group(1).splitlines() if block else []
        terms = [line.split(" : ")[0].strip() for line in lines if re.match(r"[^\s:]", line)]
        return {slug(term): term for term in terms}

    def title(self, file: str) -> str:
        """Return the title of a page."""
        if file not in self._pages:
            self._pages[file] = title_of(texts_of(self.root / file))
        return self._pages[file]


def slug(term: str) -> str:
    """Write a term as the end of a link."""
    return re.sub(r"[^\w]+", "-", term.lower()).strip("-")


def _targets(file: Path) -> Iterator[tuple[str, str, str]]:
    """Yield label, kind and title of all that a page labels."""
    for cell in cells_of(file) if file.suffix == ".ipynb" else []:
        figure = cell.get("metadata", {}).get("mystnb", {}).get("figure", {})
        if "name" in figure:
            yield figure["name"], "figure", ""
    for _, text in texts_of(file):
        for label, title in re.findall(r"^\(([\w-]+)\)=\s*\n(?:\s*#+ +([^\n]+))?", text, re.MULTILINE):
            yield label, "section", title.strip()
        for kind, title, label in re.findall(
            r"^[`:]{3,}\{(?:prf:)?([\w-]+)\} *([^\n]*)\n:label: *(\S+)", text, re.MULTILINE
        ):
            yield label, kind.removesuffix("-start"), title.strip()
        for label in re.findall(r"\$\$ \(([\w-]+)\)", text):
            yield label, "equation", ""


def cells_of(file: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook with directives for boxes, folds and captions."""
    return translate(json.loads(file.read_text(encoding="utf-8")), file.name)["cells"]


def texts_of(file: Path) -> list[tuple[str, str]]:
    """Return the texts of a page in directives, each with its place: cells of a notebook, or a whole file."""
    if file.suffix != ".ipynb":
        return [(file.suffix, file.read_text(encoding="utf-8"))]
    cells = enumerate(cells_of(file), 1)
    return [(f".ipynb, cell {n}", cell["source"]) for n, cell in cells if cell["cell_type"] == "markdown"]


def title_of(texts: list[tuple[str, str]]) -> str:
    """Return the title of a page, given its texts; nothing if it has none."""
    found = re.search(r"^# +(.+)$", "\n".join(text for _, text in texts), re.MULTILINE)
    return found.group(1).strip() if found else ""


def translate(
    notebook: dict[str, Any], name: str, book: Book | None = None, file: str = ""
) -> dict[str, Any]:
    """Write a notebook anew in directives.

    Parameters
    ----------
    notebook : dict
        As its JSON says.
    name : str
        What an error calls the notebook.
    book : Book, optional
        Knows what the references lead to; without it they stay as they are.
    file : str
        The notebook's path from the book's root.

    Raises
    ------
    FormError
        If a box is unknown or not closed, or if a reference leads nowhere.
    """
    cells = []
    for number, cell in enumerate(notebook["cells"], 1):
        source = "".join(cell["source"])
        metadata = dict(cell.get("metadata", {}))
        where = f"{name}, cell {number}"
        cells.append({**cell, "source": source, "metadata": metadata, "where": where})
    _join_captions(cells)
    if book is not None:
        for cell in cells:
            figure = cell.get("metadata", {}).get("mystnb", {}).get("figure", {})
            if cell["cell_type"] == "markdown":
                cell["source"] = references(cell["source"], book, file, cell["where"])
            elif "caption" in figure:
                figure["caption"] = references(figure["caption"], book, file, cell["where"])
    _Boxes(cells).translate()
    for cell in cells:
        del cell["where"]
    return {**notebook, "cells": cells}


def is_solution(cell: dict[str, Any]) -> bool:
    """Return whether a code cell belongs to a solution."""
    return cell["cell_type"] == "code" and SOLUTION in cell["metadata"].get("tags", [])


def _join_captions(cells: list[dict[str, Any]]) -> None:
    """Hand each caption to the figure above it. The emptied cell stays, so that cells keep their numbers."""
    for before, cell in zip([None, *cells], cells, strict=False):
        if cell["cell_type"] != "markdown":
            continue
        match = _CAPTION.fullmatch(cell["source"].strip())
        if match is None:
            if 'id="fig-' in cell["source"]:
                raise FormError(
                    f"{cell['where']}: a caption is a cell of its own, "
                    '<a id="fig-…"></a>**Figure.** and the text, nothing else'
                )
            continue
        if before is None or before["cell_type"] != "code":
            raise FormError(f"{cell['where']}: the caption {match[1]} does not follow the cell that draws it")
        shown = before["metadata"].get("mystnb", {})
        if "figure" in shown:
            raise FormError(f"{before['where']}: the figure {match[1]} has a caption also in its metadata")
        figure = {"caption": " ".join(match[2].split()), "name": match[1]}
        before["metadata"]["mystnb"] = {"figure": figure, **shown}
        cell["source"] = ""


@dataclass
class _Open:
    """A box or fold whose end has not come yet."""

    tag: str
    kind: str
    head: list[str]
    line: int
    body: list[str] = field(default_factory=list)


class _Boxes:
    """The boxes and folds of one notebook, translated cell by cell."""

    def __init__(self, cells: list[dict[str, Any]]) -> None:
        self.cells = cells
        self.exercise = ""
        self.in_solution = False

    def translate(self) -> None:
        """Translate all Markdown cells in place."""
        for number, cell in enumerate(self.cells):
            after = self.cells[number + 1 :]
            # An emptied caption stands between a figure and what follows.
            code_follows = next(
                (is_solution(c) for c in after if c["source"] or c["cell_type"] == "code"), False
            )
            if cell["cell_type"] == "markdown" and cell["source"]:
                cell["source"] = self.cell(cell["source"], cell["where"], code_follows)
            elif is_solution(cell):
                if not self.in_solution:
                    raise FormError(
                        f"{cell['where']}: the tag {SOLUTION!r} belongs to code below "
                        '<details class="solution"> at the end of a cell'
                    )
                cell["metadata"] = {
                    key: [tag for tag in value if tag != SOLUTION] if key == "tags" else value
                    for key, value in cell["metadata"].items()
                    if key not in CLOSED
                }
            elif cell["cell_type"] == "code" and self.in_solution:
                raise FormError(
                    f"{cell['where']}: the solution above this code cell does not end; "
                    f"give the cell the tag {SOLUTION!r}, or put text between them"
                )
        if self.in_solution:
            self.cells.append(
                {"cell_type": "markdown", "id": "end", "metadata": {}, "source": _END, "where": ""}
            )

    def cell(self, text: str, where: str, code_follows: bool) -> str:
        """Translate one Markdown cell."""
        begun = self.in_solution
        lines = text.split("\n")
        last = max((n for n, line in enumerate(lines) if line.strip()), default=0)
        goes_on = begun and lines[0].startswith('<details class="solution">')
        out: list[str] = []
        if begun and not goes_on:
            out += [_END, ""]
            self.in_solution = False
        stack: list[_Open] = []
        fence = ""
        formula_label, dollars = "", 0
        number = 0
        while number < len(lines):
            line = lines[number]
            number += 1
            target = stack[-1].body if stack else out
            mark = _FENCE.match(line)
            if fence:
                if mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence) and not mark[2].strip():
                    fence = ""
                target.append(line)
            elif mark and "`" not in mark[2]:
                fence = mark[1]
                target.append(line)
            elif match := _OPENS.match(line):
                if line[match.end() :].strip():
                    raise FormError(f"{where}, line {number}: {match[0]} stands alone on its line")
                box, number = self.open(match, lines, number, where)
                stack.append(box)
            elif match := _CLOSES.match(line.strip()):
                if not stack or stack[-1].tag != match[1]:
                    raise FormError(f"{where}, line {number}: {match[0]} closes nothing")
                _insist_on_empty_line(lines, number, where, match[0])
                box = stack.pop()
                target = stack[-1].body if stack else out
                if box.kind != SOLUTION or stack:
                    target += _directive(box)
                    continue
                continues = goes_on and not out
                begins = code_follows and number > last
                if continues:
                    target += box.body
                elif begins:
                    target += [f"```{{solution-start}} {self.exercise}", ":class: dropdown", "```", *box.body]
                else:
                    target += _directive(box)
                if continues and not begins:
                    target += ["", _END]
                self.in_solution = begins
            elif (match := _ANCHOR.fullmatch(line.strip())) and match[1].startswith("eq-"):
                formula_label, dollars = match[1], 0
                target.append("")
            elif match:
                target.append(f"({match[1]})=")
            elif formula_label and "$$" in line:
                dollars += line.count("$$")
                target.append(f"{line.rstrip()} ({formula_label})" if dollars == 2 else line)
                formula_label = formula_label if dollars < 2 else ""
            else:
                target.append(line)
        if stack:
            box = stack[-1]
            raise FormError(f'{where}, line {box.line}: <{box.tag} class="{box.kind}"> has no </{box.tag}>')
        if formula_label:
            raise FormError(f"{where}: no formula between $$ and $$ follows the label {formula_label}")
        return "\n".join(out)

    def open(self, match: re.Match[str], lines: list[str], number: int, where: str) -> tuple[_Open, int]:
        """Read the first lines of a box; return it, and the number of the line after them."""
        tag, place = match[1], f"{where}, line {number}"
        given = dict(_ATTRIBUTE.findall(match[2]))
        kind = given.get("class", "")
        if _ATTRIBUTE.sub("", match[2]).strip() or not kind:
            raise FormError(f'{place}: write <{tag} class="…"> or <{tag} class="…" id="…">, not {match[0]}')
        known = FOLDS if tag == "details" else (*NUMBERED, *BOXES, "exercise")
        if kind not in known:
            raise FormError(f'{place}: <{tag} class="{kind}"> is unknown; known are {", ".join(known)}')
        if tag == "details":
            summary = re.fullmatch(
                r"<summary>(.+)</summary>", lines[number].strip() if number < len(lines) else ""
            )
            if summary is None:
                raise FormError(f"{place}: a line <summary>…</summary> must follow {match[0]}")
            if number + 1 < len(lines) and lines[number + 1] != "</details>":
                _insist_on_empty_line(lines, number + 1, where, "<summary>")
            title = summary[1]
            if kind == SOLUTION:
                if not self.exercise:
                    raise FormError(f"{place}: a solution without an exercise above it")
                head = [f"{{solution}} {self.exercise}", ":class: dropdown"]
            else:
                folded = "dropdown" if kind == "proof" else f"dropdown {kind}"
                head = [f"{{admonition}} {title}", f":class: {folded}"]
            return _Open(tag, kind, head, number), number + 1
        _insist_on_empty_line(lines, number, where, match[0])
        opened = number
        while number < len(lines) and not lines[number].strip():
            number += 1
        line = lines[number].strip() if number < len(lines) else ""
        if kind in BOXES:
            title = re.fullmatch(r"\*\*(.+)\*\*", line)
            if title is None:
                raise FormError(f"{place}: the title **…** must follow {match[0]}")
            return _Open(tag, kind, [f"{{admonition}} {title[1]}", f":class: {kind}"], opened), number + 1
        title = _TITLE.fullmatch(line)
        if title is None or title[1].lower() != kind:
            raise FormError(
                f"{place}: **{kind.capitalize()}** or **{kind.capitalize()}** (title) must follow"
            )
        if kind == "exercise":
            self.exercise = given.get("id", "")
            if not self.exercise:
                raise FormError(f'{place}: give the exercise a label, id="ex-…"')
        name = kind if kind == "exercise" else f"prf:{kind}"
        head = [f"{{{name}}} {title[2] or ''}".rstrip()]
        head += [f":label: {given['id']}"] if "id" in given else []
        return _Open(tag, kind, head, opened), number + 1


def _insist_on_empty_line(lines: list[str], number: int, where: str, tag: str) -> None:
    """Refuse a tag without an empty line below: Jupyter would show the Markdown there as it is written."""
    if number < len(lines) and lines[number].strip():
        raise FormError(f"{where}, line {number}: an empty line must follow {tag}")


_END = "```{solution-end}\n```"


def _directive(box: _Open) -> list[str]:
    """Write a box as a directive, fenced by more backticks than anything in it."""
    inner = [len(match[1]) for line in box.body if (match := _FENCE.match(line))]
    fence = "`" * max(2, *inner, 2) + "`"
    return [
        fence + box.head[0],
        *box.head[1:],
        *([""] if not box.body or box.body[0].strip() else []),
        *box.body,
        fence,
    ]


def references(text: str, book: Book, file: str, where: str) -> str:
    """Turn the links that lead to places in the book into roles; leave all others alone."""

    def role(match: re.Match[str]) -> str:
        if match["skip"]:
            return match[0]
        path, _, label = match["target"].partition("#")
        if re.match(r"[a-z]+:", path) or (
            path and PurePosixPath(path).suffix not in {".ipynb", ".md", ".bib"}
        ):
            return match[0]
        try:
            return _role(" ".join(match["text"].split()), path, label, book, file)
        except FormError as error:
            line = text.count("\n", 0, match.start()) + 1
            raise FormError(f"{where}, line {line}: {match[0]}: {error}") from None

    return _INLINE.sub(role, text)


def _role(text: str, path: str, label: str, book: Book, file: str) -> str:
    """Write one reference as a role."""
    folder = os.path.dirname(file)
    page = os.path.normpath(os.path.join(folder, path)) if path else file
    if page == SOURCES:
        return f"{{cite}}`{label}`" if text.startswith("(") else f"{{cite:t}}`{label}`"
    if page == GLOSSARY and label and label not in book.targets:
        if label not in book.terms:
            raise FormError(f"the glossary has no term {label!r}")
        term = book.terms[label]
        return f"{{term}}`{term}`" if text == term else _titled("term", text, term)
    if not label:
        name = PurePosixPath(os.path.relpath(page, folder or ".")).with_suffix("").as_posix()
        if not (book.root / page).is_file():
            raise FormError(f"there is no file {page}")
        return f"{{doc}}`{name}`" if text == book.title(page) else _titled("doc", text, name)
    target = book.targets.get(label)
    if target is None:
        raise FormError(f"nothing is labelled {label}")
    if target.file != page:
        raise FormError(f"{label} is in {os.path.relpath(target.file, folder or '.')}")
    name = {"section": "ref", "exercise": "ref", "figure": "numref", "equation": "eq"}.get(
        target.kind, "prf:ref"
    )
    if target.kind == "section":
        return f"{{ref}}`{label}`" if text == target.title else _titled("ref", text, label)
    counted = _COUNTED.fullmatch(text)
    if counted and counted[1].lower() == target.kind:
        if counted[2] is not None and counted[2] != target.title:
            raise FormError(f"the title of {label} is “{target.title}”")
        return f"{{{name}}}`{label}`"
    if target.kind == "equation":
        raise FormError("write “the equation”; the book shows its number")
    return _titled(name, text, label)


def _titled(role: str, text: str, label: str) -> str:
    """Write a role that shows a text of its own."""
    if re.search(r"[$`*<>]", text):
        raise FormError("a reference is plain words, without formula, code or emphasis")
    return f"{{{role}}}`{text} <{label}>`"


def translate_source(app: Sphinx, docname: str, source: list[str]) -> None:
    """Hand Sphinx a notebook in directives."""
    file = Path(app.env.doc2path(docname))
    if file.suffix == ".ipynb":
        book = getattr(app, "portable_book", None) or Book.at(Path(app.srcdir))
        app.portable_book = book  # type: ignore[attr-defined]
        name = file.relative_to(app.srcdir).as_posix()
        source[0] = json.dumps(translate(json.loads(source[0]), name, book, name))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", translate_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
