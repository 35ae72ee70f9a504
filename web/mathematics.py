"""Typeset the formulas when the book is built, so that its pages need no script to show them.

MathJax runs inside Python and turns each formula into SVG for the eye and MathML for the ear. The outlines of
the letters are written once a page, and the formulas refer to them. A formula that TeX does not understand is
a warning with its page and its source, and so a failed build.
"""

from __future__ import annotations

import atexit
import hashlib
import html
import importlib.metadata
import importlib.util
import json
import re
from functools import cache, cached_property
from pathlib import Path

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

# Parts of MathJax 3: its core, an imitation of a browser's document, TeX in, SVG and MathML out.
MATHJAX_PARTS = (
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex-base.js",
    "input/tex/extensions/ams.js",
    "input/tex/extensions/newcommand.js",
    "input/tex/extensions/boldsymbol.js",
    "input/tex/extensions/mathtools.js",
    "output/svg.js",
    "output/svg/fonts/tex.js",
    "a11y/assistive-mml.js",
)

# The file of typeset formulas, beside the pages that Sphinx has read.
KEPT = "formulas.json"

# Stands in a page for a typeset formula until the page is complete.
KEY = re.compile(r"\[\[formula ([0-9a-f]{16})\]\]")

# A formula in the running text that is wider than this (in ex) gets a box to scroll in on a narrow screen.
WIDE = 28


class TexError(ValueError):
    """The formula is not valid TeX."""


class Typesetter:
    """MathJax, loaded when there is something new to typeset, and all that it has typeset."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.outlines: dict[str, str] = {}
        self.formulas: dict[str, str] = {}

    @cached_property
    def engine(self) -> MiniRacer:
        """MathJax, from the package that carries it."""
        package = importlib.util.find_spec("sphinx-mathjax-offline")
        if package is None or not package.submodule_search_locations:
            raise ModuleNotFoundError("sphinx-mathjax-offline is missing; install requirements.txt")
        folder = Path(package.submodule_search_locations[0], "static", "mathjax")
        engine = MiniRacer()
        # Left to the end of the process, it may wait for ever for a thread that is there no more.
        atexit.register(engine.close)
        engine.eval(
            "var MathJax = { loader: { load: [] }, startup: { typeset: false } }, global = globalThis"
        )
        for part in MATHJAX_PARTS:
            engine.eval((folder / part).read_text(encoding="utf-8") + "; 0")
        engine.eval(Path(__file__).with_suffix(".js").read_text(encoding="utf-8") + "; 0")
        return engine

    def typeset(self, tex: str, *, display: bool) -> str:
        """Return a short key that stands for the typeset formula until `fill` puts it in its place."""
        key = hashlib.sha256(f"{display} {tex}".encode()).hexdigest()[:16]
        if key not in self.formulas:
            result = json.loads(self.engine.call("typeset", tex, display))
            if "error" in result:
                raise TexError(result["error"])
            self.outlines.update((short(name), outline) for name, outline in result["glyphs"])
            self.formulas[key] = drawing(result["svg"]) + spoken(result["mml"])
        return key

    def is_wide(self, key: str) -> bool:
        """Whether a formula may not fit into a line of a narrow screen."""
        width = re.match(r'<svg style="[^"]*" width="([\d.]+)ex"', self.formulas[key])
        return width is not None and float(width[1]) > WIDE

    def fill(self, page: str) -> str:
        """Put the typeset formulas in the place of their keys."""
        return KEY.sub(lambda match: self.formulas[match[1]], page)

    def words(self, text: str) -> str:
        """Say a text in words, its formulas as a reader of MathML would."""

        def say(match: re.Match[str]) -> str:
            mml = self.formulas[match[1]].partition('<span class="spoken">')[2]
            return html.unescape(re.sub(r"<[^>]+>|[\u2061-\u2064]", "", mml))

        return KEY.sub(say, text)

    def glyphs(self, *parts: str) -> str:
        """Return the outlines of the letters that the formulas in these parts of a page use."""
        used = sorted({name for part in parts for name in re.findall(r'<use href="#(TEX-[^"]+)"', part)})
        if not used:
            return ""
        paths = "".join(f'<path id="{name}" d="{self.outlines[name]}"/>' for name in used)
        return f'<svg class="glyphs" aria-hidden="true"><defs>{paths}</defs></svg>'


@cache
def typesetter() -> Typesetter:
    """Return the one typesetter, loaded when the first formula needs it."""
    return Typesetter()


def recipe() -> str:
    """Summarise what the form of a typeset formula depends on."""
    here = Path(__file__)
    sources = [here.read_bytes(), here.with_suffix(".js").read_bytes()]
    version = importlib.metadata.version("sphinx-mathjax-offline")
    return hashlib.sha256(b"".join([*sources, version.encode()])).hexdigest()


def remember(app: Sphinx) -> None:
    """Take up the formulas of the last build: MathJax takes a quarter of the time of a build from nothing."""
    kept = Path(app.doctreedir, KEPT)
    if kept.exists():
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["recipe"] == recipe():
            typesetter().formulas.update(found["formulas"])
            typesetter().outlines.update(found["outlines"])


def keep(app: Sphinx, error: Exception | None) -> None:
    """Keep the formulas for the next build."""
    if app.builder.format == "html" and "engine" in vars(typesetter()):
        known = {
            "recipe": recipe(),
            "formulas": typesetter().formulas,
            "outlines": typesetter().outlines,
        }
        Path(app.doctreedir, KEPT).write_text(json.dumps(known), encoding="utf-8")


def short(name: str) -> str:
    """Shorten the name of a letter's outline, which stands in every formula that has the letter."""
    return name.removeprefix("MJX-")


def drawing(svg: str) -> str:
    """Drop from MathJax's SVG what only its own scripts and style sheet use: half of its size."""
    svg = svg.replace("xlink:href", "href").replace('href="#MJX-', 'href="#')
    svg = re.sub(
        r' (?:xmlns(?::xlink)?|data-[a-z-]+|role|focusable|stroke|fill|stroke-width)="[^"]*"', "", svg
    )
    svg = re.sub(r"></(?:use|path|rect|line)>", "/>", svg)
    kept: list[bool] = []

    def group(match: re.Match[str]) -> str:
        """Drop a group without attributes, and the end that belongs to it."""
        if match[0] == "</g>":
            return "</g>" if kept.pop() else ""
        kept.append(match[0] != "<g>")
        return match[0] if kept[-1] else ""

    svg = re.sub(r"<g\b[^>]*>|</g>", group, svg)
    style, size = re.search(r' style="([^"]*)"', svg), re.search(r' width="[^"]*" height="[^"]*"', svg)
    head = f'<svg style="{style[1] if style else ""}"{size[0] if size else ""}'
    view = re.search(r' viewBox="[^"]*"', svg)
    return f'{head}{view[0] if view else ""} aria-hidden="true">' + svg[svg.index(">") + 1 :]


def spoken(mml: str) -> str:
    """Drop from MathJax's MathML what only MathJax uses."""
    return '<span class="spoken">' + re.sub(r' (?:xmlns|data-mjx-[a-z-]+)="[^"]*"', "", mml) + "</span>"


def source_of(node: nodes.math_block) -> str:
    """Return the TeX of a display, several paragraphs of it being lines of one alignment (as Sphinx does)."""
    text = node.astext()
    if node.get("nowrap"):
        return text
    parts = [part for part in text.split("\n\n") if part.strip()]
    lines = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    if len(lines) <= 1:
        return "".join(lines)
    return r"\begin{align}\begin{aligned}" + r"\\".join(lines) + r"\end{aligned}\end{align}"


def formula(translator, node: nodes.Element, tex: str, *, display: bool) -> str | None:
    """Typeset one formula, or warn and return nothing."""
    try:
        return typesetter().typeset(tex, display=display)
    except TexError as error:
        page = translator.builder.current_docname
        logger.warning(
            "%s: TeX error: %s in %s", page, error, " ".join(tex.split()), location=node, type="tex"
        )
        return None


def visit_math(translator, node: nodes.math) -> None:
    """Write a formula in the running text."""
    key = formula(translator, node, node.astext(), display=False)
    if key is None:
        translator.body.append(f"<code>{html.escape(node.astext())}</code>")
    elif typesetter().is_wide(key):
        translator.body.append(f'<span class="math wide">[[formula {key}]]</span>')
    else:
        translator.body.append(f'<span class="math">[[formula {key}]]</span>')
    raise nodes.SkipNode


def visit_math_block(translator, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number beside it."""
    tex = source_of(node)
    key = formula(translator, node, tex, display=True)
    translator.body.append(translator.starttag(node, "div", "", CLASS="math display"))
    if key is None:
        translator.body.append(f"<code>{html.escape(tex)}</code>")
    else:
        translator.body.append(f'<div class="scroll" data-label="Formula">[[formula {key}]]</div>')
    if node.get("number"):
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", remember)
    app.connect("build-finished", keep)
    app.add_html_math_renderer("typeset", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": False}
