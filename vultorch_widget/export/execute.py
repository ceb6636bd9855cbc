"""Runs a notebook in a fresh kernel, from top to bottom."""

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

SIGNALS = signal.SIGINT, signal.SIGTERM

SAVE_ALL = """
import sys as _sys
if "vultorch_widget.api.open_views" in _sys.modules:
    _sys.modules["vultorch_widget.api.open_views"].save_all()
"""

Progress = Callable[[int], None]
"""Told how many cells have ended."""


class CellError(RuntimeError):
    """A cell raised, or the kernel died in it. ``cell`` counts the notebook's cells from 1."""

    def __init__(self, cell: int, source: str, error: str) -> None:
        super().__init__(f"cell {cell} failed: {error.strip().splitlines()[-1] if error.strip() else 'no message'}")
        self.cell = cell
        self.source = source
        self.error = error


class NotExecutedError(RuntimeError):
    """The notebook could not be run at all: there is no such kernel, say, or it does not start."""


def execute(notebook: Any, folder: Path, progress: Progress) -> None:
    """Runs ``notebook`` (a node of nbformat), whose outputs and widget state are then those of this run.

    Args:
        notebook: Changed in place.
        folder: In which its kernel is started.
        progress: Called as cells end.

    Raises CellError and NotExecutedError, and KeyboardInterrupt at Ctrl-C. The kernel is gone when this returns,
    however it does.

    """
    current = [0]

    def starts(cell_index: int, **_cell: Any) -> None:
        current[0] = cell_index

    def ended(cell_index: int, **_cell: Any) -> None:
        progress(cell_index + 1)

    client = _Client(
        notebook,
        timeout=None,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=starts,
        on_cell_executed=ended,
    )
    try:
        client.execute()
    except BaseException as error:
        if client.interrupted:  # whatever that looked like to nbclient
            raise KeyboardInterrupt from None
        if isinstance(error, CellExecutionError):
            raise CellError(current[0] + 1, _source(notebook, current[0]), plain(error.traceback)) from error
        if isinstance(error, DeadKernelError):
            raise CellError(current[0] + 1, _source(notebook, current[0]), "the kernel died") from error
        raise


class _Client(NotebookClient):
    """Has a kernel for as long as it runs, and ends when it is interrupted.

    nbclient's own way of it has Ctrl-C end the kernel and nothing else, and stumbles over kernels that do not start.
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

        # Only the main thread hears signals, and on Windows the loop does not: there, Python's own way is left.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for number in SIGNALS:
                loop.add_signal_handler(number, interrupt)
        self.create_kernel_manager()
        try:
            await self._start(options)
            yield
        finally:
            if self.km is not None:  # else nbclient has cleaned up itself
                await self._async_cleanup_kernel()
            with suppress(NotImplementedError, RuntimeError, ValueError):
                for number in SIGNALS:
                    loop.remove_signal_handler(number)

    async def async_execute_cell(self, cell: Any, cell_index: int, *arguments: Any, **options: Any) -> Any:
        """The same, and after the last cell the views are saved once more: what they showed since may not be heard."""
        executed = await super().async_execute_cell(cell, cell_index, *arguments, **options)
        python = self.nb.metadata.get("language_info", {}).get("name") == "python"
        if python and cell_index == len(self.nb.cells) - 1:
            self.set_trait("on_cell_start", None)  # this one is none of the notebook's
            self.set_trait("on_cell_executed", None)
            last = new_code_cell(SAVE_ALL, metadata={"tags": ["raises-exception"]})  # type: ignore[no-untyped-call]
            await super().async_execute_cell(last, cell_index, store_history=False)
            self.nb.cells[cell_index] = executed  # whose place it took
        return executed

    async def _start(self, options: dict[str, Any]) -> None:
        try:
            await self.async_start_new_kernel(**options)
            await self.async_start_new_kernel_client()
        except Exception as error:  # what the system says of an interpreter that is gone, for one
            name = self.nb.metadata.get("kernelspec", {}).get("name")
            if type(error).__name__ == "NoSuchKernel":
                raise NotExecutedError(f"there is no kernel named {name!r}") from error
            raise NotExecutedError(f"the kernel {name!r} does not start: {error}") from error


def _source(notebook: Any, index: int) -> str:
    return str(notebook.cells[index].source)
