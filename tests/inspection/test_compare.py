"""`View.compare`: what pages are told, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from vultorch_widget.api.pair_of_canvases import _colors
from vultorch_widget.pictures.colormap import colormap_table

ROOT = Path(__file__).parents[2]


@pytest.fixture
def view() -> vultorch.View:
    view = vultorch.View("pair", headless=True)
    for name in "AB":
        view.panel(name).canvas("image").bind(torch.zeros(4, 6, 3))
    return view


def canvas(view: vultorch.View, name: str) -> vultorch.Canvas:
    return view.panel(name).canvas("image")


def test_pages_and_replays_are_told_what_to_compare(view: vultorch.View) -> None:
    page = Page(view).open()
    page.report()
    view.run(max_frames=1)
    assert page.scenes[-1]["compared"] == []
    view.compare(canvas(view, "A"), canvas(view, "B"), "difference", difference="signed", gain=4)
    view.run(max_frames=1)
    told = {"canvas": "A/image", "other": "B/image", "mode": "difference", "difference": "signed", "gain": 4.0}
    told |= {"colormap": "", "colors": ""}
    assert page.scenes[-1]["compared"] == [told]
    view.compare(canvas(view, "A"), None)
    view.run(max_frames=1)
    assert page.scenes[-1]["compared"] == []


def test_a_tensor_stands_for_its_canvas(view: vultorch.View) -> None:
    view.compare(canvas(view, "A").tensor, canvas(view, "B").tensor)  # type: ignore[arg-type]
    assert view._parts.tree.compared["A/image"].other == "B/image"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"mode": "blink"}, "mode must be one of 'side', 'wipe', 'flicker', 'difference', not 'blink'"),
        ({"difference": "cubic"}, "difference must be one of 'signed', 'absolute', 'squared', 'relative', not 'cubic'"),
        ({"gain": 0}, r"gain must be above 0, not 0\.0"),
        ({"colormap": "rainbows"}, "compare: 'rainbows' is not a colormap that cmap knows"),
        ({"gain": float("nan")}, "gain must be finite, not nan"),
    ],
)
def test_wrong_arguments_are_named(view: vultorch.View, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        view.compare(canvas(view, "A"), canvas(view, "B"), **arguments)


def test_a_difference_needs_pictures_of_one_size(view: vultorch.View) -> None:
    canvas(view, "B").bind(torch.zeros(8, 12, 3))
    view.compare(canvas(view, "A"), canvas(view, "B"), "wipe")
    with pytest.raises(ValueError, match="one size, not of 6 x 4 and 12 x 8 texels"):
        view.compare(canvas(view, "A"), canvas(view, "B"), "difference")


def test_a_canvas_is_not_compared_with_itself_nor_with_a_stranger(view: vultorch.View) -> None:
    with pytest.raises(ValueError, match="both a and b are 'image'"):
        view.compare(canvas(view, "A"), canvas(view, "A"))
    with pytest.raises(ValueError, match=r"no canvas of view 'pair' shows b, a tensor of shape \(2, 2\)"):
        view.compare(canvas(view, "A"), torch.zeros(2, 2))


# --- the kernel's difference -----------------------------------------------------------------------------------------


def another_frame(view: vultorch.View, page: Page) -> bool:
    page.report()
    return view.run(max_frames=1) or True


def sent(page: Page, *, exactly: bool = False) -> set[str]:
    """The pictures that the page was sent."""
    pictures = (picture for content, _ in page.updates for picture in content["pictures"])
    return {picture["canvas"] for picture in pictures if picture["lossless"] or not exactly}


def show_exactly(view: vultorch.View, page: Page, *canvases: str) -> None:
    """Runs frames until the page has exact pictures: on a busy machine, one frame may be too few."""
    wait_until(lambda: another_frame(view, page) and sent(page, exactly=True) >= set(canvases))


FORMULAS = {
    "signed": lambda a, b: 0.5 + (a - b) / 2,
    "absolute": lambda a, b: (a - b).abs(),
    "squared": lambda a, b: (a - b) ** 2,
    "relative": lambda a, b: (a - b).abs() / (b.abs() + 0.01),
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_the_kernel_makes_the_difference_of_the_values_and_leaves_the_canvas_as_it_is(kind: str) -> None:
    view = vultorch.View("pair", headless=True)
    generator = torch.Generator().manual_seed(1)
    a, b = (torch.rand(20, 30, 3, generator=generator) for _ in range(2))
    view.panel("A").canvas("image").bind(a)
    view.panel("B").canvas("image").bind(b)
    page = Page(view).open()
    page.report()
    one = {
        "id": "the difference",
        "canvas": "A/image",
        "other": "B/image",
        "difference": kind,
        "gain": 1.0,
        "colormap": "",
    }
    page.say("differences", differences=[one])
    show_exactly(view, page, "the difference", "A/image")
    expected = (255 * FORMULAS[kind](a, b).clamp(0, 1)).numpy()
    assert abs(page.pixels("the difference", lossless=True) - expected).max() <= 1
    assert abs(page.pixels("A/image", lossless=True) - 255 * a.numpy()).max() <= 1
    page.say("differences", differences=[])
    wait_until(lambda: another_frame(view, page) and "the difference" not in view._parts.pictures._watched)
    view.close()


@pytest.mark.parametrize(
    ("news", "said"),
    [({"gain": 0.0}, "gain 0.0"), ({"id": "A/image"}, "'A/image'"), ({"colormap": "rainbows"}, "'rainbows'")],
)
def test_a_difference_that_cannot_be_made_is_refused(view: vultorch.View, news: dict[str, Any], said: str) -> None:
    page = Page(view).open()
    one = {"id": "d", "canvas": "A/image", "other": "B/image", "difference": "signed", "gain": 1.0}
    one |= {"colormap": "", **news}
    page.say("differences", differences=[one])
    view.run(max_frames=1)
    assert said in view._parts.channel.last_refusal


@pytest.mark.parametrize("kind", FORMULAS)
def test_a_colormap_paints_the_mean_of_the_channels(view: vultorch.View, kind: str) -> None:
    generator = torch.Generator().manual_seed(1)
    a, b = (torch.rand(20, 30, 3, generator=generator) for _ in range(2))
    canvas(view, "A").bind(a)
    canvas(view, "B").bind(b)
    page = Page(view).open()
    page.report()
    one = {"id": "d", "canvas": "A/image", "other": "B/image", "difference": kind, "gain": 1.0, "colormap": "viridis"}
    page.say("differences", differences=[one])
    show_exactly(view, page, "d")
    level = FORMULAS[kind](a, b).clamp(0, 1) if kind == "signed" else FORMULAS[kind](a, b)
    at = (level.mean(-1).clamp(0, 1) * 255).numpy()
    table = 255 * colormap_table("viridis")
    expected = np.stack([np.interp(at, range(256), channel) for channel in table.T], -1)
    # Between two of the 256 colours, either may be painted.
    assert abs(page.pixels("d", lossless=True) - expected).max() <= 2
    view.close()


def test_a_page_that_comes_back_to_a_difference_gets_it_again(view: vultorch.View) -> None:
    page = Page(view).open()
    page.report()
    one = {"id": "d", "canvas": "A/image", "other": "B/image", "difference": "signed", "gain": 1.0, "colormap": ""}
    for _ in range(2):
        page.updates.clear()
        page.say("differences", differences=[])
        page.say("differences", differences=[one])
        wait_until(lambda: another_frame(view, page) and "d" in sent(page))
    view.close()


def test_the_colours_of_pages_without_a_kernel_are_those_of_the_kernel() -> None:
    text = (ROOT / "js/src/inspection/colormaps.ts").read_text(encoding="utf-8")
    stops = dict(re.findall(r'(\w+):\s+"([0-9a-f]+)"', text))
    assert {"viridis", "coolwarm"} <= stops.keys()
    assert {name: _colors(name) for name in stops} == stops


def test_the_program_may_ask_for_any_colormap(view: vultorch.View) -> None:
    view.compare(canvas(view, "A"), canvas(view, "B"), "difference", colormap="seismic")
    asked = view._parts.tree.compared["A/image"]
    assert (asked.colormap, asked.colors[:6], len(asked.colors)) == ("seismic", "00004d", 33 * 6)
