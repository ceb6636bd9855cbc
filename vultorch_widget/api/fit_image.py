"""`fit_image` turns a picture into a live training: an `ImageFit` in a view with controls."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import torch

from ..basics.arguments import available_device, integer, real
from ..notebook.host import in_notebook
from ..pictures.arrangement import Layout
from ..training.encodings import Encoding, checked_encoding
from ..training.image_fit import ImageFit, default_lr
from ..training.method import Method, Precision
from ..training.target import as_target
from .continuing import Continued, Output, Samples
from .view import View

WIDTHS = (16, 32, 64, 128, 256)
LR_RANGE = (1e-5, 1e-1)
MOST_STEPS: dict[Method, int] = {"fused": 10_000, "graph": 1_000, "blocked": 50, "eager": 50}
"""Maximum steps per frame, by `ImageFit.method`: a frame with this many takes about a second."""
_SINGLE = 1e-7
"""Relative error of a learning rate in float32, where 0.1 is slightly more than 0.1."""
READOUT_INTERVAL = 0.25
"""Seconds between two readings of the PSNR, each of which waits for the device."""


class FitView(View):
    """The view that `fit_image` returns. Displaying it in a notebook starts it.

    Attributes:
        fit: The training.
        continue_reason: Why a page cannot continue the training; empty if it can.

    """

    _SETTABLE = frozenset({"fit", "continue_reason"})

    fit: ImageFit
    continue_reason: str

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        self._begin()
        return bundle

    def _display_(self) -> object:
        shown = super()._display_()
        self._begin()
        return shown

    def _begin(self) -> None:
        if self.state == "idle" and not self.headless and in_notebook():
            self.run()


def fit_image(
    source: Any,
    *,
    size: int | tuple[int, int] | None = 256,
    width: int = 64,
    lr: float | None = None,
    steps_per_frame: int = 6,
    device: str | torch.device | None = None,
    title: str | None = None,
    seed: int = 0,
    precision: Precision = "exact",
    encoding: Encoding | None = None,
    layout: Layout | None = None,
    **view_options: Any,
) -> FitView:
    """Returns a view in which a tiny network learns a picture, with the ground truth next to the network's output.

    As the last expression of a cell it starts at once. Elsewhere, start it with `View.run`.

    ::

        fit_image("photo.jpg")

    The view has controls for learning rate, steps per frame and hidden width. Changing the width, or Reset, restarts
    the network. The loss is logged once per frame, at the number of steps since the chart was last empty. If steps on a
    GPU do not run by this package's kernels, the panel says why.

    A large or detailed picture needs an encoding, which shows it sharp after a few hundred steps::

        fit_image("photo.jpg", size=512, encoding="hash")

    Args:
        source: A path, Pillow image, array or tensor; see `as_target`. Transparency is laid over white.
        size: Maximum pixels of the longer side, or exactly (height, width); see `as_target`. None keeps the original.
        width: Units of each of the two hidden layers, at least 1.
        lr: Initial learning rate of Adam, in 1e-5..1e-1. None is 2e-3, or 1e-2 with a hash grid.
        steps_per_frame: Initial number of training steps between two pictures, 1 to 50, on a GPU 1 to 1,000, or 1 to
            10,000 if it has kernels for them (see `ImageFit.method`).
        device: Device to train on. None is the GPU if torch has CUDA, otherwise the CPU.
        title: Title of the view. None uses the file's name if ``source`` is a path.
        seed: Seed of the network's initial parameters.
        precision: ``"exact"``, ``"fast"`` or ``"torch"``; see `ImageFit`.
        encoding: None, ``"fourier"`` or ``"hash"``; see `ImageFit`. Exported pages replay any of them, and can continue
            a training unless it has a hash grid or very many pixels; `FitView.continue_reason` says so.
        layout: The meaning of the axes of an array or tensor, such as ``"CHW"``; see `as_target`.
        **view_options: Passed to `View`.

    Raises ValueError for values out of range, RuntimeError if a CUDA device is not available, and what `as_target` and
    `View` raise. Then no view is created, and an open view of the same title stays open.

    """
    lr = _checked_lr(default_lr(checked_encoding(encoding)) if lr is None else lr)
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    device = available_device(device, "fit_image")
    target = as_target(source, size, layout)
    fit = ImageFit(target, width=width, lr=lr, seed=seed, device=device, precision=precision, encoding=encoding)
    steps_per_frame = _checked_steps(steps_per_frame, _most_steps(fit))
    view = FitView(title or _title(source), **{"width": 1200, "height": 560} | view_options)
    view.fit = fit
    _Training(view, steps_per_frame)
    return view


class _Training:
    """The work of each frame of ``view``: controls, steps, a picture, a point in the chart."""

    def __init__(self, view: FitView, steps_per_frame: int) -> None:
        self._view = view
        self._fit = fit = view.fit
        self._defaults = fit.lr, steps_per_frame, fit.width
        self._widths = sorted({*WIDTHS, fit.width})
        self._panel = view.panel("Training", side="right", width=0.24)
        view.panel("GT").canvas("gt").bind(fit.target)
        height, columns = fit.target.shape[:2]
        canvas = view.panel("Training Output").canvas("prediction")
        self._picture = canvas.alloc(height, columns, 4, fit.device)
        self._let_pages_go_on(Output(canvas.id, height, columns))
        self._picture[..., 3] = 1.0
        self._psnr_at = -READOUT_INTERVAL
        self._psnr = ""
        self._controls()  # creates them, and detects wrong values, before the first frame
        self._paint()
        view.on_frame(self.frame)
        view.reset(self.start_over)

    def _let_pages_go_on(self, output: Output) -> None:
        fit = self._fit
        parts = self._view._parts
        self._view.continue_reason = ""
        try:
            training = Continued(
                lambda: (fit.model, fit.optimizer),
                Samples(fit.coords, fit.target.reshape(-1, 3), output),
                "mse",
                output,
                parts.tree,
                steps=self._defaults[1],
                controls={"lr": "learning rate", "steps": "steps per frame"},
            )
        except ValueError as error:  # a hash grid, or more than a page takes
            self._view.continue_reason = str(error)
        else:
            parts.offscreen.replay.train_on(training)

    def frame(self) -> None:
        steps = self._controls()
        loss = self._fit.step(steps)
        self._paint()
        self._view.log(step=self._view.iteration + steps, loss=loss)
        self._report()

    def start_over(self) -> None:
        self._fit.reset()
        self._paint()

    def _controls(self) -> int:
        """Draws the controls, applies their values, and returns the number of steps to take."""
        lr, steps, width = self._defaults
        self._fit.lr = self._panel.slider("learning rate", *LR_RANGE, default=lr, log=True)
        most = _most_steps(self._fit)
        steps = self._panel.slider_int("steps per frame", 1, most, default=min(steps, most))
        names = [str(units) for units in self._widths]
        chosen = self._widths[self._panel.combo("hidden width", names, default=self._widths.index(width))]
        if chosen != self._fit.width:
            self._fit.reset(width=chosen)
        return min(steps, _most_steps(self._fit))  # another width may be slower

    def _paint(self) -> None:
        self._picture[..., :3] = self._fit.predict()

    def _report(self) -> None:
        now = time.monotonic()
        if now - self._psnr_at >= READOUT_INTERVAL:
            self._psnr, self._psnr_at = f"PSNR {self._fit.psnr:.2f} dB", now
        self._panel.separator()
        self._panel.text(f"step {self._fit.iteration:,}")
        self._panel.text(self._psnr)
        if self._fit.model.encoding is not None:
            self._panel.text(self._fit.model.encoding.summary)
        if self._fit.device.type != "cpu" and self._fit.method_reason:
            self._panel.text_wrapped(f"slower steps ({self._fit.method}): {self._fit.method_reason}")


def _checked_lr(lr: float) -> float:
    rate, (low, high) = real("fit_image", "lr", lr), LR_RANGE
    if not low * (1 - _SINGLE) <= rate <= high * (1 + _SINGLE):
        raise ValueError(f"lr must be in {low:g}..{high:g}, not {lr}")
    return min(max(rate, low), high)


def _most_steps(fit: ImageFit) -> int:
    return MOST_STEPS[fit.method]


def _checked_steps(steps: int, most: int) -> int:
    number = integer(steps)
    if number is None or not 1 <= number <= most:
        raise ValueError(f"steps_per_frame must be a whole number in 1..{most}, not {steps}")
    return number


def _title(source: Any) -> str:
    return f"Learning {Path(source).name}" if isinstance(source, (str, os.PathLike)) else "Learning a picture"
