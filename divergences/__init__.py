"""Measure the difference between two probability distributions."""

from .cross_entropy import cross_entropy, cross_entropy_continuous, cross_entropy_from_logits, perplexity
from .entropy import entropy, entropy_continuous, huffman_code, information_content, normalize
from .f_divergences import (
    chi_squared_divergence,
    f_divergence,
    hellinger_distance,
    renyi_divergence,
    total_variation_distance,
)
from .js import js_distance, js_divergence, js_divergence_continuous
from .kl import (
    kl_divergence,
    kl_divergence_continuous,
    kl_divergence_gaussian,
    kl_divergence_samples,
    mutual_information,
)
from .transport import SinkhornPlan, TransportPlan, optimal_transport, sinkhorn
from .wasserstein import (
    sliced_wasserstein_distance_samples,
    wasserstein_distance,
    wasserstein_distance_continuous,
    wasserstein_distance_gaussian,
    wasserstein_distance_samples,
)

__all__ = [
    "SinkhornPlan",
    "TransportPlan",
    "chi_squared_divergence",
    "cross_entropy",
    "cross_entropy_continuous",
    "cross_entropy_from_logits",
    "entropy",
    "entropy_continuous",
    "f_divergence",
    "hellinger_distance",
    "huffman_code",
    "information_content",
    "js_distance",
    "js_divergence",
    "js_divergence_continuous",
    "kl_divergence",
    "kl_divergence_continuous",
    "kl_divergence_gaussian",
    "kl_divergence_samples",
    "mutual_information",
    "normalize",
    "optimal_transport",
    "perplexity",
    "renyi_divergence",
    "sinkhorn",
    "sliced_wasserstein_distance_samples",
    "total_variation_distance",
    "wasserstein_distance",
    "wasserstein_distance_continuous",
    "wasserstein_distance_gaussian",
    "wasserstein_distance_samples",
]
__version__ = "0.1.0"
