"""The literature in the library's reference: lists of it, and its links."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx


def show_literature(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Make lists of the literature: footnotes [1] of different docstrings would collide on one page."""
    for i, line in enumerate(lines):
        line = re.sub(r"^\.\. \[(\d+)\]", r"\1.", line).replace("]_", "]")
        lines[i] = re.sub(r"\bdoi:(10\.\S+)", r"`doi:\1 <https://doi.org/\1>`__", line)


def ask_the_registry(app: Sphinx, uri: str) -> str | None:
    """Check a DOI where DOIs are registered: publishers turn link checkers away."""
    prefix = "https://doi.org/"
    return uri.replace(prefix, prefix + "api/handles/") if uri.startswith(prefix) else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("linkcheck-process-uri", ask_the_registry)
    # Before napoleon rewrites the docstrings.
    app.connect("autodoc-process-docstring", show_literature, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
