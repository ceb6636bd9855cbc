"""Zoom and pan, checked by what is painted: every texel's colour says where it is in its tensor."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from tests.patience import wait_until
from vultorch_widget.export.execute import execute

from .conftest import OpenNotebook
from .notebook import LIES_STILL, Notebook
from .reader import reading
from .test_export import exported

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 256, 200
NOTCH = np.exp(0.4)
"""The magnification per notch of the wheel."""
NEAR = 60
"""Device pixels around a point in which nothing but texels is painted."""
BARE = ".vw-probe, .vw-marks, .vw-overview, .vw-lattice { visibility: hidden !important }"
"""Shows the picture without anything over it."""
VIEW = f"""
import torch
import vultorch_widget as vultorch
y, x = torch.meshgrid(torch.arange({HEIGHT}), torch.arange({WIDTH}), indexing="ij")
coded = torch.stack([x, y, torch.full_like(x, 7)], -1).to(torch.uint8)
view = vultorch.View("zoom", 1100, 400)
for name in ("a", "b"):
    view.panel(name).canvas("c", filter="nearest").bind(coded.clone())
view.panel("other").canvas("c").bind(torch.rand(64, 64))
events = []
"""
LISTEN = """
@view.panel("a").canvas("c").on_pointer(wheel=True)
def hear(event):
    events.append((event.kind, event.x, event.y))
"""

NUMBERED = """
import torch
import vultorch_widget as vultorch
y, x = torch.meshgrid(torch.arange(60.0), torch.arange(80.0), indexing="ij")
live = 100 * y + x
view = vultorch.View("numbers", 600, 400)
canvas = view.panel("a").canvas("c", filter="nearest")
canvas.gain = 1 / 6000
canvas.bind(live)
view
"""
NOTED = """
const text = CanvasRenderingContext2D.prototype.fillText;
const clear = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.fillText = function (...given) {
  if (this.canvas.closest(".vw-lattice")) window.written.push(given);
  text.apply(this, given);
};
CanvasRenderingContext2D.prototype.clearRect = function (...given) {
  if (this.canvas.closest(".vw-lattice")) window.written = [];
  clear.apply(this, given);
};
window.written = [];
"""
"""Makes the page record what is written into texels, and where in the window."""


class Glass:
    """A window of a canvas, as a user sees it."""

    def __init__(self, page: Page, canvas: str, *, bare: bool = True) -> None:
        self.page = page
        self.style = BARE if bare else None
        self.canvas = page.locator(f'[data-vw-canvas="{canvas}"]').first
        self.window: Locator = self.canvas.locator("xpath=..")
        self.ratio = float(page.evaluate("devicePixelRatio"))

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height in CSS pixels."""
        box = self.window.bounding_box()
        assert box is not None
        return box["x"], box["y"], box["width"], box["height"]

    def at(self, across: float, down: float) -> tuple[float, float]:
        """Whole CSS pixels at these shares of the window."""
        left, top, width, height = self.box
        return round(left + across * width), round(top + down * height)

    @property
    def zoomed(self) -> bool:
        return "vw-zoomed" in str(self.window.get_attribute("class"))

    def strips(self, x: float, y: float) -> list[np.ndarray]:
        """The columns painted in the row of pixels at a point of the page, and the rows painted in its column."""
        _, _, width, height = self.box
        left, top = self._origin
        row = self._shot(left, y, width + 4, 1)[0, :, 0]
        return [row, self._shot(x, top, 1, height + 4)[:, 0, 1]]

    @property
    def _origin(self) -> tuple[int, int]:
        """The last even CSS pixels before the window, which are whole device pixels at a ratio of 1.5, too."""
        left, top, _, _ = self.box
        return 2 * int(left // 2), 2 * int(top // 2)

    def _shot(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        clip: Any = {"x": x, "y": y, "width": width, "height": height}
        shot = self.page.screenshot(clip=clip, style=self.style)
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)

    def texel(self, x: float, y: float) -> tuple[float, float]:
        """The texel position under a point of the page, exact to a device pixel of what is painted."""
        left, top = self._origin
        across, down = self.strips(x, y)
        return self._position(across, (x - left) * self.ratio), self._position(down, (y - top) * self.ratio)

    @staticmethod
    def _position(strip: np.ndarray, pixel: float) -> float:
        edges = np.flatnonzero(np.diff(strip) == 1) + 1  # the first pixel of each texel
        edges = edges[np.abs(edges - pixel) < NEAR]
        slope, start = np.polyfit(edges, strip[edges], 1)
        return float(start + slope * pixel)

    def placed(self, x: float, y: float) -> tuple[float, float]:
        """The texel position under a point while the window shows the whole picture."""
        left, top, width, height = self.box
        return (x - left) / width * WIDTH, (y - top) / height * HEIGHT

    def scale(self, x: float, y: float) -> float:
        """Device pixels per texel, as painted."""
        across, _ = self.strips(x, y)
        edges = np.flatnonzero(np.diff(across) == 1) + 1
        return float(1 / np.polyfit(edges, across[edges], 1)[0])

    def magnify(self, x: float, y: float, notches: int) -> None:
        """Turns the wheel with Ctrl."""
        self.page.mouse.move(x, y)
        self.page.keyboard.down("Control")
        for _ in range(abs(notches)):
            self.page.mouse.wheel(0, -100 if notches > 0 else 100)
        self.page.keyboard.up("Control")

    def magnify_until_seen(self, x: float, y: float, notches: int) -> None:
        """The same while the window shows the whole picture. Waits until all of the notches have been painted."""
        wanted = NOTCH**notches * self.box[2] * self.ratio / WIDTH
        self.magnify(x, y, notches)
        becomes(lambda: self.scale(x, y) == pytest.approx(wanted, rel=0.02))

    def pinch(self, x: float, y: float, begin: float, end: float) -> None:
        """Two fingers, ``begin`` and then ``end`` CSS pixels apart, about a point."""
        session = self.page.context.new_cdp_session(self.page)

        def touch(kind: str, apart: float | None) -> None:
            points = [] if apart is None else [{"x": x - apart / 2, "y": y}, {"x": x + apart / 2, "y": y}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", begin)
        for part in np.linspace(begin, end, 9)[1:]:
            touch("touchMove", float(part))
        touch("touchEnd", None)
        session.detach()


def becomes(holds: Callable[[], bool]) -> None:
    wait_until(lambda: _tried(holds))


def _tried(holds: Callable[[], bool]) -> bool:
    try:
        return holds()
    except (ValueError, TypeError, np.linalg.LinAlgError):  # nothing, or noise, is painted yet
        return False


def keeps_under_the_pointer(glass: Glass) -> None:
    """Zooms in and out about several points: the texel under each stays within a device pixel."""
    for across, down in ((0.31, 0.62), (0.9, 0.12)):
        point = glass.at(across, down)
        before = glass.placed(*point)
        glass.magnify_until_seen(*point, 3)
        apart = np.abs(np.subtract(glass.texel(*point), before)).max() * glass.scale(*point)
        assert apart <= 1, f"the texel under the pointer has moved by {apart:.2f} device pixels"
        glass.magnify(*point, -8)
        becomes(lambda: not glass.zoomed)


def opened(open_notebook: OpenNotebook, *, scale: float = 1, listen: bool = False) -> Notebook:
    notebook = open_notebook([VIEW + (LISTEN if listen else "") + "view"], scale=scale)
    notebook.run(0)
    for canvas in ("a/c", "b/c"):
        notebook.wait_for_lossless(canvas)
        notebook.box(notebook.page.locator(f'[data-vw-canvas="{canvas}"]'))
    return notebook


def same(notebook: Notebook, *canvases: str) -> bool:
    """Whether two canvases look the same, pixel for pixel."""
    shots = [Glass(notebook.page, canvas).window.screenshot(style=BARE) for canvas in canvases]
    pictures = [np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int) for shot in shots]
    height, width = (min(picture.shape[axis] for picture in pictures) - 8 for axis in (0, 1))
    return bool(np.abs(pictures[0][:height, :width] - pictures[1][:height, :width]).max() <= 1)


@pytest.mark.parametrize("scale", [1, 1.5])
def test_zooming_with_the_wheel_keeps_the_texel_under_the_pointer(open_notebook: OpenNotebook, scale: float) -> None:
    keeps_under_the_pointer(Glass(opened(open_notebook, scale=scale).page, "a/c"))


def test_an_exported_page_zooms_about_the_pointer_too(browser: Browser, tmp_path: Path) -> None:
    cells = [VIEW + "view.on_frame(lambda: None)\nview.run()", "await view.wait(frames=2, timeout=100)\nview.pause()"]
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    node.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    execute(node, tmp_path, lambda cells: None)
    with reading(browser, exported(node, tmp_path)) as reader:
        # The page's policy blocks styles added from here.
        glass, other = (Glass(reader.page, canvas, bare=False) for canvas in ("a/c", "b/c"))
        glass.window.wait_for()
        glass.window.scroll_into_view_if_needed()
        glass.window.evaluate(LIES_STILL)
        keeps_under_the_pointer(glass)
        point = glass.at(0.5, 0.5)
        glass.magnify(*point, 2)
        reader.page.mouse.move(1, 1)  # the probe's values would cover texels
        becomes(lambda: other.zoomed and glass.texel(*point) == pytest.approx(other.texel(*other.at(0.5, 0.5)), abs=1))
        assert reader.problems == []


def test_linked_canvases_move_together_by_wheel_drag_pinch_keys_and_overview(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    page, glass, linked = notebook.page, Glass(notebook.page, "a/c"), Glass(notebook.page, "b/c")
    other = Glass(page, "other/c")
    x, y = glass.at(0.5, 0.5)

    def agree() -> None:
        becomes(lambda: same(notebook, "a/c", "b/c"))
        assert not other.zoomed

    glass.magnify_until_seen(x, y, 4)
    becomes(lambda: linked.zoomed)
    agree()

    before = glass.texel(x, y)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y - 18, steps=6)
    page.mouse.up()
    becomes(lambda: glass.texel(x + 30, y - 18) == pytest.approx(before, abs=1.01 / glass.scale(x, y)))
    agree()

    scale = glass.scale(x, y)
    linked.pinch(*linked.at(0.5, 0.5), 40, 60)
    becomes(lambda: glass.scale(x, y) == pytest.approx(1.5 * scale, rel=0.05))
    agree()

    before = glass.texel(x, y)
    glass.window.focus()
    page.keyboard.press("ArrowRight")
    becomes(lambda: glass.texel(x, y)[0] > before[0] + 1)
    page.keyboard.press("ArrowUp")
    becomes(lambda: glass.texel(x, y)[1] < before[1] - 1)
    scale = glass.scale(x, y)
    page.keyboard.press("-")
    becomes(lambda: glass.scale(x, y) == pytest.approx(scale / 1.5, rel=0.05))
    page.keyboard.press("+")
    becomes(lambda: glass.scale(x, y) == pytest.approx(scale, rel=0.05))
    agree()

    overview = glass.window.locator(".vw-overview")
    small = overview.bounding_box()
    assert small is not None
    page.mouse.move(small["x"] + small["width"] / 2, small["y"] + small["height"] / 2)
    page.mouse.down()
    page.mouse.move(small["x"] + 0.25 * small["width"], small["y"] + 0.75 * small["height"], steps=4)
    page.mouse.up()
    becomes(lambda: glass.texel(x, y) == pytest.approx((WIDTH / 4, 3 * HEIGHT / 4), abs=4))
    agree()

    page.keyboard.press("0")
    becomes(lambda: not glass.zoomed and not linked.zoomed)
    glass.magnify(x, y, 2)
    becomes(lambda: linked.zoomed)
    page.mouse.dblclick(x, y)
    becomes(lambda: not glass.zoomed and not linked.zoomed)
    agree()


def test_the_wheel_alone_scrolls_the_notebook(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    glass = Glass(notebook.page, "a/c")
    notebook.page.evaluate("addEventListener('wheel', event => { window.kept = event.defaultPrevented })")
    notebook.page.mouse.move(*glass.at(0.5, 0.5))
    notebook.page.mouse.wheel(0, 100)
    notebook.wait_until("() => window.kept === false")
    assert not glass.zoomed


def test_a_program_gets_its_pointer_in_texels_of_the_tensor_while_zoomed(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook, listen=True)
    glass = Glass(notebook.page, "a/c")
    point = glass.at(0.4, 0.6)
    glass.magnify_until_seen(*point, 4)
    assert not notebook.evaluate("[event for event in events if event[0] == 'wheel']")
    x, y = glass.at(0.7, 0.3)
    notebook.page.mouse.move(x, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(x + 25, y + 10, steps=3)
    notebook.page.mouse.up()
    assert notebook.eventually("events and events[-1][0] == 'release'")
    _, *position = notebook.evaluate("[event for event in events if event[0] == 'press'][-1]")
    assert position == pytest.approx(glass.texel(x, y), abs=1 / glass.scale(x, y))  # it was not panned away
    notebook.page.mouse.wheel(0, 100)
    assert notebook.eventually("events[-1][0] == 'wheel'")


def test_a_tensor_of_another_size_is_seen_as_a_whole(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    glass = Glass(notebook.page, "a/c")
    glass.magnify(*glass.at(0.5, 0.5), 4)
    becomes(lambda: glass.zoomed)
    notebook.evaluate("view.panel('a').canvas('c').bind(torch.zeros(50, 60, 3)) is None")
    becomes(lambda: not glass.zoomed)
    assert Glass(notebook.page, "b/c").zoomed
    becomes(lambda: notebook.pixels("a/c").shape == (50, 60, 3))


def test_only_the_texels_that_are_seen_are_sent(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    glass = Glass(notebook.page, "a/c")
    point = glass.at(0.5, 0.5)
    glass.magnify(*point, 6)

    def is_part() -> bool:
        height, width, _ = notebook.pixels("a/c").shape
        _, _, across, down = glass.box
        scale = glass.scale(*point)
        return scale > 4 and abs(width - across / scale) <= 2 and abs(height - down / scale) <= 2

    becomes(is_part)


def test_large_texels_have_the_values_of_the_tensor_written_into_them(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([NUMBERED])
    notebook.run(0)
    notebook.wait_for_lossless("a/c")
    page, glass = notebook.page, Glass(notebook.page, "a/c")
    page.evaluate(NOTED)
    point = np.array(glass.at(0.4, 0.6))
    left, top, width, height = glass.box
    pointed = (point - (left, top)) / (width, height) * (80, 60)
    glass.magnify(float(point[0]), float(point[1]), 8)

    def holds(added: int) -> bool:
        """Whether each value is in the middle of its texel, with the texel under the pointer where it was."""
        written = [(float(text), x, y) for text, x, y in page.evaluate("() => window.written")]
        if len(written) < 20:
            return False
        values, *places = np.array(written).T
        texels = np.array([(values - added) % 100, (values - added) // 100]) + 0.5
        for texel, place, at, hand in zip(texels, places, pointed, point - (left, top), strict=True):
            scale, start = np.polyfit(texel, place, 1)
            if scale < 48 or np.abs(scale * texel + start - place).max() > 0.1 or abs(scale * at + start - hand) > 1:
                return False
        return True

    becomes(lambda: holds(0))
    notebook.evaluate("live.add_(1000) is live")
    becomes(lambda: holds(1000))
    notebook.screenshot("values in texels")
