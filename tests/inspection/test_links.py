"""Which canvases move together."""

from __future__ import annotations

import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget.tree.canvas import Canvas


def canvases(*sizes: tuple[int, int]) -> list[Canvas]:
    panel = vultorch.View("links", 400, 400).panel("p")
    return [panel.canvas(f"c{index}").bind(torch.zeros(*size)) for index, size in enumerate(sizes)]


def test_pages_are_told_the_link_which_is_by_size_unless_set() -> None:
    first, second, third = canvases((4, 6), (4, 6), (8, 8))
    second.link = "pair"
    third.link = None
    assert [canvas.spec().link for canvas in (first, second, third)] == ["auto", "pair", None]


def test_linking_unequal_sizes_by_name_is_refused_with_both_sizes() -> None:
    first, second = canvases((4, 6), (8, 8))
    first.link = "pair"
    with pytest.raises(ValueError, match=r"'c1' of 8 x 8 texels .* 'pair' with canvas 'c0' of 6 x 4"):
        second.link = "pair"
    assert second.link == "auto"


def test_a_linked_canvas_binds_no_tensor_of_another_size() -> None:
    first, second = canvases((4, 6), (4, 6))
    first.link = second.link = "pair"
    second.bind(torch.ones(4, 6, 3))
    with pytest.raises(ValueError, match="8 x 8 texels"):
        second.bind(torch.zeros(8, 8))
    second.link = None
    second.bind(torch.zeros(8, 8))


def test_canvases_that_are_linked_by_size_may_change_it() -> None:
    first, second = canvases((4, 6), (4, 6))
    first.bind(torch.zeros(9, 9))
    assert first.link == second.link == "auto"


@pytest.mark.parametrize("link", [3, "", b"pair", True])
def test_a_link_is_a_name_or_none(link: object) -> None:
    (canvas,) = canvases((4, 6))
    with pytest.raises(ValueError, match="link must be 'auto', a name or None"):
        canvas.link = link  # type: ignore[assignment]
