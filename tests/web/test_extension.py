"""The book's own Sphinx extension: formulas, clean pages, and the links that the repository brings."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes
from sphinx.errors import ConfigError

from web import frame, mathematics, numbers, postprocess

URL = "https://github.com/owner/name"


def cleaned(text: str, warnings: list[str] | None = None) -> str:
    """Clean a body that has no pictures of the book."""
    faults: list[str] = [] if warnings is None else warnings
    return postprocess.clean(text, lambda _: None, mathematics.typesetter().words, faults.append)


@pytest.mark.parametrize("tex", [r"\frac{1}{", r"\undefinedmacro", r"\begin{align} a", "x^2^3"])
def test_wrong_tex_is_an_error(tex: str) -> None:
    with pytest.raises(mathematics.TexError):
        mathematics.typesetter().typeset(tex, display=False)


@pytest.mark.parametrize(
    "tex",
    [
        r"D_{\mathrm{KL}}(p \,\|\, q) = \sum_i p_i \log \frac{p_i}{q_i}",
        r"\operatorname{JS}(p, q) \le \log 2",
        r"\begin{align} a &= b \\ &\le c \end{align}",
        r"f(x) = \begin{cases} x \log x & x > 0 \\ 0 & x = 0 \end{cases}",
        r"\begin{pmatrix} 1 & \rho \\ \rho & 1 \end{pmatrix}",
        r"\underbrace{x}_{\text{cross-entropy}}",
    ],
)
def test_formula_becomes_a_drawing_and_mathml_the_same_each_time(tex: str) -> None:
    first, second = mathematics.Typesetter(), mathematics.Typesetter()
    drawn = [maker.fill(f"[[formula {maker.typeset(tex, display=True)}]]") for maker in (first, second)]
    assert drawn[0] == drawn[1]
    assert drawn[0].startswith("<svg")
    assert "<math" in drawn[0]
    # Every letter that the drawing refers to is in the page's list of outlines, whose names are unique.
    glyphs = first.glyphs(drawn[0])
    for name in {part.split('"')[0] for part in drawn[0].split('href="#')[1:]}:
        assert glyphs.count(f'id="{name}"') == 1


def test_tex_error_in_a_page_is_a_warning_with_page_and_formula(caplog: pytest.LogCaptureFixture) -> None:
    translator = SimpleNamespace(body=[], builder=SimpleNamespace(current_docname="chapters/02_kl"))
    with caplog.at_level("WARNING"), pytest.raises(nodes.SkipNode):
        mathematics.visit_math(translator, nodes.math("", r"\frac{1}{"))
    assert "chapters/02_kl" in caplog.text
    assert r"\frac{1}{" in caplog.text
    assert translator.body == [r"<code>\frac{1}{</code>"]


def test_stray_dollar_beside_a_formula_is_reported() -> None:
    warnings: list[str] = []
    cleaned('<p>is $<span class="math">x</span>$</p>', warnings)
    assert any("stray $" in warning for warning in warnings)


def test_picture_without_alt_text_is_reported() -> None:
    warnings: list[str] = []
    cleaned('<img src="a.svg" alt="A bell"><img src="b.svg">', warnings)
    assert warnings == ["an image without alt text: b.svg"]


def test_formula_stays_on_one_line_with_its_punctuation() -> None:
    assert cleaned('<p>(<span class="math">p</span>), <span class="math">q</span> r</p>') == (
        '<p><span class="keep">(<span class="math">p</span>),</span> <span class="math">q</span> r</p>'
    )


def test_folded_box_opens_without_a_script() -> None:
    title = '<p class="admonition-title">Solution to<a href="#e"> E 1</a></p>'
    assert cleaned(f'<div class="dropdown admonition">{title}S</div>') == (
        '<details class="dropdown admonition">'
        '<summary class="admonition-title">Solution to E 1</summary>S</details>'
    )


@pytest.mark.parametrize(
    ("page", "number", "shown"),
    [
        ("chapters/02c_zeros", (2, 9), ("2c",)),
        ("chapters/02c_zeros", (2, 9, 1), ("2c", 1)),
        ("chapters/02c_zeros", ("2c", 1), ("2c", 1)),
        ("chapters/02_kl", (2, 9), (2, 9)),
        ("reference/glossary", None, None),
    ],
)
def test_side_roads_have_a_letter_for_a_number(page: str, number: tuple, shown: tuple) -> None:
    assert numbers.renumbered(page, number) == shown


def test_files_of_other_extensions_are_loaded_unless_the_theme_replaces_them() -> None:
    names = ["_static/basic.css", "mystnb.0a1b.css", "_static/tabs/new.css?v=1", None]
    assert frame.added(SimpleNamespace(filename=name) for name in names) == ["tabs/new.css?v=1"]


@pytest.fixture
def app(tmp_path: Path) -> SimpleNamespace:
    """Imitate as much of Sphinx as the links of a page need."""
    env = SimpleNamespace(
        found_docs={"chapters/02_kl", "reference/api"},
        titles={},
        doc2path=lambda name, base: name + (".ipynb" if "chapters" in name else ".md"),
    )
    config = SimpleNamespace(root_doc="intro")
    return SimpleNamespace(env=env, config=config, outdir=tmp_path)


def test_without_a_repository_only_the_download_is_offered(
    app: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(frame.REPOSITORY, raising=False)
    assert [link["text"] for link in frame.page_links(app, "chapters/02_kl")] == ["Download notebook"]
    assert frame.page_links(app, "reference/api") == []


def test_with_a_repository_the_links_lead_to_the_page(
    app: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(frame.REPOSITORY, URL + ".git/")
    monkeypatch.delenv(frame.BRANCH, raising=False)
    links = {link["text"]: link for link in frame.page_links(app, "chapters/02_kl")}
    path = "chapters/02_kl.ipynb"
    assert links["Download notebook"]["url"] == f"../_sources/{path}"
    assert (
        links["Run on Binder"]["url"] == f"https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/{path}"
    )
    assert (
        links["Run on Colab"]["url"]
        == f"https://colab.research.google.com/github/owner/name/blob/main/{path}"
    )
    assert URL in links["Run on Colab"]["code"]
    assert links["Edit this page"]["url"] == f"{URL}/edit/main/{path}"
    assert links["Report a mistake"]["url"].startswith(f"{URL}/issues/new?title=")
    assert [link["text"] for link in frame.page_links(app, "reference/api")] == [
        "Edit this page",
        "Report a mistake",
    ]


def test_repository_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(frame.REPOSITORY, "git@github.com:owner/name")
    with pytest.raises(ConfigError, match=r"must look like https://github\.com/owner/name"):
        frame.repository()
