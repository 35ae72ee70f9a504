"""The pages at the back of the book are complete."""

import re
from pathlib import Path

import pytest

import divergences
from web.links import exists

REFERENCE = Path(__file__).parents[2] / "reference"


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


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("scipy.stats.entropy", True),
        ("scipy.stats.rv_continuous.ppf", True),
        ("numpy.cumsum", True),
        ("scipy.stats.entropie", False),
        ("scipy.statistics.entropy", False),
        ("numpy", False),
    ],
)
def test_a_link_to_another_manual_leads_to_something_that_exists(name, there):
    assert exists(name) is there
