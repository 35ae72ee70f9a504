"""Every formula in MathML is well formed: each element has the children that the standard asks for."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from built import BOOK, PAGES

CHILDREN = {
    "mfrac": 2,
    "mroot": 2,
    "msub": 2,
    "msup": 2,
    "msubsup": 3,
    "munder": 2,
    "mover": 2,
    "munderover": 3,
}
WITHIN = {"mtd": "mtr", "mtr": "mtable"}
TOKENS = {"mi", "mn", "mo", "mtext", "ms", "mspace"}
ROWS = {
    "math",
    "mrow",
    "mstyle",
    "msqrt",
    "mtd",
    "mtr",
    "mtable",
    "mpadded",
    "mphantom",
    "menclose",
    "merror",
}

pytestmark = pytest.mark.skipif(not PAGES, reason="the book is not built: run `make book` first")


def faults(formula: str) -> list[str]:
    """Return what is wrong in one formula."""
    found = []
    for parent in ElementTree.fromstring(formula).iter():
        children = list(parent)
        if CHILDREN.get(parent.tag, len(children)) != len(children):
            found.append(f"{parent.tag} has {len(children)} children")
        if parent.tag in TOKENS and children:
            found.append(f"{parent.tag} holds {children[0].tag}")
        if (
            parent.tag not in TOKENS
            and "".join([parent.text or "", *(c.tail or "" for c in children)]).strip()
        ):
            found.append(f"{parent.tag} holds bare text")
        if parent.tag not in TOKENS | ROWS | CHILDREN.keys() or parent.tag == "merror":
            found.append(f"{parent.tag} is no element of MathML Core, or an error")
        found += [f"{c.tag} in {parent.tag}" for c in children if WITHIN.get(c.tag, parent.tag) != parent.tag]
    return found


@pytest.mark.parametrize("name", PAGES)
def test_every_element_of_a_formula_has_the_children_that_it_needs(name):
    text = (BOOK / name).read_text(encoding="utf-8")
    formulas = set(re.findall(r"<math\b.*?</math>", text, re.DOTALL))
    assert len(re.findall(r"<math\b", text)) == len(re.findall(r"<math\b.*?</math>", text, re.DOTALL))
    wrong = {formula: found for formula in formulas if (found := faults(formula))}
    assert not wrong


@pytest.mark.parametrize(
    "formula",
    [
        "<math><msub><mi>D</mi></msub></math>",
        "<math><mfrac><mi>a</mi><mi>b</mi><mi>c</mi></mfrac></math>",
        "<math><mi>x<mi>y</mi></mi></math>",
        "<math><mrow>x</mrow></math>",
        "<math><mtable><mtd><mi>x</mi></mtd></mtable></math>",
        "<math><merror><mtext>wrong</mtext></merror></math>",
    ],
)
def test_a_formula_with_a_fault_is_found(formula):
    assert faults(formula)
