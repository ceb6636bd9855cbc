"""Whether the kernel's and the page's memory stay flat."""

from __future__ import annotations

import time

import numpy as np

from tests.browser.notebook import Notebook

from .bench import Bench, Row
from .samples import Sample

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
WARM = 0.2
"""Part of the frames after which caches are full and memory is to be flat."""
KERNEL_LIMIT = 8.0
"""MiB that the kernel may have grown by: what its allocator keeps back varies by that much."""
HEAP_LIMIT = 2.0
"""MiB, the same of the page."""


def memory(bench: Bench) -> list[Row]:
    """Kernel memory over 20,000 frames and 200 resizes, the page's over the first 5,000 of them."""
    frames, heap_frames, resizes = (600, 400, 40) if bench.quick else (20_000, 5_000, 200)
    with bench.notebook(CELL, probe=False) as notebook:
        notebook.run(0)
        notebook.wait_for_state("running")
        _wait(notebook, heap_frames * WARM)
        before = _heap(notebook)
        _wait(notebook, heap_frames)
        heap = _heap(notebook) - before
        _wait(notebook, frames)
        taken: list[Sample] = notebook.evaluate("taken")
        _resize(notebook, resizes // 4)
        small = _resident(notebook)
        _resize(notebook, resizes)
        grown = _resident(notebook) - small
    sent = taken[-1][3]
    return [
        _flat("kernel", f"over {sent:,} frames sent", _growth(taken), KERNEL_LIMIT),
        _flat("kernel", f"over {resizes} resizes of tensor and page", grown, KERNEL_LIMIT),
        _flat("page's heap", f"over {heap_frames:,} frames", heap, HEAP_LIMIT),
    ]


def _wait(notebook: Notebook, frames: float) -> None:
    """Until so many frames have been sent."""
    deadline = time.monotonic() + 60 + frames / 5
    while notebook.evaluate("taken[-1][3]") < frames:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{notebook.evaluate('taken[-1][3]')} frames were sent, not {frames:.0f}")
        time.sleep(2)


def _growth(taken: list[Sample]) -> float:
    """MiB from the first tenth of the frames after warming up to the last tenth, medians of resident memory."""
    sent = np.array([sample[3] for sample in taken])
    resident = np.array([sample[6] for sample in taken]) / 2**20
    warm, end = sent[-1] * WARM, sent[-1]
    tenth = (end - warm) / 10
    return float(np.median(resident[sent > end - tenth]) - np.median(resident[(sent > warm) & (sent <= warm + tenth)]))


def _heap(notebook: Notebook) -> float:
    """MiB of the page's JavaScript heap, after its garbage collection."""
    session = notebook.page.context.new_cdp_session(notebook.page)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / 2**20


def _resident(notebook: Notebook) -> float:
    notebook.evaluate("__import__('gc').collect()")
    time.sleep(1)
    return float(np.median([sample[6] for sample in notebook.evaluate("taken[-4:]")])) / 2**20


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


def _flat(what: str, when: str, growth: float, limit: float) -> Row:
    return Row("memory", f"{what} {when}", f"{growth:+.1f} MiB", f"≤ {limit:.0f} MiB", growth <= limit)
