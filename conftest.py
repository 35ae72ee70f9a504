"""Give the examples in the docstrings every public name, and drawn cases all the time they need."""

import pytest
from hypothesis import settings

import divergences

# How long a case takes says nothing about whether it is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _public_names(doctest_namespace):
    doctest_namespace.update({name: getattr(divergences, name) for name in divergences.__all__})
