"""The weather table: the checked facts, and what a damaged file is told."""

import csv
import importlib.resources

import numpy as np
import pytest

from divergences.datasets import MONTHS, WEATHER_TYPES, SeattleWeather, load_prose, load_seattle_weather
from divergences.letters import LETTERS

TABLE = importlib.resources.files("divergences") / "data" / "seattle-weather.csv"


@pytest.fixture(scope="module")
def weather():
    return load_seattle_weather()


def test_the_table_holds_four_whole_years(weather):
    assert type(weather) is SeattleWeather
    assert len(weather.date) == 1461
    assert str(weather.date[0]) == "2012-01-01"
    assert str(weather.date[-1]) == "2015-12-31"
    assert [int(np.sum(weather.year == y)) for y in range(2012, 2016)] == [366, 365, 365, 365]
    assert [int(np.sum(weather.month == m)) for m in (1, 2, 12)] == [124, 113, 124]


def test_the_checked_facts_hold(weather):
    assert weather.wet.mean() == pytest.approx(0.426, abs=5e-4)
    assert weather.wet[1:][weather.wet[:-1]].mean() == pytest.approx(0.673, abs=5e-4)
    assert weather.wet[1:][~weather.wet[:-1]].mean() == pytest.approx(0.244, abs=5e-4)
    assert np.sum((weather.weather == "rain") & ~weather.wet) == 44
    assert weather.temp_max[weather.month == 1].max() == 17.2
    assert weather.temp_max[weather.month == 7].min() == 18.3
    assert [int(np.sum((weather.weather == "fog") & (weather.year == y))) for y in range(2012, 2016)] == [
        5,
        16,
        28,
        52,
    ]


def test_type_counts_agree_with_counting_by_hand(weather):
    counts = weather.type_counts()
    assert counts.shape == (12, 5)
    assert counts.dtype == np.int64
    for m, month in enumerate(counts, start=1):
        here = weather.weather[weather.month == m]
        assert list(month) == [np.sum(here == kind) for kind in WEATHER_TYPES]
    assert len(MONTHS) == 12


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0, 5.0])
def test_maxima_counts_have_edges_at_multiples_of_the_width(weather, width):
    edges, counts = weather.maxima_counts(width)
    np.testing.assert_allclose(edges / width, np.round(edges / width))
    assert counts.shape == (12, len(edges) - 1)
    assert edges[0] <= weather.temp_max.min() < edges[1]
    assert edges[-2] <= weather.temp_max.max() < edges[-1]
    for m in (1, 7):
        np.testing.assert_array_equal(
            counts[m - 1], np.histogram(weather.temp_max[weather.month == m], edges)[0]
        )


def test_maxima_are_counted_by_whole_degrees_unless_told_otherwise(weather):
    edges, _ = weather.maxima_counts()
    np.testing.assert_array_equal(np.diff(edges), 1)


@pytest.mark.parametrize("width", [0, -1.0, np.nan, np.inf])
def test_a_useless_width_is_refused(weather, width):
    with pytest.raises(ValueError, match="width"):
        weather.maxima_counts(width)


def test_the_table_is_frozen(weather):
    with pytest.raises(AttributeError):
        weather.wind = weather.wind


def damaged(tmp_path, change):
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "table.csv"
    path.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: [], "the first line must be date,"),
        (lambda lines: lines[1:], "the first line must be date,"),
        (lambda lines: lines[:1], "no day after the first line"),
        (lambda lines: [*lines[:3], lines[3][:-4], *lines[4:]], r"line 4: weather is '', not one of drizzle"),
        (lambda lines: [*lines[:3], lines[3] + ",7", *lines[4:]], "line 4: 7 fields instead of 6"),
        (
            lambda lines: [*lines[:3], "2012-01-03,?,1,1,1,sun", *lines[4:]],
            "line 4: .* holds no date and four",
        ),
        (
            lambda lines: [*lines[:3], "yesterday,1,1,1,1,sun", *lines[4:]],
            "line 4: .* holds no date and four",
        ),
        (lambda lines: [*lines[:3], "2012-01-03,nan,1,1,1,sun", *lines[4:]], "line 4: .* missing value"),
        (lambda lines: [*lines[:3], "NaT,1,1,1,1,sun", *lines[4:]], "line 4: .* missing value"),
        (lambda lines: [*lines[:3], "2012-01-03,1,1,1,1,hail", *lines[4:]], "line 4: weather is 'hail'"),
        (lambda lines: [*lines[:3], *lines[4:]], "line 4: not the day after"),
        (lambda lines: [*lines[:4], *lines[3:]], "line 5: not the day after"),
    ],
)
def test_a_damaged_file_is_told_where(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        load_seattle_weather(damaged(tmp_path, change))


def test_every_column_is_that_of_the_file(tmp_path):
    copy = load_seattle_weather(damaged(tmp_path, lambda lines: lines))
    names, *rows = csv.reader(TABLE.read_text(encoding="utf-8").splitlines())
    assert len(names) == 6
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        read = getattr(copy, name)
        np.testing.assert_array_equal(read, np.array(column).astype(read.dtype), err_msg=name)


def test_the_prose_is_letters_and_single_spaces():
    for part, least in zip(load_prose(), (100_000, 20_000), strict=True):
        assert len(part) > least
        assert set(part) == set(LETTERS)
        assert "  " not in part
