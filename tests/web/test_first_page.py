"""The numbers of README.md and of the first page are computed, not remembered."""

import doctest
import re
from pathlib import Path

import numpy as np

from web.scripts import draw_overview

ROOT = Path(__file__).resolve().parents[2]


def test_the_picture_says_what_its_caption_says():
    values = draw_overview.july_against_all()
    july = 6
    others = np.arange(12) != july
    assert np.all(np.isinf(values["KL"][others]))
    assert values["KL"][july] == values["JS"][july] == values["W1"][july] == 0
    assert list(np.flatnonzero(values["JS"] > 1 - 1e-12)) == [0, 1, 10]  # January, February, November
    assert values["W1"][7] == np.min(values["W1"][others])
    assert (round(values["W1"][7], 1), round(values["W1"][11], 1)) == (0.6, 17.8)


def test_the_examples_of_the_readme_run():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text.replace("```", ""), {}, "README.md", None, 0)
    assert len(test.examples) >= 5
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_examples_of_the_first_page_run():
    text = (ROOT / "intro.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1)
    names: dict = {}
    checked = 0
    for line in code.splitlines():
        source, _, comment = line.partition("#")
        if comment:
            promised = float(re.match(r"\s*([0-9.]*[0-9])", comment).group(1))
            assert abs(eval(source, names) - promised) < 1e-3, line
            checked += 1
        else:
            exec(source, names)
    assert checked == 3
