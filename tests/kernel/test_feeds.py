"""A training in another process, watched from a real kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from .kernel import Kernel

pytestmark = pytest.mark.kernel

ATTACH = """
import os
os.environ["VULTORCH_FEEDS"] = {folder!r}
import subprocess, sys
import vultorch_widget as vultorch
"""
TRAIN = """
import time, torch, vultorch_widget
feed = vultorch_widget.feed("run7")
for step in range(100000):
    feed.show(prediction=torch.full((8, 8), 0.5))
    feed.log(loss=0.5, step=step)
    if feed.stopped:
        break
    time.sleep(0.01)
"""


def test_a_run_outlives_the_kernel_that_watched_it_and_is_stopped_by_the_next(tmp_path: Path) -> None:
    first = Kernel()
    second = Kernel()
    try:
        for kernel in (first, second):
            kernel.run(ATTACH.format(folder=str(tmp_path)))
        first.run(f"training = subprocess.Popen([sys.executable, '-c', {TRAIN!r}], start_new_session=True)")
        process = first.value("training.pid")
        first.run("view = vultorch.View('feeds'); view.attach('run7')")
        first.eventually("len(view.history().get('loss', ())) > 20")
        assert first.value("view.state") == "running"
        first.close()
        second.run("view = vultorch.View('feeds'); view.attach('run7')")
        second.eventually("len(view.history().get('loss', ())) > 20")
        assert second.value("view.history()['loss'][:3, 0].tolist()") == [0.0, 1.0, 2.0]  # from the beginning
        second.run("view.stop()")
        second.eventually(f"not os.path.exists('/proc/{process}') or 'zombie' in open('/proc/{process}/status').read()")
        assert second.value("view._parts.tree.notices")[1:] == []
    finally:
        first.close()
        second.close()
