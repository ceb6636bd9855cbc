"""Checks of user arguments. Each returns the argument in the package's form, or raises and names the problem."""

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
    """``value`` as a finite float. Raises ValueError, naming ``where`` and ``what``, if it is not a finite number."""
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__float__"):  # strings have no __float__
        raise ValueError(f"{where}: {what} must be a number, not {reprlib.repr(value)}")
    try:
        number = float(value)
    except (OverflowError, RuntimeError, TypeError, ValueError) as error:  # RuntimeError: a tensor of several elements
        raise ValueError(f"{where}: {what} must be one number in a float's range, not {reprlib.repr(value)}") from error
    if not math.isfinite(number):
        raise ValueError(f"{where}: {what} must be finite, not {number}")
    return number


def shares(where: str, what: str, values: Any, count: int) -> tuple[float, ...]:
    """``values``, a sequence, array or tensor of ``count`` numbers in 0..1, as floats. Otherwise raises ValueError."""
    if isinstance(values, torch.Tensor):
        values = values.detach().tolist()
    if not isinstance(values, (Sequence, np.ndarray)) or isinstance(values, str) or len(values) != count:
        raise ValueError(f"{where}: {what} must be {count} numbers in 0..1, not {reprlib.repr(values)}")
    numbers = tuple(real(where, what, value) for value in values)
    if not all(0 <= number <= 1 for number in numbers):
        raise ValueError(f"{where}: {what} must lie in 0..1, not {numbers}")
    return numbers


def available_device(device: str | torch.device, caller: str) -> torch.device:
    """``device`` as a torch device.

    Raises RuntimeError, naming ``caller``, if it is a CUDA device and torch has none.
    """
    place = torch.device(device)
    if place.type == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(f"{caller}: torch has no CUDA here for device {str(device)!r}; pass device='cpu'")
    return place


def checked_tensor(
    what: str, height: int, width: int, channels: int, device: str | torch.device
) -> tuple[int, int, int, torch.device]:
    """The checked arguments for a picture's tensor, with ``device`` as a torch device.

    Raises ValueError, naming ``what``, for a size below 1 or channels other than 1, 3 and 4; RuntimeError for a CUDA
    device that is not available.
    """
    if height < 1 or width < 1 or channels not in (1, 3, 4):
        wrong = f"height {height}, width {width}, channels {channels}"
        raise ValueError(f"{what}: {wrong}; sizes are at least 1, channels 1, 3 or 4")
    return height, width, channels, available_device(device, what)


def check_callback(callback: Callable[..., object], what: str) -> None:
    """Raises TypeError if calling ``callback`` would not run it. The error names ``what`` and the remedy.

    This concerns objects that are not callable, coroutine and generator functions (also as methods, in a
    ``functools.partial`` or as an object's ``__call__``), and classes.
    """
    if not callable(callback):
        raise TypeError(f"{what} takes a function, not {callback!r}")
    inner: Any = callback
    while isinstance(inner, functools.partial):
        inner = inner.func
    if inspect.isclass(inner):
        raise TypeError(f"{what} takes a function, not the class {inner.__name__}: pass an object of it, or a method")
    code = [inner, getattr(type(inner), "__call__", None)]  # noqa: B004 (looks for what would be called)
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
