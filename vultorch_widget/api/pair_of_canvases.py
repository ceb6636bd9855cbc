"""`View.metrics`: finds the canvases of a pair, checks what is asked, and shows the numbers in a panel."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ..controls.measures import Measures
from ..inspection.measuring import Measuring
from ..inspection.pair_metrics import PairMetrics, checked_names, measurable
from ..tree.canvas import Canvas
from ..tree.panel import Panel
from ..tree.view_tree import Tree


def declared(
    tree: Tree,
    measuring: Measuring,
    prediction: Canvas | torch.Tensor,
    target: Canvas | torch.Tensor,
    names: object,
    log: bool | str,
) -> dict[str, float]:
    """Declares a pair of ``tree``, and returns its last numbers. See `View.metrics`."""
    listed = checked_names(names)
    panel, ours = _found(tree, "prediction", prediction)
    other, theirs = _found(tree, "target", target)
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


def _found(tree: Tree, what: str, shown: object) -> tuple[Panel, Canvas]:
    """The canvas that ``shown`` is, or the first that shows it, and its panel."""
    for panel, canvas in _canvases(tree):
        if canvas is shown or (isinstance(shown, torch.Tensor) and _shows(canvas, shown)):
            return panel, canvas
    if isinstance(shown, Canvas):
        raise ValueError(f"metrics: the {what}, canvas {shown.name!r}, is not of view {tree.title!r}")
    if isinstance(shown, torch.Tensor):
        raise ValueError(
            f"metrics: no canvas of view {tree.title!r} shows the {what}, a tensor of shape {tuple(shown.shape)}; bind "
            "it first, or pass the canvas"
        )
    raise ValueError(f"metrics: the {what} must be a canvas or a tensor that one shows, not {type(shown).__name__}")


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
    """What users call the canvas: its panel's name if it is the only one there."""
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
