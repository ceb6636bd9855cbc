"""What the axes of a tensor mean, and how its pictures are arranged: one picture, or a grid for a batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import torch

from ..basics.arguments import integer
from . import tensors
from .grid import Columns, Grid, grid
from .tensors import CHANNELS

Layout = Literal["HW", "HWC", "CHW", "NHW", "NHWC", "NCHW"]
Statistics = tuple[tuple[float, ...], tuple[float, ...]]
"""Means and standard deviations, one for all channels or one per channel."""
Normalize = Literal["minmax"] | Statistics | None

GAP = 2
"""Texels between two pictures unless the user says otherwise."""
GAP_GRAY = 0.5
"""The colour painted between the pictures: neither black nor white, which pictures often have at their edges."""

_NAMES: tuple[str, ...] = get_args(Layout)


class Arrangement(NamedTuple):
    """How a tensor is shown. Made by `arrangement`, which checks the values.

    Attributes:
        layout: The meaning of the axes: N pictures, C channels, H rows, W columns. None infers it from the shape.
        columns: Pictures per row of the grid.
        gap: Texels between two pictures.
        normalize: ``"minmax"`` maps the smallest value to 0 and the largest to 1; means and standard deviations undo a
            normalisation, so that ``v`` is shown as ``v * std + mean``.
        scale_each: Whether ``"minmax"`` treats each picture by itself.
        masks: Whether the texels are labels: integers, without channels.

    """

    layout: Layout | None = None
    columns: Columns = "auto"
    gap: int = GAP
    normalize: Normalize = None
    scale_each: bool = False
    masks: bool = False

    def check(self, tensor: torch.Tensor) -> None:
        """Raises ValueError unless ``tensor`` can be shown like this. The error explains how to state what is meant."""
        self._resolved(tensor)
        if self.normalize is not None and self.normalize != "minmax":
            _check_statistics(self.normalize, self.pictures(tensor).shape[3])

    def problem(self, tensor: torch.Tensor) -> str:
        """Why ``tensor`` cannot be shown like this, or ""."""
        try:
            self.check(tensor)
        except ValueError as problem:
            return str(problem)
        return ""

    def pictures(self, tensor: torch.Tensor) -> torch.Tensor:
        """A view of ``tensor`` as (N, H, W, C), with its true values: ``pictures[index, y, x]`` is a texel."""
        layout: str = self._resolved(tensor)
        if "C" not in layout:
            tensor, layout = tensor.unsqueeze(-1), layout + "C"
        if "N" not in layout:
            tensor, layout = tensor.unsqueeze(0), "N" + layout
        return tensor if layout == "NHWC" else tensor.permute(0, 2, 3, 1)

    def grid(self, tensor: torch.Tensor) -> Grid:
        """Where the pictures of ``tensor`` lie in the grid."""
        count, height, width, _ = self.pictures(tensor).shape
        return grid(count, height, width, self.columns, self.gap)

    def single(self, tensor: torch.Tensor) -> torch.Tensor | None:
        """``tensor`` as (H, W) or (H, W, C) if it is one picture and needs no normalisation, otherwise None."""
        if self.normalize is not None or "N" in (layout := self._resolved(tensor)):
            return None
        return tensor.permute(1, 2, 0) if layout == "CHW" else tensor

    def _resolved(self, tensor: torch.Tensor) -> Layout:
        return _resolved_mask(tensor, self.layout) if self.masks else _resolved(tensor, self.layout)


PLAIN = Arrangement()
"""One picture, or a batch whose shape is unambiguous."""


def arrangement(
    layout: Layout | None = None,
    columns: Columns = "auto",
    gap: int = GAP,
    normalize: object = None,
    *,
    scale_each: bool = False,
    masks: bool = False,
) -> Arrangement:
    """Checks the arguments of `Canvas.bind`. Raises ValueError, naming the wrong value."""
    if layout is not None and layout not in _NAMES:
        raise ValueError(f"layout must be None or one of {', '.join(map(repr, _NAMES))}, not {layout!r}")
    if columns != "auto":
        columns = _whole("columns", columns, 1)
    if masks and normalize is not None:
        raise ValueError(f"normalize must be None for labels, which are names rather than amounts, not {normalize!r}")
    return Arrangement(layout, columns, _whole("gap", gap, 0), _normalize(normalize), bool(scale_each), masks)


def laid_out(tensor: torch.Tensor, arranged: Arrangement) -> torch.Tensor:
    """``tensor`` as one picture, (H, W) or (H, W, C): a view if it already is one, otherwise a sheet with grey gaps.

    The values are the tensor's, without normalisation. Raises ValueError as `Arrangement.check` does.
    """
    if (single := arranged.single(tensor)) is not None:
        return single
    pictures, placed = arranged.pictures(tensor), arranged.grid(tensor)
    gray = round(GAP_GRAY * 255) if tensor.dtype == torch.uint8 else GAP_GRAY
    if arranged.masks:
        gray = 255 if tensor.dtype == torch.uint8 else -1  # ignored, usually
    sheet = pictures.new_full((*placed.size, pictures.shape[3]), gray)
    if sheet.numel():
        for index, picture in enumerate(pictures):
            x, y = placed.origin(index)
            sheet[y : y + placed.height, x : x + placed.width] = picture
    return sheet


def _resolved(tensor: torch.Tensor, layout: Layout | None) -> Layout:
    """The layout of ``tensor``, after checking it."""
    if layout is None and not (isinstance(tensor, torch.Tensor) and tensor.dim() in (3, 4)):
        tensors.check(tensor)
        return "HW"
    tensors.check_strided(tensor)
    shape = tuple(tensor.shape)
    layout = _inferred(shape) if layout is None else layout
    if len(layout) != len(shape):
        raise ValueError(f"layout {layout!r} has {len(layout)} axes, but a tensor of shape {shape} has {len(shape)}")
    if "C" in layout and (count := shape[layout.index("C")]) not in CHANNELS:
        each = '. Every channel as a gray picture: `layout="NHW"`'
        if len(shape) == 4:
            each += f" for `tensor.{'flatten(0, 1)' if layout == 'NCHW' else 'movedim(3, 1).flatten(0, 1)'}`"
        raise ValueError(f"layout {layout!r} means {count} channels for shape {shape}; 1, 3 or 4 are shown{each}")
    tensors.check_texels(tensor)
    return layout


def _resolved_mask(tensor: torch.Tensor, layout: Layout | None) -> Layout:
    """The layout of a label map or a batch of them, after checking it. Three axes without one channel are a batch."""
    tensors.check_strided(tensor)
    shape = tuple(tensor.shape)
    if layout is None:
        channel: dict[int, tuple[Layout, ...]] = {3: ("HWC",), 4: ("NCHW", "NHWC")}
        usual: dict[int, Layout] = {2: "HW", 3: "NHW"}
        ways = [name for name in channel.get(len(shape), ()) if shape[name.index("C")] == 1]
        layout = ways[0] if ways else usual.get(len(shape))
    if layout is None:
        raise ValueError(f"labels of shape {shape} are neither (H, W) nor a batch (N, H, W): each texel has one label")
    if len(layout) != len(shape):
        raise ValueError(f"layout {layout!r} has {len(layout)} axes, but labels of shape {shape} have {len(shape)}")
    if "C" in layout and shape[layout.index("C")] != 1:
        raise ValueError(
            f"layout {layout!r} means {shape[layout.index('C')]} channels for shape {shape}; labels have 1"
        )
    tensors.check_labels(tensor)
    return layout


def _inferred(shape: tuple[int, ...]) -> Layout:
    """The only layout that ``shape`` can mean. If there are several, raises ValueError with the ways to choose one."""
    if len(shape) == 3:
        if shape[2] in CHANNELS:
            return "HWC"
        raise ValueError(_several(shape, _first_axis(shape)))
    first, last = shape[1] in CHANNELS, shape[3] in CHANNELS
    if first != last:
        return "NCHW" if first else "NHWC"
    if first:
        ways = f'{shape[0]} pictures with the channels first: `layout="NCHW"`; or last: `layout="NHWC"`'
        raise ValueError(_several(shape, ways))
    each = 'Every slice as a gray picture: `tensor.flatten(0, 1)` with `layout="NHW"`'
    raise ValueError(f"a tensor of shape {shape} has no axis of 1, 3 or 4 channels. {each}")


def _first_axis(shape: tuple[int, ...]) -> str:
    batch = f'{shape[0]} gray pictures: `layout="NHW"`'
    if shape[0] in CHANNELS:
        return f'One picture with the channels first: `layout="CHW"` (or `tensor.permute(1, 2, 0)`); {batch}'
    colors = ", or `tensor[..., :3]` if these are colours" if shape[2] > 3 else ""
    return f"{batch}; one channel of {shape[2]}: `tensor[..., 0]`{colors}"


def _several(shape: tuple[int, ...], ways: str) -> str:
    return f"a tensor of shape {shape} could be meant in two ways: pass `layout`. {ways}"


def _whole(name: str, value: object, least: int) -> int:
    number = integer(value)
    if number is None or number < least:
        also = " or 'auto'" if name == "columns" else ""
        raise ValueError(f"{name} must be a whole number of at least {least}{also}, not {value!r}")
    return number


def _normalize(value: Any) -> Normalize:
    if value is None:
        return None
    if isinstance(value, str) and value == "minmax":
        return "minmax"
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2:
        means, deviations = map(_numbers, value)
        if means and deviations and all(each > 0 for each in deviations):
            return means, deviations
    raise ValueError(
        "normalize must be None, 'minmax' or (mean, std), each a finite number or one per channel and std above 0, "
        f"not {value!r}"
    )


def _numbers(value: Any) -> tuple[float, ...]:
    """``value``, a number or a sequence, array or tensor of them; empty if it is anything else."""
    try:
        flat = torch.as_tensor(value, dtype=torch.float64).reshape(-1).tolist()
    except (TypeError, ValueError, RuntimeError):
        return ()
    return tuple(flat) if all(map(math.isfinite, flat)) else ()


def _check_statistics(statistics: Statistics, channels: int) -> None:
    for name, values in zip(("mean", "std"), statistics, strict=True):
        if len(values) not in (1, channels):
            raise ValueError(
                f"normalize has {len(values)} values for {name}, and the pictures have {channels} channels"
            )
