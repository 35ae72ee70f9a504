"""Forecasting tomorrow's rain: what is known today, logistic regression, and its score taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special

from ._validation import Array, as_finite_array, as_generator, log_of_base, reject
from .entropy import entropy
from .kl import kl_divergence

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .datasets import SeattleWeather

RAIN_FEATURES = ("wet today", "log(1 + mm) today", "maximum", "minimum", "season, cos", "season, sin")


def rain_tomorrow(weather: SeattleWeather) -> tuple[Array, NDArray[np.bool_]]:
    """Pair what is known in the evening of each day with the rain of the next one.

    Parameters
    ----------
    weather : SeattleWeather
        At least two days.

    Returns
    -------
    features : ndarray, shape (n_days - 1, 6)
        `RAIN_FEATURES`: four measurements of day t, and the place of day t + 1 in the calendar.
    wet : ndarray of bool, shape (n_days - 1,)
        Whether any precipitation fell on day t + 1, that is on ``weather.date[1:]``.

    See Also
    --------
    fit_logistic : learns from these.
    divergences.datasets.load_seattle_weather : the weather.

    Examples
    --------
    >>> from divergences.datasets import load_seattle_weather
    >>> features, wet = rain_tomorrow(load_seattle_weather())
    >>> features.shape, wet.shape
    ((1460, 6), (1460,))
    """
    tomorrow = weather.date[1:]
    day_of_year = (tomorrow - tomorrow.astype("datetime64[Y]")).astype(np.float64)
    angle = 2 * np.pi * day_of_year / 365.25
    measured = (weather.wet, np.log1p(weather.precipitation), weather.temp_max, weather.temp_min)
    return np.column_stack([*(m[:-1] for m in measured), np.cos(angle), np.sin(angle)]), weather.wet[1:]


@dataclass(frozen=True, eq=False)
class LogisticModel:
    r"""A fitted logistic regression: the logit of a forecast is linear in the features.

    Attributes
    ----------
    center, scale : ndarray, shape (k,)
        Mean and standard deviation of the features that it was fitted on.
    weights : ndarray, shape (k + 1,)
        The intercept, then one weight for each standardised feature.
    """

    center: Array
    scale: Array
    weights: Array

    @np.errstate(all="ignore")
    def logits(self, features: ArrayLike) -> Array:
        """Return the logit of each forecast, shape (n,), for features of shape (n, k)."""
        table = as_finite_array(features, "features")
        if table.ndim != 2 or table.shape[1] != self.center.size:
            raise ValueError(f"features has shape {table.shape}; pass (n, {self.center.size}), as in the fit")
        logits: Array = self.weights[0] + (table - self.center) / self.scale @ self.weights[1:]
        return logits

    @np.errstate(all="ignore")
    def forecast(self, features: ArrayLike) -> Array:
        """Return the probability of the outcome, shape (n,), for features of shape (n, k)."""
        forecasts: Array = special.expit(self.logits(features))
        return forecasts


@np.errstate(all="ignore")
def fit_logistic(features: ArrayLike, outcome: ArrayLike) -> LogisticModel:
    r"""Logistic regression: the weights that minimise the mean cross-entropy of outcome and forecast.

    Parameters
    ----------
    features : array_like, shape (n, k)
        One row for each case. An intercept is added.
    outcome : array_like, shape (n,)
        What happened (bool, or 0 and 1), or probabilities as soft targets.

    Returns
    -------
    LogisticModel

    Raises
    ------
    ValueError
        If the shapes do not fit, if an outcome is outside [0, 1], if the features are linearly
        dependent (the weights would not be unique), or if the loss has no minimum because the
        features separate the outcomes.

    See Also
    --------
    score_decomposition : how good its forecasts are.

    Notes
    -----
    The loss is convex. Its minimum exists unless some direction d in the space of weights never
    lowers the logit of a case with outcome 1, never raises that of one with outcome 0 and moves at
    least one of them, while it leaves all soft targets alone [1]_. A linear programme looks for
    that direction when the weights have run away.

    References
    ----------
    .. [1] Albert and Anderson (1984), On the existence of maximum likelihood estimates in logistic
       regression models, Biometrika 71, doi:10.1093/biomet/71.1.1

    Examples
    --------
    >>> model = fit_logistic([[0], [0], [0], [1], [1], [1]], [0, 0, 1, 0, 1, 1])
    >>> model.forecast([[0], [1]]).round(6)
    array([0.333333, 0.666667])
    """
    table = as_finite_array(features, "features")
    target = as_finite_array(outcome, "outcome")
    if table.ndim != 2 or target.shape != table.shape[:1] or not table.size:
        raise ValueError(
            f"features and outcome have shapes {table.shape} and {target.shape}; pass (n, k) and (n,)"
        )
    reject((target < 0) | (target > 1), target, "outcome", "an outcome lies between 0 and 1")
    center, scale = table.mean(axis=0), table.std(axis=0)
    reject(scale <= 1e-12 * np.abs(table).max(axis=0), scale, "the spread of feature", "leave a constant out")
    design = np.column_stack([np.ones(len(table)), (table - center) / scale])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("features are linearly dependent; leave out the one that follows from the others")

    def loss(weights: Array) -> tuple[float, Array]:
        logits = design @ weights
        slope = design.T @ (special.expit(logits) - target) / len(target)
        return float(np.mean(np.logaddexp(0.0, logits) - target * logits)), slope

    def curvature(weights: Array) -> Array:
        chance = special.expit(design @ weights)
        bend: Array = design.T @ (design * (chance * (1 - chance))[:, None]) / len(target)
        return bend

    start = np.zeros(design.shape[1])
    method = {"method": "trust-exact", "options": {"gtol": 1e-8}}
    weights = optimize.minimize(loss, start, jac=True, hess=curvature, **method).x
    # A minimum at infinity shows in extreme logits; only then is the linear programme worth its time.
    if np.abs(design @ weights).max() > 5 and _separates(design, target):
        raise ValueError(
            "features separate the outcomes, so the weights grow for ever; use more cases or fewer features"
        )
    # The loss is blind to changes of the weights below the root of its rounding; its slope is not.
    for _ in range(2):
        weights = weights - np.linalg.solve(curvature(weights), loss(weights)[1])
    return LogisticModel(center, scale, weights)


def _separates(design: Array, target: Array) -> bool:
    """Whether some direction of the weights moves hard outcomes the right way only, and soft ones not."""
    hard = (target == 0) | (target == 1)
    signed = design[hard] * (2 * target[hard] - 1)[:, None]
    found = optimize.linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=design[~hard] if not hard.all() else None,
        b_eq=np.zeros((~hard).sum()) if not hard.all() else None,
        bounds=(-1, 1),
    )
    return bool(-found.fun > 1e-6)


@dataclass(frozen=True, eq=False)
class ScoreDecomposition:
    r"""A mean log score, taken apart by groups of forecasts.

    Attributes
    ----------
    score : float
        The mean log loss: `uncertainty` - `resolution` + `reliability` + `within`.
    uncertainty : float
        Entropy of the outcome over all cases: the score of the best constant forecast.
    resolution : float
        What the groups tell about the outcome, their mutual information. More is better.
    reliability : float
        Mean KL divergence from each group's frequency to its forecasts. Less is better.
    within : float
        What is left when forecasts differ inside a group: minus the mean of (outcome - frequency of
        the group) times the logit of the forecast. Below 0 if they differ for a reason.
    count, stated, observed : ndarray, shape (n_groups,)
        For each group the number of cases, the mean forecast and the frequency of the outcome.
    """

    score: float
    uncertainty: float
    resolution: float
    reliability: float
    within: float
    count: NDArray[np.int64]
    stated: Array
    observed: Array


@np.errstate(all="ignore")
def score_decomposition(
    forecast: ArrayLike, outcome: ArrayLike, groups: ArrayLike | None = None, *, base: float | None = None
) -> ScoreDecomposition:
    r"""Take the mean log score of probability forecasts apart.

    .. math:: \text{score} = \underbrace{H(\bar y)}_\text{uncertainty}
        - \underbrace{\sum_k \tfrac{n_k}{n} D(\bar y_k \| \bar y)}_\text{resolution}
        + \underbrace{\tfrac1n \sum_i D(\bar y_{k(i)} \| q_i)}_\text{reliability} + \text{within}

    Parameters
    ----------
    forecast : array_like, shape (n,)
        Stated probabilities q, strictly between 0 and 1: an infinite score has no parts.
    outcome : array_like, shape (n,)
        What happened: bool, or 0 and 1.
    groups : array_like, shape (n,), optional
        A label k(i) for each case. Default: one group for each value of the forecast; then `within`
        is 0.
    base : float, optional
        Base of the logarithm: 2 for bits. Default: nats.

    Returns
    -------
    ScoreDecomposition

    Raises
    ------
    ValueError
        If a forecast is not strictly between 0 and 1, an outcome is neither 0 nor 1, or the lengths
        differ.

    See Also
    --------
    block_bootstrap : how certain a difference of scores is.
    divergences.cross_entropy : the score itself.

    References
    ----------
    .. [1] Bröcker (2009), Reliability, sufficiency, and the decomposition of proper scores,
       Q. J. R. Meteorol. Soc. 135, doi:10.1002/qj.456

    Examples
    --------
    >>> parts = score_decomposition([0.25, 0.25, 0.75, 0.75], [0, 1, 1, 1], base=2)
    >>> round(parts.score, 6), round(parts.uncertainty - parts.resolution + parts.reliability, 6)
    (0.811278, 0.811278)
    """
    stated = as_finite_array(forecast, "forecast")
    happened = as_finite_array(outcome, "outcome")
    if stated.ndim != 1 or stated.shape != happened.shape or not stated.size:
        raise ValueError(
            f"forecast and outcome have shapes {stated.shape} and {happened.shape}; pass (n,) twice, n > 0"
        )
    reject((stated <= 0) | (stated >= 1), stated, "forecast", "it must lie strictly between 0 and 1")
    reject((happened != 0) & (happened != 1), happened, "outcome", "an outcome is 0 or 1")
    labels = stated if groups is None else np.asarray(groups)
    if labels.shape != stated.shape:
        raise ValueError(f"groups has shape {labels.shape}; pass a label for each of {stated.size} forecasts")
    _, group, count = np.unique(labels, return_inverse=True, return_counts=True)
    observed = np.bincount(group, happened) / count
    average = _coin(happened.mean())
    score = float(np.mean(-np.log(np.abs(1 - happened - stated)))) / log_of_base(base)
    uncertainty = float(entropy(average, base=base))
    resolution = float(count @ kl_divergence(_coin(observed), average, base=base)) / stated.size
    reliability = float(np.mean(kl_divergence(_coin(observed[group]), _coin(stated), base=base)))
    return ScoreDecomposition(
        score=score,
        uncertainty=uncertainty,
        resolution=resolution,
        reliability=reliability,
        within=0.0 if groups is None else score - (uncertainty - resolution + reliability),
        count=count,
        stated=np.bincount(group, stated) / count,
        observed=observed,
    )


@np.errstate(all="ignore")
def block_bootstrap(
    values: ArrayLike, *, block: int, draws: int, rng: np.random.Generator | int | None = None
) -> Array:
    """Resample the mean of a series by blocks of neighbours, so that their dependence is kept.

    Parameters
    ----------
    values : array_like, shape (n,)
        A series in the order of time, for instance daily differences of two scores.
    block : int
        The number of neighbours that stay together, 1 to n; the series is closed to a ring.
    draws : int
        How many resampled means to return.
    rng : numpy.random.Generator or int, optional
        Where the blocks come from, or the seed of it. Default: other blocks in each call.

    Returns
    -------
    ndarray, shape (draws,)
        Means of resampled series, each of `n` values rounded up to whole blocks.

    Raises
    ------
    ValueError
        If `values` is no series of finite numbers, or `block` or `draws` does not fit.

    See Also
    --------
    scipy.stats.bootstrap : for observations that do not depend on each other.

    References
    ----------
    .. [1] Politis and Romano (1992), A circular block-resampling procedure for stationary data, in:
       Exploring the Limits of Bootstrap, Wiley
    .. [2] Künsch (1989), The jackknife and the bootstrap for general stationary observations,
       Annals of Statistics 17, doi:10.1214/aos/1176347265

    Examples
    --------
    >>> block_bootstrap([1.0, 1.0, 1.0], block=2, draws=3, rng=0)
    array([1., 1., 1.])
    """
    series = as_finite_array(values, "values")
    if series.ndim != 1 or not 1 <= block <= series.size or draws < 1:
        raise ValueError(
            f"values has shape {series.shape}, block is {block}, draws {draws}; "
            "pass a series (n,), a block of 1 to n and at least one draw"
        )
    ring = np.append(series, series[: block - 1])
    block_means = np.convolve(ring, np.full(block, 1 / block), mode="valid")
    starts = as_generator(rng).integers(0, series.size, size=(draws, -(-series.size // block)))
    means: Array = block_means[starts].mean(axis=1)
    return means


def _coin(chance: ArrayLike) -> Array:
    """Return the distribution (1 - chance, chance) on the last axis."""
    chance = np.asarray(chance)
    return np.stack([1 - chance, chance], axis=-1)
