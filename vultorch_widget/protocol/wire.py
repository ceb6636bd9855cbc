"""Converts messages to JSON objects and back.

The kernel builds messages to the page, and they are trusted. Messages from the page are not: `decode` rejects
everything that does not fit the schema, and says why.
"""

from __future__ import annotations

import math
import reprlib
import types
import typing
from functools import cache
from typing import Any, Literal

from .message import Message
from .messages import ClientMessage

M = typing.TypeVar("M", bound=Message)


class MessageError(ValueError):
    """A message from the page that does not fit the schema."""


def encode(message: Message) -> dict[str, Any]:
    """Converts a message to a JSON object: messages become objects, tuples arrays, strings Unicode (see
    `unicode`).
    """
    encoded: dict[str, Any] = _encode(message)
    return encoded


def _encode(value: Any) -> Any:
    cls: type = type(value)
    if cls is str:
        return value if value.isascii() else unicode(value)
    if cls is tuple:
        return [_encode(item) for item in value] if value else []
    if issubclass(cls, Message):
        fields = value.__dict__
        return {name: item if type(item := fields[name]) in _PLAIN else _encode(item) for name in value.FIELDS}
    return value


_PLAIN = frozenset((int, float, bool, type(None), bytes))
"""Types of values that stay as they are."""


def unicode(text: str) -> str:
    """``text`` with a question mark for each unpaired surrogate, which neither a message nor a file can hold."""
    return text if text.isascii() or _is_unicode(text) else text.encode(errors="replace").decode()


@cache
def field_types(cls: type) -> dict[str, Any]:
    """The fields of a message class or a dataclass, with their resolved types."""
    hints = typing.get_type_hints(cls)
    return {name: hints[name] for name in cls.__annotations__}


@cache
def _client_kinds() -> dict[str, type]:
    return {cls.DEFAULTS["kind"]: cls for cls in typing.get_args(ClientMessage)}


MAX_TEXT = 65_536
"""Longest string accepted from a page, in characters."""
MAX_ITEMS = 4_096
"""Longest array accepted from a page."""


def decode(content: object) -> ClientMessage:
    """Decodes a message from a page.

    Raises `MessageError`, naming the field and the value, for an unknown kind, a missing or unknown field, a wrong
    type, a number that is not finite, a string that is not valid Unicode, and a string or array longer than `MAX_TEXT`
    or `MAX_ITEMS`.
    """
    if not isinstance(content, dict):
        raise MessageError(f"a message is an object, not {_shown(content)}")
    kind = content.get("kind")
    cls = _client_kinds().get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise MessageError(f"unknown kind {_shown(kind)}; known are {', '.join(sorted(_client_kinds()))}")
    return typing.cast("ClientMessage", _decode_object(cls, content, cls.__name__))


def decode_as(cls: type[M], content: object) -> M:
    """Decodes a message of class ``cls`` from another process. Raises `MessageError` as `decode` does."""
    if not isinstance(content, dict):
        raise MessageError(f"a message is an object, not {_shown(content)}")
    return typing.cast("M", _decode_object(cls, content, cls.__name__))


def _decode_object(cls: type, content: dict[Any, Any], path: str) -> Any:
    types_ = field_types(cls)
    if content.keys() != types_.keys():
        missing, unknown = types_.keys() - content.keys(), content.keys() - types_.keys()
        raise MessageError(
            f"{path}: missing fields {sorted(missing)}, unknown fields {_shown(sorted(map(str, unknown)))}"
        )
    return cls(**{name: _decode(tp, content[name], f"{path}.{name}") for name, tp in types_.items()})


def _decode(expected: Any, value: Any, path: str) -> Any:
    if isinstance(value, list):
        expected = _array_of(expected)
    origin, args = typing.get_origin(expected), typing.get_args(expected)
    if origin is Literal:
        if value in args and type(value) is type(args[0]):
            return value
    elif origin is tuple:
        if isinstance(value, list) and len(value) <= MAX_ITEMS:
            return tuple(_decode(args[0], item, f"{path}[{i}]") for i, item in enumerate(value))
    elif origin in (types.UnionType, typing.Union):
        if type(value) in args and _is_sane(value):
            return value
    elif issubclass(expected, Message):
        if isinstance(value, dict):
            return _decode_object(expected, value, path)
    elif expected is float:
        if type(value) in (int, float) and _is_sane(value):
            return float(value)
    elif type(value) is expected and _is_sane(value):
        return value
    raise MessageError(f"{path}: {_shown(value)} is not {_type_name(expected)}")


def _array_of(expected: Any) -> Any:
    """The array type in a union, if it has one; otherwise ``expected`` itself."""
    if typing.get_origin(expected) not in (types.UnionType, typing.Union):
        return expected
    return next((arg for arg in typing.get_args(expected) if typing.get_origin(arg) is tuple), expected)


def _is_sane(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and _is_unicode(value)
    if isinstance(value, int):
        return abs(value) <= 2**53  # JavaScript numbers are exact up to here
    return math.isfinite(value) if isinstance(value, float) else True


def _is_unicode(text: str) -> bool:
    """True if ``text`` can be encoded. Unpaired surrogates, which JSON allows, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _type_name(expected: Any) -> str:
    return expected.__name__ if isinstance(expected, type) else str(expected).replace("typing.", "")


_repr = reprlib.Repr()  # values from a page may be nested too deeply, or be too long, for `repr`
_repr.maxlevel, _repr.maxstring, _repr.maxother = 2, 60, 60


def _shown(value: object) -> str:
    text = _repr.repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
