"""The one schema of everything that crosses the wire, in both directions.

``js/src/wire/protocol.ts`` is generated from these dataclasses (`vultorch_widget.protocol.typescript`), and a
test fails when the two differ.

A message is a JSON object, ``kind`` naming its class, plus a list of binary buffers that it refers to by index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .controls import Control, Value

PROTOCOL_VERSION = 2
"""Raised by one whenever a page of the version before could misread a message."""

State = Literal["idle", "running", "paused", "stopped", "failed", "closed"]
PointerMode = Literal["off", "on", "wheel"]
Button = Literal["left", "middle", "right"]
Modifier = Literal["shift", "ctrl", "alt", "meta"]
CommandName = Literal["pause", "resume", "step", "stop", "reset", "tick_rate", "save"]


# --- from the kernel to the page -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A panel's place in the layout."""

    kind: Literal["leaf"] = "leaf"
    panel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Children side by side (``row``) or one above the other (``column``); ``weights``, their shares, sum to 1."""

    kind: Literal["split"] = "split"
    direction: Literal["row", "column"]
    weights: tuple[float, ...]
    children: tuple[Leaf | Split, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasSpec:
    """A canvas as the page lays it out. ``width`` and ``height`` are texels of the bound tensor, 0 where there is none.

    ``fit``: ``contain`` fills the room and keeps the aspect ratio, ``stretch`` fills it altogether, ``natural`` shows
    one CSS pixel for each texel, less where the room is smaller. ``detail`` is a short description of the tensor
    (dtype, device); ``error`` says why it cannot be shown, if so. ``pointer``: whether pages tell what the pointer does
    on it, and whether it has the wheel, which then does not scroll the page.
    """

    id: str
    name: str
    filter: Literal["nearest", "linear"]
    fit: Literal["contain", "stretch", "natural"]
    width: int
    height: int
    detail: str
    error: str
    pointer: PointerMode


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelSpec:
    """A panel: its canvases above, its controls below them."""

    id: str
    name: str
    canvases: tuple[CanvasSpec, ...]
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The whole structure of a view. Sent to a page that has said `Ready` and whenever the structure changes.

    ``width`` and ``height`` are the view's nominal size in CSS pixels; a page narrower than that scales the height with
    the width. ``notices`` are sentences for the user, such as why a slower back end is in use.
    """

    kind: Literal["scene"] = "scene"
    protocol: int
    title: str
    width: int
    height: int
    layout: Leaf | Split | None
    panels: tuple[PanelSpec, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The pixels of one canvas: ``buffer`` is the index of its JPEG or PNG file among the message's buffers."""

    canvas: str
    width: int
    height: int
    format: Literal["jpeg", "png"]
    lossless: bool
    buffer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlsPatch:
    """Changes in one panel's controls: ``changed`` replaces or adds by id; ``order`` lists all ids where it changed."""

    panel: str
    changed: tuple[Control, ...]
    order: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPatch:
    """Points of one logged scalar. The page keeps its first ``start`` points and replaces the rest by these.

    Buffer ``buffer`` holds float64 little-endian rows (step, low, high, ema, last), one a point: the last of the steps
    that the point stands for, the extremes of their values, and after the last of them the exponential moving average
    and its value.
    """

    name: str
    start: int
    buffer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An exception in a callback: ``where`` it was raised, its one-line ``summary``, and the whole ``traceback``."""

    where: str
    summary: str
    traceback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStatus:
    """A recording, while it is made and after: ``path`` on the kernel's machine, ``seconds`` and ``bytes`` so far.

    ``token`` is what to `Fetch` the file by, empty until it is saved and where it is too large for that.
    """

    subject: str
    path: str
    state: Literal["recording", "saving", "saved", "failed", "empty"]
    frames: int
    seconds: float
    bytes: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the status line and the toolbar show.

    ``tick_rate`` is ticks a second, 0 for as fast as they go; ``latency_ms`` is from tensors ready to painted, None
    until a page has reported. ``steps_per_second`` counts logged steps, ``ticks_per_second`` callbacks.
    """

    state: State
    iteration: int
    frame: int
    seconds: float
    steps_per_second: float
    ticks_per_second: float
    shown_per_second: float
    latency_ms: float | None
    tick_rate: float
    can_reset: bool
    backend: str
    backend_detail: str
    failure: Failure | None
    recordings: tuple[RecordingStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of a file, for the page that asked for it by `Fetch`: buffer ``buffer`` is what begins at ``offset``.

    ``size`` is that of the whole file. Where ``error`` is not empty there is no buffer, and nothing more to ask for.
    """

    kind: Literal["chunk"] = "chunk"
    client: str
    token: str
    name: str
    size: int
    offset: int
    buffer: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The answer to each `Upload`: ``bytes`` of the file are there. With an ``error`` it is given up."""

    kind: Literal["received"] = "received"
    client: str
    upload: str
    bytes: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """The kernel hears the page, and its main thread has no time to answer: it has been in a frame for ``seconds``, or
    does something else (0).

    Sent by the thread that hears pages, where there is one, and on the comm that pages speak on.
    """

    kind: Literal["busy"] = "busy"
    client: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Whatever is new since the message before. ``seq`` rises by one with every update that carries pictures.

    ``made`` is the kernel's clock, in seconds since the epoch, when the tensors of the pictures were ready.
    """

    kind: Literal["update"] = "update"
    seq: int
    made: float
    pictures: tuple[Picture, ...]
    controls: tuple[ControlsPatch, ...]
    series: tuple[SeriesPatch, ...]
    status: Status | None


# --- from the page to the kernel -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A page has been laid out and wants a `Scene`. ``client`` is its own random name, new with every rendering."""

    kind: Literal["ready"] = "ready"
    client: str
    protocol: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasSize:
    """Device pixels that a page has for one canvas."""

    canvas: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """The room that a page has for its canvases, sent when it has changed."""

    kind: Literal["resize"] = "resize"
    client: str
    sizes: tuple[CanvasSize, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a page has painted: the highest ``seq``, how many milliseconds ago, and how many frames in all.

    ``visible`` is whether the view is on a screen. Sent at once when that changes or the page has waited long for an
    update, else at most four times a second, or every two seconds while it paints all that comes: the next follows
    within ``next_ms`` if anything is painted. ``resync`` asks for whole pictures: the page cannot trust what it shows.
    ``beat_ms`` is the time between two refreshes of the display, and ``early_ms`` how much later frames could be sent
    and still be there in time for the same refresh, below zero where they come too late. Unknown, both are 0.
    """

    kind: Literal["report"] = "report"
    client: str
    seq: int
    age_ms: float
    painted: int
    visible: bool
    resync: bool
    next_ms: float
    beat_ms: float
    early_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SetControl:
    """A hand on a control. ``revision`` is the page's own count of its changes to this control, from 1."""

    kind: Literal["set_control"] = "set_control"
    client: str
    panel: str
    control: str
    value: Value
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """What a pointer did on a canvas whose ``pointer`` is not ``off``.

    ``x`` and ``y`` are texels from the left top corner of the picture, which may lie elsewhere. Moves are sent once an
    animation frame at most. ``button`` is the one that ``press``, ``release`` and ``click`` are about, ``buttons`` are
    those that are down after it; ``wheel`` counts notches, positive away from the user. ``stroke`` is the page's own
    count of presses: only moves of one stroke may stand in for each other.
    """

    kind: Literal["pointed"] = "pointed"
    client: str
    canvas: str
    action: Literal["move", "press", "release", "click", "wheel", "leave"]
    x: float
    y: float
    button: Literal["", "left", "middle", "right"]
    buttons: tuple[Button, ...]
    wheel: float
    modifiers: tuple[Modifier, ...]
    stroke: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A toolbar button, or ``save``: the host saves the notebook, and what it keeps of the view is to be as of now.
    ``value`` is the rate for ``tick_rate`` and 0 elsewhere.
    """

    kind: Literal["command"] = "command"
    client: str
    name: CommandName
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A page wants the part of a file from ``offset`` on. ``token`` is the kernel's own word for the file."""

    kind: Literal["fetch"] = "fetch"
    client: str
    token: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A part of a file for a file dialog: buffer ``buffer`` is what begins at ``offset``. `Received` answers each.

    ``upload`` is the page's own word for it, new with every file; ``name`` and ``size``, in bytes, are of the whole.
    """

    kind: Literal["upload"] = "upload"
    client: str
    panel: str
    control: str
    upload: str
    name: str
    size: int
    offset: int
    buffer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelUpload:
    """A page will not send the rest of a file."""

    kind: Literal["cancel_upload"] = "cancel_upload"
    client: str
    upload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A page has taken its view down."""

    kind: Literal["gone"] = "gone"
    client: str


KernelMessage = Scene | Update | Chunk | Received | Busy
ClientMessage = Ready | Resize | Report | SetControl | Pointed | Command | Fetch | Upload | CancelUpload | Gone
