"""Whether the kernel's and the page's memory stay flat."""

from __future__ import annotations

import time

from tests.browser.notebook import Notebook

from .bench import Bench, Row

CELL = """
import torch
torch.set_num_threads(1)
import vultorch_widget as vultorch
from tests.benchmarks import samples, work as works

view, work = works.new(works.DisplayBoundTraining(), title="memory")
sizes = []  # of tensors to show instead, one after another

@view.on_frame
def frame():
    work.tick()
    view.log(loss=1 / (1 + view.frame_count))
    if sizes and view.frame_count % 10 == 0:
        tensor = vultorch.create_tensor(*sizes.pop(0), 4, "cpu", window=view.window)
        view.panel("Training Output").canvas("pred").bind(tensor.fill_(0.5))

view.tick_rate = 100
view.run()
taken = samples.start(view)
"""
SIZES = (64, 64), (300, 200), (128, 512), (700, 700)
WARM = 2_500
"""Frames after which what is bounded is full, and memory is to be flat: the page, too, has the replay of 2 MiB."""
KERNEL_LIMIT = 4.0
"""MiB that the kernel may have grown by: its metrics fill up, and pages of memory are not given back in parts."""
HEAP_LIMIT = 2.0
"""MiB, the same of the page."""


def memory(bench: Bench) -> list[Row]:
    """Kernel memory over 20,000 frames and 200 resizes, the page's over the first 5,000 of them."""
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
        _resize(notebook, resizes)  # so that what is kept for each size is there
        kernel = _resident(notebook)
        _resize(notebook, resizes)
        resized = _resident(notebook) - kernel
    return [
        _flat(f"kernel, over {frames:,} frames sent", grown, KERNEL_LIMIT),
        _flat(f"kernel, over {resizes} resizes of tensor and page", resized, KERNEL_LIMIT),
        _flat(f"page's heap, over {heap_frames:,} frames", heap_grown, HEAP_LIMIT),
    ]


def _wait(notebook: Notebook, frames: float) -> None:
    """Until so many frames have been sent."""
    deadline = time.monotonic() + 60 + frames / 5
    while notebook.evaluate("taken[-1][3]") < frames:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{notebook.evaluate('taken[-1][3]')} frames were sent, not {frames:.0f}")
        time.sleep(2)


def _heap(notebook: Notebook) -> float:
    """MiB of the page's JavaScript heap, after its garbage collection."""
    session = notebook.page.context.new_cdp_session(notebook.page)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / 2**20


def _resident(notebook: Notebook) -> float:
    return float(notebook.evaluate("samples.resident()"))


def _resize(notebook: Notebook, count: int) -> None:
    """Half of them new tensors of other sizes, the last always the same; half other sizes of the page."""
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
