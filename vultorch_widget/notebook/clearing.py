"""``clear_output()`` under a view clears what was printed and displayed there, but not the view.

Front ends can only clear the whole output of a cell, so they are not asked to do so while a view is there. All output
from the first ``clear_output()`` on goes into displays that can be updated, and clearing empties these displays.
Earlier output stays: clearing it would remove the view from the page, even while the user holds a slider.

Hooks of ipykernel change the messages before they are sent: displays on the thread that displays, prints on ipykernel's
own thread.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .cell import kernel

Message = dict[str, Any]

VIEW = "application/vnd.jupyter.widget-view+json"
MOST_TEXT = 1 << 14
"""Maximum characters in a display that collects prints. The whole display is sent whenever text is added."""
_OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\n\r])")  # overwritten by what follows a carriage return, as in progress bars


@dataclass
class _Slot:
    """A display that is updated again and again."""

    ident: str = field(default_factory=lambda: uuid.uuid4().hex)
    shown: bool = False
    stream: str = ""  # "stdout" or "stderr" if it shows prints
    text: str = ""


class _Slate:
    """The output under a cell since the first ``clear_output`` there."""

    def __init__(self) -> None:
        self._slots: list[_Slot] = []
        self._used = 0
        self._full = 0  # slots that show something, possibly from before the last `clear_output`
        self._aliases: dict[str, str] = {}  # the program's name for a display -> that of its slot

    @property
    def unsettled(self) -> bool:
        """Whether something from before the last ``clear_output(wait=True)`` is still shown beside something new."""
        return 0 < self._used < self._full

    def clear(self, *, wait: bool) -> list[Message]:
        """Returns the contents of the messages that clear everything; with ``wait``, once something new is shown."""
        emptied = self.settle()
        self._used = 0
        self._aliases.clear()
        return emptied if wait else [*emptied, *self._empty_rest()]

    def settle(self) -> list[Message]:
        """Returns the contents of the messages that clear the old outputs, if something new is shown.

        This comes after the new outputs, which take the places of the old ones, so nothing moves in the page.
        """
        return self._empty_rest() if self.unsettled else []

    def stream(self, name: str, text: str) -> Message:
        """Returns the content of the message that prints ``text``."""
        slot = self._slots[self._used - 1] if self._used else None
        if slot is None or slot.stream != name or len(slot.text) > MOST_TEXT:
            slot = self._next()
            slot.stream, slot.text = name, ""
        slot.text = _OVERWRITTEN.sub("", slot.text + text)
        data = {"text/plain": slot.text} | ({f"application/vnd.jupyter.{name}": slot.text} if name == "stderr" else {})
        return _content(slot, data, {})

    def display(self, content: Message) -> Message:
        """Returns the content of the message that displays ``content``."""
        slot = self._next()
        slot.stream = ""
        if theirs := content.get("transient", {}).get("display_id"):
            self._aliases[theirs] = slot.ident
        return _content(slot, content["data"], content["metadata"])

    def renamed(self, content: Message) -> Message:
        """Returns the ``content`` of an update, renamed to the display's slot."""
        transient = content.get("transient", {})
        theirs = transient.get("display_id")
        return content | {"transient": transient | {"display_id": self._aliases.get(theirs, theirs)}}

    def _next(self) -> _Slot:
        if self._used == len(self._slots):
            self._slots.append(_Slot())
        self._used += 1
        self._full = max(self._full, self._used)
        return self._slots[self._used - 1]

    def _empty_rest(self) -> list[Message]:
        rest = self._slots[self._used : self._full]
        self._full = self._used
        return [_content(slot, {"text/plain": ""}, {}) for slot in rest]


def _content(slot: _Slot, data: Message, metadata: Message) -> Message:
    return {"data": data, "metadata": metadata, "transient": {"display_id": slot.ident}, "update": _seen(slot)}


def _seen(slot: _Slot) -> bool:
    seen, slot.shown = slot.shown, True
    return seen


@dataclass
class _Cell:
    """The output of a cell that shows a view."""

    views: set[str] = field(default_factory=set)  # model ids of views, or of boxes that contain them
    slate: _Slate | None = None
    settling: bool = False  # whether settling is due on the kernel's loop
    stand: set[str] = field(default_factory=set)  # views that were there at the last `clear_output`


_installed: set[int] = set()  # ids of the processes with hooks


def keep_views(has_view: Callable[[str], bool], captured: Callable[[str], bool]) -> None:
    """Makes ``clear_output`` leave views alone from now on, if this is a kernel. Does nothing when called again.

    ``has_view`` tells whether the widget with a model id is, or contains, an open view that pages still show.
    ``captured`` tells whether an `ipywidgets.Output` takes the output of the request with an id.
    """
    if (here := kernel()) is not None and os.getpid() not in _installed:
        _installed.add(os.getpid())
        _Clearing(here.shell, has_view, captured).install()


class _Clearing:
    """Changes the messages of a kernel before they are sent."""

    def __init__(self, shell: Any, has_view: Callable[[str], bool], captured: Callable[[str], bool]) -> None:
        self._shell = shell
        self._has_view = has_view
        self._captured = captured
        self._cells: dict[str, _Cell] = {}
        self._lock = threading.RLock()

    def install(self) -> None:
        """Adds the hooks, for every thread. Does nothing in shells without such hooks."""
        publisher = self._shell.display_pub
        if not hasattr(publisher, "_hooks") or not hasattr(publisher, "_thread_local"):
            return  # neither is a public API of ipykernel
        hooks = [*publisher._hooks, self._on_display]

        class Hooks(threading.local):
            def __init__(self) -> None:
                self.hooks = list(hooks)

        publisher._thread_local = Hooks()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "pub_thread"):  # hooks belong to the thread that adds them
                stream.pub_thread.schedule(lambda stream=stream: stream.register_hook(self._on_stream))

    def _on_display(self, message: Message) -> Message | None:
        with self._lock:
            request = message["parent_header"].get("msg_id", "")
            kind, content = message["msg_type"], message["content"]
            model = content["data"].get(VIEW, {}).get("model_id", "") if kind == "display_data" else ""
            if model and self._has_view(model) and not self._captured(request):
                return self._view_displayed(message, request, model)
            cell = self._cell(request)
            if cell is None:
                return message
            if kind == "clear_output":
                self._clear(cell, message)
                return None
            if cell.slate is not None and kind == "display_data":
                shown = cell.slate.display(content)
                self._settle_soon(cell, message)
                return self._message(shown, message)
            if cell.slate is not None and kind == "update_display_data":
                message["content"] = cell.slate.renamed(content)
            return message

    def _view_displayed(self, message: Message, request: str, model: str) -> Message | None:
        for known, cell in list(self._cells.items()):
            if not any(map(self._has_view, cell.views)):
                del self._cells[known]
        cell = self._cells.setdefault(request, _Cell())
        if model in cell.stand:  # a loop that clears, and displays the view again
            cell.stand.discard(model)
            return None
        cell.views.add(model)
        return message

    def _cell(self, request: str) -> _Cell | None:
        """The cell of a request, if it shows views and no `ipywidgets.Output` takes its output."""
        cell = self._cells.get(request)
        if cell is None or self._captured(request):
            return None
        if not any(map(self._has_view, cell.views)):  # closed, or cleared by hand
            cell.slate = None
            return None
        return cell

    def _clear(self, cell: _Cell, message: Message) -> None:
        cell.stand = set(filter(self._has_view, cell.views))
        if cell.slate is None:
            cell.slate = _Slate()
        else:
            self._send(cell.slate.clear(wait=message["content"]["wait"]), message)

    def _on_stream(self, message: Message) -> Message:
        with self._lock:
            cell = self._cell(message["parent_header"].get("msg_id", ""))
            if cell is None or cell.slate is None:
                return message
            printed = cell.slate.stream(message["content"]["name"], message["content"]["text"])
            self._settle_soon(cell, message)
            return self._message(printed, message)

    def _settle_soon(self, cell: _Cell, cause: Message) -> None:
        """Clears the old output once the frame has ended and all new output is there."""
        if cell.slate is not None and cell.slate.unsettled and not cell.settling:
            cell.settling = True
            self._shell.kernel.io_loop.add_callback(self._settle, cell, cause)  # may be called on any thread

    def _settle(self, cell: _Cell, cause: Message) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # not under the lock, which the printing thread takes
        with self._lock:
            cell.settling = False
            if cell.slate is not None:
                self._send(cell.slate.settle(), cause)

    def _send(self, contents: list[Message], cause: Message) -> None:
        publisher = self._shell.display_pub
        for content in contents:
            publisher.session.send(publisher.pub_socket, self._message(content, cause), ident=publisher.topic)

    def _message(self, content: Message, cause: Message) -> Message:
        content = dict(content)
        kind = "update_display_data" if content.pop("update") else "display_data"
        message: Message = self._shell.display_pub.session.msg(kind, content, parent=cause["parent_header"])
        return message
