"""One frame of a view, from its beginning to its end. `Runner` decides when there is one."""

from __future__ import annotations

from ..metrics import Metrics
from ..offscreen.replay_frames import ReplayFrames
from ..tree.view_tree import Tree
from .callbacks import Callbacks, call
from .frames import Frames
from .gpu_backlog import Backlog


class Session:
    """What a frame changes: the declared tree, the count of frames, what was logged, and the replay. One thread."""

    def __init__(self, tree: Tree, frames: Frames, metrics: Metrics, replay: ReplayFrames) -> None:
        self.tree = tree
        self.frames = frames
        self.metrics = metrics
        self.replay = replay
        self.callbacks = Callbacks(tree)
        self._backlog = Backlog()

    def begin_frame(self) -> None:
        """From here on, what is called belongs to a frame."""
        self.frames.begin()
        self.tree.begin_frame()

    def abandon_frame(self) -> None:
        """The frame that has begun counts for nothing."""
        self.frames.abandon()
        self.tree.abandon_frame()

    def end_frame(self) -> None:
        """Takes the frame as made, and counts it."""
        self.frames.end()
        self.tree.end_frame()
        self.replay.count(self.frames.count)

    def cut_frame(self) -> None:
        """The same within a callback, where that was the last; controls that were not called yet stay.

        In the body of a loop, whose frame is yet to end, only the latter.
        """
        self.abandon_frame()
        if self.callbacks.running:
            self.frames.count += 1

    def limit_backlog(self) -> None:
        """Waits for GPUs that are far behind; see `Backlog`."""
        self._backlog.limit(canvas.tensor for canvas in self.tree.canvases() if canvas.tensor is not None)

    def reset(self) -> None:
        """Forgets what was logged, then runs the user's reset callback. Raises `FrameError` where that raises."""
        self.metrics.clear()
        self.replay.reset()
        call("view.reset", self.tree.on_reset)
