"""Count a table that does not fit into memory, with the lines of chapter 7c, and print what it takes.

``python -m benchmarks.drift`` runs the cells of that notebook that carry the tag "at-scale", with more rows,
on a local cluster of Dask: all rows with two workers; a fifth of them with two and with one; then two fifths.
It needs about four minutes of processor time; ``--rows`` sets another number of rows.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import resource
import time
from pathlib import Path

import distributed
import nbformat

NOTEBOOK = Path(__file__).resolve().parents[1] / "chapters" / "07c_drift_at_scale.ipynb"
CHUNK = 250_000
COUNTING = ".compute()"  # the cell with this is the one that takes long


def cells() -> list[str]:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    tagged = [cell.source for cell in notebook.cells if "at-scale" in cell.metadata.get("tags", [])]
    assert sum(COUNTING in code for code in tagged) == 1, "one tagged cell counts"
    return tagged


def used() -> tuple[float, float]:
    """Return the seconds of processor time and the peak of memory, in MB, of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def run(rows: int, workers: int) -> tuple[str, str]:
    """Return a line of the table of costs, and what the notebook's cells print."""
    names: dict[str, object] = {"__name__": "at_scale"}
    printed = io.StringIO()
    seconds = processor = memory = 0.0
    options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        for code in cells():
            before, start = client.run(used), time.perf_counter()
            with contextlib.redirect_stdout(printed):
                exec(code, names)
            if "ROWS, CHUNK =" in code:
                names |= {"ROWS": rows, "CHUNK": CHUNK}
            if COUNTING in code:
                seconds = time.perf_counter() - start
                after = client.run(used)
                processor = sum(after[worker][0] - before[worker][0] for worker in after)
                memory = max(peak for _, peak in after.values())
    line = f"{rows:,} | {workers} | {seconds:.0f} | {processor:.0f} | {memory:.0f} | {rows / seconds:,.0f}"
    return f"| {line} |", printed.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000_000)
    rows = parser.parse_args().rows
    print("| rows | workers | seconds | seconds of processor | peak MB of a worker | rows a second |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    printed = ""
    for size, workers in ((rows, 2), (rows // 5, 2), (rows // 5, 1), (2 * rows // 5, 2)):
        line, last = run(size, workers)
        print(line, flush=True)
        printed = printed or last
    print(f"\n{printed}")


if __name__ == "__main__":
    main()
