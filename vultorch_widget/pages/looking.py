"""For pages that change how a canvas looks, measure its values, or fetch them as a file."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import numpy as np
import torch

from ..inspection.look import Look
from ..protocol.messages import Measure, Measured, Offered, SaveTexels, SetLook
from ..transfer.downloads import MOST_BYTES
from ..tree.canvas import Canvas
from ..tree.view_tree import Tree
from .channel import Channel
from .file_exchange import Exchange

MOST_SAVED = 8
"""Maximum files of values that are kept for pages to fetch. Each has at most half of `MOST_BYTES`."""


class Looking:
    """Runs on the owner's thread, between two frames. Does nothing unless a page asks."""

    def __init__(self, tree: Tree, channel: Channel, exchange: Exchange) -> None:
        self._tree = tree
        self._channel = channel
        self._exchange = exchange
        self._saved: deque[Path] = deque()  # files that pages may still fetch, newest last

    def hear(self, message: SetLook | Measure | SaveTexels) -> None:
        """Does what a page asks for. What cannot be done is refused with a reason."""
        canvas = self._tree.canvas(message.canvas)
        if canvas is None:
            title = self._tree.title
            self._channel.refuse(f"{message.kind}: view {title!r} has no canvas {message.canvas!r}")
        elif isinstance(message, SetLook):
            self._set(canvas, message)
        elif isinstance(message, Measure):
            self._channel.send(_measured(canvas, message))
        else:
            self._channel.send(self._offered(canvas, message))

    def _set(self, canvas: Canvas, message: SetLook) -> None:
        try:
            canvas.by_hand = Look(
                message.exposure,
                message.offset,
                None if message.colormap == "program" else message.colormap,
                None if message.channels == "program" else message.channels,
            )
        except ValueError as error:
            self._channel.refuse(f"set_look: canvas {canvas.name!r}: {error}")

    def _offered(self, canvas: Canvas, message: SaveTexels) -> Offered:
        token = error = ""
        try:
            token = self._save(canvas)
        except (OSError, RuntimeError, ValueError) as problem:  # RuntimeError: a device may be lost
            error = str(problem)
        return Offered(client=message.client, canvas=canvas.id, token=token, error=error)

    def _save(self, canvas: Canvas) -> str:
        """Writes the true values of ``canvas`` and returns the token of the file."""
        tensor = _bound(canvas).detach()
        size = tensor.numel() * tensor.element_size()
        if size > MOST_BYTES // 2:
            raise ValueError(
                f"the tensor has {size / 1e6:.0f} MB, too many for a page: save it with `numpy.save` in the program"
            )
        if tensor.dtype == torch.bfloat16:
            tensor = tensor.float()  # exact; NumPy has no bfloat16
        values = tensor.cpu().resolve_neg().numpy()
        path = self._exchange.folder.place(f"{canvas.name}.npy")
        self._saved.append(path)
        while len(self._saved) > MOST_SAVED:
            self._exchange.folder.discard(self._saved.popleft())
        np.save(path, values)
        return self._exchange.downloads.offer(path)


def _bound(canvas: Canvas) -> torch.Tensor:
    if canvas.tensor is None or (problem := canvas.problem()):
        raise ValueError(problem if canvas.tensor is not None else "nothing is bound to the canvas")
    return canvas.tensor


def _measured(canvas: Canvas, message: Measure) -> Measured:
    from ..inspection.spread import spread  # noqa: PLC0415 (only needed for a menu)

    least = most = low = high = 0.0
    counts: tuple[int, ...] = ()
    strange, error = 0, ""
    _, channels = canvas.by_hand.colors(canvas.colormap, canvas.channels)
    try:
        found = spread(_bound(canvas), canvas.arrangement, channels)
        least, most, low, high = found.least, found.most, found.low, found.high
        counts, strange = found.counts, found.strange
    except (RuntimeError, ValueError) as problem:  # a device may be lost
        error = str(problem)
    return Measured(
        client=message.client,
        canvas=canvas.id,
        least=least,
        most=most,
        low=low,
        high=high,
        counts=counts,
        strange=strange,
        gain=canvas.gain,
        offset=canvas.offset,
        error=error,
    )
