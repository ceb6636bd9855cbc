"""The anywidget in the notebook: two comms, with no knowledge of what is sent over them."""

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

from .cell import kernel_id
from .clearing import keep_views
from .host import in_marimo, show_in_marimo
from .kept import MOST_CHOSEN, Kept

_STATIC = Path(__file__).parents[1] / "static"

Receive = Callable[[object, Sequence[memoryview]], None]
"""Takes a message from a page and its binary buffers. May be called on any thread."""


@cache
def _asset(name: str) -> str:
    # Text, because anywidget would watch a Path, and its watcher keeps every widget instance alive.
    path = _STATIC / name
    if not path.exists():
        raise FileNotFoundError(f"the front end is not built: {path} is missing. Run `make setup`, or reinstall.")
    return path.read_text(encoding="utf-8")


class InputWidget(ipywidgets.Widget):  # type: ignore[misc]
    """The invisible second model, for messages from pages to the kernel.

    ipykernel (7.1 and later) delivers the messages of a comm to the shell that last sent on it. The main loop never
    sends on this comm, so it keeps the subshell that the front end chose, and controls work even while a cell runs.
    """

    def __init__(self, receive: Receive) -> None:
        super().__init__()
        self._forget_sending()  # opening the comm counts as a send and binds replies to the main shell
        self._receive: Receive | None = receive
        self.on_msg(self._on_message)

    def _on_message(self, _widget: object, content: object, buffers: Sequence[memoryview]) -> None:
        if self._receive is not None:
            self._receive(content, buffers)

    def answer(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Sends one message without binding the next reply to this thread. Does nothing once closed."""
        if self._receive is not None and self.comm is not None:
            self.send(content, buffers)
            self._forget_sending()

    def _forget_sending(self) -> None:
        self.comm.__dict__.pop("_reply_subshell_id", None)

    def close(self) -> None:
        """Closes the comm and drops the receiver."""
        self._receive = None
        super().close()


class ViewWidget(anywidget.AnyWidget):
    """The visible model: frames go out on its comm.

    Input on it, from hosts that hide the other model (marimo), goes to ``receive_beside``. ``left`` tells whether all
    pages that have shown it have left. It starts with the user's choices, ``chosen``, from the pages of another one.
    Views of one ``lineage`` replace each other, in other kernels too; one without any replaces none.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    _input = traitlets.Instance(InputWidget).tag(sync=True, **ipywidgets.widget_serialization)
    _poster = traitlets.Unicode("").tag(sync=True)
    _replay = traitlets.Unicode("").tag(sync=True)
    _chosen = traitlets.Unicode("").tag(sync=True)  # the user's choices in a page; only pages read it
    _over = traitlets.Bool(False).tag(sync=True)  # whether the kernel has closed it
    _id = traitlets.Unicode().tag(sync=True)  # pages find the model by it when they save
    _lineage = traitlets.Unicode().tag(sync=True)  # pages find by it what an earlier kernel has left in the notebook
    _kernel = traitlets.Unicode().tag(sync=True)  # tells an earlier kernel from this one

    def __init__(
        self,
        receive: Receive,
        receive_beside: Receive,
        left: Callable[[], bool],
        *,
        chosen: str = "",
        lineage: str = "",
    ) -> None:
        self._receive: Receive | None = receive
        self.left = left
        self._receive_beside: Receive | None = receive_beside
        self._outputs: list[DisplayHandle] = []
        self._has_page = False  # whether it ever had one; a notebook executor has none
        self._summary = "A view of vultorch_widget that has not run"
        keep_views(_has_view, _captured)
        ident = uuid.uuid4().hex
        super().__init__(
            _esm=_asset("widget.js"),
            _css=_asset("widget.css"),
            _input=InputWidget(self._hear),
            _id=ident,
            _lineage=lineage,
            _kernel=kernel_id(),
            _chosen=chosen,
            model_id=ident,
        )
        self.on_msg(self._on_message)

    @property
    def chosen(self) -> str:
        """The user's choices in its pages, as they keep them."""
        return self._chosen

    @traitlets.validate("_chosen")
    def _check_chosen(self, proposal: dict[str, str]) -> str:
        if len(proposal["value"]) > MOST_CHOSEN:
            raise traitlets.TraitError(
                f"{len(proposal['value'])} characters were chosen; at most {MOST_CHOSEN} are kept"
            )
        return proposal["value"]

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

        Does nothing if the host has ended the comm, as marimo does before it runs a cell again.
        """
        if not getattr(self.comm, "_closed", False):
            self.send(content, buffers)

    def answer(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Sends one message on the comm for input. Any thread."""
        self._input.answer(content, buffers)

    # --- what the notebook's file keeps ------------------------------------------------------------------------------

    def display(self, bundle: tuple[dict[str, Any], dict[str, Any]] | None = None) -> None:
        """Shows the widget, or first ``bundle`` (data, metadata), under the running cell."""
        if in_marimo():
            show_in_marimo(self)
            return
        data, metadata = bundle or self._repr_mimebundle_()
        handle = display(data, metadata=metadata, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        if handle is not None:
            self._outputs.append(handle)

    def keep(self, kept: Kept) -> None:
        """Stores the poster and the replay in the widget's saved state, and the poster also in the outputs, for viewers
        without widgets.
        """
        self._summary = kept.summary
        sent = {"_poster": kept.poster, "_replay": kept.replay}
        known = [name for name, value in sent.items() if getattr(self, name) == value]
        stale = "_poster" not in known
        with self.hold_sync():  # outputs first: a page saves the notebook as soon as the replay arrives
            self._poster, self._replay = kept.poster, kept.replay
            if kept.settled and (stale or not self._has_page):
                for handle in self._outputs:
                    handle.update(self)  # type: ignore[no-untyped-call]
        if known and not self._has_page:  # the executor may have missed the last save
            self.send_state(known)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return data | self.still(), metadata

    def still(self) -> dict[str, str]:
        """The output for viewers without widgets, by MIME type."""
        png = self._poster.partition(",")[2]
        return {"text/plain": self._summary} | ({"image/png": png} if png else {})

    def _leave_picture(self) -> None:
        """Replaces the outputs by the last picture, because a page removes a widget whose comm is closed.

        Without a page, an executor is running the notebook, and the saved state keeps the replay.
        """
        if self._has_page and self._poster:
            for handle in self._outputs:
                handle.update(self.still(), raw=True)  # type: ignore[no-untyped-call]

    def leave(self) -> None:
        """Detaches from the pages. They keep showing the view, and save it with its replay.

        Without a page, an executor is running the notebook, and the saved state keeps the replay.
        """
        self._over = True
        if self._has_page:
            for widget in (self, self._input, self.layout):
                _forget(widget.comm)
        self._close()

    def close(self) -> None:
        """Removes the widget, which another will replace. Where it was shown elsewhere, its picture stays."""
        self._leave_picture()
        self._close()

    def _close(self) -> None:
        self._receive = self._receive_beside = None
        self._outputs.clear()
        self._input.close()
        self.layout.close()  # ipywidgets leaves it open
        super().close()


def _forget(line: comm.base_comm.BaseComm) -> None:
    """Ends a comm silently. A page that was told would remove the widget."""
    manager = getattr(line, "comm_manager", None) or comm.get_comm_manager()  # marimo has its own
    manager.unregister_comm(line)
    line._closed = True


def _has_view(model_id: str) -> bool:
    """Whether a widget is, or contains, an open view that pages still show."""
    widget = _widgets().get(model_id)
    if isinstance(widget, ViewWidget):
        return not widget.left()
    return any(_has_view(child.model_id) for child in getattr(widget, "children", ()))


def _captured(request: str) -> bool:
    """Whether an `ipywidgets.Output` takes the output of ``request``."""
    return any(isinstance(widget, ipywidgets.Output) and widget.msg_id == request for widget in [*_widgets().values()])


def _widgets() -> dict[str, ipywidgets.Widget]:
    """The open widgets, by model id."""
    return getattr(ipywidgets.widgets.widget, "_instances", {})
