"""Takes the key frames of a replay at moments when they cost the run next to nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..annotations.layers import LAYER
from ..basics.budget import Budget
from ..basics.cadence import Cadence
from ..inspection.pins import Pins
from ..metrics import Metrics
from ..pictures.pixels import Pixels
from ..protocol.messages import PinnedTexel, StepMark
from ..render.pending_pictures import PendingPictures
from ..render.plan import Tile
from ..render.renderer import Renderer, Rendering
from ..replay import Outcome, ReplayBuilder, document
from ..replay.control_history import Change
from ..replay.events import Events
from ..replay.ghosts import ghosts, rulers
from ..replay.key_frames import Annotations, Controls, KeyFrame
from ..replay.pace import Pace
from ..replay.poster import poster
from ..replay.series import build, life
from ..replay.training import KeptWeights, Trained
from ..tree.tiles import layer_ids, plan_all, plan_layers
from ..tree.view_tree import Tree
from .snapshot import drawn_over, overdrawn

SHARE = 0.004
"""Maximum share of a run's time for key frames."""
CREDIT = 0.1
"""Seconds that key frames may take in a burst: they are close together at the beginning of a run."""
LONG_SHARE = 0.02
"""Share of a frame's time that its own key frame may always take. Nobody misses 20 ms in a second, and a training that
slow deserves a picture of every step.
"""
EVENT_SHARE = 0.002
"""Share of a run's time that key frames of events may take, in addition to the others."""
LOOK_INTERVAL = 0.05
"""Minimum seconds of the run between two checks of the logged values."""
MOST_LOOKED_AT = 16
"""Maximum number of logged scalars that are checked."""


class ReplayFrames:
    """Collects what a view's replay needs. All methods run on the owner's thread, unless they say otherwise.

    Pictures are composited at the resolution of their tensors, whether or not a page shows them.
    """

    def __init__(
        self,
        tree: Tree,
        renderer: Renderer,
        metrics: Metrics,
        pins: Pins,
        builder: ReplayBuilder,
        notify: Callable[[str], None],
    ) -> None:
        self.builder = builder
        self.version = 0  # increases with every change that a new document would contain
        self.budget = Budget(SHARE, CREDIT)
        self.events = Events()
        self.event_budget = Budget(EVENT_SHARE, CREDIT)
        self._training: Trained | None = None  # the training that a page can continue
        self._weights = KeptWeights()
        self._pace = Pace()
        self._tree = tree
        self._renderer = renderer
        self._metrics = metrics
        self._pins = pins
        self._stores = 0  # changes of all stores that were recorded
        self._pending: PendingPictures[_KeyFrame] = PendingPictures(renderer)
        self._happened = False  # an event that no key frame shows yet
        self._looking = Cadence(LOOK_INTERVAL)
        self._passed: float | None = None  # seconds that the ended frame took; None once processed
        self._outdated = False  # the tensors still show the run before a reset
        self._logged = False
        self._notify = notify
        self._failed = False
        self._opened = False
        self._payer: Budget | None = None  # charged for the key frame in progress; None if its frame pays
        self._cost = 0.0  # seconds that this key frame has taken so far

    # --- during a run ------------------------------------------------------------------------------------------------

    def enter(self, *, running: bool) -> None:
        """Records that the run continues or pauses. A pause is an event. Any thread."""
        if running:
            self._pace.go_on(time.perf_counter())
            self._metrics.begin()
        elif not self._pace.resting:
            self._pace.rest()
            self._happened = True

    def count(self, frame: int) -> None:
        """Records that frame number ``frame`` has ended. Called for each frame, before `frame_ended`."""
        self._passed = self._pace.frame(time.perf_counter(), self._step(frame))
        self._outdated = False
        self.version += 1

    def reset(self) -> None:
        """Starts over with the run. The new run's pictures begin with its next frame."""
        self._pace.begin_again()
        self.events.clear()
        self._weights.clear()
        self._pending.forget()
        self._passed = None
        self._happened = self._outdated = True
        self._metrics.rulers.begin(self._pace.seconds)
        self._metrics.begin(anew=True)
        if self._logged:
            self.builder.clear()

    @property
    def logged(self) -> bool:
        """True once anything was logged: steps are then those, else frames."""
        return self._logged

    def went(self, frames: Iterable[KeyFrame], changes: Iterable[Change]) -> None:
        """Continues from ``frames`` and ``changes``, which replace those of the abandoned branch."""
        self._pace.begin_again()
        self.events.clear()
        self._pending.forget()
        self._passed = None
        self._happened = True
        self._outdated = False
        self._stores = -1
        self.version += 1
        self.builder.replace(frames, changes)

    def go_back(self, step: int) -> None:
        """Drops everything after ``step``, to which a run in other processes has gone back; 0 is its beginning."""
        rulers, changes = self._metrics.rulers, self.builder.changes.kept
        rulers.go_back(rulers.snapshot(), step, self._pace.seconds)
        if not step:
            self._metrics.begin(anew=True)
        frames = [frame for frame in self.builder.key_frames.frames if 0 < frame.step <= step]
        self.went(frames, [change for change in changes if 0 < change.step <= step])

    def frame_ended(self, frame: int) -> None:
        """Records what changed, and makes a key frame if one is due. ``frame`` is the number of ended frames."""
        passed, self._passed = self._passed, None
        if self._failed or passed is None:  # after a reset the pictures are still those of the previous run
            return
        try:
            self._take_down(frame, passed)
        except Exception as error:  # a failing replay must not end a training
            self._give_up(frame, error)

    def _give_up(self, frame: int, error: Exception) -> None:
        self._failed = True
        self._notify(f"The replay ends at frame {frame}: {error}")

    def _take_down(self, frame: int, passed: float) -> None:
        step = self._step(frame)
        now = self._pace.seconds
        stores = 0
        for panel in self._tree.panels.values():
            stores += panel.store.changes
        if stores != self._stores:
            self._stores = stores
            changed = self.builder.observe(step, self._controls())
            self._happened = self.events.change(changed, now) or self._happened
        if self._looking.due(now):
            self._looking.done(now)
            if self._logged:
                self._metrics.rulers.tick(step, now)
            scalars = self._metrics.read_so_far(MOST_LOOKED_AT)
            self._happened = self.events.look(now, scalars) or self._happened
        if self._pending:
            self._paying(self._collect)
        elif (self._happened or self.builder.key_frames.wants(step)) and self._payable(passed, now):
            self._paying(lambda: self._begin(step))

    def _payable(self, passed: float, now: float) -> bool:
        """Returns whether a key frame is affordable ``now``, in a frame of ``passed`` seconds."""
        self._payer = None
        if self.budget.usual > LONG_SHARE * passed:
            self._payer = self.budget
            if self._happened and now < self.budget.due:
                self._payer = self.event_budget
        return self._payer is None or now >= self._payer.due

    def _paying(self, work: Callable[[], float]) -> None:
        """Does ``work`` for a key frame, and charges a budget once its pictures are there: for all ticks in which it
        was worked on, and for the seconds for which ``work`` says that it holds up a GPU.

        A budget knows key frames by their usual cost, and would take the looks at an unfinished picture for cheap ones.
        On a busy machine other programs take most of the elapsed time, so the cost is the processor time if that is
        less.
        """
        begun, worked = time.perf_counter(), time.process_time()
        held_up = work()
        took = held_up + min(time.perf_counter() - begun, time.process_time() - worked)
        if not self._opened:  # the first key frame opens the device, which pages would do anyway
            self._opened = True
            took = 0.0
        self._cost += took
        if self._pending:
            return
        took, self._cost = self._cost, 0.0
        if self._payer is not None:
            self._payer.spend(took, self.seconds)
        if self._payer is not self.budget:
            self.budget.note(took)

    def _step(self, frame: int) -> int:
        """Returns the replay's position: the logged step if anything was logged, otherwise the frame number."""
        if self._metrics.iteration > 0 and not self._logged:
            self._logged = True
            self.builder.clear()
            self._pace.begin_again()
        return self._metrics.iteration if self._logged else frame

    def _controls(self) -> Controls:
        return {panel.id: panel.store.specs() for panel in self._tree.panels.values()}

    def _annotations(self) -> Annotations:
        return {canvas.id: marks for canvas in self._tree.canvases() if (marks := canvas.marks())}

    def _begin(self, step: int) -> float:
        if self._training is not None and self._training.quick:
            self._weigh(step)
        happened, self._happened = self._happened, False
        tiles = self._tiles()
        if not tiles:
            self.builder.take(step, {}, self._controls(), event=happened)
            return 0.0
        wanted = _KeyFrame(list(tiles), step, self._controls(), happened, self._annotations())
        rendering = self._pending.submit(list(tiles.values()), wanted)
        self._collect()
        return rendering.held_up

    def _collect(self) -> float:
        """Takes the submitted pictures if they are ready; does not wait for the device."""
        if (collected := self._pending.collect()) is None:
            return 0.0
        rendering, wanted = collected
        if rendering.stale:  # a snapshot overwrote it; a later key frame will show the event
            self._happened = self._happened or wanted.event
        else:
            pictures = _pixels(rendering, wanted.canvases)
            self.builder.take(wanted.step, pictures, wanted.controls, wanted.annotations, event=wanted.event)
        return 0.0

    def _tiles(self) -> dict[str, Tile]:
        """The tiles of all canvases, and of the layers with which a player hides labels."""
        canvases = list(self._tree.canvases())
        side = self.builder.side(len(canvases) + sum(len(layer_ids(canvas)) for canvas in canvases))
        rooms = {canvas.id: (side, side) for canvas in canvases}
        tiles = plan_all(canvases, rooms)
        for canvas in canvases:
            tiles |= plan_layers(canvas, rooms)
        return tiles

    # --- what is saved -----------------------------------------------------------------------------------------------

    def finish(self, frame: int, level: int) -> bytes:
        """Takes the current state as the exact end of the replay so far, and returns its poster, a PNG file.

        ``level`` is the zlib compression level of both: higher is smaller and slower.
        """
        step = self._step(frame)
        controls = self._controls()
        self.builder.observe(step, controls)
        if (unfinished := self._pending.forget()) is not None:  # those of now take its place
            self._happened = self._happened or unfinished.event
        if self._failed:
            return b""
        try:
            pictures = self._shown()
        except Exception as error:  # a failing replay must not end a training
            self._give_up(frame, error)
            return b""
        if self._happened and not self._outdated:
            self.builder.take(step, pictures, controls, self._annotations(), event=True)
            self._happened = False
        if not self._outdated:
            self._weigh(step)
        self.builder.finish(step, pictures, controls, level, self._annotations())
        over = drawn_over(self._tree.canvases())
        shown = {name: pixels for name, pixels in pictures.items() if not name.startswith(LAYER)}
        return poster([overdrawn(pixels, over.get(canvas)) for canvas, pixels in shown.items()], level)

    def taken_now(self, step: int) -> KeyFrame | None:
        """What is shown now, as a key frame of ``step`` that does not become part of the replay; None if nothing can be
        shown.

        Waits for the device.
        """
        try:
            pictures = self._shown()
        except Exception:  # a picture must not end a training
            return None
        return self.builder.key_frame(step, pictures, self._controls(), self._annotations())

    def _shown(self) -> dict[str, Pixels]:
        """Returns the current pictures. Waits for the device."""
        tiles = self._tiles()
        return _pixels(self._renderer.submit(list(tiles.values())), list(tiles)) if tiles else {}

    def document(self, outcome: Outcome) -> dict[str, object]:
        """Returns the replay; see `replay.document`."""
        rows = {name: points for name, _, points in self._metrics.patches({})}
        latest = {name: value for name in rows if (value := self._metrics.latest(name)) is not None}
        pins = [PinnedTexel(canvas=spot.canvas, x=spot.x, y=spot.y) for spot in self._pins.spots]
        lives = [life(*channel, points) for channel, _, points in self._pins.lives.patches({})]
        metrics = self._metrics
        marks = [StepMark(**mark._asdict()) for mark in metrics.timeline.marks]
        bests = {name: best._asdict() for name, best in metrics.bests().items()}
        series = {name: {**one, "best": bests.get(name)} for name, one in build(rows, latest).items()}
        made = document(
            self.builder,
            self._tree.scene(),
            series,
            outcome,
            pins,
            lives,
            marks,
            rulers(metrics.rulers.snapshot()),
            ghosts(metrics.ghosts.runs, metrics.ghosts.curves),
            metrics.began,
        )
        made["training"] = self._trained()
        return made

    # --- what a page can train on ------------------------------------------------------------------------------------

    def train_on(self, training: Trained | None) -> None:
        """Keeps weights of ``training`` from now on, so that a page can continue it; None keeps none."""
        self._training = training
        self._weights.clear()

    def _weigh(self, step: int) -> None:
        if self._training is None:
            return
        try:
            self._weights.add(step, self._training.weights())
        except Exception as error:  # it belongs to the user, who may have changed it
            self._end_training(error)

    def _trained(self) -> dict[str, object] | None:
        weights = self._weights.described()
        if self._training is None or weights is None:
            return None
        try:
            return {**self._training.definition(), **weights}
        except Exception as error:
            self._end_training(error)
            return None

    def _end_training(self, error: Exception) -> None:
        self.train_on(None)
        self._notify(f"A page cannot go on with this training: {error}")

    @property
    def seconds(self) -> float:
        """Duration of the run in seconds, without pauses."""
        return self._pace.seconds

    @property
    def speed(self) -> float:
        """Steps per second (logged steps, otherwise frames); see `Pace.speed`."""
        return self._pace.speed


class _KeyFrame(NamedTuple):
    """What to keep with the pictures of ``canvases`` in flight."""

    canvases: list[str]
    step: int
    controls: Controls
    event: bool
    annotations: Annotations


def _pixels(rendering: Rendering, canvases: list[str]) -> dict[str, Pixels]:
    return {canvas: rendering.pixels(index) for index, canvas in enumerate(canvases)}
