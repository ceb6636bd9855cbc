"""Colours, typed lines and texts in a replay."""

from __future__ import annotations

import json

import torch

import vultorch_widget as vultorch
from tests.replay.runs import replay_of
from vultorch_widget.basics.budget import Budget
from vultorch_widget.export.run_ending import ending
from vultorch_widget.replay.control_history import MOST_SHOWN, PLOT_POINTS


def test_colours_inputs_and_texts_are_in_the_replay() -> None:
    view = vultorch.View("free controls", headless=True)
    panel = view.panel("p")
    panel.canvas("c").bind(torch.zeros(4, 4))

    @view.on_frame
    def frame() -> None:
        if view.frame_count == 3:
            panel.set("tint", (0, 0.2, 1))
            panel.set("name", "Infinity <b>")
        with panel.row():
            panel.color_picker("tint", default=(1, 0, 0))
            panel.input_text("name", default="first")
        panel.text_colored(0, view.frame_count / 10, 0, 1, f"frame {view.frame_count}")
        panel.text_wrapped(f"paragraph {view.frame_count}")
        panel.plot({"a": [1, 2], "b": [2]})
        view.log(loss=1.0)

    view.run(max_frames=6)
    replay = replay_of(view)
    (specs,) = (part["controls"] for part in replay["scene"]["panels"])
    began = {spec["id"]: spec for spec in specs}
    assert began["row:frame:1"]["controls"] == ["color_picker:tint", "input_text:name"]
    assert (began["color_picker:tint"]["value"], began["input_text:name"]["value"]) == ([1, 0, 0], "first")
    assert began["text_colored:frame:1"]["text"] == "frame 0"
    assert [curve["name"] for curve in began["plot:##plot"]["curves"]] == ["a", "b"]
    last = {change["control"]: change["value"] for change in replay["controls"]}
    assert last["color_picker:tint"] == [0, 0.2, 1]
    assert last["text_colored:frame:1"] == {"text": "frame 5", "color": [0, 0.5, 0, 1]}
    assert last["text_wrapped:frame:1"] == "paragraph 5"
    end = ending(replay)
    assert {("tint", "#0033ff"), ("name", "Infinity <b>")} <= set(end.rows)
    assert end.texts == ("frame 5", "paragraph 5")


def test_a_plot_is_replayed_as_it_was_at_each_key_frame() -> None:
    view = vultorch.View("plots", headless=True)
    panel = view.panel("p")
    panel.canvas("c").bind(torch.zeros(4, 4))
    seen: list[float] = []

    @view.on_frame
    def frame() -> None:
        seen.append(view.frame_count / 3)
        panel.plot({"seen": seen, "gap": [1.0, float("nan")]}, overlay=f"{len(seen)}")
        view.log(loss=1.0)

    view.run(max_frames=6)
    replay = replay_of(view)
    began = replay["scene"]["panels"][0]["controls"][0]
    shown = {1: began, **{change["step"]: change["value"] for change in replay["controls"]}}
    steps = [kept["step"] for kept in replay["frames"]]
    assert steps[0] == 1
    assert len(steps) > 1
    assert shown.keys() >= {replay["last"]}
    for step, plot in shown.items():
        first, second = plot["curves"]
        assert first["values"] == [float(f"{value:.4g}") if step > 1 else value for value in seen[:step]]
        assert second["values"] == [1.0, None]
        assert plot["overlay"] == str(step)


def test_plots_take_bounded_space_in_a_replay() -> None:
    view = vultorch.View("many plots", headless=True)
    panel = view.panel("p")
    panel.canvas("c").bind(torch.zeros(4, 4))
    noise = torch.rand(12, 4000, generator=torch.Generator().manual_seed(0))

    @view.on_frame
    def frame() -> None:
        for number in range(4):
            rows = noise.roll(view.frame_count + number, 0)
            panel.plot({str(row): values for row, values in enumerate(rows)}, label=f"plot {number}")
        view.log(loss=1.0)

    view._parts.offscreen.replay.budget = Budget(0.9, 100.0)
    view.run(max_frames=20)
    replay = replay_of(view)
    changes = [change["value"] for change in replay["controls"]]
    assert len(changes) >= 4
    assert sum(len(json.dumps(value)) for value in changes) <= MOST_SHOWN
    assert all(len(curve["values"]) <= PLOT_POINTS for value in changes for curve in value["curves"])
