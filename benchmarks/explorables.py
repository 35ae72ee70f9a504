"""Milliseconds of script that one frame of a drag costs in each explorable, in Chromium.

Run from the repository's root: python -m benchmarks.explorables
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Page, sync_playwright

from web.browser import launch

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "web" / "explorables"
FRAMES = 120
CASES = {
    "entropy-bars": "",
    "two-bells": "",
    "honest-forecast": "",
    "sliding-apart": 'shape="bells"',
    "beat-the-plan": 'from="3,2,1,4,2,5,1,6" to="1,2,4,3,6,1,5,2"',
    "coin-detective": 'p="0.75" q="0.5" seed="12" flips="100"',
    "your-forecast": 'seed="1"',
    "which-month": 'a="7" b="1" by="sun"',
    "plan-in-town": "",
}

# Everything that a moved pointer sets off: its handlers, and the drawing in the frame after it.
WATCH = """() => {
    window.spent = 0;
    let started = 0;
    addEventListener("pointermove", () => { started = performance.now(); }, true);
    addEventListener("pointermove", () => { window.spent += performance.now() - started; });
    const kind = explorables.Explorable.prototype, render = kind.render;
    kind.render = function () {
        const start = performance.now();
        render.call(this);
        window.spent += performance.now() - start;
    };
}"""

FRAME = """() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => {
    done(window.spent);
    window.spent = 0;
})))"""


def drag(page: Page, x: float, y: float, dx: float, dy: float) -> list[float]:
    """Hold the pointer at (x, y) and move it to and fro, a step a frame."""
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(FRAME)
    found = []
    for step in range(FRAMES):
        share = 1 - abs(2 * step / FRAMES - 1)
        page.mouse.move(x + dx * share, y + dy * share)
        found.append(page.evaluate(FRAME))
    page.mouse.up()
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        print(f"{'figure':18}{'dragged':32}{'median':>9}{'95 %':>9}   ms of script a frame")
        for tag, attributes in CASES.items():
            folder = SOURCE.as_uri()
            file = Path(name, f"{tag}.html")
            head = '<!DOCTYPE html><meta charset="utf-8">'
            sheet = f'<link rel="stylesheet" href="{folder}/explorables.css">'
            scripts = "".join(f'<script defer src="{folder}/{part}.js"></script>' for part in ("core", tag))
            file.write_text(f"{head}{sheet}{scripts}<{tag} {attributes}></{tag}>", encoding="utf-8")
            page.goto(file.as_uri())
            page.evaluate(WATCH)
            # The table is open, and follows the drag.
            page.evaluate("document.querySelector('.xp-table').open = true")
            choices = (".xp-cell", ".xp-place.xp-q", ".xp-knob", "input[type=range]")
            handles = next(found for choice in choices if (found := page.locator(f"{choice}:visible").all()))
            if tag in ("beat-the-plan", "plan-in-town"):
                handles = handles[:1]
            for handle in handles:
                box = handle.bounding_box()
                upright = handle.get_attribute("aria-orientation") == "vertical"
                cell = tag in ("beat-the-plan", "plan-in-town")
                found = drag(
                    page,
                    box["x"] + box["width"] / 2,
                    box["y"] + box["height"] / 2,
                    0 if upright else 200,
                    -100 if upright else 200 * cell,
                )
                what = (handle.get_attribute("aria-label") or "")[:30]
                print(f"{tag:18}{what:32}{median(found):9.2f}{quantiles(found, n=20)[-1]:9.2f}")
        browser.close()


if __name__ == "__main__":
    main()
