"""Describes the end of a run in words. This replaces the player without scripts, in print and in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..controls.kinds import KINDS
from ..protocol.controls import TEXTS

Row = tuple[str, str]

SLOW = 0.1
"""Below this many steps per second, the summary gives seconds per step."""
STATES = {
    "running": "saved while running,",
    "paused": "paused",
    "stopped": "stopped",
    "failed": "failed",
    "closed": "ended",
}


@dataclass(frozen=True)
class Ending:
    """The end of a run: a one-line ``summary``, names and last values as ``rows``, and the last ``texts`` of panels."""

    summary: str
    rows: tuple[Row, ...]
    texts: tuple[str, ...]
    failure: str


def ending(replay: Mapping[str, Any]) -> Ending:
    """The end of a replay document."""
    controls = list(_controls(replay))
    rows = [*_logged(replay), *(row for control in controls if (row := _valued(control)) is not None)]
    texts = tuple(str(control.get("text", "")) for control in controls if control.get("kind") in TEXTS)
    failure = replay.get("failure")
    traceback = str(failure.get("traceback") or failure.get("summary") or "") if isinstance(failure, Mapping) else ""
    return Ending(_summary(replay), tuple(rows), tuple(filter(None, texts)), traceback)


def number(value: object) -> str:
    """Formats a number: integers in full, others to four digits, NaN and infinities by name."""
    if value is None or value == "NaN":
        return "NaN"
    if isinstance(value, str):
        return value.replace("-Infinity", "-∞").replace("Infinity", "∞")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if not math.isfinite(value):
        return number({math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN"))
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e6):
        return f"{int(value):,}"
    return f"{value:.4g}"


def _summary(replay: Mapping[str, Any]) -> str:
    state = STATES.get(str(replay.get("state")), "recorded")
    parts = [f"{state} at step {number(replay.get('last', 0))}"]
    if speed := replay.get("steps_per_second"):
        pace = f"{number(speed)} steps/s" if speed >= SLOW else f"{number(1 / speed)} s/step"
        parts.append(f"{pace} on average")
    if backend := replay.get("backend"):
        parts.append(str(backend))
    return " · ".join(parts)


def _logged(replay: Mapping[str, Any]) -> Iterator[Row]:
    for name, series in replay["series"].items():
        values = series.get("values") if isinstance(series, Mapping) else None
        if isinstance(values, list) and values:
            yield str(name), number(values[-1])


def _controls(replay: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the controls of all panels with their final values."""
    last = {(change.get("panel"), change.get("control")): change.get("value") for change in replay["controls"]}
    for panel in replay["scene"]["panels"]:
        for control in panel["controls"]:
            key = panel.get("id"), control.get("id")
            value = last.get(key)
            if key not in last:
                yield control
            elif isinstance(value, dict):
                yield {**control, **value}
            else:
                yield {**control, **dict.fromkeys(KINDS[control["kind"]].followed[:1], value)}


def _valued(control: Mapping[str, Any]) -> Row | None:
    value = KINDS[control["kind"]].told(control)
    if value is None:
        return None
    parts = value if isinstance(value, tuple) else (value,)
    words = value if isinstance(value, str) else " … ".join(map(number, parts))
    return str(control.get("label", "")), words
