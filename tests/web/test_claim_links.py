"""Every proposition of the book is claimed by a test, and every claim by a proposition."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from web.ledger import Ledger

ROOT = Path(__file__).resolve().parents[2]

TOC = """
format: jb-book
root: intro
parts:
  - chapters:
    - file: chapters/01_first
      sections:
        - file: chapters/01b_second.md
"""
BOX = """
# A chapter

````{prf:proposition} Gibbs' inequality
:label: prp-gibbs
$D \\ge 0$.
````
"""
TEST = '''
import pytest
from hypothesis import given, settings, strategies as st

NUMBERS = [1, 2, 3]

@pytest.mark.claim("prp-gibbs")
def test_gibbs():
    """On two coins,
    both fair.

    And more.
    """
'''


@pytest.fixture
def book(tmp_path):
    """Write a small book with one proposition and its test; return a function that changes one file."""
    for folder in ("chapters", "tests"):
        (tmp_path / folder).mkdir()
    cells = [
        {"cell_type": "code", "source": ["1\n"]},
        {"cell_type": "markdown", "source": BOX.splitlines(True)},
    ]
    (tmp_path / "chapters" / "01_first.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    for name, text in {
        "_toc.yml": TOC,
        "intro.md": "# Intro\n",
        "chapters/01b_second.md": "# Second\n",
        "tests/test_first.py": TEST,
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def changed(**files):
        for name, text in files.items():
            path = {"second": "chapters/01b_second.md", "test": "tests/test_first.py"}[name]
            (tmp_path / path).write_text(text, encoding="utf-8")
        return Ledger.read(tmp_path)

    return changed


def test_every_proposition_has_its_test_and_every_claim_its_proposition():
    if faults := list(Ledger.read(ROOT).faults()):
        pytest.fail("\n".join(faults), pytrace=False)


def test_a_book_whose_claims_are_tested_has_no_fault(book):
    ledger = book()
    assert list(ledger.faults()) == []
    (box,) = ledger.boxes
    assert (box.label, box.title, box.page) == ("prp-gibbs", "Gibbs' inequality", "chapters/01_first")
    assert box.where == "chapters/01_first.ipynb, cell 2, line 4"
    (claim,) = ledger.claims
    assert (claim.file, claim.first, claim.last) == ("tests/test_first.py", 7, 13)
    assert claim.how == "On two coins, both fair."
    assert [page.title for page in ledger.pages] == ["Intro", "A chapter", "Second"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"test": "def test_nothing(): pass"}, 'line 4: no test is marked @pytest.mark.claim("prp-gibbs")'),
        ({"test": TEST.replace("prp-gibbs", "prp-gibs")}, "test_gibbs claims 'prp-gibs', but no box"),
        (
            {"second": BOX},
            "used 2 times: chapters/01_first.ipynb, cell 2, line 4; chapters/01b_second.md, line 4",
        ),
        ({"second": BOX.replace("proposition}", "definition}")}, "prp-gibbs is used 2 times"),
        ({"second": "```{prf:lemma} Log\n$x$\n```"}, "01b_second.md, line 1: the lemma “Log” has no label"),
        ({"second": "```{prf:lemma}\n:label: log\n```"}, "log makes a claim: begin its label with prp-"),
        ({"second": ":::{prf:corollary}\n:label: prp-log\n:::"}, "no test is marked"),
        ({"second": "```{note}\n:::{prf:lemma}\n---\nlabel: prp-in\n---\n:::\n```"}, "line 2: no test is"),
        ({"second": "```{prf:example}\n:label: prp-example\n```"}, "no test is marked"),
        ({"test": TEST.split('    """')[0] + "    pass"}, "claims prp-gibbs without a docstring"),
        (
            {"test": TEST + 'pytestmark = pytest.mark.claim("prp-gibbs")'},
            "test_first.py:14: a claim decorates",
        ),
        ({"test": TEST.replace("def test", "def check")}, "test_first.py:7: a claim decorates"),
        (
            {"test": TEST.replace("def test", "class Test:\n  def test").replace("\n    ", "\n      ")},
            "is lost",
        ),
        ({"test": TEST.replace('"prp-gibbs"', "NAME")}, "write the label of the claim out"),
        ({"test": TEST.replace("def test", "@pytest.mark.xfail\ndef test")}, "is marked xfail"),
        (
            {"test": TEST.replace("def", '@pytest.mark.parametrize("n", f())\ndef')},
            "cannot count these parameters",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(book, files, message):
    assert any(message in fault for fault in book(**files).faults())


@pytest.mark.parametrize(
    "text",
    [
        "```{prf:definition} KL\n:label: def-kl\n```",
        "```python\n'''\n```{prf:lemma}\n'''\n```",
        "    ```{prf:lemma}",
    ],
)
def test_what_asserts_nothing_needs_no_test(book, text):
    assert list(book(second=text).faults()) == []


@pytest.mark.parametrize(
    ("decorators", "runs", "draws"),
    [
        ("", 1, 0),
        ("@given(st.floats())", 1, 100),
        ("@settings(max_examples=300, deadline=None)\n@given(st.floats())", 1, 300),
        ('@pytest.mark.parametrize("n", NUMBERS)', 3, 0),
        (
            '@pytest.mark.parametrize("n", [*NUMBERS, 4])\n@pytest.mark.parametrize("m", range(2, 12, 5))',
            8,
            0,
        ),
        ('@pytest.mark.parametrize("n", {1: 2}.items())', 1, 0),
        ('@pytest.mark.parametrize("n", [n + 1 for n in NUMBERS])', 3, 0),
        ('@pytest.mark.parametrize(argnames="n", argvalues=(1, 2))\n@given(st.floats())', 2, 100),
    ],
)
def test_the_cases_are_counted_from_the_decorators(book, decorators, runs, draws):
    (claim,) = book(test=TEST.replace("def test", f"{decorators}\ndef test")).claims
    assert (claim.runs, claim.draws) == (runs, draws)


def test_the_counts_are_those_of_pytest_and_hypothesis(tmp_path):
    claims = {(claim.file, claim.test): claim for claim in Ledger.read(ROOT).claims}
    script = """
import json, sys, pytest

class Counter:
    def pytest_collection_finish(self, session):
        found = {}
        for item in session.items:
            if item.get_closest_marker("claim"):
                # Hypothesis shows a test's settings nowhere else.
                settings = getattr(item.obj, "_hypothesis_internal_use_settings", None)
                name = item.nodeid.split("[")[0]
                found[name] = [found.get(name, [0])[0] + 1, settings.max_examples if settings else 0]
        with open(sys.argv[1], "w", encoding="utf-8") as file:
            json.dump(found, file)

sys.exit(pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", *sys.argv[2:]], plugins=[Counter()]))
"""
    files = sorted({claim.file for claim in claims.values()})
    command = [sys.executable, "-c", script, tmp_path / "counts", *files]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    collected = json.loads((tmp_path / "counts").read_text("utf-8"))
    assert {tuple(name.split("::")): tuple(counts) for name, counts in collected.items()} == {
        key: (claim.runs, claim.draws) for key, claim in claims.items()
    }
