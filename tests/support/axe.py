"""axe-core: WCAG 2.1 A and AA and its best practices, without exception."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from built import EMPTY_FORMULAS
from playwright.sync_api import Page


def carried(package: str, place: str) -> list[Path]:
    """Return where a package carries axe-core, if it is installed."""
    spec = find_spec(package)
    return [Path(spec.origin).parent / place] if spec and spec.origin else []


# The newest at hand: the first of these needs Python 3.12.
PLACES = [
    *carried("pytest_playwright_axe", "resources/axe.min.js"),
    *carried("axe_playwright_python", "axe.min.js"),
]
AXE = PLACES[0].read_text(encoding="utf-8")
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
# Of the rules on trial, the one that asks what voice control asks: a control is called what it shows.
ALSO = ["label-content-name-mismatch"]
# The theme changes colours and nothing else.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Axe has no rule for what is inside a formula, outlines for the eye and MathML for the ear, and of the words
# of code it judges the colours alone; yet these are most of a page's elements. Two words of each kind stay,
# and two of the formulas in lines of text, which one template makes: of the others, what they say.
SIMPLIFY = """() => {
    for (const spoken of document.querySelectorAll('math')) spoken.replaceChildren(spoken.textContent);
    for (const formula of [...document.querySelectorAll('span.math:not(.wide)')].slice(2)) {
        formula.replaceWith(formula.textContent);
    }
    for (const code of document.querySelectorAll('pre')) {
        const seen = {};
        for (const word of code.querySelectorAll('span[class]:not([id], [style], :has(*))')) {
            seen[word.className] = (seen[word.className] ?? 0) + 1;
            if (seen[word.className] > 2) word.replaceWith(...word.childNodes);
        }
        code.normalize();
    }
}"""
# Contrast is a matter of two looks: that of the text, its colour and whether WCAG takes it for large (which
# needs less), and that of the boxes under it. Of all texts of a page that share both, axe judges three: the
# shortest, the middle one and the longest (one alone may scroll out of sight, and then axe does not decide;
# nor does it ever reject a single letter). A box out of the flow may lie over others: it counts as a look of
# its own. So might a box with a negative margin: there is to be none.
SAMPLED = "axe.configure({ rules: [{ id: 'color-contrast', selector: '[data-sample]' }] })"
SAMPLE = """() => {
    const styles = (element, names) => names.split(' ').map(name => getComputedStyle(element)[name]);
    const clear = 'rgba(0, 0, 0, 0),none,1,none,normal,auto';  // such a box shows what is below it
    const grounds = new Map([[null, '']]);
    const under = element => {
        if (!grounds.has(element)) {
            const margins = styles(element, 'marginTop marginRight marginBottom marginLeft').map(parseFloat);
            if (Math.min(...margins) < -1) throw new Error(`a negative margin: ${element.outerHTML}`);
            const flows = /static|relative/.test(styles(element, 'position'))
                && styles(element, 'float transform translate rotate scale').every(value => value === 'none');
            const look = styles(element, 'backgroundColor backgroundImage opacity filter mixBlendMode inset');
            const below = under(element.parentElement);
            const place = flows || location.pathname + grounds.size;
            grounds.set(element, flows && look.join() === clear ? below : [below, look, place].join());
        }
        return grounds.get(element);
    };
    const large = element => {
        const [size, weight] = styles(element, 'fontSize fontWeight').map(parseFloat);
        return size >= 24 || (size >= 14 / 0.75 && weight >= 700);
    };
    const alike = new Map();
    for (const element of document.body.querySelectorAll(':not(math, .math svg)')) {
        const own = styles(element, 'color textShadow webkitTextStroke');
        const look = [under(element), own, large(element)].join();
        const texts = [...element.childNodes].filter(node => node.nodeName === '#text');
        const words = element.matches('input') ? 'typed' : texts.map(text => text.data).join('').trim();
        element.removeAttribute('data-sample');
        if (words.length < 2) continue;
        if (!alike.has(look)) alike.set(look, []);
        alike.get(look).push({ element, length: words.length });
    }
    for (const texts of alike.values()) {
        texts.sort((one, other) => one.length - other.length);
        for (const place of [0, 0.5, 1]) {
            texts[Math.round(place * (texts.length - 1))].element.setAttribute('data-sample', '');
        }
    }
}"""


def examine(page: Page, rules: Any) -> list[tuple[str, str, str]]:
    """Return what breaks the rules on a page as it looks now: the rule, the place, its source."""
    page.evaluate(SAMPLE)
    # Without `preload` axe does not ask for the style sheets once more.
    options = {
        "runOnly": rules,
        "rules": {rule: {"enabled": rules is EVERYTHING} for rule in ALSO},
        "resultTypes": ["violations"],
        "preload": False,
    }
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [(rule["id"], str(node["target"]), node["html"][:200]) for rule in found for node in rule["nodes"]]


def violations(page: Page) -> list[tuple[str, str, str]]:
    """Return what axe finds on a page in light and in dark. It leaves the page dark, with empty formulas."""
    for script in (EMPTY_FORMULAS, SIMPLIFY, AXE, SAMPLED):
        page.evaluate(script)
    found = examine(page, EVERYTHING)
    page.emulate_media(color_scheme="dark")
    page.locator("html[data-theme=dark]").wait_for(state="attached")  # the page hears of it a little later
    return found + examine(page, COLOURS)
