"""Executes a notebook in a fresh kernel, from top to bottom."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat.v4 import new_code_cell

from .terminal import plain

LONGEST = 600
"""Seconds that a kernel may take to start, and that outputs may arrive after the end of their cell. nbclient allows 60
and 4, and then gives up, or goes on without the outputs and says nothing. It notices at once that a kernel has died."""
SIGNALS = signal.SIGINT, signal.SIGTERM

SAVE_ALL = """
import sys as _sys
if "vultorch_widget.api.open_views" in _sys.modules:
    _sys.modules["vultorch_widget.api.open_views"].save_all()
"""

Progress = Callable[[int], None]
"""Called with the number of cells that have ended."""


class CellError(RuntimeError):
    """A cell raised, or the kernel died in it. ``cell`` counts the notebook's cells from 1."""

    def __init__(self, cell: int, source: str, error: str) -> None:
        super().__init__(f"cell {cell} failed: {error.strip().splitlines()[-1] if error.strip() else 'no message'}")
        self.cell = cell
        self.source = source
        self.error = error


class NotExecutedError(RuntimeError):
    """The notebook could not be run at all: for example, the kernel does not exist or does not start."""


def execute(notebook: Any, folder: Path, progress: Progress) -> None:
    """Executes ``notebook`` and replaces its outputs and its widget state.

    Args:
        notebook: A node of nbformat, changed in place.
        folder: The working directory of the kernel.
        progress: Called when a cell has ended.

    Raises CellError, NotExecutedError, or KeyboardInterrupt on Ctrl-C. The kernel has ended when this returns or
    raises.

    """
    current = [0]

    def starts(cell_index: int, **_cell: Any) -> None:
        current[0] = cell_index

    def ended(cell_index: int, **_cell: Any) -> None:
        progress(cell_index + 1)

    client = _Client(
        notebook,
        timeout=None,
        startup_timeout=LONGEST,
        iopub_timeout=LONGEST,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=starts,
        on_cell_executed=ended,
    )
    try:
        client.execute()
    except BaseException as error:
        if client.interrupted:  # nbclient may have turned it into another exception
            raise KeyboardInterrupt from None
        if isinstance(error, CellExecutionError):
            raise CellError(current[0] + 1, _source(notebook, current[0]), plain(error.traceback)) from error
        if isinstance(error, DeadKernelError):
            raise CellError(current[0] + 1, _source(notebook, current[0]), "the kernel died") from error
        raise


class _Client(NotebookClient):
    """Owns a kernel while it runs, and ends when it is interrupted.

    nbclient's own handler ends only the kernel on Ctrl-C, and fails if the kernel does not start.
    """

    interrupted = False

    @asynccontextmanager
    async def async_setup_kernel(self, **options: Any) -> AsyncGenerator[None, None]:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def interrupt() -> None:
            self.interrupted = True
            self.shutdown_kernel = "immediate"
            if task is not None:
                task.cancel()

        # Loops handle signals only on the main thread, and never on Windows. Otherwise Python's default applies.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for number in SIGNALS:
                loop.add_signal_handler(number, interrupt)
        self.create_kernel_manager()
        try:
            await self._start(options)
            yield
        finally:
            if self.km is not None:  # otherwise nbclient has already cleaned up
                await self._async_cleanup_kernel()
            with suppress(NotImplementedError, RuntimeError, ValueError):
                for number in SIGNALS:
                    loop.remove_signal_handler(number)

    async def async_execute_cell(self, cell: Any, cell_index: int, *arguments: Any, **options: Any) -> Any:
        """Executes a cell. After the last one it saves all views again, because their latest changes may be lost."""
        executed = await super().async_execute_cell(cell, cell_index, *arguments, **options)
        python = self.nb.metadata.get("language_info", {}).get("name") == "python"
        if python and cell_index == len(self.nb.cells) - 1:
            self.set_trait("on_cell_start", None)  # the extra cell is not part of the notebook
            self.set_trait("on_cell_executed", None)
            last = new_code_cell(SAVE_ALL, metadata={"tags": ["raises-exception"]})  # type: ignore[no-untyped-call]
            await super().async_execute_cell(last, cell_index, store_history=False)
            self.nb.cells[cell_index] = executed  # restores the cell that it replaced
        return executed

    async def _start(self, options: dict[str, Any]) -> None:
        try:
            await self.async_start_new_kernel(**options)
            await self.async_start_new_kernel_client()
        except Exception as error:  # for example OSError for a missing interpreter
            name = self.nb.metadata.get("kernelspec", {}).get("name")
            if type(error).__name__ == "NoSuchKernel":
                raise NotExecutedError(f"there is no kernel named {name!r}") from error
            raise NotExecutedError(f"the kernel {name!r} does not start: {error}") from error


def _source(notebook: Any, index: int) -> str:
    return str(notebook.cells[index].source)
