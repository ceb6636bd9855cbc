"""The anywidget that stands in the notebook: two comms, and nothing that knows what is sent over them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import comm
import ipywidgets
import traitlets
from IPython.display import DisplayHandle, display

from .host import in_marimo, show_in_marimo
from .kept import Kept

_STATIC = Path(__file__).parents[1] / "static"

Receive = Callable[[object, Sequence[memoryview]], None]
"""Takes what a page sent: a message and its binary buffers. May be called on any thread."""


@cache
def _asset(name: str) -> str:
    # As text: a Path would make anywidget watch the file, and its watcher keeps every widget instance alive.
    path = _STATIC / name
    if not path.exists():
        raise FileNotFoundError(f"the front end is not built: {path} is missing. Run `make setup`, or reinstall.")
    return path.read_text(encoding="utf-8")


class InputWidget(ipywidgets.Widget):  # type: ignore[misc]
    """The invisible second model, on which pages speak to the kernel.

    ipykernel (7.1 and later) hands what arrives on a comm to the shell that last sent on it. A comm on which the main
    loop never sends keeps the subshell that the front end chose, so that a control is heard even while a cell runs.
    """

    def __init__(self, receive: Receive) -> None:
        super().__init__()
        self._forget_sending()  # opening the comm was that, and every answer would come to the main loop
        self._receive: Receive | None = receive
        self.on_msg(self._on_message)

    def _on_message(self, _widget: object, content: object, buffers: Sequence[memoryview]) -> None:
        if self._receive is not None:
            self._receive(content, buffers)

    def answer(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Sends one message, and leaves it to pages which thread hears them next. Does nothing once closed."""
        if self._receive is not None and self.comm is not None:
            self.send(content, buffers)
            self._forget_sending()

    def _forget_sending(self) -> None:
        self.comm.__dict__.pop("_reply_subshell_id", None)

    def close(self) -> None:
        """Closes the comm and lets go of the receiver."""
        self._receive = None
        super().close()


class ViewWidget(anywidget.AnyWidget):
    """The visible model: frames go out on its comm.

    Input on it, from hosts that hide the other model (marimo), goes to ``receive_beside``.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    _input = traitlets.Instance(InputWidget).tag(sync=True, **ipywidgets.widget_serialization)
    _poster = traitlets.Unicode("").tag(sync=True)
    _replay = traitlets.Unicode("").tag(sync=True)
    _over = traitlets.Bool(False).tag(sync=True)  # whether the kernel has closed it
    _id = traitlets.Unicode().tag(sync=True)  # by which pages find the model when they save it

    def __init__(self, receive: Receive, receive_beside: Receive) -> None:
        self._receive: Receive | None = receive
        self._receive_beside: Receive | None = receive_beside
        self._outputs: list[DisplayHandle] = []
        self._has_page = False  # ever; what executes notebooks has none
        self._summary = "A view of vultorch_widget that has not run"
        ident = uuid.uuid4().hex
        super().__init__(
            _esm=_asset("widget.js"),
            _css=_asset("widget.css"),
            _input=InputWidget(self._hear),
            _id=ident,
            model_id=ident,
        )
        self.on_msg(self._on_message)

    def _on_message(self, _widget: object, content: object, buffers: Sequence[memoryview]) -> None:
        self._has_page = True
        if self._receive_beside is not None:
            self._receive_beside(content, buffers)

    def _hear(self, content: object, buffers: Sequence[memoryview]) -> None:
        self._has_page = True
        if self._receive is not None:
            self._receive(content, buffers)

    def post(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Sends one message to every page.

        There is none where the host has ended the comm, as marimo does when a cell is about to run again.
        """
        if not getattr(self.comm, "_closed", False):
            self.send(content, buffers)

    def answer(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Sends one message on the comm that pages speak on. Any thread."""
        self._input.answer(content, buffers)

    # --- what the notebook's file keeps ------------------------------------------------------------------------------

    def display(self, bundle: tuple[dict[str, Any], dict[str, Any]] | None = None) -> None:
        """Shows the widget, or ``bundle`` (data, metadata) at first, under the cell that runs."""
        if in_marimo():
            show_in_marimo(self)
            return
        data, metadata = bundle or self._repr_mimebundle_()
        handle = display(data, metadata=metadata, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        if handle is not None:
            self._outputs.append(handle)

    def keep(self, kept: Kept) -> None:
        """Puts the poster and the replay where a notebook that is saved with its widgets keeps them, and the poster
        into the outputs, for all that know nothing of widgets.
        """
        self._summary = kept.summary
        sent = {"_poster": kept.poster, "_replay": kept.replay}
        known = [name for name, value in sent.items() if getattr(self, name) == value]
        stale = "_poster" not in known
        with self.hold_sync():  # outputs first: a page that waits for the replay saves the notebook at once
            self._poster, self._replay = kept.poster, kept.replay
            if kept.settled and (stale or not self._has_page):
                for handle in self._outputs:
                    handle.update(self)  # type: ignore[no-untyped-call]
        if known and not self._has_page:  # what executes the notebook may not have listened the last time
            self.send_state(known)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return data | self.still(), metadata

    def still(self) -> dict[str, str]:
        """The output where there are no widgets, by MIME type."""
        png = self._poster.partition(",")[2]
        return {"text/plain": self._summary} | ({"image/png": png} if png else {})

    def _leave_picture(self) -> None:
        """Has a page show the last picture: it takes down a widget whose comm is closed.

        Where there is no page the notebook is being executed, and its widgets' state, which stays, has the replay.
        """
        if self._has_page and self._poster:
            for handle in self._outputs:
                handle.update(self.still(), raw=True)  # type: ignore[no-untyped-call]

    def leave(self) -> None:
        """Lets go of what pages show. They go on showing it, and save it with its replay.

        Where there is no page the notebook is being executed, and its widgets' state, which stays, has the replay.
        """
        self._over = True
        if self._has_page:
            for widget in (self, self._input, self.layout):
                _forget(widget.comm)
        self._close()

    def close(self) -> None:
        """Takes the widget down, where another is about to stand in its place. Elsewhere its picture stays."""
        self._leave_picture()
        self._close()

    def _close(self) -> None:
        self._receive = self._receive_beside = None
        self._outputs.clear()
        self._input.close()
        self.layout.close()  # which ipywidgets leaves open
        super().close()


def _forget(line: comm.base_comm.BaseComm) -> None:
    """Ends a comm without a word: a page that hears of it takes down the widget."""
    manager = getattr(line, "comm_manager", None) or comm.get_comm_manager()  # marimo has one of its own
    manager.unregister_comm(line)
    line._closed = True
