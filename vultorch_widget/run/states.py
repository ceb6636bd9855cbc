"""The states of a run, and what leads from one to the next: one table, asked and changed under one lock."""

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
"""What is not in it changes nothing: nothing leads out of ``closed``, and only a run that goes on can be paused.

``step`` runs one frame and rests, ``rest`` says that the loop which ran the frames has gone with its cell.
"""

ON_THE_WAY: frozenset[State] = frozenset({"running", "paused"})
"""The states in which a condition that is waited for may still come true."""
OVER: frozenset[State] = frozenset({"stopped", "closed"})
"""Those in which a loop that runs the frames leaves."""
HELD: frozenset[State] = frozenset({"paused", "failed"})
"""Those in which it stays, and waits for a hand."""
UNBEGUN: frozenset[State] = frozenset({"idle", "stopped", "failed"})
"""Those from which a new loop begins a run."""
DEAF: frozenset[State] = frozenset({"failed", "closed"})
"""Those in which the program does not answer a pointer."""


class Standing:
    """The state of a run, and the failure that goes with it. Every method may be called on any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._now: tuple[State, Failure | None] = "idle", None

    @property
    def state(self) -> State:
        """The state now."""
        return self._now[0]

    @property
    def both(self) -> tuple[State, Failure | None]:
        """The state and its failure, of one moment."""
        return self._now

    def take(self, event: Event, failure: Failure | None = None) -> bool:
        """Goes where ``event`` leads, with ``failure``. False, and nothing is changed, where it leads nowhere."""
        with self._lock:
            state = TABLE[self._now[0]].get(event)
            if state is None:
                return False
            self._now = state, failure
            return True

    def runs(self) -> bool:
        """Whether frames are to run, one after another."""
        return self._now[0] == "running"

    def is_idle(self) -> bool:
        """Whether it has not begun, or the loop that ran it has gone with its cell."""
        return self._now[0] == "idle"

    def is_closed(self) -> bool:
        """Whether it has ended for good."""
        return self._now[0] == "closed"

    def has_failed(self) -> bool:
        """Whether a callback raised, and nothing went on since."""
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
