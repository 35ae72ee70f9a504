"""Cut the book's text font down to the letters of European languages: the same page for every reader.

Literata (SIL Open Font License 1.1) comes from a package. Where that is missing, the style sheet's next
choice among the reader's own fonts takes its place. The fonts are written into a style sheet, so that they
are there when the page is drawn, and no line jumps.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from sphinx.application import Sphinx

PACKAGE = "fontpkg_literata"
SHEET = "_static/fonts.css"
# Each face: the package's file, and the axes to fix (a number) or to keep (a range).
FACES = (
    ("normal", "Literata[opsz,wght].ttf", {"opsz": 12, "wght": (400, 700)}),
    ("italic", "Literata-Italic[opsz,wght].ttf", {"opsz": 12, "wght": 400}),
)
LETTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x391, 0x3CA),
    *range(0x2010, 0x2027),
    *map(ord, "⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉′″€←→−∞≈≠≤≥√✓\u2009\u200a\u202f"),
]
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "lnum", "pnum", "tnum", "sups", "subs"]


def cut(source: Path, axes: dict[str, float | tuple[float, float]]) -> bytes:
    """Return the part of a font that the book needs."""
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(subset.Options(layout_features=FEATURES, hinting=False))
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, axes)
    font.flavor = "woff"
    file = io.BytesIO()
    font.save(file)
    return file.getvalue()


def face(style: str, source: Path, axes: dict[str, float | tuple[float, float]]) -> str:
    """Return the rule for one face, with the font in it."""
    data = base64.b64encode(cut(source, axes)).decode()
    weight = axes["wght"]
    weights = " ".join(map(str, weight)) if isinstance(weight, tuple) else weight
    return (
        f'@font-face {{ font-family: "Literata Book"; font-style: {style}; font-weight: {weights}; '
        f'font-display: optional; src: url("data:font/woff;base64,{data}") format("woff"); }}\n'
    )


def make_fonts(app: Sphinx) -> None:
    """Write the style sheet of the fonts into the site, unless it is there already."""
    package = importlib.util.find_spec(PACKAGE)
    if app.builder.format != "html" or package is None or package.origin is None:
        return
    folder, target = Path(package.origin).parent / "files", Path(app.outdir, SHEET)
    files = [(folder / name).read_bytes() for _, name, _ in FACES]
    recipe = (
        f"/* {hashlib.sha256(repr((FACES, LETTERS, FEATURES)).encode() + b''.join(files)).hexdigest()} */\n"
    )
    if target.exists() and target.read_text(encoding="utf-8").startswith(recipe):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    rules = "".join(face(style, folder / name, axes) for style, name, axes in FACES)
    target.write_text(recipe + rules, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", make_fonts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
