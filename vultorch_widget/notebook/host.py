"""Which kind of notebook runs this, if any, and for which of its visitors. Imports nothing that is not imported."""

from __future__ import annotations

import sys
import threading
from typing import Any

from .cell import in_kernel


def in_notebook() -> bool:
    """Whether a page may show what this makes: a Jupyter kernel's, or marimo's."""
    return in_kernel() or in_marimo()


def in_marimo() -> bool:
    """Whether this thread runs a marimo notebook that somebody looks at, which ``python notebook.py`` is not."""
    return bool(_marimo() and _marimo().running_in_notebook())


def show_in_marimo(thing: object) -> None:
    """Shows ``thing`` under the marimo cell that runs. What the cell ends with, if anything, takes its place."""
    _marimo().output.append(thing)


def visitor() -> int:
    """Tells the visitors of a marimo app apart: one process serves them all, each on a thread of their own.

    0 everywhere else, where a process has one user whatever its threads.
    """
    return threading.get_ident() if in_marimo() else 0


def _marimo() -> Any:
    module = sys.modules.get("marimo")
    return module if hasattr(module, "running_in_notebook") else None  # nor one that is only being imported
