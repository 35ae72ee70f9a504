"""Run jupyter-book with the arguments given, without two seconds and more of work that nobody needs.

python -m web.scripts.build_book build . -W -n --keep-going --quiet
"""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run jupyter-book."""
    # A build keeps nearly all that it makes: looking for waste again and again takes a quarter of the time.
    gc.disable()
    # When jsonschema finds this package, it compiles the grammars of all kinds of web addresses.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    from jupyter_book.cli.main import main as jupyter_book

    jupyter_book()


if __name__ == "__main__":
    main()
