"""A canvas with a label map: which tensors are one, what pages are told, and hiding labels in a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page

ROAD = {"road": "#804080", "car": "#00008e"}
BOARD = [[153] * 3, [102] * 3]


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    view = vultorch.View("labels", 640, 360, headless=True)
    yield view
    view.close()


@pytest.fixture
def canvas(view: vultorch.View) -> vultorch.Canvas:
    return view.panel("p").canvas("c")


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.int16])
def test_wide_integers_are_a_label_map_without_being_asked(canvas: vultorch.Canvas, dtype: torch.dtype) -> None:
    canvas.bind(torch.zeros(4, 5, dtype=dtype))
    assert canvas.labels is not None
    assert canvas.labels.names == ()
    assert canvas.spec().legends == ()


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool])
def test_bytes_are_a_label_map_by_request(canvas: vultorch.Canvas, dtype: torch.dtype) -> None:
    tensor = torch.zeros(4, 5, dtype=dtype)
    assert canvas.bind(tensor).labels is None
    assert canvas.bind(tensor, labels=ROAD).labels is not None
    assert canvas.bind(tensor).labels is None


@pytest.mark.parametrize(
    ("shape", "size"),
    [((4, 5), (4, 5)), ((4, 5, 1), (4, 5)), ((1, 4, 5), (4, 5)), ((1, 1, 4, 5), (4, 5)), ((2, 4, 5), (4, 12))],
)
def test_masks_of_a_batch_need_no_layout_since_they_have_no_channels(
    canvas: vultorch.Canvas, shape: tuple[int, ...], size: tuple[int, int]
) -> None:
    canvas.bind(torch.zeros(shape, dtype=torch.int64), columns=2)
    assert canvas.grid is not None
    assert canvas.grid.size == size


@pytest.mark.parametrize(
    ("tensor", "arguments", "error"),
    [
        (torch.zeros(4, 5), {"labels": ROAD}, r"dtype float32 has no labels.*argmax"),
        (torch.zeros(4, 5, 3, dtype=torch.uint8), {"labels": ROAD, "layout": "HWC"}, "3 channels for shape"),
        (torch.zeros(2, 3, 4, 5, dtype=torch.int64), {}, r"labels of shape \(2, 3, 4, 5\)"),
        (torch.zeros(4, 5, dtype=torch.int64), {"normalize": "minmax"}, "not 'minmax'"),
        (torch.zeros(4, 5, dtype=torch.int64), {"labels": ["road", "road"]}, "two labels are named 'road'"),
    ],
)
def test_what_is_no_label_map_is_refused(
    canvas: vultorch.Canvas, tensor: torch.Tensor, arguments: dict, error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        canvas.bind(tensor, **arguments)


def test_the_page_gets_a_legend(canvas: vultorch.Canvas) -> None:
    canvas.bind(torch.zeros(4, 5, dtype=torch.int64), labels=ROAD)
    (legend,) = canvas.spec().legends
    assert [(label.name, label.color, label.hidden) for label in legend.labels] == [
        ("road", "#804080", False),
        ("car", "#00008e", False),
    ]


def test_a_label_that_keeps_its_colour_is_renamed_in_the_page(view: vultorch.View, canvas: vultorch.Canvas) -> None:
    mask, street = torch.tensor([[0, 1]]), {"street": ROAD["road"], "car": ROAD["car"]}
    canvas.bind(mask, labels=ROAD).overlay(mask, labels=ROAD)
    page = Page(view).open()
    view.on_frame(lambda: None)

    def names() -> list[list[str]]:
        view.run(max_frames=1)
        (shown,) = page.scenes[-1]["panels"][0]["canvases"]
        return [[label["name"] for label in legend["labels"]] for legend in shown["legends"]]

    assert names() == [["road", "car"], ["road", "car"]]
    canvas.bind(mask, labels=street)
    assert names() == [["street", "car"], ["road", "car"]]
    canvas.overlay(mask, labels=street)
    assert names() == [["street", "car"], ["street", "car"]]
    sent = len(page.scenes)
    canvas.bind(mask, labels=street).overlay(mask, labels=street)
    names()
    assert len(page.scenes) == sent


def test_hiding_a_label_in_a_page_recomposites_and_binding_again_keeps_it_hidden(
    view: vultorch.View, canvas: vultorch.Canvas
) -> None:
    mask = torch.tensor([[0, 1]])
    page = Page(view).open()

    @view.on_frame
    def show() -> None:
        canvas.bind(mask, labels=ROAD)
        canvas.filter = "nearest"
        page.report()
        if view.frame_count == 2:
            page.say("hide_label", canvas="p/c", layer="picture", label=1, hidden=True)

    view.run(max_frames=2)
    page.open()
    view.run(max_frames=4)
    assert canvas.labels is not None
    assert canvas.labels.hidden == ("car",)
    assert page.scenes[-1]["panels"][0]["canvases"][0]["legends"][0]["labels"][1]["hidden"]
    assert page.pixels("p/c")[0].tolist() == [[0x80, 0x40, 0x80], BOARD[0]]


def test_a_page_that_hides_what_is_not_there_is_refused(view: vultorch.View, canvas: vultorch.Canvas) -> None:
    canvas.bind(torch.zeros(4, 5, dtype=torch.int64), labels=ROAD)
    page = Page(view).open()
    view.on_frame(lambda: None)
    for wrong in ({"label": 2}, {"canvas": "p/d"}, {"layer": "overlay"}):
        page.say("hide_label", **{"canvas": "p/c", "layer": "picture", "label": 0, "hidden": True, **wrong})
    view.run(max_frames=1)
    assert canvas.labels is not None
    assert canvas.labels.hidden == ()


def test_saving_shows_labels_as_the_page_does(view: vultorch.View, canvas: vultorch.Canvas, tmp_path) -> None:
    canvas.bind(torch.tensor([[0, 1, -100, 7]]), labels=ROAD)
    canvas.save(tmp_path / "mask.png")
    saved = (vultorch.imread(tmp_path / "mask.png", channels=3, device="cpu") * 255).round().int()
    assert saved[0].tolist() == [[0x80, 0x40, 0x80], [0, 0, 0x8E], BOARD[0], [255, 0, 255]]


def test_a_magnified_label_map_keeps_its_edges_whatever_the_filter(canvas: vultorch.Canvas) -> None:
    canvas.bind(torch.zeros(4, 5, dtype=torch.int64), labels=ROAD)
    assert canvas.filter == "linear"
    assert canvas.spec().filter == "nearest"
    assert canvas.bind(torch.zeros(4, 5)).spec().filter == "linear"
