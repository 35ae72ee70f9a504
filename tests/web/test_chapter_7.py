"""Chapter 7 at work: what its cells say of bad input, and whether its stored figures were made by them."""

import builtins
import contextlib
import io
import itertools
import json
import os
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from benchmarks import drift
from divergences import (
    histogram,
    js_divergence,
    normalize,
    wasserstein_distance,
    wasserstein_distance_samples,
)

ROOT = Path(__file__).resolve().parents[2]


def cells(chapter):
    return nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", as_version=4).cells


def cell(chapter, part):
    """Return the only cell of a notebook that holds a text."""
    (found,) = (cell for cell in cells(chapter) if part in cell.source)
    return found


def defined(chapter, *parts):
    """Run those code cells of a notebook that hold one of these texts; return what they define."""
    codes = [cell.source for cell in cells(chapter) if cell.cell_type == "code"]
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
        (lambda p, z: (p.argmax(-1), z), r"pass F.one_hot\(p, classes\).to\(logits\)"),
        (lambda p, z: (p.round().long(), z), r"p is torch.int64; pass p.to\(logits\)"),
        (lambda p, z: (p[:, :2], z), r"p is \(2, 2\), logits are \(2, 3\); pass equal shapes"),
        (lambda p, z: (p[:, None], z), r"p is \(2, 1, 3\), logits are \(2, 3\)"),
        (lambda p, z: (p[0], z), r"p is \(3,\), logits are \(2, 3\)"),
        (lambda p, z: (p.where(p < 0.7, float("nan")), z), r"p is not finite at \[0, 2\]"),
        (lambda p, z: ((p * 0).log(), z), r"p is not finite at \[0, 0\]"),
        (lambda p, z: (p.log(), z), r"p is negative at \[0, 0\]; pass p.softmax\(-1\)"),
        (lambda p, z: (z, z), r"p is negative at \[0, 0\]"),
        (lambda p, z: (p * p.new_tensor([[1.0], [2.0]]), z), r"p does not add up to 1 at \[1\]; pass prob"),
        (lambda p, z: (p.mT.contiguous(), z.mT), r"p does not add up to 1 at \[0\]; .*, classes last"),
        (lambda p, z: (p, z / 0), r"not finite at \[0, 0\]; mask a class with -1e4"),
        (lambda p, z: (p, z.long()), "logits are torch.int64"),
        (lambda p, z: (p[:0], z[:0]), "the batch is empty"),
    ],
)
def test_a_batch_that_cannot_be_right_is_refused(loss, change, says):
    z = loss["torch"].tensor([[-1.0, 0.5, 2.0], [0.0, -3.0, 1.0]])
    with pytest.raises(ValueError, match=says):
        loss["check_first"](*change(z.softmax(-1), z))


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_what_a_refused_batch_is_told_to_pass_works(loss, kind):
    """Labels as F.one_hot(...).to(logits), and a masked class as -1e4, give the losses without that class."""
    torch = loss["torch"]
    z, other = torch.tensor([[1.0, 0.5, 2.0], [0.0, -3.0, 1.0]]), torch.tensor([[0.0, 1.0, 1.0]] * 2)
    p = loss["F"].one_hot(torch.tensor([0, 1]), 3).to(z)
    loss["check_first"](p, z)
    masked, masked_other = (
        x.index_fill(-1, torch.tensor([2]), -1e4).to(getattr(torch, kind)) for x in (z, other)
    )
    q = p.to(masked)
    loss["check_first"](q, masked)
    tolerance = {"float16": 5e-3, "float32": 1e-6, "float64": 1e-12}[kind]
    z, other, p = z[:, :2], other[:, :2], p[:, :2]
    for found, expected in (
        (loss["cross_entropy"](q, masked), loss["cross_entropy"](p, z)),
        (loss["forward_kl"](q, masked), loss["forward_kl"](p, z)),
        (loss["js"](masked, masked_other), loss["js"](z, other)),
        (
            loss["reverse_kl"](masked, masked_other.log_softmax(-1)),
            loss["reverse_kl"](z, other.log_softmax(-1)),
        ),
    ):
        assert found.item() == pytest.approx(expected.item(), abs=tolerance)


def test_reverse_kl_and_js_hardly_move_a_student_who_is_sure_of_a_wrong_class(loss):
    """Their slopes are q (log(q/p) - KL(q || p)) and q (log(q/m) - KL(q || m)) / 2: next to 0 with q."""
    torch = loss["torch"]
    log_p = torch.tensor([0.0, 10.0, 0.0, 0.0]).log_softmax(-1)
    p, largest = log_p.exp(), {}
    for ahead in (0.0, 3.0, 20.0):
        z = torch.tensor([ahead, 0.0, 0.0, 0.0], requires_grad=True)
        q = z.detach().softmax(-1)
        log_ratio, to_middle = (q / p).log(), (2 * q / (p + q)).log()
        for name, value, expected in (
            ("forward", loss["forward_kl"](p, z), q - p),
            ("reverse", loss["reverse_kl"](z, log_p), q * (log_ratio - (q * log_ratio).sum())),
            ("js", loss["js"](z, log_p), q * (to_middle - (q * to_middle).sum()) / 2),
        ):
            (slope,) = torch.autograd.grad(value, z)
            torch.testing.assert_close(slope, expected, rtol=1e-9, atol=1e-12)
            largest[name] = slope.abs().max().item()
    assert largest["forward"] > 0.99
    assert max(largest["reverse"], largest["js"]) < 1e-6


def test_small_batches_narrow_a_bell_as_the_text_says(loss):
    """The mean W1 of two batches is the integral of E|A - B| / n, with binomial counts A and B below x."""
    from scipy import stats

    def mean_w1(width, n):
        x, k = np.linspace(-8, 8, 801), np.arange(n + 1)[:, None]
        a, b = (stats.binom.cdf(k, n, stats.norm.cdf(x / s)) for s in (width, 1))
        return np.trapezoid((a * (1 - b) + b * (1 - a)).sum(axis=0), x) / n

    widths = np.arange(70, 106) / 100
    best = {n: widths[np.argmin([mean_w1(width, n) for width in widths])] for n in (10, 30, 100)}
    assert best == {10: 0.77, 30: 0.91, 100: 0.97}
    (printed,) = cell("07_as_a_loss", "width of a bell at").outputs
    for n, width in best.items():
        assert re.search(rf"(?m)^ *{n} +{width:.0%}$", printed.text)


@pytest.mark.parametrize("far", [3_000, 20_000])
@pytest.mark.parametrize("dimension", [1, 2])
def test_the_sinkhorn_divergence_in_single_precision_does_not_depend_on_the_origin(loss, far, dimension):
    torch = loss["torch"]
    generator = torch.Generator().manual_seed(7)
    # Steps of 1/256, so that 20,000 more rounds nothing; over 25 points, where cdist may take its fast mode.
    x, y = (torch.randn((2, 60, dimension), generator=generator) * 256).round() / 256
    y = y[:40] + 1
    found = []
    for kind, offset in ((torch.float64, 0), (torch.float32, far)):
        points = (x + offset).to(kind).requires_grad_()
        value = loss["sinkhorn_divergence"](points, (y + offset).to(kind), 0.1)
        (slope,) = torch.autograd.grad(value, points)
        found.append((value.item(), slope.double()))
    (exact, slope), (single, its_slope) = found
    assert single == pytest.approx(exact, rel=1e-4)
    torch.testing.assert_close(its_slope, slope, rtol=0, atol=1e-4)


def test_directions_of_any_length_give_the_same_slices(loss):
    torch = loss["torch"]
    x, y = torch.randn((2, 20, 4), generator=torch.Generator().manual_seed(3))
    u = torch.randn(50, 4, generator=torch.Generator().manual_seed(4))
    unit = u / u.norm(dim=1, keepdim=True)
    slices = [wasserstein_distance_samples((x @ d).numpy(), (y @ d).numpy()) for d in unit]
    assert loss["sliced_w1"](x, y, u).item() == pytest.approx(np.mean(slices), rel=1e-12)


@pytest.mark.parametrize("shapes", [((100, 1), (70, 1)), ((5,), (5, 1)), ((), (3,)), ((2, 3), (2, 3))])
def test_w1_of_two_sizes_refuses_all_but_vectors(loss, shapes):
    torch = loss["torch"]
    with pytest.raises(ValueError, match=r"pass x.flatten\(\)"):
        loss["w1_any"](*(torch.zeros(shape) for shape in shapes))


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        ([1, 5], [2.0], r"torch.int64 and torch.float64; pass x.double\(\)"),
        ([1.0, 5.0], [2, 3, 4], "torch.float64 and torch.int64"),
        ([True], [False], "torch.bool"),
        ([], [2.0, 3.0], "0 and 2 points; pass at least one of each"),
        ([2.0], [], "1 and 0 points"),
    ],
)
def test_w1_of_two_sizes_refuses_whole_numbers_and_no_points(loss, x, y, says):
    with pytest.raises(ValueError, match=says):
        loss["w1_any"](loss["torch"].tensor(x), loss["torch"].tensor(y))


def test_w1_of_ordered_bins_is_that_of_the_library(loss):
    torch = loss["torch"]
    p, q = torch.randn((2, 3, 6), generator=torch.Generator().manual_seed(5)).softmax(-1)
    expected = [
        wasserstein_distance(a, b, 2.5 * np.arange(6)) for a, b in zip(p.numpy(), q.numpy(), strict=True)
    ]
    assert loss["w1_bins"](p, q, 2.5).tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("shape", [(16,), (16, 1), (16, 5), (16, 3, 8, 8)])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_the_penalty_is_that_of_the_whole_slope(loss, shape, kind):
    """A linear critic of slope 3 has the penalty (3 - 1)², of points of any shape; one of ½ has none."""
    torch = loss["torch"]
    generator = torch.Generator().manual_seed(6)
    w = torch.randn(shape[1:], generator=generator)
    real, made = torch.randn((2, *shape), generator=generator).to(getattr(torch, kind))
    for slope, expected in ((3, 4.0), (0.5, 0.0)):
        unit = (slope * w / w.norm()).to(real).requires_grad_()
        found = loss["penalty"](lambda x, unit=unit: (x * unit).reshape(len(x), -1).sum(1), real, made)
        assert found.dtype == real.dtype
        assert found.item() == pytest.approx(expected, abs=1e-5)
        found.backward()  # and the critic learns from it
    with pytest.raises(ValueError, match=" vs "):
        loss["penalty"](lambda x: x, real, made[:, None])


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
def sampled():
    return defined(
        "07b_from_samples", "import matplotlib", "def binned", "grid =", "def interval", "def js_interval",
        "def fifths_of_a_pair", "def verdict",
    )  # fmt: skip


@pytest.mark.parametrize(("n", "m"), [(900, 350), (40, 40)])
def test_an_interval_of_w1_takes_samples_of_any_sizes(sampled, n, m):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=n), rng.normal(2, 1, size=m)
    low, high = sampled["interval"](x, list(y), np.random.default_rng(2))
    assert low < wasserstein_distance_samples(x, y) < high
    assert high - low < 8 * np.sqrt(1 / n + 1 / m)


def test_an_interval_of_js_holds_the_truth_also_of_unequal_sizes(sampled):
    rng = np.random.default_rng(3)
    p, q = np.array([0.4, 0.3, 0.2, 0.1, 0]), np.array([0.36, 0.3, 0.22, 0.12, 0])  # one bin stays empty
    pairs = zip(rng.multinomial(900, p, 200), rng.multinomial(350, q, 200), strict=True)
    ends = np.array([sampled["js_interval"](a, b, rng) for a, b in pairs])
    truth = js_divergence(p, q, base=2)
    inside = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
    assert 0.9 < inside.mean() <= 1


def even_shares(law, shift, k):
    """Return the shares of a law and of the same law, shifted, in k bins that both together fill evenly."""
    grid = np.linspace(-400, 400, 400_001)
    cuts = np.interp(np.arange(1, k) / k, (law.cdf(grid) + law.cdf(grid - shift)) / 2, grid)
    return [np.diff(law.cdf(cuts - moved), prepend=0, append=1) for moved in (0, shift)]


def test_where_values_lie_far_out_the_interval_of_w1_is_too_high_and_that_of_js_is_not(sampled):
    """Student's t with 2 degrees of freedom: W1's interval holds the truth in fewer than half the cases."""
    law, shift, rng = sampled["stats"].t(2), 0.3, np.random.default_rng(12)
    truth, inside = js_divergence(*even_shares(law, shift, 10), base=2), []
    for _ in range(100):
        x, y = rng.standard_t(2, 800), shift + rng.standard_t(2, 1100)
        low, high = sampled["interval"](x, y, rng)
        a, b, _ = histogram(x, y, bins=10, even=True)
        lower, upper = sampled["js_interval"](a, b, rng)
        inside.append((low <= shift <= high, lower <= truth <= upper, low > shift))
    w1, js, too_high = np.mean(inside, axis=0)
    assert w1 < 0.5
    assert too_high > 0.5
    assert js > 0.9


def test_where_values_lie_far_out_js_sees_a_shift_that_w1_does_not(sampled):
    """Cauchy: a shift of 0.3 passes W1's limit in fewer than one case of ten, that of JS in about nine."""
    rng, n, m, passed = np.random.default_rng(13), 800, 1100, []
    limit = sampled["stats"].chi2(9).ppf(0.95) * (1 / n + 1 / m) / 8
    for _ in range(150):
        x, y = rng.standard_cauchy(n), 0.3 + rng.standard_cauchy(m)
        pool, w1 = np.concatenate([x, y]), wasserstein_distance_samples(x, y)
        dealt = (np.split(rng.permutation(pool), [n]) for _ in range(99))
        above = sum(wasserstein_distance_samples(*two) >= w1 for two in dealt)
        js = js_divergence(*map(normalize, histogram(x, y, bins=10, even=True)[:2]))
        passed.append((above + 1 <= 5, js > limit))
    w1, js = np.mean(passed, axis=0)
    assert w1 < 0.1
    assert js == pytest.approx(0.9, abs=0.05)


def test_the_limit_of_kl_is_four_times_that_of_js(sampled):
    rng, n, m, shares = np.random.default_rng(14), 900, 400, np.ones(8) / 8
    limit = 4 * sampled["stats"].chi2(7).ppf(0.95) * (1 / n + 1 / m) / 8
    counts = (rng.multinomial(size, shares, 4000) + 0.5 for size in (n, m))
    p, q = (c / c.sum(axis=1, keepdims=True) for c in counts)
    assert np.mean((p * np.log(p / q)).sum(axis=1) > limit) == pytest.approx(0.05, abs=0.012)


@pytest.mark.parametrize("rho", [0.1, 0.3, 0.6, 0.8])
def test_the_fifths_of_a_pair_are_those_of_mehlers_series(sampled, rho):
    """The joint density of two bells is φ(x)φ(y) Σ ρᵏ Heₖ(x) Heₖ(y) / k!; over a fifth, Heₖφ has −Heₖ₋₁φ."""
    from numpy.polynomial.hermite_e import hermeval

    cuts = sampled["stats"].norm.ppf(np.arange(1, 5) / 5)
    expected, term = np.full((5, 5), 1 / 25), 1.0
    for k in range(1, 120):
        term *= rho / k
        ends = hermeval(cuts, [0] * (k - 1) + [1]) * np.exp(-(cuts**2) / 2) / np.sqrt(2 * np.pi)
        part = -np.diff(ends, prepend=0, append=0)
        expected += term * np.outer(part, part)
    assert sampled["fifths_of_a_pair"](rho) == pytest.approx(expected.ravel(), abs=3e-6)


def lines_of(call, *args, **options):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        call(*args, **options)
    return out.getvalue().splitlines()


def test_a_verdict_stands_alone_and_stops_where_chance_explains_it(sampled):
    verdict = {"np": np, "stats": sampled["stats"], "normalize": normalize, "js_divergence": js_divergence}
    code = cell("07b_from_samples", "def verdict").source
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, verdict)  # nothing of the page but its imports
    first, stop = lines_of(verdict["verdict"], 0.001, 3000, 3000, 14)
    assert first == "1. chance: mean 0.0016, 95 % < 0.0027 bits"
    assert "chance alone explains it" in stop
    assert len(lines_of(verdict["verdict"], 0.02, 3000, 3000, 200, 1)) == 2
    assert len(lines_of(verdict["verdict"], 0.02, 3000, 3000, 14, 1)) == 6


def test_a_verdict_says_nothing_of_a_shift_without_a_spread_and_shows_a_small_floor(sampled):
    pair = lines_of(sampled["verdict"], 0.0639, 10_000, 10_000, 17)
    assert pair == ["1. chance: mean 0.00058, 95 % < 0.00095 bits", "2. what is left: 0.063 bits"]
    flag, _ = lines_of(sampled["verdict"], 0.001, 20_000, 20_000, 2)
    assert flag == "1. chance: mean 1.8e-05, 95 % < 6.9e-05 bits"


def test_a_verdict_takes_the_unit_of_the_interval(sampled):
    """The interval of two bells 0.5 sd apart, read by a verdict, holds their shift."""
    law, rng = sampled["stats"].norm, np.random.default_rng(15)
    a, b = (rng.multinomial(50_000, shares) for shares in even_shares(law, 0.5, 30))
    low, high = sampled["js_interval"](a, b, rng)
    shifts = [
        float(lines_of(sampled["verdict"], js, 10**9, 10**9, 30, 1)[3].split()[1]) for js in (low, high)
    ]
    assert 0.47 < shifts[0] < 0.5 < shifts[1] < 0.53


@pytest.mark.parametrize("shift", [0.1, 0.5, 1, 3, 6])
def test_a_verdict_reads_a_shift_back(sampled, shift):
    x = np.linspace(-12, 20, 100_001)
    p, q = (normalize(sampled["stats"].norm.pdf(x, mean)) for mean in (0, shift))
    js = min(js_divergence(p, q, base=2), 0.9989)
    *_, third, fourth, fifth = lines_of(sampled["verdict"], js, 10**9, 10**9, k=15, sd=10)
    assert float(third.split()[1]) == pytest.approx(shift, abs=0.006)
    assert float(fourth.split()[-1]) == pytest.approx(10 * shift, rel=0.06)
    right = 0.5 + np.abs(p - q).sum() / 4
    assert float(fifth.split()[-2][:-1]) / 100 == pytest.approx(right, abs=0.0051)


@pytest.mark.parametrize(("shift", "lost"), [(0.1, 0), (0.5, 0.02), (1, 0.06), (2, 0.18)])
def test_the_root_by_heart_is_as_near_to_the_shift_as_the_text_says(sampled, shift, lost):
    x = np.linspace(-12, 14, 10_001)
    js = js_divergence(*(normalize(sampled["stats"].norm.pdf(x, mean)) for mean in (0, shift)), base=2)
    assert np.sqrt(5.5 * js) / shift == pytest.approx(1 - lost, abs=0.006)


@pytest.mark.parametrize("bad", [{"js": -0.01}, {"js": 1}, {"js": np.nan}, {"n": 0}, {"k": 1}, {"sd": 0}])
def test_a_verdict_on_what_cannot_be_is_refused(sampled, bad):
    with pytest.raises(ValueError, match=r"pass 0 <= JS < 0.999 in bits"):
        sampled["verdict"](**{"js": 0.01, "n": 100, "m": 100, "k": 5, "sd": 1.0} | bad)


def test_intervals_of_kl_need_filled_bins_as_the_text_says(sampled):
    """The interval, with KL as the text says, holds the truth up to ½ sd, and in six cases of seven at 2."""
    text = cell("07b_from_samples", "For KL put `").source
    code = cell("07b_from_samples", "def js_interval").source
    code = code[: code.index("\n\n\n")]
    kl, mean = re.search(r"For KL put `(.+?)` for the JS and `(.+?)` for `mean`", text).groups()
    for old, new in (("js_divergence(p / n, q / m, base=2)", kl), ("floors * mean", f"floors * {mean}")):
        assert code.count(old) == 1
        code = code.replace(old, new)
    names = {"np": np, "normalize": normalize, "kl_divergence": sampled["kl_divergence"]}
    exec(code, names)
    law, rng, n, k, covered = sampled["stats"].norm, np.random.default_rng(4), 500, 8, {}
    for shift in (0.2, 0.5, 2):
        p, q = even_shares(law, shift, k)
        truth = (p * np.log2(p / q)).sum()
        inside = []
        for a, b in zip(rng.multinomial(n, p, 300), rng.multinomial(n, q, 300), strict=True):
            low, high = names["js_interval"](a, b, rng)
            inside.append(low <= truth <= high)
        covered[shift] = np.mean(inside)
    assert covered[0.2] > 0.91
    assert covered[0.5] > 0.91
    assert covered[2] == pytest.approx(6 / 7, abs=0.05)


@pytest.fixture(scope="module")
def drifting():
    return defined(
        "07c_drift_at_scale", "import dask", "def chunk(", "def cut(", "def count(", ".compute()",
        "def compare(", "def all_pairs(", "number = range(",
    )  # fmt: skip


def changes(drifting, before, after, ends=None):
    """Return what the cells find between two columns, with edges from some rows of the first."""
    edges = drifting["cut"](before[:10_000])
    counts = np.array(histogram(before, after, bins=edges)[:2])
    ends = ends or (min(before.min(), after.min()), max(before.max(), after.max()))
    return drifting["compare"](counts, edges, *ends)


def few_values(kind, rng):
    """Return two columns of 50,000 rows that hold few values, or one value very often."""
    n = 50_000
    if kind == "flag":
        return (rng.random(n) < 0.03) * 1.0, (rng.random(n) < 0.06) * 1.0
    if kind == "rating":
        return rng.choice(5, n, p=[0.1, 0.2, 0.3, 0.3, 0.1]) + 1, rng.choice(5, n) + 1
    if kind == "far values":
        return rng.choice([0, 1, 10, 100], n), rng.choice([0, 1, 10, 100], n, p=[0.2, 0.3, 0.25, 0.25])
    if kind == "booleans":
        return rng.random(n) < 0.3, rng.random(n) < 0.4
    return rng.poisson(0.8, n), rng.poisson(0.9, n)


@pytest.mark.parametrize("kind", ["flag", "rating", "far values", "counts", "booleans"])
def test_a_column_of_few_values_is_measured_exactly(drifting, kind):
    before, after = few_values(kind, np.random.default_rng(7))
    found = changes(drifting, before, after)
    assert found["W1"] / 1000 == pytest.approx(wasserstein_distance_samples(before, after), rel=1e-9)
    shares = [[np.mean(month == v) for v in np.union1d(before, after)] for month in (before, after)]
    assert found["JS"] / 1e6 == pytest.approx(js_divergence(*shares, base=2), rel=1e-9)


def test_a_value_that_no_sampled_row_had_is_seen(drifting):
    before, after = np.zeros(50_000), (np.arange(50_000) % 200 == 0) * 1.0
    found = changes(drifting, before, after)
    assert found["JS"] / 1e6 == pytest.approx(js_divergence([1, 0], [0.995, 0.005], base=2), rel=1e-9)
    assert 0 < found["W1"] / 1000 <= 0.005


def test_many_zeros_and_a_tail_are_cut_apart(drifting):
    rng = np.random.default_rng(8)
    before, after = (np.where(rng.random(50_000) < z, 0, rng.lognormal(size=50_000)) for z in (0.9, 0.85))
    edges = drifting["cut"](before[:10_000])
    assert {0.0, np.nextafter(0, 1)} <= {*edges.tolist()}
    found = changes(drifting, before, after)
    assert found["W1"] / 1000 == pytest.approx(wasserstein_distance_samples(before, after), rel=0.05)


@pytest.mark.parametrize("bad", [[1.0, np.nan], [1.0, np.inf], [], ["a", "b"], [None, 1.0]])
def test_a_column_without_finite_numbers_gets_no_edges_and_is_named(drifting, bad):
    with pytest.raises(ValueError, match="price: pass finite numbers; count the rest apart"):
        drifting["cut"](np.array(bad), "price")


def test_the_spread_of_the_text_takes_booleans(drifting):
    text = cell("07c_drift_at_scale", "Rank by $W_1$").source
    spread = re.search(r"`(np\.diff\(np\.percentile.+?)`", text)[1]
    assert eval(spread, {"np": np, "x": np.arange(10) < 4}) == 0.5
    assert eval(spread, {"np": np, "x": np.random.default_rng(1).normal(size=10**5)}) == pytest.approx(
        1, abs=0.02
    )


def test_the_cells_count_another_table(drifting):
    rng = np.random.default_rng(9)
    names = drifting["count"].__globals__
    tables = [{"price": rng.normal(size=500), "items": rng.poisson(1, 500)} for _ in range(2)]
    before = names["EDGES"]
    try:
        names["EDGES"] = {name: names["cut"](column) for name, column in tables[0].items()}
        counts, low, high = names["merge"]([names["count"](k, *tables) for k in range(3)])
    finally:
        names["EDGES"] = before
    assert [c.sum() for c in counts] == [3000, 3000]
    assert (low[1], high[1]) == (0, max(t["items"].max() for t in tables))


def test_dealing_counts_is_dealing_rows(drifting):
    rng = np.random.default_rng(10)
    x, y = rng.normal(size=300), rng.normal(size=200)
    edges, middle = [-np.inf, -1, 0, 0.5, np.inf], np.array([-2, -0.5, 0.25, 1.5])
    dealt = drifting["deal"](np.array(histogram(x, y, bins=edges)[:2]), middle, deals=2000)
    pool, rows = np.concatenate([x, y]), []
    for _ in range(2000):
        one, two = np.split(rng.permutation(pool), [300])
        p, q = map(normalize, histogram(one, two, bins=edges)[:2])
        rows.append(wasserstein_distance(p, q, middle))
    levels = [0.1, 0.5, 0.9]
    assert np.quantile(dealt, levels) == pytest.approx(np.quantile(rows, levels), rel=0.1)


@pytest.fixture
def few_deals(drifting, monkeypatch):
    """Return the cells with a limit from 1000 deals, which takes a tenth of the time."""
    names, deal = drifting["compare"].__globals__, drifting["deal"]
    monkeypatch.setitem(names, "deal", lambda counts, middle, deals: deal(counts, middle, 1000))
    return drifting


def passing(drifting, make, months=60, rows=20_000):
    """Return how often a change passes the limit of W1, and a p-value of JS below 5 % / 20."""
    passed = []
    for month in range(months):
        found = changes(drifting, *make(np.random.default_rng([16, month]), rows))
        passed.append((found["W1"] > found["limit"], found["lg p"] < np.log10(0.05 / 20)))
    return np.mean(passed, axis=0)


def test_each_column_has_its_own_limit_as_the_text_says(few_deals):
    """Of changes in 20,000 rows: a shift of 0.05 sd, a twentieth and (with far values) a tenth more width."""
    w1, js = passing(few_deals, lambda rng, n: (rng.normal(size=n), rng.normal(0.05, 1, n)))
    assert w1 > 0.9
    assert js == pytest.approx(0.2, abs=0.1)
    w1, js = passing(few_deals, lambda rng, n: (rng.normal(size=n), rng.normal(0, 1.05, n)))
    assert w1 > 0.9
    assert js == pytest.approx(0.66, abs=0.1)
    w1, js = passing(few_deals, lambda rng, n: (rng.standard_t(2, n), 1.1 * rng.standard_t(2, n)))
    assert w1 == pytest.approx(0.8, abs=0.1)
    assert js > 0.9


def test_the_limit_of_a_flag_is_that_of_the_hypergeometric_distribution(drifting):
    from scipy.stats import hypergeom

    n, m, ones = 4000, 9000, 500
    before, after = np.arange(n) < 150.0, np.arange(m) < ones - 150.0
    k = np.arange(ones + 1)
    w1, chance = np.abs(k / n - (ones - k) / m), hypergeom(n + m, ones, n).pmf(k)
    order = np.argsort(w1)
    exact = w1[order][chance[order].cumsum().searchsorted(1 - 0.05 / 20)]
    assert changes(drifting, before, after)["limit"] / 1000 == pytest.approx(exact, rel=0.05)


def test_chance_hardly_passes_a_limit(few_deals):
    """At 5 % / 20, more than three of 150 months pass with a probability of 1 in 2000."""
    w1, _ = passing(few_deals, lambda rng, n: rng.standard_t(2, (2, n)), months=150, rows=2000)
    assert w1 <= 3 / 150


def test_far_values_in_both_months_hide_a_column_and_the_bound_shows_it(drifting):
    for seed in range(5):
        before, after = np.random.default_rng(seed).normal(size=(2, 20_000))
        after += 0.1
        plain = changes(drifting, before, after)
        assert plain["W1"] > plain["limit"]
        before[-1] = after[-1] = 100_000
        found = changes(drifting, before, after)
        assert found["W1"] < found["limit"]
        assert found["bound"] > found["limit"] > 10 * plain["bound"]


def test_far_values_let_a_column_seem_far_off_until_the_ends_are_those_of_the_first_rows(few_deals):
    """A shift of 0.3 sd is mostly hidden, one of 0.5 may read 50; with those ends both are right."""
    far = []
    for seed, shift in itertools.product(range(10), (0.0, 0.3, 0.5)):
        before, after = np.random.default_rng(seed).normal(size=(2, 20_000))
        after += shift
        before[-1] = after[-1] = 100_000
        first = before[:10_000]  # these give the edges
        as_it_is = changes(few_deals, before, after)
        mended = changes(few_deals, before, after, ends=(first.min(), first.max()))
        far.append((shift, as_it_is["W1"] > as_it_is["limit"], as_it_is["W1"] / 1000, as_it_is["bound"]))
        assert (mended["W1"] > mended["limit"]) == (shift > 0)
        assert abs(mended["W1"] / 1000 - shift) < 0.04
        assert as_it_is["bound"] > 20 * mended["bound"]
    far = np.array(far)
    assert far[far[:, 0] == 0.3, 1].mean() < 0.5
    assert far[far[:, 0] == 0.5, 1].mean() > 0.5
    assert 20 < np.median(far[far[:, 0] == 0.5, 2]) < 100


def test_a_column_that_never_changes_is_no_finding(drifting):
    found = changes(drifting, np.full(50, 3.0), np.full(40, 3.0))
    assert [found[name] for name in ("JS", "floor", "lg p", "W1", "limit")] == [0, 0, 0, 0, 0]


def test_pairs_of_another_table_are_compared_and_only_ties_let_a_margin_show(drifting):
    """A rising map of a correlated column changes no pair; rounding it does, as the text says."""
    rng, pairs = np.random.default_rng(11), drifting["all_pairs"]
    cov = [[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1]]
    before, after = (rng.multivariate_normal([0, 0, 0], cov, 10_000) for _ in range(2))
    plain = pairs(before, after, np.random.default_rng(0))
    assert plain.shape == (3,)
    mapped = after.copy()
    mapped[:, 0] = np.exp(mapped[:, 0])
    assert pairs(before, mapped, np.random.default_rng(0)) == pytest.approx(plain, abs=1e-7)
    mapped[:, 0] = np.round(after[:, 0])
    rounded = pairs(before, mapped, np.random.default_rng(0))
    assert rounded[0] > 2 * plain[0]
    assert rounded[0] > 0.002 > plain.max()


def test_pairs_with_nan_are_refused_with_their_columns(drifting):
    good = np.random.default_rng(17).normal(size=(500, 3))
    bad = good.copy()
    bad[5, 1] = np.nan
    for pair in ((good, bad), (bad, good)):
        with pytest.raises(ValueError, match=r"columns \[1\]: drop the NaN, or count them apart"):
            drifting["all_pairs"](*pair, np.random.default_rng(0))


def test_pairs_of_booleans_are_compared(drifting):
    rng, n = np.random.default_rng(18), 10_000
    flags = rng.random((2, n, 2)) < 0.5
    flags[1, :, 1] = flags[1, :, 0]
    assert drifting["all_pairs"](*flags, rng).item() > 0.1


def test_the_floor_of_pairs_holds_for_unequal_months(drifting):
    """With 10,000 rows in one month and 2,000 in the other, the mean JS of quiet pairs is the floor."""
    code = cell("07c_drift_at_scale", "def all_pairs(").source
    shorter = {name: column[:2000] for name, column in drifting["chunk"](1, 0).items()}
    names = drifting | {"rows": [[drifting["chunk"](0, 0)], [shorter]]}
    lines = lines_of(exec, code, names)
    quiet = (names["one"] < 17) & (names["other"] < 17)
    assert names["floor"] == pytest.approx(names["js"][quiet].mean(), rel=0.08)
    assert any(line.startswith("c17 and c18") for line in lines[1:4])


BAD = {  # what is done to a good chunk, and what is said of it
    r"chunk 4, c05: y\[17\] is nan": lambda good: {"c05": np.where(np.arange(10_000) == 17, np.nan, 0)},
    "chunk 4, c00: y is empty": lambda good: {name: column[:0] for name, column in good.items()},
    r"chunk 4, this month: \['c03'\] missing or unexpected": lambda good: {"c03": None},
    r"chunk 4, this month: \['new'\] missing or unexpected": lambda good: {"new": good["c00"]},
    "chunk 4, c07: y holds categories": lambda good: {"c07": np.full(10_000, "7,5")},
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
    assert 1.7 < five["seconds"] / costs[100_000_000, 2]["seconds"] < 2.3, (
        "and that two workers halve the wait"
    )
