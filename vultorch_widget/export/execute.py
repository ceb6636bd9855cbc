"""Runs a notebook in a fresh kernel, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from .terminal import plain

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
    """The notebook could not be run at all: there is no such kernel, say."""


def execute(notebook: Any, folder: Path, progress: Progress) -> None:
    """Runs ``notebook`` (a node of nbformat), whose outputs and widget state are then those of this run.

    Args:
        notebook: Changed in place.
        folder: In which its kernel is started.
        progress: Called as cells end.

    Raises CellError and NotExecutedError. The kernel is gone when this returns, however it does.

    """
    current = [0]

    def starts(cell_index: int, **_cell: Any) -> None:
        current[0] = cell_index

    def ended(cell_index: int, **_cell: Any) -> None:
        progress(cell_index + 1)

    client = NotebookClient(
        notebook,
        timeout=None,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=starts,
        on_cell_executed=ended,
    )
    client.create_kernel_manager()  # else nbclient stumbles over its absence where there is no such kernel
    try:
        client.execute()
    except CellExecutionError as error:
        raise CellError(current[0] + 1, _source(notebook, current[0]), plain(error.traceback)) from error
    except DeadKernelError as error:
        raise CellError(current[0] + 1, _source(notebook, current[0]), "the kernel died") from error
    except Exception as error:
        if type(error).__name__ != "NoSuchKernel":
            raise
        raise NotExecutedError(
            f"there is no kernel named {notebook.metadata.get('kernelspec', {}).get('name')!r}"
        ) from error


def _source(notebook: Any, index: int) -> str:
    return str(notebook.cells[index].source)
