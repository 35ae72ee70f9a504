"""The form of the notebooks that every Jupyter can show, and the directives that the book reads."""

import json
import re
from pathlib import Path

import pytest

from web import portable

ROOT = Path(__file__).resolve().parents[2]


def notebook(*cells):
    """Make a notebook of texts (Markdown) and of lists of tags (code)."""
    return {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": cell}
            if isinstance(cell, str)
            else {"cell_type": "code", "metadata": {"tags": cell, **portable.CLOSED}, "source": "draw()"}
            for cell in cells
        ]
    }


def sources(*cells):
    """Translate, and return the texts."""
    return [cell["source"] for cell in portable.translate(notebook(*cells), "page")["cells"]]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    root = tmp_path_factory.mktemp("book")
    (root / "chapters").mkdir()
    (root / "reference").mkdir()
    first = notebook(
        '<a id="sec-one"></a>\n# One\n\n<blockquote class="proposition" id="prp-a">\n\n'
        "**Proposition** (On $[0, 1]$)\n\nx\n\n</blockquote>\n\n"
        '<blockquote class="exercise" id="ex-a">\n\n**Exercise**\n\nx\n\n</blockquote>\n\n'
        '<a id="eq-a"></a>\n\n$$a$$',
        [],
        '<a id="fig-a"></a>**Figure.** A line.',
    )
    (root / "chapters" / "01.ipynb").write_text(json.dumps(first), encoding="utf-8")
    (root / "chapters" / "02.ipynb").write_text(json.dumps(notebook("# Two")), encoding="utf-8")
    glossary = "# Glossary\n\n```{glossary}\n:sorted:\n\nbit\n  Unit.\n\nforward KL\n  One.\n```\n"
    (root / "reference" / "glossary.md").write_text(glossary, encoding="utf-8")
    return portable.Book.at(root)


def test_boxes_and_folds_become_directives_line_for_line():
    text = (
        '<a id="sec-a"></a>\n## A\n\n'
        '<blockquote class="proposition" id="prp-a">\n\n'
        "**Proposition** (Gibbs (1902))\n\n$x$\n\n</blockquote>\n\n"
        '<details class="proof">\n<summary>Proof</summary>\n\ny\n\n</details>\n\n'
        '<blockquote class="predict">\n\n**Predict first**\n\nz\n\n</blockquote>\n\n'
        '<details class="answer">\n<summary>Answer</summary>\n\nw\n\n</details>'
    )
    expected = (
        "(sec-a)=\n## A\n\n"
        "```{prf:proposition} Gibbs (1902)\n:label: prp-a\n\n$x$\n\n```\n\n"
        "```{admonition} Proof\n:class: dropdown\n\ny\n\n```\n\n"
        "```{admonition} Predict first\n:class: predict\n\nz\n\n```\n\n"
        "```{admonition} Answer\n:class: dropdown answer\n\nw\n\n```"
    )
    translated = sources(text)[0]
    assert re.sub(r"\n+", "\n", translated) == re.sub(r"\n+", "\n", expected)


def test_a_box_around_a_box_has_the_longer_fence():
    inner = '<blockquote class="predict">\n\n**P**\n\n```python\nx\n```\n\n</blockquote>'
    lines = sources(f'<details class="deeper">\n<summary>D</summary>\n\n{inner}\n\n</details>')[0].split("\n")
    assert [line for line in lines if line.startswith("`")] == [
        "`````{admonition} D",
        "````{admonition} P",
        "```python",
        "```",
        "````",
        "`````",
    ]


def test_code_and_directives_stay_as_they_are():
    text = '```html\n<details class="x">\n<a id="a"></a>\n```\n\n:::{admonition} A\n:class: predict\n\nx\n:::'
    assert sources(text) == [text]


EXERCISE = '<blockquote class="exercise" id="ex-a">\n\n**Exercise**\n\nWhy?\n\n</blockquote>\n\n'
SOLUTION = '<details class="solution">\n<summary>Solution</summary>\n\n{}\n\n</details>'


def test_a_solution_belongs_to_the_exercise_above():
    text = sources(EXERCISE + SOLUTION.format("So."))[0]
    assert "```{exercise}\n:label: ex-a\n" in text
    assert "```{solution} ex-a\n:class: dropdown\n\nSo.\n\n```" in text


@pytest.mark.parametrize("rest", ["", "\n\n## Next"])
def test_a_solution_with_code_reaches_to_the_text_after_it(rest):
    first, code, last = portable.translate(
        notebook(EXERCISE + SOLUTION.format("Try."), ["solution"], SOLUTION.format("So.") + rest), "page"
    )["cells"]
    assert "```{solution-start} ex-a\n:class: dropdown\n```\n\nTry." in first["source"]
    assert code["metadata"] == {"tags": []}
    assert re.sub(r"\n+", "\n", last["source"]) == "\nSo.\n```{solution-end}\n```" + rest.replace(
        "\n\n", "\n"
    )


def test_a_solution_ends_before_other_text_and_at_the_end_of_the_notebook():
    empty = '<details class="solution">\n<summary>Solution: the code below</summary>\n</details>'
    texts = sources(EXERCISE + empty, ["solution"], "## Next\n\n" + EXERCISE + empty, ["solution"])
    assert texts[2].startswith("```{solution-end}\n```\n\n## Next")
    assert texts[4] == "```{solution-end}\n```"


def test_a_caption_goes_to_its_figure():
    cells = portable.translate(notebook([], '<a id="fig-a"></a>**Figure.** A\nline.'), "page")["cells"]
    assert cells[0]["metadata"]["mystnb"] == {"figure": {"caption": "A line.", "name": "fig-a"}}
    assert cells[1]["source"] == ""


def test_a_formula_takes_its_label():
    assert sources('<a id="eq-a"></a>\n\n$$\na\n$$\n\nb')[0].endswith("$$\na\n$$ (eq-a)\n\nb")
    assert sources('<a id="eq-a"></a>\n$$a$$')[0].endswith("$$a$$ (eq-a)")


@pytest.mark.parametrize(
    ("link", "role"),
    [
        ("[One](#sec-one)", "{ref}`sec-one`"),
        ("[the start](01.ipynb#sec-one)", "{ref}`the start <sec-one>`"),
        ("[Proposition](#prp-a)", "{prf:ref}`prp-a`"),
        ("[Proposition “On $[0, 1]$”](#prp-a)", "{prf:ref}`prp-a`"),
        ("[what we know](#prp-a)", "{prf:ref}`what we know <prp-a>`"),
        ("[The figure](#fig-a)", "{numref}`fig-a`"),
        ("[the equation](#eq-a)", "{eq}`eq-a`"),
        ("[exercise](#ex-a)", "{ref}`ex-a`"),
        ("[Two](02.ipynb)", "{doc}`02`"),
        ("[the\nnext](02.ipynb)", "{doc}`the next <02>`"),
        ("[bit](../reference/glossary.md#bit)", "{term}`bit`"),
        ("[forward](../reference/glossary.md#forward-kl)", "{term}`forward <forward KL>`"),
        ("[the words](../reference/glossary.md)", "{doc}`the words <../reference/glossary>`"),
        ("[Lin (1991)](../references.bib#lin1991)", "{cite:t}`lin1991`"),
        ("[(Lin, 1991)](../references.bib#lin1991)", "{cite}`lin1991`"),
        ("[a site](https://example.org/a.ipynb#b)", "[a site](https://example.org/a.ipynb#b)"),
        ("$f[x](#sec-one)$ and `[One](#sec-one)`", "$f[x](#sec-one)$ and `[One](#sec-one)`"),
    ],
)
def test_links_become_references(book, link, role):
    assert portable.references(f"See {link}.", book, "chapters/01.ipynb", "here") == f"See {role}."


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        ("[One](#sec-oen)", "nothing is labelled sec-oen"),
        ("[One](02.ipynb#sec-one)", "sec-one is in 01.ipynb"),
        ("[Three](03.ipynb)", "there is no file chapters/03.ipynb"),
        ("[bits](../reference/glossary.md#bits)", "the glossary has no term 'bits'"),
        ("[Proposition “On it”](#prp-a)", "the title of prp-a is “On $[0, 1]$”"),
        ("[above](#eq-a)", "write “the equation”"),
        ("[at $x$](#sec-one)", "plain words"),
    ],
)
def test_a_wrong_link_is_an_error_that_names_the_line(book, link, complaint):
    with pytest.raises(portable.FormError) as raised:
        portable.references(f"See\n{link}.", book, "chapters/01.ipynb", "01.ipynb, cell 3")
    assert str(raised.value) == f"01.ipynb, cell 3, line 2: {link}: {raised.value.args[0].split(': ', 2)[2]}"
    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        (
            ['<details class="hint">\n<summary>H</summary>'],
            'line 1: <details class="hint"> is unknown; known are',
        ),
        (
            ['x\n\n<blockquote class="predict">\n\n**P**\n\nx'],
            'line 3: <blockquote class="predict"> has no </block',
        ),
        (['<blockquote class="predict">\n\nx'], "the title **…** must follow"),
        (['<blockquote class="lemma">\n\n**Theorem**'], r"**Lemma** or **Lemma** (title) must follow"),
        (['<blockquote class="lemma">\n**Lemma**'], "line 1: an empty line must follow <block"),
        (['<details class="proof">\n<summary>P</summary>\nx'], "line 2: an empty line must follow <summary>"),
        (
            ['<details class="proof">\n<summary>P</summary>\n\nx\n\n</details>\ny'],
            "line 6: an empty line must follow </details>",
        ),
        (["x\n</details>"], "line 2: </details> closes nothing"),
        (['<details class="proof">\n\nx'], "a line <summary>…</summary> must follow"),
        (['<details class="proof" open>'], 'write <details class="…">'),
        (['<blockquote class="exercise">\n\n**Exercise**'], 'give the exercise a label, id="ex-…"'),
        ([SOLUTION.format("x")], "a solution without an exercise above it"),
        ([["solution"]], "the tag 'solution' belongs to code below"),
        (
            [EXERCISE + SOLUTION.format("x"), ["solution"], []],
            "the solution above this code cell does not end",
        ),
        (['<a id="fig-a"></a>**Figure.** x'], "the caption fig-a does not follow the cell that draws it"),
        ([[], '<a id="fig-a"></a>A line.'], "a caption is a cell of its own"),
        (['<a id="eq-a"></a>\n\nx'], "no formula between $$ and $$ follows the label eq-a"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_the_cell(cells, complaint):
    with pytest.raises(portable.FormError) as raised:
        sources("A first cell.", *cells)
    assert re.match(r"page, cell \d", str(raised.value))
    assert complaint in str(raised.value)
