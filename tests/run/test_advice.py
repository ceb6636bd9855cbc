"""What users are told about tensors that are not pictures, or that keep a graph alive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from vultorch_widget.run import advice


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> Iterator[vultorch.View]:
    monkeypatch.setattr(advice, "INTERVAL", 0.0)  # a check after each frame
    view = vultorch.View("advised", headless=True)
    view.on_frame(lambda: None)
    Page(view).open()
    yield view
    view.close()


def told(view: vultorch.View) -> list[str]:
    view.run(max_frames=4)
    return [notice for notice in view._parts.tree.notices if "The tensor of canvas" in notice]


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        (torch.rand(50, 70, 3) * 255, "divide by 255"),
        (torch.rand(50, 70, 3) * 2 - 1, "`canvas.gain` and `canvas.offset` to 0.5"),
        (torch.randn(50, 70, 3) * 2, "undo the normalisation"),
        (torch.rand(50, 70) * 1000, "colormap"),
    ],
)
def test_values_beyond_0_to_1_earn_one_notice_with_the_remedy(
    view: vultorch.View, values: torch.Tensor, remedy: str
) -> None:
    view.panel("p").canvas("c").bind(values)
    (notice,) = told(view)
    assert remedy in notice
    assert told(view) == [notice]


@pytest.mark.parametrize(
    "values",
    [
        torch.rand(50, 70, 3),
        torch.rand(50, 70, 3) * 1.01,
        (torch.rand(50, 70, 3) * 255).byte(),
        torch.cat([torch.rand(50, 70, 3), torch.full((50, 70, 1), 255.0)], dim=2),  # opaque is opaque
        torch.zeros(0, 3),
    ],
)
def test_colours_earn_none(view: vultorch.View, values: torch.Tensor) -> None:
    view.panel("p").canvas("c").bind(values)
    assert told(view) == []


def test_a_colormap_or_a_gain_takes_any_values(view: vultorch.View) -> None:
    view.panel("p").canvas("a").bind(torch.rand(9, 9) * 99).colormap = "turbo"
    view.panel("p").canvas("b").bind(torch.rand(9, 9) * 99).gain = 0.01
    assert told(view) == []


def test_a_few_values_beyond_and_a_moment_of_them_earn_none(view: vultorch.View) -> None:
    picture = torch.rand(64, 64, 3)
    picture[:4] = 7.0
    view.panel("p").canvas("c").bind(picture)
    assert told(view) == []


def test_a_tensor_that_drags_a_graph_behind_it_is_told_once(view: vultorch.View) -> None:
    weight = torch.ones((), requires_grad=True)
    shown = torch.zeros(8, 8, 3)
    view.panel("p").canvas("c").bind(shown)

    @view.on_frame
    def frame() -> None:
        shown[..., :3] = weight * 0.5

    (notice,) = told(view)
    assert "torch.no_grad()" in notice


def test_written_without_gradients_it_is_not(view: vultorch.View) -> None:
    weight = torch.ones((), requires_grad=True)
    shown = torch.zeros(8, 8, 3)
    view.panel("p").canvas("c").bind(shown)

    @view.on_frame
    def frame() -> None:
        with torch.no_grad():
            shown[..., :3] = weight * 0.5

    assert told(view) == []


# --- labels that nobody named ----------------------------------------------------------------------------------------


def said_of(view: vultorch.View, frames: int = 4) -> list[str]:
    view.run(max_frames=frames)
    return [notice for notice in view._parts.tree.notices if "of canvas" in notice]


def test_a_label_beyond_the_names_is_named_once_with_its_place_and_the_remedy(view: vultorch.View) -> None:
    mask = torch.zeros(20, 30, dtype=torch.int64)
    mask[7, 12] = 19
    view.panel("p").canvas("c").bind(mask, labels=["road", "car"])
    (notice,) = said_of(view)
    assert notice == (
        "The tensor of canvas 'c' holds 19 at column 12 and row 7, which is none of its 2 labels (0 to 1) and is "
        "painted magenta: name it in `labels`, or pass `ignore=19`."
    )
    mask[0, 0] = 23
    assert said_of(view) == [notice]


def test_of_a_batch_the_picture_is_named_and_of_an_overlay_that_it_is_one(view: vultorch.View) -> None:
    masks = torch.zeros(3, 4, 5, dtype=torch.int32)
    masks[2, 1, 3] = -7
    view.panel("p").canvas("c").bind(torch.rand(3, 4, 5, 3), layout="NHWC").overlay(masks)
    (notice,) = said_of(view)
    assert "The overlay of canvas 'c' holds -7 at column 3 and row 1 of picture 2, which is no label" in notice
    assert notice.endswith("pass `ignore=-7`.")


def test_a_single_stray_of_a_large_mask_is_found_in_time(view: vultorch.View) -> None:
    mask = torch.zeros(300, 400, dtype=torch.uint8)
    mask[251, 333] = 9
    view.panel("p").canvas("c").bind(mask, labels=["road", "car"])
    wait_until(lambda: any("holds 9 at column 333 and row 251" in notice for notice in said_of(view)))


@pytest.mark.parametrize(
    ("mask", "labels"),
    [
        (torch.tensor([[0, 1, 255, -1, -100]]), ["road", "car"]),
        (torch.tensor([[0, 300, 255]]), None),
        (torch.ones(3, 4, dtype=torch.uint8), 256),
        (torch.ones(3, 4, dtype=torch.bool), ["no", "yes"]),
        (torch.zeros(0, 4, dtype=torch.int64), ["road"]),
    ],
)
def test_labels_and_ignored_values_earn_none(view: vultorch.View, mask: torch.Tensor, labels: object) -> None:
    view.panel("p").canvas("c").bind(mask, labels=labels)
    assert said_of(view) == []
