"""``while view.step()`` in a cell, in JupyterLab with and without comms over subshells, and in Jupyter Notebook 7."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import OpenNotebook
from .lab import Lab
from .notebook import Notebook
from .programs import FIT

pytestmark = pytest.mark.browser

PLAIN = """
while view.step():
    steps = controls.slider_int("steps per frame", 1, 20, default=4)
    prediction[..., 0] = (view.frame_count % 20) / 20
    controls.text(f"{view.frame_count} frames, {steps} steps")
    if controls.button("close"):
        view.close()
    time.sleep(0.005)
    view.end_step()
left = view.state
"""
STEPS = "slider_int:steps per frame"
SERVERS = {
    "subshells": "lab",
    "no subshells": "lab_without_subshells",
    "notebook 7": "jupyter_notebook",
}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Lab:
    lab: Lab = request.getfixturevalue(SERVERS[request.param])
    return lab


def frames(notebook: Notebook) -> int:
    """Frames so far, as shown by the page."""
    return int(notebook.root.get_by_text("frames,").inner_text().split()[0])


def wait_for_frames(notebook: Notebook) -> None:
    """Waits until the page shows a few more frames."""
    notebook.root.get_by_text("frames,").wait_for()
    notebook.root.evaluate("root => root.scrollIntoView({ block: 'center' })")
    notebook.wait_until(
        """least => Number(/(\\d+) frames,/.exec(document.querySelector('.vw-root')?.innerText ?? '')?.[1]) > least""",
        frames(notebook) + 10,
    )


def move(notebook: Notebook) -> None:
    """Presses a key on a slider, and waits until the program has reacted."""
    track = notebook.control(STEPS).locator("input[type=range]")
    before = int(track.input_value()) + 1  # a track begins at 0, the values at 1
    track.press("ArrowRight")
    notebook.root.get_by_text(f"frames, {before + 1} steps").wait_for()


def test_a_loop_that_is_started_as_the_page_opens_is_shown_at_once_and_heard(
    open_notebook: OpenNotebook, server: Lab
) -> None:
    notebook = open_notebook([FIT, "import time" + PLAIN, PLAIN], server=server)
    notebook.start(0)
    notebook.start(1)
    wait_for_frames(notebook)  # while the cell runs
    move(notebook)
    notebook.screenshot(f"step-loop-{server.app}-{'subshells' if server.subshells else 'main'}")

    notebook.command("notebook:interrupt-kernel")
    notebook.wait_for_state("idle")  # the steps have ended
    assert notebook.evaluate("view.state, 'left' in globals()") == ("idle", False)

    notebook.start(2)  # the same view continues
    wait_for_frames(notebook)
    notebook.wait_for_state("running")
    move(notebook)
    notebook.button("Stop").click()
    notebook.wait_for_state("stopped")
    assert notebook.evaluate("left") == "stopped"  # when the cell has ended

    notebook.run(0)
    notebook.start(1)
    notebook.wait_until(  # scrolling, because a view out of sight is not told that it runs
        """() => {
            const root = document.querySelectorAll('.jp-Notebook .jp-Cell')[1]?.querySelector('.vw-root');
            root?.scrollIntoView({ block: 'center' });
            return root?.dataset.state === 'running';
        }"""
    )
    running = notebook.page.locator('.vw-root[data-state="running"]')  # and not an earlier view, in another output
    running.locator('[data-vw-control="button:close"]').click()
    notebook.wait_for_state("closed")
    assert notebook.evaluate("left") == "closed"
    expect(running).to_have_count(0)


def test_a_page_that_is_loaded_again_shows_the_loop_that_runs(
    open_notebook: OpenNotebook, lab_without_subshells: Lab
) -> None:
    notebook = open_notebook([FIT, "import time" + PLAIN], server=lab_without_subshells)
    notebook.run(0)
    notebook.start(1)
    wait_for_frames(notebook)
    notebook.command("docmanager:save")
    notebook.load()
    wait_for_frames(notebook)
    move(notebook)
    notebook.button("Stop").click()
    notebook.wait_for_state("stopped")
    notebook.problems.clear()  # the abandoned page reports that its connection was cut
