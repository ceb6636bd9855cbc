"""A mouse on a picture: it is reported in texels wherever and however large the picture is, and can paint."""

from __future__ import annotations

import numpy as np
import pytest

from tests.patience import wait_until

from .conftest import OpenNotebook
from .notebook import Notebook

pytestmark = pytest.mark.browser

PAINT = """
import torch
import vultorch_widget as vultorch
view = vultorch.View("paint", 900, 400)
picture = torch.zeros(24, 32, 3)
panel = view.panel("p")
canvas = panel.canvas("picture", filter="nearest", fit=next(fits))
canvas.bind(picture)
events = []

@canvas.on_pointer(wheel=True)
def paint(event):
    events.append((event.kind, event.x, event.y, event.button, event.buttons, event.modifiers, event.wheel))
    if "left" in event.buttons:
        for share in torch.linspace(0, 1, 2 + int(max(abs(event.dx), abs(event.dy)))).tolist():
            x, y = int(event.x - share * event.dx), int(event.y - share * event.dy)
            if 0 <= x < 32 and 0 <= y < 24:
                picture[y, x] = torch.tensor([1.0, 0.5, 0.0])

view
"""


def opened(open_notebook: OpenNotebook, *, scale: float = 1, fits: tuple[bool | str, ...] = (True,)) -> Notebook:
    notebook = open_notebook([f"fits = iter({fits})", PAINT], scale=scale)
    notebook.run(0)
    show(notebook)
    return notebook


def show(notebook: Notebook) -> None:
    """Shows the view, or the next one in its place, with the next of the fits."""
    notebook.run(1)
    notebook.wait_for_lossless("p/picture")
    notebook.page.wait_for_selector(".vw-pointed")


def at(notebook: Notebook, x: float, y: float, width: int = 32, height: int = 24) -> tuple[float, float]:
    """Where on the screen a texel position is, according to what the browser painted."""
    left, top, across, down = notebook.box(notebook.page.locator('[data-vw-canvas="p/picture"]'))
    return left + x / width * across, top + y / height * down


@pytest.mark.parametrize("scale", [1, 1.5])
def test_dragging_paints_the_texels_under_the_mouse(open_notebook: OpenNotebook, scale: float) -> None:
    fits = (True, "stretch", False)
    notebook = opened(open_notebook, scale=scale, fits=fits)
    for fit in fits:
        drags_under_the_mouse(notebook, f"fit={fit!r}")
        if fit is True:
            notebook.screenshot(f"painted-{scale}")
        if fit is not fits[-1]:
            notebook.page.mouse.move(1, 1)  # the next picture does not see the mouse's old position
            show(notebook)


def drags_under_the_mouse(notebook: Notebook, fit: str) -> None:
    mouse = notebook.page.mouse
    mouse.move(*at(notebook, 4.5, 6.5))
    mouse.down()
    mouse.move(*at(notebook, 20.5, 6.5), steps=7)
    # Moves within one animation frame are merged, which cuts the corner.
    assert notebook.eventually("events and events[-1][1] > 20"), fit
    mouse.move(*at(notebook, 20.5, 15.5), steps=3)
    mouse.up()
    mouse.move(*at(notebook, 28.5, 20.5))  # no longer paints
    expected = np.zeros((24, 32), bool)
    expected[6, 4:21] = True
    expected[6:16, 20] = True
    assert notebook.eventually("events[-1][0] == 'hover' and events[-1][1] > 28"), fit
    painted = np.array(notebook.evaluate("(picture[..., 0] == 1).int().tolist()")) == 1
    assert (painted == expected).all(), f"{fit}: {painted.astype(int)}"

    def is_painted() -> bool:  # once it has settled, and was sent losslessly
        shown = notebook.pixels("p/picture")
        return shown.shape[:2] == (24, 32) and (shown == np.where(expected[..., None], [255, 128, 0], 0)).all()

    wait_until(is_painted, lambda: f"{fit}: {notebook.pixels('p/picture')[..., 0]}")
    assert notebook.evaluate("view.last_error is None and view._parts.channel.refused == 0"), fit


def kinds(notebook: Notebook) -> list[str]:
    return list(notebook.evaluate("[event[0] for event in events]"))


def test_buttons_keys_clicks_and_leaving(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    mouse, keys = notebook.page.mouse, notebook.page.keyboard
    mouse.move(*at(notebook, 8.5, 6.5))
    assert notebook.eventually("events and events[-1][0] == 'hover'")
    keys.down("Control")
    mouse.down(button="right")
    mouse.up(button="right")
    keys.up("Control")
    assert notebook.eventually("events[-1][0] == 'click'")
    press, release, click = notebook.evaluate("events[-3:]")
    assert (press[0], press[3:6]) == ("press", ("right", ("right",), ("ctrl",)))
    assert (release[0], release[3:6]) == ("release", ("right", (), ("ctrl",)))
    assert (click[0], click[3]) == ("click", "right")
    assert press[1:3] == pytest.approx((8.5, 6.5), abs=0.05)
    assert notebook.page.locator(".lm-Menu").count() == 0  # no menu over the picture

    mouse.down()
    mouse.down(button="right")
    mouse.up()
    mouse.up(button="right")
    assert notebook.eventually(
        "[e[3:5] for e in events[-4:] if e[0] == 'release'] == [('left', ('right',)), ('right', ())]"
    )
    mouse.move(*at(notebook, 8.5, -30))
    assert notebook.eventually("events[-1][0] == 'leave'")
    mouse.move(*at(notebook, 31.5, 6.5))
    mouse.down()
    mouse.move(*at(notebook, 60, -30), steps=3)  # the press captures it, far beyond the edge
    assert notebook.eventually("events[-1][0] == 'drag' and events[-1][1] > 59 and events[-1][2] < -29")
    mouse.up()
    assert notebook.eventually("[e[0] for e in events[-2:]] == ['release', 'leave']")
    assert notebook.evaluate("view.last_error is None and view._parts.channel.refused == 0")


def test_a_stroke_goes_on_while_a_panel_appears(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    mouse = notebook.page.mouse
    beyond = at(notebook, 60, -30)
    mouse.move(*at(notebook, 4.5, 6.5))
    mouse.down()
    assert notebook.eventually("events[-1][0] == 'press'")
    notebook.evaluate("view.panel('q').canvas('other').bind(torch.ones(4, 4, 3)) is None")
    notebook.evaluate("picture[20:, 28:].fill_(1.0) is None")
    wait_until(lambda: notebook.pixels("p/picture").min(axis=-1).max() > 200)  # the page has heard of both
    mouse.move(*beyond, steps=4)  # the press still captures it
    assert notebook.eventually("events[-1][0] == 'drag' and events[-1][1] > 59 and events[-1][2] < -29")
    mouse.up()
    notebook.wait_until("() => document.querySelectorAll('.vw-panel').length === 2")
    assert notebook.eventually("'release' in [e[0] for e in events[-2:]]")


SCROLLED = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTop"


def test_the_wheel_is_the_program_s_where_it_asks_for_it(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(["fits = iter([True])" + PAINT, "print('\\n' * 200)"])
    notebook.run(0)
    notebook.run(1)
    notebook.page.wait_for_selector(".vw-pointed")
    notebook.wait_for_lossless("p/picture")
    notebook.cell(0).scroll_into_view_if_needed()
    mouse = notebook.page.mouse
    mouse.move(*at(notebook, 16, 12))
    before = notebook.page.evaluate(SCROLLED)
    mouse.wheel(0, -300)
    mouse.wheel(0, 50)
    assert notebook.eventually("sum(event[6] for event in events) == 2.5")
    assert {"wheel"} <= set(kinds(notebook))
    assert notebook.page.evaluate(SCROLLED) == before


def test_many_moves_are_few_messages(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook)
    heard = notebook.evaluate("len(events)")
    burst = """id => new Promise(done => {
        const canvas = document.querySelector(`[data-vw-canvas="${id}"]`), box = canvas.getBoundingClientRect();
        let frames = 0, moves = 0;
        const step = () => {
            for (let i = 0; i < 50; i++) {
                const clientX = box.left + (moves++ % 300), clientY = box.top + 5;
                canvas.dispatchEvent(new PointerEvent('pointermove', {
                    bubbles: true, isPrimary: true, button: -1, clientX, clientY}));
            }
            ++frames < 30 ? requestAnimationFrame(step) : done(moves);
        };
        requestAnimationFrame(step);
    })"""
    assert notebook.page.evaluate(burst, "p/picture") == 1500
    notebook.page.mouse.move(*at(notebook, 16.5, 20.5))
    assert notebook.eventually("events and events[-1][0] == 'hover' and events[-1][2] > 20")  # the very last event
    assert notebook.evaluate("len(events)") - heard <= 32
