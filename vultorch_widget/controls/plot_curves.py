"""The curves of a plot, from a user's sequences, arrays, or tensors on any device."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from ..basics.storage import check_memory
from ..protocol.controls import Curve

MAX_POINTS = 1024
"""Maximum points of a curve sent to the page, which draws it no wider. Only the extremes of longer curves are sent."""
MAX_CURVES = 12
"""Maximum curves of one plot: six colours, each with a solid and a dashed line."""


def curves(where: str, values: Any) -> tuple[Curve, ...]:
    """Returns one unnamed curve, or one for each entry of a mapping from names.

    Raises ValueError, naming ``where`` and the series, if the values are not a sequence, array or tensor (n,) of real
    numbers, if a name is not a string or is empty, or if there are more than `MAX_CURVES`.
    """
    if not isinstance(values, Mapping):
        return (_curve(f"{where}: values", "", values),)
    if len(values) > MAX_CURVES:
        raise ValueError(f"{where}: values has {len(values)} series; a plot takes at most {MAX_CURVES}")
    for name in values:
        if not isinstance(name, str) or not name:
            raise ValueError(f"{where}: the name of a series must be a string that is not empty, not {name!r}")
    return tuple(_curve(f"{where}: series {name!r}", name, series) for name, series in values.items())


def _curve(where: str, name: str, values: Any) -> Curve:
    array = _array(where, values)
    points = thinned(array, MAX_POINTS).tolist()
    shown = tuple(value if math.isfinite(value) else None for value in points)
    return Curve(name=name, values=shown, length=array.size)


def _array(where: str, values: Any) -> np.ndarray:
    """Returns the values as a float64 array (n,)."""
    if isinstance(values, torch.Tensor):
        check_memory(values)
    elif not isinstance(values, np.ndarray):
        try:
            values = list(values)  # also a deque or a generator
        except TypeError as error:
            raise ValueError(f"{where} must be a sequence, array or tensor, not {reprlib.repr(values)}") from error
    try:
        array = _on_host(values).numpy() if isinstance(values, torch.Tensor) else np.asarray(_numbers(values))
        if array.dtype.kind not in "biuf":
            array = array.astype(np.float64, casting="safe") if array.size else np.empty(0)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"{where} must be real numbers, not {reprlib.repr(values)}") from error
    if array.ndim != 1:
        raise ValueError(f"{where} must have one dimension, not shape {array.shape}")
    return array.astype(np.float64)


def _numbers(values: list[Any] | np.ndarray) -> list[Any] | np.ndarray:
    """Replaces tensors by numbers. They are read together, because each reading would wait for the GPU."""
    if isinstance(values, np.ndarray):
        return values
    places = [place for place, value in enumerate(values) if isinstance(value, torch.Tensor)]
    tensors = [values[place].detach() for place in places]
    if len({tensor.device for tensor in tensors}) > 1:
        tensors = [tensor.cpu() for tensor in tensors]
    if tensors:
        for place, number in zip(places, _on_host(torch.stack(tensors)).tolist(), strict=True):
            values[place] = number
    return values


def _on_host(tensor: torch.Tensor) -> torch.Tensor:
    """Returns the tensor in host memory, without bfloat16, which NumPy lacks."""
    tensor = tensor.detach().cpu().resolve_neg()
    return tensor.double() if tensor.is_floating_point() else tensor


def thinned(array: np.ndarray, most: int) -> np.ndarray:
    """Returns at most ``most`` (even) values of a float64 array (n,): the extremes of equal parts, in order."""
    if array.size <= most:
        return array
    parts = np.array_split(array, most // 2)
    picks: list[float] = []
    for part in parts:
        finite = np.flatnonzero(np.isfinite(part))
        if finite.size == 0:
            picks.extend((math.nan, math.nan))  # the same width as any other part
            continue
        extremes = sorted((finite[part[finite].argmin()], finite[part[finite].argmax()]))
        picks.extend(part[extremes])
    return np.array(picks)
