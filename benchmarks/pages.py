"""What a reader waits for: bytes (gzip), requests, layout shift and the time until formulas are on screen.

Each page of the built book is served by this machine, compressed as web servers do, to a browser with an
empty cache, which scrolls through it from top to bottom, so that every picture is counted. Usage:

    python -m benchmarks.pages [_build/html] [page ...]
"""

from __future__ import annotations

import functools
import gzip
import http.server
import statistics
import sys
import threading
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from web.browser import launch

REPEATS = 5
COMPRESSED = {".html", ".css", ".js", ".svg", ".json"}
WATCH = """
    window.shift = 0;
    new PerformanceObserver(list => list.getEntries().forEach(entry => { window.shift += entry.value; }))
        .observe({ type: 'layout-shift', buffered: true });
    const look = () => {
        const formula = document.querySelector('main .math svg, main h1');
        if (formula && formula.getBoundingClientRect().width > 0 && document.readyState !== 'loading') {
            requestAnimationFrame(() => { window.shown = performance.now(); });
        } else {
            requestAnimationFrame(look);
        }
    };
    look();
"""
SCROLL = """async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
        scrollTo({ top: y, behavior: 'instant' });
        await new Promise(done => setTimeout(done, 30));
    }
}"""


class Compressing(http.server.SimpleHTTPRequestHandler):
    """A web server that compresses text."""

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body, packed = path.read_bytes(), path.suffix in COMPRESSED
        body = gzip.compress(body, 6) if packed else body
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def visit(browser: Browser, url: str) -> tuple[int, int, float, float]:
    """Return the bytes, the requests, the layout shift and the time in ms of one visit."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    received: list[float] = []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.add_init_script(WATCH)
    page.goto(url, wait_until="load")
    page.wait_for_function("window.shown !== undefined")
    page.evaluate(SCROLL)
    page.wait_for_load_state("networkidle")
    shift, shown = page.evaluate("[window.shift, window.shown]")
    context.close()
    return int(sum(received)), len(received), shift, shown


def main(folder: Path, names: list[str]) -> None:
    """Print one line for each page."""
    names = names or sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.html")
        if path.parts[len(folder.parts)] in {"chapters", "reference", "intro.html"}
    )
    handler = functools.partial(Compressing, directory=str(folder))
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = launch(playwright)
        print(f"{'page':44} {'kB':>6} {'requests':>9} {'shift':>6} {'formulas shown after':>21}")
        for name in names:
            visits = [visit(browser, f"http://127.0.0.1:{server.server_port}/{name}") for _ in range(REPEATS)]
            size, requests, shift, shown = (statistics.median(column) for column in zip(*visits, strict=True))
            print(f"{name:44} {size / 1000:6.0f} {requests:9.0f} {shift:6.3f} {shown:18.0f} ms")
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "_build/html"), sys.argv[2:])
