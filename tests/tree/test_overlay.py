"""A mask over a picture: what is accepted, how it looks, when it is visible, and its legend."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from PIL import Image

import vultorch_widget as vultorch
from tests.page import Page

ROAD = {"road": "#804080", "car": "#00008e"}
GRAY = 100


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    view = vultorch.View("overlay", 640, 360, headless=True)
    yield view
    view.close()


@pytest.fixture
def canvas(view: vultorch.View) -> vultorch.Canvas:
    return view.panel("p").canvas("c").bind(gray(1, 4))


def gray(height: int, width: int) -> torch.Tensor:
    return torch.full((height, width, 3), GRAY, dtype=torch.uint8)


def saved(canvas: vultorch.Canvas, folder) -> list[list[list[int]]]:
    canvas.save(folder / "canvas.png")
    return (vultorch.imread(folder / "canvas.png", channels=3, device="cpu") * 255).round().int().tolist()


def test_a_mask_is_painted_over_the_picture_and_taken_away(canvas: vultorch.Canvas, tmp_path) -> None:
    canvas.overlay(torch.tensor([[0, 1, 255, 7]]), labels=ROAD)
    half = [[(GRAY + level) // 2 for level in color] for color in ((0x80, 0x40, 0x80), (0, 0, 0x8E))]
    assert saved(canvas, tmp_path) == [[*half, [GRAY] * 3, [255, 0, 255]]]
    assert saved(canvas.overlay(None), tmp_path) == [[[GRAY] * 3] * 4]


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.int16, torch.uint8, torch.bool])
def test_any_integers_are_a_mask(canvas: vultorch.Canvas, dtype: torch.dtype, tmp_path) -> None:
    canvas.overlay(torch.tensor([[0, 1, 1, 0]]).to(dtype), 1.0, labels=ROAD)
    road, car = [0x80, 0x40, 0x80], [0, 0, 0x8E]
    assert saved(canvas, tmp_path) == [[road, car, car, road]]


def test_of_bools_without_names_only_what_is_true_is_painted(canvas: vultorch.Canvas, tmp_path) -> None:
    canvas.overlay(torch.tensor([[False, True, True, False]]))
    (row,) = saved(canvas, tmp_path)
    assert row[0] == row[3] == [GRAY] * 3
    assert row[1] == row[2] != [GRAY] * 3


def test_an_array_is_copied_once(canvas: vultorch.Canvas, tmp_path) -> None:
    mask = np.array([[0, 1, 1, 0]])
    canvas.overlay(mask, 1.0, labels=ROAD)
    mask[:] = 1
    assert saved(canvas, tmp_path)[0][0] == [0x80, 0x40, 0x80]


def test_an_image_with_a_palette_is_a_mask_of_its_numbers(canvas: vultorch.Canvas, tmp_path) -> None:
    image = Image.fromarray(np.array([[0, 1, 255, 1]], dtype=np.uint8), mode="P")
    image.putpalette([9, 9, 9] * 256)
    canvas.overlay(image, 1.0, labels=ROAD)
    road, car = [0x80, 0x40, 0x80], [0, 0, 0x8E]
    assert saved(canvas, tmp_path) == [[road, car, [GRAY] * 3, car]]
    assert saved(canvas.overlay(None).bind(image, labels=ROAD), tmp_path)[0][:2] == [road, car]


@pytest.mark.parametrize(
    ("layout", "shape"), [(None, (3, 4, 5)), (None, (3, 1, 4, 5)), (None, (3, 4, 5, 1)), ("NCHW", (3, 1, 4, 5))]
)
def test_a_batch_has_a_mask_for_each_picture(
    canvas: vultorch.Canvas, layout: str | None, shape: tuple[int, ...], tmp_path
) -> None:
    canvas.bind(torch.zeros(3, 3, 4, 5), columns=2, gap=1)
    masks = torch.stack([torch.full(shape[1:], index) for index in (0, 1, -1)])
    canvas.overlay(masks, 1.0, labels=ROAD, layout=layout)
    rows = saved(canvas, tmp_path)
    assert (rows[0][0], rows[3][4]) == ([0x80, 0x40, 0x80],) * 2
    assert (rows[0][6], rows[3][10]) == ([0, 0, 0x8E],) * 2
    assert rows[5][0] == [0, 0, 0]
    assert rows[0][5][0] in (127, 128)  # a gap


@pytest.mark.parametrize(
    ("mask", "arguments", "error"),
    [
        (torch.zeros(1, 4), {}, r"canvas 'c'.*dtype float32 has no labels.*argmax.*> 0\.5"),
        (torch.zeros(2, 4, dtype=torch.int64), {}, "4 x 2 texels, and the picture has 4 x 1 texels"),
        (torch.zeros(2, 1, 4, dtype=torch.int64), {}, "2 pictures of 4 x 1 texels, and the picture has 4 x 1 texels"),
        (torch.zeros(1, 4, 3, dtype=torch.uint8), {"layout": "HWC"}, "3 channels for shape"),
        (torch.zeros(1, 4, dtype=torch.int64), {"alpha": 1.5}, r"alpha must lie in 0\.\.1, not 1\.5"),
        (torch.zeros(1, 4, dtype=torch.int64), {"alpha": "half"}, "alpha must be a number, not 'half'"),
        (torch.zeros(1, 4, dtype=torch.int64), {"labels": ["road", "road"]}, "two labels are named 'road'"),
        (torch.zeros(1, 4, dtype=torch.int64, device="meta"), {}, "on meta"),
        ("mask.png", {}, "not a torch tensor but str"),
    ],
)
def test_what_is_no_mask_of_the_picture_is_refused_and_changes_nothing(
    canvas: vultorch.Canvas, mask: object, arguments: dict, error: str
) -> None:
    canvas.overlay(torch.zeros(1, 4, dtype=torch.int64), labels=ROAD)
    before = canvas.overlay_labels
    with pytest.raises(ValueError, match=error):
        canvas.overlay(mask, **arguments)
    assert canvas.overlay_labels is before


def test_a_picture_of_another_size_waits_for_its_overlay_and_says_so(canvas: vultorch.Canvas, tmp_path) -> None:
    canvas.overlay(torch.ones(1, 4, dtype=torch.int64), labels=ROAD)
    canvas.bind(gray(2, 2))
    assert "4 x 1 texels, and the picture has 2 x 2 texels" in canvas.spec().error
    with pytest.raises(ValueError, match="4 x 1 texels, and the picture has 2 x 2 texels"):
        canvas.save(tmp_path / "canvas.png")
    canvas.overlay(torch.ones(2, 2, dtype=torch.int64), labels=ROAD)
    assert canvas.spec().error == ""
    assert len(saved(canvas, tmp_path)) == 2


def test_a_mask_given_before_its_picture_is_checked_when_it_is_shown(view: vultorch.View, tmp_path) -> None:
    canvas = view.panel("p").canvas("later").overlay(torch.ones(1, 4, dtype=torch.int64), 1.0, labels=ROAD)
    assert canvas.spec().error == ""
    assert saved(canvas.bind(gray(1, 4)), tmp_path) == [[[0, 0, 0x8E]] * 4]


def test_an_overlay_lies_over_a_label_map_too(canvas: vultorch.Canvas, tmp_path) -> None:
    canvas.bind(torch.zeros(1, 4, dtype=torch.int64), labels=["sky"])
    canvas.overlay(torch.tensor([[1, -1, 1, 1]]), 1.0, labels=ROAD)
    (row,) = saved(canvas, tmp_path)
    assert row[0] == [0, 0, 0x8E]
    assert [legend.layer for legend in canvas.spec().legends] == ["picture", "overlay"]
    assert row[1] == [int(canvas.spec().legends[0].labels[0].color[at : at + 2], 16) for at in (1, 3, 5)]


def test_the_legend_says_how_opaque_it_is(canvas: vultorch.Canvas) -> None:
    canvas.overlay(torch.zeros(1, 4, dtype=torch.int64), 0.25, labels=ROAD)
    (legend,) = canvas.spec().legends
    assert (legend.layer, legend.alpha) == ("overlay", 0.25)
    assert [label.name for label in legend.labels] == ["road", "car"]


def test_an_unchanged_overlay_is_not_composited_again_and_a_write_to_it_is_seen(canvas: vultorch.Canvas) -> None:
    mask = torch.tensor([[0, 1, 0, 1]])
    room = (4, 1)

    def look() -> object:
        return canvas.overlay(mask, labels=ROAD).fingerprint(room)

    before = look()
    assert look() == before
    mask.fill_(1)
    assert look() != before
    before = look()
    canvas.overlay(mask, 0.6, labels=ROAD)
    assert canvas.fingerprint(room) != before
    assert canvas.overlay_labels is not None
    canvas.overlay_labels.hidden = ["road"]
    assert look() != before
    assert canvas.overlay_labels.hidden == ("road",)


def test_hiding_a_label_of_the_overlay_in_a_page_shows_the_picture_there(
    view: vultorch.View, canvas: vultorch.Canvas
) -> None:
    mask = torch.tensor([[0, 1, 0, 1]])
    canvas.filter = "nearest"
    page = Page(view).open()

    @view.on_frame
    def show() -> None:
        canvas.overlay(mask, 1.0, labels=ROAD)
        page.report()
        if view.frame_count == 2:
            page.say("hide_label", canvas="p/c", layer="overlay", label=1, hidden=True)

    view.run(max_frames=2)
    page.open()
    view.run(max_frames=4)
    assert canvas.overlay_labels is not None
    assert canvas.overlay_labels.hidden == ("car",)
    (legend,) = page.scenes[-1]["panels"][0]["canvases"][0]["legends"]
    assert [label["hidden"] for label in legend["labels"]] == [False, True]
    assert page.pixels("p/c")[0].tolist() == [[0x80, 0x40, 0x80], [GRAY] * 3] * 2
