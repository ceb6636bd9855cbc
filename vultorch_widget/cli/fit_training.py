"""A training that a command runs: a headless view, its progress in the terminal, and a notebook of the result."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..api.fit_image import fit_image
from .fit_notebook import story

STEPS_PER_FRAME = 6
READOUT_INTERVAL = 0.25
"""Seconds between two readings of the PSNR: each one synchronises with the device."""
STATE = "application/vnd.jupyter.widget-state+json"


class Training:
    """A network that learns the picture at ``image`` for ``steps`` steps.

    ``options`` are those of `fit_image` that the notebook repeats. Raises what `fit_image` raises.
    """

    def __init__(self, image: Path, steps: int, device: str, options: dict[str, Any]) -> None:
        self._image = image
        self._steps = steps
        self._view = fit_image(image, **options, steps_per_frame=STEPS_PER_FRAME, device=device, headless=True)
        self._options = {**options, "lr": self._view.fit.lr}
        self._widget = self._view.widget  # holds the replay and the poster, as in a notebook
        self._panel = self._view.panel("Training")
        self._read_at = -math.inf

    @property
    def iteration(self) -> int:
        """Steps taken."""
        return self._view.fit.iteration

    @property
    def psnr(self) -> float:
        """PSNR of the last picture, in dB."""
        return self._view.fit.psnr

    def run(self, console: Console) -> bool:
        """Trains to the end or until Ctrl-C. Returns True if it was interrupted."""
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[readout]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as progress:
            self._watch(progress)
            try:
                self._view.run(max_frames=math.ceil(self._steps / STEPS_PER_FRAME))
            except KeyboardInterrupt:
                return True
            finally:
                self._view.pause()  # saves the replay
        return False

    def _watch(self, progress: Progress) -> None:
        task = progress.add_task(self._image.name, total=self._steps, readout="")
        self._fit_last_frame()
        begun = time.monotonic()

        @self._panel.on_frame
        def after_frame() -> None:
            self._fit_last_frame()
            now = time.monotonic()
            progress.update(task, completed=self.iteration)
            if now - self._read_at >= READOUT_INTERVAL or self.iteration >= self._steps:
                self._read_at = now
                speed = self.iteration / max(now - begun, 1e-9)
                # PSNR = -10 log10(loss), the mean squared error.
                readout = f"loss {10 ** (-self.psnr / 10):.5f} · PSNR {self.psnr:.2f} dB · {speed:,.0f} steps/s"
                progress.update(task, readout=readout)

    def _fit_last_frame(self) -> None:
        """Shortens the last frame if the number of steps is not a multiple of `STEPS_PER_FRAME`."""
        left = self._steps - self.iteration
        if 0 < left < STEPS_PER_FRAME:
            self._panel.set("steps per frame", left)

    def notebook(self) -> Any:
        """Returns a notebook that repeats this training, with this run's results as its outputs. Closes the view."""
        from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output  # noqa: PLC0415 (an extra)

        bundle = self._view._repr_mimebundle_()
        data, *_ = bundle if isinstance(bundle, tuple) else (bundle,)
        state = json.loads(json.dumps(self._widget.get_manager_state()))
        cells = []
        for number, (kind, text) in enumerate(
            story(self._image, self._options, self._steps, self.iteration, self.psnr)
        ):
            cell = new_markdown_cell(text) if kind == "markdown" else new_code_cell(text)  # type: ignore[no-untyped-call]
            cell.id = f"cell-{number:02d}"
            if kind == "view":
                cell.outputs = [new_output("display_data", data)]  # type: ignore[no-untyped-call]
            cells.append(cell)
        metadata = {
            "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"},
            "language_info": {"name": "python"},
            "widgets": {STATE: state},
        }
        self._view.close()
        return new_notebook(cells=cells, metadata=metadata)  # type: ignore[no-untyped-call]
