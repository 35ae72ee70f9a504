"""The links of the library's reference: names of NumPy and SciPy, and literature.

Sphinx's own way to link to other manuals asks their hosts for a list of names while the book is built; this
one asks the installed packages.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# Both projects give each public object a page of its own, named like the object.
MANUALS = {
    "numpy": "https://numpy.org/doc/stable/reference/generated/{name}.html#{name}",
    "scipy": "https://docs.scipy.org/doc/scipy/reference/generated/{name}.html#{name}",
}
# The exception: one page for all of it.
GENERATOR = "https://numpy.org/doc/stable/reference/random/generator.html#{name}"


def exists(name: str) -> bool:
    """Whether the installed package has a public object of this name, so that a slip is noticed."""
    module, _, attribute = name.rpartition(".")
    if not module:
        return False
    try:
        return hasattr(importlib.import_module(module), attribute)
    except ImportError:
        return exists(module)


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.Element
) -> nodes.reference | None:
    """Return a link if the name belongs to one of the manuals; else leave it to Sphinx to complain."""
    name = node.get("reftarget", "")
    manual = MANUALS.get(name.split(".")[0])
    if node.get("refdomain") != "py" or manual is None or not exists(name):
        return None
    if name in {"numpy.random.Generator", "numpy.random.default_rng"}:
        manual = GENERATOR
    return nodes.reference("", "", text, refuri=manual.format(name=name), internal=False)


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
    app.connect("missing-reference", resolve)
    app.connect("linkcheck-process-uri", ask_the_registry)
    # Before napoleon rewrites the docstrings.
    app.connect("autodoc-process-docstring", show_literature, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
