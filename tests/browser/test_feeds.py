"""Two ranks of a torchrun training, watched and steered from JupyterLab."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.patience import wait_until
from vultorch_widget.basics.processes import has_ended
from vultorch_widget.feeds import register

from .conftest import OpenNotebook

pytestmark = pytest.mark.browser

RANKS = Path(__file__).parents[1] / "feeds" / "ranks.py"
WATCH = """
import os
os.environ["VULTORCH_FEEDS"] = {folder!r}
import vultorch_widget as vultorch
view = vultorch.View("ranks", 1000, 420)
view.attach("run7")
"""
MOVES = """
ids => {
    window.seen ??= {};
    for (const id of ids) {
        const canvas = document.querySelector(`[data-vw-canvas="${id}"]`);
        if (canvas?.width > 1) (window.seen[id] ??= new Set()).add(canvas.toDataURL());
    }
    return ids.every((id) => window.seen[id]?.size >= 5);
}
"""
AT_REST = "ids => ids.every((id) => document.querySelector(`[data-vw-canvas='${id}']`).dataset.lossless === 'true')"
PICTURES = [f"run7 · rank {rank}/prediction" for rank in (0, 1)]


def test_two_ranks_move_are_steered_in_the_same_step_and_one_that_is_killed_is_named(
    open_notebook: OpenNotebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VULTORCH_FEEDS", str(tmp_path / "feeds"))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    training = subprocess.Popen([*torchrun, str(RANKS), "run7", str(tmp_path)], start_new_session=True)
    try:
        notebook = open_notebook([WATCH.format(folder=str(tmp_path / "feeds")), "view"])
        notebook.run(0)
        notebook.root.evaluate("root => root.scrollIntoView({ block: 'center' })")
        notebook.wait_until(MOVES, PICTURES)
        track = notebook.control("slider:rate").locator("input[type=range]")
        track.focus()
        track.press("End")
        files = [tmp_path / f"rank{rank}" for rank in (0, 1)]
        wait_until(lambda: all(" 1.0\n" in file.read_text() for file in files))
        first, second = ([line for line in file.read_text().splitlines() if line.endswith(" 1.0")] for file in files)
        assert first[0] == second[0]

        processes = [register.find("run7", rank).pid for rank in (0, 1)]  # type: ignore[union-attr]
        training.kill()  # first, or it would end the other rank as well
        os.kill(processes[1], signal.SIGKILL)
        gone = "view.panel('run7 · rank 1').canvas('prediction').marks()[0].caption"
        assert notebook.eventually(f"'gone since' in {gone}")
        notebook.wait_until("() => window.seen = {}")
        notebook.wait_until(MOVES, PICTURES[:1])
        notebook.button("Stop").click()
        wait_until(lambda: has_ended(processes[0]))
        notebook.wait_until(AT_REST, PICTURES)
    finally:
        training.kill()
        training.wait()
        for rank in register.ranks("run7"):
            announced = register.find("run7", rank)
            with suppress(psutil.Error):
                process = psutil.Process(announced.pid)  # type: ignore[union-attr]
                if str(RANKS) in process.cmdline():
                    process.kill()
