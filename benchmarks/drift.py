"""Count a table that does not fit into memory, with the lines of chapter 7c, and store what it takes.

``python -m benchmarks.drift`` runs the cells of that notebook that carry the tag "at-scale", with more rows,
on a local cluster of Dask: a fifth of the rows, two fifths and all, with one worker and with two. Then it
writes `divergences/data/drift_run.json`, which the notebook shows. That takes about nine minutes of processor
time; ``--rows`` sets another number of rows, ``--to`` another file.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import hashlib
import io
import json
import os
import resource
import time
from pathlib import Path
from typing import Any

import dask
import distributed
import nbformat
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "chapters" / "07c_drift_at_scale.ipynb"
STORED = ROOT / "divergences" / "data" / "drift_run.json"
CHUNK = 250_000
COUNTING = ".compute()"  # the cell with this is the one that takes long


def cells() -> list[str]:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    tagged = [cell.source for cell in notebook.cells if "at-scale" in cell.metadata.get("tags", [])]
    assert sum(COUNTING in code for code in tagged) == 1, "one tagged cell counts"
    return tagged


def fingerprint() -> str:
    """Return what tells whether the stored figures were made by the cells as they are now."""
    return hashlib.sha256("\n".join(cells()).encode()).hexdigest()[:16]


def used() -> tuple[float, float]:
    """Return the seconds of processor time and the peak of memory, in MB, of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def run(rows: int, workers: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Return what a run takes, and the table that the notebook's cells make of it."""
    names: dict[str, Any] = {"__name__": "at_scale"}
    cost: dict[str, float] = {"rows": rows, "workers": workers, "load": os.getloadavg()[0]}
    options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        for code in cells():
            before, start = client.run(used), time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, names)
            if "ROWS, CHUNK =" in code:
                names |= {"ROWS": rows, "CHUNK": CHUNK}
            if COUNTING in code:
                cost["seconds"] = time.perf_counter() - start
                after = client.run(used)
                cost["processor"] = sum(after[worker][0] - before[worker][0] for worker in after)
                cost["memory"] = max(peak for _, peak in after.values())
    return cost, names["table"]


def six_digits(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--to", type=Path, default=STORED)
    options = parser.parse_args()
    costs: list[dict[str, float]] = []
    made_by, started = fingerprint(), datetime.date.today().isoformat()
    for rows in (options.rows // 5, 2 * options.rows // 5, options.rows):
        for workers in (1, 2):
            cost, table = run(rows, workers)
            costs.append({key: six_digits(value) for key, value in cost.items()})
            print(costs[-1], flush=True)
    assert fingerprint() == made_by, "the cells changed during the run; run it again"
    record = {
        "cells": made_by,
        "day": started,
        "versions": {"numpy": np.__version__, "dask": dask.__version__},
        "processors": os.cpu_count(),
        "costs": costs,
        "columns": {key: [six_digits(value) for value in values] for key, values in table.items()},
    }
    options.to.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
