"""The schema of all messages, in both directions.

``js/src/wire/protocol.ts`` is generated from these classes (`vultorch_widget.protocol.typescript`), and a test
fails if the two differ.

A message is a JSON object whose ``kind`` names its class, and a list of binary buffers to which it refers by index.
"""

from __future__ import annotations

from typing import Literal

from .controls import Control, Value
from .message import Message

PROTOCOL_VERSION = 2
"""Incremented whenever a page of the previous version could misread a message."""

State = Literal["idle", "running", "paused", "stopped", "failed", "closed"]
PointerMode = Literal["off", "on", "wheel"]
Button = Literal["left", "middle", "right"]
Modifier = Literal["shift", "ctrl", "alt", "meta"]
MarkKind = Literal["note", "alarm", "checkpoint", "branch"]
CommandName = Literal["pause", "resume", "step", "stop", "reset", "tick_rate", "save"]


# --- from the kernel to the page -------------------------------------------------------------------------------------


class Leaf(Message):
    """A panel's place in the layout."""

    kind: Literal["leaf"] = "leaf"
    panel: str


class Split(Message):
    """Children side by side (``row``) or one above the other (``column``). ``weights`` are their shares and sum to
    1.
    """

    kind: Literal["split"] = "split"
    direction: Literal["row", "column"]
    weights: tuple[float, ...]
    children: tuple[Leaf | Split, ...]


class LegendLabel(Message):
    """A label of a mask. ``color`` is as in ``#1f77b4``; a ``hidden`` one is not painted."""

    name: str
    color: str
    hidden: bool


class Legend(Message):
    """The labels of a canvas's ``layer``: its picture, or the overlay over it. Label ``n`` is ``labels[n]``.

    ``alpha``: how opaque the labels are, 0..1; 1 for a picture.
    """

    layer: Literal["picture", "overlay"]
    alpha: float
    labels: tuple[LegendLabel, ...]


class CanvasSpec(Message):
    """A canvas in a panel. ``width`` and ``height`` are texels of the bound tensor, 0 without one.

    ``fit``: ``contain`` fills the available space and keeps the aspect ratio, ``stretch`` fills it completely,
    ``natural`` shows one CSS pixel per texel, or less if there is not enough space. ``detail`` briefly describes the
    tensor (dtype, device); ``error`` says why it cannot be shown, and is otherwise empty. ``pointer``: whether pages
    send pointer events on it, and whether these include the wheel, which then does not scroll the page. ``link``:
    canvases of the same size and ``link`` zoom and pan together; one with None moves alone.
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
    legends: tuple[Legend, ...] = ()
    link: str | None = "auto"


class PanelSpec(Message):
    """A panel: its canvases above, its controls below them."""

    id: str
    name: str
    canvases: tuple[CanvasSpec, ...]
    controls: tuple[Control, ...]


class Compared(Message):
    """The program wants ``canvas`` to be compared with ``other``, shown in place of ``canvas``.

    ``mode``: ``side`` by side, ``wipe`` with a divider, ``flicker`` in turn, or their ``difference``, multiplied by
    ``gain`` and coloured by ``colormap``, a name or empty for none. ``colors`` has its colours for pages without a
    kernel: evenly spaced, in hexadecimal red, green and blue.
    """

    canvas: str
    other: str
    mode: Literal["side", "wipe", "flicker", "difference"]
    difference: Literal["signed", "absolute", "squared", "relative"]
    gain: float
    colormap: str
    colors: str


class Scene(Message):
    """The whole structure of a view. Sent in reply to `Ready`, and whenever the structure changes.

    ``width`` and ``height`` are the view's nominal size in CSS pixels; a narrower page scales the height in proportion.
    ``notices`` are sentences for the user, such as why a slower back end is in use.
    """

    kind: Literal["scene"] = "scene"
    protocol: int
    title: str
    width: int
    height: int
    layout: Leaf | Split | None
    panels: tuple[PanelSpec, ...]
    notices: tuple[str, ...]
    compared: tuple[Compared, ...]


class Picture(Message):
    """The pixels of one canvas. ``buffer`` is the index of a JPEG or PNG file among the message's buffers.

    ``crop`` is the part that they show: left, top, right and bottom in texels. None means the whole canvas.
    """

    canvas: str
    width: int
    height: int
    format: Literal["jpeg", "png"]
    lossless: bool
    buffer: int
    crop: tuple[float, ...] | None = None


class Marks(Message):
    """What is drawn over one picture of a canvas. All coordinates are texels of the canvas, from its top left corner.

    ``area`` is the picture's rectangle: left, top, right, bottom. Nothing is drawn outside it. ``boxes`` has these four
    numbers for each box, ``points`` two for each point: x, y. ``box_texts`` and ``point_texts`` have a text for each,
    which may be empty, and ``box_colors`` and ``point_colors`` a colour, as the number 0xRRGGBB.
    """

    area: tuple[float, ...]
    caption: str
    boxes: tuple[float, ...]
    box_texts: tuple[str, ...]
    box_colors: tuple[int, ...]
    points: tuple[float, ...]
    point_texts: tuple[str, ...]
    point_colors: tuple[int, ...]


class Annotations(Message):
    """What is drawn over the pictures of a canvas from now on. Pictures without marks are left out."""

    canvas: str
    pictures: tuple[Marks, ...]


class ControlsPatch(Message):
    """Changes to a panel's controls: ``changed`` replaces or adds by id. ``order`` lists all ids if their order
    changed.
    """

    panel: str
    changed: tuple[Control, ...]
    order: tuple[str, ...] | None


class BestValue(Message):
    """The best ``value`` that a scalar ever had, and the first ``step`` that had it. ``highest``: higher is better."""

    step: int
    value: float
    highest: bool


class SeriesPatch(Message):
    """Points of one logged scalar. The page keeps its first ``start`` points and replaces the rest with these.

    Buffer ``buffer`` holds one float64 little-endian row (step, low, high, ema, last) per point. A point covers several
    steps: ``step`` is the last of them, ``low`` and ``high`` are the extremes of their values, and ``ema`` and ``last``
    are the exponential moving average and the value at the last step. ``best`` is None if no value counts as best.
    """

    name: str
    start: int
    buffer: int
    best: BestValue | None = None


class RulerPatch(Message):
    """Another measure that goes with steps: seconds of the run without pauses, or epochs. It is linear between rows.

    The page keeps its first ``start`` rows. Buffer ``buffer`` has the rest: float64 little-endian (step, value), both
    increasing.
    """

    measure: Literal["seconds", "epochs"]
    start: int
    buffer: int


class Failure(Message):
    """An exception in a callback: ``where`` it was raised, its one-line ``summary``, and the full ``traceback``."""

    where: str
    summary: str
    traceback: str


class RecordingStatus(Message):
    """A recording in progress or ended: ``path`` on the kernel's machine, ``seconds`` and ``bytes`` so far.

    ``token`` is for `Fetch`. It is empty until the file is saved, and stays empty if the file is too large to fetch.
    """

    subject: str
    path: str
    state: Literal["recording", "saving", "saved", "failed", "empty"]
    frames: int
    seconds: float
    bytes: int
    token: str


class Status(Message):
    """The content of the status line and the toolbar.

    ``tick_rate`` is in ticks per second, 0 for unlimited. ``latency_ms`` is the time from finished tensors to painted
    pictures, None until a page has reported. ``steps_per_second`` counts logged steps, ``ticks_per_second`` callbacks.
    ``began`` is when the run began, in seconds since the epoch, 0 before.
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
    began: float = 0.0


class Chunk(Message):
    """A part of a file, in reply to `Fetch`: buffer ``buffer`` starts at ``offset``.

    ``size`` is the size of the whole file. If ``error`` is not empty, there is no buffer and nothing more to fetch.
    """

    kind: Literal["chunk"] = "chunk"
    client: str
    token: str
    name: str
    size: int
    offset: int
    buffer: int
    error: str


class Received(Message):
    """The reply to each `Upload`: ``bytes`` of the file have arrived. An ``error`` means that it was cancelled."""

    kind: Literal["received"] = "received"
    client: str
    upload: str
    bytes: int
    error: str


class Busy(Message):
    """The kernel is alive, but its main thread is busy: in a frame for ``seconds``, or with something else (0).

    Sent by the thread that reads messages from pages, if there is one, on the comm that the pages use.
    """

    kind: Literal["busy"] = "busy"
    client: str
    seconds: float


class ControlMove(Message):
    """A control showed ``text`` from ``step`` on: its label and its value, set by the user or the program."""

    step: int
    text: str


class BranchBest(Message):
    """The ``best`` value of the scalar ``series`` on the whole way to the end of a branch."""

    series: str
    best: BestValue


class BranchSteps(Message):
    """The steps of the key frames on the way to the end of an abandoned branch, at step ``last``: those of the present
    up to ``shared`` (-1 if there are none), and ``steps`` of its own.

    ``marks`` and ``moves`` are what happened after ``shared``, by step; a mark for the beginning of the branch may be
    at ``shared``.
    """

    name: str
    shared: int
    steps: tuple[int, ...]
    last: int
    marks: tuple[StepMark, ...] = ()
    moves: tuple[ControlMove, ...] = ()
    bests: tuple[BranchBest, ...] = ()


class KeyFrameSteps(Message):
    """The steps at which the recorder has taken key frames, and those whose key frames it has ``dropped`` since.

    With ``whole``, these are all of them, and the page forgets any others. ``run`` increases with every new run.
    ``branches`` are all abandoned branches, or None if nothing has changed.
    """

    run: int
    whole: bool
    taken: tuple[int, ...]
    dropped: tuple[int, ...]
    branches: tuple[BranchSteps, ...] | None = None


class Update(Message):
    """Everything new since the last message. ``seq`` increases by one with every update that contains pictures or
    annotations, which are painted together.

    ``made`` is when the tensors of the pictures were ready, in seconds since the epoch by the kernel's clock. ``moves``
    are those of the whole run, and replace earlier ones.
    """

    kind: Literal["update"] = "update"
    seq: int
    made: float
    pictures: tuple[Picture, ...]
    annotations: tuple[Annotations, ...]
    controls: tuple[ControlsPatch, ...]
    series: tuple[SeriesPatch, ...]
    status: Status | None
    key_frames: KeyFrameSteps | None = None
    moves: tuple[ControlMove, ...] | None = None
    rulers: tuple[RulerPatch, ...] = ()


class MomentPicture(Message):
    """The recorded picture of a canvas, or of a layer of it.

    ``buffer`` is the index of a JPEG or PNG file among the message's buffers. If it is -1, the picture is the one in
    the page's moment of step ``like``, which is -1 otherwise.
    """

    canvas: str
    format: Literal["jpeg", "png"]
    lossless: bool
    buffer: int
    like: int


class Moment(Message):
    """What a view showed at a key frame, in reply to `FetchMoment`. ``step`` is -1 if nothing is recorded.

    ``controls`` has all controls of each panel. ``run`` is as in `KeyFrameSteps`, ``branch`` as in `FetchMoment`.
    """

    kind: Literal["moment"] = "moment"
    client: str
    run: int
    step: int
    pictures: tuple[MomentPicture, ...]
    annotations: tuple[Annotations, ...]
    controls: tuple[ControlsPatch, ...]
    branch: str = ""


class TexelValues(Message):
    """What the tensor of a canvas holds in columns ``left`` to ``right`` and rows ``top`` to ``bottom``, excluding
    ``right`` and ``bottom``.

    They belong to one picture: ``picture`` is its index in a batch, -1 if there is only one, and ``column`` and ``row``
    are where the block begins in it. Buffer ``buffer`` has ``channels`` numbers per texel, row by row, little-endian:
    float64 if ``dtype`` is float64, float32 for other floats, int64 for anything else. All hold the tensor's values
    exactly.
    """

    canvas: str
    left: int
    top: int
    right: int
    bottom: int
    picture: int
    column: int
    row: int
    dtype: str
    channels: int
    buffer: int


class Probed(Message):
    """Values that a page has asked for and does not have yet. They were all read between the same two frames, after
    ``frame`` frames and ``step`` logged steps. Values of an overlay are reported under a canvas ``%overlay/ID``.
    """

    kind: Literal["probed"] = "probed"
    client: str
    frame: int
    step: int
    texels: tuple[TexelValues, ...]


class Measured(Message):
    """The values of a canvas before ``gain`` and ``offset``, which are the program's. ``low`` and ``high`` are the
    percentiles 1 and 99; ``counts`` is a histogram of equal bins from ``least`` to ``most``; ``strange`` values are not
    finite.
    """

    kind: Literal["measured"] = "measured"
    client: str
    canvas: str
    least: float
    most: float
    low: float
    high: float
    counts: tuple[int, ...]
    strange: int
    gain: float
    offset: float
    error: str


class Offered(Message):
    """A file with the values of a canvas, for `Fetch`. With an ``error`` there is no file."""

    kind: Literal["offered"] = "offered"
    client: str
    canvas: str
    token: str
    error: str


class PinnedTexel(Message):
    """A texel that is pinned, in this canvas and all canvases linked with it."""

    canvas: str
    x: int
    y: int


class LifePatch(Message):
    """The values of one channel of a pinned texel over the run. ``start`` and ``buffer`` are as in `SeriesPatch`."""

    canvas: str
    x: int
    y: int
    channel: int
    start: int
    buffer: int


class Pins(Message):
    """All pinned texels, and their new values. Sent when either changes."""

    kind: Literal["pins"] = "pins"
    pins: tuple[PinnedTexel, ...]
    lives: tuple[LifePatch, ...]


class StepMark(Message):
    """Something that happened at ``step``, with a short ``text`` for the user: a note of the program, an alarm, a
    checkpoint, or the beginning of a branch.
    """

    step: int
    kind: MarkKind
    text: str


class GhostCurve(Message):
    """The values of ``series`` in an abandoned branch or in another run: buffer ``buffer`` has float64 little-endian
    rows (step, value).
    """

    branch: str
    series: str
    buffer: int


class GhostControl(Message):
    """The ``value`` that the control with this ``label`` had at the end of a run."""

    label: str
    value: Value


class GhostRun(Message):
    """What the curves of ``name`` belong to: a ``branch`` of this run, an earlier ``run``, or one from a ``file``.

    ``began`` is in seconds since the epoch, 0 if unknown. ``rulers`` are whole.
    """

    name: str
    kind: Literal["branch", "run", "file"]
    began: float
    controls: tuple[GhostControl, ...]
    rulers: tuple[RulerPatch, ...]


class Ghosts(Message):
    """All curves of abandoned branches and other runs, and those runs, newest last. Sent when they have changed."""

    kind: Literal["ghosts"] = "ghosts"
    curves: tuple[GhostCurve, ...]
    runs: tuple[GhostRun, ...] = ()


class StandingAlarm(Message):
    """An alarm that the user has not answered: what is wrong with ``series`` at ``step``, as a sentence ``text``.

    ``paused`` tells whether it has paused the run. ``checkpoint`` is the step of the last checkpoint before it, None if
    there is none.
    """

    series: str
    step: int
    text: str
    paused: bool
    checkpoint: int | None


class Timeline(Message):
    """Everything that happened at steps of the run, sorted by step, and the active alarms. Sent when it has changed; it
    replaces the previous one.
    """

    kind: Literal["timeline"] = "timeline"
    marks: tuple[StepMark, ...]
    alarms: tuple[StandingAlarm, ...]


class FutureLine(Message):
    """One of the futures being explored, with its own values for controls, which ``name`` lists.

    ``steps`` is how many have run. It ``ended`` early because of an alarm, or ``failed`` with an exception: ``said``
    says why. ``values`` has the last value of each scalar, as text, and ``branch`` the branch that it became, empty
    until then.
    """

    name: str
    state: Literal["waiting", "running", "done", "ended", "failed"]
    said: str
    steps: int
    values: tuple[tuple[str, str], ...]
    branch: str


class Exploration(Message):
    """The progress of an exploration of futures. Sent when it has changed.

    Until it is over, the view runs frames of futures, and users cannot change anything. ``steps`` is the length of each
    future, and ``step`` is where all begin. ``best`` is the index of the best one by the scalar ``by``, or -1 if that
    cannot be decided. ``said`` is why it failed. A ``dismissed`` exploration is no longer shown.
    """

    kind: Literal["exploration"] = "exploration"
    run: int
    state: Literal["running", "done", "cancelled", "failed", "dismissed"]
    said: str
    step: int
    steps: int
    by: str
    best: int
    futures: tuple[FutureLine, ...]


class FuturePicture(Message):
    """The last picture of a canvas in a future. ``buffer`` is the index of a JPEG or PNG file."""

    canvas: str
    format: Literal["jpeg", "png"]
    buffer: int


class FutureShown(Message):
    """The result of future number ``future`` of exploration ``run``. Sent once it has ended.

    The curves cover its own steps only.
    """

    kind: Literal["future_shown"] = "future_shown"
    run: int
    future: int
    pictures: tuple[FuturePicture, ...]
    curves: tuple[GhostCurve, ...]


class ExploreRefused(Message):
    """Says why an `Explore` was not started."""

    kind: Literal["explore_refused"] = "explore_refused"
    client: str
    said: str


# --- from the page to the kernel -------------------------------------------------------------------------------------


class Ready(Message):
    """A page has been laid out and needs a `Scene`. ``client`` is its random name, new with every rendering."""

    kind: Literal["ready"] = "ready"
    client: str
    protocol: int


class CanvasSize(Message):
    """Device pixels available for one canvas in a page."""

    canvas: str
    width: int
    height: int


class Resize(Message):
    """The space available for a page's canvases, sent when it has changed."""

    kind: Literal["resize"] = "resize"
    client: str
    sizes: tuple[CanvasSize, ...]


class Unseen(Message):
    """The panels that a page does not show, because they are hidden or behind another. Sent when they have changed."""

    kind: Literal["unseen"] = "unseen"
    client: str
    panels: tuple[str, ...]


class CanvasDifference(Message):
    """A page shows how ``canvas`` differs from ``other``. The kernel sends the difference as the `Picture` of a canvas
    ``id``.

    ``colormap`` is a name, or empty for none.
    """

    id: str
    canvas: str
    other: str
    difference: Literal["signed", "absolute", "squared", "relative"]
    gain: float
    colormap: str


class Differences(Message):
    """All differences that a page shows. Sent when they have changed."""

    kind: Literal["differences"] = "differences"
    client: str
    differences: tuple[CanvasDifference, ...]


class CanvasViewport(Message):
    """The part of a canvas's picture that a page shows, in texels. x goes right, y down, (0, 0) is the outer top left
    corner.
    """

    canvas: str
    left: float
    top: float
    right: float
    bottom: float


class Viewports(Message):
    """The visible parts of a page's zoomed canvases; all others are shown whole. Sent when it has changed, at most once
    per animation frame.
    """

    kind: Literal["viewports"] = "viewports"
    client: str
    viewports: tuple[CanvasViewport, ...]


class Report(Message):
    """The highest ``seq`` that a page has painted, its age in milliseconds, and the number of frames painted in total.

    ``visible`` is true if the view is on screen. Sent at once when that changes or no update has come for long,
    otherwise at most four times a second, or every two seconds while the page paints every update. If anything is
    painted, the next report follows within ``next_ms``. ``resync`` requests complete pictures, because the page may
    show wrong ones. ``beat_ms`` is the display's refresh interval. ``early_ms`` is how much later frames could be sent
    and still be in time for the same refresh; it is negative if they come too late. Both are 0 if unknown.
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


class LookBack(Message):
    """Whether a page looks back, and so wants no pictures of the present. Repeated every few seconds while it does."""

    kind: Literal["look_back"] = "look_back"
    client: str
    back: bool


class FetchMoment(Message):
    """A page that looks back wants the key frame at or before ``step``. It has those of the steps ``have``.

    They lie on the way to the end of ``branch``, or to the present if it is empty. Answered by `Moment`.
    """

    kind: Literal["fetch_moment"] = "fetch_moment"
    client: str
    step: int
    have: tuple[int, ...]
    branch: str = ""


class SetControl(Message):
    """The user changed a control. ``revision`` is the page's count of its changes to this control, from 1."""

    kind: Literal["set_control"] = "set_control"
    client: str
    panel: str
    control: str
    value: Value
    revision: int


class Pointed(Message):
    """A pointer event on a canvas whose ``pointer`` is not ``off``.

    ``x`` and ``y`` are texels from the picture's top left corner, and may lie outside it. Moves are sent at most once
    per animation frame. ``button`` is the button of a ``press``, ``release`` or ``click``; ``buttons`` are those held
    down afterwards. ``wheel`` counts notches, positive away from the user. ``stroke`` is the page's count of presses:
    only moves of the same stroke may be merged.
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


class HideLabel(Message):
    """The user has hidden or shown label ``label`` in the legend of a canvas's ``layer``."""

    kind: Literal["hide_label"] = "hide_label"
    client: str
    canvas: str
    layer: Literal["picture", "overlay"]
    label: int
    hidden: bool


class SetLook(Message):
    """The user changed how a canvas looks: ``exposure`` is in stops, and ``offset`` is added after that.

    ``colormap`` is a name, or empty for grey. ``program`` keeps the program's.
    """

    kind: Literal["set_look"] = "set_look"
    client: str
    canvas: str
    exposure: float
    offset: float
    colormap: str
    channels: Literal["program", "auto", "r", "g", "b", "a"]


class Measure(Message):
    """A page wants to know how the values of a canvas are distributed. Answered by `Measured`."""

    kind: Literal["measure"] = "measure"
    client: str
    canvas: str


class SaveTexels(Message):
    """The user wants the true values of a canvas as a file. Answered by `Offered`."""

    kind: Literal["save_texels"] = "save_texels"
    client: str
    canvas: str


class ProbeTexel(Message):
    """The texel under a page's pointer, whose values it wants to know in all linked canvases, until it says otherwise.

    ``canvas`` is empty once the pointer is over no picture. Always answered by `Probed`, and again when values change.
    """

    kind: Literal["probe_texel"] = "probe_texel"
    client: str
    canvas: str
    x: int
    y: int


class TexelBlock(Message):
    """Columns ``left`` to ``right`` and rows ``top`` to ``bottom`` of a canvas, excluding ``right`` and ``bottom``."""

    canvas: str
    left: int
    top: int
    right: int
    bottom: int


class WatchTexels(Message):
    """All blocks of texels whose values a page wants until it says otherwise. Answered like `ProbeTexel`.

    Together they have at most 8,192 texels. What lies outside a picture is left out of the answer.
    """

    kind: Literal["watch_texels"] = "watch_texels"
    client: str
    blocks: tuple[TexelBlock, ...]


class PinTexel(Message):
    """The user pins a texel, or removes the pin there. ``alone`` removes all other pins first."""

    kind: Literal["pin_texel"] = "pin_texel"
    client: str
    canvas: str
    x: int
    y: int
    pinned: bool
    alone: bool


class Command(Message):
    """A toolbar button, or ``save``: the host is saving the notebook, and the stored copy of the view must be up to
    date. ``value`` is the rate for ``tick_rate``, otherwise 0.
    """

    kind: Literal["command"] = "command"
    client: str
    name: CommandName
    value: float


class Rewind(Message):
    """The user wants to continue from ``step`` of a branch, which is empty for the present one. -1 is the end of a
    branch. Everything after that step stays, as an abandoned branch.
    """

    kind: Literal["rewind"] = "rewind"
    client: str
    step: int
    branch: str


class Trial(Message):
    """Values for a control, each to be tried in its own futures."""

    panel: str
    control: str
    values: tuple[Value, ...]


class Explore(Message):
    """The user wants to run ``steps`` steps with every combination of these values."""

    kind: Literal["explore"] = "explore"
    client: str
    trials: tuple[Trial, ...]
    steps: int


class AnswerFutures(Message):
    """The user cancels exploration ``run``, keeps one ``future`` of it, or keeps none; otherwise ``future`` is -1."""

    kind: Literal["answer_futures"] = "answer_futures"
    client: str
    run: int
    answer: Literal["cancel", "keep", "dismiss"]
    future: int


class EarlierRun(Message):
    """A page has the run that an earlier kernel has left in the notebook, where this view is now.

    Buffer ``buffer`` has its replay document in UTF-8, without pictures. A view takes one such run.
    """

    kind: Literal["earlier_run"] = "earlier_run"
    client: str
    buffer: int


class Fetch(Message):
    """A page requests the part of a file from ``offset`` on. ``token`` is the kernel's identifier of the file."""

    kind: Literal["fetch"] = "fetch"
    client: str
    token: str
    offset: int


class Upload(Message):
    """A part of a file for a file dialog: buffer ``buffer`` starts at ``offset``. Each is answered by `Received`.

    ``upload`` is the page's identifier of the file, new for each one. ``name`` and ``size``, in bytes, describe the
    whole file.
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


class CancelUpload(Message):
    """A page has cancelled an upload."""

    kind: Literal["cancel_upload"] = "cancel_upload"
    client: str
    upload: str


class Gone(Message):
    """A page has removed its view."""

    kind: Literal["gone"] = "gone"
    client: str


KernelMessage = (
    Scene
    | Update
    | Chunk
    | Received
    | Busy
    | Probed
    | Pins
    | Measured
    | Offered
    | Timeline
    | Moment
    | Ghosts
    | Exploration
    | FutureShown
    | ExploreRefused
)
ClientMessage = (
    Ready
    | Resize
    | Unseen
    | Differences
    | Viewports
    | Report
    | LookBack
    | FetchMoment
    | SetControl
    | Pointed
    | HideLabel
    | SetLook
    | Measure
    | SaveTexels
    | ProbeTexel
    | WatchTexels
    | PinTexel
    | Command
    | Rewind
    | Explore
    | AnswerFutures
    | EarlierRun
    | Fetch
    | Upload
    | CancelUpload
    | Gone
)
