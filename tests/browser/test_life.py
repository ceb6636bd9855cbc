"""Pausing, reloading, rerunning, failing, hiding: what can happen to a view."""

from __future__ import annotations

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.patience import wait_until

from .conftest import OpenNotebook
from .lab import ELSEWHERE
from .programs import FIT
from .test_saving import in_file, replays

pytestmark = pytest.mark.browser


def test_pause_keeps_the_weights_and_resume_goes_on_from_them(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()"])
    notebook.run(0)
    notebook.wait_for_state("running")
    assert notebook.eventually("view.iteration > 40")
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    weights = "(view.iteration, float(next(model.parameters()).sum()))"
    before = notebook.evaluate(weights)
    assert [notebook.evaluate(weights) for _ in range(10)] == 10 * [before]  # frames would come between these
    notebook.button("Run one frame").click()
    assert notebook.eventually(f"view.iteration > {before[0]}")
    assert notebook.evaluate("view.iteration") == before[0] + 4
    assert notebook.state() == "paused"
    notebook.button("Resume").click()
    notebook.wait_for_state("running")
    assert notebook.eventually(f"view.iteration > {before[0] + 8}")
    notebook.button("Stop").click()
    notebook.wait_for_state("stopped")
    notebook.button("Run").click()
    notebook.wait_for_state("running")


def test_a_reload_shows_a_whole_picture_and_the_chart_again(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()"])
    notebook.run(0)
    notebook.wait_for_lossless("GT/gt")
    notebook.page.wait_for_selector(".vw-chart:not([hidden])")
    notebook.command("docmanager:save")
    before = notebook.evaluate("view.frame_count")
    notebook.load()
    notebook.wait_for_lossless("GT/gt")
    notebook.page.wait_for_selector(".vw-chart:not([hidden])")
    assert notebook.pixels("GT/gt").shape == (48, 48, 3)
    assert notebook.eventually(f"view.frame_count > {before}")
    notebook.problems.clear()  # the abandoned page reports that its connection was cut


def test_running_the_cell_again_leaves_one_ticker_and_another_cell_runs_meanwhile(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(
        [
            FIT + "view.run()",
            "print('frames', view.frame_count)",
        ]
    )
    notebook.run(0)
    notebook.wait_for_state("running")
    notebook.run(1)
    wait_until(lambda: notebook.output(1).startswith("frames"))
    for _ in range(2):
        notebook.run(0)
    notebook.wait_for_state("running")
    assert notebook.eventually("sum('ticker' in t.get_name() for t in __import__('asyncio').all_tasks()) == 1")
    assert notebook.page.locator(".vw-root").count() == 1


def test_print_lands_under_its_own_cell(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()", "print('other')"])
    notebook.run(0)
    notebook.wait_for_state("running")
    notebook.run(1)
    notebook.wait_until("() => document.body.innerText.includes('at frame 100')")
    assert "at frame 100" in notebook.output(0)
    wait_until(lambda: notebook.output(1) == "other")


def test_an_exception_is_shown_and_resume_tries_again(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        [
            """
import vultorch_widget as vultorch
view = vultorch.View("errors", 800, 400)
tensor = view.panel("p").canvas("c").alloc(16, 16, device="cpu")
broken = False

@view.panel("p").on_frame
def frame():
    tensor[..., 3] = 1
    if broken:
        raise ValueError("the loss is -1, which cannot be")

view.tick_rate = 30
view.run()
""",
            "broken = True",
            "broken = False",
            "print(repr(view.last_error))",
        ]
    )
    notebook.run(0)
    notebook.wait_for_state("running")
    notebook.run(1)
    notebook.wait_for_state("failed")
    alert = notebook.root.get_by_role("alert")
    assert "the loss is -1, which cannot be" in alert.inner_text()
    assert "on_frame of panel 'p'" in alert.inner_text()
    alert.locator("summary").click()
    assert "raise ValueError" in alert.locator("pre").inner_text()
    notebook.screenshot("failure-light")
    notebook.theme("JupyterLab Dark")
    notebook.screenshot("failure-dark")
    notebook.theme("JupyterLab Light")
    notebook.run(3)
    wait_until(lambda: "ValueError" in notebook.output(3))
    notebook.run(2)
    alert.get_by_role("button", name="Resume").click()
    notebook.wait_for_state("running")
    expect(alert).to_be_hidden()


def test_hidden_scrolled_out_or_cleared_nothing_is_made_or_sent(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()", *["1"] * 80])
    notebook.run(0)
    notebook.wait_for_lossless("GT/gt")

    sent, composed = "view._parts.channel.messages", "view._parts.pictures.composed"

    def made() -> tuple[int, int, int]:
        return tuple(notebook.evaluate(f"({sent}, {composed}, view.frame_count)"))

    def is_quiet() -> bool:
        """Whether nothing is composited in forty frames of the training."""
        before = made()
        assert notebook.eventually(f"view.frame_count > {before[2] + 40}")
        return made()[:2] == before[:2]

    notebook.scroll_to(80)
    wait_until(is_quiet)
    before = made()
    notebook.scroll_to(0)
    assert notebook.eventually(f"{sent} > {before[0]} and {composed} > {before[1]}")
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
    notebook.command("notebook:clear-cell-output")
    wait_until(is_quiet)


def test_a_view_that_ends_while_it_is_scrolled_away_shows_its_end(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()", *["1"] * 80])
    notebook.run(0)
    notebook.wait_for_lossless("GT/gt")
    notebook.scroll_to(80)
    assert notebook.eventually("not view._parts.publisher.watched")
    notebook.evaluate("[view.pause(), prediction.fill_(1.0), view.close()] and None")
    step = notebook.evaluate("view.iteration")
    notebook.scroll_to(0)
    notebook.wait_for_state("closed")
    notebook.wait_for_pixels("Training Output/pred", np.full((48, 48, 3), 255))
    expect(notebook.root.locator(".vw-run")).to_contain_text(f"step {step:,}")


def test_a_view_in_an_output_that_another_cell_replaces_stays_there_closed(open_notebook: OpenNotebook) -> None:
    inside = "import ipywidgets\nout = ipywidgets.Output()\ndisplay(out)\nwith out:\n    view.run()"
    notebook = open_notebook([FIT + inside, FIT + "view.run()"])
    notebook.run(0)
    notebook.wait_for_lossless("GT/gt")
    notebook.run(1)
    notebook.wait_until(
        "() => [...document.querySelectorAll('.vw-root')].map(root => root.dataset.state).join() === 'closed,running'"
    )
    assert "not found" not in notebook.cell(0).inner_text()


def test_two_views_of_one_widget_show_the_same_and_both_act(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()", "view"])
    notebook.run(0)
    notebook.run(1)
    notebook.wait_until(
        "() => document.querySelectorAll('[data-vw-canvas=\"GT/gt\"][data-lossless=true]').length === 2"
    )
    assert (notebook.pixels("GT/gt", 0) == notebook.pixels("GT/gt", 1)).all()
    second = notebook.page.locator(".vw-root").nth(1)
    track = second.locator('[data-vw-control="slider:lr"] input[type=range]')
    track.focus()
    track.press("End")
    notebook.wait_until(
        """() => [...document.querySelectorAll('[data-vw-control="slider:lr"] input[type=range]')]
                  .every(track => Number(track.value) === 1)"""
    )
    second.get_by_role("button", name="Pause", exact=True).click()
    notebook.wait_until("() => document.querySelectorAll('.vw-root[data-state=paused]').length === 2")


def test_malformed_messages_are_refused_and_counted(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()"])
    notebook.run(0)
    notebook.wait_for_state("running")
    lr = {"kind": "set_control", "client": "x", "panel": "Controls", "control": "slider:lr", "revision": 1}
    contents = [
        7,
        {"kind": "explode"},
        {"kind": "command", "name": "pause"},
        {"kind": "command", "client": "x", "name": "tick_rate", "value": -1},
        {**lr, "value": 99},
        {**lr, "value": "fast"},
        {**lr, "value": None},
        {**lr, "value": 0.01, "panel": "Cockpit"},
        {**lr, "value": 0.01, "control": "slider:rl"},
    ]
    notebook.page.evaluate(
        """async contents => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            for (const id of [...kernel._comms.keys()]) {
                const comm = await kernel._comms.get(id);
                for (const content of contents) comm.send({method: 'custom', content});
            }
        }""",
        contents,
    )
    assert notebook.eventually(f"view._parts.channel.refused >= {len(contents)}")
    assert notebook.eventually("used[-1] == (0.005, 4)")
    assert notebook.evaluate("view.state, view.tick_rate") == ("running", 0)


def test_a_restarted_kernel_leaves_a_quiet_page_and_interrupting_does_not_break_it(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()", "import time\nprint('begun', flush=True)\ntime.sleep(300)"])
    notebook.run(0)
    notebook.wait_for_state("running")
    notebook.start(1)
    wait_until(lambda: notebook.output(1) == "begun")
    notebook.command("notebook:interrupt-kernel")
    notebook.wait_until("() => document.body.innerText.includes('KeyboardInterrupt')")
    before = notebook.evaluate("view.frame_count")
    assert notebook.eventually(f"view.frame_count > {before}")
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")

    def kept_in_page() -> bool:  # and not made by the page of what it shows, as it does before the kernel's is there
        notebook.command("docmanager:save")
        return list(replays(in_file(notebook)).values()) == [json.loads(notebook.evaluate("view.widget._replay"))]

    wait_until(kept_in_page)
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    notebook.wait_until("() => window.jupyterapp.shell.currentWidget.sessionContext.kernelDisplayStatus === 'idle'")
    assert notebook.page.locator(".vw-root").count() == 1
    assert notebook.page.locator(".jp-RenderedText[data-mime-type*=stderr]").count() <= 1  # the interrupt's
    notebook.wait_for_state("disconnected")
    ended = notebook.root.locator(".vw-ended")
    assert "Run the cell to start again" in ended.inner_text()
    notebook.screenshot("restarted")
    ended.get_by_role("button", name="Show the replay").click()
    expect(notebook.page.locator(".vw-empty > .vw-replay .vw-canvas").first).to_have_css("opacity", "1")
    notebook.screenshot("restarted-replay")
    notebook.run(0)
    notebook.wait_for_state("running")


def test_a_server_reached_by_another_name_and_plain_http_works_as_well(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()"], host=ELSEWHERE)
    assert notebook.page.evaluate("[isSecureContext, crypto.randomUUID === undefined]") == [False, True]
    notebook.run(0)
    notebook.wait_for_lossless("GT/gt")
    field = notebook.control("slider:lr").locator("input[type=text]")
    field.fill("0.02")
    field.press("Enter")
    assert notebook.eventually("used[-1][0] == 0.02")
    moving = notebook.pixels("Training Output/pred")
    wait_until(lambda: not np.array_equal(notebook.pixels("Training Output/pred"), moving))  # JPEG, decoded another way


def test_a_loop_whose_cell_is_run_again_shows_its_view_again(open_notebook: OpenNotebook) -> None:
    loop = """
frames = 0
while view.step():
    prediction.fill_(1.0)
    frames += 1
    view.end_step()
    if frames == 20:
        view.stop()
"""
    notebook = open_notebook([FIT.partition("@view.on_frame")[0], loop])
    notebook.run(0)
    for _ in range(2):
        notebook.run(1)
        notebook.wait_for_pixels("Training Output/pred", np.full((48, 48, 3), 255))
        notebook.wait_for_state("stopped")
        assert notebook.page.locator(".vw-root:visible").count() == 1
    assert notebook.evaluate("frames") == 20
