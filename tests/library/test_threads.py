"""No function touches what belongs to the whole process, or minds what others have set there."""

import ast
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from strategies import seeds

import divergences as d
from divergences import forecasting, normalize

LIBRARY = Path(d.__file__).parent
# Warnings, the generator that NumPy shares, error states that outlive a block, the environment, signals.
SHARED = {
    *(
        "catch_warnings",
        "simplefilter",
        "filterwarnings",
        "showwarning",
        "seterr",
        "seterrcall",
        "setbufsize",
    ),
    *("set_printoptions", "environ", "putenv", "chdir", "setrecursionlimit", "signal", "setlocale", "seed"),
}


@pytest.mark.parametrize("path", sorted(LIBRARY.rglob("*.py")), ids=lambda path: path.stem)
def test_the_source_names_nothing_that_belongs_to_the_process(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not used & SHARED
    assert not any(isinstance(node, ast.Global) for node in ast.walk(tree))


class Values:
    """Random input of every size that is valid, of which the smallest and the largest floats are part."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def numbers(self, *shape):
        """Draw numbers from 5e-324 to 1.8e308 of either sign, or 0."""
        kind = self.rng.integers(3)
        size = {0: self.rng.uniform(-323.3, 308.2, shape), 1: self.rng.uniform(-3, 3, shape)}.get(kind)
        size = self.rng.choice([-323.3, -308, 0, 308.2], shape) if size is None else size
        return self.rng.choice([-1.0, 1.0, 0.0], shape, p=[0.45, 0.45, 0.1]) * 10.0**size

    def mass(self, *shape):
        weights = self.rng.choice([1.0, 1e-3, 1e-17, 1e-160, 1e-308, 1e-320, 0.0], shape)
        weights = weights * self.rng.uniform(0.5, 1, shape)
        weights[..., self.rng.integers(shape[-1])] = 1.0
        with np.errstate(all="ignore"):
            return normalize(weights)

    def pair(self):
        p = self.mass(5)
        near = p * (1 + self.rng.choice([0.0, 1e-16, 1e-9]) * self.rng.normal(size=5))
        with np.errstate(all="ignore"):
            return p, self.rng.choice([self.mass(5), near / near.sum()])

    def gaussian(self):
        return float(self.numbers()), abs(float(self.numbers())) or 1.0

    def law(self):
        family = self.rng.choice(["norm", "t", "uniform", "expon", "lognorm", "beta", "invgauss"])
        shapes = {"t": (3,), "lognorm": (1,), "beta": (2, 5), "invgauss": (0.3,)}.get(family, ())
        loc, scale = self.rng.choice([0.0, 1.0, -3.0]), self.rng.choice([1.0, 2.0, 1e-3])
        return getattr(stats, family)(*shapes, loc, scale)


def entropic(v):
    cost, epsilon = (
        np.abs(v.rng.normal(size=(4, 1)) - v.rng.normal(size=4)),
        v.rng.choice([1e-300, 1e-2, 1e300]),
    )
    return partial(d.sinkhorn, v.mass(4), v.mass(4), cost, epsilon=epsilon, max_iterations=50)


def points(v):
    return v.rng.permuted(np.linspace(-1, 1, 20) ** 3 * 10.0 ** v.rng.uniform(-300, 307)).reshape(2, 10)


def learn_and_forecast(features, outcome, new):
    return forecasting.fit_logistic(features, outcome).forecast(new)


def regression(v):
    features = 10.0 ** v.rng.uniform(-300, 150) * v.rng.normal(size=(40, 1))
    return partial(learn_and_forecast, features, v.rng.random(40), v.numbers(3, 1))


ORDERS = [1, 1.5, 2, 7, 1e300, np.inf]
ALPHAS = [0, 5e-324, 0.5, 1, 1 + 1e-12, 3, 1e300, np.inf]
EDGES = [-np.inf, -1, 0, 1e-320, np.inf]
# The arguments are drawn before NumPy is told anything.
CALLS = {
    "normalize": lambda v: partial(normalize, np.abs(v.numbers(5)) + 5e-324),
    "information_content": lambda v: partial(d.information_content, v.mass(3)),
    "entropy": lambda v: partial(d.entropy, v.mass(3, 5), base=v.rng.choice([2, 1.8e308])),
    "huffman_code": lambda v: partial(d.huffman_code, v.mass(5)),
    "kl_divergence": lambda v: partial(d.kl_divergence, *v.pair(), base=v.rng.choice([2, 1.8e308])),
    "mutual_information": lambda v: partial(d.mutual_information, v.mass(12).reshape(3, 4)),
    "cross_entropy": lambda v: partial(d.cross_entropy, *v.pair()),
    "cross_entropy_from_logits": lambda v: partial(d.cross_entropy_from_logits, v.mass(5), v.numbers(5)),
    "perplexity": lambda v: partial(d.perplexity, *v.pair()),
    "js_divergence": lambda v: partial(d.js_divergence, *v.pair(), *[v.mass(5)] * v.rng.integers(2)),
    "js_distance": lambda v: partial(d.js_distance, *v.pair()),
    "wasserstein_distance": lambda v: partial(
        d.wasserstein_distance, *v.pair(), v.numbers(5), v.numbers(5), order=v.rng.choice(ORDERS)
    ),
    "f_divergence": lambda v: partial(
        d.f_divergence, v.mass(5), np.full(5, 0.2), lambda t: (np.sqrt(t) - 1) ** 2, slope_at_infinity=1
    ),
    "total_variation_distance": lambda v: partial(d.total_variation_distance, *v.pair()),
    "hellinger_distance": lambda v: partial(d.hellinger_distance, *v.pair()),
    "chi_squared_divergence": lambda v: partial(d.chi_squared_divergence, *v.pair()),
    "renyi_divergence": lambda v: partial(d.renyi_divergence, *v.pair(), v.rng.choice(ALPHAS)),
    "monotone_coupling": lambda v: partial(d.monotone_coupling, *v.pair(), v.numbers(5), v.numbers(5)),
    "optimal_transport": lambda v: partial(
        d.optimal_transport, v.mass(3), v.mass(4), np.clip(v.numbers(3, 4), -1e300, 1e300)
    ),
    "sinkhorn": entropic,
    "entropy_continuous": lambda v: partial(d.entropy_continuous, v.law()),
    "kl_divergence_continuous": lambda v: partial(d.kl_divergence_continuous, v.law(), v.law()),
    "cross_entropy_continuous": lambda v: partial(d.cross_entropy_continuous, v.law(), v.law()),
    "js_divergence_continuous": lambda v: partial(d.js_divergence_continuous, v.law(), v.law()),
    "wasserstein_distance_continuous": lambda v: partial(
        d.wasserstein_distance_continuous, v.law(), v.law(), order=v.rng.choice([1, 2, np.inf])
    ),
    "kl_divergence_gaussian": lambda v: partial(d.kl_divergence_gaussian, *v.gaussian(), *v.gaussian()),
    "wasserstein_distance_gaussian": lambda v: partial(
        d.wasserstein_distance_gaussian, *v.gaussian(), *v.gaussian()
    ),
    "histogram": lambda v: partial(d.histogram, v.numbers(6), v.numbers(6), bins=EDGES),
    "kl_divergence_samples": lambda v: partial(d.kl_divergence_samples, *points(v)),
    "js_divergence_samples": lambda v: partial(d.js_divergence_samples, *points(v)),
    "wasserstein_distance_samples": lambda v: partial(
        d.wasserstein_distance_samples,
        *([v.numbers(6, 2), v.numbers(6, 2)] if v.rng.random() < 0.5 else [v.numbers(6), v.numbers(4)]),
        order=v.rng.choice([1, 2, 7]),
    ),
    "sliced_wasserstein_distance_samples": lambda v: partial(
        d.sliced_wasserstein_distance_samples,
        *(v.numbers(6, 2), v.numbers(4, 2)),
        **{"rng": 1, "projections": 5, "order": 2, "x_weights": v.mass(6)},
    ),
    "fit_logistic": regression,
    "score_decomposition": lambda v: partial(
        forecasting.score_decomposition,
        v.rng.choice([5e-324, 1e-300, 0.5, 1 - 2**-53], 9),
        v.rng.integers(0, 2, 9),
    ),
    "block_bootstrap": lambda v: partial(forecasting.block_bootstrap, v.numbers(9), block=2, draws=3, rng=0),
}
PLANS = {"TransportPlan", "SinkhornPlan"}


def test_every_public_function_is_called():
    functions = {name for name in d.__all__ if name not in PLANS}
    assert functions <= set(CALLS)


def outcome(call):
    """Return what a call gives, or why it was refused."""
    try:
        return repr(call())
    except FloatingPointError:
        raise
    except (ValueError, ArithmeticError) as error:
        return repr(error)


@pytest.mark.parametrize("name", CALLS)
@given(seeds, st.sampled_from(["raise", "warn"]))
@settings(max_examples=60)
def test_no_size_of_valid_numbers_warns_or_fails_whatever_numpy_is_told(name, seed, mode):
    call = CALLS[name](Values(seed))
    plain = outcome(call)
    assert "nan" not in plain
    before = scipy.special.geterr()
    with np.errstate(all=mode):
        state = np.geterr()
        assert outcome(call) == plain
        assert np.geterr() == state
    assert scipy.special.geterr() == before


def test_threads_give_the_same_and_leave_all_filters_and_states():
    jobs = [draw(Values(seed)) for seed in range(6) for draw in CALLS.values()]
    expected = [outcome(job) for job in jobs]
    before, state = list(warnings.filters), np.geterr()
    shared = np.random.get_state()[1].tolist()  # noqa: NPY002 (it must not move)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(outcome, jobs)) == expected
        assert all(threads.map(lambda _: np.geterr() == state, range(8)))
    assert warnings.filters == before
    assert np.geterr() == state
    assert np.random.get_state()[1].tolist() == shared  # noqa: NPY002
