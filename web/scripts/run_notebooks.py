"""Execute notebooks in place and store the outputs: byte for byte the same if nothing changed."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image

from web import portable

# What any Jupyter needs to open the notebook; all else depends on the machine that ran it.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def find(name: str) -> Path:
    """Return the notebook that is meant by a path, or by the name of the file alone."""
    if name.endswith(".ipynb") and Path(name).is_file():
        return Path(name)
    known = {
        path.stem: path
        for folder in ("chapters", "reference")
        for path in sorted(Path(folder).glob("*.ipynb"))
    }
    stem = Path(name).name.removesuffix(".ipynb")
    if stem not in known:
        raise SystemExit(f"There is no notebook {name}. CHAPTER is one of: {' '.join(known)}")
    return known[stem]


def looks_alike(one: str, other: str) -> bool:
    """Return whether two pictures differ by one step of brightness at most, as on another processor."""
    left, right = (np.asarray(Image.open(io.BytesIO(b64decode(text))), dtype=int) for text in (one, other))
    return left.shape == right.shape and int(np.abs(left - right).max()) <= 1


def pictures(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the data of the outputs of a cell that are pictures."""
    return [output.data for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]


def keep_pictures(notebook: nbformat.NotebookNode, before: list[list[str]]) -> None:
    """Keep each stored picture that looks like the new one."""
    for cell, stored in zip(notebook.cells, before, strict=True):
        for data, old in zip(pictures(cell), stored, strict=False):
            if looks_alike(data["image/png"], old):
                data["image/png"] = old


def tidy(notebook: dict[str, Any]) -> None:
    """Drop all that depends on who opened the notebook and where."""
    notebook["metadata"] = METADATA
    for cell in notebook["cells"]:
        kept = {key: cell["metadata"][key] for key in ("mystnb", "tags") if key in cell["metadata"]}
        cell["metadata"] = kept | (portable.CLOSED if portable.is_solution(cell) else {})
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream":
                output.pop("metadata", None)


def run(path: Path) -> str | None:
    """Execute one notebook; return the traceback, and leave the file alone, if a cell raises."""
    notebook = nbformat.read(path, as_version=4)
    before = [[data["image/png"] for data in pictures(cell)] for cell in notebook.cells]
    try:
        NotebookClient(
            notebook,
            timeout=300,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(path.parent)}},
        ).execute()
    except CellExecutionError as error:
        return f"{path}: left as it was, because a cell raises\n{error}"
    tidy(notebook)
    keep_pictures(notebook, before)
    notebook = nbformat.from_dict(notebook)
    nbformat.validate(notebook)
    # Write beside the file and rename: an interrupted run never leaves half a notebook.
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, suffix=".tmp", encoding="utf-8", delete=False
    ) as file:
        nbformat.write(notebook, file)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
    return None


def main(paths: list[str]) -> int:
    """Execute the notebooks two at a time."""
    with ThreadPoolExecutor(2) as pool:
        failures = [text for text in pool.map(run, map(find, paths)) if text]
    if failures:
        print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
