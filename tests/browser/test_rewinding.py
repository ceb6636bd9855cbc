"""Going back from the page: from the time line, and to an abandoned branch."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import OpenNotebook
from .notebook import Notebook
from .programs import FIT

pytestmark = pytest.mark.browser


def paused_beyond(steps: int, open_notebook: OpenNotebook) -> Notebook:
    """A training with checkpoints that has been paused after more than this many steps."""
    notebook = open_notebook([FIT + "view.checkpoint(model, optimiser)\nview.run()"])
    notebook.run(0)
    notebook.wait_for_state("running")
    assert notebook.eventually(f"view.iteration > {steps}")
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    return notebook


def test_the_run_goes_on_from_an_earlier_step_and_back_to_the_branch_that_was_left(open_notebook: OpenNotebook) -> None:
    notebook = paused_beyond(200, open_notebook)
    end = notebook.evaluate("view.iteration")
    line = notebook.page.get_by_role("slider", name="Earlier steps")
    line.press("Home")
    line.press("ArrowRight")
    go_on = notebook.page.get_by_role("button", name="Go on from here")
    go_on.click()
    assert notebook.eventually("len(view.branches) == 1")
    expect(go_on).to_be_hidden()
    stands = notebook.evaluate("view.iteration")
    assert stands < end
    notebook.button("Resume").click()
    assert notebook.eventually(f"view.iteration > {stands} + 60")
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    root = notebook.page.locator(".vw-root")
    notebook.page.get_by_role("combobox", name="Branch", exact=True).select_option("branch 1")
    expect(root).to_have_attribute("data-vw-back", re.compile(r"\d+"))
    looked_at = int(root.get_attribute("data-vw-back") or 0)
    assert stands < looked_at <= end
    assert looked_at == notebook.evaluate("view._parts.offscreen.replay.builder.left['branch 1'].frames[-1].step")
    notebook.page.get_by_role("button", name="Go back to its end").click()
    assert notebook.eventually(f"view.iteration == {end}")
    assert notebook.evaluate("[one.name for one in view.branches]") == ["branch 2"]


def test_a_branch_is_there_after_a_reload_and_in_the_saved_notebook(open_notebook: OpenNotebook) -> None:
    notebook = paused_beyond(200, open_notebook)
    stands = notebook.evaluate("view.rewind(100)")
    choice = notebook.page.get_by_role("combobox", name="Branch", exact=True)
    choice.select_option("branch 1")
    root = notebook.page.locator(".vw-root")
    expect(root).to_have_attribute("data-vw-back", re.compile(r"\d+"))
    line = notebook.page.get_by_role("slider", name="Earlier steps")
    line.press("Home")
    expect(root).to_have_attribute("data-vw-back", re.compile(r"^\d{1,2}$"))
    chart = notebook.page.locator(".vw-chart .u-over")
    chart.scroll_into_view_if_needed()
    _, _, width, _ = notebook.box(chart)
    chart.click(position={"x": width - 4, "y": 4})  # beyond where the present ends
    expect(root).to_have_attribute("data-vw-back", re.compile(r"^[1-9]\d{2,}$"))
    line.press("Escape")
    notebook.button("Resume").click()
    assert notebook.eventually(f"view.iteration > {stands} + 60")
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    notebook.command("docmanager:save")
    notebook.load()
    choice.select_option("branch 1")
    expect(root).to_have_attribute("data-vw-back", re.compile(r"\d+"))
    end = int(root.get_attribute("data-vw-back") or 0)
    assert end > stands
    notebook.page.keyboard.press("Escape")
    notebook.command("docmanager:save")
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    notebook.page.get_by_role("button", name="Show the replay").click()
    replay = notebook.page.locator(".vw-replay")
    expect(replay).to_have_attribute("data-vw-step", re.compile(r"\d+"))
    replay.get_by_role("combobox", name="Branch", exact=True).select_option("branch 1")
    expect(replay).to_have_attribute("data-vw-step", str(end))


def test_futures_are_explored_in_the_page_and_one_is_kept_by_a_click(open_notebook: OpenNotebook) -> None:
    notebook = paused_beyond(20, open_notebook)
    stands = notebook.evaluate("view.iteration")
    dialog = notebook.page.get_by_role("dialog", name="Futures")
    notebook.page.get_by_role("button", name="Futures", exact=True).click()
    dialog.get_by_role("spinbutton").fill("100000")
    dialog.get_by_role("button", name="Explore").click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog.get_by_text("Cancelled. Everything is as it was.")).to_be_visible()
    assert notebook.evaluate("view.iteration") == stands
    dialog.get_by_role("button", name="Close").click()
    notebook.page.get_by_role("button", name="Futures", exact=True).click()
    dialog.get_by_role("spinbutton").fill("8")
    dialog.get_by_role("button", name="Explore").click()
    expect(dialog.get_by_role("article")).to_have_count(3)
    keep = dialog.get_by_role("article").nth(2).get_by_role("button")
    expect(keep).to_be_visible()
    expect(dialog.locator(".vw-future-pictures canvas")).not_to_have_count(0)
    kept = notebook.evaluate("[one.name for one in view.branches][2]")
    keep.click()
    expect(dialog).to_be_hidden()
    assert notebook.eventually(f"view.iteration >= {stands} + 8")
    assert notebook.evaluate("view.state") == "paused"
    assert kept not in notebook.evaluate("[one.name for one in view.branches]")
