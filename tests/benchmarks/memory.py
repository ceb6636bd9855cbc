"""Whether the kernel's and the page's memory stay flat."""

from __future__ import annotations

import time

from tests.browser.notebook import Notebook

from .bench import Bench, Row

CELL = """
import torch
torch.set_num_threads(1)
import vultorch_widget as vultorch
from tests.benchmarks import work as works
from tests.benchmarks.resident import resident

view, work = works.new(works.DisplayBoundTraining(), title="memory")
sizes = []  # of tensors to show instead, one after another

@view.on_frame
def frame():
    work.tick()
    work.started.clear()  # the benchmark's own notes would grow
    del work.ready[:-1]
    view.log(loss=1 / (1 + view.frame_count))
    if sizes and view.frame_count % 10 == 0:
        tensor = vultorch.create_tensor(*sizes.pop(0), 4, "cpu", window=view.window)
        view.panel("Training Output").canvas("pred").bind(tensor.fill_(0.5))

view.tick_rate = 100
view.run()
"""
SIZES = (64, 64), (300, 200), (128, 512), (700, 700)
WARM = 5_000
"""Frames after which everything bounded is full and memory should be flat. The replay, of 240 key frames, is last."""
LIMIT = 1.0
"""MiB by which memory may grow: points of the chart are merged now and then, and memory is freed in whole pages."""
RESIZE_LIMIT = 4.0
"""The same after sizes have changed: buffers of different sizes leave gaps. It does not grow from 200 to 1,600."""


def memory(bench: Bench) -> list[Row]:
    """Kernel memory over 20,000 frames and 200 resizes, and the page's over the first 5,000 of them.

    JupyterLab saves the notebook now and then, and holds another copy of the replay from then on. So the page's heap is
    always read just after a save.
    """
    warm, frames, heap_frames, resizes = (300, 600, 400, 40) if bench.quick else (WARM, 20_000, 5_000, 200)
    with bench.notebook(CELL, probe=False) as notebook:
        notebook.run(0)
        notebook.wait_for_state("running")
        _wait(notebook, warm)
        heap, kernel = _heap(notebook), _resident(notebook)
        _wait(notebook, warm + heap_frames)
        heap_grown = _heap(notebook) - heap
        _wait(notebook, warm + frames)
        grown = _resident(notebook) - kernel
        _resize(notebook, resizes)  # creates what is kept for each size
        kernel = _resident(notebook)
        _resize(notebook, resizes)
        resized = _resident(notebook) - kernel
    return [
        _flat(f"kernel, over {frames:,} frames sent", grown, LIMIT),
        _flat(f"kernel, over {resizes} resizes of tensor and page", resized, RESIZE_LIMIT),
        _flat(f"page's heap, over {heap_frames:,} frames", heap_grown, LIMIT),
    ]


def _wait(notebook: Notebook, frames: float) -> None:
    """Waits until this many frames have been sent."""
    deadline = time.monotonic() + 60 + frames / 5
    while (sent := notebook.evaluate("view._parts.pacer._seq")) < frames:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{sent} frames were sent, not {frames:.0f}")
        time.sleep(2)


def _heap(notebook: Notebook) -> float:
    """MiB of the page's JavaScript heap, after a save and a garbage collection."""
    notebook.command("docmanager:save")
    time.sleep(3)
    session = notebook.page.context.new_cdp_session(notebook.page)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / 2**20


def _resident(notebook: Notebook) -> float:
    return float(notebook.evaluate("resident()"))


def _resize(notebook: Notebook, count: int) -> None:
    """Half are new tensors of different sizes, ending with the same one; half are different sizes of the page."""
    sizes = [SIZES[i % len(SIZES)] for i in range(count // 2 - 1)] + [(256, 256)]
    notebook.kernel.execute(f"sizes[:] = {sizes}", silent=True)
    for i in range(count // 2):
        notebook.page.set_viewport_size({"width": 1000 + 50 * (i % 9), "height": 1000})
        time.sleep(0.15)
    deadline = time.monotonic() + 60
    while notebook.evaluate("len(sizes)") > 0:
        if time.monotonic() > deadline:
            raise RuntimeError("the view did not run on while it was resized")
        time.sleep(0.2)


def _flat(figure: str, growth: float, limit: float) -> Row:
    return Row("memory", figure, f"{growth:+.1f} MiB", f"≤ {limit:.0f} MiB", growth <= limit)
