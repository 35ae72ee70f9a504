"""Publish the book's pictures in a third of their bytes and pixel for pixel the same, as lossless WebP."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

# A figure of more dots per inch than this is drawn for screens of twice the usual resolution.
SHARP = 150


@dataclass(frozen=True)
class Picture:
    """A published picture: the name of its file, and its size on the page in CSS pixels."""

    name: str
    width: int
    height: int


def is_older(target: Path, source: Path) -> bool:
    """Say whether a file is to be made from its source, and see to its folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def publish(app: Sphinx, source: Path) -> Picture:
    """Write a picture into the site, unless it is there already, and say how large it is to be shown."""
    with Image.open(source) as image:
        scale = 2 if image.info.get("dpi", (72, 72))[0] > SHARP else 1
        name, (width, height) = source.name, image.size
        if source.suffix == ".png":
            name = source.with_suffix(".webp").name
            target = Path(app.outdir, app.builder.imagedir, name)
            if is_older(target, source):
                mode = "RGBA" if image.has_transparency_data else "RGB"
                image.convert(mode).save(target, lossless=True, method=4, quality=75)
    return Picture(name, round(width / scale), round(height / scale))


def share(app: Sphinx, source: Path) -> str:
    """Put a picture where other sites may show it, in the one form that they all know; return its address."""
    target = Path(app.outdir, app.builder.imagedir, "share", source.name)
    if is_older(target, source):
        shutil.copyfile(source, target)
    return target.relative_to(app.outdir).as_posix()


def drop_replaced(app: Sphinx, error: Exception | None) -> None:
    """Remove the PNG files that Sphinx copies beside their WebP."""
    if error is None and app.builder.format == "html":
        for png in Path(app.outdir, app.builder.imagedir).glob("*.png"):
            if png.with_suffix(".webp").exists():
                png.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", drop_replaced)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
