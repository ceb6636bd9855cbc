"""What is painted is what is in the tensors."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks import stamp
from tests.patience import wait_until
from vultorch_widget.training.emblem import emblem

from .conftest import OpenNotebook
from .programs import DRAWN, FIT

pytestmark = pytest.mark.browser


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b.astype(float)) ** 2)))


def test_the_painted_ground_truth_is_exact_and_the_prediction_learns_it(open_notebook: OpenNotebook) -> None:
    before = "untrained = (model(coordinates).detach().reshape(SIZE, SIZE, 3) * 255 + 0.5).floor().int()\n"
    notebook = open_notebook([FIT + before + "view.run()"])
    notebook.run(0)
    notebook.wait_for_lossless("GT/gt")
    target = np.array(notebook.evaluate("(target * 255 + 0.5).floor().int().tolist()"), dtype=np.uint8)
    assert np.array_equal(notebook.pixels("GT/gt"), target)
    assert psnr(np.array(notebook.evaluate("untrained.tolist()")), target) < 15
    notebook.page.wait_for_selector('[data-vw-canvas="Training Output/pred"]:not([hidden])')
    wait_until(lambda: psnr(notebook.pixels("Training Output/pred"), target) >= 20)
    notebook.screenshot("fit-light")
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    drawn = notebook.evaluate(DRAWN)
    notebook.wait_for_pixels("Training Output/pred", np.array(drawn), within=1)


def test_frames_of_flat_colour_are_uniform(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        [
            """
import vultorch_widget as vultorch
view = vultorch.View("flat", 600, 500)
tensor = view.panel("p").canvas("c").alloc(128, 128, device="cpu")
tensor[..., 3] = 1

@view.on_frame
def frame():
    tensor[..., :3] = (view.frame_count % 8) / 7

view.run()
"""
        ]
    )
    notebook.run(0)
    notebook.page.wait_for_selector('[data-vw-canvas="p/c"]:not([hidden])')
    colours = set()

    def colourful() -> bool:
        picture = notebook.pixels("p/c").astype(int)
        assert picture.max() - picture.min() <= 2, "a frame mixes two steps"
        colours.add(int(picture[0, 0, 0]))
        return len(colours) > 3

    wait_until(colourful)


def test_a_moving_picture_is_one_frame_all_over(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        [
            """
import numpy as np, torch, vultorch_widget as vultorch
from tests.benchmarks.stamp import Stamp
from vultorch_widget.training.emblem import emblem
view = vultorch.View("moving", 600, 500, tick_rate=40)
tensor = view.panel("p").canvas("c").alloc(256, 256, device="cpu")
tensor[..., 3] = 1
still = torch.from_numpy(np.array(emblem(256))).float() / 255
stamp = Stamp(tensor)

@view.on_frame
def frame():
    tensor[..., :3] = still.roll(7 * view.frame_count, dims=1)
    stamp.write(view.frame_count)

view.run()
"""
        ]
    )
    notebook.run(0)
    notebook.page.wait_for_selector('[data-vw-canvas="p/c"]:not([hidden])')
    still = np.array(emblem(256))
    numbers: set[int] = set()

    def moves() -> bool:
        picture = notebook.pixels("p/c")
        number = stamp.read(picture)
        expected = np.roll(still, 7 * number, axis=1)
        assert psnr(picture[stamp.SIDE :], expected[stamp.SIDE :]) > 35
        numbers.add(number)
        return len(numbers) >= 6

    wait_until(moves, lambda: f"only the frames {numbers} were painted")


def test_a_tensor_is_followed_through_empty_resized_nan_and_unfit(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        [
            """
import torch, vultorch_widget as vultorch
view = vultorch.View("changes", 500, 400)
tensor = torch.zeros(0, 16, 3)
view.panel("p").canvas("c").bind(tensor)
view
""",
            "tensor.resize_(20, 16, 3).fill_(2.0)[0] = float('nan')",
            "shown = tensor.resize_(20, 16, 2)",
            "shown = tensor.resize_(20, 16).fill_(float('-inf'))",
        ]
    )
    notebook.run(0)
    note = notebook.page.locator(".vw-note")
    note.get_by_text("The tensor is empty").wait_for()
    notebook.run(1)
    notebook.wait_for_lossless("p/c")
    picture = notebook.pixels("p/c")
    assert picture.shape == (20, 16, 3)
    assert (picture[0] == (255, 0, 255)).all()
    assert (picture[1:] == 255).all()
    notebook.run(2)
    note.get_by_text("(20, 16, 2)").wait_for()
    notebook.run(3)
    note.wait_for(state="hidden")
    notebook.wait_until(
        """() => document.querySelector('[data-vw-canvas="p/c"]').getContext('2d')
                   .getImageData(0, 0, 1, 1).data[0] === 0"""
    )
    assert notebook.pixels("p/c").max() == 0


def test_nearest_is_magnified_by_the_page_and_device_pixels_are_used(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        [
            """
import torch, vultorch_widget as vultorch
view = vultorch.View("sizes", 900, 500)
small = torch.rand(4, 6, 3)
large = torch.rand(2000, 3000)
view.panel("small").canvas("c", filter="nearest").bind(small)
view.panel("large").canvas("c").bind(large)
view.run()
"""
        ],
        scale=2,
    )
    notebook.run(0)
    notebook.wait_for_lossless("small/c")
    notebook.wait_for_lossless("large/c")
    assert notebook.pixels("small/c").shape == (4, 6, 3)
    canvas = notebook.page.locator('[data-vw-canvas="small/c"]')
    assert canvas.evaluate("c => getComputedStyle(c).imageRendering") == "pixelated"
    shown = notebook.page.locator('[data-vw-canvas="large/c"]')

    def width() -> float:
        return float(shown.evaluate("c => c.getBoundingClientRect().width * devicePixelRatio"))

    # The first picture may have been made for the room that the canvas had while the page was laid out.
    wait_until(lambda: notebook.pixels("large/c").shape[1] == pytest.approx(width(), abs=1))
    assert width() > 700


def test_a_view_without_callbacks_follows_what_cells_write(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        [
            """
import torch, vultorch_widget as vultorch
view = vultorch.View("static", 500, 400)
tensor = torch.zeros(16, 16, 3)
view.panel("p").canvas("c").bind(tensor)
view
""",
            "tensor[:] = 1.0",
        ]
    )
    notebook.run(0)
    notebook.wait_for_lossless("p/c")
    assert notebook.pixels("p/c").max() == 0
    notebook.run(1)
    notebook.wait_until(
        """() => document.querySelector('[data-vw-canvas="p/c"]').getContext('2d')
                   .getImageData(0, 0, 1, 1).data[0] > 250"""
    )
    assert notebook.pixels("p/c").min() == 255
