"""What holds for all tests: their order, their time, and the names in the examples of the docstrings."""

import gc

import pytest
from hypothesis import settings

import divergences

# How long a case takes says nothing about whether it is right. The same cases are drawn in every run, so that
# what fails comes from what was changed; `--hypothesis-profile=random` draws others, as the weekly run does.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("random", deadline=None)
settings.load_profile("fixed")


def pytest_collection_modifyitems(items):
    """Begin with the tests in the browser, which take longest: then the workers end together."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


def pytest_collection_finish():
    """Spare the garbage collector thousands of tests that stay to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _public_names(doctest_namespace):
    doctest_namespace.update({name: getattr(divergences, name) for name in divergences.__all__})
