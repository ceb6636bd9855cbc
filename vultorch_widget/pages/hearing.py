"""Receives messages from pages and applies them.

Messages arrive on any thread, but receiving only validates them and appends them to the inbox. The inbox is applied at
the start of a tick, or of a wake-up if no tick is coming, so no change happens while user code runs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol

from ..basics.first_errors import FirstErrors
from ..metrics import Metrics
from ..protocol.messages import (
    AnswerFutures,
    Busy,
    CancelUpload,
    ClientMessage,
    Command,
    Differences,
    EarlierRun,
    Explore,
    Fetch,
    FetchMoment,
    Gone,
    HideLabel,
    LookBack,
    Measure,
    PinTexel,
    Pointed,
    ProbeTexel,
    Ready,
    Report,
    Resize,
    Rewind,
    SaveTexels,
    SetControl,
    SetLook,
    Unseen,
    Upload,
    Viewports,
    WatchTexels,
)
from ..protocol.wire import encode
from ..tree.canvas import Canvas
from ..tree.pointer import PointerEvent
from ..tree.view_tree import Tree
from .channel import Channel, Send
from .coalescing import redundancy_key
from .earlier_run import take_earlier_run
from .file_exchange import Exchange, data_of, weight
from .inbox import Inbox
from .looking import Looking
from .moments import Moments
from .probing import Probing
from .publisher import Progress, Publisher

LONG_FRAME = 1.0
"""Seconds after which a page that asks is told how long the running frame has taken."""

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Acts on what users do in a page. Called on the owner's thread, except `heard`."""

    def heard(self) -> None:
        """A message from a page was received and waits to be applied. Any thread."""

    def obey(self, command: Command) -> None:
        """A button of the toolbar was pressed."""

    def rewind(self, message: Rewind) -> None:
        """The user wants to go on from an earlier step."""

    def explore(self, message: Explore | AnswerFutures) -> None:
        """The user wants to explore futures, or is done with them."""

    def point(self, canvas: Canvas, event: PointerEvent) -> None:
        """A pointer did something on ``canvas``."""


class Source(Protocol):
    """Something other than a page that has news for the view."""

    def take(self) -> None:
        """Takes in what has arrived. Called between two frames, on the owner's thread."""

    def close(self) -> None:
        """Stops accepting news."""


class Nobody:
    """A `Listener` that ignores everything: used until the view has connected its parts, and after it is closed."""

    def heard(self) -> None:
        """Ignored."""

    def obey(self, command: Command) -> None:
        """Ignored."""

    def rewind(self, message: Rewind) -> None:
        """Ignored."""

    def explore(self, message: Explore | AnswerFutures) -> None:
        """Ignored."""

    def point(self, canvas: Canvas, event: PointerEvent) -> None:
        """Ignored."""


class Hearing:
    """The messages from the pages of one view. Runs on the thread that created it, except `receive`.

    ``listener`` acts on what users do, and ``sources`` bring news from other processes. ``answer`` replies on the comm
    that a message came on, from the thread that received it.
    """

    def __init__(
        self,
        tree: Tree,
        channel: Channel,
        publisher: Publisher,
        exchange: Exchange,
        progress: Progress,
        probing: Probing,
        moments: Moments,
        metrics: Metrics,
    ) -> None:
        self.listener: Listener = Nobody()
        self.answer: Send | None = None
        self.inbox: Inbox[tuple[float, ClientMessage, bytes | None]] = Inbox()
        self._tree = tree
        self._channel = channel
        self._publisher = publisher
        self._exchange = exchange
        self._progress = progress
        self._probing = probing
        self._moments = moments
        self._metrics = metrics
        self._looking = Looking(tree, channel, exchange)
        self.sources: list[Source] = []
        self._held: Inbox[tuple[float, ClientMessage, bytes | None]] | None = None
        self._owner = threading.get_ident()
        self._drained_at, self._gap = time.monotonic(), 0.0
        self._errors = FirstErrors()

    def close(self) -> None:
        """Stops acting on messages."""
        self.listener, self.answer = Nobody(), None

    # --- on any thread -----------------------------------------------------------------------------------------------

    def receive(self, content: object, buffers: Sequence[bytes | memoryview] = ()) -> None:
        """Receives a message: only validates it, appends it to the inbox and wakes the owner. Any thread."""
        if (message := self._channel.decode(content)) is None:
            return
        if isinstance(message, FetchMoment) and self._answer_aside(message):
            return
        item = time.monotonic(), message, data_of(message, buffers)
        if not self.inbox.append(item, key=redundancy_key(message), weight=weight(message)):
            self._channel.refuse(f"the inbox is full: {message!r} was dropped")
        self._say_busy(message)
        self.listener.heard()

    def receive_beside(self, content: object, buffers: Sequence[bytes | memoryview] = ()) -> None:
        """Like `receive`, for a page whose host hides the comm for input."""
        self._channel.one_comm = True
        self.receive(content, buffers)

    def _say_busy(self, message: ClientMessage) -> None:
        """Answers a page from the thread that received its message, if the owner will not answer soon."""
        if self.answer is None or not isinstance(message, Ready | Report | Command):
            return
        # After an answer from the owner on that comm, later messages would arrive on this thread.
        if threading.get_ident() == self._owner:
            return
        seconds = self._progress.elapsed
        if seconds > LONG_FRAME or isinstance(message, Ready):
            self.answer(encode(Busy(client=message.client, seconds=round(seconds, 1))), [])

    def _answer_aside(self, message: FetchMoment) -> bool:
        """Answers from the thread that received the message, unless that is the owner's; see `_say_busy`.

        The owner may be in a long frame, or busy with another cell.
        """
        if self.answer is None or threading.get_ident() == self._owner:
            return False
        moment, buffers = self._moments.answer(message)
        self.answer(encode(moment), buffers)
        return True

    # --- on the owner's thread ---------------------------------------------------------------------------------------

    @property
    def receiving(self) -> bool:
        """True while any page is uploading a file."""
        return self._exchange.receiving

    def hold(self) -> None:
        """From now on, holds back users' changes to the run until `release`."""
        if self._held is None:
            self._held = Inbox()

    def release(self) -> None:
        """Applies what was held back, with the next `drain`."""
        held, self._held = self._held, None
        for item in [*(held.drain() if held is not None else ()), *self.inbox.drain()]:
            self.inbox.append(item, key=redundancy_key(item[1]), weight=weight(item[1]))

    def drain(self) -> None:
        """Applies the messages received since the last call, and news from other sources.

        One that cannot be applied is reported, and the others are still applied. After an interrupt, the next call
        applies the rest.
        """
        for heard_at, message, data in self.inbox.each():
            if not self._channel.is_open:
                self.inbox.drain()
                return
            try:
                self._take(message, heard_at, data)
            except Exception as error:
                self._channel.refuse(f"{message.kind}: {type(error).__name__}: {error}")
                self._tell(f"What was done in a page ({message.kind})", error)
        now = time.monotonic()
        # No message is received during a long tick, so a page is not late for that time, nor for its next turn.
        gap, before = now - self._drained_at, self._gap
        self._drained_at, self._gap = now, gap
        if self._exchange.uploads.running:
            self._exchange.drop_stale(now - 2 * max(gap, before))
        if self.sources and not self._tree.in_frame:
            for source in self.sources:
                self._take_from(source)

    def _take_from(self, source: Source) -> None:
        try:
            source.take()
        except Exception as error:
            self._tell("What other processes have sent", error)

    def _tell(self, what: str, error: Exception) -> None:
        if self._errors.first(error, of=what):
            _log.error("%s had no effect on view %r.", what, self._tree.title, exc_info=error)
            self._tree.notices.append(f"{what} had no effect. {type(error).__name__}: {error}")

    def _take(self, message: ClientMessage, heard_at: float, data: bytes | None) -> None:
        if self._held is not None and isinstance(message, SetControl | Pointed | Rewind | Command):
            self._held.append((heard_at, message, data), key=redundancy_key(message))
        elif isinstance(message, Upload):
            self._upload(message, data)
        elif isinstance(message, EarlierRun):
            self._take_earlier_run(data)
        else:
            self._apply(message, heard_at)

    def _apply(self, message: ClientMessage, heard_at: float) -> None:
        if isinstance(message, Ready):
            self._publisher.ready(message, heard_at)
            self._probing.ready()
        elif isinstance(message, Resize):
            self._publisher.resize(message)
        elif isinstance(message, Viewports | Differences | LookBack | Unseen):
            self._look(message, heard_at)
        elif isinstance(message, Report):
            self._publisher.report(message, heard_at)
        elif isinstance(message, Gone):
            self._publisher.gone(message.client)
            self._exchange.gone(message.client)
            self._probing.gone(message.client)
        elif isinstance(message, Command | Rewind | Explore | AnswerFutures):
            self._obey(message)
        elif isinstance(message, Fetch | CancelUpload | FetchMoment):
            self._transfer(message)
        elif isinstance(message, Pointed):
            self._point(message)
        elif isinstance(message, HideLabel):
            self._hide_label(message)
        elif isinstance(message, SetLook | Measure | SaveTexels):
            self._looking.hear(message)
        elif isinstance(message, SetControl):
            self._set_control(message)
        elif isinstance(message, ProbeTexel | WatchTexels | PinTexel):
            self._probing.hear(message)

    def _obey(self, message: Command | Rewind | Explore | AnswerFutures) -> None:
        if isinstance(message, Rewind):
            self.listener.rewind(message)
        elif isinstance(message, Explore | AnswerFutures):
            self.listener.explore(message)
        else:
            self.listener.obey(message)

    def _look(self, message: Viewports | Differences | LookBack | Unseen, heard_at: float) -> None:
        try:
            if isinstance(message, LookBack):
                self._publisher.look_back(message, heard_at)
            elif isinstance(message, Unseen):
                self._publisher.hide(message)
            elif isinstance(message, Viewports):
                self._publisher.look(message)
            else:
                self._publisher.differ(message)
        except ValueError as error:
            self._channel.refuse(str(error))

    def _upload(self, message: Upload, data: bytes | None) -> None:
        answer = self._exchange.take(message, data, time.monotonic())
        if answer.error:
            self._channel.refuse(f"upload: {answer.error}")
        self._channel.send(answer)

    def _take_earlier_run(self, data: bytes | None) -> None:
        try:
            take_earlier_run(data, self._metrics.ghosts, self._tree)
        except ValueError as error:
            self._channel.refuse(f"earlier_run: {error}")

    def _set_control(self, message: SetControl) -> None:
        panel = self._tree.panels.get(message.panel)
        if panel is None:
            self._channel.refuse(f"set_control: view {self._tree.title!r} has no panel {message.panel!r}")
            return
        try:
            panel.store.apply(message.control, message.value, message.client, message.revision)
        except ValueError as error:
            self._channel.refuse(str(error))

    def _hide_label(self, message: HideLabel) -> None:
        canvas = self._tree.canvas(message.canvas)
        labels = None if canvas is None else canvas.labels_of(message.layer)
        if labels is None:
            self._channel.refuse(f"hide_label: canvas {message.canvas!r} has no labels in its {message.layer}")
            return
        try:
            labels.toggle(message.label, hidden=message.hidden)
        except ValueError as error:
            self._channel.refuse(str(error))

    def _transfer(self, message: Fetch | CancelUpload | FetchMoment) -> None:
        if isinstance(message, FetchMoment):
            self._channel.send(*self._moments.answer(message))
            return
        if isinstance(message, CancelUpload):
            self._exchange.cancel(message)
            return
        chunk, buffers = self._exchange.fetch(message)
        if chunk.error:
            self._channel.refuse(f"fetch: {chunk.error}")
        self._channel.send(chunk, buffers)

    def _point(self, message: Pointed) -> None:
        canvas = self._tree.canvas(message.canvas)
        grid = None if canvas is None or canvas.pointer.mode == "off" else canvas.grid
        if canvas is None or grid is None:
            title = self._tree.title
            self._channel.refuse(f"pointed: view {title!r} has no canvas {message.canvas!r} that wants a pointer")
            return
        height, width = grid.size
        self.listener.point(canvas, canvas.pointer.hear(message, width, height))
