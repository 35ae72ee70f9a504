"""The pages at the back of the book are complete."""

import pkgutil
import re
from pathlib import Path

import pytest

import divergences

ROOT = Path(__file__).parents[2]
REFERENCE, WEB = ROOT / "reference", ROOT / "web"


def test_every_public_name_is_on_the_api_page_once():
    page = (REFERENCE / "api.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\.\. auto(?:function|class):: (\w+)$", page, re.MULTILINE)
    public = {name: type(getattr(divergences, name)) for name in divergences.__all__}
    missing = [
        f"reference/api.md: add `.. auto{'class' if kind is type else 'function'}:: {name}` below its module"
        for name, kind in public.items()
        if name not in shown
    ]
    stale = [
        f"reference/api.md: take out {name}, which is not public" for name in shown if name not in public
    ]
    twice = [f"reference/api.md: {name} stands there twice" for name in public if shown.count(name) > 1]
    assert not missing + stale + twice, "\n".join(missing + stale + twice)


def test_every_symbol_of_the_notation_has_its_five_columns():
    for line in (REFERENCE / "notation.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            assert line.count("|") == 6, line


def test_all_33_claims_of_the_source_are_treated_somewhere():
    page = (REFERENCE / "source_notes.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (\d+) \|.*\| (right|if|wrong) \|.*\{ref\}`sec-[\w-]+`[^|]*\|$", page, re.MULTILINE
    )
    assert [int(number) for number, _ in rows] == list(range(1, 34))


@pytest.mark.parametrize("name", ["numpy", "scipy"])
def test_the_names_of_other_manuals_exist_and_are_used(name):
    _, _, _, *rows = (WEB / "inventories" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pages = [
        *REFERENCE.glob("*.*"),
        *ROOT.glob("chapters/*.ipynb"),
        *ROOT.glob("divergences/**/*.py"),
    ]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    for row in rows:
        full, kind, place = row.split(" ")
        assert isinstance(pkgutil.resolve_name(full), type) == (kind == "class")
        assert place.endswith(f"generated/{full}.html")
        assert full in text
    assert rows == sorted(rows)
