"""A page that changes how a canvas looks, measures its values and fetches them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from vultorch_widget.pages.looking import MOST_SAVED

LOOK = {"canvas": "p/c", "exposure": 0.0, "offset": 0.0, "colormap": "program", "channels": "program"}


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    view = vultorch.View("looks", 640, 360, headless=True)
    view.on_frame(lambda: None)
    yield view
    view.close()


@pytest.fixture
def canvas(view: vultorch.View) -> vultorch.Canvas:
    return view.panel("p").canvas("c").bind(torch.full((4, 4), 0.25))


def shows(view: vultorch.View, page: Page, value: float) -> None:
    """Runs the view until a page shows ``value``. Pictures are sent at a rate, not with every frame."""

    def arrived() -> bool:
        view.run(max_frames=1)
        page.report()
        return bool(page.pixels("p/c")[0, 0, 0] == pytest.approx(255 * value, abs=2))

    wait_until(arrived)


def test_exposure_and_offset_lie_over_the_programs_gain_and_are_put_back(
    view: vultorch.View, canvas: vultorch.Canvas, tmp_path: Path
) -> None:
    canvas.gain = 0.5
    page = Page(view).open()
    page.say("set_look", **LOOK | {"exposure": 2.0, "offset": 0.1})
    shows(view, page, 0.6)
    assert canvas.gain == 0.5
    canvas.save(tmp_path / "as_set.png")  # files that a program writes ignore the user's choices
    assert vultorch.imread(tmp_path / "as_set.png", device="cpu")[0, 0, 0] == pytest.approx(0.125, abs=0.01)
    page.say("set_look", **LOOK)
    shows(view, page, 0.125)


def test_a_look_that_cannot_be_meant_is_refused(view: vultorch.View, canvas: vultorch.Canvas) -> None:
    page = Page(view).open()
    for wrong in ({"colormap": "no such"}, {"exposure": 1e9}, {"canvas": "p/d"}, {"channels": "x"}):
        page.say("set_look", **LOOK | wrong)
    view.run(max_frames=1)
    assert canvas.by_hand == type(canvas.by_hand)()


def test_the_values_are_measured_with_what_the_program_set(view: vultorch.View, canvas: vultorch.Canvas) -> None:
    canvas.bind(torch.linspace(-1, 3, 16).reshape(4, 4))
    canvas.gain, canvas.offset = 2.0, 0.5
    page = Page(view).open()
    page.say("measure", canvas="p/c")
    view.run(max_frames=1)
    (answer,) = page.answers
    assert (answer["least"], answer["most"]) == (-1.0, 3.0)
    assert (answer["gain"], answer["offset"], answer["error"]) == (2.0, 0.5, "")
    assert sum(answer["counts"]) == 16


def test_what_cannot_be_measured_says_why(view: vultorch.View, canvas: vultorch.Canvas) -> None:
    canvas.bind(torch.zeros(2, 2, dtype=torch.int64))
    page = Page(view).open()
    page.say("measure", canvas="p/c")
    view.run(max_frames=1)
    assert "names rather than amounts" in page.answers[0]["error"]


@pytest.mark.parametrize("dtype", [torch.float64, torch.uint8, torch.float16, torch.bfloat16])
def test_the_true_values_come_as_a_file(view: vultorch.View, canvas: vultorch.Canvas, dtype: torch.dtype) -> None:
    tensor = (torch.rand(3, 5, 3, dtype=torch.float64) * 200).to(dtype)
    canvas.bind(tensor)
    page = Page(view).open()
    page.say("save_texels", canvas="p/c")
    view.run(max_frames=1)
    (answer,) = page.answers
    part = view._parts.exchange.downloads.read(answer["token"], 0)
    assert part.name == "c.npy"
    saved = np.load(io.BytesIO(part.data))
    assert np.array_equal(saved, tensor.float().numpy() if dtype == torch.bfloat16 else tensor.numpy())


def test_a_tensor_too_large_for_a_page_names_the_way_out(view: vultorch.View, canvas: vultorch.Canvas) -> None:
    canvas.bind(torch.zeros(1).expand(4096, 4096))
    page = Page(view).open()
    page.say("save_texels", canvas="p/c")
    view.run(max_frames=1)
    assert "numpy.save" in page.answers[0]["error"]
    assert page.answers[0]["token"] == ""


def test_a_negated_view_is_saved_with_its_values(view: vultorch.View, canvas: vultorch.Canvas) -> None:
    """torch stores such a view with the opposite sign, and NumPy cannot read it."""
    tensor = torch.complex(torch.rand(4, 4), torch.rand(4, 4)).conj().imag
    canvas.bind(tensor)
    page = Page(view).open()
    page.say("save_texels", canvas="p/c")
    view.run(max_frames=1)
    (answer,) = page.answers
    part = view._parts.exchange.downloads.read(answer["token"], 0)
    assert np.array_equal(np.load(io.BytesIO(part.data)), tensor.resolve_neg().numpy())


def test_a_page_that_saves_again_and_again_does_not_fill_the_disk(view: vultorch.View, canvas: vultorch.Canvas) -> None:
    page = Page(view).open()
    for _ in range(3 * MOST_SAVED):
        page.say("save_texels", canvas="p/c")
        view.run(max_frames=1)
    tokens = [answer["token"] for answer in page.answers]
    folder = view._parts.exchange.folder.place("x").parent.parent
    assert len(list(folder.rglob("*.npy"))) == MOST_SAVED
    assert view._parts.exchange.downloads.read(tokens[-1], 0).name == "c.npy"
