"""axe-core on every page, light and dark: WCAG 2.1 A and AA and its best practices, without exception."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from built import MARKS, PAGES, UNFOLD, Visit, address
from playwright.sync_api import Browser, Page

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
# The theme changes colours and nothing else.
COLOURS = ["color-contrast", "link-in-text-block"]
# Text with the same chain of classes has the same colours: one place of each kind is enough for them.
MARK_KINDS = """() => {
    const seen = new Set();
    for (const element of document.body.querySelectorAll('*')) {
        if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
        let kind = '';
        for (let at = element; at; at = at.parentElement) {
            kind += `<${at.tagName} ${at.getAttribute('class')} ${at.getAttribute('style')}`;
        }
        if (!seen.has(kind)) element.dataset.kind = seen.add(kind).size;
    }
}"""

pytestmark = MARKS


@pytest.fixture(scope="module")
def visit(chromium: Browser) -> Iterator[Visit]:
    """Open a window."""
    context = chromium.new_context(reduced_motion="reduce")
    yield Visit(context)
    context.close()


def violations(page: Page, place: str, rules: Any, without: list[str] | None = None) -> list[tuple[str, ...]]:
    """Let axe examine what a selector finds on a page."""
    # Without `preload` axe does not ask for the style sheets once more.
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    options["rules"] = {rule: {"enabled": False} for rule in without or []}
    found = page.evaluate("([place, options]) => axe.run(place, options)", [place, options])["violations"]
    return [(rule["id"], str(node["target"]), node["html"][:200]) for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_in_light_and_dark(visit: Visit, name: str) -> None:
    visit.page.emulate_media(color_scheme="light")
    page = visit.open(address(name))
    page.evaluate(UNFOLD)
    page.evaluate(AXE)
    page.evaluate(MARK_KINDS)
    assert not violations(page, "html", EVERYTHING, without=COLOURS)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.locator(f"html[data-theme={theme}]").wait_for(state="attached")  # the page hears of it later
        assert not violations(page, "[data-kind]", {"type": "rule", "values": COLOURS})
