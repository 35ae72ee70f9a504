"""The house style: colours that can be read, and plots that draw what they were given."""

import importlib
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from divergences import plotting

mpl.use("Agg")


def luminance(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


@pytest.fixture
def ax():
    plotting.use_house_style()
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


@pytest.mark.parametrize(
    "color", [plotting.BLUE, plotting.ORANGE, plotting.GREEN, plotting.INK, plotting.GREY]
)
def test_the_colours_of_words_stand_out_from_white(color):
    assert contrast(color, "white") >= 4.5


def test_every_line_of_the_cycle_stands_out_from_white():
    plotting.use_house_style()
    for color in mpl.rcParams["axes.prop_cycle"].by_key()["color"]:
        assert contrast(color, "white") >= 4.5


def test_bars_show_the_heights_and_write_them(ax):
    plotting.bars(ax, [0.25, 0.75], ("a", "b"), written="%.2f")
    assert [bar.get_height() for bar in ax.patches] == [0.25, 0.75]
    assert [text.get_text() for text in ax.texts] == ["0.25", "0.75"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b"]


def test_paired_bars_tell_p_from_q_by_more_than_colour(ax):
    plotting.paired_bars(ax, [0.5, 0.5], [0.1, 0.9], ("a", "b"))
    p, q = ax.patches[:2], ax.patches[2:]
    assert [bar.get_height() for bar in p] == [0.5, 0.5]
    assert [bar.get_height() for bar in q] == [0.1, 0.9]
    assert all(bar.get_hatch() is None for bar in p)
    assert all(bar.get_hatch() for bar in q)


def test_heatmap_writes_every_cell_and_marks_infinity(ax):
    plotting.heatmap(ax, [[0.0, np.inf], [1.5, 0.0]], ("a", "b"))
    assert [text.get_text() for text in ax.texts] == ["0.00", "∞", "1.50", "0.00"]


@pytest.mark.parametrize("cmap", ["Blues", "Greens"])
def test_heatmap_numbers_can_be_read_on_every_shade(ax, cmap):
    shades = np.linspace(0, 1, 12)
    values = np.where(np.eye(12) > 0, np.inf, shades)
    plotting.heatmap(ax, values, [str(i) for i in range(12)], cmap=cmap)
    image = ax.images[0]
    for text, value in zip(ax.texts, values.ravel(), strict=True):
        shade = image.cmap(image.norm(value)) if np.isfinite(value) else plotting.INK
        assert contrast(text.get_color(), shade) >= 4.5


def test_heatmap_of_zeros_is_drawn(ax):
    plotting.heatmap(ax, np.zeros((2, 2)), ("a", "b"))
    assert len(ax.texts) == 4


def test_label_writes_at_its_place(ax):
    plotting.label(ax, 0.3, 0.7, "here", color=plotting.BLUE, ha="left")
    assert ax.texts[0].get_position() == (0.3, 0.7)
    assert ax.texts[0].get_ha() == "left"


def test_without_matplotlib_the_module_says_which_extra_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "divergences.plotting")
    with pytest.raises(ImportError, match=r"pip install 'divergences\[plotting\]'"):
        importlib.import_module("divergences.plotting")
