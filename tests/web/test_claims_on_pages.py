"""The reader sees on the page what the ledger knows."""

import re

import pytest
from built import BOOK, PAGES, ROOT

from web.ledger import Ledger

pytestmark = pytest.mark.skipif(not PAGES, reason="the book is not built: run `make book` first")

BOXES = Ledger.read(ROOT).boxes


@pytest.fixture(scope="module")
def ledger():
    """The rows of the ledger, by label."""
    text = (BOOK / "reference" / "claims.html").read_text(encoding="utf-8")
    parts = re.split(r'id="claim-(prp-[\w-]+)"', text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_ledger_has_the_rows_of_the_book_in_its_order(ledger):
    assert list(ledger) == [box.label for box in BOXES]


@pytest.mark.parametrize("box", BOXES, ids=lambda box: box.label)
def test_box_row_and_tests_lead_to_each_other(box, ledger):
    page = (BOOK / f"{box.page}.html").read_text(encoding="utf-8")
    title = page.split(f'id="{box.label}"')[1].split("</p>")[0]
    assert f'class="claim-mark" href="../reference/claims.html#claim-{box.label}"' in title
    row = ledger[box.label]
    assert f'href="../{box.page}.html#{box.label}"' in row
    assert 'class="claim-statement' in row
    links = re.findall(r'href="\.\./(tests/[\w/]+\.html)#(test_\w+)"', row)
    assert links
    for file, test in links:
        source = (
            (BOOK / file).read_text(encoding="utf-8").split(f'<span class="claim-source" id="{test}">')[1]
        )
        assert f"#claim-{box.label}" in source.split('class="claim-source"')[0]
