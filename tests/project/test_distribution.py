"""What is published is complete: the source distribution, and the page of the package index."""

from __future__ import annotations

import doctest
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_SOURCE = {"_build", "build", "dist", "__pycache__", ".ipynb_checkpoints"}
AT_THE_ROOT = {"", ".bib", ".cff", ".in", ".md", ".py", ".toml", ".txt", ".yml"}
FOLDERS = [".ci", "benchmarks", "chapters", "divergences", "reference", "tests", "web"]


def sources() -> list[str]:
    """List the files that a fresh clone has: those at the root and in the folders of the project."""
    files = [path for path in ROOT.iterdir() if path.is_file() and path.suffix in AT_THE_ROOT]
    files = [path for path in files if not path.name.startswith(".")]
    for folder in FOLDERS:
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in files
        if not NOT_SOURCE & {*path.relative_to(ROOT).parts}
    )


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """Build the source distribution from a copy, and list what it holds."""
    folder = tmp_path_factory.mktemp("source")
    for name in [*sources(), ".gitignore"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    code = "from setuptools.build_meta import build_sdist; build_sdist('dist')"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=folder, check=True, capture_output=True)
    with tarfile.open(next((folder / "dist").glob("*.tar.gz"))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def test_the_source_distribution_holds_every_source(members):
    assert not set(sources()) - members, "add it to MANIFEST.in"
    assert {"LICENSE", "LICENSE-TEXT", "tests/claims/hand_calculations.toml"} <= members


def test_the_page_of_the_package_has_no_picture_and_no_link_that_leads_nowhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / project["readme"]).read_text(encoding="utf-8")
    assert "<img" not in page
    assert not re.findall(r"\]\((?!https://)[^)]*\)", page)


def example(name):
    """Return the code of a page."""
    return re.search(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)[1]


def test_the_example_is_right():
    shown = doctest.DocTestParser().get_doctest(example("README.md"), {}, "README.md", "README.md", 0)
    assert doctest.DocTestRunner().run(shown) == (0, 5)


def test_both_readmes_show_the_same_example():
    assert example("README.md") == example("divergences/README.md")
