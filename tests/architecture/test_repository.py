"""What is in the repository, and what its built files were built from."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
SHADERS = ROOT / "vultorch_widget" / "render" / "shaders"
TOP_LEVEL = {
    "pyproject.toml", "vultorch_widget", "js", "notebooks", "tests",
    "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile",
}  # fmt: skip


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """The files that git tracks in this clone and that exist."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).exists()]


def test_the_top_level_is_tidy(tracked: list[Path]) -> None:
    tops = {path.relative_to(ROOT).parts[0] for path in tracked}
    assert {name for name in tops if not name.startswith(".")} <= TOP_LEVEL


def test_nothing_built_is_kept(tracked: list[Path]) -> None:
    names = [path.relative_to(ROOT).as_posix() for path in tracked]
    assert [name for name in names if re.search(r"(^|/)(node_modules|static|__pycache__|dist)/", name)] == []


def test_no_file_knows_where_it_was_written(tracked: list[Path]) -> None:
    """A path from somebody's machine in a file works on that machine only."""
    personal = re.compile(rb"(?<![\w.$}])/(home|root|Users|work)/\w")
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in tracked
        for match in [personal.search(path.read_bytes())]
        if match
    ]
    assert found == []


def test_notebooks_are_kept_without_their_machine() -> None:
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        assert '"iopub.execute_input"' not in path.read_text(encoding="utf-8"), f"{path.name}: execution times are kept"


def recorded(path: Path) -> tuple[str, dict[str, str]]:
    """The compiler's name and version and the hash of each file, as stored in a ``.sha256`` beside a shader."""
    lines = path.read_text(encoding="utf-8").splitlines()
    compiler = "\n".join(line.removeprefix("# ") for line in lines if line.startswith("#"))
    hashes = dict(reversed(line.split()) for line in lines if not line.startswith("#"))
    return compiler, hashes


SOURCES = sorted(SHADERS.glob("*.comp"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_spirv_was_built_from_this_source(source: Path) -> None:
    binary = source.with_suffix(".spv")
    _, hashes = recorded(source.with_suffix(".sha256"))
    now = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (source, binary)}
    assert hashes == now, "run `make shaders`"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_spirv_is_what_the_compiler_makes(source: Path, tmp_path: Path) -> None:
    """Any glslc compiles the shader; the version that built the SPIR-V reproduces it bit for bit."""
    if shutil.which("glslc") is None:
        pytest.skip("glslc is not installed: apt-get install glslc")
    made = tmp_path / "made.spv"
    subprocess.run(["glslc", "-O", "--target-env=vulkan1.2", source, "-o", made], check=True, timeout=PATIENCE)
    version = subprocess.run(
        ["glslc", "--version"], capture_output=True, text=True, check=True, timeout=PATIENCE
    ).stdout
    compiler, _ = recorded(source.with_suffix(".sha256"))
    binary = source.with_suffix(".spv").read_bytes()
    assert made.read_bytes()[:4] == binary[:4] == (0x07230203).to_bytes(4, "little")
    if compiler == version.partition("\n\n")[0]:
        assert made.read_bytes() == binary, "run `make shaders`"


def test_there_are_shaders() -> None:
    assert [path.name for path in SOURCES] == ["composite.comp"]
    assert sorted(path.stem for path in SHADERS.glob("*.spv")) == [path.stem for path in SOURCES]


def test_tests_reach_a_view_by_one_seam() -> None:
    """``view._parts`` leads to everything behind a view. IPython's and marimo's own hooks count as public."""
    private = re.compile(r"\bview\._(?!parts\b|repr_mimebundle_|ipython_display_|display_)\w+")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for match in private.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
