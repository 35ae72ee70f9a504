"""Let the examples in the docstrings use every public name without an import; let properties take their time."""

import pytest
from hypothesis import settings

import divergences

# How long a case takes says nothing about whether it is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _public_names(doctest_namespace):
    doctest_namespace.update({name: getattr(divergences, name) for name in divergences.__all__})
