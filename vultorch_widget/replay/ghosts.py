"""Ghosts and rulers in replay documents, and recorded runs as ghosts of another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from ..controls.labels import visible_label
from ..metrics.evenly import evenly
from ..metrics.ghosts import MOST_GHOSTS, MOST_POINTS, Ghost, GhostRun, Kind, settings
from ..metrics.rulers import Measure, Rows

MOST_RECORDED = 8_192
"""Maximum points of all ghosts in a document."""
LEAST_RECORDED = 16
"""Minimum points of each ghost."""
RULER_POINTS = 256
"""Maximum rows of a ruler in a document."""
_DIGITS = 6


class Ruler(TypedDict):
    """The ``values`` of a measure at increasing ``steps``."""

    measure: str
    steps: list[int]
    values: list[float]


def rulers(rows: Mapping[Measure, Rows]) -> list[Ruler]:
    """Rulers in the form of a document."""
    found = ((measure, one.thinned(RULER_POINTS)) for measure, one in rows.items())
    return [Ruler(measure=name, steps=list(one.steps), values=_rounded(one.values)) for name, one in found]


def ghosts(runs: Sequence[GhostRun], curves: Sequence[Ghost]) -> list[dict[str, Any]]:
    """Abandoned branches and other runs in the form of a document, with fewer points the more curves there are."""
    most = min(MOST_POINTS, max(LEAST_RECORDED, MOST_RECORDED // max(1, len(curves))))
    return [
        {
            "name": run.name,
            "kind": run.kind,
            "began": run.began,
            "controls": [{"label": label, "value": _plain(value)} for label, value in run.controls.items()],
            "rulers": rulers(run.rulers),
            "curves": [_curve(curve, most) for curve in curves if curve.branch == run.name],
        }
        for run in runs
    ]


def _curve(curve: Ghost, most: int) -> dict[str, Any]:
    chosen = evenly(len(curve.steps), most)
    values = _rounded([curve.values[at] for at in chosen])
    return {
        "series": curve.series,
        "steps": [curve.steps[at] for at in chosen],
        "values": [value if math.isfinite(value) else None for value in values],
    }


def _rounded(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def as_ghost(document: Mapping[str, Any], name: str, began: float, kind: Kind = "file") -> tuple[GhostRun, list[Ghost]]:
    """A recorded run as a ghost with this ``name``. ``began`` is used unless the ``document``, as read, has it."""
    curves = _recorded(name, document["series"].items())
    run = GhostRun(name, kind, document["began"] or began, _settings(document), _rulers(document["rulers"]))
    return run, curves


def earlier_runs(document: Mapping[str, Any]) -> list[tuple[GhostRun, list[Ghost]]]:
    """The earlier runs that a recorded run has, and that run itself, which has no name yet, the oldest first.

    Those without a curve are left out. The ``document`` was read.
    """
    found = [
        (
            GhostRun(
                one["name"],
                "run",
                one["began"],
                settings((control["label"], control["value"]) for control in one["controls"]),
                _rulers(one["rulers"]),
            ),
            _recorded(one["name"], ((curve["series"], curve) for curve in one["curves"])),
        )
        for one in document["ghosts"]
        if one["kind"] == "run"
    ]
    return [(run, curves) for run, curves in [*found, as_ghost(document, "", 0.0, "run")] if curves]


def _recorded(name: str, series: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Ghost]:
    """The curves of the run ``name``, by scalar, without those of a single point."""
    curves = []
    for scalar, recorded in series:
        chosen = evenly(len(recorded["steps"]), MOST_POINTS)
        values = tuple(math.nan if (value := recorded["values"][at]) is None else float(value) for at in chosen)
        if len(chosen) > 1:
            curves.append(Ghost(name, scalar, tuple(recorded["steps"][at] for at in chosen), values))
    return curves[:MOST_GHOSTS]


def _rulers(recorded: Sequence[Mapping[str, Any]]) -> dict[Measure, Rows]:
    return {one["measure"]: Rows(tuple(one["steps"]), tuple(one["values"])).thinned(MOST_POINTS) for one in recorded}


def _settings(document: Mapping[str, Any]) -> dict[str, Any]:
    """The final settings of the controls, by label."""
    values = {
        (panel["id"], control["id"]): control["value"]
        for panel in document["scene"]["panels"]
        for control in panel["controls"]
        if "value" in control and "revision" in control
    }
    for change in document["controls"]:
        key = change["panel"], change["control"]
        if key in values:
            values[key] = change["value"]
    return settings((visible_label(control), value) for (_, control), value in values.items())
