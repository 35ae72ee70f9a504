"""The stored notebooks: run top to bottom, complete, quiet, and fit for any Jupyter.

nbval compares the outputs; it passes a cell that was never run, so this file looks at what it does not.
"""

import re
from pathlib import Path

import nbformat
import pytest

from web import portable

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(ROOT.glob("chapters/*.ipynb")) + sorted(ROOT.glob("reference/*.ipynb"))
LONGEST_CELL = 40  # lines; plotting cells are the long ones
WIDEST_LINE = 78  # characters; what the column of text holds at a desktop's width

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [
        (f"{path.name}, code cell {n}", cell)
        for n, cell in enumerate((cell for cell in read(path).cells if cell.cell_type == "code"), start=1)
    ]


def test_the_notebook_is_valid(path):
    nbformat.validate(read(path))


def test_every_cell_was_run_in_order_in_one_run(path):
    counts = [cell.execution_count for _, cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)), (
        f"{path.name}: execution counts {counts}; run make notebooks"
    )


def test_no_cell_is_empty_fails_or_complains(path):
    for where, cell in code_cells(path):
        assert cell.source.strip(), f"{where} is empty"
        for output in cell.outputs:
            assert output.output_type != "error", f"{where} stores an error"
            assert output.get("name") != "stderr", f"{where} writes to stderr: {output.text[:200]}"


def test_every_figure_has_caption_name_and_alt_text(path):
    joined = [cell for cell in portable.cells_of(path) if cell["cell_type"] == "code"]
    for (where, cell), with_caption in zip(code_cells(path), joined, strict=True):
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            settings = with_caption["metadata"].get("mystnb", {})
            for part, key in (("figure", "caption"), ("figure", "name"), ("image", "alt")):
                assert settings.get(part, {}).get(key), f"{where} draws a figure without {part}: {key}"
            assert settings["figure"]["name"].startswith("fig-"), where
            assert cell.source.rstrip().endswith("plt.show()") or "plt.show()" in cell.source, where


def test_the_text_needs_no_extension_of_jupyter(path):
    for number, cell in enumerate(read(path).cells, start=1):
        if cell.cell_type == "markdown":
            markup = re.search(r"^\([\w-]+\)=|^ *[`:]{3,}\{.*|\{[a-z:]+\}`[^`]*`", cell.source, re.MULTILINE)
            assert not markup, (
                f"{path.name}, cell {number}: only the book can read {markup[0]!r}; "
                "write it as CONTRIBUTING.md says (Write for any Jupyter)"
            )
        caption = cell.metadata.get("mystnb", {}).get("figure")
        assert not caption, f"{path.name}, cell {number}: put the caption into a cell below the figure"


def test_code_of_a_solution_is_closed_and_nothing_else_is(path):
    for where, cell in code_cells(path):
        closed = {key: cell.metadata[key] for key in portable.CLOSED if key in cell.metadata}
        assert closed == (portable.CLOSED if portable.is_solution(cell) else {}), (
            f"{where}: run make notebooks"
        )


def test_figures_are_drawn_at_twice_the_screen_resolution(path):
    for where, cell in code_cells(path):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                assert "width" in output.metadata.get("image/png", {}), f"{where}: call use_house_style()"


def test_any_jupyter_can_open_it(path):
    metadata = read(path).metadata
    assert metadata.kernelspec.name == "python3"
    assert metadata.language_info == {"name": "python"}


def test_no_output_betrays_the_machine(path):
    for where, cell in code_cells(path):
        for output in cell.outputs:
            text = str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
            assert not re.search(r"/(home|root|Users|tmp|work|usr)/|0x[0-9a-f]{6,}", text), where


def test_cells_are_short_and_lines_fit_the_page(path):
    for where, cell in code_cells(path):
        lines = cell.source.splitlines()
        assert len(lines) <= LONGEST_CELL, f"{where} has {len(lines)} lines; move code to the library"
        for output in cell.outputs:
            text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
            lines += text.splitlines()
        for line in lines:
            assert len(line) <= WIDEST_LINE, f"{where}, {len(line)} characters: {line}"


def test_no_unfinished_words(path):
    text = "".join(cell.source for cell in read(path).cells)
    assert not re.search(r"TODO|FIXME|XXX|lorem ipsum|coming soon|placeholder", text, re.IGNORECASE)
