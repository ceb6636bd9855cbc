"""What a user is told of tensors that are not pictures, or drag a graph behind them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.run import advice


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> Iterator[vultorch.View]:
    monkeypatch.setattr(advice, "INTERVAL", 0.0)  # a look after each frame
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
