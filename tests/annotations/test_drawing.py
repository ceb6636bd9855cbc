"""What Pillow draws over pictures in files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import vultorch_widget as vultorch
from tests.patience import wait_until
from vultorch_widget.annotations.drawing import LEAST_LINES, Over, placed
from vultorch_widget.protocol.messages import Marks
from vultorch_widget.tree.canvas import Canvas

SIDE = st.floats(1, 500)


@pytest.fixture
def view() -> vultorch.View:
    return vultorch.View("t", headless=True)


@pytest.fixture
def canvas(view: vultorch.View) -> Canvas:
    """A black picture of 100 x 200 texels with a box from (20, 60) to (80, 180)."""
    return view.panel("p").canvas("c").bind(torch.zeros(200, 100, 3)).boxes([[20, 60, 80, 180]], labels=["cat"])


def color(canvas: Canvas) -> tuple[int, int, int]:
    number = canvas.marks()[0].box_colors[0]
    return number >> 16, number >> 8 & 255, number & 255


def has(picture: Image.Image, x: int, y: int, color: tuple[int, int, int]) -> bool:
    """Whether one of the pixels near (x, y) has the colour."""
    around = np.asarray(picture.convert("RGB"))[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
    return bool((np.abs(around.astype(int) - color).max(axis=2) <= 40).any())


def test_a_snapshot_has_what_is_drawn_over_its_pictures(view: vultorch.View, canvas: Canvas) -> None:
    picture = view.snapshot()
    scale = picture.width / 100
    for x, y in [(20, 120), (80, 120), (50, 60), (50, 180)]:
        assert has(picture, round(x * scale), round(y * scale), color(canvas))
    assert not has(picture, round(50 * scale), round(120 * scale), color(canvas))
    assert has(picture, round(22 * scale), round(56 * scale), color(canvas))  # the label


def test_a_saved_picture_has_it_on_demand(canvas: Canvas, tmp_path: Path) -> None:
    canvas.save(tmp_path / "plain.png")
    canvas.save(tmp_path / "drawn.png", annotations=True)
    plain, drawn = (Image.open(tmp_path / name) for name in ("plain.png", "drawn.png"))
    assert plain.size == drawn.size == (100, 200)
    assert not np.asarray(plain).any()
    assert has(drawn, 20, 120, color(canvas))


@pytest.mark.parametrize("whole", [False, True])
def test_a_film_has_it_and_follows_changes(view: vultorch.View, canvas: Canvas, tmp_path: Path, *, whole: bool) -> None:
    subject = view if whole else canvas
    subject.start_recording(tmp_path / "a.gif", fps=60)

    @view.on_frame
    def frame() -> None:
        canvas.boxes([[20, 60, 80, 180]] if view.frame_count < 10 else None)
        canvas.tensor[0, 0] = view.frame_count / 30  # type: ignore[index]

    view.tick_rate = 60
    view.run(max_frames=30)
    subject.stop_recording()
    wait_until(lambda: not subject.is_saving)
    with Image.open(tmp_path / "a.gif") as film:
        blue = (0x3F, 0x90, 0xDA)
        seen = []
        for index in (0, film.n_frames - 1):
            film.seek(index)
            scale = film.width / 100
            seen.append(has(film, round(20 * scale), round(120 * scale), blue))
    assert seen == [True, False]


def test_a_poster_has_it(view: vultorch.View, canvas: Canvas) -> None:
    view.on_frame(lambda: None)
    view.run(max_frames=2)
    file = view._parts.offscreen.replay.finish(2, 1)
    poster = Image.open(io.BytesIO(file))
    scale = poster.width / 100
    assert has(poster, round(80 * scale), round(120 * scale), color(canvas))


def test_each_picture_of_a_batch_keeps_its_marks(view: vultorch.View) -> None:
    canvas = view.panel("p").canvas("c").bind(torch.zeros(4, 1, 64, 64), columns=2, gap=10)
    canvas.boxes([[[40, 40, 90, 90]], None, None, None])
    picture = np.asarray(view.snapshot().convert("RGB"))
    scale = picture.shape[0] / 138
    corner, beyond = round(64 * scale), round(74 * scale)
    assert picture[: corner - 1, : corner - 1].any()
    assert not picture[beyond + 1 :, beyond + 1 :].any()


MARKS = st.builds(
    lambda box, point, text, caption: Marks(
        area=(8, 8, 40, 40),
        caption=caption,
        boxes=box,
        box_texts=(text,),
        box_colors=(0xFF0000,),
        points=point,
        point_texts=(text,),
        point_colors=(0x00FF00,),
    ),
    st.tuples(*[st.floats(-50, 100)] * 4)
    .map(lambda box: (*sorted(box[::2]), *sorted(box[1::2])))
    .map(lambda box: (box[0], box[2], box[1], box[3])),
    st.tuples(*[st.floats(0, 48)] * 2),
    st.text(max_size=40),
    st.text(max_size=40),
)


@given(MARKS, st.integers(1, 400))
def test_nothing_is_drawn_outside_the_picture(marks: Marks, size: int) -> None:
    pixels = np.zeros((size, size, 4), np.uint8)
    drawn = Over((marks,), (48, 48)).drawn(pixels).copy()
    low, high = round(8 / 48 * size), round(40 / 48 * size)
    drawn[low : max(high, low + 1), low : max(high, low + 1)] = 0
    assert not drawn[..., :3].any()


@given(
    st.floats(-100, 600),
    st.lists(st.floats(-100, 600), min_size=1, max_size=3),
    SIDE,
    st.floats(LEAST_LINES, 500),
    SIDE,
)
def test_a_text_never_leaves_its_picture(
    left: float, tops: list[float], width: float, room: float, area_width: float
) -> None:
    line = room / LEAST_LINES
    found = placed(left, tops, (width, line), (area_width, room), [])
    assert found[0] >= 0
    assert found[1] >= 0
    assert found[2] <= area_width + 1e-6
    assert found[3] <= room + 1e-6


def test_texts_avoid_each_other_where_they_can() -> None:
    taken = [(0.0, 10.0, 50.0, 20.0)]
    assert placed(0, [10, 30], (40, 10), (100, 100), taken) == (0, 30, 40, 40)
    assert placed(0, [10, 15], (40, 10), (100, 100), taken) == (0, 10, 40, 20)
