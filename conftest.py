"""What holds for all tests: their order, their time, and the names in the examples of the docstrings."""

import doctest
import gc
import inspect
import os
from collections import Counter
from importlib.util import find_spec

import pytest
from hypothesis import settings

import divergences

# How long a case takes says nothing about whether it is right. The same cases are drawn in every run, so that
# what fails comes from what was changed; `--hypothesis-profile=random` draws others, as the weekly run does.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("random", deadline=None)
settings.load_profile("fixed")

# The tests compare with POT on arrays of NumPy alone; it need not load PyTorch for them, which takes seconds.
os.environ.setdefault("POT_BACKEND_DISABLE_PYTORCH", "1")

# What only PyTorch can run; its outputs are stored, so that the book is complete without it.
NEEDS_TORCH = "chapters/07_as_a_loss.ipynb"
collect_ignore = [] if find_spec("torch") else [NEEDS_TORCH]
if collect_ignore and os.environ.get("REQUIRE_TORCH") == "1":
    raise pytest.UsageError("REQUIRE_TORCH=1, but PyTorch is not installed: run `make torch`")


def _from_module(self, module, value, decorated=doctest.DocTestFinder._from_module):
    """Find the examples of decorated functions, too."""
    return decorated(self, module, inspect.unwrap(value) if callable(value) else value)


doctest.DocTestFinder._from_module = _from_module


def pytest_configure(config):
    """Give the notebooks kernels that start at once and watch their numbers."""
    if config.getoption("nbval", default=False):
        config.pluginmanager.import_plugin("kernels")


def pytest_terminal_summary(terminalreporter):
    """Say what was not executed, each reason once."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", []))
    for reason, tests in reasons.items():
        terminalreporter.write_line(f"{tests} skipped: {reason.removeprefix('Skipped: ')}")
    if collect_ignore:
        terminalreporter.write_line(f"{NEEDS_TORCH} was not executed: PyTorch is not installed (make torch)")


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
