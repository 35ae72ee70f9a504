"""Print a benchmark's table while it grows, and put it into the page that shows it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path


def publish(lines: Iterable[str], script: str, description: str | None) -> None:
    """Print the lines; with ``--page PAGE`` also replace what this script wrote into that page before."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--page", type=Path, help="the page that shows the table")
    page = parser.parse_args().page
    written = []
    for line in lines:
        print(line, flush=True)
        written.append(line)
    if page:
        start, end = f"<!-- written by benchmarks/{script}: -->\n", "<!-- to here -->"
        place = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
        table = start + "\n" + "\n".join(written) + "\n\n" + end
        page.write_text(place.sub(lambda _: table, page.read_text(encoding="utf-8")), encoding="utf-8")
