"""The commands say what to do when they are called wrongly."""

from __future__ import annotations

import ast
import importlib.util
import io
import re
import shutil
import subprocess
import sys
import tomllib
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from web.scripts.run_notebooks import find, looks_alike

ROOT = Path(__file__).resolve().parents[2]


def picture(levels):
    """Return a PNG of these levels of grey, as a notebook stores it."""
    file = io.BytesIO()
    Image.fromarray(np.array(levels, dtype=np.uint8)).save(file, "png")
    return b64encode(file.getvalue()).decode()


@pytest.mark.parametrize("name", ["02_kl", "02_kl.ipynb", "chapters/02_kl.ipynb"])
def test_a_chapter_is_found_by_its_name_and_by_its_path(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert find(name) == Path("chapters/02_kl.ipynb")


def test_a_wrong_name_lists_the_right_ones(monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(
        SystemExit, match=r"no notebook 02_lk\. CHAPTER is one of: 01_prior .*02_kl .*stumbling"
    ):
        find("02_lk")


def test_a_stored_picture_stays_if_another_processor_drew_it_a_shade_brighter():
    stored = picture([[10, 20], [30, 40]])
    assert looks_alike(picture([[11, 20], [29, 40]]), stored)
    assert not looks_alike(picture([[12, 20], [30, 40]]), stored)
    assert not looks_alike(picture([[10, 20, 30]]), stored)


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize("target", ["check", "chapter"])
def test_make_names_the_chapters_when_it_gets_none(target):
    run = subprocess.run(["make", "-s", target], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert run.returncode
    assert "Name one with CHAPTER=, of: 01_prior " in run.stdout


def test_an_old_python_can_read_the_installer_that_refuses_it():
    text = (ROOT / ".ci" / "install.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 6))
    assert "__future__" not in text


@pytest.fixture(scope="module")
def install():
    spec = importlib.util.spec_from_file_location("install", ROOT / ".ci" / "install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_installer_proposes_only_a_python_that_runs(install, tmp_path):
    leads_nowhere = tmp_path / "python3.13"
    leads_nowhere.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    leads_nowhere.chmod(0o755)
    assert install.works(sys.executable)
    assert not install.works(str(leads_nowhere))
    assert not install.works(str(tmp_path / "python3.14"))


def test_every_place_names_the_same_pythons(install):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r":: (3)\.(\d+)", "\n".join(project["classifiers"]))
    versions = [tuple(map(int, version)) for version in named]
    assert versions == [(3, minor) for minor in range(install.OLDEST[1], install.NEWEST[1] + 1)]
    oldest, newest = (".".join(map(str, version)) for version in (install.OLDEST, install.NEWEST))
    assert project["requires-python"] == f">={oldest}"
    for name in ("README.md", "CONTRIBUTING.md"):
        assert f"Python {oldest} to {newest}" in (ROOT / name).read_text(encoding="utf-8")
    assert f'python: ["{oldest}", "{newest}"]' in (ROOT / ".github/workflows/test.yml").read_text("utf-8")
