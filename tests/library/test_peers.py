"""The tests that scipy ships for the same measures, run against this library by adapters.

Where a test cannot pass, the reason stands in `DIFFERENT`; a test that passes after all is noticed.
"""

import inspect
from contextlib import nullcontext

import numpy as np
import pytest
import scipy.stats

from divergences import entropy, js_distance, kl_divergence, normalize, wasserstein_distance
from divergences import wasserstein_distance_samples as samples

suite = pytest.importorskip("scipy.stats.tests.test_stats", reason="this scipy comes without its tests")
entropy_suite = pytest.importorskip("scipy.stats.tests.test_entropy")
distance_suite = pytest.importorskip("scipy.spatial.tests.test_distance")


def as_entropy(pk, qk=None, base=None, axis=0, **options):
    """Normalise, which this library does only when it is asked to."""
    p = normalize(pk, axis=axis)
    return entropy(p, base=base, axis=axis) if qk is None else relative(p, qk, base, axis)


def relative(p, qk, base, axis):
    return kl_divergence(p, normalize(qk, axis=axis), base=base, axis=axis)


def as_jensenshannon(p, q, base=None, *, axis=0, keepdims=False):
    distance = js_distance(normalize(p, axis=axis), normalize(q, axis=axis), base=base, axis=axis)
    return np.expand_dims(distance, axis) if keepdims else distance


def as_wasserstein(u_values, v_values, u_weights=None, v_weights=None):
    """Put the weights before the places."""
    if u_weights is None and v_weights is None:
        return samples(u_values, v_values)
    u, v = (
        normalize(np.ones(len(values)) if weights is None else weights)
        for values, weights in ((u_values, u_weights), (v_values, v_weights))
    )
    return wasserstein_distance(u, v, u_values, v_values)


CASES = [
    (getattr(tests(), name), name)
    for tests in (
        entropy_suite.TestEntropy,
        suite.TestWassersteinDistance,
        suite.TestWassersteinDistanceND,
    )
    for name in dir(tests)
    if name.startswith("test_")
]
CASES.append((distance_suite.test_jensenshannon, "test_jensenshannon"))
DIFFERENT = {
    "test_entropy_broadcasting": "one outcome is not stretched over three: it is a slip",
    "test_entropy_raises_value_error": "the same refusal in other words",
    "test_entropy_shape_mismatch": "the same refusal in other words",
    "test_input_validation": "the same refusal in other words",
    "test_error_code": "the same refusal in other words",
    "test_inf_values": "places are finite: scipy answers inf or, where the infinities meet, nan",
}


def values_of(method):
    """List the arguments that scipy's own marks give to a test, one call after the other."""
    calls = [{"xp": np} if "xp" in inspect.signature(method).parameters else {}]
    for mark in getattr(method, "pytestmark", []):
        if mark.name == "parametrize":
            names = (
                mark.args[0].replace(" ", "").split(",") if isinstance(mark.args[0], str) else mark.args[0]
            )
            rows = [value if len(names) > 1 else (value,) for value in mark.args[1]]
            calls = [{**call, **dict(zip(names, row, strict=True))} for call in calls for row in rows]
    return calls


@pytest.mark.parametrize(("method", "name"), CASES, ids=[name for _, name in CASES])
def test_the_tests_of_scipy_hold(method, name, monkeypatch):
    monkeypatch.setattr(scipy.stats, "entropy", as_entropy)
    monkeypatch.setattr(scipy.stats, "wasserstein_distance", as_wasserstein)
    monkeypatch.setattr(scipy.stats, "wasserstein_distance_nd", as_wasserstein)
    monkeypatch.setattr(distance_suite, "jensenshannon", as_jensenshannon)
    different = pytest.raises((AssertionError, ValueError)) if name in DIFFERENT else nullcontext()
    with different:
        for arguments in values_of(method):
            method(**arguments)
