"""The numbers of the status line, read from the parts that know them."""

from __future__ import annotations

import time
from collections import deque

from ..protocol.messages import Failure, State, Status
from .session import Session

WINDOW = 2.0
"""Seconds over which rates are averaged, where what is counted is not rarer than that."""


class _Pace:
    """How fast a count goes up, from looks at it now and then."""

    def __init__(self) -> None:
        self._changes: deque[tuple[float, int]] = deque()  # when another count was seen, and it

    def read(self, now: float, count: int) -> float:
        """Counts a second, ``count`` being that of ``now`` in seconds; 0 before there are two."""
        changes = self._changes
        if not changes or count != changes[-1][1]:
            if changes and (count < changes[-1][1] or self._silent(now)):  # a reset, or a pause: that was no interval
                changes.clear()
            changes.append((now, count))
        while len(changes) > 2 and now - changes[1][0] > WINDOW:
            changes.popleft()
        if len(changes) < 2 or self._silent(now):
            return 0.0
        (first, before), (last, after) = changes[0], changes[-1]
        rate = (after - before) / max(last - first, 1e-9)
        return round(rate, 1) if rate >= 1 else float(f"{rate:.2g}")

    def _silent(self, now: float) -> bool:
        """Whether nothing has changed for three usual intervals, and for longer than the window."""
        (first, _), (last, _) = self._changes[0], self._changes[-1]
        usual = (last - first) / max(1, len(self._changes) - 1)
        return len(self._changes) > 1 and now - last > max(WINDOW, 3 * usual)


class StatusBoard:
    """Reads a `Status` off a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._paces = _Pace(), _Pace(), _Pace()  # of the iterations, of the frames and of the painted pictures

    def restart(self) -> None:
        """Has rates begin anew, as after a pause."""
        self._paces = _Pace(), _Pace(), _Pace()  # others: the owner may be reading, and a pause comes from any thread

    def read(self, state: State, seconds: float, tick_rate: float, failure: Failure | None) -> Status:
        """The status now. ``seconds`` since the start, ``tick_rate`` as asked for (0: no limit)."""
        session, renderer = self._session, self._session.working_renderer
        now = time.monotonic()
        steps, ticks, shown = self._rates(state, now)
        latency = session.pacer.latency(now)
        line = "input on the pictures' comm" if session.one_comm else ""
        return Status(
            state=state,
            iteration=session.metrics.iteration,
            frame=session.frame,
            seconds=round(seconds, 1),
            steps_per_second=steps,
            ticks_per_second=ticks,
            shown_per_second=shown,
            latency_ms=None if latency is None else round(latency * 1000, 1),
            tick_rate=tick_rate,
            can_reset=session.tree.on_reset is not None,
            backend=" · ".join(filter(None, [renderer.name, session.encoder.name(renderer.jpeg_library), line])),
            backend_detail=renderer.detail,
            failure=failure,
            recordings=session.recording_states(),
        )

    def _rates(self, state: State, now: float) -> tuple[float, float, float]:
        """Logged steps, callbacks, and pictures that a page painted, a second; 0 unless running."""
        if state != "running":
            return 0.0, 0.0, 0.0
        session, (steps, frames, pictures) = self._session, self._paces
        return (
            steps.read(now, session.metrics.iteration),
            frames.read(now, session.frame),
            pictures.read(now, session.pacer.painted(now)),
        )
