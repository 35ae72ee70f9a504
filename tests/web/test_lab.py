"""A chapter in JupyterLab as `make lab` starts it: read, run and saved in Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "chapters/02_kl.ipynb"
TOKEN = "for-the-tests"
# All cells at once, whether they are in sight or not; no question about news of another host.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
SHOWN = """count => {
    const texts = [...document.querySelectorAll('.jp-Notebook .jp-RenderedMarkdown')];
    const shown = text => text.childElementCount && !text.textContent.includes('$');
    return texts.length === count && texts.every(shown);
}"""
DONE = """() => document.querySelector('.jp-NotebookPanel-toolbar [data-status=idle]')
    && ![...document.querySelectorAll('.jp-InputPrompt')].some(prompt => prompt.innerText.includes('*'))"""
TEXT = "cells => cells.map(cell => cell.innerText).join('\\n')"

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("lab")]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Start JupyterLab on a copy of the book; give its address and the copy."""
    root = tmp_path_factory.mktemp("lab")
    book = root / "book"
    for folder in ("chapters", "reference"):
        shutil.copytree(ROOT / folder, book / folder, ignore=shutil.ignore_patterns(".*"))
    for name, values in SETTINGS.items():
        file = root / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")
    places = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--config=web/lab_config.py",
        "--no-browser",
        "--allow-root",
    ]
    options = [f"--ServerApp.root_dir={book}", f"--port={port}", f"--IdentityProvider.token={TOKEN}"]
    with (root / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=os.environ | {name: str(root / place) for name, place in places.items()},
            stdout=log,
            stderr=log,
        )
        try:
            for _ in range(300):
                try:
                    urlopen(f"{address}/api?token={TOKEN}").close()
                    break
                except (URLError, ConnectionError):
                    assert server.poll() is None, (root / "log").read_text("utf-8")
                    time.sleep(0.1)
            yield address, book
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module")
def page(lab, chromium):
    """Open the chapter and wait for its last cell and its kernel."""
    address, book = lab
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/lab/tree/{CHAPTER}?token={TOKEN}&reset")
    cells = json.loads((book / CHAPTER).read_text(encoding="utf-8"))["cells"]
    texts = sum(cell["cell_type"] == "markdown" for cell in cells)
    page.wait_for_function(SHOWN, arg=texts, timeout=60_000)
    page.wait_for_selector(".jp-NotebookPanel-toolbar [data-status=idle]", timeout=60_000)
    yield page
    context.close()


def save(page, book):
    """Save by the keyboard, and return what is stored."""
    page.locator(".jp-Notebook .jp-Cell").first.click(position={"x": 2, "y": 2})
    with page.expect_response(lambda answer: answer.request.method == "PUT" and CHAPTER in answer.url):
        page.keyboard.press("Control+s")
    return (book / CHAPTER).read_text(encoding="utf-8")


def test_no_markup_is_visible(page):
    text = page.eval_on_selector_all(".jp-Notebook .jp-RenderedMarkdown", TEXT)
    assert "In one minute" in text
    for sign in (
        r":::",
        r"```",
        r"\{[a-z:]+\}`",
        r"^:\w+:",
        r"\(\w+-[\w-]+\)=",
        r"</?[a-z]+",
        r"\$",
        r"\*\*",
    ):
        assert not re.search(sign, text, re.MULTILINE), f"{sign} in {text}"


def test_titles_formulas_and_captions_are_shown(page):
    box = page.locator("blockquote", has_text="Gibbs").first
    assert box.inner_text().startswith("Proposition (Gibbs' inequality)")
    assert box.locator("mjx-container").count() >= 2
    assert page.locator(".jp-RenderedMarkdown", has_text=re.compile(r"^\s*Figure\. ")).count() >= 5


def test_answers_proofs_and_solutions_are_folded(page):
    folds = page.locator(".jp-Notebook details")
    titles = [title.split(":")[0] for title in folds.locator("summary").all_inner_texts()]
    assert {"Answer", "Proof", "Solution"} <= set(titles)
    assert not page.locator(".jp-Notebook details[open]").count()
    assert not page.locator(".jp-Notebook details p:visible").count()
    hidden = page.locator(".jp-CodeCell:has(.jp-Placeholder)")
    assert hidden.count()
    assert not hidden.locator(".jp-OutputArea-output:visible").count()


def test_saving_an_untouched_notebook_changes_no_byte(page, lab):
    assert save(page, lab[1]) == (ROOT / CHAPTER).read_text(encoding="utf-8")


def test_every_cell_runs_and_gives_what_is_stored(page, lab):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    stored = json.loads((ROOT / CHAPTER).read_text(encoding="utf-8"))
    page.wait_for_timeout(500)
    page.wait_for_function(DONE, timeout=120_000)
    saved = json.loads(save(page, lab[1]))
    for notebook in (stored, saved):
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                output.get("data", {}).pop("image/png", None)  # as nbval does
    assert saved == stored


def test_only_what_was_edited_changes(page, lab):
    before = json.loads((lab[1] / CHAPTER).read_text(encoding="utf-8"))
    first = page.locator(".jp-Notebook .jp-Cell").first
    first.click(position={"x": 2, "y": 2})
    page.keyboard.press("Enter")
    first.locator(".cm-focused").wait_for(timeout=5_000)
    page.keyboard.press("Control+End")
    page.keyboard.type(" And so on.")
    page.keyboard.press("Control+Enter")
    first.locator(".jp-RenderedMarkdown", has_text="And so on.").wait_for(timeout=5_000)
    after = json.loads(save(page, lab[1]))
    before["cells"][0]["source"][-1] += " And so on."
    assert after == before
