"""One frame of a view, from begin to end. `Runner` decides when to run one."""

from __future__ import annotations

from typing import Any, Protocol

from ..checkpoints import Point
from ..metrics import Metrics
from ..offscreen.replay_frames import ReplayFrames
from ..tree.view_tree import Tree
from .callbacks import Callbacks, call
from .frames import Frames
from .gpu_backlog import Backlog


class Keeper(Protocol):
    """Keeps what is needed to go back."""

    def frame_begins(self) -> None:
        """A frame begins, before the program's code."""

    def frame_ended(self) -> None:
        """A frame has ended, and no message has been applied since."""

    def ask(self, step: int | None, branch: str | None) -> None:
        """Asks for a rewind at the end of the current frame. Any thread."""

    def answer(self) -> None:
        """Does what was asked."""

    def rewind(self, step: int | None, branch: str | None = None) -> int:
        """Goes back, and returns the step that the run is then at."""

    def left(self) -> list[Any]:
        """The abandoned branches."""

    def reset(self) -> None:
        """The run is about to start over."""

    def begun_anew(self) -> None:
        """The run has started over."""


class Session:
    """What a frame changes: the declared tree, the frame count, logged values and the replay. One thread."""

    def __init__(self, tree: Tree, frames: Frames, metrics: Metrics, replay: ReplayFrames) -> None:
        self.tree = tree
        self.frames = frames
        self.metrics = metrics
        self.replay = replay
        self.callbacks = Callbacks(tree)
        self.keeper: Keeper | None = None
        self.own_loop = False  # the program's own loop runs the frames, and its body cannot be called
        self._backlog = Backlog()

    @property
    def step(self) -> int:
        """The position of the run: the last logged step, or the number of frames if nothing was ever logged."""
        return self._position(self.metrics.iteration, self.frames.count)

    def step_of(self, point: Point) -> int:
        """The position of the run at ``point``; see `step`."""
        return self._position(point.iteration, point.frame)

    def _position(self, iteration: int, frame: int) -> int:
        return iteration if self.replay.logged or self.metrics.iteration else frame

    def begin_frame(self) -> None:
        """Begins a frame. Controls that are called from now on belong to it."""
        self.frames.begin()
        self.tree.begin_frame()
        if self.keeper is not None:
            self.keeper.frame_begins()

    def abandon_frame(self) -> None:
        """Discards the frame in progress."""
        self.frames.abandon()
        self.tree.abandon_frame()

    def end_frame(self) -> None:
        """Accepts the frame in progress and counts it."""
        self.frames.end()
        self.tree.end_frame()
        self.replay.count(self.frames.count)

    def cut_frame(self) -> None:
        """Ends the frame from within, when a callback or a loop's body closes the view. Controls not called yet stay.

        A callback's frame is counted. A loop's frame is not, because it is counted at its end.
        """
        self.abandon_frame()
        if self.callbacks.running:
            self.frames.count += 1

    def cut_off(self) -> None:
        """Discards the parent's frame in a forked process, even if the fork happened inside a callback."""
        self.abandon_frame()
        self.callbacks.running = False

    def limit_backlog(self) -> None:
        """Waits for GPUs that are far behind; see `Backlog`."""
        self._backlog.limit(self.tree.canvases)

    def reset(self) -> None:
        """Clears the logged values, then runs the user's reset callback. Raises `FrameError` if that raises.

        Even then the run has started over, and the earlier branch has been abandoned.
        """
        if self.keeper is not None:
            self.keeper.reset()
        else:
            self.metrics.keep_as_ghost(self.tree.settings())
        self.metrics.clear()
        self.replay.reset()
        try:
            call("view.reset", self.tree.on_reset)
        finally:
            if self.keeper is not None:
                self.keeper.begun_anew()
