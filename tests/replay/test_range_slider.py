"""Range sliders in saved replays: changes are replayed, and malformed ones are refused in Python and TypeScript."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import torch

import vultorch_widget as vultorch
from tests.replay.runs import replay_of
from vultorch_widget.export.run_ending import ending
from vultorch_widget.replay.reader import ReplayError, read


@pytest.fixture(scope="module")
def replay() -> dict[str, Any]:
    view = vultorch.View("ranges", 200, 100, headless=True)
    panel = view.panel("p")
    panel.canvas("c").bind(torch.rand(4, 4, 3))

    @view.on_frame
    def frame() -> None:
        if view.frame_count == 3:
            panel.set("span", (0.3, 0.5))
        panel.range_slider("span", default=(0.1, 0.9))

    view.run(max_frames=6)
    document = replay_of(view)
    view.close()
    return document


def slider(document: dict[str, Any]) -> dict[str, Any]:
    (spec,) = document["scene"]["panels"][0]["controls"]
    found: dict[str, Any] = spec
    return found


def test_it_has_its_initial_value_and_the_user_s_changes(replay: dict[str, Any]) -> None:
    found = read(json.dumps(replay))
    assert slider(found)["value"] == [0.1, 0.9]
    assert [change["value"] for change in found["controls"]] == [[0.3, 0.5]]
    assert found == replay


def test_its_final_value_can_be_read_without_a_player(replay: dict[str, Any]) -> None:
    assert ("span", "0.3 … 0.5") in ending(read(json.dumps(replay))).rows


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("value", [0.1], "range slider 'range_slider:span' has no two values in order"),
        ("value", [0.9, 0.1], "has no two values in order"),
        ("initial", [], "has no two values in order"),
        ("value", 0.5, r"value is 0\.5, not a list"),
        ("min", 2, "the range of slider 'range_slider:span' is empty"),
        ("log", True, "slider 'range_slider:span' has no such scale"),
    ],
)
def test_a_malformed_range_slider_is_refused(replay: dict[str, Any], field: str, value: Any, message: str) -> None:
    document = copy.deepcopy(replay)
    slider(document)[field] = value
    with pytest.raises(ReplayError, match=message):
        read(json.dumps(document))


@pytest.mark.parametrize("value", [[0.9, 0.1], [0.5], [0.1, 0.2, 0.3]])
def test_a_change_to_a_value_that_is_not_a_range_is_refused(replay: dict[str, Any], value: Any) -> None:
    document = copy.deepcopy(replay)
    document["controls"][0]["value"] = value
    with pytest.raises(ReplayError, match=r"controls\[0\]\.value has no two values in order"):
        read(json.dumps(document))
