"""Execute notebooks in place and store the outputs: byte for byte the same if nothing changed."""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

# What any Jupyter needs to open the notebook; all else depends on the machine that ran it.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def run(path: Path) -> str | None:
    """Execute one notebook; return the traceback, and leave the file alone, if a cell raises."""
    notebook = nbformat.read(path, as_version=4)
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
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(
            {k: cell.metadata[k] for k in ("mystnb", "tags") if k in cell.metadata}
        )
        for output in cell.get("outputs", []):
            output.pop("metadata", None) if output.output_type == "stream" else None
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
        failures = [text for text in pool.map(run, map(Path, paths)) if text]
    print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
