"""Checks of arguments that several kinds share. Each returns the argument or raises an error that names ``where``."""

from __future__ import annotations

import operator
import reprlib
from typing import Any

from ..basics.arguments import real


def words(where: str, text: str) -> str:
    """Raises TypeError if ``text`` is not a string."""
    if not isinstance(text, str):
        raise TypeError(f"{where} takes a string, not {text!r}")
    return text


def hint(where: str, title: str) -> str:
    """Raises TypeError if ``title`` is not a string."""
    if not isinstance(title, str):
        raise TypeError(f"{where}: title is a string, not {reprlib.repr(title)}")
    return title


def size(where: str, name: str, value: float) -> float:
    """A size in CSS pixels. Raises ValueError if it is negative or not finite."""
    pixels = real(where, name, value)
    if pixels < 0:
        raise ValueError(f"{where}: {name} must be 0 or more CSS pixels, not {pixels:g}")
    return pixels


def integer(where: str, name: str, value: int) -> int:
    """Raises ValueError if ``value`` is not an integer that a page can represent."""
    try:
        number = operator.index(value)
    except TypeError as error:
        raise ValueError(f"{where}: {name} must be an integer, not {reprlib.repr(value)}") from error
    if isinstance(value, bool) or abs(number) > 2**53:  # beyond it a JavaScript number is not exact
        raise ValueError(f"{where}: {name} must be an integer that a page can represent, not {reprlib.repr(value)}")
    return number


def whole(where: str, value: Any) -> int:
    """A whole number of any numeric type, as an int. Raises ValueError for anything else."""
    if type(value) is int:
        return value
    number = real(where, "value", value)
    if not number.is_integer():
        raise ValueError(f"{where} takes a whole number, not {number:g}")
    return int(number)


def within(where: str, value: int, low: int, high: int) -> int:
    """Raises ValueError if ``value`` is outside ``low``..``high``."""
    if not low <= value <= high:
        raise ValueError(f"{where} takes {low}..{high}, not {reprlib.repr(value)}")
    return value
