"""No test hangs on the last bits, which another processor computes in another way."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# 16 units in the last place. Smaller still are floors below which a number counts as nothing.
FINEST, FLOOR = 16 * 2**-52, 1e-25
NUMBER = r"(\d[\d.]*(?:e-?\d+)?)"
TOLERANCE = re.compile(rf"\b(rel=|rtol=|abs=|atol=){NUMBER}\b|(<= ){NUMBER} \*")


def test_every_tolerance_leaves_16_units_in_the_last_place():
    for path in [*ROOT.glob("tests/library/*.py"), *ROOT.glob("tests/claims/*.py")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for found in TOLERANCE.finditer(line):
                name, value = (part for part in found.groups() if part)
                floor = name in ("abs=", "atol=") and float(value) < FLOOR
                assert floor or float(value) >= FINEST, f"{path.name}:{number} has {name}{value}"
