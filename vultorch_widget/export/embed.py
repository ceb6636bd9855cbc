"""Data inside of a page: JSON that cannot end the script it stands in, and the notebook in parts."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

LEAST_SHARED = 1024
"""Characters below which a text is rather there twice than referred to."""

Part = str | dict[str, Any]
"""A piece of the notebook's file: the text itself, ``{"replay": index}`` or ``{"shared": name}``."""


@dataclass
class Shared:
    """Texts that are on the page anyway, as the base64 of a picture: the notebook's file need not repeat them."""

    texts: dict[str, str] = field(default_factory=dict)

    def name(self, text: str) -> str:
        """What ``text`` is called on the page; empty for one that is short or has white space in it."""
        text = text.rstrip("\n")
        if len(text) < LEAST_SHARED or len(text.split()) != 1:
            return ""
        for name, known in self.texts.items():
            if known == text:
                return name
        name = str(len(self.texts))
        self.texts[name] = text
        return name


def script_json(value: Any) -> Markup:
    """``value`` as JSON for a script element of type ``application/json``."""
    return script_text(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def script_text(text: str) -> Markup:
    """JSON that is text already, the same value, with nothing in it that HTML would take for a tag."""
    return Markup(text.replace("<", "\\u003c"))  # in JSON, < stands in strings only


def packed(value: Any) -> str:
    """``value`` as JSON, compressed (zlib), as base64. What is in no reader's way should not weigh much."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def parts(source: str, replays: Sequence[str], shared: Shared) -> list[Part]:
    """``source``, the notebook's file, without the replays and pictures that the page has already.

    `assembled` gives it back to the letter, and so does the page's script.
    """
    pieces: list[Part] = [source]
    for index, text in enumerate(replays):
        if "\\u003c" not in text:  # else the page could not tell which were `<`
            pieces = list(_split(pieces, json.dumps(text)[1:-1], {"replay": index}))
    for name, text in shared.texts.items():
        pieces = list(_split(pieces, text, {"shared": name}))
    return pieces if assembled(pieces, replays, shared) == source else [source]


def assembled(pieces: Sequence[Part], replays: Sequence[str], shared: Shared) -> str:
    """The notebook's file from its parts."""

    def text(piece: Part) -> str:
        if isinstance(piece, str):
            return piece
        return json.dumps(replays[piece["replay"]])[1:-1] if "replay" in piece else shared.texts[piece["shared"]]

    return "".join(map(text, pieces))


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
