"""Chromium for the tests that look at pages: one browser for the whole run."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Playwright

# The first is Chromium without its windows: the pages are the same, and the tests take a tenth less time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """Return the path of the Chromium on the PATH, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    """Start Chromium, which makes no request of its own."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give Chromium to a test; skip it where there is none, unless REQUIRE_BROWSER=1 insists."""
    if find_chromium() is None:
        message = f"no Chromium on the PATH (looked for {', '.join(NAMES)}): the test of the pages cannot run"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright  # here: the library's tests run without it

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
