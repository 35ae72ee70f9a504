"""axe-core on every page, light and dark: WCAG 2.1 A and AA and its best practices, without exception."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from built import MARKS, PAGES, UNFOLD, Visit, address
from playwright.sync_api import Browser

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,  # it would ask for the style sheets once more
}

pytestmark = MARKS


@pytest.fixture(scope="module", params=["light", "dark"])
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Open a window of a reader who prefers this theme."""
    context = chromium.new_context(color_scheme=request.param, reduced_motion="reduce")
    yield Visit(context)
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible(visit: Visit, name: str) -> None:
    page = visit.open(address(name))
    page.evaluate(UNFOLD)
    page.evaluate(AXE)
    found = page.evaluate("options => axe.run(document, options)", OPTIONS)["violations"]
    places = [(rule["id"], node["target"], node["html"][:200]) for rule in found for node in rule["nodes"]]
    assert not places
