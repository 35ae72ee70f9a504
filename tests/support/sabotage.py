"""Break the library on purpose, each time in the way of a well-known mistake, and run tests of claims.

``python tests/support/sabotage.py PLAN FILE`` reads from PLAN, for each name of a sabotage, the tests to run
while the library is broken like that. It writes to FILE, for each name, the labels of the claims that failed
at an assertion. Any other error does not count: it would be noticed by chance.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.special import entr, rel_entr, softmax

import divergences
import divergences.forecasting

TESTS = Path(__file__).resolve().parents[1]
SABOTAGES: dict[str, Callable[[], None]] = {}
# What `replace_in_library` has replaced: the module, the name in it, and the function that was there.
REPLACED: list[tuple[ModuleType, str, Callable[..., Any]]] = []


def sabotage(function: Callable[[], None]) -> Callable[[], None]:
    """Register one way to break the library under the function's name."""
    SABOTAGES[function.__name__] = function
    return function


def replace_in_library(name: str, broken: Callable[..., Any]) -> None:
    """Put `broken` in the place of the library's function `name`, wherever it has been imported."""
    modules = [module for key, module in sys.modules.items() if key.split(".")[0] == "divergences"]
    original = next(vars(module)[name] for module in modules if callable(vars(module).get(name)))
    for module in modules:
        if vars(module).get(name) is original:
            setattr(module, name, wraps(original)(broken))
            REPLACED.append((module, name, original))


def restore_library() -> None:
    """Undo every sabotage, and forget the test modules, which have imported what was broken."""
    while REPLACED:
        setattr(*REPLACED.pop())
    for key, module in list(sys.modules.items()):
        if key != "__main__" and Path(getattr(module, "__file__", None) or "/").is_relative_to(TESTS):
            del sys.modules[key]


@sabotage
def nothing_is_broken() -> None:
    pass


@sabotage
def the_base_of_the_logarithm_is_dropped() -> None:
    replace_in_library("log_of_base", lambda base: 1.0)


@sabotage
def p_and_q_are_swapped_in_kl() -> None:
    kl = divergences.kl_divergence
    replace_in_library("kl_divergence", lambda p, q, **options: kl(q, p, **options))


@sabotage
def q_is_clipped_in_kl() -> None:
    kl = divergences.kl_divergence

    def clipped(p, q, **options):
        q = np.maximum(q, 1e-9)
        return kl(p, q / q.sum(axis=options.get("axis", -1), keepdims=True), **options)

    replace_in_library("kl_divergence", clipped)


@sabotage
def js_takes_the_mean_of_kl_both_ways_instead_of_the_mixture() -> None:
    kl = divergences.kl_divergence
    replace_in_library(
        "js_divergence",
        lambda p, q, *others, weights=None, **options: (kl(p, q, **options) + kl(q, p, **options)) / 2,
    )


@sabotage
def js_distance_forgets_the_square_root() -> None:
    replace_in_library("js_distance", divergences.js_divergence)


@sabotage
def cross_entropy_is_kl_minus_entropy() -> None:
    kl, entropy = divergences.kl_divergence, divergences.entropy
    replace_in_library("cross_entropy", lambda p, q, **options: kl(p, q, **options) - entropy(p, **options))


@sabotage
def entropy_is_that_of_the_likeliest_outcome_alone() -> None:
    information = divergences.information_content
    replace_in_library(
        "entropy", lambda p, *, base=None, axis=-1: information(np.max(p, axis=axis), base=base)
    )


@sabotage
def the_infimum_over_plans_is_replaced_by_the_independent_plan() -> None:
    transport = divergences.optimal_transport

    def independent(p, q, cost):
        coupling = np.outer(p, q)
        return replace(transport(p, q, cost), coupling=coupling, cost=float((coupling * cost).sum()))

    def distance(p, q, x, y=None, *, order=1):
        x = np.atleast_2d(np.asarray(x, dtype=float).T).T
        y = x if y is None else np.atleast_2d(np.asarray(y, dtype=float).T).T
        ground = np.linalg.norm(x[:, None] - y[None], axis=-1)
        if order == np.inf:
            return float((ground * (np.outer(p, q) > 0)).max())
        return float((np.outer(p, q) * ground**order).sum() ** (1 / order))

    replace_in_library("optimal_transport", independent)
    replace_in_library("wasserstein_distance", distance)


@sabotage
def wasserstein_forgets_the_root() -> None:
    distance = divergences.wasserstein_distance

    def power(p, q, x, y=None, *, order=1):
        return distance(p, q, x, y, order=order) ** (1 if order == np.inf else order)

    replace_in_library("wasserstein_distance", power)


@sabotage
def sums_become_means() -> None:
    def mean(function):
        return lambda p, *q, axis=-1, **options: function(p, *q, axis=axis, **options) / np.shape(p)[axis]

    replace_in_library("entropy", mean(divergences.entropy))
    replace_in_library("kl_divergence", mean(divergences.kl_divergence))


@sabotage
def the_terms_of_kl_are_made_positive() -> None:
    replace_in_library("kl_sum", lambda p, q, difference: np.abs(rel_entr(p, q)).sum(axis=-1))


@sabotage
def half_of_the_sum_of_js_is_forgotten() -> None:
    replace_in_library("js_sum", lambda p, q, difference: 2 * rel_entr(p, (p + q) / 2).sum(axis=-1))


@sabotage
def variances_are_taken_for_standard_deviations() -> None:
    def squared(cov):
        return np.square(cov) if np.ndim(cov) == 0 else cov @ cov

    for name in ("kl_divergence_gaussian", "wasserstein_distance_gaussian"):
        gaussian = getattr(divergences, name)

        def confused(mean_p, cov_p, mean_q, cov_q, gaussian=gaussian, **options):
            return gaussian(mean_p, squared(cov_p), mean_q, squared(cov_q), **options)

        replace_in_library(name, confused)


@sabotage
def integrals_end_at_six() -> None:
    x = np.linspace(-6, 6, 10_001)

    def logarithm(base):
        return 1 if base is None else np.log(base)

    def of_one(P, *, base=None):
        return np.trapezoid(entr(P.pdf(x)), x) / logarithm(base)

    def of_two(P, Q, *, base=None):
        return np.trapezoid(rel_entr(P.pdf(x), Q.pdf(x)), x) / logarithm(base)

    def crossed(P, Q, *, base=None):
        return of_one(P, base=base) + of_two(P, Q, base=base)

    replace_in_library("entropy_continuous", of_one)
    replace_in_library("kl_divergence_continuous", of_two)
    replace_in_library("cross_entropy_continuous", crossed)


@sabotage
def hellinger_forgets_the_square_root() -> None:
    hellinger = divergences.hellinger_distance
    replace_in_library("hellinger_distance", lambda p, q, **options: hellinger(p, q, **options) ** 2)


@sabotage
def f_divergence_swaps_p_and_q() -> None:
    f_divergence = divergences.f_divergence
    replace_in_library("f_divergence", lambda p, q, f, **options: f_divergence(q, p, f, **options))


@sabotage
def code_words_are_numbers_and_run_into_each_other() -> None:
    replace_in_library(
        "huffman_code", lambda p: [f"{i:b}" if weight > 0 else None for i, weight in enumerate(p)]
    )


@sabotage
def samples_are_paired_as_they_come() -> None:
    def paired(x, y, *, order=1):
        x, y = (np.reshape(points, (len(points), -1)) for points in (x, y))
        moved = np.linalg.norm(x[: len(y)] - y[: len(x)], axis=1)
        return float(moved.max() if order == np.inf else np.mean(moved**order) ** (1 / order))

    replace_in_library("wasserstein_distance_samples", paired)


@sabotage
def areas_between_the_cdfs_cancel() -> None:
    replace_in_library("_area_between_cdfs", lambda p, q, x, y: q @ y - p @ x)


@sabotage
def directions_of_slices_have_any_length() -> None:
    def stretched(x, y, *, order=1, projections=100, rng=None):
        directions = np.random.default_rng(rng).standard_normal((projections, np.shape(x)[1]))
        lines = [divergences.wasserstein_distance_samples(x @ d, y @ d, order=order) for d in directions]
        return float(np.max(lines) if order == np.inf else np.mean(np.power(lines, order)) ** (1 / order))

    replace_in_library("sliced_wasserstein_distance_samples", stretched)


@sabotage
def the_softmax_is_applied_twice() -> None:
    loss = divergences.cross_entropy_from_logits
    replace_in_library(
        "cross_entropy_from_logits",
        lambda p, logits, *, axis=-1, **options: loss(p, softmax(logits, axis=axis), axis=axis, **options),
    )


@sabotage
def the_regression_is_shrunk() -> None:
    fit = divergences.forecasting.fit_logistic

    def shrunk(features, outcome):
        model = fit(features, outcome)
        return replace(model, weights=0.9 * model.weights)

    replace_in_library("fit_logistic", shrunk)


class Saboteur:
    """A pytest plugin that breaks the library before the tests are collected and records the failures."""

    def __init__(self, name: str):
        self.name = name
        self.failed: set[str] = set()

    def pytest_configure(self) -> None:
        SABOTAGES[self.name]()
        from hypothesis import Phase, settings

        # The first failing case is enough: no time is spent on finding a smaller one.
        phases = [Phase.explicit, Phase.generate]
        settings.register_profile("sabotage", phases=phases, database=None, derandomize=True, deadline=None)
        settings.load_profile("sabotage")

    @staticmethod
    def claims(item: pytest.Item) -> set[str]:
        return {mark.args[0] for mark in item.iter_markers("claim")}

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if self.claims(item) <= self.failed:
            pytest.skip("one failing test of a claim is enough")

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        failure = (AssertionError, pytest.fail.Exception)
        if call.when == "call" and call.excinfo and call.excinfo.errisinstance(failure):
            self.failed |= self.claims(item)


def noticed(name: str, tests: list[str]) -> list[str]:
    """Return the labels of the claims of which a test fails under a sabotage."""
    saboteur = Saboteur(name)
    options = ["-qq", "--no-summary", "--assert=plain", "-p", "no:cacheprovider"]
    code = pytest.main([*options, *tests], plugins=[saboteur])
    restore_library()
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        sys.exit(f"{name}: pytest ended with {code!r}")
    return sorted(saboteur.failed)


if __name__ == "__main__":
    plan, file = map(Path, sys.argv[1:])
    found = {name: noticed(name, tests) for name, tests in json.loads(plan.read_text("utf-8")).items()}
    file.write_text(json.dumps(found), encoding="utf-8")
