"""Measure the difference between two probability distributions."""

from .cross_entropy import cross_entropy, cross_entropy_from_logits, perplexity
from .entropy import entropy, huffman_code, information_content, normalize
from .js import js_distance, js_divergence
from .kl import kl_divergence, mutual_information
from .transport import TransportPlan, optimal_transport
from .wasserstein import (
    sliced_wasserstein_distance_samples,
    wasserstein_distance,
    wasserstein_distance_gaussian,
    wasserstein_distance_samples,
)

__all__ = [
    "TransportPlan",
    "cross_entropy",
    "cross_entropy_from_logits",
    "entropy",
    "huffman_code",
    "information_content",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "mutual_information",
    "normalize",
    "optimal_transport",
    "perplexity",
    "sliced_wasserstein_distance_samples",
    "wasserstein_distance",
    "wasserstein_distance_gaussian",
    "wasserstein_distance_samples",
]
__version__ = "0.1.0"
