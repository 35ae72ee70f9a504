"""Forecasts of rain: what is known when, the fit, the parts of a score, the noise of a mean."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp
from scipy import optimize, special
from strategies import seeds

from divergences import cross_entropy_from_logits, kl_divergence, mutual_information
from divergences.datasets import load_seattle_weather
from divergences.forecasting import (
    RAIN_FEATURES,
    LogisticModel,
    ScoreDecomposition,
    block_bootstrap,
    fit_logistic,
    rain_tomorrow,
    score_decomposition,
)

WEATHER = load_seattle_weather()


def cases(seed, n=60, k=3):
    """Features, and outcomes that they do not separate: k + 1 cases occur with either outcome."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, k)) * rng.uniform(0.1, 100, size=k) + rng.normal(size=k)
    outcome = rng.random(n) < special.expit(features[:, 0] / features[:, 0].std())
    return np.concatenate([features, features[: k + 1]]), np.concatenate([outcome, ~outcome[: k + 1]])


def test_a_forecast_uses_nothing_that_is_not_known_in_the_evening():
    day = 700
    features, wet = rain_tomorrow(WEATHER)
    later = np.arange(WEATHER.date.size) > day
    changed = dataclasses.replace(
        WEATHER,
        precipitation=np.where(later, 99.0, WEATHER.precipitation),
        temp_max=np.where(later, -99.0, WEATHER.temp_max),
        temp_min=np.where(later, -99.0, WEATHER.temp_min),
    )
    after, wet_after = rain_tomorrow(changed)
    np.testing.assert_array_equal(after[: day + 1], features[: day + 1])
    assert (after[day + 1 :, :4] != features[day + 1 :, :4]).any()
    assert wet_after[day:].all()
    np.testing.assert_array_equal(wet_after[:day], wet[:day])


def test_rain_features_are_paired_with_the_next_day():
    features, wet = rain_tomorrow(WEATHER)
    assert features.shape == (1460, len(RAIN_FEATURES))
    np.testing.assert_array_equal(wet, WEATHER.precipitation[1:] > 0)
    np.testing.assert_array_equal(features[:, 0], WEATHER.wet[:-1])
    np.testing.assert_array_equal(np.expm1(features[:, 1]).round(9), WEATHER.precipitation[:-1])
    new_year = np.flatnonzero(WEATHER.date[1:] == np.datetime64("2014-01-01"))[0]
    np.testing.assert_array_equal(features[new_year, 4:], [1.0, 0.0])


def test_a_forecast_is_the_logistic_function_of_the_weighted_features():
    model = LogisticModel(center=np.array([10.0]), scale=np.array([2.0]), weights=np.array([0.5, 3.0]))
    np.testing.assert_allclose(model.logits([[10.0], [12.0]]), [0.5, 3.5])
    np.testing.assert_allclose(model.forecast([[12.0]]), special.expit([3.5]))


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_the_fit_is_a_minimum(seed):
    features, outcome = cases(seed)
    model = fit_logistic(features, outcome)
    standard = np.column_stack([np.ones(len(features)), (features - model.center) / model.scale])
    residual = model.forecast(features) - outcome
    np.testing.assert_allclose(standard.T @ residual / len(outcome), 0, atol=1e-14)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_the_fit_agrees_with_another_optimiser_on_the_library_loss(seed):
    features, outcome = cases(seed)
    targets = np.stack([1 - outcome, outcome], axis=1)
    design = np.column_stack([np.ones(len(features)), (features - features.mean(0)) / features.std(0)])

    def loss(weights):
        logits = design @ weights
        return np.mean(cross_entropy_from_logits(targets, np.stack([0 * logits, logits], axis=1)))

    found = optimize.minimize(loss, np.zeros(design.shape[1]), method="BFGS", options={"gtol": 1e-7})
    # The loss is flat at its minimum: weights agree to about the root of the loss's 1e-15.
    np.testing.assert_allclose(fit_logistic(features, outcome).weights, found.x, atol=1e-5)


def test_the_fit_agrees_with_a_root_found_in_50_digits():
    features, outcome = cases(seed=5, n=12, k=1)
    model = fit_logistic(features, outcome)
    with mp.workdps(50):
        x = [mp.mpf(float(v)) for v in (features[:, 0] - model.center[0]) / model.scale[0]]

        def slope(a, b):
            residual = [1 / (1 + mp.exp(-a - b * v)) - int(y) for v, y in zip(x, outcome, strict=True)]
            return mp.fsum(residual), mp.fsum(r * v for r, v in zip(residual, x, strict=True))

        root = mp.findroot(slope, (0, 0))
    np.testing.assert_allclose(model.weights, [float(root[0]), float(root[1])], rtol=1e-13)


def test_probabilities_of_a_model_give_the_model_back():
    features, outcome = cases(seed=1)
    teacher = fit_logistic(features, outcome)
    student = fit_logistic(features[:8], teacher.forecast(features[:8]))
    np.testing.assert_allclose(student.forecast(features), teacher.forecast(features), rtol=1e-9)


def test_a_fit_does_not_depend_on_the_unit():
    features, outcome = cases(seed=2)
    fahrenheit = features * 1.8 + 32
    np.testing.assert_allclose(
        fit_logistic(fahrenheit, outcome).forecast(fahrenheit),
        fit_logistic(features, outcome).forecast(features),
        rtol=1e-9,
    )


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([0, 1, 2, 3], [0, 0, 1, 1]),  # a gap between the two
        ([0, 1, 1, 2], [0, 0, 1, 1]),  # they touch
        ([0, 0, 1, 1], [0, 1, 1, 1]),  # one side pure
        ([0, 1, 2, 3], [0, 0, 0, 0]),  # nothing ever happened
        ([0, 1, 2], [0, 0.5, 1]),  # soft target on the border
    ],
)
def test_separated_outcomes_have_no_fit(x, y):
    with pytest.raises(ValueError, match="separate the outcomes"):
        fit_logistic(np.array(x)[:, None], y)


def test_extreme_forecasts_alone_are_no_separation():
    x = np.repeat([-1.0, 1.0], 5000)
    y = np.repeat([0.0, 1.0], 5000)
    y[[0, -1]] = 1.0, 0.0
    np.testing.assert_allclose(fit_logistic(x[:, None], y).forecast([[-1], [1]]), [0.0002, 0.9998], rtol=1e-6)


@pytest.mark.parametrize(
    ("features", "outcome", "message"),
    [
        ([1, 2], [0, 1], r"shapes \(2,\) and \(2,\)"),
        ([[1], [2]], [0, 1, 1], r"shapes \(2, 1\) and \(3,\)"),
        (np.empty((0, 2)), [], r"shapes \(0, 2\)"),
        ([[1], [2]], [0, 2], r"outcome\[1\] is 2.0"),
        ([[1], [np.nan]], [0, 1], r"features\[1, 0\] is nan"),
        ([[1], [2]], [0, np.nan], r"outcome\[1\] is nan"),
        ([[1], [2]], [0, -1], r"outcome\[1\] is -1.0; an outcome lies between 0 and 1"),
        ([[1, 0], [1, 1], [1, 2]], [0, 1, 0], r"spread of feature\[0\] is 0.0; leave a constant out"),
        ([[1, 2], [2, 4], [3, 6], [0, 0]], [0, 1, 0, 1], "linearly dependent"),
    ],
)
def test_a_fit_says_what_is_wrong_with_its_input(features, outcome, message):
    with pytest.raises(ValueError, match=message):
        fit_logistic(features, outcome)


def test_a_feature_may_be_tiny_next_to_another():
    features, outcome = cases(seed=5)
    scaled = features * [1e-20, 1, 1e20]
    np.testing.assert_allclose(
        fit_logistic(scaled, outcome).weights, fit_logistic(features, outcome).weights, rtol=1e-9
    )


def test_the_season_goes_round_once_a_year():
    """The cosine is 1 on 1 January, and as low and high as it gets half a year and a whole year later."""
    features, _ = rain_tomorrow(WEATHER)
    tomorrow = WEATHER.date[1:]
    at = {day: features[tomorrow == np.datetime64(day)][0, 4:] for day in ("2013-01-01", "2013-07-02")}
    np.testing.assert_allclose(at["2013-01-01"], [1, 0], atol=1e-12)
    np.testing.assert_allclose(at["2013-07-02"], [-1, 0], atol=0.02)
    quarter = features[tomorrow == np.datetime64("2013-04-02")][0, 4:]
    np.testing.assert_allclose(quarter, [0, 1], atol=0.02)
    np.testing.assert_allclose(np.arctan2(*quarter[::-1]), 2 * np.pi * 91 / 365.25, rtol=1e-12)
    last, first = (features[tomorrow == np.datetime64(day)][0, 4:] for day in ("2013-12-31", "2014-01-01"))
    np.testing.assert_allclose(last, first, atol=0.03)


def test_a_model_insists_on_the_features_of_its_fit():
    model = fit_logistic(*cases(seed=3))
    with pytest.raises(ValueError, match=r"features\[0, 1\] is nan"):
        model.forecast([[1, np.nan, 2]])
    for wrong in (np.ones((4, 1)), np.ones(3)):
        with pytest.raises(ValueError, match=r"pass \(n, 3\)"):
            model.forecast(wrong)


@settings(deadline=None)
@given(st.integers(2, 40), st.integers(1, 6), seeds)
def test_the_parts_of_a_score_add_up(n, values, seed):
    rng = np.random.default_rng(seed)
    forecast = rng.uniform(0.01, 0.99, values)[rng.integers(values, size=n)]
    outcome = rng.random(n) < 0.4
    parts = score_decomposition(forecast, outcome)
    assert type(parts) is ScoreDecomposition
    score = -np.mean(np.log(np.where(outcome, forecast, 1 - forecast)))
    assert parts.score == pytest.approx(score, rel=1e-13, abs=0)
    assert parts.uncertainty - parts.resolution + parts.reliability == pytest.approx(score, rel=1e-12, abs=0)
    assert parts.within == 0
    assert min(parts.resolution, parts.reliability) >= 0
    table = np.stack(
        [np.bincount(np.unique(forecast, return_inverse=True)[1], o) for o in (outcome, ~outcome)]
    )
    assert parts.resolution == pytest.approx(mutual_information(table / n), abs=1e-14)


def test_every_part_of_a_score_has_the_unit_that_was_asked_for():
    forecast, outcome, groups = [0.2, 0.3, 0.6, 0.9], [0, 1, 1, 1], [0, 0, 1, 1]
    nats = score_decomposition(forecast, outcome, groups)
    bits = score_decomposition(forecast, outcome, groups, base=2)
    for part in ("score", "uncertainty", "resolution", "reliability", "within"):
        assert getattr(nats, part) != 0
        assert getattr(bits, part) == pytest.approx(getattr(nats, part) / np.log(2), rel=1e-12, abs=0)


def test_the_parts_of_a_grouped_score_add_up():
    rng = np.random.default_rng(0)
    forecast, group = rng.uniform(0.1, 0.9, 200), rng.integers(4, size=200)
    outcome = rng.random(200) < forecast
    parts = score_decomposition(forecast, outcome, group, base=2)
    total = parts.uncertainty - parts.resolution + parts.reliability + parts.within
    assert total == pytest.approx(parts.score, rel=1e-13, abs=0)
    assert parts.count.sum() == 200
    inside = group == 2
    assert parts.count[2] == inside.sum()
    assert parts.stated[2] == pytest.approx(forecast[inside].mean(), rel=1e-13, abs=0)
    assert parts.observed[2] == pytest.approx(outcome[inside].mean(), rel=1e-13, abs=0)
    observed = parts.observed[group]
    gaps = [kl_divergence([1 - o, o], [1 - q, q], base=2) for o, q in zip(observed, forecast, strict=True)]
    assert parts.reliability == pytest.approx(np.mean(gaps), rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("forecast", "outcome", "groups", "message"),
    [
        ([0.5, 0.0], [1, 0], None, r"forecast\[1\] is 0.0; it must lie strictly between"),
        ([0.5, 1.0], [1, 1], None, r"forecast\[1\] is 1.0"),
        ([0.5, 0.5], [1, 0.5], None, r"outcome\[1\] is 0.5; an outcome is 0 or 1"),
        ([0.5, np.nan], [1, 0], None, r"forecast\[1\] is nan"),
        ([0.5, 0.5], [1, np.inf], None, r"outcome\[1\] is inf"),
        ([0.5, 0.5], [1], None, r"shapes \(2,\) and \(1,\)"),
        ([], [], None, r"shapes \(0,\)"),
        ([0.5, 0.5], [1, 0], [1], r"groups has shape \(1,\)"),
    ],
)
def test_a_decomposition_says_what_is_wrong_with_its_input(forecast, outcome, groups, message):
    with pytest.raises(ValueError, match=message):
        score_decomposition(forecast, outcome, groups)


def test_resampled_means_have_the_spread_of_independent_draws_for_blocks_of_one():
    values = np.random.default_rng(0).normal(size=400)
    means = block_bootstrap(values, block=1, draws=20000, rng=1)
    assert means.mean() == pytest.approx(values.mean(), abs=4 * values.std() / 20 / np.sqrt(20000))
    # The standard deviation of 20 000 draws is known to 1/sqrt(40 000) = 0.5 %.
    assert means.std() == pytest.approx(values.std() / 20, rel=0.02, abs=0)


def test_blocks_keep_the_dependence_of_neighbours():
    values = np.repeat(np.random.default_rng(0).normal(size=100), 10)
    single, blocks = (block_bootstrap(values, block=b, draws=4000, rng=1).std() for b in (1, 50))
    assert blocks > 2 * single


def test_a_seed_gives_the_same_draws_again_and_one_draw_is_enough():
    values = np.arange(10.0)
    first, again = (block_bootstrap(values, block=3, draws=5, rng=8) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert block_bootstrap(values, block=3, draws=1, rng=8).shape == (1,)


def test_a_block_is_a_run_of_neighbours_on_the_ring():
    values = np.array([1.0, 2.0, 4.0, 8.0])
    means = block_bootstrap(values, block=4, draws=10, rng=0)
    np.testing.assert_allclose(means, values.mean())
    pairs = set(block_bootstrap(values, block=2, draws=500, rng=0) * 4)
    runs = [1 + 2, 2 + 4, 4 + 8, 8 + 1]
    assert pairs == {a + b for a in runs for b in runs}


@pytest.mark.parametrize(
    ("values", "block", "draws"), [([1.0], 2, 1), ([1.0], 0, 1), ([[1.0]], 1, 1), ([1.0], 1, 0)]
)
def test_a_bootstrap_says_what_is_wrong_with_its_input(values, block, draws):
    with pytest.raises(ValueError, match="pass a series"):
        block_bootstrap(values, block=block, draws=draws, rng=0)
