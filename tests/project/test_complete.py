"""What belongs together is there: a function and its tests."""

from __future__ import annotations

import re
from pathlib import Path

import divergences

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
