"""The notebook cell: whether one is running, when it ends, and how later output still appears under it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any


def _shell() -> Any:
    """The IPython shell of a Jupyter kernel, or None. Never imports IPython itself.

    A process forked from a kernel is not a kernel: the sockets and cells belong to its parent.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    kernel = getattr(shell, "kernel", None)
    return shell if kernel is not None and kernel.session.pid == os.getpid() else None


def kernel() -> Any:
    """The Jupyter kernel that runs in this process, or None."""
    shell = _shell()
    return None if shell is None else shell.kernel


def kernel_id() -> str:
    """The id of the Jupyter kernel that runs in this process, new with every start; empty outside of a kernel."""
    shell = _shell()
    return "" if shell is None else str(shell.kernel.session.session)


def in_kernel() -> bool:
    """Whether this process is a Jupyter kernel."""
    return _shell() is not None


def running_cell() -> tuple[str, str] | None:
    """The ids of the calling cell and of the request that runs it, which differs with each run.

    None outside a cell, and if the front end does not say which cell it is.
    """
    shell = _shell()
    parent = shell.kernel.get_parent("shell") if shell is not None else {}
    cell = parent.get("metadata", {}).get("cellId")
    return (cell, parent["header"]["msg_id"]) if cell else None


def request_id() -> str:
    """The id of the request that the kernel is handling, or an empty text."""
    shell = _shell()
    return str(shell.kernel.get_parent("shell").get("header", {}).get("msg_id", "")) if shell is not None else ""


def is_result() -> bool:
    """Whether what is being displayed is the value of the running cell, rather than something the cell displays."""
    return getattr(getattr(_shell(), "displayhook", None), "msg", None) is not None


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop running on this thread, or None."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def after_cell(callback: Callable[[], None]) -> bool:
    """Calls ``callback`` once, when the calling cell has ended, however it ends.

    Returns False and does nothing if no cell is calling: outside a kernel, and in tasks, timers and comm messages of a
    kernel. There, the callback would fire after whichever cell the user runs next.
    """
    shell = _shell()
    if shell is None or not in_cell():
        return False

    # `post_execute` is the only IPython event that fires for every cell, silent ones too, and after its last await.
    # It also fires for comm messages, which may arrive while the cell runs.
    def once() -> None:
        if _runs("handle_msg", "comm.base_comm"):
            return
        shell.events.unregister("post_execute", once)
        callback()

    shell.events.register("post_execute", once)
    return True


def before_cells(callback: Callable[[], object]) -> Callable[[], None]:
    """Calls ``callback`` as each cell begins, until the returned function is called. Does nothing outside a kernel."""
    shell = _shell()
    if shell is None:
        return lambda: None

    def begins(_cell: Any) -> None:
        callback()

    shell.events.register("pre_run_cell", begins)
    return lambda: shell.events.unregister("pre_run_cell", begins)


def in_cell() -> bool:
    """Whether the caller is the code of a cell. Tasks that a cell has created do not count."""
    return _shell() is not None and _runs("run_code", "IPython.core.interactiveshell")


def end_quietly(kind: type[BaseException], say: Callable[[], str]) -> None:
    """Lets an exception of this ``kind`` end the running cell with the line ``say()`` instead of a traceback.

    The cell counts as successful, so the cells queued behind it run too.
    """
    shell = _shell()
    if shell is None:
        return
    before = shell.custom_exceptions, shell.CustomTB

    def told(_shell: Any, _kind: Any, _error: Any, _traceback: Any, tb_offset: Any = None) -> list[str]:  # noqa: ARG001
        print(say())  # noqa: T201 (the cell's output)
        return []

    def ended(result: Any) -> None:
        shell.events.unregister("post_run_cell", ended)
        shell.custom_exceptions, shell.CustomTB = before
        if isinstance(getattr(result, "error_in_exec", None), kind):
            result.error_in_exec = None

    shell.set_custom_exc((kind,), told)
    shell.events.register("post_run_cell", ended)


def _runs(function: str, module: str) -> bool:
    """Whether ``function`` of ``module`` is on the call stack."""
    frame = sys._getframe()
    while (caller := frame.f_back) is not None:
        frame = caller
        if frame.f_code.co_name == function and frame.f_globals.get("__name__") == module:
            return True
    return False


class CellOutput:
    """The output area of the running cell. Does nothing outside a kernel."""

    def __init__(self) -> None:
        self._shell = _shell()
        parent = self._shell.kernel.get_parent("shell") if self._shell is not None else {}
        self._header: dict[str, Any] = parent.get("header", {})
        self._standard: tuple[Any, Any] | None = None  # the stdout and stderr that `_streams` was made from
        self._streams: list[_Stream] = []

    def here(self) -> AbstractContextManager[None]:
        """Sends everything printed, warned or displayed inside to the cell where this was made.

        ipykernel sends output with the header of the request that caused it. Only the calling context is redirected:
        other threads, and another cell that is waiting, keep printing where they did.
        """
        if not self._header:
            return _NOTHING
        if self._standard != (sys.stdout, sys.stderr):  # a program may have replaced them
            self._standard = sys.stdout, sys.stderr
            self._streams = [_Stream(stream) for stream in self._candidates() if hasattr(stream, "parent_header")]
        elsewhere = [stream for stream in self._streams if stream.header != self._header]
        return _pointed(elsewhere, self._header) if elsewhere else _NOTHING

    def _candidates(self) -> list[Any]:
        return [sys.stdout, sys.stderr, self._shell.display_pub, self._shell.displayhook]


_NOTHING = nullcontext()


class _Stream:
    """One of ipykernel's streams, and the request that its output belongs to."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        variable = getattr(stream, "_parent_header", None)  # ipykernel 6 displays with a plain attribute
        self._variable = variable if isinstance(variable, ContextVar) else None

    @property
    def header(self) -> Any:
        return self._stream.parent_header if self._variable is None else self._variable.get(None)

    def point(self, header: dict[str, Any]) -> Callable[[], None]:
        """From now on, sends with ``header``. Returns a function that undoes it."""
        variable, before = self._variable, self.header
        if variable is not None:  # the setter of parent_header would change the default of other threads
            token = variable.set(header)
            return lambda: variable.reset(token)
        self._stream.parent_header = header
        return lambda: setattr(self._stream, "parent_header", before)


@contextmanager
def _pointed(streams: Iterable[_Stream], header: dict[str, Any]) -> Iterator[None]:
    with ExitStack() as stack:
        for stream in streams:
            stack.callback(stream.point(header))
        yield
