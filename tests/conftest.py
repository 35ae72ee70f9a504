"""Fixtures that more than one module of tests uses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from web.browser import MISSING, find_chromium, launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give Chromium to a test; skip it where there is none, unless REQUIRE_BROWSER=1 insists."""
    if find_chromium() is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright  # here: the library's tests run without it

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
