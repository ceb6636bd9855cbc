"""Generates the page's protocol from the message classes: ``python -m vultorch_widget.protocol.typescript FILE``."""

from __future__ import annotations

import sys
import types
import typing
from pathlib import Path
from typing import Any, Literal

from . import controls as spec
from . import messages, wire
from .message import Message

_HEADER = """\
// Generated from vultorch_widget/protocol/messages.py by `make protocol`. Do not edit.
"""

_PRIMITIVES = {bool: "boolean", int: "number", float: "number", str: "string", types.NoneType: "null"}


def generate() -> str:
    """The text of `protocol.ts`: one interface per class, then a union for each direction."""
    names: dict[type, None] = {}
    for union in (messages.KernelMessage, messages.ClientMessage):
        for cls in typing.get_args(union):
            _collect(cls, names)
    parts = [_HEADER, f"export const PROTOCOL_VERSION = {messages.PROTOCOL_VERSION};\n"]
    parts += [_interface(cls) for cls in names]
    for name, union in (
        ("Control", spec.Control),
        ("KernelMessage", messages.KernelMessage),
        ("ClientMessage", messages.ClientMessage),
    ):
        parts.append(f"export type {name} = {_typescript(union)};\n")
    return "\n".join(parts)


def _collect(tp: Any, names: dict[type, None]) -> None:
    """Adds to `names`, in reading order, every message class in `tp`."""
    if isinstance(tp, type) and issubclass(tp, Message):
        if tp in names:
            return
        names[tp] = None
        for field in wire.field_types(typing.cast("type", tp)).values():
            _collect(field, names)
    for arg in typing.get_args(tp):
        _collect(arg, names)


def _interface(cls: type) -> str:
    doc = " ".join((cls.__doc__ or "").split())
    fields = [f"  {name}: {_typescript(tp)};" for name, tp in wire.field_types(cls).items()]
    return "\n".join([f"/** {doc} */", f"export interface {cls.__name__} {{", *fields, "}", ""])


def _typescript(tp: Any) -> str:
    origin, args = typing.get_origin(tp), typing.get_args(tp)
    if origin is Literal:
        return " | ".join(f'"{arg}"' for arg in args)
    if origin is tuple:
        item = _typescript(args[0])
        return f"({item})[]" if " | " in item else f"{item}[]"
    if origin in (types.UnionType, typing.Union):
        return " | ".join(dict.fromkeys(_typescript(arg) for arg in args))
    if issubclass(tp, Message):
        return str(tp.__name__)
    return _PRIMITIVES[tp]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(generate(), encoding="utf-8")
