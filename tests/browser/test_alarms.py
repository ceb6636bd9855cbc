"""A loss that is not finite, in JupyterLab: the loop waits, the tab says so, and Resume goes on."""

from __future__ import annotations

import pytest

from .conftest import OpenNotebook

pytestmark = pytest.mark.browser

MAKE = """
import math
import time
from pathlib import Path
import vultorch_widget as vultorch

view = vultorch.View("alarm", 600, 300)
view.panel("p").text("t")
"""
LOOP = """
while view.step():
    time.sleep(0.005)
    step = view.iteration + 1
    while step == 60 and not Path("scrolled").exists():
        time.sleep(0.01)
    view.log(loss=math.nan if step > 60 else 1 / step)
    view.end_step()
print(view.iteration)
"""
OUT_OF_SIGHT = """
() => new Promise(resolve => {
    const observer = new IntersectionObserver(([entry]) => { observer.disconnect(); resolve(!entry.isIntersecting); });
    observer.observe(document.querySelector('.vw-root'));
})
"""


def test_an_alarm_waits_in_its_cell_and_the_tab_says_so_until_it_is_seen(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([MAKE, LOOP, *["#\n" * 60] * 2])
    notebook.run(0)
    notebook.start(1)
    notebook.root.wait_for()
    notebook.cell(3).evaluate("cell => cell.scrollIntoView()")
    notebook.wait_until(OUT_OF_SIGHT)
    (notebook.lab.folder / "scrolled").touch()  # an alarm in sight would have been seen at once
    sign = "() => document.title.startsWith('⚠')"
    notebook.wait_until(sign)
    # JupyterLab writes the title, too, such as when the notebook is saved.
    notebook.page.evaluate("() => { document.title = document.title.slice(2) + ' ' }")
    notebook.wait_until(sign)
    notebook.root.evaluate("root => root.scrollIntoView({ block: 'center' })")
    notebook.wait_until("() => !document.title.startsWith('⚠')")
    strip = notebook.root.locator(".vw-alarm")
    assert "loss is NaN (step 61)" in strip.inner_text()
    assert notebook.state() == "paused"
    strip.get_by_role("button", name="Resume").click()
    strip.wait_for(state="detached")
    notebook.wait_for_state("running")
    notebook.button("Stop").click()
    notebook.wait_for_state("stopped")
