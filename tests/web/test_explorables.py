"""The explorables: their arithmetic in a JavaScript engine, their behaviour in Chromium."""

from __future__ import annotations

import gzip
import itertools
import json
import math
import re
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from axe import AXE
from py_mini_racer import MiniRacer
from scipy import stats
from scipy.integrate import quad
from serving import serve

import divergences as dv
from divergences.datasets import load_seattle_weather
from divergences.forecasting import fit_logistic, rain_tomorrow

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "web" / "explorables"
KNOBS = (
    "entropy-bars",
    "two-bells",
    "honest-forecast",
    "coin-detective",
    "which-month",
    "your-forecast",
    "sliding-apart",
)
TAGS = (*KNOBS, "submarine-hunt", "plan-in-town", "beat-the-plan")
SETTINGS = 50
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"


def flip(seed: int, index: int) -> float:
    """Repeat in exact integers the number that the detective's figure draws for a flip."""
    mask = 2**32 - 1
    h = ((seed + 1) * 0x9E3779B1 & mask) ^ ((index + 1) * 0x85EBCA6B & mask)
    h = (h ^ h >> 16) * 0x7FEB352D & mask
    h = (h ^ h >> 15) * 0x846CA68B & mask
    return (h ^ h >> 16) / 2**32


BOAT = int(64 * flip(1, 0))  # where the submarine of the first game hides

# The attributes of a state in which the task is solved.
SOLVED = {
    "entropy-bars": "p=0,0.5,0.5,0,0",
    "two-bells": "mean=1.5&sd=1",
    "honest-forecast": "p=0.43&q=0.43",
    "coin-detective": "p=0.7&q=0.3&seed=3&flips=5",
    "which-month": "a=7&b=1&by=sun&seed=1&said=25.25.25.25.75.25.75.75.25.75.75.25",
    "your-forecast": "seed=4&said=25.25.25.25.65.65.25.25.25.65.25.25.25.65.65.25.65.65.25.25.25.25.25.25"
    ".65.65.65.25.25.25",
    "submarine-hunt": f"seed=1&shots=0.1.2.{BOAT}",
    "sliding-apart": "shape=bumps&distance=4",
    "plan-in-town": "plan=12,12,6,0,0,0,0,12,8,0,0,0,0,4,6",
    "beat-the-plan": "plan=1,2,0,0,0,0,2,0,0,0,1,0,0,0,1,3",
}

# ---- what the library says -------------------------------------------------------------------------


def settings(tag: str) -> list[dict]:
    """Draw random states of a figure, with its corners among them."""
    rng = np.random.default_rng(20)
    grid = lambda low, high, step: round(low + step * rng.integers(0, round((high - low) / step) + 1), 6)  # noqa: E731
    if tag == "entropy-bars":
        drawn = [
            rng.dirichlet(np.full(5, 0.6)) * (rng.random(5) < 0.85) + [1e-5, 0, 0, 0, 0]
            for _ in range(SETTINGS - 2)
        ]
        return [{"p": (p / p.sum()).round(9)} for p in [np.eye(5)[3], np.ones(5), *drawn]]
    if tag == "two-bells":
        drawn = [{"mean": grid(-3, 3, 0.05), "sd": grid(0.25, 3, 0.05)} for _ in range(SETTINGS - 3)]
        return [{"mean": 0, "sd": 1}, {"mean": 0.05, "sd": 1}, {"mean": 0, "sd": 2.5}, *drawn]
    if tag == "honest-forecast":
        drawn = [{"p": grid(0, 1, 0.01), "q": grid(0, 1, 0.01)} for _ in range(SETTINGS - 4)]
        return [{"p": 0, "q": 0}, {"p": 0.3, "q": 0}, {"p": 1, "q": 0.2}, {"p": 0.41, "q": 0.42}, *drawn]
    if tag == "coin-detective":
        corners = [(0.75, 0.5, 0), (0.5, 1, 20), (0, 0.3, 9), (1, 0.4, 7), (0.5, 0.5, 50), (0, 0, 3)]
        drawn = [(grid(0, 1, 0.01), grid(0, 1, 0.01), int(rng.integers(0, 101))) for _ in range(SETTINGS - 6)]
        games = [*corners, *drawn]
        return [dict(p=p, q=q, seed=i, flips=n) for i, (p, q, n) in enumerate(games)]  # noqa: C408
    if tag == "which-month":
        games = [
            (7, 1, "sun", []),
            (5, 5, "weather", [50, 60]),
            (7, 1, "1", [100, 0, 100]),
            (3, 9, "5", [50] * 60),
        ]
        for _ in range(SETTINGS - 4):
            a, b = rng.integers(1, 13, 2)
            said = 5 * rng.integers(1, 20, rng.integers(0, 30))
            games.append((int(a), int(b), str(rng.choice(["sun", "weather", "1", "5"])), said.tolist()))
        return [
            {
                "a": a,
                "b": b,
                "by": by,
                "seed": i,
                "said": ".".join(map(str, said)),
                "chance": grid(0, 1, 0.05),
            }
            for i, (a, b, by, said) in enumerate(games)
        ]
    if tag == "your-forecast":
        lengths = [0, 1, 30, *rng.integers(0, 31, SETTINGS - 3)]
        games = [".".join(map(str, 5 * rng.integers(0, 21, n))) for n in lengths]
        return [{"seed": i, "said": said, "chance": 0.05 * (i % 21)} for i, said in enumerate(games)]
    if tag == "submarine-hunt":
        games = []
        for seed in range(SETTINGS):
            order, boat = rng.permutation(64).tolist(), int(64 * flip(seed, 0))
            games.append((seed, order[: min(order.index(boat) + 1, int(rng.integers(0, 65)))]))
        return [{"seed": seed, "shots": ".".join(map(str, shots))} for seed, shots in games]
    if tag == "sliding-apart":
        corners = [
            {"shape": shape, "distance": d} for shape in ("bumps", "bells") for d in (0, 0.05, -3.95, 4, -8)
        ]
        drawn = [
            {"shape": str(rng.choice(["bumps", "bells"])), "distance": grid(-8, 8, 0.05)}
            for _ in range(SETTINGS - len(corners))
        ]
        return [*corners, *drawn]
    if tag == "plan-in-town":
        start = {"at": TOWN, "plan": np.zeros((3, 5))}
        drawn = [random_town(rng) for _ in range(SETTINGS - 2)]
        return [start, {**start, "plan": np.array(BEST)}, *drawn]
    return [
        random_plan(rng, n, m) for n, m in [(8, 8), (1, 5), (4, 4), *rng.integers(1, 9, (SETTINGS - 3, 2))]
    ]


def random_plan(rng: np.random.Generator, n: int, m: int) -> dict:
    """Draw two piles of one total, and a plan reached from the independent one by swaps."""
    total = int(rng.integers(8, 40))
    source, target = (rng.multinomial(total, rng.dirichlet(np.ones(k))) for k in (n, m))
    plan = np.outer(source, target) / total
    for _ in range(int(rng.integers(0, 12))):
        (i, k), (j, l) = rng.integers(0, n, 2), rng.integers(0, m, 2)  # noqa: E741
        if i != k and j != l:
            amount = min(plan[i, j], plan[k, l])
            plan[[i, k, i, k], [j, l, l, j]] += [-amount, -amount, amount, amount]
    return {"from": source, "to": target, "plan": np.maximum(plan, 0).ravel()}


BAKED, WANTED = np.array([30, 20, 10]), np.array([12, 12, 18, 12, 6])
TOWN = np.array([[3, 4], [6, 10], [13, 3], [0, 4], [0, 0], [3, 6], [10, 7], [9, 0]])
BEST = [[12, 12, 6, 0, 0], [0, 0, 12, 8, 0], [0, 0, 0, 4, 6]]


def random_town(rng: np.random.Generator) -> dict:
    """Draw a town, and a plan that has sent some of the loaves."""
    plan = np.zeros((3, 5))
    for _ in range(int(rng.integers(0, 20))):
        i, j = rng.integers(0, 3), rng.integers(0, 5)
        plan[i, j] += min(BAKED[i] - plan[i].sum(), WANTED[j] - plan[:, j].sum(), rng.integers(1, 20))
    return {"at": rng.integers(0, (31, 23), (8, 2)) / 2, "plan": plan}


# Densities on one point and their derivatives, in plain Python: quadrature asks for thousands of them.
SHAPES = {
    "bumps": (
        lambda x: (1 + math.cos(math.pi * x / 2)) / 4 if abs(x) < 2 else 0.0,
        lambda x: -math.pi / 8 * math.sin(math.pi * x / 2) if abs(x) < 2 else 0.0,
        2,
    ),
    "bells": (
        lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
        lambda x: -x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
        12,
    ),
}


def js_slope(shape: str, t: float) -> float:
    """Derivative of JS(f(x), f(x - t)) in t, straight from its definition."""
    density, slope, reach = SHAPES[shape]

    def integrand(x: float) -> float:
        p, q = density(x), density(x - t)
        return -slope(x - t) * math.log(2 * q / (p + q)) / 2 if q > 0 else 0.0

    stops = sorted({t - reach, t + reach, *(x for x in (-reach, t / 2, reach) if abs(x - t) < reach)})
    return sum(quad(integrand, a, b, epsabs=1e-13, limit=200)[0] for a, b in itertools.pairwise(stops))


WEATHER = load_seattle_weather()


def month_counts(by: str) -> np.ndarray:
    """Count the days of each month: sun or not, kinds of weather, or bins of so many degrees."""
    if by in {"1", "5"}:
        return WEATHER.maxima_counts(float(by))[1]
    kinds = WEATHER.type_counts()
    return kinds if by == "weather" else np.stack([kinds[:, 4], kinds[:, :4].sum(axis=1)], axis=1)


def day_of_round(seed: int, number: int, p: np.ndarray, q: np.ndarray) -> tuple[bool, int]:
    """Draw the day of a round as the figure does."""
    first = flip(seed, 2 * number) < 0.5
    below = np.add.accumulate(p if first else q)
    return first, int(np.searchsorted(below, flip(seed, 2 * number + 1), side="right"))


CLUES, RAIN = rain_tomorrow(WEATHER)
YEAR = WEATHER.year[1:]


@cache
def forecasts_of_2015() -> dict[str, np.ndarray]:
    """Give each forecaster's chance of rain for each day of 2015."""
    past, test = YEAR < 2015, YEAR == 2015
    return {
        "coward": np.full(365, 0.5),
        "climate": np.full(365, RAIN[past].mean()),
        "window": CLUES[test, 0],
        "model": fit_logistic(CLUES[past], RAIN[past]).forecast(CLUES[test]).round(3),
    }


def thirty_days(seed: int) -> list[int]:
    """Shuffle the days of 2015 as the figure does."""
    order = list(range(365))
    for k in range(30):
        other = k + int(flip(seed, k) * (365 - k))
        order[k], order[other] = order[other], order[k]
    return order[:30]


def flips_to_be_sure(p: float, q: float) -> float:
    """Count the flips after which half of all games have reached 20 to 1, by shares of the heads so far."""
    with np.errstate(divide="ignore", invalid="ignore"):
        heads, tails = np.log2([p, 1 - p]) - np.log2([q, 1 - q])
    alive, there = np.ones(1), 0.0
    for n in range(1, 1001):
        alive = np.append(alive * (1 - p), 0) + np.append(0, alive * p)
        k = np.arange(n + 1)
        with np.errstate(invalid="ignore"):
            bits = np.where(k > 0, k * heads, 0) + np.where(k < n, (n - k) * tails, 0)
        sure = (alive > 0) & (bits >= np.log2(20))
        there += alive[sure].sum()
        alive[sure] = 0
        if there > 0.5 - 1e-12:
            return n
    return math.inf


def expected(tag: str, state: dict) -> dict[str, float]:
    """Compute with the library every number that a figure shows."""
    if tag == "entropy-bars":
        p = state["p"] / state["p"].sum()
        surprise = dv.information_content(p, base=2)
        return {
            "entropy": dv.entropy(p, base=2),
            "maximum": np.log2(p.size),
            "distance": dv.kl_divergence(p, np.full(p.size, 1 / p.size), base=2),
            "total": 1.0,
            **{f"p{i}": x for i, x in enumerate(p)},
            **{f"surprise{i}": x for i, x in enumerate(surprise)},
            **{f"part{i}": x * s if x > 0 else 0.0 for i, (x, s) in enumerate(zip(p, surprise, strict=True))},
        }
    if tag == "two-bells":
        m, s = state["mean"], state["sd"]
        P, Q = stats.norm(), stats.norm(m, s)
        return {
            "mean": m,
            "sd": s,
            "kl_pq": dv.kl_divergence_gaussian(0, 1, m, s**2),
            "kl_qp": dv.kl_divergence_gaussian(m, s**2, 0, 1),
            "js": dv.js_divergence_continuous(P, Q),
            "w1": dv.wasserstein_distance_continuous(P, Q),
            "w2": dv.wasserstein_distance_gaussian(0, 1, m, s**2),
        }
    if tag == "honest-forecast":
        p, q = state["p"], state["q"]
        rain, stated = [p, 1 - p], [q, 1 - q]
        return {
            "p": p,
            "q": q,
            "loss": dv.cross_entropy(rain, stated, base=2),
            "entropy": dv.entropy(rain, base=2),
            "kl": dv.kl_divergence(rain, stated, base=2),
            "wet": dv.information_content(q, base=2),
            "dry": dv.information_content(1 - q, base=2),
        }
    if tag == "coin-detective":
        p, q, n = state["p"], state["q"], state["flips"]
        true, other = [p, 1 - p], [q, 1 - q]
        fell = [0 if flip(state["seed"], i) < p else 1 for i in range(n)]
        bits = sum((-math.log2(other[x]) if other[x] else math.inf) + math.log2(true[x]) for x in fell)
        return {
            "p": p,
            "q": q,
            "flips": n,
            "heads": fell.count(0),
            "kl_pq": dv.kl_divergence(true, other, base=2),
            "kl_qp": dv.kl_divergence(other, true, base=2),
            "evidence": bits,
            "odds": 2**bits,
            "median": flips_to_be_sure(p, q),
        }
    if tag == "which-month":
        p, q = dv.normalize(month_counts(state["by"])[[state["a"] - 1, state["b"] - 1]])
        said = [int(part) / 100 for part in state["said"].split(".") if part]
        scores, hits, worth, most = [], 0.0, 0.0, 0.0
        for number, s in enumerate(said):
            first, k = day_of_round(state["seed"], number, p, q)
            u = p[k] / (p[k] + q[k])
            scores.append(1 - float(dv.information_content(s if first else 1 - s, base=2)))
            hits += 0.5 if s == 0.5 else (s > 0.5) == first
            worth += 1 - dv.cross_entropy([u, 1 - u], [s, 1 - s], base=2)
            most += 1 - dv.entropy([u, 1 - u], base=2)
        rounds = len(said)
        return {
            "rounds": rounds,
            "chance": state["chance"],
            "score": sum(scores) / rounds if rounds else math.nan,
            "hits": hits / rounds if rounds else math.nan,
            "earned": worth / most if most >= 1e-12 else math.nan,
            "js": dv.js_divergence(p, q, base=2),
            "best": (1 + dv.total_variation_distance(p, q)) / 2,
            **{f"said_{k}": s for k, s in enumerate(said)},
            **{f"score_{k}": score for k, score in enumerate(scores)},
        }
    if tag == "your-forecast":
        said = [int(part) / 100 for part in state["said"].split(".") if part]
        order = thirty_days(state["seed"])[: len(said)]
        rain = RAIN[YEAR == 2015][order]
        stated = {name: chances[order] for name, chances in forecasts_of_2015().items()} | {
            "you": np.array(said)
        }
        bills = {
            name: np.atleast_1d(dv.information_content(np.where(rain, chances, 1 - chances), base=2))
            for name, chances in stated.items()
        }
        return {
            "chance": state["chance"],
            **{name: float(bill.sum()) for name, bill in bills.items()},
            **{f"said_{k}": s for k, s in enumerate(said)},
            **{f"{name}_{k}": x for name in ("you", "model") for k, x in enumerate(bills[name])},
        }
    if tag == "submarine-hunt":
        shots, boat = [int(k) for k in state["shots"].split(".") if k], int(64 * flip(state["seed"], 0))
        told = [
            float(dv.information_content(1 / (64 - n) if k == boat else (63 - n) / (64 - n), base=2))
            for n, k in enumerate(shots)
        ]
        left = 1 if boat in shots else 64 - len(shots)
        return {
            "total": sum(told),
            "last": told[-1] if told else math.nan,
            "left": left,
            "chance": math.nan if boat in shots else 1 / left,
            **{f"told_{n}": x for n, x in enumerate(told)},
            **{f"total_{n}": sum(told[: n + 1]) for n in range(len(told))},
        }
    if tag == "sliding-apart":
        shape, t = state["shape"], state["distance"]
        law = partial(stats.cosine, scale=2 / math.pi) if shape == "bumps" else stats.norm
        P, Q = law(loc=0), law(loc=t)
        return {
            "distance": t,
            "kl": dv.kl_divergence_continuous(P, Q),
            "kl_slope": t if shape == "bells" else math.nan,
            "js": dv.js_divergence_continuous(P, Q),
            "js_slope": js_slope(shape, t),
            "w1": dv.wasserstein_distance_continuous(P, Q),
            "w1_slope": float(np.sign(t)) if t else math.nan,
        }
    if tag == "plan-in-town":
        km = np.linalg.norm(state["at"][:3, None] - state["at"][3:], axis=2)
        plan = np.reshape(state["plan"], (3, 5))
        cells = {"mass": plan, "km": km, "part": plan * km}
        return {
            "cost": (plan * km).sum(),
            "optimum": 60 * dv.optimal_transport(BAKED / 60, WANTED / 60, km).cost,
            "sent": plan.sum(),
            **{f"left_{i}": x for i, x in enumerate(BAKED - plan.sum(axis=1))},
            **{f"missing_{j}": x for j, x in enumerate(WANTED - plan.sum(axis=0))},
            **{f"{name}_{i}_{j}": x for name, cell in cells.items() for (i, j), x in np.ndenumerate(cell)},
        }
    source, target = state["from"], state["to"]
    plan, total = state["plan"].reshape(source.size, target.size), source.sum()
    distance = np.abs(np.subtract.outer(np.arange(source.size), np.arange(target.size))).astype(float)
    best = dv.optimal_transport(source / total, target / total, distance).cost * total
    cells = {"mass": plan, "distance": distance, "part": plan * distance}
    return {
        "cost": (plan * distance).sum(),
        "independent": (np.outer(source, target) / total * distance).sum(),
        "optimum": best,
        "waste": (plan * distance).sum() - best,
        "total": total,
        **{f"from_{i}": mass for i, mass in enumerate(source)},
        **{f"to_{j}": mass for j, mass in enumerate(target)},
        **{f"{name}_{i}_{j}": x for name, cell in cells.items() for (i, j), x in np.ndenumerate(cell)},
    }


def read(text: str) -> float:
    """Read a number as the figures write it: −1.5, 2.000·10⁻⁵, ∞, –."""
    if text == "–":
        return math.nan
    text = text.replace("−", "-").replace("∞", "inf")
    digits, _, power = text.partition("·10")
    return float(digits) * 10.0 ** int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)


def same_to_four_digits(shown: float, true: float) -> bool:
    if math.isnan(true) or math.isinf(true):
        return shown == true or (math.isnan(shown) and math.isnan(true))
    if abs(true) < 1e-9:  # quadrature knows a zero no better
        return abs(shown) < 1e-9
    # The tiny allowance is for digits that end in a 5 which one side has rounded down and the other up.
    return abs(shown - true) <= 0.5001 * 10.0 ** (math.floor(math.log10(abs(true))) - 3)


def attributes(state: dict) -> dict[str, str]:
    """Write a state as the attributes of its tag."""
    return {
        name: value if isinstance(value, str) else ",".join(map(repr, np.ravel(value).tolist()))
        for name, value in state.items()
    }


# ---- arithmetic, without a browser -----------------------------------------------------------------


@pytest.fixture(scope="module")
def engine():
    with MiniRacer() as context:
        for name in ("core", *TAGS):
            context.eval((SOURCE / f"{name}.js").read_text(encoding="utf-8"))
        yield lambda code: json.loads(context.eval(f"JSON.stringify({code})"))


def measured(engine, tag: str, state: str) -> dict[str, float]:
    return engine(f"explorables.components['{tag}'].measure({state})")


def test_transport_is_exact_and_its_prices_prove_it(engine):
    rng = np.random.default_rng(5)
    for trial in range(200):
        n, m = rng.integers(1, 9, 2)
        total = rng.integers(1, 50)
        source = rng.multinomial(total, rng.dirichlet(np.full(n, 0.7))).astype(float)
        target = rng.multinomial(total, rng.dirichlet(np.full(m, 0.7))).astype(float)
        if trial % 2:  # masses and costs that are no whole numbers
            source, target = (rng.dirichlet(np.ones(k)) for k in (n, m))
        cost = rng.integers(0, 6, (n, m)) if trial % 3 else rng.random((n, m))
        problem = ", ".join(str(array.tolist()) for array in (source, target, cost))
        found = engine(f"explorables.math.transport({problem})")
        plan, u, v = (np.array(found[name]) for name in ("plan", "u", "v"))
        slack = cost - u[:, None] - v
        best = dv.optimal_transport(source / source.sum(), target / target.sum(), cost).cost * source.sum()
        assert plan.min() >= 0
        assert np.allclose(plan.sum(axis=1), source, atol=1e-8)
        assert np.allclose(plan.sum(axis=0), target, atol=1e-8)
        assert slack.min() > -1e-8
        assert np.abs(slack[plan > 1e-8]).max() < 1e-8
        assert (plan * cost).sum() == pytest.approx(best, abs=1e-7)
        assert source @ u + target @ v == pytest.approx(best, abs=1e-7)


def test_the_other_outcomes_keep_their_ratios(engine):
    def moved(p: list[float], i: int, value: float, before: list[float]) -> list[float]:
        return engine(f"explorables.components['entropy-bars'].renormalised({p}, {i}, {value}, {before})")

    assert moved([0.4, 0.3, 0.2, 0.1], 0, 0.1, []) == pytest.approx([0.1, 0.45, 0.3, 0.15])
    assert moved([0.4, 0.3, 0.2, 0.1], 0, 1, []) == [1, 0, 0, 0]
    # Back from certainty they take up the ratios that they had before it, or equal ones.
    assert moved([1, 0, 0, 0], 0, 0.4, [0.7, 0.15, 0.1, 0.05]) == pytest.approx([0.4, 0.3, 0.2, 0.1])
    assert moved([1, 0, 0, 0], 0, 0.4, [1, 0, 0, 0]) == pytest.approx([0.4, 0.2, 0.2, 0.2])


def test_equal_kl_both_ways_needs_equal_widths(engine):
    widths, means = np.arange(0.25, 3.01, 0.05).round(2), np.arange(-3, 3.01, 0.25)
    found = engine(
        f"{widths.tolist()}.map((sd) => {means.tolist()}.map((mean) => {{"
        "const found = explorables.components['two-bells'].measure({ mean, sd });"
        "return found.kl_pq - found.kl_qp }))"
    )
    for s, row in zip(widths, found, strict=True):
        bracket = s**2 - 1 / s**2 - 4 * math.log(s)
        for m, difference in zip(means, row, strict=True):
            assert difference == pytest.approx(m**2 * (1 / s**2 - 1) / 2 - bracket / 2, abs=1e-11)
            assert np.sign(difference) == np.sign(1 - s)


@pytest.mark.parametrize("shape", ["bumps", "bells"])
def test_the_slope_of_js_is_the_derivative_of_js(engine, shape):
    def at(t: float) -> dict[str, float]:
        return measured(engine, "sliding-apart", f"{{shape: '{shape}', distance: {t}}}")

    for t in (-3.7, -1.0, 0.3, 2.2, 3.5):
        rise = at(t + 1e-4)["js"] - at(t - 1e-4)["js"]
        assert at(t)["js_slope"] == pytest.approx(rise / 2e-4, abs=1e-6)


def test_bumps_that_have_parted_have_js_log_2_exactly(engine):
    for t in (4, -4, 5.35, 8):
        found = measured(engine, "sliding-apart", f"{{shape: 'bumps', distance: {t}}}")
        assert found["js"] == math.log(2)
        assert found["js_slope"] == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.44314718, "0.4431"),
        (12.5, "12.50"),
        (-1, "−1.000"),
        (0.00019643, "0.0001964"),
        (0.000012345678, "1.235·10⁻⁵"),
        (123456, "1.235·10⁵"),
        (99999, "1.000·10⁵"),
        (0, "0"),
        (1e-17, "0"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers_are_written_with_four_digits(engine, value, text):
    assert engine(f"explorables.format({str(value).replace('inf', 'Infinity')})") == text


@pytest.mark.parametrize(
    ("tag", "wrong", "words"),
    [
        ("entropy-bars", {"p": "0.5,0.6,0,0,0"}, "sum to 1"),
        ("entropy-bars", {"p": "0.5,0.5"}, "5 outcomes have 2 probabilities"),
        ("two-bells", {"sd": "0"}, "not between 0.25 and 3"),
        ("honest-forecast", {"q": "much"}, "no number"),
        ("sliding-apart", {"shape": "square"}, "neither"),
        ("coin-detective", {"flips": "101"}, "not between 0 and 100"),
        ("which-month", {"by": "moon"}, "none of"),
        ("submarine-hunt", {"shots": "5.5"}, "twice"),
        ("your-forecast", {"said": ".".join(["5"] * 31)}, "more than 30 days"),
        ("which-month", {"said": "50.101"}, "not between 0 and 100"),
        ("beat-the-plan", {"from": "1,2", "to": "1,1"}, "one positive sum"),
        ("beat-the-plan", {"plan": "1,2,3"}, "no plan"),
        ("plan-in-town", {"at": "1,2,3"}, "give 8 places"),
        ("plan-in-town", {"plan": "31" + ",0" * 14}, "sends more than there is"),
    ],
)
def test_attributes_that_make_no_sense_are_refused(engine, tag, wrong, words):
    said = engine(
        f"(() => {{ const given = {json.dumps(wrong)}, kind = explorables.components['{tag}'];"
        "try { kind.parse((name) => given[name] ?? null) } catch (error) { return error.message } })()"
    )
    assert words in said


def test_the_files_together_are_under_60_kilobytes():
    files = [SOURCE / "core.js", SOURCE / "explorables.css", *(SOURCE / f"{tag}.js" for tag in TAGS)]
    assert sorted(files) == sorted(SOURCE.iterdir())
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 60_000


# ---- in the browser --------------------------------------------------------------------------------

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080200000090"
    "7753de0000000c4944415408d763f8ffff3f0005fe02fea7350e840000000049454e44ae426082"
)


def page_source(tag: str, given: str = "") -> str:
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{tag}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="picture.png"><link rel="stylesheet" href="theme.css">
<link rel="stylesheet" href="explorables.css">
<script defer src="core.js"></script><script defer src="{tag}.js"></script></head>
<body><main><h1>A page</h1><p class="tall">Above.</p>
<{tag} figure="fig-x" {given}>
</{tag}>
<figure id="fig-x"><img alt="The static picture" src="picture.png" width="300" height="200">
<figcaption><p>Fig. 1 A caption.</p></figcaption></figure><p class="tall">Below.</p></main></body></html>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Write one page for each figure, with the book's colours and nothing else of its style."""
    folder = tmp_path_factory.mktemp("explorables")
    for file in SOURCE.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "picture.png").write_bytes(PIXEL)
    book = (ROOT / "web" / "theme" / "static" / "book.css").read_text(encoding="utf-8")
    theme = "\n".join(re.findall(r"^:root[^{]*\{.*?\}", book, re.DOTALL | re.MULTILINE))
    assert "--paper" in theme
    page = "body { margin: 0 16px; background: var(--paper); color: var(--ink); } figure { margin: 0; }"
    sizes = "main { max-width: 46rem; margin: auto; } .tall { min-height: 60vh; }"
    (folder / "theme.css").write_text(f"{theme}\n{page} {sizes}", encoding="utf-8")
    for tag in TAGS:
        (folder / f"{tag}.html").write_text(page_source(tag), encoding="utf-8")
    (folder / "wrong.html").write_text(page_source("two-bells", 'sd="wide"'), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(site):
    """Serve the pages with a strict content security policy."""
    with serve(site, CONTENT_SECURITY_POLICY) as url:
        yield url


@pytest.fixture(scope="module")
def pages(chromium, server):
    """Keep one page for each kind of screen, all watched for errors and for requests."""
    made = {}

    def page(tag: str, *, screen=DESKTOP, touch=False, theme="light", base=server, fragment="", **options):
        key = (screen["width"], touch, *sorted(options.items()))
        if key not in made:
            context = chromium.new_context(viewport=screen, has_touch=touch, **options)
            made[key] = context.new_page()
            made[key].faults, made[key].requests = [], []
            watch(made[key])
        here = made[key]
        here.goto("about:blank")  # what the last page still has to say is not about the next one
        here.faults.clear()
        here.requests.clear()
        here.goto(f"{base}/{tag}.html{fragment}")
        here.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        return here

    return page


def watch(page) -> None:
    page.on(
        "console",
        lambda message: page.faults.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda request: page.requests.append(request.url))


# Put a fresh figure on the page, and find all its numbers, as [name, text, stands in a cell of the plan], and
# every text with a digit that has no name, is no tick of an axis and no choice.
FRESH = """([tag, given, press]) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) node.setAttribute(name, value);
    document.querySelector("figure").replaceChildren(node);
    [...node.querySelectorAll("button")].find((button) => button.textContent === press)?.click();
    node.querySelector(".xp-table").open = true;
    node.tabulate();
    const named = [...node.querySelectorAll("[data-key]")];
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT), stray = [];
    while (walker.nextNode()) {
        const { parentElement, textContent } = walker.currentNode;
        if (/[0-9]/.test(textContent.replace("log₂ 5", "")) &&
            parentElement.closest(".xp-stage, .xp-readouts dd, td") &&
            !parentElement.closest("[data-key], .xp-tick, .xp-note, .xp-spoken, label"))
            stray.push(textContent);
    }
    return [named.map((n) => [n.dataset.key, n.textContent, n.matches(".xp-cell b *")]), stray];
}"""


def fresh(page, tag: str, given: dict[str, str], press: str | None = None) -> list:
    return page.evaluate(FRESH, [tag, given, press])


@pytest.mark.browser
@pytest.mark.parametrize("tag", TAGS)
def test_every_number_shown_equals_the_library(pages, tag):
    page = pages(tag)
    for state in settings(tag):
        shown, stray = fresh(page, tag, attributes(state), "Show prices")
        assert stray == []
        true = expected(tag, state)
        prices = {name: read(text) for name, text, _ in shown if name[:2] in ("u_", "v_")}
        if prices:
            u, v = ([x for name, x in prices.items() if name.startswith(letter)] for letter in "uv")
            assert state["from"] @ u + state["to"] @ v == pytest.approx(true["optimum"], abs=1e-6)
            for i, a in enumerate(u):
                for j, b in enumerate(v):
                    true[f"slack_{i}_{j}"] = true[f"distance_{i}_{j}"] - a - b
                    true[f"waste_{i}_{j}"] = true[f"slack_{i}_{j}"] * true[f"mass_{i}_{j}"]
                    assert true[f"slack_{i}_{j}"] >= 0
        rises = {name: read(text) for name, text, _ in shown if name[:5] == "rise_"}
        if rises:  # prices prove that the optimum is one
            price = {name: read(text) for name, text, _ in shown if name[:6] == "price_"}
            assert min(price.values()) == 0
            earned = WANTED @ [price[f"price_{k}"] for k in range(3, 8)]
            earned -= BAKED @ [price[f"price_{k}"] for k in range(3)]
            assert earned == pytest.approx(true["optimum"], abs=0.5)
            assert all(rise <= true[f"km{name[4:]}"] + 0.0051 for name, rise in rises.items())
        assert {name for name, _, _ in shown} >= set(true) - {"p", "q", "distance"} - set(prices)
        for name, text, in_cell in shown:
            if name in prices or name[:5] in ("rise_", "price") or name[:4] in ("day_", "squa"):
                continue
            if in_cell:  # the table has the other digits
                assert read(text) == pytest.approx(true[name], abs=0.00501)
            else:
                assert same_to_four_digits(read(text), true[name]), (state, name, text, true[name])


# ---- tasks by keyboard -----------------------------------------------------------------------------


def tab_to(page, selector: str) -> None:
    """Press Tab until the first element of this kind has the focus."""
    for _ in range(40):
        if page.evaluate(
            "(selector) => document.activeElement === document.querySelector(selector)", selector
        ):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not reach {selector}")


def press(page, key: str, times: int = 1) -> None:
    for _ in range(times):
        page.keyboard.press(key)


def knob(name: str) -> str:
    return f".xp-knob[aria-label='{name}']"


def solve_entropy_bars(page) -> None:
    for name in ("drizzle", "fog", "rain"):
        tab_to(page, knob(f"Probability of {name}"))
        press(page, "Home")
    tab_to(page, knob("Probability of snow"))
    press(page, "Home")
    press(page, "PageUp", 5)


def solve_two_bells(page) -> None:
    tab_to(page, knob("Width s of q"))
    press(page, "ArrowLeft", 20)


def solve_honest_forecast(page) -> None:
    tab_to(page, knob("Stated chance of rain q"))
    press(page, "PageDown", 3)
    press(page, "ArrowLeft", 7)


def solve_coin_detective(page) -> None:
    tab_to(page, knob("Heads of the other coin, q"))
    press(page, "PageDown", 2)
    press(page, "ArrowLeft", 5)


def solve_which_month(page) -> None:
    p, q = dv.normalize(month_counts("sun")[[6, 0]])
    for number in range(10):
        _, sun_or_not = day_of_round(1, number, p, q)
        tab_to(page, knob("Chance that it is July"))
        press(page, "Home")
        press(page, "ArrowRight", 5 if sun_or_not else 15)
        tab_to(page, ".xp-buttons button")
        press(page, "Enter")


def solve_your_forecast(page) -> None:
    wet = CLUES[YEAR == 2015, 0]
    chance = None
    for day in thirty_days(1):
        if chance != (chance := 13 if wet[day] else 5):
            tab_to(page, knob("Chance of rain tomorrow"))
            press(page, "Home")
            press(page, "ArrowRight", chance)
        tab_to(page, ".xp-buttons button")
        press(page, "Enter")


def solve_submarine_hunt(page) -> None:
    tab_to(page, ".xp-square")
    press(page, "Enter")  # a miss, so that the total is more than the hit alone
    press(page, "ArrowDown", BOAT // 8)
    press(page, "ArrowRight", BOAT % 8)
    press(page, "Enter")


def solve_sliding_apart(page) -> None:
    tab_to(page, knob("Distance θ of q from p"))
    press(page, "PageUp", 2)


def solve_plan_in_town(page) -> None:
    for oven, cafe in ("A1", "A2", "A3", "B3", "B4", "C4", "C5"):
        route = f"{oven} to café {cafe}"
        tab_to(page, f".xp-field[aria-label^='{route}:']")
        press(page, "Enter")


def solve_beat_the_plan(page) -> None:
    """Swap, as long as one swap saves, the two cells that save most."""
    plan = np.outer([3, 2, 1, 4], [1, 2, 4, 3]) / 10
    distance = np.abs(np.subtract.outer(range(4), range(4)))
    tab_to(page, ".xp-cell")
    here = [0, 0]

    def go(i: int, j: int) -> None:
        press(page, "ArrowDown" if i > here[0] else "ArrowUp", abs(i - here[0]))
        press(page, "ArrowRight" if j > here[1] else "ArrowLeft", abs(j - here[1]))
        here[:] = i, j
        press(page, "Enter")

    while True:
        swaps = []
        for i, j, k, l in itertools.product(range(4), repeat=4):  # noqa: E741
            change = distance[i, l] + distance[k, j] - distance[i, j] - distance[k, l]
            swaps.append((change * min(plan[i, j], plan[k, l]), i, j, k, l))
        saved, i, j, k, l = min(swaps)  # noqa: E741
        if saved > -1e-9:
            return
        amount = min(plan[i, j], plan[k, l])
        plan[[i, k, i, k], [j, l, l, j]] += [-amount, -amount, amount, amount]
        go(i, j)
        go(k, l)


SOLUTIONS = {
    "entropy-bars": (solve_entropy_bars, "fair coin"),
    "two-bells": (solve_two_bells, "equal widths are the only way"),
    "honest-forecast": (solve_honest_forecast, "proper"),
    "coin-detective": (solve_coin_detective, "mirror pair"),
    "which-month": (solve_which_month, "Nobody earns more than JS"),
    "your-forecast": (solve_your_forecast, "how honest your doubts were"),
    "submarine-hunt": (solve_submarine_hunt, "exactly 6"),
    "sliding-apart": (solve_sliding_apart, "no point in common"),
    "plan-in-town": (solve_plan_in_town, "No plan costs less"),
    "beat-the-plan": (solve_beat_the_plan, "no plan costs less"),
}


@pytest.mark.browser
@pytest.mark.parametrize("tag", TAGS)
def test_the_task_is_solved_by_keyboard(pages, tag):
    page = pages(tag)
    solve, why = SOLUTIONS[tag]
    assert page.locator(".xp-mark").text_content() == "Task"
    solve(page)
    page.wait_for_selector(".xp-solved")
    assert "Solved" in page.locator(".xp-mark").text_content()
    assert why in page.locator(".xp-verdict").text_content()
    assert why in page.locator("[role=status]").text_content()
    page.get_by_role("button", name="Reset").click()
    assert page.locator(".xp-mark").text_content() == "Task"
    assert page.locator(".xp-verdict").is_hidden()


@pytest.mark.browser
def test_beating_the_independent_plan_is_noticed_on_the_way(pages):
    page = pages("beat-the-plan")
    tab_to(page, ".xp-cell")
    press(page, "ArrowRight", 3)
    press(page, "Enter")  # 1 → 4
    press(page, "ArrowDown", 3)
    press(page, "ArrowLeft", 3)
    press(page, "Enter")  # 4 → 1
    page.wait_for_selector(".xp-verdict:visible")
    assert page.locator(".xp-verdict").text_content().startswith("Beaten: 10.6 is less than 13.")
    assert page.locator("[data-key=cost]").first.text_content() == "10.60"
    page.get_by_role("button", name="Undo").click()
    assert page.locator("[data-key=cost]").first.text_content() == "13.00"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("tag", "fragment", "words"),
    [
        ("sliding-apart", "shape=bumps&distance=0", "because q is p"),
        ("your-forecast", "said=100.100.100.100.100.100", "Bankrupt"),
        ("your-forecast", f"said={'.'.join(['95'] * 30)}", "too sure"),
        ("which-month", "said=95.95.95.95.95.95.95.95.95.95", "no more and no less"),
        ("coin-detective", "p=0.5&q=1&seed=1&flips=3", "rules an outcome out"),
        ("sliding-apart", "shape=bells&distance=8", "0.0001964"),
        ("two-bells", "mean=0&sd=1", "q is p"),
        ("plan-in-town", "at=3,4,6,10,13,3,6,4,0,0,3,6,10,7,9,0", "two different plans are both best"),
        ("plan-in-town", "plan=12,0,18,0,0,0,12,0,8,0,0,0,0,4,6", "more than needed"),
    ],
)
def test_a_near_miss_is_explained_and_not_taken_for_a_solution(pages, tag, fragment, words):
    page = pages(tag, fragment=f"#fig-x?{fragment}")
    assert words in page.locator(".xp-verdict").text_content()
    assert page.locator(".xp-solved").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("tag", TAGS)
def test_whatever_has_the_focus_shows_it(pages, tag):
    page = pages(tag)
    seen = set()
    for _ in range(40):
        press(page, "Tab")
        outline, name = page.evaluate("""() => {
            const node = document.activeElement;
            const part = node.classList.contains("xp-knob") ? "::before" : null;
            const { outlineStyle, outlineWidth } = getComputedStyle(node, part);
            const width = outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
            return [width, node.closest(".xp") && node.outerHTML];
        }""")
        if name is None:
            break
        seen.add(name)
        assert outline >= 2, name
    focusable = "button:enabled, summary, a, .xp-knob, input[type=range], input:checked, select"
    focusable += ", [tabindex='0']:is(.xp-cell, .xp-square)"
    visible = page.locator(f".xp :is({focusable}):visible").count()
    assert len(seen) >= visible > 4


@pytest.mark.browser
def test_a_screen_reader_is_told_once_when_the_reader_pauses(pages):
    page = pages("two-bells")
    page.evaluate("""() => {
        const status = document.querySelector("[role=status]");
        window.told = [];
        new MutationObserver(() => window.told.push(status.textContent)).observe(status, { childList: true });
    }""")
    tab_to(page, knob("Mean m of q"))
    press(page, "ArrowRight", 12)
    assert page.evaluate("told") == []
    page.wait_for_timeout(700)
    assert page.evaluate("told") == ["KL of p from q 0.6381 nat, of q from p 2.087 nat."]
    assert page.locator(knob("Mean m of q")).get_attribute("aria-valuetext") == "1.6"


# ---- touch -----------------------------------------------------------------------------------------


def swipe(page, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
    """Move one finger over the screen, as the browser sees it."""
    session = page.context.new_cdp_session(page)
    touch = partial(session.send, "Input.dispatchTouchEvent")
    touch({"type": "touchStart", "touchPoints": [{"x": start[0], "y": start[1]}]})
    for step in range(1, steps + 1):
        x, y = (a + (b - a) * step / steps for a, b in zip(start, end, strict=True))
        touch({"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    touch({"type": "touchEnd", "touchPoints": []})
    session.detach()


def centre(locator) -> tuple[float, float]:
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.browser
@pytest.mark.parametrize("tag", KNOBS)
def test_each_handle_follows_a_finger(pages, tag):
    page = pages(tag, screen=PHONE, touch=True)
    for handle in page.locator(".xp-knob").all():
        page.locator(".xp-stage").evaluate("(stage) => stage.scrollIntoView({ block: 'center' })")
        before, scrolled = float(handle.get_attribute("aria-valuenow")), page.evaluate("scrollY")
        x, y = centre(handle)
        upright = handle.get_attribute("aria-orientation") == "vertical"
        swipe(page, (x, y), (x, y - 40) if upright else (x - 40, y))
        page.wait_for_timeout(30)  # a frame
        after = float(handle.get_attribute("aria-valuenow"))
        assert after > before if upright else after < before
        assert page.evaluate("scrollY") == scrolled


@pytest.mark.browser
@pytest.mark.parametrize("gesture", ["drag", "tap"])
def test_cells_of_the_plan_follow_a_finger(pages, gesture):
    page = pages("beat-the-plan", screen=PHONE, touch=True)
    page.locator(".xp-stage").evaluate("(stage) => stage.scrollIntoView({ block: 'center' })")
    cells = page.locator(".xp-cell")
    start, end = centre(cells.nth(12)), centre(cells.nth(3))  # 4 → 1 and 1 → 4
    if gesture == "tap":
        page.touchscreen.tap(*start)
        page.touchscreen.tap(*end)
    else:
        swipe(page, start, end)
    assert page.locator("[data-key=cost]").first.text_content() == "10.60"


@pytest.mark.browser
@pytest.mark.parametrize("tag", TAGS)
def test_the_page_scrolls_under_a_finger_on_the_figure(pages, tag):
    page = pages(tag, screen=PHONE, touch=True)
    page.locator(".xp-stage").evaluate("(stage) => stage.scrollIntoView({ block: 'center' })")
    x, y = centre(page.locator(".xp-board" if tag == "beat-the-plan" else ".xp-stage > svg"))
    before = page.evaluate("scrollY")
    swipe(page, (x + 12, y + 60), (x + 12, y - 140))
    page.wait_for_timeout(100)
    assert page.evaluate("scrollY") > before + 50


# ---- looks -----------------------------------------------------------------------------------------

# The contrast and the size of every text: its colour against all layers below it, SVG fills included, as
# the browser paints them, at three places along the text.
CONTRAST = """() => {
    const all = new CSSStyleSheet();
    all.replaceSync(".xp *, .xp *::before { pointer-events: visiblePainted !important; }");
    document.adoptedStyleSheets = [all];
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, below) => below.map((value, i) => value + (top[i] - value) * top[3]);
    const light = (color) => {
        const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        const [r, g, b] = color.map((c) => linear(c / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    const walker = document.createTreeWalker(document.querySelector(".xp"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode, parent = text.parentElement, range = document.createRange();
        range.selectNodeContents(text);
        if (!text.textContent.trim() || !range.getBoundingClientRect().width) continue;
        if (parent.closest(".xp-spoken, button:disabled")) continue;
        parent.scrollIntoView({ block: "center" });
        const { left, top, width, height } = range.getBoundingClientRect();
        const svg = Boolean(parent.closest("svg")), style = getComputedStyle(parent);
        const color = rgba(svg ? style.fill : style.color);
        for (const part of [0.15, 0.5, 0.85]) {
            let ground = [255, 255, 255];
            const layers = document.elementsFromPoint(left + width * part, top + height / 2);
            for (const layer of layers.reverse()) {
                if (svg && layer.closest("text")) continue;
                const paint = getComputedStyle(layer), shape = layer instanceof SVGGeometryElement;
                const fill = paint.fill === "none" ? "#0000" : paint.fill;
                const own = rgba(shape ? fill : paint.backgroundColor);
                own[3] *= paint.opacity * (shape ? paint.fillOpacity : 1);
                ground = over(own, ground);
            }
            const seen = over([...color.slice(0, 3), color[3] * style.opacity], ground);
            const [a, b] = [light(seen), light(ground)];
            const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            found.push([contrast, parseFloat(style.fontSize), text.textContent.trim()]);
        }
    }
    document.adoptedStyleSheets = [];
    return found;
}"""
LARGE = {"from": "3,2,1,4,2,2,1,5", "to": "1,2,4,3,4,2,3,1"}


def unfold(page) -> None:
    """Open the hint, the sliders and the table."""
    page.evaluate("""() => {
        for (const fold of document.querySelectorAll(".xp details")) fold.open = true;
        document.querySelector(".xp").tabulate();
    }""")


@pytest.mark.browser
@pytest.mark.parametrize("state", ["start", "solved"])
@pytest.mark.parametrize("tag", TAGS)
def test_every_text_can_be_read(pages, tag, state):
    page = pages(tag, screen=PHONE, fragment=f"#fig-x?{SOLVED[tag]}" if state == "solved" else "")
    if tag == "beat-the-plan":
        if state == "start":
            fresh(page, tag, LARGE, "Show prices")
        page.locator(".xp-cell").nth(1).click()  # then the others say what a swap with it changes
    unfold(page)
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        texts = page.evaluate(CONTRAST)
        assert len(texts) > 60
        assert [found for found in texts if found[0] < 4.5] == []
        assert [found for found in texts if found[1] < 11] == []
    # SVG is drawn in pixels of the screen, so that its text has the size that its style says.
    assert page.evaluate("document.querySelector('.xp-stage > svg')?.getScreenCTM().a ?? 1") == 1


@pytest.mark.browser
@pytest.mark.parametrize("tag", TAGS)
def test_axe_finds_no_violation(pages, tag):
    page = pages(tag, fragment=f"#fig-x?{SOLVED[tag]}")
    page.evaluate(AXE)
    unfold(page)
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        found = page.evaluate("axe.run('.xp', { resultTypes: ['violations'] })")["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("tag", TAGS)
def test_nothing_sticks_out(pages, tag, width):
    page = pages(tag, screen={"width": width, "height": 844})
    fresh(page, tag, LARGE if tag == "beat-the-plan" else {})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate("""() => {
        const stage = document.querySelector(".xp-stage").getBoundingClientRect();
        return [...document.querySelectorAll(".xp-stage text, .xp-cell b")].filter((node) => {
            const { left, right } = node.getBoundingClientRect();
            return left < stage.left - 4 || right > stage.right + 4;
        }).map((node) => node.textContent);
    }""")
    assert outside == []


@pytest.mark.browser
def test_nothing_moves_by_itself_for_readers_who_ask_for_that(pages):
    page = pages("beat-the-plan", reduced_motion="reduce")
    durations = page.evaluate(
        "[...document.querySelectorAll('.xp *')].map((node) => getComputedStyle(node).transitionDuration)"
    )
    assert set(durations) == {"0s"}


# ---- in the page -----------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("how", ["file", "http"])
def test_no_error_and_no_request_elsewhere(pages, site, server, tag, how):
    base = server if how == "http" else site.as_uri()
    page = pages(tag, base=base)
    unfold(page)
    if tag == "beat-the-plan":
        page.get_by_role("button", name="Show an optimal plan").click()
    elif tag in ("plan-in-town", "submarine-hunt"):
        page.locator(".xp-field, .xp-square").first.click()
    else:
        page.locator(".xp-knob").first.focus()
        press(page, "PageUp")
        page.locator(".xp-knob").first.blur()
    page.wait_for_url(f"{base}/{tag}.html#fig-x?*")
    page.get_by_role("button", name="Reset").click()
    assert page.url == f"{base}/{tag}.html"
    assert page.faults == []
    assert {url.rsplit("/", 1)[0] for url in page.requests} == {base}


@pytest.mark.browser
@pytest.mark.parametrize("tag", TAGS)
def test_a_link_restores_its_state(pages, tag):
    states = settings(tag)[10:12]
    if tag == "beat-the-plan":  # of the piles in the tag
        plans = (
            [1, 2, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 3],
            [0, 2, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 3],
        )
        states = [
            {"from": np.array([3, 2, 1, 4]), "to": np.array([1, 2, 4, 3]), "plan": np.array(plan)}
            for plan in plans
        ]
    links = [
        "#fig-x?" + "&".join(f"{name}={value}" for name, value in attributes(state).items())
        for state in states
    ]
    page = pages(tag, fragment=links[0])  # arriving with the link
    for state, link in zip(states, links, strict=True):
        page.evaluate("(link) => { location.hash = link }", link)  # following it later
        page.wait_for_timeout(20)
        true = expected(tag, state)
        shown = page.evaluate(
            "[...document.querySelectorAll('.xp [data-key]')].map((n) => [n.dataset.key, n.textContent])"
        )
        assert len(shown) >= 4
        for name, text in shown:
            if name in true:
                assert same_to_four_digits(read(text), true[name])


@pytest.mark.browser
def test_a_link_that_makes_no_sense_is_passed_over(pages):
    page = pages("two-bells", fragment="#fig-x?mean=wide&sd=1")
    assert page.locator("[data-key=kl_pq]").first.text_content() == "0.4431"
    assert page.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("tag", TAGS)
def test_the_static_picture_stands_in_print_and_without_a_script(pages, tag):
    page = pages(tag)
    picture, figure = page.get_by_alt_text("The static picture"), page.locator(tag)
    assert picture.is_hidden()
    assert figure.is_visible()
    assert page.locator("figure#fig-x > " + tag).count() == 1
    page.emulate_media(media="print")
    assert picture.is_visible()
    assert figure.is_hidden()
    page.emulate_media(media="screen")
    plain = pages(tag, java_script_enabled=False)
    assert plain.get_by_alt_text("The static picture").is_visible()
    assert plain.locator(tag).bounding_box()["height"] < 40


@pytest.mark.browser
def test_wrong_attributes_leave_the_static_picture(pages):
    page = pages("wrong")
    assert page.get_by_alt_text("The static picture").is_visible()
    assert any('sd="wide"' in fault for fault in page.faults)


@pytest.mark.browser
@pytest.mark.parametrize("how", ["finger", "arrows"])
def test_places_of_the_town_can_be_moved(pages, how):
    page = pages("plan-in-town", screen=PHONE, touch=True)
    page.locator(".xp-stage").evaluate("(stage) => stage.scrollIntoView({ block: 'center' })")
    place = page.locator(".xp-place").nth(3)
    assert place.get_attribute("aria-label") == "Café 1, 0 km east, 4 km north"
    if how == "finger":
        x, y = centre(place)
        swipe(page, (x, y), (x + 100, y))
    else:
        tab_to(page, ".xp-place[aria-label^='Café 1']")
        press(page, "ArrowRight", 9)
    page.wait_for_timeout(30)
    assert re.fullmatch(r"Café 1, (4.5|5|5.5) km east, 4 km north", place.get_attribute("aria-label"))
    assert page.locator("[data-key=optimum]").first.text_content() != "258.0"
