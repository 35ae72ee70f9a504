"""The locks are complete: installing them without resolving is safe."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HERE = dict(default_environment())
MINORS = range(11, 15)
PLATFORMS = [
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
]
ELSEWHERE = [
    {**HERE, **platform, "python_version": f"3.{minor}", "python_full_version": f"3.{minor}.7"}
    for minor in MINORS
    for platform in PLATFORMS
]
# What a package is imported as, where that is another name.
IMPORTED_AS = {"ot": "pot"}


def requirements(name: str) -> list[Requirement]:
    """Return the requirements in a file, without hashes and comments."""
    text = re.sub(r"\s+--hash=\S+|\\\n", "", (ROOT / name).read_text(encoding="utf-8"))
    lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@cache
def needs(name: str) -> tuple[Requirement, ...]:
    """Return what an installed package requires, whatever its markers say."""
    return tuple(Requirement(line) for line in metadata.requires(name) or [])


def applies(requirement: Requirement, environment: dict[str, str], extra: str = "") -> bool:
    """Return whether a requirement counts in an environment."""
    return requirement.marker is None or requirement.marker.evaluate({**environment, "extra": extra})


def gaps(asked: list[Requirement], locked: list[Requirement], environment: dict[str, str]) -> set[str]:
    """Return each requirement, of what was asked or of what follows from it, that a lock does not meet."""
    versions = {
        canonicalize_name(line.name): next(iter(line.specifier)).version
        for line in locked
        if applies(line, environment)
    }
    found = set()
    seen = set()
    queue = [("it", requirement) for requirement in asked if applies(requirement, environment)]
    while queue:
        by, requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        if name not in versions or not requirement.specifier.contains(versions[name], prereleases=True):
            found.add(f"{by} needs {requirement}, locked is {versions.get(name)}")
            continue
        for extra in {"", *requirement.extras} - {e for n, e in seen if n == name}:
            seen.add((name, extra))
            try:
                known = needs(name)
            except metadata.PackageNotFoundError:
                continue  # for another platform: what it needs in turn cannot be read here
            queue += [(name, needed) for needed in known if applies(needed, environment, extra)]
    return found


def test_what_is_installed_is_what_is_locked():
    wrong = {
        line.name: metadata.version(line.name)
        for line in requirements("requirements.txt")
        if applies(line, HERE) and not line.specifier.contains(metadata.version(line.name), prereleases=True)
    }
    assert not wrong, "run `make book`: it installs the lock anew"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-oldest.txt"])
def test_every_line_of_a_lock_is_exact_and_hashed(name):
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8").strip())
    for block in blocks:
        assert re.match(r"[\w.-]+==\S+( ;[^\\]*)? \\\n {4}--hash=sha256:[0-9a-f]{64}", block), block[:80]
    assert "://" not in "".join(blocks)


def test_the_lock_is_complete_here_and_on_every_supported_python_and_system():
    asked, locked = requirements("requirements.in"), requirements("requirements.txt")
    missing = {gap for place in [HERE, *ELSEWHERE] for gap in gaps([*asked, *locked], locked, place)}
    assert not missing, "run `make lock`"


def test_the_lock_holds_what_the_package_itself_and_each_extra_but_torch_need():
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *(line for name in extras if name != "torch" for line in extras[name])]
    assert not gaps([Requirement(line) for line in asked], requirements("requirements.txt"), HERE)


def test_a_gap_in_the_lock_is_found():
    asked, locked = requirements("requirements.in"), requirements("requirements.txt")
    for name in ("tornado", "coverage", "numpy"):  # needed by others, by an extra of another, by both
        less = [line for line in locked if line.name != name]
        assert any(f" {name}" in gap for gap in gaps(asked, less, HERE)), name
    older = [Requirement("numpy==1.26.0") if line.name == "numpy" else line for line in locked]
    assert any("locked is 1.26.0" in gap for gap in gaps(asked, older, HERE))


def test_the_extra_notebooks_holds_all_that_the_chapters_import():
    imported = set()
    for path in [*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("reference/*.ipynb")]:
        cells = nbformat.read(path, as_version=4).cells
        for cell in (cell for cell in cells if cell.cell_type == "code"):
            for node in ast.walk(ast.parse(cell.source)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module] if isinstance(node, ast.ImportFrom) else []
                imported |= {name.partition(".")[0] for name in names}
    asked = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["notebooks"]]
    at_hand = {Requirement(line).name for line in asked} | {"divergences"} | set(sys.stdlib_module_names)
    missing = {IMPORTED_AS.get(name, name) for name in imported} - at_hand - {"torch"}
    assert not missing, "add to the extra `notebooks` in pyproject.toml"


def test_the_supported_pythons_are_said_alike():
    classifiers = [line for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert classifiers == [f"Programming Language :: Python :: 3.{minor}" for minor in MINORS]
    assert PROJECT["requires-python"] == f">=3.{MINORS[0]}"
    assert f"Python 3.{MINORS[0]} to 3.{MINORS[-1]}" in (ROOT / "README.md").read_text(encoding="utf-8")
    workflow = (ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8")
    assert f'python: ["3.{MINORS[0]}", "3.{MINORS[-1]}"]' in workflow
