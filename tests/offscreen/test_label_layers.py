"""What a replay keeps of a canvas with labels, so that a player can hide some of them."""

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
