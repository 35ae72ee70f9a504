"""Show in the book how each of its propositions is tested.

Each box that asserts something gets a small mark in its title, linked to its row in the claim ledger; the
directive ``{claim-ledger}`` writes these rows; the source of the tests becomes a page for each file. A box
without a test, or a test without a box, is a warning, and with it a failed build.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .ledger import PREFIX, Box, Claim, Ledger, Page

logger = logging.getLogger(__name__)

# The page that holds the ledger; the marks link to it.
LEDGER_PAGE = "reference/claims"


class claim_mark(nodes.Inline, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """The mark in a box's title. It has no text, so that titles and the search index stay clean."""


class claim_statement(nodes.General, nodes.Element):  # noqa: N801
    """The place of a proposition's statement in the ledger, filled in when all pages are read."""


def visit_claim_mark(self, node: claim_mark) -> None:
    """Write the mark as a link whose name says where it leads."""
    target = self.builder.get_relative_uri(node["docname"], LEDGER_PAGE)
    self.body.append(
        f'<a class="claim-mark" href="{target}#claim-{node["label"]}">tested'
        f'<span class="claim-aside">: how, see {html.escape(node["label"])} in the claim ledger</span></a>'
    )
    raise nodes.SkipNode


def skip(self, node: nodes.Element) -> None:
    """Leave the mark out of everything that is no web page."""
    raise nodes.SkipNode


class ClaimLedgerDirective(SphinxDirective):
    """The ledger: a section for each page, a row for each proposition."""

    def run(self) -> list[nodes.Node]:
        """Write all rows; their statements follow when the pages are read."""
        book: Ledger = self.env.app.claim_ledger
        return [
            self.summary(book),
            *(self.section(book, page) for page in book.pages if any(b.asserts for b in page.boxes)),
        ]

    def summary(self, book: Ledger) -> nodes.paragraph:
        """Count propositions, tests and cases."""
        tests = {(c.file, c.test): c for box in book.boxes for c in book.tests_of.get(box.label, [])}.values()
        drawn = sum(test.cases for test in tests if test.draws)
        fixed = sum(test.cases for test in tests if not test.draws)
        text = (
            f"{len(book.boxes)} propositions, claimed by {len(tests)} tests, "
            f"which examine {drawn:,} drawn and {fixed:,} fixed cases."
        )
        return nodes.paragraph("", text, classes=["claim-summary"])

    def section(self, book: Ledger, page: Page) -> nodes.section:
        """List the propositions of one page."""
        section = nodes.section(ids=[f"claims-{page.name.split('/')[-1].replace('_', '-')}"])
        titles, _ = self.state.inline_text(page.title, self.lineno)
        section += nodes.title(page.title, "", *titles)
        for box in page.boxes:
            if box.asserts:
                section += self.row(box, book.tests_of.get(box.label, []))
        return section

    def row(self, box: Box, claims: list[Claim]) -> nodes.container:
        """Write one row: the box, its statement, its tests."""
        link = addnodes.pending_xref(
            "", nodes.inline("", box.label), refdomain="prf", reftype="ref", reftarget=box.label,
            refdoc=self.env.docname, refwarn=True, refexplicit=False,
        )  # fmt: skip
        titles, _ = self.state.inline_text(box.title, self.lineno)
        head = nodes.paragraph("", "", link, classes=["claim-title"])
        if titles:
            head += [nodes.Text(" "), *titles]
        head += [nodes.Text(" "), nodes.literal("", box.label, classes=["claim-label"])]
        evidence = nodes.bullet_list(classes=["claim-tests"])
        for claim in claims:
            evidence += nodes.list_item("", self.evidence(claim))
        return nodes.container(
            "", head, claim_statement(label=box.label, page=box.page), evidence,
            ids=[f"claim-{box.label}"], classes=["claim-row"],
        )  # fmt: skip

    def evidence(self, claim: Claim) -> nodes.paragraph:
        """Say how one test tests, and link to its lines."""
        how, _ = self.state.inline_text(claim.how, self.lineno)
        page = self.env.app.builder.get_relative_uri(self.env.docname, source_page(claim.file))
        test = nodes.inline(classes=["claim-test"])
        test += nodes.reference(
            "", "", nodes.literal("", claim.test), refuri=f"{page}#{claim.test}", internal=True
        )
        if claim.cases > 1:
            test += nodes.Text(f" · {extent(claim)}")
        return nodes.paragraph("", "", *how, nodes.Text(" "), test)


def extent(claim: Claim) -> str:
    """Say how many cases a test examines."""
    drawn = f"{claim.draws} drawn cases"
    if not claim.draws:
        return f"{claim.runs} cases"
    return drawn if claim.runs == 1 else f"{claim.runs} × {drawn}"


def source_page(file: str) -> str:
    """Return the name of the page that shows a test file."""
    return file.removesuffix(".py")


class FillStatements(SphinxPostTransform):
    """Copy the statements from the pages into the ledger, before references are resolved."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Replace each placeholder by the first sentence of its box."""
        places: dict[str, dict[str, nodes.Element]] = defaultdict(dict)
        for place in self.document.findall(claim_statement):
            places[place["page"]][place["label"]] = place
        for page, wanted in places.items():
            for box in self.env.get_doctree(page).findall(is_box):
                if place := wanted.pop(box["label"], None):
                    blocks = [self.adopted(block) for block in first_sentence(box)]
                    place.replace_self(nodes.container("", *blocks, classes=["claim-statement"]))
            for place in wanted.values():  # Sphinx has not seen this box, and compare_with_pages says so
                place.parent.remove(place)

    def adopted(self, block: nodes.Element) -> nodes.Element:
        """Copy a block without what must occur only once, and with references seen from this page."""
        copy = block.deepcopy()
        for node in copy.findall(nodes.Element):
            node["ids"], node["names"] = [], []
            if isinstance(node, nodes.math_block):
                node["label"] = node["number"] = None
            if "refdoc" in node:
                node["refdoc"] = self.env.docname
        return copy


def is_box(node: nodes.Node) -> bool:
    """Whether a node is a theorem-like box."""
    return isinstance(node, nodes.Element) and "realtype" in node


def first_sentence(box: nodes.Element) -> Iterator[nodes.Element]:
    """Yield the blocks of a box up to the end of a sentence, formulas included; dots stand for more."""
    blocks = [block for content in box.findall(nodes.section) for block in content.children]
    for number, block in enumerate(blocks, 1):
        yield block
        text = block.astext().rstrip()
        if text.endswith(".") and not text.rsplit(". ", 1)[-1].startswith("Let "):  # which states nothing yet
            if number < len(blocks):
                yield nodes.paragraph("", "…")
            return


def read_ledger(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> set[str]:
    """Read the ledger, report its faults, and name the pages whose marks are no longer right."""
    book = app.claim_ledger = Ledger.read(Path(app.srcdir))
    for fault in book.faults():
        logger.warning("%s", fault, type="claims")
    marks = {page.name: tuple(b.label for b in page.boxes if b.label in book.tests_of) for page in book.pages}
    before, env.claim_marks = getattr(env, "claim_marks", {}), marks
    stale = {name for name in marks if before.get(name) != marks[name]} | {LEDGER_PAGE}
    return stale & env.found_docs - removed


def mark_boxes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the mark into the title of each box that is tested."""
    book: Ledger = app.claim_ledger
    labels = {box.label for box in book.boxes if box.page == docname and box.label in book.tests_of}
    for box in doctree.findall(is_box):
        if box["label"] in labels:
            box[0] += claim_mark(label=box["label"], docname=docname)


def compare_with_pages(app: Sphinx, env: BuildEnvironment) -> None:
    """Insist that Sphinx and the ledger have seen the same boxes."""
    seen = {(entry["docname"], label) for label, entry in getattr(env, "proof_list", {}).items()}
    for box in app.claim_ledger.boxes:
        if box.label and (box.page, box.label) not in seen:
            logger.warning("%s: Sphinx has not seen the box %s", box.where, box.label, type="claims")
    read = {(box.page, box.label) for page in app.claim_ledger.pages for box in page.boxes}
    for docname, label in sorted(seen - read):
        if label.startswith(PREFIX):
            logger.warning("%s: the ledger has not seen the box %s", docname, label, type="claims")


def source_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Write a page for each file of tests that the ledger refers to, every claim a target for links."""
    book: Ledger = app.claim_ledger
    for file in sorted({claim.file for claim in book.claims}):
        page = source_page(file)
        ledger = app.builder.get_relative_uri(page, LEDGER_PAGE)
        source = (Path(app.srcdir) / file).read_text(encoding="utf-8")
        # What the page shows: the tests, and around them the frame with the titles of all pages.
        shown = repr((source, app.config.book_digest, getattr(app.env, "book_titles", None)))
        state = hashlib.sha256(shown.encode()).hexdigest()
        built = Path(app.outdir, f"{page}.html")
        if built.exists() and f'data-state="{state}"' in built.read_text(encoding="utf-8"):
            continue
        before, code, after = re.split(
            r"(?<=<pre>)|(?=</pre>)", app.builder.highlighter.highlight_block(source, "python")
        )
        lines = code.split("\n")
        for claim in {c.test: c for c in book.claims if c.file == file}.values():
            lines[claim.first - 1] = f'<span class="claim-source" id="{claim.test}">{lines[claim.first - 1]}'
            lines[claim.last] = f"</span>{lines[claim.last]}"
        linked = re.sub(
            rf'(?<=")({PREFIX}[\w-]+)(?=")', rf'<a href="{ledger}#claim-\1">\1</a>', "\n".join(lines)
        )
        body = (
            f'<section class="claim-page" data-state="{state}"><h1>{file}</h1>'
            f'<p>The tests behind <a href="{ledger}">the claim ledger</a>.</p>'
            f'<div class="highlight-python notranslate">{before}{linked}{after}</div></section>'
        )
        yield page, {"title": file, "body": body}, "page.html"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_node(claim_mark, html=(visit_claim_mark, None), latex=(skip, None), text=(skip, None))
    app.add_node(claim_statement)
    app.add_directive("claim-ledger", ClaimLedgerDirective)
    app.add_post_transform(FillStatements)
    app.connect("env-get-outdated", read_ledger)
    app.connect("env-check-consistency", compare_with_pages)
    app.connect("doctree-resolved", mark_boxes)
    app.connect("html-collect-pages", source_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
