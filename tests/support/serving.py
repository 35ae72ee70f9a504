"""A web server on this machine that allows a page nothing from elsewhere."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path


@contextmanager
def serve(folder: Path, policy: str) -> Iterator[str]:
    """Serve a folder under a content security policy; give its address."""

    class Strict(http.server.SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            """Add the policy."""
            self.send_header("Content-Security-Policy", policy)
            super().end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
