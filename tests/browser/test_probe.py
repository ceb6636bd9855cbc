"""The probe in a page shows what the tensor holds, by mouse, touch and keys, live and without a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect

import vultorch_widget as vultorch
from vultorch_widget.replay import Outcome

from .conftest import OpenNotebook
from .lab import ROOT, new_page
from .notebook import Notebook

pytestmark = pytest.mark.browser

PAIR = """
import torch
import vultorch_widget as vultorch
view = vultorch.View("probe", 900, 400)
truth = torch.rand(24, 32, 3, generator=torch.Generator().manual_seed(1))
prediction = torch.zeros(24, 32, 3, dtype=torch.float64)
a = view.panel("Ground truth").canvas("image", filter="nearest").bind(truth)
b = view.panel("Prediction").canvas("image", filter="nearest").bind(prediction)
"""
RUN = """
ramp = torch.arange(24 * 32 * 3, dtype=torch.float64).reshape(24, 32, 3)

@view.on_frame
def frame():
    torch.mul(ramp, view.frame_count + 1, out=prediction)
    view.log(loss=1.0)

view.run()
"""
TRUTH = "Ground truth/image"


def opened(open_notebook: OpenNotebook, *, run: bool = False) -> Notebook:
    notebook = open_notebook([PAIR + (RUN if run else "view")])
    notebook.run(0)
    notebook.page.wait_for_selector(f'[data-vw-canvas="{TRUTH}"]:visible')
    if not run:
        notebook.wait_for_lossless(TRUTH)
    return notebook


def at(notebook: Notebook, x: float, y: float, canvas: str = TRUTH) -> tuple[float, float]:
    window = notebook.page.locator(f'.vw-window:has([data-vw-canvas="{canvas}"])').first
    left, top, width, height = notebook.box(window)
    return left + x / 32 * width, top + y / 24 * height


def rows(table: Locator) -> list[list[str]]:
    script = "t => [...t.rows].map(row => [...row.cells].map(cell => cell.textContent))"
    return list(table.locator(".vw-texel-table").first.evaluate(script))


def hover(notebook: Notebook) -> Locator:
    return notebook.root.locator(".vw-hover")


def filled(page: Page, what: str, where: str) -> None:
    """Waits until a box shows values at ``where``."""
    page.wait_for_function(
        "([what, where]) => { const box = document.querySelector(what); return box && !box.hidden"
        " && box.querySelector('.vw-texel-where')?.textContent === where && !box.textContent.includes('\\u2013'); }",
        arg=[what, where],
    )


def test_the_mouse_reads_both_tensors_before_the_view_ever_ran(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    notebook.page.mouse.move(*at(notebook, 7.5, 3.5))
    filled(notebook.page, ".vw-hover", "x 7 · y 3")
    _, truth, prediction, difference = rows(hover(notebook))
    assert truth[0] == "Ground truth"
    assert [float(text) for text in truth[1:]] == pytest.approx(notebook.evaluate("truth[3, 7].tolist()"), rel=1e-7)
    assert notebook.evaluate(f"torch.tensor({truth[1:]!r}.__class__(map(float, {truth[1:]!r}))).equal(truth[3, 7])")
    assert prediction == ["Prediction", "0", "0", "0"]
    assert difference[0] == "difference"
    assert notebook.evaluate("(view.probe.pointed.x, view.probe.pointed.y)") == (7, 3)
    notebook.page.mouse.move(*at(notebook, 7.5, -60))
    notebook.page.wait_for_selector(".vw-hover", state="hidden")
    assert notebook.eventually("view.probe.pointed is None")


def test_values_equal_the_tensors_of_their_frame_while_training_runs(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook, run=True)
    notebook.page.mouse.move(*at(notebook, 20.5, 11.5))
    filled(notebook.page, ".vw-hover", "x 20 · y 11")
    read = """async () => {
        const seen = new Map();
        const root = document.querySelector('.vw-root');
        while (seen.size < 6) {
            await new Promise(requestAnimationFrame);
            const card = root.querySelector('.vw-hover');
            const place = card.querySelector('.vw-texel-where').textContent.match(/\\d+/g).map(Number);
            const values = [...card.querySelectorAll('tr')[2].cells].slice(1).map(cell => Number(cell.textContent));
            seen.set(root.dataset.vwProbedFrame, [place, values]);
        }
        return [...seen];
    }"""
    for frame, ((x, y), values) in notebook.page.evaluate(read):  # on a busy machine the view may move under the mouse
        base = (y * 32 + x) * 3
        assert values == [(base + channel) * int(frame) for channel in range(3)]


def pinned_at(notebook: Notebook) -> Any:
    return notebook.evaluate("[(pin.x, pin.y) for pin in view.probe.pinned]")


def test_a_click_pins_a_second_elsewhere_moves_it_and_a_third_there_removes_it(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    notebook.page.mouse.click(*at(notebook, 7.5, 3.5))
    filled(notebook.page, ".vw-card", "x 7 · y 3")
    expect(notebook.root.locator(".vw-pin-mark")).to_have_count(2)  # in both pictures
    marked = notebook.root.locator(".vw-pin-mark").first
    assert marked.evaluate("mark => getComputedStyle(mark).backgroundColor") == "rgba(0, 0, 0, 0)"  # the texel is seen
    notebook.page.mouse.click(*at(notebook, 9.5, 20.5))
    filled(notebook.page, ".vw-card", "x 9 · y 20")
    assert pinned_at(notebook) == [(9, 20)]
    notebook.page.keyboard.down("Shift")
    notebook.page.mouse.click(*at(notebook, 1.5, 1.5))
    notebook.page.keyboard.up("Shift")
    notebook.page.wait_for_function("document.querySelectorAll('.vw-pinned').length === 2")
    notebook.root.locator(".vw-unpin").first.click()
    notebook.page.wait_for_function("document.querySelectorAll('.vw-pinned').length === 1")
    notebook.page.mouse.click(*at(notebook, 1.5, 1.5, "Prediction/image"))
    notebook.page.wait_for_selector(".vw-card", state="detached")
    assert pinned_at(notebook) == []


def test_a_tap_pins(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    notebook.page.mouse.move(0, 0)
    x, y = at(notebook, 25.5, 5.5)
    touch = notebook.page.context.new_cdp_session(notebook.page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    filled(notebook.page, ".vw-card", "x 25 · y 5")
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    touch.detach()


def test_keys_pin_move_and_remove(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    notebook.page.mouse.move(0, 0)
    notebook.page.locator(f'.vw-window:has([data-vw-canvas="{TRUTH}"])').focus()
    keys = notebook.page.keyboard
    keys.press("Enter")
    filled(notebook.page, ".vw-card", "x 16 · y 12")
    keys.press("Shift+ArrowRight")
    filled(notebook.page, ".vw-card", "x 17 · y 12")
    keys.press("Escape")
    notebook.page.wait_for_selector(".vw-card", state="detached")
    assert pinned_at(notebook) == []


def test_a_texel_pinned_by_the_program_has_its_life_in_the_page(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook, run=True)
    notebook.page.mouse.move(0, 0)
    notebook.evaluate("view.probe.pin(b, 2, 3)")
    filled(notebook.page, ".vw-card", "x 2 · y 3")
    notebook.page.wait_for_selector(".vw-life path >> nth=5")
    assert notebook.eventually("view.probe.life(b, 2, 3).steps.size > 4")


def test_a_box_covers_neither_what_it_is_about_nor_moves_the_layout(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    before = notebook.box(notebook.root)

    def uncovered(name: str, x: float, y: float) -> bool:
        point, box = at(notebook, x, y), notebook.root.locator(name).bounding_box()
        assert box is not None
        within = box["x"] <= point[0] <= box["x"] + box["width"], box["y"] <= point[1] <= box["y"] + box["height"]
        return within != (True, True)

    for x, y in ((0.5, 0.5), (31.5, 0.5), (0.5, 23.5), (31.5, 23.5), (16.5, 12.5)):
        notebook.page.mouse.move(*at(notebook, x, y))
        filled(notebook.page, ".vw-hover", f"x {int(x)} · y {int(y)}")
        assert uncovered(".vw-hover", x, y), (x, y)
        notebook.page.mouse.click(*at(notebook, x, y))
        filled(notebook.page, ".vw-card", f"x {int(x)} · y {int(y)}")
        assert uncovered(".vw-card", x, y), (x, y)
        notebook.page.wait_for_selector(".vw-hover", state="hidden")  # the card shows the same
    assert notebook.box(notebook.root) == before


def test_a_canvas_whose_program_listens_keeps_its_clicks(open_notebook: OpenNotebook) -> None:
    cell = PAIR + "clicks = []\na.on_pointer(lambda event: clicks.append(event.kind))\nview"
    notebook = open_notebook([cell])
    notebook.run(0)
    notebook.page.wait_for_selector(".vw-pointed")
    notebook.wait_for_lossless(TRUTH)
    notebook.page.mouse.click(*at(notebook, 7.5, 3.5))
    assert notebook.eventually("'click' in clicks")
    assert pinned_at(notebook) == []
    assert hover(notebook).is_hidden()


STATIC = ROOT / "vultorch_widget" / "static"


@pytest.fixture
def replay(browser: Browser) -> Iterator[Page]:
    """A page that plays a run in which a texel was pinned from the third frame on; no kernel."""
    view = vultorch.View("replay", 900, 400, headless=True)
    picture = torch.zeros(24, 32, 3, dtype=torch.uint8)
    canvas = view.panel("p").canvas("c", filter="nearest").bind(picture)
    while view.step():
        picture[3, 7] = torch.tensor([10 * min(view.frame_count, 9), 20, 30])
        if view.frame_count == 2:
            view.probe.pin(canvas, 7, 3)
        view.log(loss=1.0)
        view.end_step()
        if view.frame_count >= 10 and view.probe.life(canvas, 7, 3).steps.size > 3:
            break
    frames = view._parts.offscreen.replay
    frames.finish(view.frame_count, 1)
    page = new_page(browser, viewport={"width": 900, "height": 700})
    page.set_content("<div id=place></div>")
    page.add_style_tag(path=STATIC / "widget.css")
    page.add_script_tag(path=STATIC / "replay.js")
    document = frames.document(Outcome("stopped"))
    page.evaluate("replay => { vultorchReplay.mount(document.getElementById('place'), replay); }", document)
    page.wait_for_selector('[data-vw-canvas="p/c"]:visible')
    yield page
    page.close()


def test_a_replay_probes_its_pixels_and_says_so_and_has_the_life_of_what_was_pinned(replay: Page) -> None:
    filled(replay, ".vw-card", "x 7 · y 3")
    card = replay.locator(".vw-card")
    assert rows(card)[1] == ["c", "90", "20", "30"]
    assert "8-bit pixels" in str(card.text_content())
    assert card.locator(".vw-life path").count() >= 3
    box = replay.locator(".vw-window").bounding_box()
    assert box is not None
    replay.mouse.move(box["x"] + 7.5 / 32 * box["width"], box["y"] + 4.5 / 24 * box["height"])
    filled(replay, ".vw-hover", "x 7 · y 4")
    assert rows(replay.locator(".vw-hover"))[1] == ["c", "0", "0", "0"]


def test_the_button_that_removes_a_pin_passes_the_focus_on(replay: Page) -> None:
    filled(replay, ".vw-card", "x 7 · y 3")
    window = replay.locator(".vw-window")
    box = window.bounding_box()
    assert box is not None
    replay.keyboard.down("Shift")
    replay.mouse.click(box["x"] + 20.5 / 32 * box["width"], box["y"] + 20.5 / 24 * box["height"])
    replay.keyboard.up("Shift")
    buttons = replay.locator(".vw-unpin")
    expect(buttons).to_have_count(2)
    buttons.first.press("Enter")
    expect(buttons).to_have_count(1)
    expect(buttons).to_be_focused()
    replay.keyboard.press("Enter")
    expect(buttons).to_have_count(0)
    expect(window).to_be_focused()
