"""Runs the tutorial's notebooks for the site, and caches the results until an input changes."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

import vultorch_widget
from vultorch_widget.basics.atomic_file import write
from vultorch_widget.export.execute import execute

PACKAGE = Path(vultorch_widget.__file__).parent


def executed(notebook: Path, kept: Path) -> Path:
    """Returns a file in the folder ``kept`` with the notebook, its outputs and its views' replays.

    The notebook runs in its own folder in a fresh kernel. It does not run again until it, its pictures or the package
    change. Raises CellError if a cell fails.
    """
    result = kept / f"{notebook.parent.name}-{notebook.stem}-{_key(notebook)}.ipynb"
    if not result.exists():
        node = nbformat.read(notebook, as_version=4)
        name, cells = f"{notebook.parent.name}/{notebook.name}", len(node.cells)

        def progress(ended: int) -> None:
            print(f"\rRunning {name}: {ended} of {cells} cells", end="", flush=True)

        execute(node, notebook.parent, progress)
        print()
        for old in kept.glob(f"{notebook.parent.name}-{notebook.stem}-*.ipynb"):
            old.unlink()
        write(result, nbformat.writes(node))
    return result


def _key(notebook: Path) -> str:
    """A hash of everything that affects the notebook's outputs."""
    digest = hashlib.sha256(notebook.read_bytes())
    for picture in sorted(notebook.parent.glob("images/*")):
        digest.update(picture.read_bytes())
    digest.update(_code().encode())
    return digest.hexdigest()[:12]


@cache
def _code() -> str:
    """The package's Python code without comments and docstrings: changes of prose need no new run."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))]
    return "\n".join(ast.dump(_Wordless().visit(tree)) for tree in trees)


class _Wordless(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> Any:
        bare = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if bare else node
