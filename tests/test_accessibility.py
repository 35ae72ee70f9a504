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
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}

pytestmark = MARKS


@pytest.fixture(scope="module")
def visit(chromium: Browser) -> Iterator[Visit]:
    """Open a window."""
    context = chromium.new_context(reduced_motion="reduce")
    yield Visit(context)
    context.close()


def violations(page: Page, rules: Any) -> list[tuple[str, str, str]]:
    """Let axe examine a page."""
    # Without `preload` axe does not ask for the style sheets once more.
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [(rule["id"], str(node["target"]), node["html"][:200]) for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_in_light_and_dark(visit: Visit, name: str) -> None:
    visit.page.emulate_media(color_scheme="light")
    page = visit.open(address(name))
    page.evaluate(UNFOLD)
    page.evaluate(AXE)
    assert not violations(page, EVERYTHING)
    page.emulate_media(color_scheme="dark")
    page.locator("html[data-theme=dark]").wait_for(state="attached")  # the page hears of it a little later
    assert not violations(page, COLOURS)
