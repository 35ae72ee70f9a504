"""The one PDF of the whole book: every link has its place, every section its page."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from built import BOOK, MARKS, ROOT, Tags
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
def document(print_book: ModuleType) -> Tags:
    """Gather the whole book."""
    names = print_book.reading_order()
    soups = {name: print_book.read(name) for name in names}
    articles = print_book.gather(names, soups)
    return Tags(print_book.document(articles, soups, {}))


def test_links_stay_inside_the_document(document: Tags) -> None:
    places = Counter(document.attribute("id"))
    assert not [place for place, count in places.items() if count > 1]
    links = document.attribute("href", of="a")
    assert links
    assert not [link for link in links if not link.startswith(("http", "mailto:", "#"))]
    assert not [link for link in links if link.startswith("#") and link[1:] not in places]


def test_every_page_is_there_with_all_folds_open(document: Tags, print_book: ModuleType) -> None:
    pages = [print_book.slug(name) for name in print_book.reading_order()]
    assert document.attribute("id", of="article") == pages
    folds = [attrs for tag, attrs in document.found if tag == "details"]
    assert folds
    assert all("open" in attrs for attrs in folds)
    assert not [source for source in document.attribute("src", of="img") if not Path(BOOK, source).is_file()]


def test_page_numbers_are_those_of_the_pages(chromium: Browser, print_book: ModuleType) -> None:
    sections = "".join(f'<h2 id="s-{n}" style="break-before: page">{n}</h2>' for n in range(2, 12))
    links = "".join(f'<a href="#s-{n}">{n}</a>' for n in range(2, 12))
    pdf = print_book.print_document(chromium, f'<!DOCTYPE html><html lang="en"><body>{links}{sections}')
    assert {f"s-{n}": n for n in range(2, 12)}.items() <= print_book.page_numbers(pdf).items()
