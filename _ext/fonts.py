"""Cut the book's text font down to the letters of European languages: the same page for every reader.

Literata (SIL Open Font License 1.1) comes from a package. Where that is missing, the style sheet's next
choice among the reader's own fonts takes its place.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from sphinx.application import Sphinx

PACKAGE = "fontpkg_literata"
# Each face: the package's file, and the axes to fix (a number) or to keep (a range).
FACES = {
    "literata.woff": ("Literata[opsz,wght].ttf", {"opsz": 12, "wght": (400, 700)}),
    "literata-italic.woff": ("Literata-Italic[opsz,wght].ttf", {"opsz": 12, "wght": 400}),
}
LETTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x391, 0x3CA),
    *range(0x2010, 0x2027),
    *map(ord, "⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉′″€←→−∞≈≠≤≥√✓\u2009\u200a\u202f"),
]
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "lnum", "pnum", "tnum", "sups", "subs"]


def cut(source: Path, axes: dict[str, float | tuple[float, float]], target: Path) -> None:
    """Write the part of a font that the book needs."""
    font = TTFont(source)
    options = subset.Options(layout_features=FEATURES, hinting=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, axes)
    font.flavor = "woff"
    font.recalcTimestamp = False
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)


def make_fonts(app: Sphinx) -> None:
    """Write the fonts into the site, unless they are there already."""
    package = importlib.util.find_spec(PACKAGE)
    if app.builder.format != "html" or package is None or package.origin is None:
        return
    for name, (file, axes) in FACES.items():
        source = Path(package.origin).parent / "files" / file
        recipe = hashlib.sha256(repr((axes, LETTERS, FEATURES)).encode() + source.read_bytes()).hexdigest()
        target = Path(app.outdir, "_static", "fonts", name)
        stamp = target.with_suffix(".recipe")
        if not target.exists() or not stamp.exists() or stamp.read_text() != recipe:
            cut(source, axes, target)
            stamp.write_text(recipe)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", make_fonts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
