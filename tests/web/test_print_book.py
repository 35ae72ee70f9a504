"""The one PDF of the whole book: every link has its place, every section its page."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from built import BOOK, MARKS, Tags
from playwright.sync_api import Browser
from pypdf import PdfReader

from web.scripts import print_book

pytestmark = MARKS


@pytest.fixture(scope="module", autouse=True)
def built_book() -> None:
    """Let the script read the book that all tests look at."""
    print_book.BOOK = BOOK


@pytest.fixture(scope="module")
def document() -> Tags:
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


def test_every_page_is_there_with_all_folds_open(document: Tags) -> None:
    pages = [print_book.slug(name) for name in print_book.reading_order()]
    assert document.attribute("id", of="article") == pages
    folds = [attrs for tag, attrs in document.found if tag == "details"]
    assert folds
    assert all("open" in attrs for attrs in folds)
    assert not [source for source in document.attribute("src", of="img") if not Path(BOOK, source).is_file()]


def test_page_numbers_are_those_of_the_pages(chromium: Browser) -> None:
    sections = "".join(f'<h2 id="s-{n}" style="break-before: page">{n}</h2>' for n in range(2, 12))
    links = "".join(f'<a href="#s-{n}">{n}</a>' for n in range(2, 12))
    pdf = print_book.print_document(chromium, f'<!DOCTYPE html><html lang="en"><body>{links}{sections}')
    assert {f"s-{n}": n for n in range(2, 12)}.items() <= print_book.page_numbers(pdf).items()


def test_chinese_terms_bring_their_font_along(chromium: Browser) -> None:
    style = print_book.chinese_font("交叉熵")
    text = f'<html lang="en"><style>{style}</style><body><span lang="zh-Hans">交叉熵</span></body></html>'
    page = PdfReader(io.BytesIO(print_book.print_document(chromium, text))).pages[0]
    assert "交叉熵" in page.extract_text()  # boxes have no text


def test_every_chinese_word_is_marked_as_chinese() -> None:
    for name in print_book.reading_order():
        article = print_book.read(name).select_one("article")
        for term in article.select("[lang|=zh]"):
            term.decompose()
        assert not re.search(r"[\u2e80-\u9fff]", article.get_text()), name
