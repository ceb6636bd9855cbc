"""The run that an earlier kernel has left in the notebook stays in the chart when its cell is run again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.patience import wait_until

from .conftest import OpenNotebook
from .notebook import Notebook
from .programs import FIT
from .test_saving import in_file, replays

pytestmark = pytest.mark.browser

UNTITLED = FIT.replace('vultorch.View("fit", 1000, 520)', "vultorch.View(width=1000, height=520)") + "view.run()"


def run_until(notebook: Notebook, step: int) -> None:
    """Runs the cell, until the page shows a step beyond ``step``."""
    notebook.run(0)
    notebook.wait_for_state("running")
    shown = "() => document.querySelector('.vw-run .vw-item')?.textContent.match(/step ([0-9,]+)/)?.[1]"
    notebook.wait_until(f"step => Number(({shown})()?.replaceAll(',', '') ?? 0) > step", step)


def test_a_notebook_is_opened_again_with_another_kernel(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()"])
    run_until(notebook, 40)
    notebook.evaluate("controls.set('lr', 0.02)")
    assert notebook.eventually("used[-1][0] == 0.02")
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    notebook.command("docmanager:save")
    wait_until(lambda: [replay["state"] for replay in replays(in_file(notebook)).values()] == ["paused"])
    notebook.reopen()
    run_until(notebook, 8)
    described = "[(one.name, one.series, one.controls) for one in view.ghosts]"
    assert notebook.eventually(f"{described} == [('run 1', ['loss'], {{'lr': 0.02}})]")
    ghosts = notebook.page.get_by_role("group", name="Branches and other runs").get_by_role("button")
    expect(ghosts).to_have_text(re.compile(r"^run 1.*\d.* · lr 0\.02$"))
    run_until(notebook, 8)  # in the same kernel
    assert notebook.eventually("[one.name for one in view.ghosts] == ['run 1', 'run 2']")
    expect(ghosts).to_have_count(2)


@pytest.mark.parametrize("host", ["lab", "jupyter_notebook"])
def test_the_kernel_is_restarted_before_anything_was_saved(
    open_notebook: OpenNotebook, host: str, request: pytest.FixtureRequest
) -> None:
    notebook = open_notebook([UNTITLED], server=request.getfixturevalue(host))
    for earlier in ([], ["run 1"], ["run 1", "run 2"]):
        run_until(notebook, 20)
        assert notebook.eventually(f"[one.name for one in view.ghosts] == {earlier}")
        assert notebook.evaluate("all(one.began > 1.7e9 for one in view.ghosts)")
        ghosts = notebook.page.get_by_role("group", name="Branches and other runs").get_by_role("button")
        expect(ghosts).to_have_count(len(earlier))
        notebook.restart()
