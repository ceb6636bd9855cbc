"""Handles comm messages while a cell keeps the main thread in a loop.

If the front end sends comm messages to a kernel subshell, another thread handles them, and needs the interpreter's lock
only for a moment. Otherwise they queue for the main thread with everything else. The pump then handles the comm
messages and gives the rest (cells to run) back to the kernel, in order. A page that opens meanwhile asks which kernel
this is and which comms exist before it shows a widget; the pump answers that too.

Some messages are out of its reach: the one right behind the cell in the queue, and those that arrived while the cell
awaited something. The kernel has already taken them off its socket, and handles them when the cell has ended. The pump
answers the questions among them at once, so a page can open; the kernel's later answers reach nobody.
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
"""Seconds between two checks of the socket, short enough for a user. A check takes 130 µs on two busy cores, 100 of
them to release the interpreter's lock: 0.5% of a loop."""
DEAF = (
    "marimo hears its pages only between cells, so this loop shows nothing until it has ended; "
    "use @view.on_frame and view.run() instead of view.step()"
)
_QUESTIONS = {"comm_info_request", "kernel_info_request"}
_OUTGOING = 2  # zmq.POLLOUT, which is not loaded where there is no kernel
_HANDLED = {"comm_open", "comm_msg", "comm_close", *_QUESTIONS}


class Pump:
    """Call it in every iteration of a blocking loop. ``notify`` gets one sentence if the kernel cannot be pumped."""

    def __init__(self, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._next = 0.0
        self._kernel: Any = kernel()
        self._stream: Any = None
        self._deaf = in_marimo()  # and the user has not been warned yet

    def close(self) -> None:
        """Stops handling messages: this process was forked, and the sockets are its parent's."""
        self._kernel, self._deaf = None, False

    def __call__(self) -> None:
        """Handles the comm messages that are waiting.

        Does nothing outside a kernel, within `INTERVAL` of the last call, or in a cell of a subshell, where the
        messages belong to the main thread.
        """
        if self._deaf:
            self._deaf = False
            warnings.warn(DEAF, stacklevel=5)  # points at the loop
        now = time.monotonic()
        if self._kernel is None or now < self._next or threading.current_thread() is not threading.main_thread():
            return
        self._next = now + INTERVAL
        time.sleep(
            0
        )  # give the interpreter's lock to the threads that handle pages: short torch calls never release it
        stream = self._stream = self._stream or self._find_stream()
        if stream is None or not _receivable(stream):
            return
        try:
            while self._handle_next(stream):
                pass
        finally:
            # The socket signals an arrival only once, and we consumed that signal. Make the kernel check after the
            # cell.
            stream.io_loop.add_callback(stream._handle_events, stream.socket, 0)

    def begin(self) -> None:
        """Answers questions from before the loop. Call it once in each cell, before the first iteration."""
        if self._kernel is None or threading.current_thread() is not threading.main_thread():
            return
        stream = self._stream = self._stream or self._find_stream()
        if stream is not None:
            for message in (*_queued(self._kernel), *_taken()):
                if self._kind(message) in _QUESTIONS:
                    self._handle(stream, message)
                    _, parts = self._kernel.session.feed_identities(message, copy=False)
                    self._kernel.session.digest_history.discard(
                        parts[0].bytes
                    )  # or the kernel mistakes its own turn for a replay attack

    def _find_stream(self) -> Any:
        """The stream on which the main thread gets its shell messages. In ipykernel 7, a thread forwards them to it."""
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

    def _handle_next(self, stream: Any) -> bool:
        """Handles the next message meant for the pump, and gives those before it back to the kernel.

        Returns whether there was one.
        """
        with _interrupts_held():  # an interrupt between taking a message and its handler would lose it
            while (message := _receive(stream)) is not None:
                if self._kind(message) in _HANDLED:
                    self._handle(stream, message)
                    return True
                # What the stream would have done, but after the cell.
                stream.io_loop.add_callback(stream._run_callback, stream._recv_callback, message)
        return False

    def _kind(self, message: list[Any]) -> str:
        """The type of a message, or "" if it is malformed, as the kernel's signals to itself are."""
        session = self._kernel.session
        try:
            _, parts = session.feed_identities(message, copy=False)
            return str(session.deserialize(parts, content=False, copy=False)["header"]["msg_type"])
        except (ValueError, TypeError, KeyError):  # the kernel will report it
            return ""

    def _handle(self, stream: Any, message: list[Any]) -> None:
        kernel = self._kernel
        idents, parts = kernel.session.feed_identities(message, copy=False)
        received = kernel.session.deserialize(parts, content=True, copy=False)
        line = self._reply_line(stream)
        handling = kernel.shell_handlers[received["header"]["msg_type"]](line, idents, received)
        if inspect.iscoroutine(handling):
            _finish(handling)
        if hasattr(line, "flush"):  # a stream only sends when its loop runs
            line.flush(_OUTGOING)  # without the flag it would also receive what arrives, and queue it behind the cell
        # A page sends the next value of an ipywidgets control only after the kernel has gone idle.
        kernel._publish_status("idle", "shell", received)
        kernel._publish_status("busy", "shell")

    def _reply_line(self, stream: Any) -> Any:
        """Where answers go out. In ipykernel 7, a thread sends them."""
        thread = getattr(self._kernel, "shell_channel_thread", None)
        return stream if thread is None else thread.manager.get_subshell_to_shell_channel_socket(None)


def _queued(kernel: Any) -> list[list[Any]]:
    """The messages that ipykernel 6 has taken but not begun to handle: its queue has (number, handler, arguments)."""
    queue = getattr(getattr(kernel, "msg_queue", None), "_queue", ())
    return [arguments[0] for _, _, arguments in queue if arguments]


def _taken() -> Iterator[list[Any]]:
    """The messages that ipykernel 7 has taken but not begun to handle: arguments of its waiting coroutines."""
    loop = running_loop()
    for coroutine in [task.get_coro() for task in asyncio.all_tasks(loop)] if loop is not None else []:
        if not inspect.iscoroutine(coroutine):
            continue
        state, given = inspect.getcoroutinestate(coroutine), inspect.getcoroutinelocals(coroutine)
        if coroutine.__name__ == "shell_main" and state != inspect.CORO_RUNNING:  # the cell's own is running
            yield given["msg"]
        elif coroutine.__name__ == "run_in_context" and state == inspect.CORO_CREATED:  # about to call shell_main
            yield given["args"][-1]


def _finish(handling: Coroutine[Any, None, Any]) -> None:
    """Runs a coroutine handler to its end. No handler for `_HANDLED` awaits anything."""
    try:
        handling.send(None)
    except StopIteration:
        return
    handling.close()


def _receivable(stream: Any) -> bool:
    """Whether a message is waiting."""
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
    """Delays an interrupt until the end of the block; a second one ends a block that hangs. Main thread only."""
    held: list[tuple[int, Any]] = []

    def hold(number: int, frame: Any) -> None:
        held.append((number, frame))
        if len(held) > 1 and callable(before):
            before(number, frame)

    before = signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held and callable(before):
            before(*held[0])
