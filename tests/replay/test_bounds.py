"""A replay stays within its bounds and shows what the view showed."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from tests.replay.runs import SIZE, fit, replay_of
from vultorch_widget.replay import ReplayBuilder
from vultorch_widget.replay.key_frames import KeyFrame


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (24, 24, 4), dtype=np.uint8)


def test_a_million_steps_stay_within_the_bounds() -> None:
    builder = ReplayBuilder(most_frames=60, most_bytes=1 << 17)
    for step in range(0, 1_000_000, 29):
        if builder.wants(step):
            builder.take(step, {"p/c": noise(step)}, {})
    steps = [frame.step for frame in builder.key_frames.frames]
    assert 10 < len(steps) <= 60
    assert builder.key_frames.bytes <= 1 << 17
    assert steps[0] == 0
    assert steps[-1] > 500_000
    gaps = np.diff(steps)
    assert gaps[: len(gaps) // 3].sum() < gaps[-len(gaps) // 3 :].sum()  # dense at the beginning


def test_a_replay_has_at_most_the_requested_frames() -> None:
    view = fit(80, replay_frames=12)
    replay = replay_of(view)
    view.close()
    assert 2 <= len(replay["frames"]) <= 12
    assert replay["last"] == 80 * 4


@pytest.mark.parametrize("most", [2, 3, 10_000])
def test_the_last_pictures_are_among_the_most_frames(most: int) -> None:
    builder = ReplayBuilder(most_frames=most)
    for step in range(most + 5):
        builder.key_frames.add(KeyFrame(step, {}))
    last = KeyFrame(most + 9, {})
    frames = builder.key_frames.until(last)
    assert len(builder.key_frames) == len(frames) == most
    assert (frames[0].step, frames[-1]) == (0, last)
    newest = builder.key_frames.frames[-1]
    assert builder.key_frames.until(newest) == builder.key_frames.frames


def test_a_replay_ends_with_the_last_pictures_and_has_control_values() -> None:
    view = fit(60)
    replay = replay_of(view)
    picture = next(canvas for canvas in view._parts.tree.canvases() if canvas.name == "pred").tensor
    takes = view._parts.offscreen.replay
    shown = view._parts.pictures.renderer.compose(
        [tile for tile in takes._tiles().values() if tile.source.data_ptr() == picture.data_ptr()]
    )[0][..., :3].copy()
    view.close()
    newest = {}
    for frame in replay["frames"]:
        newest |= {entry["canvas"]: replay["blobs"][entry["blob"]] for entry in frame["pictures"]}
    blob = newest["Prediction/pred"]
    assert (blob["lossless"], blob["width"], blob["height"]) == (True, SIZE, SIZE)
    decoded = np.asarray(Image.open(io.BytesIO(base64.b64decode(blob["data"]))).convert("RGB"))
    assert np.array_equal(decoded, shown)
    rates = [change["value"] for change in replay["controls"] if change["control"] == "slider:lr"]
    assert rates == [pytest.approx(1e-3)]
    assert replay["series"]["loss"]["steps"][-1] == 240
    assert [frame["step"] for frame in replay["frames"]] == sorted(frame["step"] for frame in replay["frames"])


@pytest.mark.parametrize(
    "wrong", [{"most_frames": 1}, {"most_bytes": 100}, {"most_frames": 20_000}, {"most_bytes": 1 << 30}]
)
def test_bounds_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="a replay"):
        ReplayBuilder(**wrong)
