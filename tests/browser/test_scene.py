"""A scene turned with a mouse, and a program for Vultorch that paints through `ui`."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.patience import wait_until

from .conftest import OpenNotebook
from .notebook import Notebook

pytestmark = pytest.mark.browser

SCENE = """
import torch
torch.set_num_threads(1)
import vultorch_widget as vultorch
view = vultorch.View("scene", 900, 500)
scene = vultorch.SceneView("plane", 400, 300)
scene.light.enabled = False
scene.background = (0.0, 0.0, 0.0)
scene.set_tensor(torch.tensor([[[1.0, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 1, 1]]]))
scene.render()
view
"""


def middle(notebook: Notebook, canvas: str) -> tuple[float, float, float, float]:
    """The middle of a canvas on the screen, which must be fully visible, and its width and height there."""
    shown = notebook.page.locator(f'[data-vw-canvas="{canvas}"]')
    shown.scroll_into_view_if_needed()
    left, top, width, height = notebook.box(shown)
    return left + width / 2, top + height / 2, width, height


def settled(notebook: Notebook, canvas: str) -> np.ndarray:
    """The picture of the scene as it is now, once it has settled."""

    def is_settled() -> bool:
        picture = np.frombuffer(notebook.evaluate("view.snapshot().convert('RGB').tobytes()"), np.uint8)
        return np.array_equal(picture, notebook.pixels(canvas).ravel())

    wait_until(is_settled)
    return notebook.pixels(canvas)


def test_dragging_turns_the_plane_and_the_wheel_comes_nearer(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([SCENE])
    notebook.run(0)
    notebook.page.wait_for_selector(".vw-pointed")
    before = settled(notebook, "plane/plane")
    mouse = notebook.page.mouse
    x, y, width, height = middle(notebook, "plane/plane")
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - width / 4, y + height / 2 - 2, steps=10)
    mouse.up()
    assert notebook.eventually(f"abs(scene.camera.azimuth - {math.pi / 4}) < 0.03")
    assert notebook.evaluate("scene.camera.elevation") == pytest.approx(math.pi / 2)  # no farther than straight above
    mouse.move(x, y)
    mouse.wheel(0, -300)
    assert notebook.eventually(f"abs(scene.camera.distance - {3 * 0.9**3}) < 1e-6")
    after = settled(notebook, "plane/plane")
    assert before.shape == after.shape == (300, 400, 3)
    lit = [(picture.max(axis=-1) > 100).sum() for picture in (before, after)]
    assert lit[1] > 1.5 * lit[0]
    # From above, turned by an eighth to the right: the front corner of the right side is below, its back corner right.
    right = after[150, 150 + 100 :].max(axis=0)
    assert after[150, 300].argmax() == 1, right
    assert after[230, 200].min() > 150  # white; the four texels are interpolated
    assert after[70, 200].argmax() == 0
    assert after[150, 100].argmax() == 2
    notebook.screenshot("scene")
    mouse.move(x, y)
    mouse.down(button="right")
    mouse.move(x + width / 8, y, steps=4)
    mouse.up(button="right")

    def is_under_the_hand() -> bool:
        """Whether the picture followed the drag. The steps of one drag arrive one after the other."""
        moved = settled(notebook, "plane/plane")
        return bool(np.abs(moved[:, 50:].astype(int) - after[:, :-50]).mean() < 3)

    wait_until(is_under_the_hand)
    assert notebook.evaluate("scene.camera.target != (0.0, 0.0, 0.0)")
    assert notebook.evaluate("view.last_error is None and view._parts.channel.refused == 0")


VULTORCH = """
import torch
import vultorch_widget as vultorch
from vultorch_widget import ui
W, H = 40, 20
view = vultorch.View("ui", 900, 300, tick_rate=60)
view.panel("Controls", side="left", width=0.24).text("a sidebar")
panel = view.panel("Canvas")
picture = torch.zeros(H, W, 3)
panel.canvas("canvas", filter="nearest").bind(picture)

@panel.on_frame
def frame():
    if not ui.is_item_hovered():
        return
    (mx, my), (wx, wy), (ww, wh) = ui.get_mouse_pos(), ui.get_window_pos(), ui.get_window_size()
    # as programs for Vultorch do: padding of 8 pixels, a title of 18, and the picture in the rest
    px, py = int((mx - wx - 8) / (ww - 16) * W), int((my - wy - 26) / (wh - 34) * H)
    if ui.is_mouse_clicked(0) or ui.is_mouse_dragging(0, 0.0):
        picture[py, px, 0] = 1
    if ui.is_mouse_clicked(1):
        picture[py, px, 1] = 1

view.run()
"""


def test_a_program_for_vultorch_paints_the_texels_under_the_mouse(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([VULTORCH])
    notebook.run(0)
    notebook.page.wait_for_selector(".vw-pointed")
    notebook.wait_for_lossless("Canvas/canvas")
    x, y, width, height = middle(notebook, "Canvas/canvas")

    def texel(column: int, row: int) -> tuple[float, float]:
        return x + ((column + 0.5) / 40 - 0.5) * width, y + ((row + 0.5) / 20 - 0.5) * height

    mouse = notebook.page.mouse
    mouse.click(*texel(3, 4))
    assert notebook.eventually("picture.nonzero().tolist() == [[4, 3, 0]]")
    mouse.move(*texel(37, 18))
    mouse.down()
    for column in range(37, 32, -1):
        mouse.move(*texel(column, 18))
        assert notebook.eventually(f"bool(picture[18, {column}, 0] == 1)")
    mouse.up()
    assert notebook.eventually("bool(picture[18, 33:38, 0].sum() == 5 and picture.sum() == 6)")
    mouse.click(*texel(0, 19), button="right")
    assert notebook.eventually("picture[..., 1].nonzero().tolist() == [[19, 0]]")
    assert notebook.evaluate("view.last_error is None and view._parts.channel.refused == 0")
