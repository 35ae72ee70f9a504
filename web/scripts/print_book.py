"""Print the built book into one PDF: title page, contents with page numbers, every page, all folds open.

Chromium prints one long page that holds all pages of the book in their order. It does not know page numbers
while it lays the text out, so it prints twice: the first PDF says on which page each section begins.
"""

from __future__ import annotations

import base64
import io
import posixpath
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from fontTools import subset
from fontTools.ttLib import TTFont
from playwright.sync_api import Browser, sync_playwright
from pylopdf_fonts_zh_cn import sans_path
from pypdf import PdfReader

from web.browser import MISSING, find_chromium, launch

BOOK = Path("_build/html")
PDF = "divergences.pdf"
FOOTER = (
    '<p style="width: 100%; margin: 0; text-align: center; font: 8pt Georgia, serif">'
    '<span class="pageNumber"></span></p>'
)
STYLE = """
@page :first { margin: 0; }
.title-page { height: 297mm; padding: 55mm 30mm 0; break-after: page; text-align: center; }
.title-page svg { width: 90mm; fill-opacity: 0.22; stroke-width: 1.6; }
.title-page .p { fill: var(--p); stroke: var(--p); }
.title-page .q { fill: var(--q); stroke: var(--q); }
.title-page h1 { margin: 12mm 0 4mm; font-size: 42pt; }
.title-page p { color: var(--soft); font-size: 13pt; }
.title-page .rights { margin-top: 60mm; font-size: 9.5pt; }
article { break-before: page; }
.toc { break-after: page; font-size: 10.5pt; line-height: 1.4; }
.toc ol { margin: 0; padding: 0; list-style: none; }
.toc li { break-inside: avoid; }
.toc a { display: flex; gap: 0.5em; padding: 0.12em 0; color: inherit; text-decoration: none; }
.toc a::before { order: 1; flex: 1; content: ""; border-bottom: 1px dotted var(--soft); }
.toc .section-number { margin-right: 0.3em; }
.toc .number { order: 2; }
.toc > ol > li > a { margin-top: 0.7em; font-weight: 600; }
.toc ol ol a { padding-left: 1.2em; }
"""


def slug(name: str) -> str:
    """Turn the path of a page into a name that a place in the PDF may have."""
    return re.sub(r"[^a-z0-9]+", "-", name.removesuffix(".html").lower()).strip("-")


def read(name: str) -> BeautifulSoup:
    """Read a built page."""
    return BeautifulSoup((BOOK / name).read_text(encoding="utf-8"), "html.parser")


def reading_order() -> list[str]:
    """List the pages of the book."""
    return ["intro.html", *(link["href"] for link in read("intro.html").select("#book-menu a"))]


def resolve(page: str, address: str) -> str:
    """Return the path of a file from the root of the book, given its address on a page."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(address)))


def gather(names: list[str], soups: dict[str, BeautifulSoup]) -> list[Tag]:
    """Return the articles of all pages, made fit to stand in one document."""
    articles = []
    for name in names:
        article = soups[name].select_one("article")
        for tag in article.find_all(id=True):
            tag["id"] = f"{slug(name)}--{slug(tag['id'])}"
        article["id"] = slug(name)
        for image in article.find_all("img"):
            image["src"] = resolve(name, image["src"])
            del image["loading"]
        for link in article.find_all("a", href=True):
            target = urlsplit(link["href"])
            if target.scheme:
                continue
            page = resolve(name, target.path) if target.path else name
            if page not in names:
                link.unwrap()  # what is not printed cannot be turned to
            else:
                place = target.fragment.partition("?")[0]
                link["href"] = f"#{slug(page)}" + (f"--{slug(place)}" if place else "")
        for code in article.select("details.hide"):
            code.decompose()  # how a figure is drawn is in the notebook
        for fold in article.find_all("details"):
            fold["open"] = ""
        for mark in article.select(".headerlink"):
            mark.decompose()
        articles.append(article)
    return articles


def chinese_font(text: str) -> str:
    """Return the rules for the Chinese terms in a text, with a font (Noto Sans SC) cut down to them.

    So neither the reader of the PDF nor the machine that prints it needs such a font.
    """
    characters = sorted(set(re.findall(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]", text)))
    if not characters:
        return ""
    font = TTFont(sans_path(), recalcTimestamp=False)
    subsetter = subset.Subsetter(subset.Options(layout_features=[], hinting=False))
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    file = io.BytesIO()
    font.save(file)
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'@font-face {{ font-family: "Chinese Book"; src: url("data:font/otf;base64,{data}"); }}\n'
        '[lang|="zh"] { font-family: "Chinese Book", serif; }\n'
    )


def contents(articles: list[Tag], pages: dict[str, int]) -> str:
    """Write the table of contents; without page numbers it takes the same room."""

    def line(place: str, heading: Tag) -> str:
        # A formula in a heading refers to outlines by name, and so may stand here a second time.
        return f'<a href="#{place}"><span>{heading.decode_contents()}</span>' + (
            f'<span class="number">{pages.get(place, 0)}</span></a>'
        )

    entries = []
    for article in articles:
        sections = article.select("section > section:has(> h2)")
        inner = "".join(f"<li>{line(s['id'], s.h2)}</li>" for s in sections if s.parent.parent is article)
        entries.append(f"<li>{line(article['id'], article.h1)}<ol>{inner}</ol></li>")
    return f'<nav class="toc"><h1>Contents</h1><ol>{"".join(entries)}</ol></nav>'


def document(articles: list[Tag], soups: dict[str, BeautifulSoup], pages: dict[str, int]) -> str:
    """Write the whole book as one page."""
    first = soups["intro.html"]
    drawers = [drawer for soup in soups.values() if (drawer := soup.find(class_="glyphs"))]
    glyphs = {path["id"]: str(path) for drawer in drawers for path in drawer.find_all("path")}
    sheets = [link["href"].partition("?")[0] for link in first.select("link[rel=stylesheet]")]
    style = "".join((BOOK / sheet).read_text(encoding="utf-8") for sheet in sheets)
    style = style.replace("font-display: optional", "font-display: block")  # paper waits for its font
    title = first.select_one("meta[property='og:site_name']")["content"]
    question = first.select_one("article strong").get_text()
    cover = (
        f'<div class="title-page">{first.select_one(".brand svg")}<h1>{title}</h1><p>{question}</p>'
        f'<p class="rights">{first.select_one("footer.bottom p").get_text()}</p></div>'
    )
    terms = [term.get_text() for article in articles for term in article.select("[lang|=zh]")]
    chinese = chinese_font("".join(terms))
    return (
        f'<!DOCTYPE html><html lang="{first.html["lang"]}" data-theme="light"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{style}{chinese}{STYLE}</style></head><body>"
        f'<svg class="glyphs"><defs>{"".join(glyphs[name] for name in sorted(glyphs))}</defs></svg>{cover}'
        f"{contents(articles, pages)}<main>{''.join(map(str, articles))}</main></body></html>"
    )


def print_document(browser: Browser, text: str, *, final: bool = True) -> bytes:
    """Print one document, in its final form with an outline and with tags for screen readers."""
    source = BOOK / "_print.html"
    source.write_text(text, encoding="utf-8")
    page = browser.new_page(color_scheme="light")
    try:
        page.goto(source.resolve().as_uri(), wait_until="load")
        page.evaluate(
            "Promise.all([document.fonts.ready, ...[...document.images].map(image => image.decode())])"
        )
        return page.pdf(
            format="A4",
            prefer_css_page_size=True,
            print_background=True,
            display_header_footer=True,
            header_template="<p></p>",
            footer_template=FOOTER,
            tagged=final,
            outline=final,
        )
    finally:
        page.close()
        source.unlink()


def page_numbers(pdf: bytes) -> dict[str, int]:
    """Return the page on which each place of the document lies."""
    reader = PdfReader(io.BytesIO(pdf))
    order = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, start=1)}
    return {
        name.removeprefix("/"): order[place.page.idnum] for name, place in reader.named_destinations.items()
    }


def main() -> None:
    """Print the book."""
    if find_chromium() is None:
        sys.exit(f"The PDF is printed by Chromium: {MISSING}. Then run `make pdf` again.")
    names = reading_order()
    soups = {name: read(name) for name in names}
    articles = gather(names, soups)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        pages: dict[str, int] = {}
        for final in (False, True):
            pdf = print_document(browser, document(articles, soups, pages), final=final)
            pages = page_numbers(pdf)
        browser.close()
    missing = [article["id"] for article in articles if article["id"] not in pages]
    if missing:
        raise ValueError(f"not found in the PDF: {', '.join(missing)}")
    (BOOK / PDF).write_bytes(pdf)
    print(f"{(BOOK / PDF).resolve()}: {len(pdf) / 1e6:.1f} MB")


if __name__ == "__main__":
    BOOK = Path(sys.argv[1]) if len(sys.argv) > 1 else BOOK
    main()
