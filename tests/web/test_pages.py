"""The published pages in a real browser: offline, without errors, accessible, readable on every screen."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe import violations
from built import BOOK, CHAPTERS, DESK, EMPTY_FORMULAS, MARKS, PAGES, ROOT, UNFOLD, Tags, Visit, address
from playwright.sync_api import Browser
from serving import serve

WIDTHS = (1280, 1920, 768, 390)  # the first is that of `Visit`

MAIN = [name for name in CHAPTERS if re.fullmatch(r"chapters/\d\d_\w+\.html", name)]

pytestmark = MARKS


@pytest.fixture(scope="module")
def visit(chromium: Browser) -> Iterator[Visit]:
    """Open a window."""
    context = chromium.new_context(
        color_scheme="light",
        reduced_motion="reduce",
        device_scale_factor=2,
        permissions=["clipboard-read", "clipboard-write"],
    )
    yield Visit(context)
    context.close()


@pytest.fixture(scope="module", params=PAGES)
def opened(visit: Visit, request: pytest.FixtureRequest) -> Visit:
    """Open a page once for all tests that only look at it: pytest keeps them together."""
    visit.open(address(request.param))
    return visit


@pytest.fixture(scope="module")
def outlined(opened: Visit) -> Visit:
    """Empty the formulas of the page, for the tests that only lay it out."""
    opened.page.evaluate(EMPTY_FORMULAS)
    return opened


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Serve the book on this machine, under a policy that allows nothing from elsewhere."""
    policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:"
    with serve(BOOK, policy) as url:
        yield f"{url}/"


@pytest.fixture(scope="module", params=PAGES)
def served(visit: Visit, server: str, request: pytest.FixtureRequest) -> Visit:
    """Open a page over http once for several tests."""
    visit.open(server + request.param)
    return visit


def test_page_is_complete_from_a_usb_stick(opened: Visit) -> None:
    assert not opened.foreign(BOOK.as_uri())
    assert not opened.errors


def test_pictures_are_sharp_and_say_what_they_show(opened: Visit) -> None:
    read = "all => all.map(i => [i.naturalWidth, Number(i.getAttribute('width')), i.alt])"
    for real, shown, alt in opened.page.locator("main img").evaluate_all(read):
        assert real >= 2 * shown - 1, f"{alt!r} is {real} px wide and shown at {shown}"
        assert len(alt) >= 20


def test_paper_shows_folded_boxes_and_no_controls(opened: Visit) -> None:
    page = opened.page
    page.emulate_media(media="print")
    try:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        for control in ("header.top", "button.copy"):
            assert page.locator(control).locator("visible=true").count() == 0
        page.evaluate("dispatchEvent(new Event('afterprint'))")
    finally:
        page.emulate_media(media="screen")


def test_formulas_are_typeset_and_speak(opened: Visit) -> None:
    opened.page.evaluate(UNFOLD)
    silent = opened.page.evaluate("""() => [...document.querySelectorAll('.math')].filter(formula => {
        const drawn = formula.querySelector('svg')?.getBoundingClientRect();
        const letters = [...formula.querySelectorAll('use')];
        return !drawn || drawn.width === 0 || letters.length === 0
            || letters.some(use => !document.getElementById(use.getAttribute('href').slice(1)))
            || !formula.querySelector('math')?.textContent.trim();
    }).map(formula => formula.outerHTML.slice(0, 200))""")
    assert not silent
    assert not opened.page.evaluate("document.documentElement.outerHTML.includes('[[formula')")


def test_page_is_usable_by_keyboard(outlined: Visit) -> None:
    page = outlined.page
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    # Whatever can have the focus takes it and shows it; the figures have a test of their own.
    page.evaluate(UNFOLD)
    silent = page.evaluate("""() => {
        const shown = place => !place.closest('.xp') && place.checkVisibility({ checkVisibilityCSS: true });
        const places = [...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')];
        return places.filter(shown).filter(place => {
            place.focus({ preventScroll: true });
            return document.activeElement !== place || getComputedStyle(place).outlineStyle === 'none';
        }).map(place => place.outerHTML.slice(0, 200));
    }""")
    assert not silent


def test_page_fits_every_screen(outlined: Visit) -> None:
    page = outlined.page
    page.evaluate(UNFOLD)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        excess = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert excess <= 0, f"at {width} px the page is {excess} px too wide"
        # What is too wide scrolls in a box that the keyboard reaches; all else is in sight.
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        cut = page.evaluate("""() => [...document.querySelectorAll('.math, table, pre, main img')]
            .filter(item => item.getClientRects().length)
            .filter(item => {
                let box = item;
                while (box && !/auto|scroll/.test(getComputedStyle(box).overflowX)) box = box.parentElement;
                if (box) return box.scrollWidth > box.clientWidth + 1 && box.tabIndex < 0;
                const { left, right } = item.getBoundingClientRect();
                return left < 0 || right > innerWidth + 0.5;
            }).map(item => item.outerHTML.slice(0, 120))""")
        assert not cut, f"at {width} px"


@pytest.mark.parametrize("opened", CHAPTERS, indirect=True)
def test_no_repository_no_dead_button(opened: Visit) -> None:
    links = opened.page.locator(".page-links a, .page-links button").all_text_contents()
    assert links == ["Download notebook"] or len(links) == 5


def test_page_is_accessible_in_light_and_dark(outlined: Visit) -> None:
    # Axe changes the page, so that this is the last of its tests.
    outlined.page.set_viewport_size(DESK)
    outlined.page.evaluate(UNFOLD)
    outlined.page.evaluate("document.activeElement.blur()")
    assert not violations(outlined.page)


def test_page_is_complete_over_http_under_a_strict_policy(served: Visit, server: str) -> None:
    assert not served.foreign(server)
    assert not served.errors


@pytest.mark.parametrize("served", [*CHAPTERS, "reference/api.html"], indirect=True)
def test_copy_button_copies_code_without_prompts(served: Visit) -> None:
    page = served.page
    page.evaluate(UNFOLD)
    blocks = page.locator(".highlight:has(> button.copy)")
    assert blocks.count() >= 1
    for index in {0, blocks.count() - 1}:
        blocks.nth(index).locator("button.copy").click()
        code = page.evaluate("navigator.clipboard.readText()")
        assert code.strip()
        assert not re.search(r"^(>>>|\.\.\.)", code, re.MULTILINE)
        compile(code, page.url, "exec")


@pytest.mark.parametrize("served", CHAPTERS, indirect=True)
def test_chapter_can_be_downloaded_as_its_notebook(served: Visit) -> None:
    page = served.page
    source = ROOT / urlsplit(page.url).path[1:].replace(".html", ".ipynb")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download notebook").click()
    assert Path(download.value.path()).read_bytes() == source.read_bytes()


@functools.cache
def tags(name: str) -> Tags:
    """Read the tags of a page."""
    return Tags((BOOK / name).read_text(encoding="utf-8"))


@functools.cache
def places(name: str) -> frozenset[str]:
    """Return all places in a page that a link can lead to."""
    return frozenset(tags(name).attribute("id"))


@pytest.mark.parametrize("name", PAGES)
def test_links_inside_the_book_lead_somewhere(name: str) -> None:
    broken = []
    for link in tags(name).attribute("href") + tags(name).attribute("src"):
        target = urlsplit(link)
        if target.scheme in {"http", "https", "mailto", "data"}:
            continue
        file = (BOOK / name).parent / unquote(target.path) if target.path else BOOK / name
        anchor = unquote(target.fragment).partition("?")[0]
        if not file.is_file():
            broken.append(f"no file {target.path}")
        elif anchor and anchor not in places(file.resolve().relative_to(BOOK).as_posix()):
            broken.append(f"no place #{anchor} in {target.path or name}")
    assert not broken


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique(name: str) -> None:
    seen = tags(name).attribute("id")
    assert sorted(set(seen)) == sorted(seen)


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_line_ends_between_a_number_and_its_percent_sign(name: str) -> None:
    source = (BOOK / name).read_text(encoding="utf-8")
    body = source[source.index("<body") :]
    prose = re.sub(r"(?s)<pre.*?</pre>|<[^>]*>", "", body)
    assert not re.findall(r".{20}\d %", prose)


def test_previous_and_next_go_round_the_whole_book(visit: Visit) -> None:
    def step(name: str, kind: str) -> str | None:
        links = (attrs["href"] for tag, attrs in tags(name).found if (tag, attrs.get("rel")) == ("a", kind))
        link = next(links, None)
        return link and (BOOK / name).parent.joinpath(link).resolve().relative_to(BOOK).as_posix()

    order = ["intro.html"]
    while (following := step(order[-1], "next")) and following not in order:
        assert step(following, "prev") == order[-1]
        order.append(following)
    assert sorted(order) == sorted(name for name in PAGES if name in order or name.startswith("chapters/"))
    page = visit.open(address("intro.html"))
    page.locator("a[rel=next]").click()
    assert page.url == address(order[1])


def test_the_menu_shows_the_chapters_and_the_side_roads_of_one(visit: Visit) -> None:
    """However long, it has scrolled to the page that is open."""
    links = "links => links.map(link => link.href.replace(/#$/, ''))"
    page = visit.open(address("intro.html"))
    top = page.locator("#book-menu a").evaluate_all(links)
    assert [link for link in top if "/chapters/" in link] == [address(name) for name in MAIN]
    for name in (MAIN[4], sorted(name for name in CHAPTERS if "/05" in name)[-1]):
        page = visit.open(address(name))
        menu = page.locator("#book-menu a").evaluate_all(links)
        assert set(menu) - set(top) == {address(side) for side in CHAPTERS if "/05" in side} - set(top)
        here = page.locator("#book-menu [aria-current=page]")
        assert here.evaluate("link => link.href.replace(/#$/, '')") == address(name)
        box = here.bounding_box()
        assert 0 < box["y"] < page.viewport_size["height"] - box["height"]


def test_a_chapter_leads_to_the_next_one(visit: Visit) -> None:
    page = visit.open(address(MAIN[0]))
    page.locator(".turn .chapter").click()
    assert page.url == address(MAIN[1])
    assert not visit.open(address(MAIN[-1])).locator(".turn .chapter").count()


@pytest.mark.parametrize("place", ["file", "server"])
def test_search_finds(visit: Visit, server: str, place: str) -> None:
    page = visit.open(address("intro.html") if place == "file" else server + "intro.html")
    page.locator("header input[type=search]").fill("Wasserstein")
    page.locator("#find-results .hit .hit-text mark").first.wait_for()
    page.keyboard.press("Enter")
    page.locator("article h1").wait_for()
    assert "chapters/" in page.url or "reference/" in page.url
    assert not visit.errors


def test_a_heading_copies_its_address(visit: Visit, server: str) -> None:
    page = visit.open(server + "chapters/02_kl.html")
    link = page.locator("article h2 a.headerlink").first
    link.click()
    page.locator("a.copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url
    assert urlsplit(copied).fragment in places("chapters/02_kl.html")
    assert page.locator("[role=status]", has_text="copied").count() == 1


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_is_shared_is_of_the_page(name: str) -> None:
    shared = {attrs["property"]: attrs["content"] for tag, attrs in tags(name).found if "property" in attrs}
    assert len(shared["og:description"]) > 40
    file = re.sub(r"^https?://.*?/(?=_)|^\.\./", "", shared["og:image"])
    assert (BOOK / file).is_file()
    figures = [attrs["alt"] for tag, attrs in tags(name).found if tag == "img" and attrs.get("alt")]
    if figures:
        assert shared["og:image:alt"] == figures[0]


def test_theme_switches_and_is_remembered(visit: Visit) -> None:
    page = visit.open(address("intro.html"))
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate(colour)
    assert dark != light
    page.reload()
    assert page.evaluate(colour) == dark
    assert page.get_by_role("button", name="Dark theme", pressed=True).count() == 1
    page.get_by_role("button", name="Dark theme").click()
    assert page.evaluate(colour) == light


def test_menu_opens_on_a_phone_and_closes_by_keyboard(visit: Visit) -> None:
    page = visit.open(address("intro.html"))
    page.set_viewport_size({"width": 390, "height": 844})
    menu = page.locator("#book-menu")
    assert not menu.is_visible()
    page.locator(".menu-button").click()
    assert menu.is_visible()
    page.keyboard.press("Escape")
    assert not menu.is_visible()
