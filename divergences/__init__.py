"""Measure the difference between two probability distributions."""

from .entropy import entropy, huffman_code, information_content, normalize

__all__ = ["entropy", "huffman_code", "information_content", "normalize"]
__version__ = "0.1.0"
