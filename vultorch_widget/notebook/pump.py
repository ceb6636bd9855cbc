"""Lets a kernel hear its pages while a cell keeps the main thread in a loop.

Where the front end sends comm messages to a kernel subshell, another thread hears them, and it only needs a moment of
the interpreter's lock. Where it does not, they queue with everything else for the main thread; the pump then handles
those that belong to comms, and gives the others (cells to run) back to the kernel in their order. A page that is opened
meanwhile asks which kernel this is, and which comms there are, before it shows any widget: that is answered as well.

It cannot take back what the kernel had taken off its socket before the cell began: the message right behind the cell in
the queue, and whatever came while the cell awaited something. Those are handled when the cell has ended. But what they
ask, so that a page can open, is answered at once; the kernel answers again later, which nobody waits for any more.
"""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from .cell import kernel, running_loop
from .host import in_marimo

INTERVAL = 0.025
"""Seconds between two looks: soon enough for a hand. One takes 130 µs on two busy cores, 100 of them to let go of the
interpreter's lock: 0.5% of a loop."""
DEAF = (
    "marimo hears its pages between cells only, so that this loop shows nothing before it has ended; "
    "use @view.on_frame and view.run() instead of view.step()"
)
_QUESTIONS = {"comm_info_request", "kernel_info_request"}
_HANDLED = {"comm_open", "comm_msg", "comm_close", *_QUESTIONS}


class Pump:
    """Called in every turn of a blocking loop. ``notify`` is told, once, where the kernel cannot be pumped."""

    def __init__(self, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._next = 0.0
        self._kernel: Any = kernel()
        self._stream: Any = None
        self._deaf = in_marimo()  # and nobody was told yet

    def close(self) -> None:
        """Hears nothing from here on: this process was forked from the kernel's, whose sockets these are."""
        self._kernel, self._deaf = None, False

    def __call__(self) -> None:
        """Handles the comm messages that wait. Does nothing outside a kernel, or within `INTERVAL` of the last time.

        In a cell that a subshell runs it does nothing either: what waits there belongs to the main thread.
        """
        if self._deaf:
            self._deaf = False
            warnings.warn(DEAF, stacklevel=5)  # where the loop is
        now = time.monotonic()
        if self._kernel is None or now < self._next or threading.current_thread() is not threading.main_thread():
            return
        self._next = now + INTERVAL
        time.sleep(0)  # the threads that hear pages get the interpreter's lock, which short torch calls never let go
        stream = self._stream = self._stream or self._find_stream()
        if stream is None or not _receivable(stream):
            return
        try:
            while (message := self._next_message(stream)) is not None:
                self._handle(stream, message)
        finally:
            # The socket tells of what arrives only once, and that was taken; the kernel looks again when the cell ends.
            stream.io_loop.add_callback(stream._handle_events, stream.socket, 0)

    def begin(self) -> None:
        """Answers what waits from before the loop. To be called in each cell, before its first turn."""
        if self._kernel is None or threading.current_thread() is not threading.main_thread():
            return
        stream = self._stream = self._stream or self._find_stream()
        if stream is not None:
            for message in _taken():
                if self._kind(message) in _QUESTIONS:
                    self._handle(stream, message)
                    _, parts = self._kernel.session.feed_identities(message, copy=False)
                    self._kernel.session.digest_history.discard(parts[0].bytes)  # or the kernel calls it a replay

    def _find_stream(self) -> Any:
        """Where the main thread's share of the shell channel arrives: ipykernel 7 has a thread hand it over."""
        from zmq.eventloop.zmqstream import ZMQStream  # noqa: PLC0415 (there is a kernel, so it is loaded)

        try:
            thread = getattr(self._kernel, "shell_channel_thread", None)
            if thread is None:
                stream = self._kernel.shell_stream
            else:
                stream = thread.manager.get_shell_channel_to_subshell_pair(None).to_stream
            if isinstance(stream, ZMQStream):
                return stream
            reason = f"its shell channel is {stream!r}"
        except AttributeError as error:
            reason = str(error)
        kernel, self._kernel = type(self._kernel).__name__, None
        self._notify(
            f"This kernel ({kernel}: {reason}) cannot hear the controls while a cell runs a loop; "
            "use @view.on_frame and view.run() instead of view.step()."
        )
        return None

    def _next_message(self, stream: Any) -> list[Any] | None:
        """Takes the next message to handle off the socket; what lies before it goes back to the kernel."""
        with _interrupts_held():  # between taking a message and giving it back, it would be lost
            while (message := _receive(stream)) is not None:
                if self._kind(message) in _HANDLED:
                    return message
                # As the stream would have done, but when the cell has ended.
                stream.io_loop.add_callback(stream._run_callback, stream._recv_callback, message)
        return None

    def _kind(self, message: list[Any]) -> str:
        """The type of a message; "" for one that is not well formed, such as the kernel's own signals to itself."""
        session = self._kernel.session
        try:
            _, parts = session.feed_identities(message, copy=False)
            return str(session.deserialize(parts, content=False, copy=False)["header"]["msg_type"])
        except (ValueError, TypeError, KeyError):  # the kernel will complain of it
            return ""

    def _handle(self, stream: Any, message: list[Any]) -> None:
        kernel = self._kernel
        idents, parts = kernel.session.feed_identities(message, copy=False)
        received = kernel.session.deserialize(parts, content=True, copy=False)
        line = self._reply_line(stream)
        handling = kernel.shell_handlers[received["header"]["msg_type"]](line, idents, received)
        if inspect.iscoroutine(handling):
            _finish(handling)
        if hasattr(line, "flush"):  # a stream sends when its loop comes to it
            line.flush()
        # A page sends the next value of an ipywidgets control only when the kernel was idle after the one before.
        kernel._publish_status("idle", "shell", received)
        kernel._publish_status("busy", "shell")

    def _reply_line(self, stream: Any) -> Any:
        """Where answers go out: ipykernel 7 has a thread send them."""
        thread = getattr(self._kernel, "shell_channel_thread", None)
        return stream if thread is None else thread.manager.get_subshell_to_shell_channel_socket(None)


def _taken() -> Iterator[list[Any]]:
    """The messages that ipykernel has taken and not begun to handle: each is an argument of a coroutine that waits."""
    loop = running_loop()
    for coroutine in [task.get_coro() for task in asyncio.all_tasks(loop)] if loop is not None else []:
        if not inspect.iscoroutine(coroutine):
            continue
        state, given = inspect.getcoroutinestate(coroutine), inspect.getcoroutinelocals(coroutine)
        if coroutine.__name__ == "shell_main" and state != inspect.CORO_RUNNING:  # as that of the cell itself
            yield given["msg"]
        elif coroutine.__name__ == "run_in_context" and state == inspect.CORO_CREATED:  # about to call that
            yield given["args"][-1]


def _finish(handling: Coroutine[Any, None, Any]) -> None:
    """Runs a handler that is a coroutine by name only: none of those for `_HANDLED` waits for anything."""
    try:
        handling.send(None)
    except StopIteration:
        return
    handling.close()


def _receivable(stream: Any) -> bool:
    """Whether a message waits."""
    import zmq  # noqa: PLC0415 (there is a kernel, so it is loaded)

    return bool(stream.socket.getsockopt(zmq.EVENTS) & zmq.POLLIN)


def _receive(stream: Any) -> list[Any] | None:
    import zmq  # noqa: PLC0415

    try:
        received: list[Any] = stream.socket.recv_multipart(zmq.NOBLOCK, copy=False)
    except zmq.Again:
        return None
    return received


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """An interrupt that comes inside is raised at the end. On the main thread."""
    held: list[tuple[int, Any]] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: held.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held and callable(before):
            before(*held[0])
