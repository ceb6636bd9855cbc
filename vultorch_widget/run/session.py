"""Joins the declared tree, the renderer and the wire, and runs one frame. One thread, the owner's, runs all of it.

Pages are heard on any thread, but hearing only validates and appends to the inbox. The inbox is applied at the start
of a tick, or of a wake-up where no tick is coming, so user code never runs beside a change. `Runner` decides when.
"""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from ..metrics import Metrics
from ..offscreen.replay_frames import Recording
from ..offscreen.snapshot import composite, snapshot
from ..offscreen.video_frames import Capture
from ..pages.canvas_pictures import Stage
from ..pages.channel import Channel, Send
from ..pages.coalescing import redundancy_key
from ..pages.file_exchange import Exchange, data_of, weight
from ..pages.inbox import Inbox
from ..pages.pacing import Pacer
from ..pages.publisher import Publisher
from ..pictures import tensors
from ..pictures.encoder import Encoder
from ..pictures.pixels import Pixels
from ..protocol.messages import (
    Busy,
    CancelUpload,
    ClientMessage,
    Command,
    Fetch,
    Gone,
    Pointed,
    Ready,
    RecordingStatus,
    Report,
    Resize,
    SetControl,
    State,
    Status,
    Upload,
)
from ..protocol.wire import encode
from ..render.backends import Preference
from ..render.compositor import CompositorError
from ..render.renderer import Renderer
from ..replay import Recorder
from ..tree.canvas import Canvas
from ..tree.pointer import PointerEvent
from ..tree.view_tree import Tree
from ..video import Recordings
from .advice import Advice
from .callbacks import Callbacks, call
from .gpu_backlog import Backlog

if TYPE_CHECKING:
    from PIL.Image import Image


_log = logging.getLogger(__name__)

LONG_FRAME = 1.0
"""Seconds of a frame after which a page that asks is told how long it has taken so far."""
PARTING = 0.5
"""Seconds that a GPU may take for the last pictures of a view that is closed."""


class Listener(Protocol):
    """Who acts on what hands on pages do. On the owner's thread, apart from `heard`."""

    def heard(self) -> None:
        """A page has said something that waits to be applied. Any thread."""

    def obey(self, command: Command) -> None:
        """A button of the toolbar was pressed."""

    def point(self, canvas: Canvas, event: PointerEvent) -> None:
        """A pointer did something on ``canvas``."""


class Nobody:
    """A `Listener` that ignores everything: before the view has joined its parts, and once it is closed."""

    def heard(self) -> None:
        """Ignored."""

    def obey(self, command: Command) -> None:
        """Ignored."""

    def point(self, canvas: Canvas, event: PointerEvent) -> None:
        """Ignored."""


class Session:
    """Everything behind a `View` but the loop. Not part of the public interface.

    ``listener`` is told what hands on pages do.
    """

    def __init__(
        self, tree: Tree, *, max_fps: float, quality: str | int, prefer: Preference, recorder: Recorder
    ) -> None:
        self.tree = tree
        self.callbacks = Callbacks(tree)
        self.frame = 0
        self.metrics = Metrics()
        self.renderer = Renderer(prefer, self.notify)
        self.encoder = Encoder(quality)
        self.stage = Stage(self.renderer, self.encoder)
        # A frame for the pages may still be on its way, in its renderer's memory, when a key frame or a file is made.
        self._aside = Renderer(prefer, self.notify)
        self.recording = Recording(tree, self._aside, self.metrics, recorder, self.notify)
        self.recordings = Recordings(self._recording_ended)
        self._capture_renderer = Renderer(prefer, self.notify)  # collected at a later tick than it was given something
        self.capture = Capture(tree, self._capture_renderer, self.recordings, self._warn)
        self.exchange = Exchange(tree)
        self.pacer = Pacer(max_fps)
        self.inbox: Inbox[tuple[float, ClientMessage, bytes | None]] = Inbox()
        self.listener: Listener = Nobody()
        self.channel: Channel | None = None
        self.answer: Send | None = None  # sends on the comm that pages speak on, from the thread that hears them
        self.frame_took = 0.0  # seconds of the last frame
        self._frame_began: float | None = None  # that of the frame that runs
        self._owner = threading.get_ident()
        self.one_comm = False  # whether pages speak where pictures go out
        self._backlog = Backlog()
        self._advice = Advice(self.notify)
        self._had_page = False
        self._opened_at: int | None = None  # the frame at which a page opened that has had none since
        self._rest: tuple[int, State] | None = None  # frame and state, when the run last rested
        self._drained_at, self._gap = time.monotonic(), 0.0
        self._unshown: set[type[Exception]] = set()  # what kept a frame from being shown, and was told
        self._publisher: Publisher | None = None

    def attach(self, send: Send, status: Callable[[], Status]) -> None:
        """Gives the session a way to its pages, and something to ask for the status that they show."""
        self.channel = Channel(send)
        self._publisher = Publisher(self.tree, self.stage, self.metrics, self.pacer, self.channel, status)

    def detach(self) -> None:
        """Has no pages any more: this is a forked process, and they are its parent's. Nothing is sent."""
        self.channel = self._publisher = self.answer = None

    @property
    def working_renderer(self) -> Renderer:
        """The one for the pages, or the recorder's where no page has been there."""
        return self.renderer if self.renderer.name else self._aside

    def notify(self, sentence: str) -> None:
        """Tells the user something once, in the widget."""
        if sentence not in self.tree.notices:
            self.tree.notices.append(sentence)

    def _warn(self, sentence: str) -> None:
        """Tells the user what must not be missed: in the widget, and where there is none as a warning."""
        self.notify(sentence)
        if self.channel is None:
            warnings.warn(sentence, RuntimeWarning, stacklevel=2)

    def _recording_ended(self) -> None:
        """Has the owner look, and pages be told. Any thread."""
        self.listener.heard()

    def close(self) -> None:
        """Saves what is recorded, stops talking to pages and returns the renderers' memory."""
        self.capture.close()
        if self.channel is not None:
            self.channel.close()
        self._publisher = self.answer = None
        self.listener = Nobody()
        self.renderer.close()
        self._aside.close()
        self._capture_renderer.close()
        self.exchange.folder.close()

    # --- what pages say ----------------------------------------------------------------------------------------------

    def receive(self, content: object, buffers: Sequence[bytes | memoryview] = ()) -> None:
        """Takes what a page sent. Any thread; does nothing but validate, append and wake the owner."""
        if self.channel is None or (message := self.channel.decode(content)) is None:
            return
        item = time.monotonic(), message, data_of(message, buffers)
        if not self.inbox.append(item, key=redundancy_key(message), weight=weight(message)):
            self.channel.refuse(f"the inbox is full: {message!r} was dropped")
        self._say_busy(message)
        self.listener.heard()

    def _say_busy(self, message: ClientMessage) -> None:
        """Tells a page that it is heard, on the thread that heard it, where the owner will not do so soon."""
        if self.answer is None or not isinstance(message, Ready | Report | Command):
            return
        if threading.get_ident() == self._owner:  # whose answer on that comm would have pages heard here from then on
            return
        seconds = self.frame_seconds
        if seconds > LONG_FRAME or isinstance(message, Ready):
            self.answer(encode(Busy(client=message.client, seconds=round(seconds, 1))), [])

    @property
    def frame_seconds(self) -> float:
        """How long the frame that runs has taken so far; 0 where none does. Any thread."""
        began = self._frame_began
        return 0.0 if began is None else time.monotonic() - began

    def receive_beside(self, content: object, buffers: Sequence[bytes | memoryview] = ()) -> None:
        """As `receive`, from a page whose host hides the comm for input."""
        self.one_comm = True
        self.receive(content, buffers)

    def drain(self) -> None:
        """Applies what pages have sent since the last time."""
        for heard_at, message, data in self.inbox.drain():
            if self._publisher is None or self.channel is None:
                return
            if isinstance(message, Upload):
                self._upload(message, data, self.channel)
            else:
                self._apply(message, heard_at, self._publisher, self.channel)
        now = time.monotonic()
        # In a long tick nobody is heard: a page cannot be blamed for that time, nor for the turn in which it answers.
        gap, before = now - self._drained_at, self._gap
        self._drained_at, self._gap = now, gap
        if self.exchange.receiving:
            self.exchange.drop_stale(now - 2 * max(gap, before))

    def _apply(self, message: ClientMessage, heard_at: float, publisher: Publisher, channel: Channel) -> None:
        if isinstance(message, Ready):
            self._had_page = True
            self._opened_at = self.frame
            publisher.ready(message, heard_at)
        elif isinstance(message, Resize):
            publisher.resize(message)
        elif isinstance(message, Report):
            publisher.report(message, heard_at)
        elif isinstance(message, Gone):
            publisher.gone(message.client)
            self.exchange.gone(message.client)
        elif isinstance(message, CancelUpload):
            self.exchange.cancel(message)
        elif isinstance(message, Command):
            self.listener.obey(message)
        elif isinstance(message, Fetch):
            self._fetch(message, channel)
        elif isinstance(message, Pointed):
            self._point(message, channel)
        elif isinstance(message, SetControl):
            self._set_control(message, channel)

    def _upload(self, message: Upload, data: bytes | None, channel: Channel) -> None:
        answer = self.exchange.take(message, data, time.monotonic())
        if answer.error:
            channel.refuse(f"upload: {answer.error}")
        channel.send(answer)

    def _set_control(self, message: SetControl, channel: Channel) -> None:
        panel = self.tree.panels.get(message.panel)
        if panel is None:
            channel.refuse(f"set_control: view {self.tree.title!r} has no panel {message.panel!r}")
            return
        try:
            panel.store.apply(message.control, message.value, message.client, message.revision)
        except ValueError as error:
            channel.refuse(str(error))

    def _fetch(self, message: Fetch, channel: Channel) -> None:
        chunk, buffers = self.exchange.fetch(message)
        if chunk.error:
            channel.refuse(f"fetch: {chunk.error}")
        channel.send(chunk, buffers)

    def recording_states(self) -> tuple[RecordingStatus, ...]:
        """How recordings stand, for the page; the newest of each subject."""
        return tuple(
            RecordingStatus(
                subject=subject,
                path=str(film.path),
                state=film.state,
                frames=film.frames,
                seconds=round(film.seconds, 1),
                bytes=film.bytes,
                token=self.exchange.downloads.offer(film.path) if film.state == "saved" else "",
            )
            for subject, film in self.recordings.films.items()
        )

    def _point(self, message: Pointed, channel: Channel) -> None:
        canvas = self.tree.canvas(message.canvas)
        if canvas is None or canvas.tensor is None or canvas.pointer.mode == "off" or canvas.problem():
            channel.refuse(f"pointed: view {self.tree.title!r} has no canvas {message.canvas!r} that wants a pointer")
            return
        height, width = tensors.size(canvas.tensor)
        self.listener.point(canvas, canvas.pointer.hear(message, width, height))

    # --- a frame -----------------------------------------------------------------------------------------------------

    def begin_frame(self) -> None:
        """From here on, what is called belongs to a frame."""
        self._frame_began = time.monotonic()
        self.tree.begin_frame()

    def abandon_frame(self) -> None:
        """The frame that has begun counts for nothing."""
        self._frame_began = None
        self.tree.abandon_frame()

    def end_frame(self) -> None:
        """Takes the frame as made, and counts it."""
        self.frame_took = self.frame_seconds
        self._frame_began = None
        self.tree.end_frame()
        self.frame += 1
        self.recording.count(self.frame)

    def cut_frame(self) -> None:
        """The same within a callback, where that was the last; controls that were not called yet stay.

        In the body of a loop, whose frame is yet to end, only the latter.
        """
        self.abandon_frame()
        if self.callbacks.running:
            self.frame += 1

    def limit_backlog(self) -> None:
        """Waits for GPUs that are far behind; see `Backlog`."""
        self._backlog.limit(canvas.tensor for canvas in self.tree.canvases() if canvas.tensor is not None)

    def reset(self) -> None:
        """Forgets what was logged, then runs the user's reset callback. Raises `FrameError` where that raises."""
        self.metrics.clear()
        self.recording.reset()
        call("view.reset", self.tree.on_reset)

    def publish_last(self) -> None:
        """Sends the pages what there is in the end: exact pictures, for which it waits, `PARTING` seconds at most."""
        deadline = time.monotonic() + PARTING
        for _ in range(2):  # the first may collect a frame that was on its way
            while not self.publish(resting=True, last=True) and time.monotonic() < deadline:
                time.sleep(0.005)

    def publish_rest(self, state: State) -> None:
        """Has pages that do not show the view get what there is, where the run rests in ``state``. When somebody looks
        at them again the kernel may be gone, or busy with something else.
        """
        rest = self.frame, state
        if rest != self._rest and self._publisher is not None and self._publisher.missed(time.monotonic()):
            self.publish_last()
        self._rest = rest

    def announce(self) -> None:
        """Has pages hear of a state that has changed, whatever they were sent a moment ago."""
        if self._publisher is not None:
            self._publisher.hurry()
            self._publisher.say(time.monotonic())

    def publish(self, *, resting: bool, last: bool = False) -> bool:
        """Takes the frames of recordings, and sends the pages what is new and due: see `Publisher.publish`. True where
        there are no pages.

        What cannot be shown is not worth a training: the user is told, and the next frame tries again.
        """
        now = time.monotonic()
        try:
            if not self.recordings.idle:
                self.capture.take(now)
        except Exception as error:  # pages may well be sent smaller pictures
            self._tell_unshown(error)
        if self._publisher is None:
            return True
        try:
            self._advice.look(self.tree.canvases(), now)
            return self._publisher.publish(now, resting=resting, last=last or self._owes_first_frame())
        except Exception as error:
            self._tell_unshown(error)
        self._publisher.say(now)
        return True

    def _owes_first_frame(self) -> bool:
        """Whether a page that has opened out of sight is to have its first frame all the same: what it shows has its
        controls then, and does not jump when it is scrolled to. Asking takes it.
        """
        if self._opened_at is None or self.frame == self._opened_at:
            return False
        self._opened_at = None
        return not self.watched

    def _tell_unshown(self, error: Exception) -> None:
        kind = type(error)
        if kind in self._unshown:  # once: the words of the next may differ, by the memory that is free
            return
        self._unshown.add(kind)
        if isinstance(error, CompositorError):
            self.notify(f"A frame could not be composited: {error}")
        else:
            self.notify(f"A frame could not be shown: {kind.__name__}: {error}")
            _log.error("A frame of view %r could not be shown.", self.tree.title, exc_info=error)

    # --- beside what pages are sent ----------------------------------------------------------------------------------

    def composite(self, canvas: Canvas) -> Pixels | None:
        """What ``canvas`` shows; see `Host`."""
        return composite([canvas], self._aside).get(canvas.id)

    def snapshot(self) -> Image | None:
        """What all canvases show, in their layout; None where there is nothing to show."""
        return snapshot(self.tree, self._aside)

    @property
    def hidden(self) -> bool:
        """Whether pages have been there, and none shows the view."""
        return self._had_page and not self.watched

    @property
    def laying_out(self) -> bool:
        """Whether a page that is watching is yet to say how large its pictures are to be."""
        return self._publisher is not None and self._publisher.laying_out(time.monotonic())

    @property
    def watched(self) -> bool:
        """Whether a page that answers shows the view on a screen."""
        return self._publisher is not None and self.pacer.watched(time.monotonic())
