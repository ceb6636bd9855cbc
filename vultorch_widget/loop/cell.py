"""The notebook cell: whether there is one, when it has ended, and how what is printed later still lands under it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def _shell() -> Any:
    """The IPython shell of a Jupyter kernel; None elsewhere. Imports nothing that is not imported."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if getattr(shell, "kernel", None) is not None else None


def in_kernel() -> bool:
    """Whether this is the process of a Jupyter kernel."""
    return _shell() is not None


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs in this thread: a notebook's. None in a script."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def after_cell(callback: Callable[[], None]) -> bool:
    """Calls ``callback`` once when the cell that runs has ended. Returns False, and does not, outside a kernel."""
    shell = _shell()
    if shell is None:
        return False

    def once(*_: object) -> None:
        shell.events.unregister("post_run_cell", once)
        callback()

    shell.events.register("post_run_cell", once)
    return True


class CellOutput:
    """Where the cell that runs now prints and displays. Harmless outside a kernel."""

    def __init__(self) -> None:
        self._parents = [(stream, stream.parent_header) for stream in _streams()]

    @contextmanager
    def here(self) -> Iterator[None]:
        """What is printed or displayed inside lands under the cell where this was made.

        ipykernel sends output with the header of the request that caused it, which its streams look up in a context
        variable (since 7) or an attribute (before), both behind ``parent_header``.
        """
        before = [(stream, stream.parent_header) for stream, _ in self._parents]
        for stream, parent in self._parents:
            stream.parent_header = parent
        try:
            yield
        finally:
            for stream, parent in before:
                stream.parent_header = parent


def _streams() -> list[Any]:
    shell = _shell()
    if shell is None:
        return []
    candidates = [sys.stdout, sys.stderr, shell.display_pub]
    return [candidate for candidate in candidates if hasattr(candidate, "parent_header")]
