"""The website of the book: Sphinx extensions, theme, draggable figures, scripts that print and draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Register all parts with Sphinx."""
    for part in ("frame", "claims", "links", "numbers", "portable", "search"):
        app.setup_extension(f"{__name__}.{part}")
    return {"parallel_read_safe": True, "parallel_write_safe": False}
