from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.browser.conftest import browser  # noqa: F401 (a fixture)
from tests.export.notebooks import code, kept, notebook, shown
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
REPLAYED = "99_replayed"
LANDING = "03_live_training.ipynb"
"""The notebook whose view replays on the landing page."""


@pytest.fixture(scope="session")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's notebooks, not run except for the landing page's, and one that was run."""
    folder = tmp_path_factory.mktemp("tutorial") / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    extra = notebook(
        "# 99 · Replayed\n\nA run with $\\eta = 0.01$ that was.",
        code("view.run()", shown("m")),
        "## After it\n\nThe [first notebook](01_hello_tensor.ipynb). ![emblem](images/emblem.png)",
        models={"m": kept()},
        kernelspec=kernel,
    )
    nbformat.write(extra, folder / f"{REPLAYED}.ipynb")
    landing = nbformat.read(folder / LANDING, as_version=4)
    landing.cells[-1] = code("view.run()", shown("m"))
    landing.metadata["widgets"] = extra.metadata["widgets"]
    nbformat.write(landing, folder / LANDING)
    return folder


@pytest.fixture(scope="session")
def site(tutorial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of that tutorial, built without warnings."""
    out = tmp_path_factory.mktemp("docs")
    command = [sys.executable, ROOT / ".docs" / "build.py", "--quick", "--notebooks", tutorial, "--out", out]
    result = subprocess.run(command, capture_output=True, text=True, timeout=4 * PATIENCE, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert result.stdout.strip() == f"The site: {out / 'site' / 'index.html'}"
    return out / "site"
