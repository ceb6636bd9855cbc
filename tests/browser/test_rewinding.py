"""Going back by hand: from the time line, and to a branch that was left."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import OpenNotebook
from .programs import FIT

pytestmark = pytest.mark.browser


def test_the_run_goes_on_from_an_earlier_step_and_back_to_the_branch_that_was_left(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.checkpoint(model, optimiser)\nview.run()"])
    notebook.run(0)
    notebook.wait_for_state("running")
    assert notebook.eventually("view.iteration > 200")
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
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
    notebook.page.get_by_role("combobox", name="Branches").select_option("branch 1")
    assert notebook.eventually(f"view.iteration == {end}")
    assert notebook.evaluate("[one.name for one in view.branches]") == ["branch 2"]
