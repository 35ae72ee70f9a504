"""Cut the book's text font down to the letters of European languages and write `web/theme/static/fonts.css`.

Literata (SIL Open Font License 1.1) comes from a package that only this script needs; so does Brotli, which
WOFF2 is packed with. The fonts stand in the style sheet itself, so that they are there when the page is
drawn, and no line jumps. Needed again only for other letters or a newer font:

    uv run --with brotli --with fonttools --with fontpkg-literata==3.103 python -m web.scripts.cut_fonts
"""

from __future__ import annotations

import base64
import importlib.util
import io
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

PACKAGE = "fontpkg_literata"
SHEET = Path(__file__).parents[1] / "theme" / "static" / "fonts.css"
HEAD = (
    "/* Literata, cut down by web/scripts/cut_fonts.py. Copyright 2017 The Literata Project Authors\n"
    "   (https://github.com/googlefonts/literata). SIL Open Font License 1.1: literata-licence.txt */\n"
)
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
    font.flavor = "woff2"
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
        f'font-display: optional; src: url("data:font/woff2;base64,{data}") format("woff2"); }}\n'
    )


def main() -> None:
    """Write the style sheet."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise SystemExit(f"{PACKAGE} is missing: see the head of {__file__}")
    folder = Path(package.origin).parent / "files"
    rules = "".join(face(style, folder / name, axes) for style, name, axes in FACES)
    SHEET.write_text(HEAD + rules, encoding="utf-8")


if __name__ == "__main__":
    main()
