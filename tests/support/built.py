"""The built book as the tests see it: its pages, their tags, a window that writes down what goes wrong."""

from __future__ import annotations

import os
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request

ROOT = Path(__file__).resolve().parents[2]
BOOK = Path(os.environ.get("BOOK_HTML", ROOT / "_build" / "html"))
# Every page but those that only lead on to another one.
PAGES = sorted(
    page.relative_to(BOOK).as_posix()
    for page in BOOK.rglob("*.html")
    if "_static" not in page.parts and "http-equiv" not in page.read_text(encoding="utf-8")[:200].lower()
)
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]

MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(not PAGES, reason="the book is not built: run `make book` first"),
]
DESK = {"width": 1280, "height": 900}
UNFOLD = "document.querySelectorAll('details').forEach(fold => { fold.open = true; })"
# Formulas without their outlines keep their places, and most of what a browser has to lay out is gone.
EMPTY_FORMULAS = "document.querySelectorAll('.math svg').forEach(drawn => drawn.replaceChildren())"


def address(name: str) -> str:
    """Return the address of a page opened as a file."""
    return (BOOK / name).as_uri()


class Tags(HTMLParser):
    """List the tags of a document with their attributes: much faster than a tree of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one."""
        self.found.append((tag, dict(attrs)))

    def attribute(self, name: str, *, of: str | None = None) -> list[str | None]:
        """List the values of an attribute, of all tags or of one kind."""
        return [attrs[name] for tag, attrs in self.found if name in attrs and of in (tag, None)]


class Visit:
    """A window that writes down every error and every request of the page in it."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda note: self.errors.append(note.text) if note.type == "error" else None)
        self.page.on("requestfailed", self._note_failure)
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)

    def _note_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # by leaving the page
            self.errors.append(f"no {request.url}: {request.failure}")

    def open(self, url: str) -> Page:
        """Open an address with nothing written down, load all its pictures, and wait until it is complete."""
        self.page.goto("about:blank")  # what the last page still has to say is not about this one
        self.errors.clear()
        self.requests.clear()
        self.page.set_viewport_size(DESK)
        self.page.emulate_media(color_scheme="light")  # the last test may have left it dark
        self.page.goto(url, wait_until="load")
        self.page.evaluate(
            """Promise.all([...document.images].map(image => {
                image.loading = 'eager';
                return image.decode().catch(() => console.error(`broken picture ${image.src}`));
            }))"""
        )
        return self.page

    def foreign(self, home: str) -> list[str]:
        """List the requests that left the book."""
        return [url for url in self.requests if not url.startswith((home, "data:", "blob:"))]
