"""The data that run through the book: daily weather in Seattle, 2012 to 2015; and a text, for its letters."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._validation import Array

WEATHER_TYPES = ("drizzle", "fog", "rain", "snow", "sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_PATH = Path(__file__).parent / "data" / "seattle-weather.csv"
_NUMBERS = ("precipitation", "temp_max", "temp_min", "wind")
_COLUMNS = ("date", *_NUMBERS, "weather")


@dataclass(frozen=True)
class SeattleWeather:
    """One row per day; every field is an array of shape (n_days,).

    Attributes
    ----------
    date : ndarray of datetime64[D]
    precipitation : ndarray
        Millimetres.
    temp_max, temp_min : ndarray
        Degrees Celsius.
    wind : ndarray
        Metres per second.
    weather : ndarray of str
        One of `WEATHER_TYPES`.
    """

    date: NDArray[np.datetime64]
    precipitation: Array
    temp_max: Array
    temp_min: Array
    wind: Array
    weather: NDArray[np.str_]

    @property
    def month(self) -> NDArray[np.int64]:
        """Month of each day, 1 to 12."""
        return self.date.astype("datetime64[M]").astype(np.int64) % 12 + 1

    @property
    def year(self) -> NDArray[np.int64]:
        """Year of each day."""
        return self.date.astype("datetime64[Y]").astype(np.int64) + 1970

    @property
    def wet(self) -> NDArray[np.bool_]:
        """Whether any precipitation fell. The label "rain" is something else, as 44 dry days carry it."""
        return self.precipitation > 0

    def type_counts(self) -> NDArray[np.int64]:
        """Count the days of each weather type in each month, shape (12, 5)."""
        types = np.searchsorted(WEATHER_TYPES, self.weather)
        return np.histogram2d(self.month, types, bins=(np.arange(1, 14), np.arange(6)))[0].astype(np.int64)

    def maxima_counts(self, width: float = 1.0) -> tuple[Array, NDArray[np.int64]]:
        """Count each month's daily maxima in bins of `width` °C whose edges are multiples of `width`.

        Returns
        -------
        edges : ndarray, shape (n_bins + 1,)
        counts : ndarray, shape (12, n_bins)

        Raises
        ------
        ValueError
            If `width` is not a positive number.
        """
        if not 0 < width < np.inf:
            raise ValueError(f"width must be a positive number of degrees, not {width}")
        low, high = np.floor(self.temp_max.min() / width), np.floor(self.temp_max.max() / width) + 1
        edges = np.arange(low, high + 1) * width
        counts = np.histogram2d(self.month, self.temp_max, bins=(np.arange(1, 14), edges))[0]
        return edges, counts.astype(np.int64)


def load_seattle_weather(path: str | Path | None = None) -> SeattleWeather:
    """Load the weather of Seattle, 1461 days from 2012-01-01 to 2015-12-31.

    Parameters
    ----------
    path : str or Path, optional
        A file of the same form. Default: the table that comes with this package.

    Returns
    -------
    SeattleWeather

    Raises
    ------
    ValueError
        If the file is damaged: the message names the line and what is wrong with it.

    See Also
    --------
    divergences.forecasting.rain_tomorrow : features of each day and the rain of the next.

    Notes
    -----
    Source: NOAA National Climatic Data Center (public domain), as distributed in vega-datasets 3.2.1;
    see ``data/README.md`` in the package.

    Examples
    --------
    >>> weather = load_seattle_weather()
    >>> round(float(weather.wet.mean()), 3)
    0.426
    """
    path = _PATH if path is None else Path(path)
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    if not lines or tuple(lines[0]) != _COLUMNS:
        raise ValueError(f"{path.name}: the first line must be {','.join(_COLUMNS)}; restore the file")
    rows = [_parse(row, f"{path.name}, line {number}") for number, row in enumerate(lines[1:], start=2)]
    if not rows:
        raise ValueError(f"{path.name}: there is no day after the first line; restore the file")
    date = np.array([day for day, _, _ in rows])
    gaps = np.flatnonzero(np.diff(date) != np.timedelta64(1, "D"))
    if gaps.size:
        raise ValueError(
            f"{path.name}, line {gaps[0] + 3}: not the day after the one above; restore the file"
        )
    precipitation, temp_max, temp_min, wind = np.array([numbers for _, numbers, _ in rows]).T
    return SeattleWeather(
        date, precipitation, temp_max, temp_min, wind, np.array([weather for _, _, weather in rows])
    )


def load_prose() -> tuple[str, str]:
    """Load text of this book, in small letters and spaces only: a part to learn from, a part to test on.

    Returns
    -------
    learn, test : str
        Sentences of chapters 2, 4 and 5 with their side roads (about 110 000 letters), and of chapter 6
        (about 21 000). The text is a snapshot: it does not change with the chapters.

    See Also
    --------
    divergences.letters.fit_letters : a model of its letters.

    Examples
    --------
    >>> learn, test = load_prose()
    >>> test[:39]
    'side by side five chapters five answers'
    """
    learn, test = (_PATH.parent / "prose.txt").read_text(encoding="ascii").split("\n\n")
    return " ".join(learn.split()), " ".join(test.split())


def _parse(row: list[str], where: str) -> tuple[np.datetime64, list[float], str]:
    if len(row) != len(_COLUMNS):
        raise ValueError(f"{where}: {len(row)} fields instead of {len(_COLUMNS)}; restore the file")
    try:
        date, numbers = np.datetime64(row[0], "D"), [float(text) for text in row[1:-1]]
    except ValueError:
        raise ValueError(
            f"{where}: {','.join(row)!r} holds no date and four numbers; restore the file"
        ) from None
    if not np.isfinite(numbers).all() or np.isnat(date):
        raise ValueError(f"{where}: {','.join(row)!r} has a missing value; restore the file")
    if row[-1] not in WEATHER_TYPES:
        raise ValueError(f"{where}: weather is {row[-1]!r}, not one of {', '.join(WEATHER_TYPES)}")
    return date, numbers, row[-1]
