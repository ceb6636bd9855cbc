"""What is composited for the parts of a picture that pages show."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from vultorch_widget.inspection.viewport import combined, visible


def test_a_magnified_part_is_composited_texel_by_texel() -> None:
    assert visible((10.25, 4.5, 20.75, 9.75), (400, 200), 64, 64) == ((11, 6), (10, 4, 21, 10))


def test_a_minified_part_is_composited_for_the_screen() -> None:
    assert visible((100.5, 0, 4100.5, 2000), (400, 200), 8192, 8192) == ((400, 200), (100.5, 0, 4100.5, 2000))


@pytest.mark.parametrize("part", [(0, 0, 65, 10), (-1, 0, 5, 5), (5, 5, 5, 8)])
def test_a_part_that_a_smaller_tensor_has_not_is_the_whole(part: tuple[float, float, float, float]) -> None:
    assert visible(part, (400, 200), 64, 64) == ((400, 200), None)


def test_pages_with_the_same_viewport_share_the_largest_room() -> None:
    assert combined([((300, 100), (1, 2, 3, 4)), ((200, 150), (1, 2, 3, 4))]) == ((300, 150), (1, 2, 3, 4))


def test_pages_with_different_viewports_get_a_picture_of_all_that_is_seen() -> None:
    room, viewport = combined([((100, 100), (0, 0, 10, 10)), ((100, 100), (5, 5, 15, 15))])
    assert viewport == (0, 0, 15, 15)
    assert room == (150, 150)


def test_bytes_follow_the_screens_however_far_apart_pages_look() -> None:
    far = combined([((100, 100), (0, 0, 10, 10)), ((100, 100), (8000, 8000, 8010, 8010))])
    assert far == ((200, 200), (0, 0, 8010, 8010))
    assert combined([((100, 80), None), ((100, 100), (0, 0, 1, 1))]) == ((200, 200), None)


def looking(tensor: torch.Tensor, *parts: tuple[float, float, float, float], room: tuple[int, int]) -> Page:
    view = vultorch.View("zoom", 400, 400)
    view.panel("p").canvas("c").bind(tensor)
    page = Page(view).open(room)
    for part in parts:
        see(page, part)
    frame(page)
    return page


def frame(page: Page) -> None:
    """Runs a frame and rests, so that everything is sent losslessly."""
    page.report()
    page.view.run(max_frames=1)


def shows(page: Page, crop: list[float] | None) -> bool:
    """Whether the newest picture is of ``crop``, after one more frame."""
    frame(page)
    return newest(page)["crop"] == crop


def see(page: Page, *parts: tuple[float, float, float, float]) -> None:
    names = ("left", "top", "right", "bottom")
    page.say("viewports", viewports=[{"canvas": "p/c", **dict(zip(names, part, strict=True))} for part in parts])


def newest(page: Page) -> dict[str, object]:
    return next(content["pictures"][0] for content, _ in reversed(page.updates) if content["pictures"])


def test_a_page_that_zooms_gets_the_texels_it_sees_and_is_told_which() -> None:
    tensor = torch.rand(64, 96, 3, generator=torch.Generator().manual_seed(0))
    page = looking(tensor, (10.5, 20.25, 34.5, 36.25), room=(480, 320))
    assert newest(page)["crop"] == [10, 20, 35, 37]
    expected = (tensor[20:37, 10:35] * 255 + 0.5).floor().numpy()
    assert np.abs(page.pixels("p/c", lossless=True) - expected).max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
def test_a_part_larger_than_the_screen_is_averaged_from_its_own_texels(channels: int) -> None:
    tensor = torch.rand(512, 512, channels, generator=torch.Generator().manual_seed(1))
    page = looking(tensor, (128, 64, 384, 320), room=(64, 64))
    assert newest(page)["crop"] == [128, 64, 384, 320]
    part = tensor[64:320, 128:384].reshape(64, 4, 64, 4, channels).mean((1, 3))
    expected = (part * 255 + 0.5).floor().expand(64, 64, 3).numpy()
    assert np.abs(page.pixels("p/c", lossless=True) - expected).max() <= 1


def test_a_part_of_flat_colour_is_sent_again_when_it_moves() -> None:
    """Its pixels are the same, but they belong to other texels."""
    page = looking(torch.full((64, 64, 3), 0.5), (0, 0, 16, 16), room=(320, 320))
    see(page, (20, 20, 36, 36))
    wait_until(lambda: shows(page, [20, 20, 36, 36]))


def test_the_whole_is_sent_again_when_a_page_leaves_its_zoom_or_closes() -> None:
    page = looking(torch.rand(64, 64, 3), (0, 0, 16, 16), room=(320, 320))
    see(page)
    wait_until(lambda: shows(page, None))
    assert newest(page)["width"] == 64


@pytest.mark.parametrize("part", [(5, 5, 5, 9), (-1, 0, 3, 3), (9, 0, 3, 3)])
def test_a_part_without_texels_is_refused_by_name(part: tuple[float, float, float, float]) -> None:
    page = looking(torch.rand(64, 64, 3), part, room=(320, 320))
    assert "has no texels" in page.view._parts.channel.last_refusal
    assert newest(page)["crop"] is None


def test_bytes_follow_the_screen_not_the_tensor() -> None:
    page = looking(torch.rand(2048, 2048), (100, 100, 900, 900), room=(200, 200))
    sizes = [(picture["width"], picture["height"]) for content, _ in page.updates for picture in content["pictures"]]
    assert set(sizes) == {(200, 200)}
