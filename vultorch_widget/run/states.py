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
    """The state of a run, and its failure if it failed. Every method may be called on any thread."""

    def __init__(self) -> None:
        self.state: State = "idle"  # plain attribute: each frame reads it many times. Only `take` sets it
        self._lock = Lock()
        self._now: tuple[State, Failure | None] = "idle", None

    def forget(self) -> None:
        """Starts over as ``idle`` in a forked process, unless closed. A thread of the parent may hold the lock."""
        self._lock = Lock()
        if not self.is_closed():
            self.state, self._now = "idle", ("idle", None)

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
            self._now = state, failure
            self.state = state
            return True

    def runs(self) -> bool:
        """Returns whether frames run one after another."""
        return self._now[0] == "running"

    def is_idle(self) -> bool:
        """Returns whether the run has not begun, or its loop has ended with its cell."""
        return self._now[0] == "idle"

    def is_closed(self) -> bool:
        """Returns whether the view is closed."""
        return self._now[0] == "closed"

    def has_failed(self) -> bool:
        """Returns whether a callback raised and the run has not been continued since."""
        return self._now[0] == "failed"

    def is_on_the_way(self) -> bool:
        """See `ON_THE_WAY`."""
        return self._now[0] in ON_THE_WAY

    def is_over(self) -> bool:
        """See `OVER`."""
        return self._now[0] in OVER

    def is_held(self) -> bool:
        """See `HELD`."""
        return self._now[0] in HELD

    def is_unbegun(self) -> bool:
        """See `UNBEGUN`."""
        return self._now[0] in UNBEGUN

    def is_deaf(self) -> bool:
        """See `DEAF`."""
        return self._now[0] in DEAF
