"""Draw the book's logo, favicon and social preview from its own figure: the bells N(0, 1) and N(1, 2²)."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import norm

from divergences.plotting import BLUE, ORANGE, use_house_style

ROOT = Path(__file__).resolve().parents[2]
BELLS = {"p": (norm(0, 1), BLUE), "q": (norm(1, 2), ORANGE)}
LEFT, RIGHT, TOP = -5.0, 7.0, 0.42


def path(bell, width: float, height: float, segments: int = 12) -> str:
    """Return a bell as an SVG path of cubic curves that share its points and its slopes."""
    x = np.linspace(LEFT, RIGHT, segments + 1)
    across, up = width / (RIGHT - LEFT), height / TOP
    mean, variance = bell.stats()
    slope = -(x - mean) / variance * bell.pdf(x)
    h = (x[1] - x[0]) / 3
    points = np.stack([(x - LEFT) * across, height - bell.pdf(x) * up], axis=1)
    step = np.stack([np.full_like(x, h * across), -h * slope * up], axis=1)
    text = "M{:.1f} {:.1f}".format(*points[0])
    for i in range(segments):
        curve = np.concatenate([points[i] + step[i], points[i + 1] - step[i + 1], points[i + 1]])
        text += "C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}".format(*curve)
    return text


def draw_logo() -> None:
    """Write the logo, which takes its colours from the page, and the favicon, which brings them."""
    bells = {name: path(bell, 40, 24) for name, (bell, _) in BELLS.items()}
    logo = "".join(f'<path class="{name}" d="{d}"/>' for name, d in bells.items())
    box = 'viewBox="-1 -1.5 42 27"'
    (ROOT / "web" / "theme" / "logo.svg").write_text(
        f'<svg {box} aria-hidden="true">{logo}</svg>\n', encoding="utf-8"
    )
    pen = 'fill-opacity=".3" stroke-width="2.6"'
    drawn = "".join(
        f'<path d="{path(bell, 30, 24, 8)}" fill="{color}" stroke="{color}" {pen}/>'
        for bell, color in BELLS.values()
    )
    icon = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -4 32 32">{drawn}</svg>\n'
    (ROOT / "web" / "theme" / "static" / "favicon.svg").write_text(icon, encoding="utf-8")


def draw_preview() -> None:
    """Write the picture that social networks show, 1200 by 630 pixels."""
    use_house_style()
    figure = plt.figure(figsize=(12, 6.3), dpi=100, layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    x = np.linspace(-6, 10, 800)
    for bell, color in BELLS.values():
        axes.plot(x, bell.pdf(x), color=color, linewidth=5)
    p, q = (bell.pdf(x) for bell, _ in BELLS.values())
    axes.fill_between(x, p, q, where=p > q, color=BLUE, alpha=0.18)
    axes.fill_between(x, p, q, where=q > p, color=ORANGE, alpha=0.18)
    axes.set(xlim=(-4.6, 8.4), ylim=(-0.005, 0.47))
    axes.axis("off")
    words = {"family": "STIXGeneral", "transform": axes.transAxes}
    figure.text(0.53, 0.74, "Divergences", fontsize=76, **words)
    figure.text(
        0.535, 0.63, "How far apart are\ntwo distributions?", fontsize=34, va="top", color="#555555", **words
    )
    figure.savefig(ROOT / "web" / "theme" / "static" / "social.png", metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    draw_logo()
    draw_preview()
