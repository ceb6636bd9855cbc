"""Data inside of a page: text that cannot end the script it stands in, and the notebook in parts."""

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


def encodable(value: Any) -> Any:
    """``value``, of JSON, with a question mark for each half of a surrogate pair, which no file can hold as UTF-8."""
    text = json.dumps(value, ensure_ascii=False)
    return value if text.isascii() else json.loads(text.encode(errors="replace"))


def script_json(value: Any) -> Markup:
    """``value`` as JSON for a script element, with nothing in it that HTML would take for a tag."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # in JSON, < stands in strings only


def packed(text: str) -> str:
    """``text``, compressed, in characters that mean nothing to HTML: pages of many pictures are a quarter smaller.

    zlib takes back what base64 has added to the pictures inside; base 85 adds a fourth where base64 adds a third.
    """
    return base64.b85encode(zlib.compress(text.encode(errors="replace"), 9)).decode("ascii").translate(_INERT)


def unpacked(code: str) -> str:
    """What `packed` was given. The page's script does the same."""
    return zlib.decompress(base64.b85decode(code.translate(_ACTIVE))).decode()


_INERT = str.maketrans("<>&", ".:,")
_ACTIVE = str.maketrans(".:,", "<>&")


def parts(source: str, replays: Sequence[str], shared: Shared) -> list[Part]:
    """``source``, the notebook's file, without the replays and pictures that the page has already.

    `assembled` gives it back to the letter, and so does the page's script.
    """
    pieces: list[Part] = [source]
    for index, text in enumerate(replays):
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
