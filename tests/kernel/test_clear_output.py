"""``clear_output`` under a view in an executed notebook: what the file contains in the end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.executed import executed

from .kernel import ROOT

pytestmark = pytest.mark.kernel

IMPORTS = """
import threading
import ipywidgets
from IPython.display import HTML, clear_output, display
import vultorch_widget as vultorch
"""
RUN = """
view = vultorch.View("{name}", 320, 200)

@view.on_frame
def frame():
    {body}

view.run(max_frames=4)
await view.wait(frames=4)
{end}
"""

CELLS: dict[str, str] = {}
"""By name: what each test runs in a cell."""


def cell(name: str, *, body: str = "pass", end: str = "") -> str:
    """Adds a cell that runs a view for four frames; ``body`` is that of its callback. Returns its name."""
    CELLS[name] = RUN.format(name=name, body=body.replace("\n", "\n    "), end=end)
    return name


@pytest.fixture(scope="module")
def outputs() -> dict[str, list[Any]]:
    """The outputs of all cells, executed one after another by one kernel."""
    notebook = executed(IMPORTS, *CELLS.values(), folder=ROOT)
    return {name: done.outputs for name, done in zip(CELLS, notebook.cells[1:], strict=True)}


def words(outputs: list[Any]) -> list[str]:
    """What each output says: ``"view"`` for a view. Empty outputs are left out."""
    said = []
    for output in outputs:
        data = output.get("data", {"text/plain": output.get("text", "")})
        if "application/vnd.jupyter.widget-view+json" in data:
            said.append("view")
        else:
            said.append(data.get("text/html", data["text/plain"]))
    return [text for text in said if text]


SOMETIMES = """number = view.frame_count
if number in (0, 2):
    clear_output(wait={wait})
print('frame', number)"""
AT_ONCE = cell("at once", body=SOMETIMES.format(wait=False))
WAITING = cell("waiting", body=SOMETIMES.format(wait=True))


@pytest.mark.parametrize("name", [AT_ONCE, WAITING])
def test_a_callback_clears_what_it_has_put_out_and_leaves_the_view(outputs: dict, name: str) -> None:
    assert words(outputs[name]) == ["view", "frame 2\nframe 3\n"]


EVERY = cell("every", body="clear_output(wait=True); n = view.frame_count; print('frame', n); display(HTML(f'<b>{n}'))")
TO_NOTHING = cell("to nothing", body="clear_output()\nif view.frame_count < 3: print('frame'); display(HTML('<b>'))")


def test_a_callback_that_clears_in_every_frame_leaves_what_the_last_has_put_out(outputs: dict) -> None:
    assert words(outputs[EVERY]) == ["view", "frame 3\n", "<b>3"]
    assert words(outputs[TO_NOTHING]) == ["view"]


FEWER = cell(
    "fewer", body="clear_output(wait=True)\nfor line in range(4 - view.frame_count): display(HTML(f'<b>{line}'))"
)


def test_a_callback_that_puts_out_less_than_the_one_before_leaves_nothing_of_that(outputs: dict) -> None:
    assert words(outputs[FEWER]) == ["view", "<b>0"]


NAMED = cell(
    "named",
    body="clear_output(wait=True); shown = display(HTML('old'), display_id=True); shown.update(HTML('new'))",
)


def test_what_is_displayed_with_a_name_after_a_clear_can_be_updated(outputs: dict) -> None:
    assert words(outputs[NAMED]) == ["view", "new"]


BAR = cell("bar", body="clear_output(wait=True); print('10%', end='\\r'); print('20%')")


def test_a_progress_bar_after_a_clear_overwrites_itself(outputs: dict) -> None:
    assert words(outputs[BAR]) == ["view", "20%\n"]


CELLS["step"] = """
view = vultorch.View("step", 320, 200)
while view.step():
    clear_output(wait=True)
    print("frame", view.frame_count)
    view.end_step()
    if view.frame_count == 3:
        view.stop()
"""


def test_a_loop_in_the_cell_clears_what_it_prints_and_leaves_the_view(outputs: dict) -> None:
    assert words(outputs["step"]) == ["view", "frame 2\n"]


AGAIN = cell("again", end="for n in range(3): clear_output(wait=True); display(view); print(n)")


def test_a_loop_that_clears_the_cell_and_displays_the_view_again_shows_it_once(outputs: dict) -> None:
    assert words(outputs[AGAIN]) == ["view", "2\n"]


CLOSED = cell("closed", body="print('frame')", end="view.close(); clear_output(); print('end')")


def test_a_view_that_is_closed_is_cleared_with_the_cell(outputs: dict) -> None:
    assert words(outputs[CLOSED]) == ["end\n"]


THREAD = cell(
    "thread",
    end="""
def work():
    clear_output()
    print("old")
    clear_output()
    print("new")
    display(HTML("<b>"))
thread = threading.Thread(target=work)
thread.start()
thread.join()
""",
)


def test_a_thread_clears_as_a_callback_does(outputs: dict) -> None:
    assert words(outputs[THREAD]) == ["view", "new\n", "<b>"]


CELLS["boxed"] = """
view = vultorch.View("boxed", 320, 200)
display(ipywidgets.HBox([ipywidgets.VBox([view.widget])]))

@view.on_frame
def frame():
    clear_output(wait=True)
    print("frame", view.frame_count)

view.run(max_frames=3)
await view.wait(frames=3)
"""


def test_a_view_in_a_box_of_widgets_is_left_too(outputs: dict) -> None:
    assert words(outputs["boxed"]) == ["view", "frame 2\n"]
