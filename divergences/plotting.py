"""The house style of the book's figures, and the plots that more than one chapter uses."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

try:
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.colors import to_rgb
except ImportError as error:
    raise ImportError("divergences.plotting needs matplotlib: pip install 'divergences[plotting]'") from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

# Told apart by colour-blind readers, and at least 4.5 : 1 against white, so that they may colour words too.
BLUE = "#0067A5"  # the distribution p
ORANGE = "#B84500"  # the distribution q
GREEN = "#00795A"  # their mixture m
INK = "#222222"
GREY = "#6B6B6B"

# A figure of this width fits a phone of 390 pixels with letters of 10 pixels, if none is below 10 points.
WIDTH = 4.8

_STYLE: Any = {
    "figure.figsize": (WIDTH, 3.0),
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "font.size": 10.5,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, "#7A3E9D", "#8A6D00", GREY]),
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.7,
    "lines.linewidth": 2.0,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "mathtext.fontset": "dejavusans",
    "hatch.linewidth": 0.6,
}


def use_house_style() -> None:
    """Draw all figures from here on in the book's style, at twice the screen's resolution in a notebook."""
    mpl.rcParams.update(_STYLE)
    if "ipykernel" in sys.modules:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("retina")  # type: ignore[no-untyped-call]


def label(ax: Axes, x: float, y: float, text: str, color: str = INK, **options: Any) -> None:
    """Write `text` at (x, y) in the data's coordinates: a direct label instead of a legend."""
    ax.text(x, y, text, color=color, **{"ha": "center", "va": "bottom", **options})


def bars(
    ax: Axes,
    heights: ArrayLike,
    names: list[str] | tuple[str, ...],
    *,
    color: str = BLUE,
    written: str | None = None,
    **options: Any,
) -> None:
    """Draw one bar for each outcome, with its height written above it in the format `written`."""
    values = np.asarray(heights, dtype=np.float64)
    drawn = ax.bar(range(len(values)), values, color=color, **{"width": 0.72, **options})
    if written is not None:
        ax.bar_label(drawn, fmt=written, padding=2, color=INK)
    ax.set_xticks(range(len(values)), names)
    ax.tick_params(axis="x", length=0)


def paired_bars(
    ax: Axes,
    p: ArrayLike,
    q: ArrayLike,
    names: list[str] | tuple[str, ...],
    labels: tuple[str, str] = ("p", "q"),
) -> None:
    """Draw two distributions over the same outcomes side by side, p blue and solid, q orange and hatched."""
    place = np.arange(len(names))
    ax.bar(place - 0.2, np.asarray(p), 0.38, color=BLUE, label=labels[0])
    ax.bar(place + 0.2, np.asarray(q), 0.38, color="white", edgecolor=ORANGE, hatch="////", label=labels[1])
    ax.set_xticks(place, names)
    ax.tick_params(axis="x", length=0)
    ax.legend()


def heatmap(
    ax: Axes,
    matrix: ArrayLike,
    names: list[str] | tuple[str, ...],
    *,
    written: str | None = "{:.2f}",
    cmap: str = "Blues",
) -> None:
    """Draw a square table with its numbers in it, or without; infinite cells are dark and marked ∞."""
    values = np.asarray(matrix, dtype=np.float64)
    finite = np.where(np.isfinite(values), values, np.nan)
    top = 1.25 * float(np.nanmax(finite)) or 1.0
    colors = mpl.colormaps[cmap].with_extremes(bad=INK)
    ax.imshow(finite, cmap=colors, vmin=0, vmax=top)
    for (row, column), value in np.ndenumerate(values):
        if written is None and np.isfinite(value):
            continue
        text = written.format(value) if written and np.isfinite(value) else "∞"
        ink = _ink_on(colors(value / top) if np.isfinite(value) else INK)
        ax.text(column, row, text, ha="center", va="center", fontsize=7.5, color=ink)
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _ink_on(color: Any) -> str:
    """Return black or white, whichever has the higher contrast; it is at least 4.5 : 1 on any colour."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "white" if linear @ [0.2126, 0.7152, 0.0722] < 0.179 else "black"


__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "INK",
    "ORANGE",
    "WIDTH",
    "bars",
    "heatmap",
    "label",
    "paired_bars",
    "use_house_style",
]
