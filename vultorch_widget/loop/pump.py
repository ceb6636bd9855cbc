"""Lets a kernel hear its pages while a cell keeps the main thread in a loop.

Where the front end sends comm messages to a kernel subshell, another thread hears them, and it only needs a moment of
the interpreter's lock. Where it does not, they queue with everything else for the main thread; the pump then handles
those that belong to comms, and puts the others (cells to run) back in their order for when the cell has ended.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

INTERVAL = 0.01
"""Seconds between two looks: soon enough for a hand, and a thousandth of the time of a loop."""
_COMM_MESSAGES = {"comm_msg", "comm_close"}


class Pump:
    """Called in every turn of a blocking loop. ``notify`` is told, once, where the kernel cannot be pumped."""

    def __init__(self, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._next = 0.0
        self._kernel: Any = _kernel()
        self._stream: Any = None

    def __call__(self) -> None:
        """Handles the comm messages that wait. Does nothing outside a kernel, or within `INTERVAL` of the last time."""
        now = time.monotonic()
        if self._kernel is None or now < self._next:
            return
        self._next = now + INTERVAL
        time.sleep(0)  # the threads that hear pages get the interpreter's lock, which short torch calls never let go
        stream = self._stream = self._stream or self._find_stream()
        if stream is None:
            return
        while (message := _receive(stream)) is not None:
            self._handle(stream, message)

    def _find_stream(self) -> Any:
        """Where the main thread's share of the shell channel arrives: ipykernel 7 has a thread hand it over."""
        try:
            thread = getattr(self._kernel, "shell_channel_thread", None)
            if thread is None:
                return self._kernel.shell_stream
            return thread.manager.get_shell_channel_to_subshell_pair(None).to_stream
        except AttributeError as error:
            self._kernel = None
            self._notify(
                f"This kernel ({type(error).__name__}: {error}) cannot hear the controls while a cell runs a loop; "
                "use @view.on_frame and view.run() instead of view.step()."
            )
            return None

    def _handle(self, stream: Any, message: list[Any]) -> None:
        session = self._kernel.session
        idents, parts = session.feed_identities(message, copy=False)
        kind = session.deserialize(parts, content=False, copy=False)["header"]["msg_type"]
        if kind in _COMM_MESSAGES:
            handler = self._kernel.shell_handlers[kind]
            handler(stream, idents, session.deserialize(parts, content=True, copy=False))
        else:
            loop = asyncio.get_running_loop()
            loop.call_soon(stream._run_callback, stream._recv_callback, message)


def _receive(stream: Any) -> list[Any] | None:
    import zmq  # noqa: PLC0415 (there is a kernel, so it is loaded)

    try:
        received: list[Any] = stream.socket.recv_multipart(zmq.NOBLOCK, copy=False)
    except zmq.Again:
        return None
    return received


def _kernel() -> Any:
    ipython = sys.modules.get("IPython")
    return getattr(ipython.get_ipython(), "kernel", None) if ipython is not None else None
