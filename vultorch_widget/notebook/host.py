"""Which kind of notebook this runs in, if any, and for which visitor. Imports no notebook library itself."""

from __future__ import annotations

import sys
import threading
from typing import Any

from .cell import in_kernel


def in_notebook() -> bool:
    """Whether a page of Jupyter or marimo may show what this process displays."""
    return in_kernel() or ("marimo" in sys.modules and in_marimo())


def in_marimo() -> bool:
    """Whether this thread runs a marimo notebook in a page. ``python notebook.py`` does not."""
    return bool(_marimo() and _marimo().running_in_notebook())


def show_in_marimo(thing: object) -> None:
    """Shows ``thing`` under the running marimo cell. If the cell ends with an expression, its value replaces it."""
    _marimo().output.append(thing)


def visitor() -> int:
    """Identifies the visitor of a marimo app. One process serves all visitors, each on a separate thread.

    0 everywhere else, because a process there has one user.
    """
    return threading.get_ident() if in_marimo() else 0


def _marimo() -> Any:
    module = sys.modules.get("marimo")
    return module if hasattr(module, "running_in_notebook") else None  # not while it is still being imported
