"""Comparisons of two pictures in an exported page, by mouse, keys and touch, with the expected pixels."""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

import vultorch_widget as vultorch
from tests.export.notebooks import code, kept_of, notebook, shown
from tests.patience import wait_until
from vultorch_widget.pictures.colormap import colormap_table

from .conftest import OpenNotebook
from .reader import PIXELS, Reader, reading, texts_of
from .test_export import exported

pytestmark = pytest.mark.browser

FRAMES = """() => new Promise(done => {
    let n = 0
    const next = () => n++ < 90 ? requestAnimationFrame(next) : done()
    next()
})"""
RED, BLUE = (200, 40, 40), (40, 60, 180)


def pixels(red: tuple[int, int, int] = RED, blue: tuple[int, int, int] = BLUE) -> tuple[torch.Tensor, torch.Tensor]:
    return tuple(torch.tensor(color, dtype=torch.uint8).expand(32, 48, 3) for color in (red, blue))  # type: ignore[return-value]


@cache
def kept() -> tuple[str, str]:
    """A run that ends with a red prediction and a blue target, which it compares."""
    view = vultorch.View("Compare", 1000, 460, headless=True)
    red, blue = pixels()
    a = view.panel("Prediction").canvas("image").bind(red.contiguous())
    b = view.panel("Truth").canvas("image").bind(blue.contiguous())
    b.boxes([[40, 20, 46, 28]])
    view.on_frame(lambda: view.log(loss=1 / (1 + view.frame_count)))
    view.metrics(a, b, ["psnr", "mae"])
    view.compare(a, b)
    view.run(max_frames=3)
    return kept_of(view)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    node = notebook("# Two", code("view.run()", shown("one")), models={"one": kept()})
    return exported(node, tmp_path_factory.mktemp("compared"))


@pytest.fixture
def reader(browser: Browser, page_file: Path) -> Iterator[Reader]:
    with reading(browser, page_file) as reader:
        reader.wait_for_step(3)
        yield reader
        assert reader.problems == []


def window(reader: Reader) -> Locator:
    return reader.page.locator(".vw-window").first


def color_at(reader: Reader, share: float) -> tuple[int, ...]:
    """The colour painted at this share of the window's width, a third of the way down."""
    image = Image.open(io.BytesIO(window(reader).screenshot())).convert("RGB")
    return tuple(image.getpixel((int(share * (image.width - 1)), image.height // 3)))  # type: ignore[arg-type]


def sees(reader: Reader, share: float, color: tuple[int, int, int]) -> None:
    wait_until(lambda: max(abs(a - b) for a, b in zip(color_at(reader, share), color, strict=True)) <= 2)


def divider(reader: Reader) -> Locator:
    return reader.page.get_by_role("slider", name="Divider between Prediction and Truth")


def choose(reader: Reader, opener: str, entry: str) -> None:
    reader.page.get_by_role("button", name=opener).click()
    reader.page.get_by_role("menuitemradio", name=entry).click()
    reader.page.keyboard.press("Escape")


def test_the_metrics_stand_under_the_pair(reader: Reader) -> None:
    line = reader.page.get_by_role("group", name="Prediction to Truth")
    difference = np.abs(np.subtract(RED, BLUE)).mean() / 255
    expect(line).to_contain_text(f"MAE {difference:.4g}")


def test_the_divider_is_dragged_with_the_mouse(reader: Reader) -> None:
    sees(reader, 0.3, RED)
    sees(reader, 0.7, BLUE)
    box = window(reader).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    reader.page.mouse.move(box["x"] + box["width"] / 2, y)
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + 0.2 * box["width"], y, steps=4)
    reader.page.mouse.up()
    sees(reader, 0.3, BLUE)
    sees(reader, 0.1, RED)
    expect(divider(reader)).to_have_attribute("aria-valuenow", "20")


def test_what_is_drawn_over_the_other_picture_is_seen_in_its_half(reader: Reader) -> None:
    def border(share: float) -> bool:
        """Whether the left side of the box is painted, with 40 of 48 texels to the left of it."""
        image = Image.open(io.BytesIO(window(reader).screenshot())).convert("RGB")
        x, y = int(share * image.width), image.height * 24 // 32
        row = np.array([image.getpixel((at, y)) for at in range(x - 6, x + 6)], int)
        return bool(np.ptp(row, axis=0).max() > 60)

    wait_until(lambda: border(40 / 48))
    divider(reader).focus()
    reader.page.keyboard.press("End")
    wait_until(lambda: not border(40 / 48))  # the first picture has no box


def test_the_divider_is_moved_with_keys(reader: Reader) -> None:
    divider(reader).focus()
    for key in ("End", "ArrowLeft", "Shift+ArrowLeft"):
        reader.page.keyboard.press(key)
    expect(divider(reader)).to_have_attribute("aria-valuenow", "88")
    sees(reader, 0.8, RED)


def test_the_divider_is_dragged_with_a_finger(browser: Browser, page_file: Path) -> None:
    with reading(browser, page_file, touch=True, width=500) as reader:
        reader.wait_for_step(3)
        divider(reader).scroll_into_view_if_needed()
        box = window(reader).bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        client = reader.page.context.new_cdp_session(reader.page)

        def touch(kind: str, *shares: float) -> None:
            points = [{"x": box["x"] + share * box["width"], "y": y} for share in shares]
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 0.5)
        touch("touchMove", 0.7)
        touch("touchMove", 0.8)
        touch("touchEnd")
        expect(divider(reader)).to_have_attribute("aria-valuenow", "80")
        sees(reader, 0.7, RED)
        menu = reader.page.get_by_role("button", name="Menu of image").first
        expect(menu).to_be_visible()
        assert reader.problems == []


def test_two_fingers_zoom_one_moves_and_a_tap_pins(browser: Browser, page_file: Path) -> None:
    with reading(browser, page_file, touch=True, width=500) as reader:
        reader.wait_for_step(3)
        second = reader.page.locator(".vw-window").nth(1)
        second.scroll_into_view_if_needed()
        box = second.bounding_box()
        assert box is not None
        middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        client = reader.page.context.new_cdp_session(reader.page)

        def touch(kind: str, *across: float) -> None:
            points = [{"x": middle + x, "y": y} for x in across]
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        def seen() -> str:
            return str(second.locator(".vw-marker").get_attribute("style"))

        touch("touchStart", -20, 20)
        for apart in (25, 30, 40):
            touch("touchMove", -apart, apart)
        touch("touchEnd")
        expect(reader.page.locator(".vw-window.vw-zoomed")).to_have_count(2)  # they are linked
        before = seen()
        touch("touchStart", 0)
        touch("touchMove", -15)
        touch("touchMove", -30)
        touch("touchEnd")
        wait_until(lambda: seen() != before)
        assert reader.page.locator(".vw-card").count() == 0

        taps = itertools.count()

        def pinned() -> bool:
            # A tap that stops the pan's momentum does not count as a click, so tap again. Each tap is on another texel,
            # which moves the pin if the card is only late, and does not remove it.
            reader.page.touchscreen.tap(middle + 20 * (next(taps) % 3), y)
            try:
                reader.page.locator(".vw-card").wait_for(timeout=3000)
            except PlaywrightTimeout:
                return False
            return True

        wait_until(pinned)
        assert reader.problems == []


def test_the_key_f_shows_the_other_picture_and_the_first_again(reader: Reader) -> None:
    window(reader).focus()
    reader.page.keyboard.press("f")
    sees(reader, 0.3, BLUE)
    reader.page.keyboard.press("f")
    sees(reader, 0.3, RED)


def test_flicker_shows_both_in_turn(reader: Reader) -> None:
    choose(reader, "Wipe", "Flicker")
    seen = texts_of(reader.page.locator(".vw-compare-name").first)  # each name is there for a moment only
    wait_until(lambda: len(seen()) >= 4)
    assert seen()[:4] in (["Truth", "Prediction"] * 2, ["Prediction", "Truth"] * 2)


def test_flicker_waits_for_the_key_where_less_motion_is_preferred(browser: Browser, page_file: Path) -> None:
    with reading(browser, page_file, calm=True) as reader:
        reader.wait_for_step(3)
        reader.page.evaluate("() => { window.changes = 0 }")
        choose(reader, "Wipe", "Flicker")
        names = reader.page.locator(".vw-compare-name").first
        names.evaluate("node => new MutationObserver(() => { window.changes += 1 }).observe(node, {childList: true})")
        reader.page.evaluate(FRAMES)
        assert reader.page.evaluate("() => window.changes") == 0
        sees(reader, 0.3, RED)
        reader.page.get_by_role("button", name="Flip").click()
        sees(reader, 0.3, BLUE)
        expect(names).to_have_text("Truth")


EXPECTED = {
    "Signed": lambda a, b: 127.5 + (a - b) / 2,
    "Absolute": lambda a, b: np.abs(a - b),
    "Squared": lambda a, b: (a - b) ** 2 / 255,
    "Relative": lambda a, b: 255 * np.abs(a - b) / (b + 2.55),
}


def paints(result: Locator, expected: np.ndarray, tolerance: int) -> None:
    """Waits until the canvas ``result`` shows ``expected``, (height, width, 3) of 0..255."""

    def as_expected() -> bool:
        width, height, text = result.evaluate(PIXELS)
        painted = np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[..., :3]
        return painted.shape == expected.shape and bool(np.abs(painted - expected).max() <= tolerance)

    wait_until(as_expected)


def test_the_difference_is_what_the_formula_says(reader: Reader) -> None:
    choose(reader, "Wipe", "Difference")
    red, blue = (picture.numpy().astype(float) for picture in pixels())
    result = reader.page.locator(".vw-compare-result")
    before = "Absolute"
    for kind, formula in EXPECTED.items():
        choose(reader, before, kind)
        before = kind
        paints(result, np.clip(formula(red, blue), 0, 255), 1)
    choose(reader, "Channels", "magma")
    mean = np.clip(formula(red, blue).mean(-1), 0, 255)
    paints(result, 255 * colormap_table("magma")[np.round(mean).astype(int)], 3)
    choose(reader, "1 ▾", "20")
    expect(reader.page.locator(".vw-compare-depth")).to_have_text("8 bit")


def test_by_hand_from_the_menu_with_keys_alone(reader: Reader) -> None:
    reader.page.get_by_role("button", name="Stop comparing").click()
    expect(divider(reader)).to_have_count(0)
    expect(window(reader)).to_be_focused()
    menu = reader.page.get_by_role("button", name="Menu of image").nth(1)
    menu.focus()
    reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("menuitem").first).to_be_focused()
    reader.page.keyboard.press("End")
    expect(reader.page.get_by_role("menuitemradio", name="Prediction")).to_be_focused()
    reader.page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    for key in ("Enter", "End", " "):
        reader.page.keyboard.press(key)
    expect(reader.page.get_by_role("slider", name="Divider between Truth and Prediction")).to_be_visible()


def test_side_by_side_shows_both(reader: Reader) -> None:
    choose(reader, "Wipe", "Side by side")
    halves = reader.page.locator(".vw-compare-half")
    boxes = [halves.nth(i).bounding_box() for i in range(2)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] + boxes[0]["width"] == pytest.approx(boxes[1]["x"], abs=1)
    sees(reader, 0.3, RED)
    sees(reader, 0.7, BLUE)


LIVE = """
import torch
import vultorch_widget as vultorch
view = vultorch.View("compare", 900, 400)
a, b = torch.full((32, 48, 3), 0.5), torch.full((32, 48, 3), 0.5 - 1e-4)
one = view.panel("Prediction").canvas("image").bind(a)
two = view.panel("Truth").canvas("image").bind(b)
view.compare(one, two, "difference", gain=1000.0)
view
"""


def test_a_live_difference_is_of_the_tensors_values(open_notebook: OpenNotebook) -> None:
    """Both pictures have the same 8 bits."""
    notebook = open_notebook([LIVE])
    notebook.run(0)
    result = notebook.page.locator(".vw-compare-result")
    expect(result).to_be_visible()
    expect(notebook.page.locator(".vw-compare-depth")).to_be_hidden()
    level = 255 * 1000 * 1e-4
    paints(result, np.full((32, 48, 3), level), 2)
    notebook.page.get_by_role("button", name="Channels").click()
    notebook.page.get_by_role("menuitemradio", name="viridis").click()
    paints(result, np.broadcast_to(255 * colormap_table("viridis")[round(level)], (32, 48, 3)), 3)
