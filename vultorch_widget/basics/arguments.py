"""Checks of user arguments. Each returns the argument in the package's form, or raises and names the problem."""

from __future__ import annotations

import functools
import inspect
import math
import operator
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


def integer(value: Any) -> int | None:
    """``value`` as an int if it is an integer, also one of NumPy's, torch's or another library's; else None.

    True and False are none.
    """
    if isinstance(value, bool) or (isinstance(value, torch.Tensor) and value.dtype is torch.bool):
        return None
    try:
        return operator.index(value)
    except (TypeError, RuntimeError):  # RuntimeError: a tensor without values
        return None


def number_of(what: str, things: str, value: Any) -> int:
    """``value`` as an int: a number of ``things``, 1 or more, which a page can represent.

    Otherwise raises ValueError, naming ``what``.
    """
    number = integer(value)
    if number is None or not 1 <= number <= 2**53:
        raise ValueError(f"{what} must be a number of {things}, 1 or more, not {value!r}")
    return number


def sides(where: str, width: Any, height: Any) -> tuple[int, int]:
    """``width`` and ``height`` as ints. Raises ValueError, naming ``where``, unless both are integers of at least 1."""
    columns, rows = integer(width), integer(height)
    if columns is None or rows is None or min(columns, rows) < 1:
        raise ValueError(f"{where}: width and height must be integers of at least 1, not {width} and {height}")
    return columns, rows


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
    rows, columns, depth = integer(height), integer(width), integer(channels)
    if rows is None or columns is None or depth not in (1, 3, 4) or min(rows, columns) < 1:
        wrong = f"height {height}, width {width}, channels {channels}"
        raise ValueError(f"{what}: {wrong}; sizes are integers of at least 1, channels 1, 3 or 4")
    return rows, columns, depth, available_device(device, what)


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
