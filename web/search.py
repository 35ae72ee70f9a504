"""The index that the search of the site asks: sections, boxes, terms, functions and readers' questions.

What Sphinx reads of a page is kept with the page, so that a change of one page costs nothing for the others.
MiniSearch, which answers in the reader's browser, makes the index here, inside Python.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from . import numbers

STATIC = Path(__file__).resolve().parent / "theme" / "static" / "search"
INDEX = "_static/search/index.js"

# So many characters of a text come with the index, for excerpts; all of its words can be found.
SHOWN = 150

# What is drawn or typed rather than said.
SILENT = (
    nodes.literal_block,
    nodes.math_block,
    nodes.comment,
    nodes.raw,
    nodes.image,
    nodes.target,
    nodes.footnote,
)
# TeX in a running text, as plain text can show it.
SIGNS = {
    r"\\(?:mathrm|mathbb|mathcal|mathbf|operatorname|text|boldsymbol|bigl?|bigr?|left|right|[,;!: ])": "",
    r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}": r"\1/\2",
    r"\\[td]?frac ?(\d)(\d)": r"\1/\2",
    r"\\\|": "‖", r"\\leq?\b": "≤", r"\\geq?\b": "≥", r"\\infty": "∞", r"\\sum": "Σ", r"\\int": "∫",
    r"\\(?:var)?epsilon": "ε", r"\\gamma": "γ", r"\\lambda": "λ", r"\\mu": "μ", r"\\sigma": "σ", r"\\pi": "π",
    r"\\(?:cdot|times)": "·", r"\\to": "→", r"\\sqrt": "√", r"\\ne\b": "≠", r"\\(log|exp|min|max)": r"\1",
    r"\\[a-zA-Z]+|[{}\\]": "",
}  # fmt: skip


@dataclass
class Entry:
    """A place that a search can lead to."""

    place: str
    title: str
    kind: str
    above: tuple[str, ...] = ()
    text: str = ""
    type: str = ""  # of a box: Proposition, Definition …
    label: str = ""  # of the section that answers a question: the place is looked up when all pages are read


def plain(node: nodes.Node) -> str:
    """Return the text of a node as it can stand in a list of results."""
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, SILENT):
        return ""
    if isinstance(node, nodes.math):
        text = node.astext()
        for tex, sign in SIGNS.items():
            text = re.sub(tex, sign, text)
        return " ".join(text.split())
    if (
        isinstance(node, addnodes.pending_xref)
        and not node.get("refexplicit")
        and node.get("reftype") != "term"
    ):
        # Not yet resolved, it shows a label, which is no text; but the name of a function is one.
        return node.astext() if node.get("refdomain") == "py" else ""
    return "".join(map(plain, node.children))


def tidy(*parts: str) -> str:
    """Join texts with single spaces, and none before a punctuation mark."""
    return re.sub(r" +(?=[.,;:)])|(?<=\() +", "", " ".join(" ".join(parts).split()))


class Collector:
    """Collects the entries of one page."""

    def __init__(self, kind: str, doctree: nodes.document) -> None:
        """Walk through a page that Sphinx has read."""
        self.kind = kind
        self.entries: list[Entry] = []
        self.walk(doctree, Entry("", "", kind))

    def add(self, place: str, title: str, kind: str, above: tuple[str, ...]) -> Entry:
        """Begin an entry."""
        entry = Entry(place, tidy(title), kind, above)
        self.entries.append(entry)
        return entry

    def walk(self, node: nodes.Element, into: Entry) -> None:
        """Give the text below a node to an entry, and begin others where others begin."""
        above = (*into.above, into.title) if into.title else into.above
        for child in node.children:
            if isinstance(child, nodes.section) and child["ids"] and isinstance(child[0], nodes.title):
                # A label of the author's outlives a change of the title.
                place = max(child["ids"], key=lambda name: name.startswith("sec-")) if above else ""
                self.walk_rest(child, self.add(place, plain(child[0]), self.kind, above))
            elif isinstance(child, nodes.Element) and child.get("label") and "realtype" in child:
                name = tidy(plain(child[0])).strip("() ") or child["realtype"].capitalize()
                entry = self.add(child["label"], name, "box", above)
                entry.type = child["realtype"].capitalize()
                self.walk_rest(child, entry)
            elif isinstance(child, addnodes.glossary):
                for item in child.findall(nodes.definition_list_item):
                    terms = list(item.findall(nodes.term))
                    names = ", ".join(term.astext() for term in terms)
                    self.walk(item[-1], self.add(terms[0]["ids"][0], names, "term", above))
            elif isinstance(child, addnodes.desc):
                signature = child[0]
                if signature.get("ids"):
                    entry = self.add(signature["ids"][0], signature.get("fullname", ""), "function", above)
                    self.walk(child[-1], entry)
            elif isinstance(child, nodes.row) and (questions := self.questions(child, above)):
                self.entries += questions
            elif isinstance(child, SILENT):
                continue
            elif isinstance(child, nodes.TextElement):
                into.text = tidy(into.text, plain(child))
            elif isinstance(child, nodes.Element):
                self.walk(child, into)

    def walk_rest(self, node: nodes.Element, into: Entry) -> None:
        """Walk through all that follows a title."""
        rest = nodes.container()
        rest.children = node.children[1:]
        self.walk(rest, into)

    def questions(self, row: nodes.row, above: tuple[str, ...]) -> list[Entry]:
        """Read a row of a table that says where questions are answered."""
        asked = re.findall(r"[^?]+\?", tidy(plain(row[0])))
        references = row[-1].findall(addnodes.pending_xref)
        labels = [node["reftarget"] for node in references if node["reftype"] == "ref"]
        return [Entry("", one.strip(), "question", above, label=labels[0]) for one in asked if labels]


def kind_of(docname: str) -> str:
    """Return how much the sections of a page weigh."""
    if not docname.startswith("chapters/"):
        return "reference"
    return "side" if numbers.SIDE_ROAD.fullmatch(docname) else "chapter"


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Keep the entries of a page that has been read."""
    kept: dict[str, list[Entry]] = app.env.__dict__.setdefault("book_entries", {})
    docname = app.env.docname
    # The ledger repeats what the chapters say.
    kept[docname] = [] if docname == "reference/claims" else Collector(kind_of(docname), doctree).entries


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop the entries of a page that is read anew or is there no more."""
    env.__dict__.setdefault("book_entries", {}).pop(docname, None)


def entries(env: BuildEnvironment) -> Iterator[dict[str, str]]:
    """Yield all entries as the index wants them."""
    labels = env.domains["std"].labels
    for docname in sorted(env.book_entries):
        number = env.toc_secnumbers.get(docname, {}).get("")
        for entry in env.book_entries[docname]:
            page, place = (docname, entry.place)
            above = list(entry.above)
            if entry.label:
                if entry.label not in labels:
                    continue  # Sphinx says so
                page, place, title = labels[entry.label]
                above = [title]
            elif number:
                name = ".".join(map(str, number))
                above[:1] = [
                    f"{name} {above[0]}" if above else name if entry.kind == "side" else f"Chapter {name}"
                ]
            url = f"{page}.html" + (f"#{place}" if place else "")
            yield {
                **asdict(entry),
                "id": "",
                "url": url,
                "crumb": " · ".join(filter(None, (entry.type, " › ".join(above)))),
            }


def write_index(app: Sphinx, error: Exception | None) -> None:
    """Let MiniSearch make the index, unless the one that is there is of these very entries."""
    if error is not None or app.builder.format != "html":
        return
    fields = ("title", "kind", "url", "crumb", "text")
    found = [
        {"id": number, "shown": entry["text"][:SHOWN], **{name: entry[name] for name in fields}}
        for number, entry in enumerate(entries(app.env))
    ]
    sources = [(STATIC / name).read_text(encoding="utf-8") for name in ("minisearch.js", "words.js")]
    given = json.dumps(found, ensure_ascii=False)
    state = f"// {hashlib.sha256(''.join([*sources, given]).encode()).hexdigest()}\n"
    target = Path(app.outdir, INDEX)
    if target.exists() and target.read_text(encoding="utf-8").startswith(state):
        return
    engine = MiniRacer()
    try:
        for source in sources:
            engine.eval(source + "; 0")
        engine.eval(f"const index = new MiniSearch(OPTIONS); index.addAll({given}); 0")
        made = engine.eval("JSON.stringify(JSON.stringify(index))")
    finally:
        engine.close()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{state}var bookIndex = {made};\n", encoding="utf-8")


def terms(app: Sphinx) -> list[tuple[str, str]]:
    """List the terms of the glossary with their addresses, for readers without JavaScript."""
    return sorted(
        ((entry["title"], entry["url"]) for entry in entries(app.env) if entry["kind"] == "term"),
        key=lambda term: term[0].lower(),
    )


def replace_search_of_sphinx(app: Sphinx) -> None:
    """Keep Sphinx from making an index of its own, and with it from writing the page of the search."""
    app.builder.search = False


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Write the page of the search."""
    yield "search", {"title": "Search"}, "search.html"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("builder-inited", replace_search_of_sphinx)
    app.connect("html-collect-pages", search_page)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("build-finished", write_index)
    return {"parallel_read_safe": False, "parallel_write_safe": True, "env_version": 1}
