"""The notebook cell: whether one runs, when it has ended, and how what is printed later still lands under it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
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
    """The event loop that runs on this thread."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def after_cell(callback: Callable[[], None]) -> bool:
    """Calls ``callback`` once when the cell that this was called from has ended, however it ends.

    Returns False, and does not, where no cell is what runs now: outside a kernel, and in a kernel's tasks, timers and
    comm messages, where waiting would be for whichever cell the user runs next.
    """
    shell = _shell()
    if shell is None or not _called_from_cell():
        return False

    # Of IPython's events this one comes for every cell, silent ones too, and after the last await of those that await.
    def once() -> None:
        shell.events.unregister("post_execute", once)
        callback()

    shell.events.register("post_execute", once)
    return True


def _called_from_cell() -> bool:
    """Whether IPython's ``run_code`` is on the stack. No attribute of the shell tells whether a cell runs."""
    frame = sys._getframe()
    while (caller := frame.f_back) is not None:
        frame = caller
        if frame.f_code.co_name == "run_code" and frame.f_globals.get("__name__") == "IPython.core.interactiveshell":
            return True
    return False


class CellOutput:
    """Where the cell that runs now prints and displays. Harmless outside a kernel."""

    def __init__(self) -> None:
        shell = _shell()
        parent = shell.kernel.get_parent("shell") if shell is not None else {}
        self._header: dict[str, Any] = parent.get("header", {})

    @contextmanager
    def here(self) -> Iterator[None]:
        """What is printed, warned or displayed inside lands under the cell where this was made.

        ipykernel sends output with the header of the request that caused it. Only the calling context is pointed at
        the cell, so that other threads, and another cell that is waiting meanwhile, go on printing where they did.
        """
        with ExitStack() as stack:
            for stream in _streams() if self._header else ():
                stack.callback(_point(stream, self._header))
            yield


def _point(stream: Any, header: dict[str, Any]) -> Callable[[], None]:
    """Has ``stream`` send with ``header`` from here on; returns what undoes it."""
    variable = getattr(stream, "_parent_header", None)
    if isinstance(variable, ContextVar):  # the setter of parent_header would change what other threads fall back to
        token = variable.set(header)
        return lambda: variable.reset(token)
    before = stream.parent_header  # ipykernel 6 displays with a plain attribute
    stream.parent_header = header
    return lambda: setattr(stream, "parent_header", before)


def _streams() -> list[Any]:
    shell = _shell()
    if shell is None:
        return []
    candidates = [sys.stdout, sys.stderr, shell.display_pub, shell.displayhook]
    return [candidate for candidate in candidates if hasattr(candidate, "parent_header")]
