"""Chromium, for the scripts, benchmarks and tests that look at pages."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
# macOS and Windows keep programs where the PATH does not lead.
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
MISSING = (
    f"no Chromium found (looked for {', '.join(NAMES)}). Install one: apt-get install chromium (Debian, "
    "Ubuntu), dnf install chromium (Fedora), brew install --cask google-chrome (macOS)"
)


def find_chromium() -> str | None:
    """Return the path of a Chromium, if there is one."""
    return next(filter(None, map(shutil.which, (*NAMES, *ELSEWHERE))), None)


def launch(playwright: Playwright) -> Browser:
    """Start Chromium, which makes no request of its own."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
