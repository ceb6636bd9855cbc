"""An executed notebook keeps everything that its views showed."""

from __future__ import annotations

from pathlib import Path

import pytest

from vultorch_widget.export.execute import execute
from vultorch_widget.export.saved_views import saved_views

from .notebooks import code, notebook

pytestmark = pytest.mark.kernel

LOOP = """
import vultorch_widget as vultorch
loop = vultorch.View("loop", 400, 300)
loop.panel("p").canvas("c").alloc(8, 8, device="cpu")
while loop.step():
    loop.log(loss=1.0)
    loop.end_step()
    if loop.frame_count == 60:
        break
"""
TICKER = """
view = vultorch.View("ticker", 400, 300, tick_rate=200)
view.panel("p").canvas("c").alloc(8, 8, device="cpu")

@view.on_frame
def frame():
    view.log(loss=1.0)

view.run()
"""


def test_loops_and_runs_are_saved_up_to_the_end_of_the_notebook(tmp_path: Path) -> None:
    node = notebook(
        code(LOOP),
        code(TICKER),
        code("await view.wait(frames=5)"),
        code("await view.wait(frames=view.frame_count + 3)\nprint(view.iteration)"),
        kernelspec={"name": "python3", "display_name": "Python 3"},
    )
    execute(node, tmp_path, lambda cells: None)
    assert len(node.cells) == 4
    replays = {view.replay["title"]: view.replay for view in saved_views(node.metadata).values() if view.replay}
    assert replays["loop"]["last"] == 60
    assert replays["ticker"]["last"] >= int(node.cells[3].outputs[0].text)
