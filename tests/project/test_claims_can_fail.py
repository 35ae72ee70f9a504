"""The claims notice when the library is wrong: each sabotage makes the tests of the matching claims fail."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sabotage import SABOTAGES

from web.ledger import Ledger

ROOT = Path(__file__).resolve().parents[2]

# Most claims notice several; each stands where it belongs most, so that all of them are tried once.
NOTICED_BY = {
    "the_base_of_the_logarithm_is_dropped": (
        "information-log source-coding js-mutual-information js-tv perplexity"
    ),
    "entropy_is_that_of_the_likeliest_outcome_alone": (
        "chain-rule conditioning entropy-concave entropy-rate differential-bins max-entropy plugin-bias "
        "js-entropy typical"
    ),
    "sums_become_means": "bretagnolle-huber entropy-bounds g-test kl-fisher",
    "code_words_are_numbers_and_run_into_each_other": "kraft",
    "integrals_end_at_six": (
        "differential-scaling max-entropy-gaussian kl-reparametrisation moment-projection "
        "gaussian-cross-entropy"
    ),
    "p_and_q_are_swapped_in_kl": (
        "calibration-noise chernoff chernoff-information kelly kl-bregman kl-chain-rule kl-chi2 "
        "kl-not-metric max-likelihood mutual-information renyi-monotone score-decomposition stein"
    ),
    "q_is_clipped_in_kl": "gibbs data-processing donsker-varadhan kl-mixture pinsker",
    "the_terms_of_kl_are_made_positive": "kl-convex pythagoras",
    "variances_are_taken_for_standard_deviations": "kl-gaussian bures talagrand",
    "cross_entropy_is_kl_minus_entropy": (
        "cross-entropy-decomposition cross-entropy-sample label-smoothing log-score-proper "
        "moving-target same-minimiser soft-labels"
    ),
    "the_softmax_is_applied_twice": "softmax-gradient squared-error-stalls",
    "the_regression_is_shrunk": "logistic-balance temperature",
    "js_takes_the_mean_of_kl_both_ways_instead_of_the_mixture": (
        "f-divergence f-local gan-discriminator js-capacity js-hits js-noise js-weights gan-slope"
    ),
    "half_of_the_sum_of_js_is_forgotten": "js-bounds js-fisher js-hellinger",
    "js_distance_forgets_the_square_root": "js-metric",
    "hellinger_forgets_the_square_root": "hellinger-tv",
    "f_divergence_swaps_p_and_q": "f-dual",
    "the_infimum_over_plans_is_replaced_by_the_independent_plan": (
        "optimal-coupling price-bound few-routes kantorovich-duality kantorovich-rubinstein route-slope "
        "monge-assignment convergence "
        "entropic-plan w-rates w-tv w1-cdf w1-means"
    ),
    "wasserstein_forgets_the_root": "wasserstein-metric w-shift sorted-matching displacement",
    "samples_are_paired_as_they_come": "convex-gradient critic-slope energy-cdf w1-binning",
    "areas_between_the_cdfs_cancel": "crps w-bias",
    "directions_of_slices_have_any_length": "sliced",
}
NOTICED_BY = {name: {f"prp-{label}" for label in labels.split()} for name, labels in NOTICED_BY.items()}
# Their tests compute with NumPy or with exact fractions alone; there is no code of ours to be wrong.
WITHOUT_THE_LIBRARY = {"prp-arithmetic-code", "prp-log-score-local", "prp-ville"}


@pytest.fixture(scope="module")
def claims():
    """List the claims of all tests."""
    return Ledger.read(ROOT).claims


@pytest.fixture(scope="module")
def noticed(claims, tmp_path_factory):
    """Map each sabotage to those of its labels that have a failing test. One process tries them all."""

    def tests(labels):
        return sorted({f"{claim.file}::{claim.test}" for claim in claims if claim.label in labels})

    trials = {**NOTICED_BY, "nothing_is_broken": {"prp-gibbs", "prp-js-metric"}}
    folder = tmp_path_factory.mktemp("sabotages")
    plan, found = folder / "plan.json", folder / "found.json"
    plan.write_text(json.dumps({name: tests(labels) for name, labels in trials.items()}), encoding="utf-8")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "tests/support/sabotage.py", plan, found]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr
    return {name: set(labels) for name, labels in json.loads(found.read_text("utf-8")).items()}


@pytest.mark.parametrize("name", NOTICED_BY)
def test_the_matching_claims_fail(noticed, name):
    assert noticed[name] == NOTICED_BY[name]


def test_nothing_fails_when_nothing_is_broken(noticed):
    assert not noticed["nothing_is_broken"]


def test_every_sabotage_and_every_claim_about_the_library_is_tried(claims):
    assert set(NOTICED_BY) == set(SABOTAGES) - {"nothing_is_broken"}
    tried = [label for labels in NOTICED_BY.values() for label in labels]
    listed, claimed = [*tried, *WITHOUT_THE_LIBRARY], {claim.label for claim in claims}
    here = "tests/project/test_claims_can_fail.py: "
    missing = [
        f"{here}in NOTICED_BY, add {label.removeprefix('prp-')} to a sabotage that makes its test fail"
        for label in sorted(claimed - set(listed))
    ]
    stale = [f"{here}take out {label}, which no test claims" for label in sorted(set(listed) - claimed)]
    twice = [f"{here}{label} stands in two lists" for label in sorted(set(listed)) if listed.count(label) > 1]
    assert not missing + stale + twice, "\n".join(missing + stale + twice)
