"""The states of a run and their transitions: one table, read and changed under one lock."""

from __future__ import annotations

from threading import Lock
from typing import Literal

from ..protocol.messages import Failure, State

Event = Literal["start", "pause", "step", "interrupt", "resume", "stop", "fail", "reset", "rest", "close"]

TABLE: dict[State, dict[Event, State]] = {
    "idle": {"start": "running", "fail": "failed", "close": "closed"},
    "running": {
        "start": "running",
        "pause": "paused",
        "step": "paused",
        "interrupt": "paused",
        "stop": "stopped",
        "fail": "failed",
        "rest": "idle",
        "close": "closed",
    },
    "paused": {
        "start": "running",
        "interrupt": "paused",
        "resume": "running",
        "stop": "stopped",
        "fail": "failed",
        "rest": "idle",
        "close": "closed",
    },
    "stopped": {"start": "running", "resume": "running", "fail": "failed", "close": "closed"},
    "failed": {
        "start": "running",
        "step": "paused",
        "reset": "paused",
        "resume": "running",
        "stop": "stopped",
        "fail": "failed",
        "close": "closed",
    },
    "closed": {},
}
"""Events without an entry change nothing: nothing leads out of ``closed``, and only a running view can be paused.

``step`` runs one frame and pauses. ``rest`` means that the loop which ran the frames has ended with its cell.
"""

ON_THE_WAY: frozenset[State] = frozenset({"running", "paused"})
"""States in which a condition that a cell waits for may still become true."""
OVER: frozenset[State] = frozenset({"stopped", "closed"})
"""States in which a loop that runs the frames ends."""
HELD: frozenset[State] = frozenset({"paused", "failed"})
"""States in which such a loop waits for the user."""
UNBEGUN: frozenset[State] = frozenset({"idle", "stopped", "failed"})
"""States from which a new loop begins a run."""
DEAF: frozenset[State] = frozenset({"failed", "closed"})
"""States in which pointer callbacks are not called."""


class Standing:
    """The state of a run, and its failure if it failed. Every method may be called on any thread.

    What each frame asks many times are plain attributes. Only `take` and `forget` set them, all from one state; between
    two of them, another thread may take the next transition.

    Attributes:
        state: The state.
        closed: Whether the view is closed.
        running: Whether frames run one after another.
        idle: Whether the run has not begun, or its loop has ended with its cell.
        failed: Whether a callback raised and the run has not been continued since.
        on_the_way: See `ON_THE_WAY`.
        over: See `OVER`.
        held: See `HELD`.
        unbegun: See `UNBEGUN`.
        deaf: See `DEAF`.

    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._enter("idle", None)

    def forget(self) -> None:
        """Starts over as ``idle`` in a forked process, unless closed. A thread of the parent may hold the lock."""
        self._lock = Lock()
        if not self.closed:
            self._enter("idle", None)

    @property
    def both(self) -> tuple[State, Failure | None]:
        """State and failure, read together."""
        return self._now

    def take(self, event: Event, failure: Failure | None = None) -> bool:
        """Makes the transition for ``event``, with ``failure``. Returns False if there is none."""
        with self._lock:
            state = TABLE[self._now[0]].get(event)
            if state is None:
                return False
            self._enter(state, failure)
            return True

    def _enter(self, state: State, failure: Failure | None) -> None:
        self._now = state, failure
        self.closed = state == "closed"  # first: nothing else is asked of a closed view
        self.running = state == "running"
        self.idle = state == "idle"
        self.failed = state == "failed"
        self.on_the_way = state in ON_THE_WAY
        self.over = state in OVER
        self.held = state in HELD
        self.unbegun = state in UNBEGUN
        self.deaf = state in DEAF
        self.state: State = state
