"""A notebook that nbclient executes keeps what callbacks put out."""

from __future__ import annotations

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.patience import PATIENCE

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
WAIT = "until = view.frame_count + 2; await view.wait(frames=until); view.stop(); print(until)"


def test_what_callbacks_put_out_while_another_cell_waits_stands_under_that_cell() -> None:
    notebook = new_notebook(cells=[new_code_cell(source) for source in (MAKE, "view.run()", WAIT)])
    NotebookClient(notebook, timeout=PATIENCE, kernel_name="python3").execute(cwd=str(ROOT))
    made, _, waits = (cell.outputs for cell in notebook.cells)
    said = [output["text"] if output.output_type == "stream" else output.data["text/html"] for output in waits]
    until = int(said[-1])
    assert made == []
    assert f"frame {until - 1}\n<b>" in "".join(said)  # a frame more may come before the cell goes on
