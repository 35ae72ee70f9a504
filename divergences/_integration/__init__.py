"""Integrals of functions of one or two densities, over quantiles; refused where they are not certain."""

from ._densities import integral_of_log_ratio, mean_information
from ._distribution import as_distribution
from ._quantiles import largest_quantile_difference, mean_quantile_difference

__all__ = [
    "as_distribution",
    "integral_of_log_ratio",
    "largest_quantile_difference",
    "mean_information",
    "mean_quantile_difference",
]
