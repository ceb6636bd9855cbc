"""The replay document: one JSON object with everything that a player shows without a kernel."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..controls.kinds import KINDS
from ..protocol.messages import BestValue, Failure, PanelSpec, PinnedTexel, Scene, State, StepMark
from ..protocol.wire import encode as encode_message
from .builder import ReplayBuilder
from .control_history import Change, contents, shown_changes
from .encoded_pictures import Blob
from .ghosts import Ruler
from .key_frames import KeyFrame
from .left_branches import ways
from .series import ChannelLife

VERSION = 1
"""The version of replay documents. Exporter and page play no other."""


class Outcome(NamedTuple):
    """How the run ended: its ``state``, the ``failure`` if it failed, its mean speed, and the compositor's backend."""

    state: State
    failure: Failure | None = None
    steps_per_second: float = 0.0
    backend: str = ""


def document(
    builder: ReplayBuilder,
    scene: Scene,
    series: Mapping[str, Mapping[str, Any]],
    outcome: Outcome,
    pins: Sequence[PinnedTexel] = (),
    lives: Sequence[ChannelLife] = (),
    marks: Sequence[StepMark] = (),
    rulers: Sequence[Ruler] = (),
    ghosts: Sequence[Mapping[str, Any]] = (),
    began: float = 0.0,
) -> dict[str, Any]:
    """The replay of what ``builder`` kept, as a JSON object. The last frame is exact if the builder was finished.

    Controls of ``scene`` have their initial values. Changes of controls that are not in ``scene`` are left out.
    ``pins`` are pinned texels, and ``lives`` their values over the run. ``marks`` are what happened at steps, sorted by
    step. ``rulers`` and ``ghosts`` are as the module `ghosts` makes them. ``began`` is in seconds since the epoch, 0 if
    the run never began. Pictures of abandoned branches are within the limits of the builder, as all others are.
    """
    frames = _frames(builder)
    began_as = _as_it_began(scene, builder, frames)
    begun = contents({panel.id: panel.controls for panel in began_as.panels}, settable=True)
    changes = sorted([*builder.changes.kept, *shown_changes(frames)], key=lambda change: change.step)
    left = ways(builder.left, frames, begun, changes, builder.key_frames.most, builder.most_bytes)
    blobs: dict[int, tuple[int, Blob]] = {}
    known = {(panel.id, control.id) for panel in scene.panels for control in panel.controls}

    def described(found: Sequence[Change]) -> list[dict[str, Any]]:
        return [_change(change) for change in found if (change.panel, change.control) in known]

    return {
        "version": VERSION,
        "title": scene.title,
        "scene": encode_message(began_as),
        "first": frames[0].step if frames else 0,
        "last": frames[-1].step if frames else 0,
        "state": outcome.state,
        "failure": None if outcome.failure is None else encode_message(outcome.failure),
        "steps_per_second": float(f"{outcome.steps_per_second:.3g}"),
        "backend": outcome.backend,
        "frames": _pictures(frames, blobs, builder.exact),
        "branches": [
            {
                "name": way.name,
                "shared": way.shared,
                "last": way.last,
                "frames": _pictures(way.frames, blobs, builder.exact, way.before),
                "controls": described(way.changes),
                "marks": [encode_message(StepMark(**mark._asdict())) for mark in way.marks],
                "bests": {name: encode_message(BestValue(**best._asdict())) for name, best in way.bests.items()},
            }
            for way in left
        ],
        "blobs": [dataclasses.asdict(blob) for _, blob in blobs.values()],
        "series": dict(series),
        "pins": [encode_message(pin) for pin in pins],
        "lives": [life._asdict() for life in lives],
        "training": None,
        "marks": [encode_message(mark) for mark in marks],
        "rulers": list(rulers),
        "ghosts": list(ghosts),
        "began": round(began, 1),
        "controls": described(changes),
    }


def encode(replay: dict[str, Any]) -> str:
    """The document as ASCII text, without NaN."""
    return json.dumps(replay, allow_nan=False, separators=(",", ":"))


def _frames(builder: ReplayBuilder) -> list[KeyFrame]:
    kept = builder.key_frames
    return list(kept.frames) if builder.final is None else kept.until(builder.final)


def _pictures(
    frames: Sequence[KeyFrame],
    blobs: dict[int, tuple[int, Blob]],
    exact: Mapping[int, Blob],
    before: KeyFrame | None = None,
) -> list[dict[str, Any]]:
    """The frames, each with the pictures and annotations that differ from the previous frame, the first one from the
    frame ``before`` it; the last frame lists all its canvases.

    Fills ``blobs``, a mapping from the identity of a blob to its index and the blob. A blob with an ``exact``
    counterpart is replaced by it.
    """
    listed = []
    shown = {} if before is None else {canvas: exact.get(id(kept), kept) for canvas, kept in before.pictures.items()}
    drawn = {} if before is None else dict(before.annotations)
    for frame in frames:
        changed = []
        for canvas, kept in frame.pictures.items():
            blob = exact.get(id(kept), kept)
            if shown.get(canvas) is blob and frame is not frames[-1]:
                continue
            index, _ = blobs.setdefault(id(blob), (len(blobs), blob))
            changed.append({"canvas": canvas, "blob": index})
            shown[canvas] = blob
        annotations = []
        for canvas in (*frame.annotations, *(drawn.keys() - frame.annotations.keys())):
            marks = frame.annotations.get(canvas, ())
            if drawn.get(canvas) != marks or (marks and frame is frames[-1]):
                annotations.append({"canvas": canvas, "pictures": [encode_message(each) for each in marks]})
            drawn[canvas] = marks
        if changed or annotations or frame is frames[0] or frame is frames[-1]:
            listed.append({"step": frame.step, "pictures": changed, "annotations": annotations})
    return listed


def _as_it_began(scene: Scene, builder: ReplayBuilder, frames: list[KeyFrame]) -> Scene:
    first = {panel: {spec.id: spec for spec in specs} for panel, specs in frames[0].controls.items()} if frames else {}

    def began(panel: PanelSpec, control: Any) -> Any:
        kind = KINDS[control.kind]
        if not kind.has_value:
            began = first.get(panel.id, {}).get(control.id, control) if kind.begins_as_shown else control
            began = kind.begun(began, control)
            return began.replace(origin="", revision=0) if hasattr(began, "origin") else began
        key = panel.id, control.id
        if key not in builder.changes.initial:
            return control
        return control.replace(value=builder.changes.initial[key], origin="", revision=0)

    panels = tuple(
        panel.replace(controls=tuple(began(panel, control) for control in panel.controls)) for panel in scene.panels
    )
    return scene.replace(panels=panels)


def _change(change: Change) -> dict[str, Any]:
    value = change.value
    if isinstance(value, float) and not math.isfinite(value):
        value = str(value)
    return {"step": change.step, "panel": change.panel, "control": change.control, "value": value}
