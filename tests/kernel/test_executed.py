"""A notebook executed by nbclient keeps the output of callbacks."""

from __future__ import annotations

import re

import pytest

from tests.executed import executed

from .kernel import ROOT

pytestmark = pytest.mark.kernel

MAKE = """
from IPython.display import HTML, display
import vultorch_widget as vultorch

view = vultorch.View("executed", 320, 200)

@view.on_frame
def frame():
    print("frame", view.frame_count)
    display(HTML("<b>"))

"""
WAIT = "until = view.frame_count + 2; await view.wait(frames=until); view.stop(); print(f'until {until}')"


def test_what_callbacks_put_out_while_another_cell_waits_stands_under_that_cell() -> None:
    notebook = executed(MAKE, "view.run()", WAIT, folder=ROOT)
    made, _, waits = (cell.outputs for cell in notebook.cells)
    said = [output["text"] if output.output_type == "stream" else output.data["text/html"] for output in waits]
    until = int(re.findall(r"until (\d+)", "".join(said))[0])
    assert made == []
    assert f"frame {until - 1}\n<b>" in "".join(said)  # one more frame may run before the cell continues


ALARM = """
import math
import vultorch_widget as vultorch

view = vultorch.View("alarm", 320, 200)
value = 1.0

@view.on_frame
def frame():
    view.log(loss=value)

view.run()
"""
ALARM_LOOP = """
looped = vultorch.View("loop", 320, 200)
for step in range(5):
    looped.step()
    looped.log(loss=math.inf)
    looped.end_step()
print(looped.iteration)
"""


def test_an_alarm_does_not_wait_for_somebody_who_could_resume() -> None:
    waits = "value = math.nan; await view.wait(iterations=view.iteration + 20); view.stop(); print(view.state)"
    notebook = executed(ALARM, waits, ALARM_LOOP, folder=ROOT)
    said = "".join(
        output["text"] for cell in notebook.cells for output in cell.outputs if output.output_type == "stream"
    )
    assert "stopped" in said
    assert "5" in said.splitlines()
    assert "view 'alarm': loss is NaN" in said
    assert "The run goes on: no page is open in which it could be resumed" in said
    assert "loss is infinite (step 1)" in said
