"""Draw the picture of the first page: July against every month, by three measures."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from divergences import js_divergence, kl_divergence, normalize, wasserstein_distance_samples
from divergences.datasets import MONTHS, load_seattle_weather
from divergences.plotting import BLUE, GREEN, INK, ORANGE, label, use_house_style

PICTURE = Path(__file__).resolve().parents[1] / "pictures" / "three-measures.png"
JULY = 6


def july_against_all() -> dict[str, np.ndarray]:
    """Return KL (bits), JS (bits) and W1 (°C) between each month's daily maxima and July's."""
    weather = load_seattle_weather()
    maxima = normalize(weather.maxima_counts(1.0)[1])
    days = [weather.temp_max[weather.month == month] for month in range(1, 13)]
    return {
        "KL": kl_divergence(maxima, maxima[JULY], base=2),
        "JS": js_divergence(maxima, maxima[JULY], base=2),
        "W1": np.array([wasserstein_distance_samples(some, days[JULY]) for some in days]),
    }


def draw() -> None:
    """Write the picture."""
    use_house_style()
    values = july_against_all()
    places = np.arange(12)
    figure, axes = plt.subplots(3, 1, sharex=True, figsize=(7.2, 4.6), height_ratios=(0.5, 1, 1))
    titles = ("Kullback–Leibler (bits)", "Jensen–Shannon (bits)", "Wasserstein (°C)")
    for ax, height, color, title in zip(axes, values.values(), (ORANGE, GREEN, BLUE), titles, strict=True):
        finite = np.isfinite(height)
        drawn = ax.bar(places[finite], height[finite], 0.7, color=color)
        ax.bar_label(drawn, fmt="%.3g", padding=2, fontsize=9, color=INK)
        for place in places[~finite]:
            label(ax, place, 0.45, "∞", color=color, fontsize=17, va="center")
        ax.set_title(title, color=color)
        ax.tick_params(axis="x", length=0)
    axes[0].set(ylim=(0, 1), yticks=[])
    axes[1].axhline(1, color=INK, linewidth=1, linestyle=":")
    axes[1].set_ylim(0, 1.25)
    axes[2].set_ylim(0, 21)
    axes[2].set_xticks(places, MONTHS)
    figure.savefig(PICTURE, dpi=200, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    draw()
    for name, row in july_against_all().items():
        print(name, " ".join(f"{value:.2f}" for value in row))
