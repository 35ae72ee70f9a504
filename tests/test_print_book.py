"""The one PDF of the whole book: every link has its place, every section its page."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from bs4 import BeautifulSoup
from built import BOOK, MARKS, ROOT
from playwright.sync_api import Browser

pytestmark = MARKS


@pytest.fixture(scope="module")
def print_book() -> ModuleType:
    """Load the script."""
    spec = importlib.util.spec_from_file_location("print_book", ROOT / "tools" / "print_book.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.BOOK = BOOK
    return module


@pytest.fixture(scope="module")
def document(print_book: ModuleType) -> BeautifulSoup:
    """Gather the whole book."""
    names = print_book.reading_order()
    soups = {name: print_book.read(name) for name in names}
    articles = print_book.gather(names, soups)
    return BeautifulSoup(print_book.document(articles, soups, {}), "html.parser")


def test_links_stay_inside_the_document(document: BeautifulSoup) -> None:
    places = Counter(tag["id"] for tag in document.find_all(id=True))
    assert not [place for place, count in places.items() if count > 1]
    links = [link["href"] for link in document.find_all("a", href=True)]
    assert links
    assert not [link for link in links if not link.startswith(("http", "mailto:", "#"))]
    assert not [link for link in links if link.startswith("#") and link[1:] not in places]


def test_every_page_is_there_with_all_folds_open(document: BeautifulSoup, print_book: ModuleType) -> None:
    assert [article["id"] for article in document.select("article")] == [
        print_book.slug(name) for name in print_book.reading_order()
    ]
    assert not document.select("details:not([open])")
    assert not [image["src"] for image in document.select("img") if not Path(BOOK, image["src"]).is_file()]


def test_page_numbers_are_those_of_the_pages(chromium: Browser, print_book: ModuleType) -> None:
    sections = "".join(f'<h2 id="s-{n}" style="break-before: page">{n}</h2>' for n in range(2, 12))
    links = "".join(f'<a href="#s-{n}">{n}</a>' for n in range(2, 12))
    pdf = print_book.print_document(chromium, f'<!DOCTYPE html><html lang="en"><body>{links}{sections}')
    assert {f"s-{n}": n for n in range(2, 12)}.items() <= print_book.page_numbers(pdf).items()
