"""Chapter 7 at work: what its cells say of bad input, and whether its stored figures were made by them."""

import builtins
import contextlib
import io
import json
import os
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from benchmarks import drift

ROOT = Path(__file__).resolve().parents[2]


def defined(chapter, *parts):
    """Run those code cells of a notebook that hold one of these texts; return what they define."""
    notebook = nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", as_version=4)
    codes = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    names = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for code in codes:
            if any(part in code for part in parts):
                exec(code, names)
    return names


@pytest.fixture(scope="module")
def loss():
    """Return the functions of the chapter on losses; PyTorch's default type is taken back at the end."""
    try:
        import torch
    except ModuleNotFoundError:
        assert not os.environ.get("REQUIRE_TORCH"), "PyTorch is missing: make torch"
        pytest.skip("PyTorch is not installed (make torch)")
    before = torch.get_default_dtype()
    yield defined(
        "07_as_a_loss", "import torch", "def cross_entropy", "def reverse_kl", "batch = {", "def check_first",
        "def w1(", "generator = torch.Generator", "def w1_any", "def entropic", "def sinkhorn_divergence",
        "def penalty",
    )  # fmt: skip
    torch.set_default_dtype(before)


def test_a_page_without_pytorch_says_how_to_get_it(monkeypatch):
    known = builtins.__import__

    def missing(name, *rest, **options):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return known(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(
        ModuleNotFoundError, match=r"pip install -e '\.\[torch\]' \(or: make torch\)"
    ) as error:
        defined("07_as_a_loss", "import torch")
    assert error.value.name == "torch"


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float32", "float64"])
def test_probabilities_are_told_from_logits_in_every_precision(loss, kind):
    torch = loss["torch"]
    z = torch.randn((64, 10), generator=torch.Generator().manual_seed(1)).to(getattr(torch, kind))
    p = z.float().softmax(-1).to(z)
    loss["check_first"](p, z)
    with pytest.raises(ValueError, match=r"look like probabilities; pass p.log"):
        loss["check_first"](p, p)
    loss["check_first"](p, p.log().clamp_min(torch.finfo(p.dtype).min))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p, z: (p.to("meta"), z), "p is float64 on meta; pass p.to"),
        (lambda p, z: (p.float(), z), "p is float32 on cpu; pass p.to"),
        (lambda p, z: (p.argmax(-1), z), "holds labels; pass F.one_hot"),
        (lambda p, z: (p[:, :2], z), "have 2 and 3 classes"),
        (lambda p, z: (p, z / 0), r"not finite at \[0, 0\]"),
        (lambda p, z: (p, z.long()), "logits are torch.int64"),
        (lambda p, z: (p[:0], z[:0]), "the batch is empty"),
    ],
)
def test_a_batch_that_cannot_be_right_is_refused(loss, change, says):
    z = loss["torch"].tensor([[-1.0, 0.5, 2.0], [0.0, -3.0, 1.0]])
    with pytest.raises(ValueError, match=says):
        loss["check_first"](*change(z.softmax(-1), z))


def test_w1_by_sorting_refuses_other_sizes_and_a_column_against_a_row(loss):
    torch = loss["torch"]
    for x, y in (((5,), (6,)), ((5, 1), (5,)), ((5,), (1,))):
        with pytest.raises(ValueError, match="against"):
            loss["w1"](torch.zeros(x), torch.ones(y))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 7), (4, 6), (5, 5), (12, 7), (100, 31)])
def test_w1_of_two_sizes_is_that_of_scipy_and_its_slope_that_of_differences(loss, n, m):
    from scipy.stats import wasserstein_distance

    torch = loss["torch"]
    x, y = (torch.randn(k, generator=torch.Generator().manual_seed(k)) for k in (n, 1000 + m))
    y = y[:m]
    assert loss["w1_any"](x, y).item() == pytest.approx(wasserstein_distance(x, y), rel=1e-12)
    assert loss["w1_any"](x.float(), y.float()).dtype == torch.float32
    x.requires_grad_()
    assert torch.autograd.gradcheck(loss["w1_any"], (x, y))


def test_the_losses_keep_single_precision(loss):
    torch = loss["torch"]
    x, y = torch.randn((2, 8, 3), generator=torch.Generator().manual_seed(2), dtype=torch.float32)
    slices = torch.eye(3, dtype=torch.float32)
    p, log_p = x.softmax(-1), x.log_softmax(-1)
    for value in (
        loss["cross_entropy"](p, y),
        loss["forward_kl"](p, y),
        loss["reverse_kl"](y, log_p),
        loss["js"](x, y),
        loss["sliced_w1"](x, y, slices),
        loss["sinkhorn_divergence"](x, y, 0.5),
    ):
        assert value.dtype == torch.float32
        assert value.isfinite()


@pytest.fixture(scope="module")
def drifting():
    return defined("07c_drift_at_scale", "import dask", "def chunk(", "def cut(", "def count(")


BAD = {  # what is done to a good chunk, and what is said of it
    r"chunk 4, c05: y\[17\] is nan": lambda good: {"c05": np.where(np.arange(10_000) == 17, np.nan, 0)},
    "chunk 4, c00: y is empty": lambda good: {name: column[:0] for name, column in good.items()},
    r"chunk 4, this month: \['c03'\] missing or unexpected": lambda good: {"c03": None},
    r"chunk 4, this month: \['new'\] missing or unexpected": lambda good: {"new": good["c00"]},
    "chunk 4, c07: y holds categories": lambda good: {"c07": np.full(10_000, "7,5")},
    "chunk 4, label: y.* outside the edges, -0.5 to 1.5": lambda good: {"label": good["label"] * 7},
}


@pytest.mark.parametrize(("says", "change"), BAD.items())
def test_a_bad_chunk_is_named_with_its_column(drifting, says, change):
    good = drifting["chunk"](0, 0)
    bad = {name: column for name, column in (good | change(good)).items() if column is not None}
    with pytest.raises(ValueError, match=says):
        drifting["count"](4, good, bad)
    with pytest.raises(ValueError, match=re.sub(r"\by\b", "x", says).replace("this month", "last month")):
        drifting["count"](4, bad, good)


def test_the_edges_suit_columns_of_any_scale(drifting):
    z = np.random.default_rng(1).standard_normal(50_000)
    for column in (z, 1e6 + 1e-3 * z, np.exp(3 * z), np.float32(z), np.round(2 * z)):
        edges = drifting["cut"](column)
        assert np.isinf(edges[[0, -1]]).all()
        assert (np.diff(edges) > 0).all()
        counts, _ = np.histogram(column, edges)
        assert counts.max() <= max(0.05 * z.size, np.unique(column, return_counts=True)[1].max() + 1)


def test_the_stored_run_was_made_by_the_cells_of_the_page():
    stored = json.loads(drift.STORED.read_text(encoding="utf-8"))
    assert stored["cells"] == drift.fingerprint(), (
        "the cells that count have changed: run python -m benchmarks.drift"
    )
    costs = {(cost["rows"], cost["workers"]): cost for cost in stored["costs"]}
    for rows in (20_000_000, 100_000_000):
        assert {1, 2} <= {workers for size, workers in costs if size == rows}
    one, five = costs[20_000_000, 1], costs[100_000_000, 1]
    assert 4 < five["processor"] / one["processor"] < 7, (
        "the text says that five times the rows take five times as long"
    )
    assert five["memory"] < 1.3 * one["memory"], "and no more memory"
