"""What is shipped: complete wheels and sdists, which need neither Node nor a network to install."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "vultorch_widget"
TOP_LEVEL = {
    "pyproject.toml", "vultorch_widget", "js", "notebooks", "tests",
    "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile",
}  # fmt: skip


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs ``command``; returns its output and errors together. ``environment`` is added to the current one."""
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )


def without_npm(tmp_path: Path) -> dict[str, str]:
    """An environment in which npm finds neither a network nor a cache."""
    return {"npm_config_offline": "true", "npm_config_cache": str(tmp_path / "npm-cache")}


def build(kind: str, source: Path, target: Path, **environment: str) -> Path:
    """Builds a ``wheel`` or an ``sdist`` of ``source`` in this environment and returns its path."""
    result = run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target, cwd=source, **environment)
    assert result.returncode == 0, result.stdout
    (path,) = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


def extracted(sdist: Path, folder: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(folder)
    (source,) = folder.iterdir()
    return source


def sources() -> Iterator[str]:
    """The files of the package as the wheel names them, without built files and Python's own."""
    for path in PACKAGE.rglob("*"):
        if path.is_file() and not {"__pycache__", "static"} & set(path.parts):
            yield path.relative_to(ROOT).as_posix()


def test_the_wheel_has_everything(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert len(archive.read("vultorch_widget/static/widget.js")) > 10_000
        assert b".vw-root" in archive.read("vultorch_widget/static/widget.css")
    assert set(sources()) <= names
    assert {"vultorch_widget/py.typed", "vultorch_widget/render/shaders/composite.spv"} <= names


def notebooks(archive: Path) -> set[str]:
    """What the notebooks folder of a wheel or an sdist contains, relative to it."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as packed:
            names = packed.namelist()
    else:
        with tarfile.open(archive) as packed:
            names = packed.getnames()
    found = (name.partition("/")[2].partition("notebooks/") for name in names)
    return {inner for before, folder, inner in found if folder and not before}


def committed_notebooks() -> set[str]:
    listed = run("git", "ls-files", "--", ".", cwd=ROOT / "notebooks")
    if listed.returncode != 0:
        pytest.skip(f"needs a clone: {listed.stdout}")
    return set(listed.stdout.split())


def test_the_notebooks_of_the_repository_are_shipped(wheel: Path, sdist: Path) -> None:
    assert len(committed_notebooks()) > 13
    assert notebooks(wheel) == notebooks(sdist) == committed_notebooks()


def test_what_running_notebooks_leaves_is_not_shipped(sdist: Path, tmp_path: Path) -> None:
    source = extracted(sdist, tmp_path)
    for left in (
        "life.mp4",
        "zh/picture.png",
        ".ipynb_checkpoints/01_hello_tensor-checkpoint.ipynb",
        "images/.ipynb_checkpoints/emblem-checkpoint.png",
        "__pycache__/module.pyc",
        "notes.txt",
    ):
        path = source / "notebooks" / left
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("left")
    for kind in ("wheel", "sdist"):
        built = build(kind, source, tmp_path / kind, **without_npm(tmp_path))
        assert notebooks(built) == notebooks(sdist)


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
        metadata = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        text = archive.read(metadata).decode()
    assert tops == {"vultorch_widget", metadata.partition("/")[0]}
    assert "Requires-Dist: torch>=2.4\n" in text  # the pin is for development only
    assert "License-Expression: MIT\n" in text


def test_an_installed_wheel_works(wheel: Path, tmp_path: Path) -> None:
    """From the wheel alone, with the clone out of reach."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import torch, vultorch_widget
assert vultorch_widget.__file__.startswith({str(tmp_path)!r}), vultorch_widget.__file__
view = vultorch_widget.View("Wheel")
view.panel("A").canvas("a").bind(torch.rand(8, 8))
assert len(view.widget._esm) > 10_000 and len(view.widget._css) > 1_000
print(view.backend)
view.close()
"""
    result = run(sys.executable, "-I", "-c", program, cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert result.stdout.strip()


def test_an_sdist_installs_without_npm(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    source = extracted(sdist, tmp_path)
    assert {path.name for path in source.iterdir()} >= TOP_LEVEL
    assert not (source / "js" / "node_modules").exists()
    again = build("wheel", source, tmp_path / "wheel", **without_npm(tmp_path))
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        files = {name for name in one.namelist() if "dist-info" not in name}
        assert {name: other.read(name) for name in files} == {name: one.read(name) for name in files}


def test_without_npm_a_clone_says_what_it_needs(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "js", tmp_path / "js", ignore=shutil.ignore_patterns("node_modules"))
    result = run(sys.executable, tmp_path / "js" / "hatch_build.py", cwd=tmp_path, **without_npm(tmp_path))
    assert result.returncode == 1
    assert "`npm install` in js/ failed" in result.stdout
    assert not (tmp_path / "vultorch_widget").exists()


def test_an_up_to_date_front_end_is_not_built_again(wheel: Path, tmp_path: Path) -> None:
    bundle = PACKAGE / "static" / "widget.js"
    before = bundle.stat().st_mtime_ns
    result = run(sys.executable, ROOT / "js" / "hatch_build.py", cwd=tmp_path, **without_npm(tmp_path))
    assert (result.returncode, result.stdout) == (0, "")
    assert bundle.stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["widget.js", "replay.js", "widget.css"])
def test_what_is_bundled_brings_its_licence_along(name: str) -> None:
    bundle = (PACKAGE / "static" / name).read_text(encoding="utf-8")
    bundled = json.loads((ROOT / "js" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert bundled
    for library, version in bundled.items():
        assert f"{library} {version}\n" in bundle
        licence = ROOT / "js" / "node_modules" / library / "LICENSE"
        if licence.exists():  # not if the bundle came with an sdist
            assert licence.read_text(encoding="utf-8").strip() in bundle
    assert "Copyright (c) 2022 Leon Sorokin" in bundle
    assert "The above copyright notice and this permission notice shall be" in bundle
