"""Reading saved replays: earlier versions play, damaged ones say what is wrong, none does harm."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replay.runs import fit, replay_of
from tests.replay.saved import NOTEBOOKS, changed, earlier, malformed, replays_in_file
from vultorch_widget.export.animation import animation
from vultorch_widget.export.run_ending import ending
from vultorch_widget.replay.reader import LATER, ReplayError, read

JUNK: list[Any] = [
    None, True, 0, -1, 1e300, 2**53, 2**70, 0.5, "", "x", "NaN", "\ud800", "<b>", [], {}, [[]], [None],
    {"kind": "split"}, "x" * 5000, [1] * 500,
]  # fmt: skip


def without_later(found: Any) -> Any:
    """The document without the defaults of fields that earlier versions lacked."""
    if isinstance(found, list):
        return [without_later(item) for item in found]
    if not isinstance(found, dict):
        return found
    signs = {"filter": "canvas_spec", "pictures": "frame", "blobs": "document"}
    unnamed = next((name for field, name in signs.items() if field in found), "series")
    kind = str(found.get("kind", unnamed))
    owner = "".join(word.title() for word in kind.split("_"))
    later = [(name, value) for (of, name), value in LATER.items() if of.strip("_") == owner]
    kept = {name: item for name, item in found.items() if (name, item) not in later}
    return {name: without_later(item) for name, item in kept.items()}


def test_a_replay_of_version_0_1_is_read_as_it_is() -> None:
    assert without_later(read(json.dumps(earlier()))) == earlier()


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_replays_of_every_version_are_read(notebook: Path) -> None:
    (text,) = replays_in_file(notebook)
    assert without_later(read(text)) == without_later(json.loads(text))


def test_a_replay_of_this_version_is_read_as_it_is() -> None:
    view = fit(3)
    document = replay_of(view)
    view.close()
    assert read(json.dumps(document)) == document


@pytest.mark.parametrize("case", malformed(), ids=lambda case: f"{case['change']}={str(case['to'])[:20]}")
def test_malformed_documents_are_refused_with_the_reason(case: dict[str, Any]) -> None:
    with pytest.raises(ReplayError) as caught:
        read(json.dumps(changed(earlier(), case["change"], case["to"])))
    assert case["says"] in str(caught.value)
    assert len(str(caught.value)) < 300


def lacking(document: dict[str, Any], name: str) -> dict[str, Any]:
    del document[name]
    return document


@pytest.mark.parametrize("name", sorted(earlier()))
def test_a_field_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(ReplayError, match=name):
        read(json.dumps(lacking(earlier(), name)))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '"x"', '{"version": 1', "NaN"])
def test_texts_that_are_not_documents_are_refused(text: str) -> None:
    with pytest.raises(ReplayError, match=r"^it "):
        read(text)


def nested(depth: int) -> str:
    layout = '{"kind":"split","direction":"row","weights":[1],"children":[' * depth
    return (
        json.dumps(earlier())
        .replace('"layout": {', f'"layout": {layout}' + "{", 1)
        .replace('}, "panels"', "}" + "]}" * depth + ', "panels"', 1)
    )


@pytest.mark.parametrize("depth", [300, 20_000])
def test_a_deeply_nested_layout_is_refused(depth: int) -> None:
    with pytest.raises(ReplayError, match="nested"):
        read(nested(depth))
    with pytest.raises(ReplayError):
        read("[" * depth * 5)


def many_series(document: dict[str, Any]) -> None:
    steps = list(range(5000))
    document["series"] = {f"s{name}": {"steps": steps, "values": steps} for name in range(200)}


def many_canvases(document: dict[str, Any]) -> None:
    panel = document["scene"]["panels"][0]
    panel["canvases"] = [{**panel["canvases"][0], "id": str(name)} for name in range(3000)]


def many_frames(document: dict[str, Any]) -> None:
    document["frames"] = [{"step": step, "pictures": []} for step in range(20_000)]


def a_long_text(document: dict[str, Any]) -> None:
    document["title"] = "x" * (2 << 20)


@pytest.mark.parametrize("grow", [many_series, many_canvases, many_frames, a_long_text])
def test_excessive_documents_are_refused_quickly(grow: Callable[[dict[str, Any]], None]) -> None:
    document = earlier()
    grow(document)
    text = json.dumps(document)
    with pytest.raises(ReplayError, match="at most"):
        read(text)


def test_a_combo_of_200_000_items_is_read() -> None:
    document = earlier()
    (combo,) = (c for panel in document["scene"]["panels"] for c in panel["controls"] if c["kind"] == "combo")
    combo["items"] = ["x"] * 200_000
    assert without_later(read(json.dumps(document))) == document


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Yields the path of everything in ``value``. For long lists, only three first items, the middle and the last."""
    found = [path] if path else []
    if isinstance(value, dict):
        keys: list[Any] = list(value)
    elif isinstance(value, list):
        keys = sorted({*range(min(3, len(value))), *([len(value) // 2, len(value) - 1] if value else [])})
    else:
        keys = []
    return found + [place for key in keys for place in places(value[key], (*path, key))]


def short() -> dict[str, Any]:
    """The earlier document with only its first frames, for speed."""
    document = earlier()
    document["frames"] = document["frames"][:6]
    document["blobs"] = document["blobs"][:10]
    return document


PLACES = places(short())


def found(document: Any, where: tuple[Any, ...]) -> Any:
    """The value at that path, or None."""
    for key in where:
        known = (
            document.keys()
            if isinstance(document, dict)
            else range(len(document if isinstance(document, list) else ()))
        )
        if key not in known:
            return None
        document = document[key]
    return document


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """The earlier document with some of its parts removed, duplicated, swapped or replaced by junk."""
    document = short()
    for *above, key in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=4)):
        holder = found(document, tuple(above))
        if found(holder, (key,)) is None:  # an earlier change has removed it
            continue
        what = draw(st.sampled_from(["lose", "double", "exchange", "junk", "junk"]))
        if what == "lose":
            del holder[key]
        elif what == "double" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif what == "exchange":
            holder[key] = found(short(), draw(st.sampled_from(PLACES)))
        else:
            holder[key] = draw(st.sampled_from(JUNK))
    return document


def read_or_reason(text: str) -> dict[str, Any] | str:
    try:
        return read(text)
    except ReplayError as error:
        return str(error)


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_any_change_is_either_read_or_refused(document: dict[str, Any]) -> None:
    begun = time.thread_time()
    replay = read_or_reason(json.dumps(document))
    if isinstance(replay, str):
        assert 0 < len(replay) < 400
    else:
        assert all(isinstance(part, str) for row in ending(replay).rows for part in row)
        with suppress(ValueError):  # a damaged picture
            animation({**replay, "frames": replay["frames"][-3:]})
    assert time.thread_time() - begun < 10


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_truncated_or_garbled_text_is_read_or_refused(data: st.DataObject) -> None:
    text = json.dumps(short())
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, len(text)))
    assert read_or_reason(text[:at] + data.draw(st.text(max_size=5)) + text[end:])
