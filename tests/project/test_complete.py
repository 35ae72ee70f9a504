"""What belongs together is there: a function and its tests."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import divergences
from divergences import datasets, forecasting, letters

ROOT = Path(__file__).parents[2]


def test_every_public_name_occurs_in_a_test_of_the_library():
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob("tests/library/test_*.py")]
    missing = []
    for name in divergences.__all__:
        module = getattr(divergences, name).__module__.rpartition(".")[2]
        used = rf"\b{name}\b" + (r"\(" if name.islower() else "")
        if not any(re.search(used, text) for text in texts):
            missing.append(f"tests/library/test_{module}.py: add a test that calls {name}")
    assert not missing, "\n".join(missing)


PUBLIC = [getattr(divergences, name) for name in divergences.__all__] + [
    value
    for module in (datasets, forecasting, letters)
    for value in vars(module).values()
    if inspect.isfunction(value)
    and value.__module__ == module.__name__
    and not value.__name__.startswith("_")
]


def found(name, near):
    """Look up a name as a docstring writes it: of the same module, of this library, or in full."""
    module, _, last = name.rpartition(".")
    places = [module] if module else [near, "divergences"]
    return any(hasattr(importlib.import_module(place), last) for place in places)


@pytest.mark.parametrize("value", PUBLIC, ids=lambda value: value.__name__)
def test_every_docstring_names_its_relatives(value):
    text = inspect.getdoc(value)
    section = re.search(r"^See Also\n-+\n(.*?)(?:\n\n|\Z)", text, re.M | re.S)
    assert section, f"{value.__module__}.{value.__name__}: add a section See Also"
    rows = [line for line in section[1].splitlines() if not line.startswith(" ")]
    for row in rows:
        names, _, reason = row.partition(" : ")
        assert reason.endswith("."), row
        for name in names.split(", "):
            assert name != value.__name__
            assert found(name, value.__module__), f"{value.__name__}: there is no {name}"


def test_the_api_page_shows_every_public_name():
    page = (ROOT / "reference/api.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\.\. auto(?:function|class):: (\w+)", page))
    assert shown == set(divergences.__all__)


def test_the_names_of_the_package_are_grouped_by_kind():
    """No name comes twice, endings stand together, and what has none comes first."""
    names = divergences.__all__
    assert len(names) == len(set(names))
    for ending in ("_continuous", "_gaussian", "_samples"):
        places = [place for place, name in enumerate(names) if name.endswith(ending)]
        assert places == list(range(places[0], places[-1] + 1)), ending


def test_one_import_brings_all_modules_that_need_no_matplotlib():
    names = "datasets.load_prose, d.forecasting.fit_logistic, d.letters.fit_letters, d.tables.print_table"
    subprocess.run([sys.executable, "-c", f"import divergences as d; d.{names}"], check=True, cwd=ROOT)


def test_one_name_for_chance():
    for value in PUBLIC:
        assert not {"seed", "random_state"} & set(inspect.signature(value).parameters), value.__name__
    assert "rng" in inspect.signature(letters.LetterModel.write).parameters
