"""Using sliders and buttons while the kernel is busy in every way that a cell can keep it busy."""

from __future__ import annotations

import pytest

from tests.patience import wait_until

from .conftest import OpenNotebook
from .lab import Lab
from .notebook import Notebook
from .programs import FIT

pytestmark = pytest.mark.browser

LR = "slider:lr"
STEPS = "slider_int:steps per frame"
HAVE_SUBSHELLS = """async () => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const comms = await Promise.all(kernel._comms.values());
    return comms.length > 0 && comms.every((comm) => comm.subshellId);
}"""
"""Before the kernel has answered JupyterLab's request for a subshell, messages still come on the main thread."""


def press(notebook: Notebook, control: str, key: str, times: int = 1) -> None:
    notebook.control(control).locator("input[type=range]").focus()
    for _ in range(times):
        notebook.page.keyboard.press(key)


def drag(notebook: Notebook, control: str, part: float) -> None:
    """Presses on the track, moves to ``part`` of its width, and keeps the button down."""
    track = notebook.control(control).locator("input[type=range]")

    def is_held() -> bool:
        """Whether the press has hit the track: in a new cell, what is above it may still grow."""
        track.scroll_into_view_if_needed()
        drag_on(notebook, control, 0.5)
        notebook.page.mouse.down()
        if track.evaluate("track => track.matches(':active')"):
            return True
        notebook.page.mouse.up()
        return False

    wait_until(is_held)
    drag_on(notebook, control, part)


def drag_on(notebook: Notebook, control: str, part: float) -> None:
    """Moves the mouse to ``part`` of the track's width."""
    move_along(notebook, notebook.box(notebook.control(control).locator("input[type=range]")), part)


def move_along(notebook: Notebook, track: tuple[float, float, float, float], part: float) -> None:
    """Moves the mouse to ``part`` of the width of a track, which lies at this place."""
    left, top, width, height = track
    thumb = 14
    notebook.page.mouse.move(left + thumb / 2 + (width - thumb) * part, top + height / 2, steps=3)


def frames(notebook: Notebook, count: int) -> None:
    """Waits until the program has run this many more frames."""
    assert notebook.eventually(f"view.frame_count >= {notebook.evaluate('view.frame_count') + count}")


def set_meanwhile(notebook: Notebook) -> None:
    """The program sets the learning rate, and then the other slider, so the page has heard of both."""
    notebook.evaluate("(controls.set('lr', 1e-4), controls.set('steps per frame', 13))")
    notebook.wait_until(
        f"""() => document.querySelector('[data-vw-control="{STEPS}"] input[type=text]').value === '13'"""
    )


@pytest.fixture(params=["subshells", "no subshells"])
def server(request: pytest.FixtureRequest) -> Lab:
    name = "lab" if request.param == "subshells" else "lab_without_subshells"
    return request.getfixturevalue(name)


def test_sliders_act_while_the_view_ticks(open_notebook: OpenNotebook, server: Lab) -> None:
    notebook = open_notebook([FIT + "view.run()"], server=server)
    notebook.run(0)
    notebook.control(LR).wait_for()
    press(notebook, LR, "ArrowRight", 3)
    assert notebook.eventually("used[-1][0] > 0.006")
    drag(notebook, STEPS, 0.9)
    notebook.page.mouse.up()
    assert notebook.eventually("used[-1][1] >= 17")
    assert notebook.evaluate("optimiser.param_groups[0]['lr'] == used[-1][0]")
    assert notebook.evaluate("view._parts.channel.refused") == 0


def test_a_held_slider_never_jumps_back(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()"])
    notebook.run(0)
    track = notebook.control(LR).locator("input[type=range]")
    track.wait_for()
    track.evaluate(
        """track => {
            window.places = [];
            const look = () => { window.places.push(Number(track.value)); requestAnimationFrame(look); };
            look();
        }"""
    )
    drag(notebook, LR, 0.6)
    place = notebook.box(track)
    for part in range(61, 90):  # echoes of earlier places arrive while the hand moves on
        move_along(notebook, place, part / 100)
        frames(notebook, 2)
    held = float(track.input_value())
    assert held > 0.85
    set_meanwhile(notebook)  # by the program, while the user holds it
    assert float(track.input_value()) == held
    places = notebook.page.evaluate("window.places")
    followed = places[next(i for i, place in enumerate(places) if place < 0.55) :]  # from where the user took hold
    assert followed == sorted(followed)
    notebook.page.mouse.up()


def test_a_slider_stays_held_when_the_focus_moves_on(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()", "ran = True"])
    notebook.run(0)
    track = notebook.control(LR).locator("input[type=range]")
    track.wait_for()
    drag(notebook, LR, 0.6)
    held = float(track.input_value())
    notebook.start(1)  # JupyterLab puts the focus where it runs a cell
    assert notebook.eventually("'ran' in globals()")
    notebook.page.evaluate("document.activeElement.blur()")
    assert not track.evaluate("track => track === document.activeElement")
    set_meanwhile(notebook)
    assert float(track.input_value()) == held
    drag_on(notebook, LR, 0.9)
    moved = float(track.input_value())
    assert moved > held
    notebook.page.mouse.up()
    assert notebook.eventually("used[-1][0] > 0.03")
    assert float(track.input_value()) == moved


def test_what_is_moved_while_another_cell_runs_is_applied_after_and_heard_at_once_where_that_can_be(
    open_notebook: OpenNotebook, server: Lab
) -> None:
    notebook = open_notebook(
        [
            FIT + "view.run()",
            """
import pathlib, time
frames, heard, told = [view.frame_count], pathlib.Path("heard"), pathlib.Path("told")
print("waiting", flush=True)
while not told.exists():
    if any("SetControl" in repr(item) for item in view._parts.hearing.inbox._items.values()):
        heard.touch()
    time.sleep(0.01)
frames.append(view.frame_count)
""",
        ],
        server=server,
    )
    notebook.run(0)
    notebook.control(LR).wait_for()
    press(notebook, LR, "ArrowRight")
    assert notebook.eventually("used[-1][0] > 0.005")
    if server.subshells:
        notebook.wait_until(HAVE_SUBSHELLS)
    notebook.start(1)
    wait_until(lambda: notebook.output(1) == "waiting")
    press(notebook, LR, "End")
    if server.subshells:
        wait_until((server.folder / "heard").exists)
    (server.folder / "told").touch()
    assert notebook.eventually("used[-1][0] == 0.1")
    assert notebook.evaluate("frames[1] - frames[0]") == 0


def test_every_kind_of_control_reaches_the_callback(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        [
            """
import vultorch_widget as vultorch
view = vultorch.View("kinds", 600, 400)
panel = view.panel("p")
state = {}
clicks = 0

@view.on_frame
def frame():
    global clicks
    panel.text("hello")
    clicks += panel.button("go")
    state["box"] = panel.checkbox("box")
    state["slider"] = panel.slider("slider", 0, 10, step=0.5)
    state["int"] = panel.slider_int("int", 1, 9, default=3)
    state["combo"] = panel.combo("combo", ["a", "b", "c"])
    panel.separator()
    panel.progress(0.25, overlay="a quarter")
    panel.plot([1, 3, 2], label="plot")

view.tick_rate = 60
view.run()
"""
        ]
    )
    notebook.run(0)
    notebook.control("button:go").click()
    notebook.control("button:go").click()
    notebook.control("checkbox:box").locator("input").check()
    notebook.control("combo:combo").locator("select").select_option("c")
    field = notebook.control("slider:slider").locator("input[type=text]")
    field.fill("3.3")
    field.press("Enter")
    press(notebook, "slider_int:int", "ArrowLeft")
    assert notebook.eventually("state == {'box': True, 'slider': 3.5, 'int': 2, 'combo': 2}")
    assert notebook.evaluate("clicks") in (1, 2)  # two clicks within one frame are one
    assert notebook.root.get_by_text("a quarter").is_visible()
    assert notebook.root.get_by_text("hello").is_visible()
    notebook.screenshot("kinds-light")


def test_a_range_slider_is_dragged_typed_and_moved_by_keys_and_its_thumbs_never_cross(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(
        [
            """
import vultorch_widget as vultorch
view = vultorch.View("ranges", 600, 400)
panel = view.panel("p")
seen = []

@view.on_frame
def frame():
    span = panel.range_slider("steps", 0, 1000, default=(200, 600), step=10)
    rate = panel.range_slider("rate", 1e-5, 1e-1, default=(1e-4, 1e-2), log=True)
    if (span, rate) not in seen[-1:]:
        seen.append((span, rate))

view.tick_rate = 60
view.run()
"""
        ]
    )
    notebook.run(0)
    mouse = notebook.page.mouse
    control = notebook.control("range_slider:steps")
    control.wait_for()
    left, top, width, height = notebook.box(control.locator(".vw-rail"))

    def move(part: float) -> None:
        mouse.move(left + 7 + (width - 14) * part, top + height / 2, steps=4)

    move(0.6)
    mouse.down()
    move(0.8)
    assert notebook.eventually("seen[-1][0] == (200.0, 800.0)")
    move(0.1)  # beyond the other thumb
    mouse.up()
    assert notebook.eventually("seen[-1][0] == (200.0, 200.0)")
    move(0.2)  # both thumbs are here, and the direction of the drag decides which one moves
    mouse.down()
    move(0.5)
    mouse.up()
    assert notebook.eventually("seen[-1][0] == (200.0, 500.0)")
    assert control.get_by_role("slider", name="steps, to").evaluate("node => node === document.activeElement")
    notebook.page.keyboard.press("ArrowRight")
    control.get_by_role("slider", name="steps, from").focus()
    notebook.page.keyboard.press("ArrowLeft")
    assert notebook.eventually("seen[-1][0] == (190.0, 510.0)")
    notebook.page.keyboard.press("End")
    assert notebook.eventually("seen[-1][0] == (510.0, 510.0)")
    field = notebook.control("range_slider:rate").get_by_role("textbox", name="rate, to, exact value")
    field.fill("0.05")
    field.press("Enter")
    assert notebook.eventually("seen[-1][1] == (1e-4, 0.05)")
    notebook.evaluate("panel.set('rate', (1e-3, 1e-2))")
    assert notebook.eventually("seen[-1][1] == (1e-3, 1e-2)")
    notebook.control("range_slider:rate").get_by_role("slider", name="rate, from").press("Delete")
    assert notebook.eventually("seen[-1][1] == (1e-4, 1e-2)")
    assert notebook.evaluate("all(low <= high for frame in seen for low, high in frame)")
    assert notebook.evaluate("view._parts.channel.refused") == 0
