"""Pairs of canvases that users declare: `View.metrics` and `View.compare`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import torch

from ..basics.arguments import real
from ..controls.measures import Measures
from ..inspection.measuring import Measuring
from ..inspection.pair_metrics import PairMetrics, checked_names, measurable
from ..pictures.colormap import colormap_table
from ..protocol.messages import Compared
from ..protocol.wire import field_types
from ..tree.canvas import Canvas
from ..tree.panel import Panel
from ..tree.view_tree import Tree


def measure(
    tree: Tree,
    measuring: Measuring,
    prediction: Canvas | torch.Tensor,
    target: Canvas | torch.Tensor,
    names: object,
    log: bool | str,
) -> dict[str, float]:
    """Declares a pair of ``tree``, and returns its latest numbers. See `View.metrics`."""
    listed = checked_names(names)
    panel, ours = _found(tree, "metrics", "prediction", prediction)
    other, theirs = _found(tree, "metrics", "target", target)
    if ours is theirs:
        raise ValueError(f"metrics compare two canvases; both prediction and target are {ours.name!r}")
    if ours.tensor is not None and theirs.tensor is not None:
        measurable(ours, theirs, listed)
    pair = measuring.pair(ours, theirs)
    pair.names, pair.logs = listed, _logs(measuring, pair, listed, log)
    label = f"{_spoken(panel, ours)} to {_spoken(other, theirs)}".replace("##", "#")
    shown = panel.store.labelled(Measures, f"{label}###{ours.id} {theirs.id}", pair.items)
    pair.is_shown = lambda: panel.store.is_shown(shown)
    return {name: pair.values[name] for name in listed if name in pair.values}


STOPS = 33
"""How many colours of a colormap pages get. They interpolate between them."""


def compare(tree: Tree, a: object, b: object, mode: str, difference: str, gain: float, colormap: str | None) -> None:
    """Declares that two canvases of ``tree`` are compared. See `View.compare`."""
    _, ours = _found(tree, "compare", "a", a)
    if b is None:
        tree.compared.pop(ours.id, None)
        return
    _, theirs = _found(tree, "compare", "b", b)
    if ours is theirs:
        raise ValueError(f"compare takes two canvases; both a and b are {ours.name!r}")
    for name, value in (("mode", mode), ("difference", difference)):
        choices = get_args(field_types(Compared)[name])
        if value not in choices:
            raise ValueError(f"compare: {name} must be one of {', '.join(map(repr, choices))}, not {value!r}")
    factor = real("compare", "gain", gain)
    if factor <= 0:
        raise ValueError(f"compare: gain must be above 0, not {factor}")
    sizes = [canvas.grid.size[::-1] for canvas in (ours, theirs) if canvas.grid is not None]
    if mode == "difference" and len(set(sizes)) > 1:
        listed = " and ".join(f"{width} x {height}" for width, height in sizes)
        raise ValueError(f"compare: a difference needs pictures of one size, not of {listed} texels")
    choice: dict[str, Any] = {"mode": mode, "difference": difference}
    choice |= {"colormap": colormap or "", "colors": "" if colormap is None else _colors(colormap)}
    tree.compared[ours.id] = Compared(canvas=ours.id, other=theirs.id, gain=factor, **choice)


def _colors(colormap: str) -> str:
    """`STOPS` colours of ``colormap`` in hexadecimal. Raises ValueError for an unknown colormap."""
    try:
        table = colormap_table(colormap)
    except ValueError as error:
        raise ValueError(f"compare: {error}") from error
    at = np.linspace(0, len(table) - 1, STOPS)
    stops = np.stack([np.interp(at, range(len(table)), channel) for channel in table.T], -1)
    return np.round(stops * 255).astype(np.uint8).tobytes().hex()


def found_canvas(tree: Tree, method: str, name: str, value: object) -> Canvas:
    """The canvas of ``tree`` that is ``value``, or shows it. Raises ValueError if there is none."""
    return _found(tree, method, name, value)[1]


def _found(tree: Tree, caller: str, what: str, shown: object) -> tuple[Panel, Canvas]:
    """The canvas that ``shown`` is, or the first that shows it, and its panel."""
    for panel, canvas in _canvases(tree):
        if canvas is shown or (isinstance(shown, torch.Tensor) and _shows(canvas, shown)):
            return panel, canvas
    if isinstance(shown, Canvas):
        raise ValueError(f"{caller}: {what}, canvas {shown.name!r}, is not of view {tree.title!r}")
    if isinstance(shown, torch.Tensor):
        raise ValueError(
            f"{caller}: no canvas of view {tree.title!r} shows {what}, a tensor of shape {tuple(shown.shape)}; bind "
            "it first, or pass the canvas"
        )
    raise ValueError(f"{caller}: {what} must be a canvas or a tensor that one shows, not {type(shown).__name__}")


def _canvases(tree: Tree) -> Iterator[tuple[Panel, Canvas]]:
    for panel in tree.panels.values():
        for canvas in panel.canvases.values():
            yield panel, canvas


def _shows(canvas: Canvas, tensor: torch.Tensor) -> bool:
    """True if ``canvas`` shows ``tensor``: `Canvas.bind` may have detached it."""
    bound = canvas.tensor
    if bound is None or bound is tensor:
        return bound is not None
    alike = (bound.shape, bound.dtype, bound.device) == (tensor.shape, tensor.dtype, tensor.device)
    strided = alike and bound.layout is tensor.layout is torch.strided
    return strided and bound.data_ptr() == tensor.data_ptr() != 0 and bound.stride() == tensor.stride()


def _spoken(panel: Panel, canvas: Canvas) -> str:
    """How users know the canvas: by its panel's name if it is the only one there."""
    return panel.name if len(panel.canvases) == 1 else canvas.name


def _logs(measuring: Measuring, pair: PairMetrics, names: tuple[str, ...], log: bool | str) -> dict[str, str]:
    """The names in the chart, by metric."""
    if log is False:
        return {}
    if log is not True and not isinstance(log, str):
        raise ValueError(f"metrics: log must be True, False or the beginning of the names, not {log!r}")
    logs = {name: name if log is True else f"{log} {name}" for name in names}
    taken = {logged for other in measuring.pairs() if other is not pair for logged in other.logs.values()}
    if twice := sorted(taken & set(logs.values())):
        raise ValueError(f"metrics: another pair logs {twice[0]!r} already; pass log='a name' to tell them apart")
    return logs
