"""The numbers of the status line, read from the parts that know them."""

from __future__ import annotations

import time
from collections import deque

from .session import Session
from .transport.messages import Failure, State, Status

WINDOW = 2.0
"""Seconds over which rates are averaged."""


class StatusBoard:
    """Reads a `Status` off a session. Rates are differences over the last two seconds of readings."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._readings: deque[tuple[float, int, int]] = deque()  # time, iteration, frame

    def restart(self) -> None:
        """Forgets the readings: rates begin anew after a pause."""
        self._readings = deque()  # another: the owner may be reading, and a pause comes from any thread

    def read(self, state: State, seconds: float, tick_rate: float, failure: Failure | None) -> Status:
        """The status now. ``seconds`` since the start, ``tick_rate`` as asked for (0: free)."""
        session, renderer = self._session, self._session.working_renderer
        steps, ticks = self._rates(state)
        now = time.monotonic()
        latency = session.pacer.latency(now)
        line = "input on the pictures' comm" if session.one_comm else ""
        return Status(
            state=state,
            iteration=session.metrics.iteration,
            frame=session.frame,
            seconds=round(seconds, 1),
            steps_per_second=steps,
            ticks_per_second=ticks,
            shown_per_second=round(session.pacer.paints(now), 1) if state == "running" else 0.0,
            latency_ms=None if latency is None else round(latency * 1000, 1),
            tick_rate=tick_rate,
            can_reset=session.tree.on_reset is not None,
            backend=" · ".join(filter(None, [renderer.name, session.encoder.name(renderer.jpeg_library), line])),
            backend_detail=renderer.detail,
            failure=failure,
            recordings=session.recording_states(),
        )

    def _rates(self, state: State) -> tuple[float, float]:
        """Logged steps and callbacks a second; 0 unless running."""
        if state != "running":
            return 0.0, 0.0
        now = time.monotonic()
        readings = self._readings
        readings.append((now, self._session.metrics.iteration, self._session.frame))
        while len(readings) > 2 and now - readings[1][0] > WINDOW:
            readings.popleft()
        then, iteration, frame = readings[0]
        if now <= then:
            return 0.0, 0.0
        span = now - then
        steps = max(0, self._session.metrics.iteration - iteration) / span  # negative across a reset
        return round(steps, 1), round((self._session.frame - frame) / span, 1)
