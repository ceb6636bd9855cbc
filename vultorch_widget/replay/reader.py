"""Reads a saved replay document. A notebook file may come from anywhere, so nothing in it is trusted.

The exporter reads documents with `read`, pages with `js/src/replay/reader.ts`. Both refuse the same documents. The
result has exactly the fields below, with these types and within these bounds.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import re
import reprlib
import types
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from ..controls.kinds import KINDS
from ..protocol.message import Message
from ..protocol.messages import Annotations, BestValue, Failure, Leaf, PinnedTexel, Scene, State, StepMark
from ..protocol.wire import field_types
from .document import VERSION
from .encoded_pictures import Blob

MOST_CHARACTERS = 128 << 20
"""Maximum size of the whole document."""
MOST = {
    "children": 1_024,
    "items": 200_000,
    "panels": 1_024,
    "legends": 2,
    "frames": 10_000,
    "blobs": 200_000,
    "pictures": 1_024,
    "controls": 20_000,
    "series": 2_048,
    "pins": 64,
    "lives": 8_192,
    "annotations": 1_024,
    "ghosts": 256,
    "branches": 256,
    "curves": 256,
    "rulers": 2,
    "boxes": 8_000,
    "points": 40_000,
    "point_texts": 20_000,
    "point_colors": 20_000,
}
"""Maximum entries of lists and mappings, by field name. For other fields it is `MOST_ENTRIES`."""
MOST_ENTRIES = 10_000
MOST_CANVASES = 1_024
MOST_CONTROLS = 5_000
MOST_PLAYED = 20_000
MOST_PICTURES = 200_000
MOST_POINTS = 140_000
MOST_MARKED = 200_000
MOST_SHAPES = 1_000_000
MOST_PINNED = 1_000_000
MOST_HAUNTING = 140_000
"""Maximum totals over all panels, all frames of all branches, and all series; of marked pictures, and of their boxes
and points; of values of pinned texels; of points of ghosts.
"""
MOST_CHANNELS = 4
MOST_TEXT = 1 << 20
"""Maximum characters of one text. Files of pictures are limited only by `MOST_CHARACTERS`."""
MOST_DEPTH = 256
"""Maximum nesting of splits in a layout."""
MOST_STEP = 2**53
"""Largest step: JavaScript cannot represent larger integers exactly."""

LATER: dict[tuple[str, str], Any] = {
    ("Slider", "initial"): None,
    ("SliderInt", "initial"): None,
    ("Button", "origin"): "",
    ("Button", "revision"): 0,
    ("RecordButton", "origin"): "",
    ("RecordButton", "revision"): 0,
    ("_Series", "averages"): None,
    ("_Series", "best"): None,
    ("CanvasSpec", "link"): "auto",
    ("CanvasSpec", "legends"): [],
    ("_Frame", "annotations"): [],
    ("_Branch", "marks"): [],
    ("_Branch", "bests"): {},
    ("_Document", "pins"): [],
    ("_Document", "lives"): [],
    ("_Document", "training"): None,
    ("_Document", "marks"): [],
    ("_Document", "rulers"): [],
    ("_Document", "ghosts"): [],
    ("_Document", "branches"): [],
    ("_Document", "began"): 0,
    ("Scene", "compared"): [],
    ("Compared", "colormap"): "",
    ("Compared", "colors"): "",
}
"""Defaults of fields that documents of earlier versions lack, by (class name, field)."""


class ReplayError(ValueError):
    """A saved replay cannot be played. The message says what is wrong with it."""


# --- the types of a document -----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Picture:
    canvas: str
    blob: int


@dataclasses.dataclass(frozen=True)
class _Frame:
    step: int
    pictures: tuple[_Picture, ...]
    annotations: tuple[Annotations, ...]


@dataclasses.dataclass(frozen=True)
class _Series:
    steps: tuple[int, ...]
    values: tuple[float | None, ...]
    averages: tuple[float | None, ...] | None
    best: BestValue | None


@dataclasses.dataclass(frozen=True)
class _Ruler:
    measure: Literal["seconds", "epochs"]
    steps: tuple[int, ...]
    values: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class _Curve:
    series: str
    steps: tuple[int, ...]
    values: tuple[float | None, ...]


@dataclasses.dataclass(frozen=True)
class _Setting:
    label: str
    value: Any


@dataclasses.dataclass(frozen=True)
class _Ghost:
    name: str
    kind: Literal["branch", "run", "file"]
    began: float
    controls: tuple[_Setting, ...]
    rulers: tuple[_Ruler, ...]
    curves: tuple[_Curve, ...]


@dataclasses.dataclass(frozen=True)
class _Life:
    canvas: str
    x: int
    y: int
    channel: int
    steps: tuple[int, ...]
    values: tuple[float | None, ...]


@dataclasses.dataclass(frozen=True)
class _Change:
    step: int
    panel: str
    control: str
    value: Any


@dataclasses.dataclass(frozen=True)
class _Branch:
    name: str
    shared: int
    last: int
    frames: tuple[_Frame, ...]
    controls: tuple[_Change, ...]
    marks: tuple[StepMark, ...]
    bests: dict[str, BestValue]


@dataclasses.dataclass(frozen=True)
class _Document:
    version: int
    title: str
    scene: Scene
    first: int
    last: int
    state: State
    failure: Failure | None
    steps_per_second: float
    backend: str
    frames: tuple[_Frame, ...]
    blobs: tuple[Blob, ...]
    series: dict[str, _Series]
    controls: tuple[_Change, ...]
    pins: tuple[PinnedTexel, ...]
    lives: tuple[_Life, ...]
    training: Any  # read only by the page, which keeps its replay even if this is invalid
    marks: tuple[StepMark, ...]
    rulers: tuple[_Ruler, ...]
    ghosts: tuple[_Ghost, ...]
    branches: tuple[_Branch, ...]
    began: float


def change_type(kind: str) -> Any:
    """The type of a change's value for this kind of control: that of its followed field, or an object of several.

    Returns None if the kind has no followed field.
    """
    control = KINDS[kind]
    if not control.followed:
        return None
    types_ = field_types(control.message_class)
    if len(control.followed) == 1:
        return types_[control.followed[0]]
    return dataclasses.make_dataclass(kind, [(name, types_[name]) for name in control.followed])


VALUES: dict[str, Any] = {kind: expected for kind in KINDS if (expected := change_type(kind)) is not None}
"""The types of changes' values, by kind of control. Controls of other kinds never change."""

_COLOR = re.compile("#[0-9a-f]{6}")
_FORMATS = Literal["jpeg", "png"]


# --- reading ---------------------------------------------------------------------------------------------------------


def read(text: str) -> dict[str, Any]:
    """Parses ``text`` into plain JSON values. Raises `ReplayError` for anything but a valid document of `VERSION`."""
    if len(text) > MOST_CHARACTERS:
        raise ReplayError(f"it has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read")
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ReplayError("it is nested too deeply") from error
    except ValueError as error:
        raise ReplayError("it is not JSON, perhaps because it was cut short") from error
    if not isinstance(found, dict):
        raise ReplayError(f"it is {_brief(found)}, not an object")
    if found.get("version") != VERSION:
        raise ReplayError(
            f"it has the format version {_brief(found.get('version'))}; this release plays version {VERSION}"
        )
    _check_points(found.get("series"))
    document: dict[str, Any] = _read(_Document, found, "", 0)
    _check_scene(document["scene"])
    _check_frames(document)
    _check_series(document["series"])
    _check_lives(document["lives"])
    _expect(_rises([mark["step"] for mark in document["marks"]]), "the steps of its marks go back")
    _check_rulers(document["rulers"])
    _check_ghosts(document["ghosts"])
    _check_branches(document["branches"])
    for part, where in [(document, ""), *((one, f"branches[{at}].") for at, one in enumerate(document["branches"]))]:
        part["controls"] = list(_changes(document["scene"], part["controls"], where))
    return document


def _read(expected: Any, value: Any, path: str, depth: int) -> Any:
    """Checks ``value`` against the type ``expected``. ``path`` is its place in the document, ``depth`` its nesting."""
    if depth > MOST_DEPTH:
        raise ReplayError("it is nested too deeply")
    if expected is Any:
        return value
    if isinstance(expected, type) and (issubclass(expected, Message) or dataclasses.is_dataclass(expected)):
        return _read_object(expected, value, path, depth)
    read_part = _PARTS.get(typing.get_origin(expected))
    return _read_scalar(expected, value, path) if read_part is None else read_part(expected, value, path, depth)


def _read_scalar(expected: Any, value: Any, path: str) -> Any:
    if expected is float:
        sound = type(value) in (int, float) and math.isfinite(value)
    elif expected is int:
        sound = type(value) is int and abs(value) <= MOST_STEP
    elif expected is str:
        sound = isinstance(value, str) and _is_short(value, path)
    else:
        sound = type(value) is expected
    if not sound:
        raise _wrong(path, value, expected)
    return value


def _read_choice(expected: Any, value: Any, path: str, _depth: int) -> str:
    if isinstance(value, str) and value in typing.get_args(expected):
        return value
    raise _wrong(path, value, expected)


def _read_list(expected: Any, value: Any, path: str, depth: int) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(path, value, expected)
    _check_count(value, path)
    item_type = typing.get_args(expected)[0]
    return [_read(item_type, item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]


def _read_mapping(expected: Any, value: Any, path: str, depth: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, value, expected)
    _check_count(value, path)
    item_type = typing.get_args(expected)[1]
    return {key: _read(item_type, item, f"{path}[{_brief(key)}]", depth + 1) for key, item in value.items()}


def _read_union(expected: Any, value: Any, path: str, depth: int) -> Any:
    options = typing.get_args(expected)
    if value is None and type(None) in options:
        return None
    options = tuple(option for option in options if option is not type(None))
    if len(options) == 1:
        return _read(options[0], value, path, depth)
    kind = value.get("kind") if isinstance(value, dict) else None
    for option in options:
        if isinstance(kind, str) and option.DEFAULTS["kind"] == kind:
            return _read(option, value, path, depth)
    raise _wrong(path, value if kind is None else kind, "a known kind")


_PARTS = {
    Literal: _read_choice,
    tuple: _read_list,
    dict: _read_mapping,
    types.UnionType: _read_union,
    typing.Union: _read_union,
}
"""The function that reads a type, by the type's origin."""


def _read_object(cls: type, value: Any, path: str, depth: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, value, cls)
    result = {}
    for name, expected in field_types(cls).items():
        if name in value:
            wanted = _FORMATS if (cls, name) == (Blob, "format") else expected
            result[name] = _read(wanted, value[name], f"{path}.{name}" if path else name, depth + 1)
        elif (cls.__name__, name) in LATER:
            default = LATER[cls.__name__, name]
            result[name] = default.copy() if isinstance(default, list | dict) else default
        else:
            raise ReplayError(f"{path or 'it'} lacks {name!r}")
    return result


def _is_short(text: str, path: str) -> bool:
    if len(text) > MOST_TEXT and not path.startswith("blobs["):
        raise ReplayError(f"{path} has {len(text):,} characters; at most {MOST_TEXT:,} are read")
    return True


def _check_count(value: list[Any] | dict[str, Any], path: str) -> None:
    most = MOST.get(path.rpartition(".")[2], MOST_ENTRIES)
    if path.startswith("series["):
        most = MOST_POINTS
    if len(value) > most:
        raise ReplayError(f"{path} has {len(value):,} entries; at most {most:,} are read")


# --- consistency -----------------------------------------------------------------------------------------------------


def _check_scene(scene: dict[str, Any]) -> None:
    _expect(1 <= scene["width"] <= MOST_TEXT and 1 <= scene["height"] <= MOST_TEXT, "the view has no size")
    panels = [panel["id"] for panel in scene["panels"]]
    _expect(len(set(panels)) == len(panels), "two panels have the same id")
    canvases = [canvas["id"] for panel in scene["panels"] for canvas in panel["canvases"]]
    _expect(len(canvases) <= MOST_CANVASES, f"it has {len(canvases):,} canvases; at most {MOST_CANVASES:,} are played")
    _expect(len(set(canvases)) == len(canvases), "two canvases have the same id")
    for panel in scene["panels"]:
        for canvas in panel["canvases"]:
            for label in (label for legend in canvas["legends"] for label in legend["labels"]):
                color = label["color"]
                _expect(_COLOR.fullmatch(color) is not None, f"a label has the colour {_brief(color)}")
    leaves = list(_leaves(scene["layout"]))
    _expect(set(leaves) <= set(panels), "the layout names a panel that the view does not have")
    _expect(len(set(leaves)) == len(leaves), "the layout names a panel twice")
    controls = [control for panel in scene["panels"] for control in panel["controls"]]
    _expect(len(controls) <= MOST_CONTROLS, f"it has {len(controls):,} controls; at most {MOST_CONTROLS:,} are played")
    for panel in scene["panels"]:
        ids = [control["id"] for control in panel["controls"]]
        _expect(len(set(ids)) == len(ids), f"two controls of panel {_brief(panel['id'])} have the same id")
    for control in controls:
        with _its_error():
            KINDS[control["kind"]].check_saved(_brief(control["id"]), control)


def _leaves(layout: dict[str, Any] | None) -> Iterator[str]:
    if layout is None:
        return
    if layout["kind"] == Leaf.DEFAULTS["kind"]:
        yield layout["panel"]
        return
    if len(layout["weights"]) != len(layout["children"]) or not layout["children"]:
        raise ReplayError("a split of the layout has not as many weights as children")
    for child in layout["children"]:
        yield from _leaves(child)


def _check_frames(document: dict[str, Any]) -> None:
    blobs = len(document["blobs"])
    _expect(_rises([frame["step"] for frame in document["frames"]]), "its steps go back")
    frames = [*document["frames"], *(frame for branch in document["branches"] for frame in branch["frames"])]
    _expect(len(frames) <= MOST_PLAYED, f"it has {len(frames):,} key frames; at most {MOST_PLAYED:,} are played")
    pictures = sum(len(frame["pictures"]) for frame in frames)
    _expect(pictures <= MOST_PICTURES, f"it has {pictures:,} pictures; at most {MOST_PICTURES:,} are played")
    for frame in frames:
        named = all(0 <= picture["blob"] < blobs for picture in frame["pictures"])
        _expect(named, f"step {frame['step']} names a picture that is not there")
    _check_marks([marks for frame in frames for each in frame["annotations"] for marks in each["pictures"]])


def _check_branches(branches: list[dict[str, Any]]) -> None:
    _expect(len({branch["name"] for branch in branches}) == len(branches), "two branches have the same name")
    changes, most = sum(len(branch["controls"]) for branch in branches), MOST["controls"]
    _expect(changes <= most, f"it has {changes:,} changes of controls in branches; at most {most:,} are played")
    told = sum(len(branch["marks"]) + len(branch["bests"]) for branch in branches)
    _expect(told <= most, f"it has {told:,} marks and best values of branches; at most {most:,} are played")
    for branch in branches:
        where = f"branch {_brief(branch['name'])}"
        _expect(_rises([mark["step"] for mark in branch["marks"]]), f"the steps of the marks of {where} go back")
        steps = [frame["step"] for frame in branch["frames"]]
        _expect(bool(steps), f"{where} has no pictures")
        _expect(branch["shared"] >= -1 and _rises([branch["shared"] + 1, *steps]), f"the steps of {where} go back")


def _check_marks(pictures: list[dict[str, Any]]) -> None:
    shapes = sum(len(marks["box_texts"]) + len(marks["point_texts"]) for marks in pictures)
    _expect(
        len(pictures) <= MOST_MARKED, f"it has {len(pictures):,} marked pictures; at most {MOST_MARKED:,} are played"
    )
    _expect(shapes <= MOST_SHAPES, f"it has {shapes:,} boxes and points; at most {MOST_SHAPES:,} are played")
    for marks in pictures:
        boxes, points = len(marks["box_texts"]), len(marks["point_texts"])
        whole = len(marks["boxes"]) == 4 * boxes == 4 * len(marks["box_colors"])
        whole = whole and len(marks["points"]) == 2 * points == 2 * len(marks["point_colors"])
        _expect(len(marks["area"]) == 4 and whole, "a box or a point lacks a coordinate, a text or a colour")


def _check_points(series: object) -> None:
    """Checks the number of points before they are read one by one."""
    found = series.values() if isinstance(series, dict) else ()
    points = sum(len(one["steps"]) for one in found if isinstance(one, dict) and isinstance(one.get("steps"), list))
    _expect(points <= MOST_POINTS, f"it has {points:,} logged values; at most {MOST_POINTS:,} are played")


def _check_series(series: dict[str, Any]) -> None:
    for name, one in series.items():
        _expect(len(name) <= MOST_TEXT, "the name of a logged value is too long")
        _expect(len(one["steps"]) == len(one["values"]), f"series {_brief(name)} does not have as many steps as values")
        averages = one["averages"]
        same = averages is None or len(one["steps"]) == len(averages)
        _expect(same, f"series {_brief(name)} does not have as many steps as averages")
        _expect(_rises(one["steps"]), f"the steps of series {_brief(name)} go back")


def _check_lives(lives: list[dict[str, Any]]) -> None:
    points = sum(len(one["steps"]) for one in lives)
    _expect(points <= MOST_PINNED, f"it has {points:,} values of texels; at most {MOST_PINNED:,} are played")
    for one in lives:
        where = f"the life of texel ({one['x']}, {one['y']}) of canvas {_brief(one['canvas'])}"
        _expect(0 <= one["channel"] < MOST_CHANNELS, f"{where} has a channel {one['channel']}")
        _expect(len(one["steps"]) == len(one["values"]), f"{where} does not have as many steps as values")
        _expect(_rises(one["steps"]), f"the steps of {where} go back")


def _check_rulers(rulers: list[dict[str, Any]]) -> None:
    for one in rulers:
        _expect(len(one["steps"]) == len(one["values"]), f"the {one['measure']} have not as many steps as values")


def _check_ghosts(ghosts: list[dict[str, Any]]) -> None:
    points = sum(len(curve["steps"]) for ghost in ghosts for curve in ghost["curves"])
    _expect(points <= MOST_HAUNTING, f"it has {points:,} values of ghosts; at most {MOST_HAUNTING:,} are played")
    _expect(len({ghost["name"] for ghost in ghosts}) == len(ghosts), "two ghosts have the same name")
    for ghost in ghosts:
        where = f"of ghost {_brief(ghost['name'])}"
        for one in ghost["controls"]:
            _expect(_is_setting(one["value"]), f"a control {where} was set to {_brief(one['value'])}")
        _check_rulers(ghost["rulers"])
        for curve in ghost["curves"]:
            _expect(
                len(curve["steps"]) == len(curve["values"]), f"a curve {where} does not have as many steps as values"
            )
            _expect(_rises(curve["steps"]), f"the steps of a curve {where} go back")


def _is_setting(value: Any) -> bool:
    """Returns whether a control can have ``value``: a number, a text, true, false, or at most four numbers."""
    if isinstance(value, list):
        return len(value) <= 4 and all(type(part) in (int, float) and math.isfinite(part) for part in value)
    if isinstance(value, str):
        return len(value) <= MOST_TEXT
    return isinstance(value, bool) or (type(value) in (int, float) and math.isfinite(value))


def _rises(steps: list[int]) -> bool:
    return (not steps or steps[0] >= 0) and all(a <= b for a, b in itertools.pairwise(steps))


def _changes(scene: dict[str, Any], changes: list[dict[str, Any]], path: str) -> Iterator[dict[str, Any]]:
    """The ``changes`` at ``path`` of controls that the view has, in order. Other changes are ignored."""
    kinds = {
        (panel["id"], control["id"]): control["kind"] for panel in scene["panels"] for control in panel["controls"]
    }
    for index, change in enumerate(changes):
        kind = kinds.get((change["panel"], change["control"]), "")
        if kind not in VALUES:
            continue
        where = f"{path}controls[{index}].value"
        value = _read(VALUES[kind], change["value"], where, 0)
        with _its_error():
            KINDS[kind].check_change(where, value)
        yield {**change, "value": value}


@contextmanager
def _its_error() -> Iterator[None]:
    """Turns the ValueError of a control's check into a `ReplayError`."""
    try:
        yield
    except ValueError as error:
        raise ReplayError(str(error)) from error


def _expect(sound: bool, otherwise: str) -> None:
    if not sound:
        raise ReplayError(otherwise)


# --- error messages --------------------------------------------------------------------------------------------------

_repr = reprlib.Repr()
_repr.maxlevel, _repr.maxstring, _repr.maxother = 1, 40, 40

_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def _wrong(path: str, value: Any, expected: Any) -> ReplayError:
    origin = typing.get_origin(expected)
    if isinstance(expected, str):
        wanted = expected
    elif origin is Literal:
        wanted = f"one of {', '.join(typing.get_args(expected))}"
    elif origin is tuple:
        wanted = "a list"
    else:
        wanted = _NAMES.get(expected, "an object")
    return ReplayError(f"{path or 'it'} is {_brief(value)}, not {wanted}")


def _brief(value: object) -> str:
    """``value`` in at most 60 characters; booleans and None as in JSON."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = _repr.repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
