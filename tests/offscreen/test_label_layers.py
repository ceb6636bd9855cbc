"""What a replay keeps for a canvas with labels, so that a player can hide some of them."""

from __future__ import annotations

import base64
import io

import numpy as np
import torch
from PIL import Image

import vultorch_widget as vultorch
from tests.replay.runs import replay_of
from vultorch_widget.replay import encode
from vultorch_widget.replay.reader import read

ROAD, CAR = (0x80, 0x40, 0x80), (0, 0, 0x8E)


def shown_last(replay: dict, canvas: str) -> np.ndarray:
    blobs = {picture["canvas"]: picture["blob"] for frame in replay["frames"] for picture in frame["pictures"]}
    file = base64.b64decode(replay["blobs"][blobs[canvas]]["data"])
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


def test_the_layer_of_a_large_mask_has_the_colours_of_labels_only_hidden_ones_too() -> None:
    view = vultorch.View("labels", 640, 360, headless=True)
    mask = (torch.rand(900, 700) < 0.5).long()
    canvas = view.panel("p").canvas("c").bind(mask, labels={"road": "#804080", "car": "#00008e"})
    canvas.labels.hidden = ["car"]
    view.on_frame(lambda: None)
    view.run(max_frames=3)
    replay = read(encode(replay_of(view)))
    view.close()
    layer = shown_last(replay, "%labels/p/c")
    assert set(map(tuple, layer.reshape(-1, 3).tolist())) == {ROAD, CAR}
    assert not (shown_last(replay, "p/c") == CAR).all(-1).any()


def test_pictures_without_labels_are_kept_once() -> None:
    view = vultorch.View("labels", 640, 360, headless=True)
    view.panel("p").canvas("c").bind(torch.rand(8, 8, 3))
    view.on_frame(lambda: None)
    view.run(max_frames=3)
    replay = replay_of(view)
    view.close()
    assert {picture["canvas"] for frame in replay["frames"] for picture in frame["pictures"]} == {"p/c"}


def overlaid(**bound: object) -> tuple[vultorch.View, vultorch.Canvas]:
    view = vultorch.View("overlay", 640, 360, headless=True)
    canvas = view.panel("p").canvas("c").bind(torch.full((40, 30, 3), 100, dtype=torch.uint8))
    canvas.overlay((torch.arange(40 * 30).reshape(40, 30) % 2), **bound)
    view.on_frame(lambda: None)
    return view, canvas


def test_a_replay_keeps_an_overlay_and_the_picture_below_it_apart() -> None:
    view, canvas = overlaid(alpha=0.25, labels={"road": "#804080", "car": "#00008e"})
    assert canvas.overlay_labels is not None
    canvas.overlay_labels.hidden = ["car"]
    view.run(max_frames=3)
    replay = read(encode(replay_of(view)))
    view.close()
    layer = shown_last(replay, "%overlay/p/c")
    assert set(map(tuple, layer.reshape(-1, 3).tolist())) == {ROAD, CAR}
    assert set(map(tuple, shown_last(replay, "%under/p/c").reshape(-1, 3).tolist())) == {(100, 100, 100)}
    shown = shown_last(replay, "p/c")
    assert shown[0, 1].tolist() == [100] * 3
    expected = [round(0.75 * 100 + 0.25 * level) for level in ROAD]
    assert np.abs(shown[0, 0].astype(int) - expected).max() <= 1
    (legend,) = replay["scene"]["panels"][0]["canvases"][0]["legends"]
    assert (legend["layer"], legend["alpha"]) == ("overlay", 0.25)


def test_an_overlay_without_names_cannot_be_toggled_and_is_kept_once() -> None:
    view, _ = overlaid()
    view.run(max_frames=3)
    replay = replay_of(view)
    view.close()
    assert {picture["canvas"] for frame in replay["frames"] for picture in frame["pictures"]} == {"p/c"}


def test_an_overlay_over_a_label_map_keeps_both_masks_without_a_picture_below() -> None:
    view, canvas = overlaid(labels={"road": "#804080", "car": "#00008e"})
    canvas.bind(torch.ones(40, 30, dtype=torch.int64), labels={"road": "#804080", "car": "#00008e"})
    view.run(max_frames=3)
    replay = read(encode(replay_of(view)))
    view.close()
    assert set(map(tuple, shown_last(replay, "%labels/p/c").reshape(-1, 3).tolist())) == {CAR}
    kept = {picture["canvas"] for frame in replay["frames"] for picture in frame["pictures"]}
    assert kept == {"p/c", "%labels/p/c", "%overlay/p/c"}


def test_films_and_snapshots_show_the_overlay(tmp_path) -> None:
    view, canvas = overlaid(alpha=1.0, labels={"road": "#804080", "car": "#00008e"})
    canvas.start_recording(tmp_path / "c.gif")
    view.run(max_frames=3)
    snapshot = view.snapshot()
    canvas.stop_recording()
    view.close()
    with Image.open(tmp_path / "c.gif") as first:
        film = np.asarray(first.convert("RGB"))
    assert [film[0, x].tolist() for x in (0, 1)] == [list(ROAD), list(CAR)]
    assert snapshot is not None
    colors = {color for _, color in snapshot.convert("RGB").getcolors(1 << 20)}
    assert {ROAD, CAR} <= colors
