"""Builds the site (`make docs`) in English and Chinese."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
from execution import executed

from vultorch_widget.export.saved_views import saved_views

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LANGUAGES = {"en": "en", "zh": "zh_CN"}
"""Folders of pages, with Sphinx's names of their languages. The first is the site's root."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    place = ROOT / "build" / "docs"
    parser.add_argument("--out", type=Path, default=place, help="folder of the site and its build files")
    parser.add_argument("--notebooks", type=Path, default=ROOT / "notebooks", help="folder of the tutorial")
    parser.add_argument("--quick", action="store_true", help="do not run the notebooks: show them as they are")
    options = parser.parse_args()
    out, folder = options.out.resolve(), options.notebooks.resolve()
    kept = out / "executed"
    kept.mkdir(parents=True, exist_ok=True)
    site, builds = out / "site", []
    for language, name in LANGUAGES.items():
        source = out / "source" / language
        pages = {}
        for notebook in notebooks(folder, language):
            pages[notebook] = notebook if options.quick else executed(notebook, kept)
        fresh(source, dict(sources(language)) | dict(pictures(folder)) | dict(tutorial(pages)))
        target = site if source.name == next(iter(LANGUAGES)) else site / language
        builds.append(sphinx(source, target, out / "doctrees" / language, name))
    codes = [build.wait() for build in builds]
    if any(codes):
        sys.exit(1)
    print(f"\nThe site: {site / 'index.html'}")


def notebooks(folder: Path, language: str) -> Iterator[Path]:
    """Yields the tutorial's notebooks in order, translated into ``language`` if there is a translation."""
    for notebook in sorted(folder.glob("*.ipynb")):
        translated = folder / language / notebook.name
        yield translated if translated.exists() else notebook


def sources(language: str) -> Iterator[tuple[str, bytes]]:
    """Yields (path, content) of the handwritten pages, and of the page that the command line generates."""
    for folder, prefix in ((HERE / language, ""), (HERE / "reference", "reference/")):
        for path in sorted([*folder.rglob("*.md"), *folder.rglob("*.po")]):
            yield prefix + path.relative_to(folder).as_posix(), path.read_bytes()
    for name in ("README.md", "CHANGELOG.md"):
        yield f"included/{name}", (ROOT / name).read_bytes()
    yield "included/commands.md", commands()


@cache
def commands() -> bytes:
    """The help of the command line as Markdown."""
    command = [sys.executable, "-m", "typer", "vultorch_widget.cli.main", "utils", "docs", "--name", "vultorch-widget"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout


def pictures(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yields (path, content) of the notebooks' pictures, twice: translations refer to the parent folder."""
    for path in sorted((folder / "images").iterdir()):
        yield f"images/{path.name}", path.read_bytes()
        yield f"tutorial/images/{path.name}", path.read_bytes()


def tutorial(pages: dict[Path, Path]) -> Iterator[tuple[str, bytes]]:
    """Yields (path, content) of the notebooks as shown and as downloaded, and of their last pictures."""
    for notebook, shown in pages.items():
        yield f"tutorial/{notebook.name}", shown.read_bytes()
        yield f"downloads/{notebook.name}", notebook.read_bytes()
        views = saved_views(nbformat.read(shown, as_version=4).metadata).values()
        for kind, picture in [view.picture for view in views if view.picture][:1]:
            assert kind == "image/png"
            yield f"tutorial/pictures/{notebook.stem}.png", picture


def fresh(folder: Path, files: dict[str, bytes]) -> None:
    """Makes ``folder`` contain exactly ``files``. Equal files are not touched: Sphinx compares modification times."""
    for old in [path for path in folder.rglob("*") if path.is_file()]:
        if old.relative_to(folder).as_posix() not in files and old.suffix != ".mo":  # Sphinx compiles .mo from .po
            old.unlink()
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def sphinx(source: Path, target: Path, doctrees: Path, language: str) -> subprocess.Popen[bytes]:
    """Starts the build of one language. Warnings are errors."""
    options = ["-b", "html", "-c", HERE, "-d", doctrees, "-D", f"language={language}", "-W", "--keep-going", "-q"]
    return subprocess.Popen([sys.executable, "-m", "sphinx", *map(str, options), source, target])


if __name__ == "__main__":
    main()
