"""Measure the difference between two probability distributions."""

from .entropy import entropy, huffman_code, information_content, normalize
from .transport import TransportPlan, optimal_transport
from .wasserstein import wasserstein_distance, wasserstein_distance_samples

__all__ = [
    "TransportPlan",
    "entropy",
    "huffman_code",
    "information_content",
    "normalize",
    "optimal_transport",
    "wasserstein_distance",
    "wasserstein_distance_samples",
]
__version__ = "0.1.0"
