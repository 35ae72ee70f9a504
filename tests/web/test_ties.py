"""The kernels of the notebooks' tests notice a number whose printed digits hang on its last bits."""

import pytest
from jupyter_client.manager import run_kernel
from kernels import watch
from ties import near_a_tie


def test_a_tie_is_found():
    assert near_a_tie(0.42499999999999993, ".2f")
    assert near_a_tie(0.3245, ".1%")
    assert near_a_tie(1e-17, ".3f")
    assert near_a_tie(0.1 + 0.2, "8")
    assert not near_a_tie(0.4251, ".2f")
    assert not near_a_tie(0.1, "8")


@pytest.fixture(scope="module")
def client():
    """Start a kernel that watches."""
    with run_kernel() as client:
        watch(client)
        yield client


TABLE = "from divergences.tables import print_table; print_table({'x': [%s]})"


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("print(f'{0.4251:.2f}, {1 / 3}, {0.425!r:>6}, {2:.1f}')", "0.43, 0.3333333333333333,  0.425, 2.0\n"),
        ("print(f'{0.425:.2f}')", None),
        ("x, n = 0.425, 2; print(f'{x:{n + 4}.{n}f}')", None),
        ("print(f'{-1e-300:.2f}')", None),
        ("print(round(0.4251, 2), round(0.51), round(7, 1))", "0.43 1 7\n"),
        ("print(round(0.425, 2))", None),
        (TABLE % 0.4251, "   x\n0.43\n"),
        (TABLE % 0.425, None),
    ],
)
def test_a_cell_that_prints_a_tie_fails(client, code, printed):
    outputs = []
    reply = client.execute_interactive(code, output_hook=outputs.append, timeout=60)["content"]
    if printed is None:
        assert reply["ename"] == "AssertionError"
        assert "one digit more or less" in reply["evalue"]
    else:
        assert reply["status"] == "ok"
        texts = [output["content"]["text"] for output in outputs if output["msg_type"] == "stream"]
        assert "".join(texts) == printed  # a busy kernel may send a line in parts
