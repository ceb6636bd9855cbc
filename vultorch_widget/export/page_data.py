"""Data embedded in a page: text that cannot end its script element, and the notebook in parts."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

LEAST_SHARED = 1024
"""Minimum characters of a shared text. Shorter texts are simply repeated."""

Part = str | dict[str, Any]
"""A piece of the notebook's file: the text itself, ``{"replay": index}`` or ``{"shared": name}``."""


@dataclass
class Shared:
    """Base64 texts of pictures on the page. The notebook's file refers to them instead of repeating them."""

    texts: dict[str, str] = field(default_factory=dict)

    def name(self, text: str) -> str:
        """Returns the name of ``text`` on the page; empty if it is short, or not as the page encodes its bytes."""
        text = text.rstrip("\n")
        if len(text) < LEAST_SHARED or not _canonical(text):
            return ""
        for name, known in self.texts.items():
            if known == text:
                return name
        name = str(len(self.texts))
        self.texts[name] = text
        return name


def _canonical(text: str) -> bool:
    """True if ``text`` is the base64 of its bytes. Others differ in white space, padding, or bits that do not count."""
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode("ascii") == text
    except ValueError:
        return False


def encodable(value: Any) -> Any:
    """The JSON ``value`` with each lone surrogate replaced by a question mark: UTF-8 cannot encode them."""
    text = json.dumps(value, ensure_ascii=False)
    return value if text.isascii() else json.loads(text.encode(errors="replace"))


def script_json(value: Any) -> Markup:
    """``value`` as JSON for a script element, without anything that HTML would parse as a tag."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # JSON has < only in strings


def parts(source: str, replays: Sequence[str], shared: Shared) -> list[Part]:
    """Splits the notebook's file ``source`` into text and references to replays and pictures of the page.

    `assembled` restores it exactly, as does the page's script.
    """
    pieces: list[Part] = [source]
    for index, text in enumerate(replays):
        pieces = list(_split(pieces, _quoted(text), {"replay": index}))
    for name, text in shared.texts.items():
        pieces = list(_split(pieces, text, {"shared": name}))
    return pieces if assembled(pieces, replays, shared) == source else [source]


def assembled(pieces: Sequence[Part], replays: Sequence[str], shared: Shared) -> str:
    """Restores the notebook's file from its parts."""

    def text(piece: Part) -> str:
        if isinstance(piece, str):
            return piece
        return _quoted(replays[piece["replay"]]) if "replay" in piece else shared.texts[piece["shared"]]

    return "".join(map(text, pieces))


def _quoted(text: str) -> str:
    """``text`` as it stands between the quotes of a JSON file, escaped as the page's script escapes it."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _split(pieces: Sequence[Part], text: str, reference: Part) -> Iterator[Part]:
    for piece in pieces:
        if not isinstance(piece, str):
            yield piece
            continue
        for at, between in enumerate(piece.split(text)):
            if at > 0:
                yield reference
            if between:
                yield between
