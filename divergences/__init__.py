"""Measure the difference between two probability distributions."""

from . import datasets as datasets
from . import forecasting as forecasting
from . import letters as letters
from . import tables as tables
from .continuous import (
    cross_entropy_continuous,
    entropy_continuous,
    js_divergence_continuous,
    kl_divergence_continuous,
    wasserstein_distance_continuous,
)
from .cross_entropy import cross_entropy, cross_entropy_from_logits, perplexity
from .entropy import entropy, huffman_code, information_content, normalize
from .f_divergences import (
    chi_squared_divergence,
    f_divergence,
    hellinger_distance,
    renyi_divergence,
    total_variation_distance,
)
from .gaussian import kl_divergence_gaussian, wasserstein_distance_gaussian
from .js import js_distance, js_divergence
from .kl import kl_divergence, mutual_information
from .samples import (
    histogram,
    js_divergence_samples,
    kl_divergence_samples,
    sliced_wasserstein_distance_samples,
    wasserstein_distance_samples,
)
from .transport import SinkhornPlan, TransportPlan, optimal_transport, sinkhorn
from .wasserstein import monotone_coupling, wasserstein_distance

__all__ = [  # noqa: RUF022 (grouped by the kind of input)
    # discrete distributions: vectors of probabilities
    "normalize",
    "information_content",
    "entropy",
    "huffman_code",
    "kl_divergence",
    "mutual_information",
    "cross_entropy",
    "cross_entropy_from_logits",
    "perplexity",
    "js_divergence",
    "js_distance",
    "wasserstein_distance",
    "f_divergence",
    "total_variation_distance",
    "hellinger_distance",
    "chi_squared_divergence",
    "renyi_divergence",
    # plans of transport between them
    "monotone_coupling",
    "optimal_transport",
    "TransportPlan",
    "sinkhorn",
    "SinkhornPlan",
    # distributions with densities
    "entropy_continuous",
    "kl_divergence_continuous",
    "cross_entropy_continuous",
    "js_divergence_continuous",
    "wasserstein_distance_continuous",
    # Gaussians, from means and covariances
    "kl_divergence_gaussian",
    "wasserstein_distance_gaussian",
    # samples: estimates from points
    "histogram",
    "kl_divergence_samples",
    "js_divergence_samples",
    "wasserstein_distance_samples",
    "sliced_wasserstein_distance_samples",
]
__version__ = "0.1.0"
