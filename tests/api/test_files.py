"""What a canvas and a view show, as files and pictures, without a page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import vultorch_widget as vultorch
from vultorch_widget.pictures.sheet import GAP

BACKENDS = ["auto", "torch"]


def read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_canvas_is_saved_as_it_is_shown(tmp_path: Path, backend: str) -> None:
    view = vultorch.View("saved", headless=True, backend=backend)
    canvas = view.panel("a").canvas("error", filter="nearest")
    values = torch.tensor([[0.0, 1.0, float("nan")], [0.25, 0.5, 0.125]])
    canvas.bind(values)
    canvas.colormap, canvas.gain = "viridis", 2.0
    canvas.save(tmp_path / "error.png")
    shown = read(tmp_path / "error.png")
    assert shown.shape == (2, 3, 3)
    assert shown[0, 2].tolist() == [255, 0, 255]
    expected = vultorch.colormap((values * 2).clamp(0, 1), "viridis", vmin=0, vmax=1).nan_to_num(1)
    known = ~values.isnan().numpy()
    assert np.abs(shown[known] - 255 * expected.numpy()[known]).max() <= 1
    view.close()


def test_saving_takes_the_arguments_of_imwrite(tmp_path: Path) -> None:
    view = vultorch.View("saved", headless=True)
    canvas = view.panel("a").canvas("p").bind(torch.rand(8, 6, 4))
    canvas.save(tmp_path / "a.png", size=(4, 3), channels=1)
    with Image.open(tmp_path / "a.png") as picture:
        assert (picture.size, picture.mode) == ((3, 4), "L")
    canvas.save(tmp_path / "a.jpg", quality=5)
    canvas.save(str(tmp_path / "b.jpg"), quality=100)
    assert (tmp_path / "a.jpg").stat().st_size < (tmp_path / "b.jpg").stat().st_size
    with pytest.raises(ValueError, match="quality must be 1 to 100, not 0"):
        canvas.save(tmp_path / "c.jpg", quality=0)
    with pytest.raises(ValueError, match=r"\.xyz"):
        canvas.save(tmp_path / "c.xyz")
    view.close()


def test_what_cannot_be_saved_says_why(tmp_path: Path) -> None:
    view = vultorch.View("saved", headless=True)
    canvas = view.panel("a").canvas("p")
    with pytest.raises(RuntimeError, match="'p' cannot be saved: nothing is bound"):
        canvas.save(tmp_path / "a.png")
    canvas.bind(torch.rand(0, 4, 3))
    with pytest.raises(ValueError, match="'p' cannot be saved: its tensor is empty"):
        canvas.save(tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()
    view.close()


def flat(height: int, width: int, *color: float) -> torch.Tensor:
    return torch.tensor(color).expand(height, width, 3).clone()


def test_a_snapshot_has_the_panels_in_their_layout() -> None:
    view = vultorch.View("shot", 1200, 600, headless=True)
    view.panel("red").canvas("r").bind(flat(40, 50, 1.0, 0.0, 0.0))
    view.panel("green").canvas("g").bind(flat(20, 30, 0.0, 1.0, 0.0))
    view.panel("controls", side="right").slider("lr")
    view.panel("blue", side="bottom").canvas("b").bind(flat(59, 118, 0.0, 0.0, 1.0))
    image = view.snapshot()
    assert image.size == (2 * (50 + GAP + 60), 2 * (40 + GAP + 59))  # magnified twice, to be visible
    pixels = np.asarray(image)[::2, ::2]
    assert (pixels[:40, :50] == [255, 0, 0, 255]).all()
    assert (pixels[:40, 50 + GAP :] == [0, 255, 0, 255]).all()
    assert (pixels[40 + GAP :] == [0, 0, 255, 255]).all()
    assert (pixels[:40, 50 : 50 + GAP, 3] == 0).all()
    view.close()


def test_a_snapshot_follows_the_tensor_and_needs_one() -> None:
    view = vultorch.View("shot", headless=True)
    with pytest.raises(RuntimeError, match="'shot' shows nothing"):
        view.snapshot()
    picture = torch.zeros(4, 4, 3)
    view.panel("a").canvas("p").bind(picture)
    assert view.snapshot().getpixel((1, 1)) == (0, 0, 0, 255)
    picture.fill_(1)
    assert view.snapshot().getpixel((1, 1)) == (255, 255, 255, 255)
    view.close()


def test_saving_in_a_running_loop_disturbs_no_replay(tmp_path: Path) -> None:
    view = vultorch.View("loop", headless=True)
    picture = torch.zeros(8, 8, 3)
    canvas = view.panel("a").canvas("p").bind(picture)

    @view.on_frame
    def frame() -> None:
        picture.fill_(view.frame_count / 10)
        canvas.save(tmp_path / f"{view.frame_count}.png")

    view.run(max_frames=6)
    assert [read(tmp_path / f"{n}.png")[0, 0, 0] for n in range(6)] == [0, 26, 51, 77, 102, 128]
    assert view.last_error is None
    assert len(view._parts.offscreen.replay.builder.key_frames.frames) > 1
    view.close()


def test_a_strip_beside_a_tall_picture_does_not_become_endless() -> None:
    view = vultorch.View("shot", 1200, 600, headless=True)
    view.panel("tall").canvas("c").bind(torch.zeros(1000, 100, 3))
    view.panel("strip").canvas("c").bind(torch.ones(2, 2000, 3))
    image = view.snapshot()
    assert image.size == (8192, 987)  # reduced from a strip of 8192 beside the other
    view.close()


@pytest.mark.parametrize("shape", [(1, 100_000), (60_000, 2)])
def test_a_flat_tensor_has_a_snapshot_and_a_recording_that_can_be_used(shape: tuple[int, int], tmp_path: Path) -> None:
    view = vultorch.View("flat", headless=True)
    flat = torch.rand(shape)
    view.panel("flat").canvas("c").bind(flat)
    view.panel("square").canvas("c").bind(torch.rand(64, 64, 3))
    assert max(view.snapshot().size) <= 8192
    for name in ("a.gif", "a.webp"):
        view.start_recording(tmp_path / name)
        view.on_frame(lambda: flat.fill_(view.frame_count % 2))
        view.run(max_frames=3)
        view.stop_recording()
        film = view._parts.offscreen.films.by_subject[""]
        film.join()
        assert (film.state, film.error) == ("saved", None)
        with Image.open(tmp_path / name) as picture:
            assert max(picture.size) <= 3840
    view.close()
