"""Results of the site's notebooks are cached until an input changes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from .conftest import ROOT

pytestmark = pytest.mark.kernel


@pytest.fixture
def execution() -> Any:
    """The module of that name in `.docs`, which is not part of the package."""
    spec = importlib.util.spec_from_file_location("execution", ROOT / ".docs" / "execution.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(path: Path, source: str) -> Path:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=[new_code_cell(source, id="a")], metadata={"kernelspec": kernel}), path)
    return path


def printed(path: Path) -> str:
    return "".join(str(output.text) for output in nbformat.read(path, as_version=4).cells[0].outputs)


def test_a_notebook_runs_once_until_it_changes(execution: Any, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    count = "import pathlib\nran = pathlib.Path('ran')\nran.open('a').write('x')\nprint(len(ran.read_text()))"
    notebook = written(tmp_path / "01.ipynb", count)
    first = execution.executed(notebook, kept)
    assert printed(first) == "1\n"
    assert execution.executed(notebook, kept) == first
    assert (tmp_path / "ran").read_text() == "x"
    second = execution.executed(written(notebook, f"{count}\nprint('more')"), kept)
    assert printed(second) == "2\nmore\n"
    assert list(kept.iterdir()) == [second]


def test_a_picture_and_the_package_decide_as_well(
    execution: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = written(tmp_path / "01.ipynb", "1")
    keys = [execution._key(notebook)]
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"a")
    keys.append(execution._key(notebook))
    package = tmp_path / "package"
    package.mkdir()
    monkeypatch.setattr(execution, "PACKAGE", package)
    for code in ('"""Some."""\nx = 1', '"""Other."""\nx = 1  # why', '"""Other."""\nx = 2'):
        (package / "module.py").write_text(code, encoding="utf-8")
        execution._code.cache_clear()
        keys.append(execution._key(notebook))
    assert keys[2] == keys[3], "words change nothing that is shown"
    assert len(set(keys)) == 4
