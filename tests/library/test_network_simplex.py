"""The network simplex by itself: plans of few routes, and prices that prove them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from strategies import seeds

from divergences._network_simplex import network_simplex


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 6), st.integers(1, 6), seeds)
def test_the_plan_has_its_margins_few_routes_and_the_least_cost(n, m, seed):
    n, m = max(n, m), min(n, m)
    rng = np.random.default_rng(seed)
    p, q, cost = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m)), rng.normal(size=(n, m))
    coupling, u, v = network_simplex(p, q, cost)
    np.testing.assert_allclose(coupling.sum(axis=1), p, atol=1e-14)
    np.testing.assert_allclose(coupling.sum(axis=0), q, atol=1e-14)
    assert (coupling >= 0).all()
    assert np.count_nonzero(coupling) <= n + m - 1
    rows, columns = np.kron(np.eye(n), np.ones(m)), np.tile(np.eye(m), n)
    best = linprog(cost.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([p, q])).fun
    assert (coupling * cost).sum() == pytest.approx(best, abs=1e-9)
    assert (u[:, None] + v <= cost + 1e-12).all()
    assert u @ p + v @ q == pytest.approx(best, abs=1e-9)
