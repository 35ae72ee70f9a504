"""Distributions that scipy does not have, as a reader would write them."""

from __future__ import annotations

import numpy as np


class Mixture:
    """A mixture of frozen distributions, its quantiles by bisection."""

    def __init__(self, weights, parts):
        self.weights, self.parts = weights, parts

    def _mean(self, method, x):
        return sum(w * getattr(part, method)(x) for w, part in zip(self.weights, self.parts, strict=True))

    def _solve(self, inverse, method, level, sign):
        ends = np.arcsinh([getattr(part, inverse)(level) for part in self.parts])
        low, high = ends.min(axis=0), ends.max(axis=0)
        for _ in range(60):
            middle = (low + high) / 2
            above = sign * (self._mean(method, np.sinh(middle)) - level) >= 0
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return np.sinh((low + high) / 2)

    def logpdf(self, x):
        logs = [np.log(w) + part.logpdf(x) for w, part in zip(self.weights, self.parts, strict=True)]
        return np.logaddexp.reduce(logs)

    def cdf(self, x):
        return self._mean("cdf", x)

    def sf(self, x):
        return self._mean("sf", x)

    def ppf(self, u):
        return self._solve("ppf", "cdf", u, 1)

    def isf(self, v):
        return self._solve("isf", "sf", v, -1)

    def support(self):
        ends = [part.support() for part in self.parts]
        return min(low for low, _ in ends), max(high for _, high in ends)


class Gapped:
    """The uniform law on [0, 1] without the interval from `start` to `start` + `width`."""

    def __init__(self, start, width):
        self.start, self.stop, self.width = start, start + width, width

    def logpdf(self, x):
        inside = (x >= 0) & (x <= 1) & ~((x > self.start) & (x < self.stop))
        return np.where(inside, -np.log1p(-self.width), -np.inf)

    def cdf(self, x):
        x = np.clip(x, 0, 1)
        return np.where(x <= self.start, x, np.maximum(self.start, x - self.width)) / (1 - self.width)

    def ppf(self, u):
        x = u * (1 - self.width)
        return np.where(x <= self.start, x, x + self.width)

    def sf(self, x):
        x = np.clip(x, 0, 1)
        return np.where(x >= self.stop, 1 - x, np.maximum(1 - self.stop, 1 - x - self.width)) / (
            1 - self.width
        )

    def isf(self, v):
        y = v * (1 - self.width)
        return np.where(y <= 1 - self.stop, 1 - y, 1 - y - self.width)

    def support(self):
        return 0.0, 1.0


class Bare:
    """A law with no more than the four methods that are needed; `changes` replace some of them."""

    def __init__(self, law, **changes):
        self.logpdf, self.cdf, self.ppf, self.support = law.logpdf, law.cdf, law.ppf, law.support
        for name, method in changes.items():
            setattr(self, name, method)


def underflowing(law):
    """Return `law` with the logarithm taken of the density: -inf where that is too small for a double."""

    def logpdf(x):
        with np.errstate(divide="ignore"):
            return np.log(law.pdf(x))

    return Bare(law, logpdf=logpdf, sf=law.sf, isf=law.isf)
