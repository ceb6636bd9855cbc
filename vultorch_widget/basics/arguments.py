"""Checks of what users pass: each returns the argument as the package has it, or raises and names what was wrong."""

from __future__ import annotations

import functools
import inspect
import math
import reprlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch


def real(where: str, what: str, value: Any) -> float:
    """``value`` as a finite float. Raises ValueError, naming ``where`` and ``what`` it is, where it is none."""
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__float__"):  # a string has none
        raise ValueError(f"{where}: {what} must be a number, not {reprlib.repr(value)}")
    try:
        number = float(value)
    except (OverflowError, RuntimeError, TypeError, ValueError) as error:  # RuntimeError: a tensor of several elements
        raise ValueError(f"{where}: {what} must be one number in a float's range, not {reprlib.repr(value)}") from error
    if not math.isfinite(number):
        raise ValueError(f"{where}: {what} must be finite, not {number}")
    return number


def shares(where: str, what: str, values: Any, count: int) -> tuple[float, ...]:
    """``values``, a sequence, array or tensor of ``count`` numbers in 0..1, as floats. Raises ValueError else."""
    if isinstance(values, torch.Tensor):
        values = values.detach().tolist()
    if not isinstance(values, (Sequence, np.ndarray)) or isinstance(values, str) or len(values) != count:
        raise ValueError(f"{where}: {what} must be {count} numbers in 0..1, not {reprlib.repr(values)}")
    numbers = tuple(real(where, what, value) for value in values)
    if not all(0 <= number <= 1 for number in numbers):
        raise ValueError(f"{where}: {what} must lie in 0..1, not {numbers}")
    return numbers


def available_device(device: str | torch.device, caller: str) -> torch.device:
    """``device`` as torch has it.

    Raises RuntimeError, saying that ``caller`` wanted it, where it is a CUDA device and torch has none.
    """
    place = torch.device(device)
    if place.type == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(f"{caller}: torch has no CUDA here for device {str(device)!r}; pass device='cpu'")
    return place


def checked_tensor(
    what: str, height: int, width: int, channels: int, device: str | torch.device
) -> tuple[int, int, int, torch.device]:
    """The arguments of a picture's tensor, the device as torch has it.

    Raises ValueError, saying ``what`` they were for, for a size below 1 or channels other than 1, 3 and 4; RuntimeError
    for a CUDA device where there is none.
    """
    if height < 1 or width < 1 or channels not in (1, 3, 4):
        wrong = f"height {height}, width {width}, channels {channels}"
        raise ValueError(f"{what}: {wrong}; sizes are at least 1, channels 1, 3 or 4")
    return height, width, channels, available_device(device, what)


def check_callback(callback: Callable[..., object], what: str) -> None:
    """Raises TypeError, which says ``what`` was to take it and what to do, for all that a call would not run.

    That is what cannot be called, coroutine and generator functions (also as methods, in a ``functools.partial`` or as
    ``__call__`` of an object), and classes.
    """
    if not callable(callback):
        raise TypeError(f"{what} takes a function, not {callback!r}")
    inner: Any = callback
    while isinstance(inner, functools.partial):
        inner = inner.func
    if inspect.isclass(inner):
        raise TypeError(f"{what} takes a function, not the class {inner.__name__}: pass an object of it, or a method")
    code = [inner, getattr(type(inner), "__call__", None)]  # noqa: B004 (not whether it can be called: what would be)
    if any(inspect.iscoroutinefunction(each) for each in code):
        raise TypeError(
            f"{what} takes a plain function, not a coroutine function (async def): nothing would await it. "
            "Leave out async, and have what must be awaited run in a task of its own"
        )
    if any(inspect.isgeneratorfunction(each) or inspect.isasyncgenfunction(each) for each in code):
        raise TypeError(
            f"{what} takes a plain function, not a generator function (with yield): nothing would run its body. "
            "Write the body as a loop of your own, `while view.step(): ...`, or register "
            "`functools.partial(next, frames)` with `frames = the_function()`"
        )
