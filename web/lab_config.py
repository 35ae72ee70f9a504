"""JupyterLab for this book (`make lab`): links reach all pages; saving stores what was written, no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from traitlets.config import get_config

from web.scripts.run_notebooks import tidy


def tidy_before_saving(model: dict[str, Any], **_: Any) -> None:
    """Drop what JupyterLab notes about the kernel, so that a notebook saved untouched stays as it was."""
    if model["type"] == "notebook":
        tidy(model["content"])


config = get_config()
config.ServerApp.root_dir = str(Path(__file__).resolve().parents[1])
config.LabApp.default_url = "/lab/tree/chapters"
config.FileContentsManager.pre_save_hook = tidy_before_saving
