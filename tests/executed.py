"""Notebooks that nbclient runs, however long that takes on a busy machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.patience import PATIENCE

LIMITS = {"timeout": PATIENCE, "startup_timeout": int(PATIENCE), "iopub_timeout": int(PATIENCE)}
"""For a `NotebookClient`. By default, it goes on without a cell's outputs that come four seconds after its reply."""


def executed(*cells: str, folder: Path | None = None) -> Any:
    """A notebook of these cells, run in ``folder``."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    resources = {} if folder is None else {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, kernel_name="python3", resources=resources, **LIMITS).execute()
    return notebook
