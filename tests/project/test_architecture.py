"""Each part imports only what ARCHITECTURE.md allows it."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"divergences", "web", "tests", "benchmarks", "support"}
# What a part may import besides Python's own modules; for the last ones, of our own parts alone.
LIBRARY = {"divergences", "numpy", "scipy"}
RULES = {
    "divergences": LIBRARY | {"matplotlib", "cycler", "matplotlib_inline"},
    "web": {"web"},
    "web/scripts": {"web", "divergences"},
    "chapters": {"divergences"},
    "reference": {"divergences"},
    "benchmarks": {"benchmarks", "divergences", "web.browser", "tests.support"},
}


def code_of(path: Path) -> str:
    """Return the Python of a module or a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    cells = (cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
    return "\n".join("".join(cell["source"]) for cell in cells)


def imports(path: Path) -> Iterator[str]:
    """Yield the full names of the modules that a file imports."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(code_of(path))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else ()
            yield ".".join([*start, *([node.module] if node.module else [])])


@pytest.mark.parametrize("part", RULES)
def test_a_part_imports_only_what_it_may(part: str) -> None:
    allowed = RULES[part]
    files = [*(ROOT / part).rglob("*.py"), *(ROOT / part).glob("*.ipynb")]
    if part == "web":
        files = [file for file in files if "scripts" not in file.parts]
    assert files
    for file in files:
        for name in imports(file):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or (part != "divergences" and top not in OURS):
                continue
            within = any(f"{name}.".startswith(f"{one}.") for one in allowed)
            assert within, f"{file.relative_to(ROOT)} imports {name}"


def test_only_plotting_needs_matplotlib() -> None:
    for file in (ROOT / "divergences").rglob("*.py"):
        if file.name != "plotting.py":
            assert not any(name.startswith(("matplotlib", "cycler")) for name in imports(file)), file.name


def test_nobody_changes_the_import_path() -> None:
    for part in (*RULES, "tests"):
        for file in (ROOT / part).rglob("*.py"):
            assert "sys.path" + "." not in file.read_text(encoding="utf-8"), file
