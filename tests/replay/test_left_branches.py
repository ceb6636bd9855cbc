"""Abandoned branches are in the replay: their pictures and controls, all the way to their ends."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import vultorch_widget as vultorch
from tests.patience import wait_until
from tests.replay.runs import replay_of
from vultorch_widget.replay.reader import read


class Brightness:
    """A run whose picture, text and box have the brightness of a slider, one level more with each step."""

    def __init__(self, **options: Any) -> None:
        self.view = view = vultorch.View("left", 640, 360, headless=True, **options)
        self.level = torch.zeros(())
        self.shown = torch.zeros(16, 16)
        self.still = torch.full((16, 16), 0.5)
        view.panel("p").canvas("still").bind(self.still)
        self.canvas = view.panel("p").canvas("c").bind(self.shown)
        view.checkpoint({"level": self.level})
        view.on_frame(self.frame)

    def frame(self) -> None:
        panel = self.view.panel("p")
        self.level += panel.slider("by", 0.0, 4.0, default=1.0)
        self.shown.fill_(float(self.level) / 255)
        panel.text(f"level {float(self.level):.0f}")
        self.view.log(level=self.level)

    def run(self, frames: int) -> None:
        """Runs ``frames``, and until there is one more key frame: a busy machine may not afford all."""
        kept = self.view._parts.offscreen.replay.builder.key_frames
        before = len(kept.frames)
        self.view.run(max_frames=frames)
        wait_until(lambda: len(kept.frames) > before + 1 or bool(self.view.run(max_frames=1)))


@pytest.fixture
def run() -> Iterator[Brightness]:
    made = Brightness()
    yield made
    made.view.close()


def along(document: dict[str, Any], name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The frames and control changes on the way to the end of a branch, as a player takes them."""
    (branch,) = [one for one in document["branches"] if one["name"] == name]
    shared = branch["shared"]
    frames = [frame for frame in document["frames"] if frame["step"] <= shared]
    changes = [change for change in document["controls"] if change["step"] <= shared]
    return frames + branch["frames"], changes + branch["controls"]


def brightness(document: dict[str, Any], frames: list[dict[str, Any]], canvas: str) -> list[int]:
    """The brightness of ``canvas`` in each of ``frames``."""
    found, blob = [], -1
    for frame in frames:
        blob = next((each["blob"] for each in frame["pictures"] if each["canvas"] == canvas), blob)
        file = io.BytesIO(base64.b64decode(document["blobs"][blob]["data"]))
        found.append(int(np.asarray(Image.open(file).convert("RGB"))[0, 0, 0]))
    return found


def forks(branch: dict[str, Any]) -> list[tuple[int, str]]:
    """Where branches begin on the way to the end of one, after it left the present."""
    return [(mark["step"], mark["text"]) for mark in branch["marks"] if mark["kind"] == "branch"]


def value_at(changes: list[dict[str, Any]], control: str, step: int, begun: Any) -> Any:
    found = [change["value"] for change in changes if change["control"] == control and change["step"] <= step]
    return found[-1] if found else begun


def test_a_branch_is_shown_along_its_whole_way(run: Brightness) -> None:
    run.run(12)
    run.view.panel("p").set("by", 3.0)
    run.run(12)
    end, level = run.view.iteration, float(run.level)
    run.view.rewind(8)
    run.run(6)
    document = replay_of(run.view)
    frames, changes = along(document, "branch 1")
    branch = document["branches"][0]
    assert (branch["shared"], branch["last"], frames[-1]["step"] <= end) == (8, end, True)
    steps = [frame["step"] for frame in frames]
    assert steps == sorted(set(steps))
    assert any(step <= 8 for step in steps)
    assert len([step for step in steps if step > 8]) > 2
    levels = [step if step <= 12 else 12 + 3 * (step - 12) for step in steps]
    assert brightness(document, frames, "p/c") == pytest.approx(levels, abs=3)
    assert set(brightness(document, frames, "p/still")) == {128}
    assert level == levels[-1] + 3 * (end - steps[-1])
    texts = [control["id"] for control in document["scene"]["panels"][0]["controls"] if control["kind"] == "text"]
    for step, shown in zip(steps[1:], levels[1:], strict=True):
        assert value_at(changes, texts[0], step, "") == f"level {shown}"
    assert value_at(changes, "slider:by", 12, 1.0) == 1.0
    assert value_at(changes, "slider:by", steps[-1], 1.0) == 3.0
    assert read(json.dumps(document)) == document


def test_a_branch_has_its_marks_and_best_values(run: Brightness) -> None:
    view = run.view
    run.run(6)
    view.note("of both", step=4)
    run.run(8)
    view.note("left", step=12)
    end = view.iteration
    view.rewind(8)
    run.run(4)
    view.note("here", step=10)
    view.rewind(10)
    run.run(3)
    document = read(json.dumps(replay_of(view)))
    first, second = document["branches"]
    notes = [[mark["text"] for mark in one["marks"] if mark["kind"] == "note"] for one in (document, first, second)]
    assert notes == [["of both", "here"], ["left"], []]
    assert [forks(one) for one in (first, second)] == [[], []]
    checkpoints = [mark["step"] for mark in first["marks"] if mark["kind"] == "checkpoint"]
    assert checkpoints[-1] == end
    assert all(first["shared"] < step <= end for step in checkpoints)
    assert first["bests"] == {"level": {"step": 1, "value": 1.0, "highest": False}}
    view.alarm("level", mode="max")
    view.rewind(branch="branch 1")
    document = replay_of(view)
    left = {one["name"]: one for one in document["branches"]}
    assert (left["branch 2"]["shared"], left["branch 3"]["shared"]) == (8, 8)
    assert {name: forks(one) for name, one in left.items()} == {
        "branch 2": [(8, "branch 2")],
        "branch 3": [(8, "branch 2"), (10, "branch 3")],
    }
    last = left["branch 3"]["last"]
    assert left["branch 3"]["bests"]["level"] == {"step": last, "value": float(last), "highest": True}


def test_after_a_reset_the_run_before_is_a_branch_that_shares_nothing(run: Brightness) -> None:
    run.view.reset(run.level.zero_)
    run.run(10)
    last = run.view.iteration
    run.view._parts.runner.reset()
    run.run(3)
    document = replay_of(run.view)
    frames, _ = along(document, "branch 1")
    assert document["branches"][0]["shared"] == -1
    assert frames == document["branches"][0]["frames"]
    steps = [frame["step"] for frame in frames]
    assert steps[-1] <= last
    assert brightness(document, frames, "p/c") == pytest.approx(steps, abs=3)


def test_what_was_drawn_over_a_picture_ends_where_the_branch_has_nothing_there(run: Brightness) -> None:
    run.canvas.boxes([[1, 1, 4, 4]], labels=["here"])
    run.run(8)
    run.canvas.boxes([])
    run.run(8)
    run.view.rewind(8)
    run.run(2)
    document = replay_of(run.view)
    frames, _ = along(document, "branch 1")
    drawn: dict[int, bool] = {}
    shown: list[Any] = []
    for frame in frames:
        shown = next((each["pictures"] for each in frame["annotations"] if each["canvas"] == "p/c"), shown)
        drawn[frame["step"]] = any(marks["box_texts"] for marks in shown)
    assert drawn == {step: step <= 8 for step in drawn}
    assert {True, False} <= set(drawn.values())


def test_a_branch_without_pictures_is_left_out(run: Brightness) -> None:
    run.run(10)
    run.view.rewind(4)
    builder = run.view._parts.offscreen.replay.builder
    builder.left = {name: line._replace(frames=()) for name, line in builder.left.items()}
    assert replay_of(run.view)["branches"] == []


def test_pictures_of_all_branches_stay_within_the_replays_bytes() -> None:
    run = Brightness(replay_bytes=1 << 16, replay_frames=60)
    generator = torch.Generator().manual_seed(0)
    noise = torch.zeros(64, 64, 3)
    run.view.panel("p").canvas("noise").bind(noise)
    run.view.on_frame(lambda: noise.copy_(torch.rand(noise.shape, generator=generator)))
    for _ in range(5):
        run.run(20)
        run.view.rewind(10)
    run.run(20)
    document = replay_of(run.view)
    run.view.close()
    assert sum(len(blob["data"]) for blob in document["blobs"]) <= 1 << 16
    assert len(document["frames"]) >= 2
    assert len(document["branches"]) >= 1
    assert sum(len(branch["frames"]) for branch in document["branches"]) <= 60
