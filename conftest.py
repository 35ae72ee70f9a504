"""Let the examples in the docstrings use every public name without an import."""

import pytest

import divergences


@pytest.fixture(autouse=True)
def _public_names(doctest_namespace):
    doctest_namespace.update({name: getattr(divergences, name) for name in divergences.__all__})
