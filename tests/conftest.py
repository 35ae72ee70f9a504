"""Fixtures that more than one module of tests uses."""

from browser import chromium

__all__ = ["chromium"]
