"""Files that pages may fetch, part by part: those that the kernel offered, and no other.

A page names a file by the token that it was given for it, never by a path.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 64 << 20
"""Of a file that is offered: a page holds all of it in memory."""
PART_BYTES = 1 << 20
MOST_OFFERS = 64
"""Files on offer at a time; the oldest goes."""


@dataclass(frozen=True, slots=True)
class Part:
    """``data`` of the file ``name``, whose whole ``size`` is in bytes."""

    name: str
    size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class _Offer:
    path: Path
    size: int
    changed: int  # nanoseconds


class Downloads:
    """The files on offer, by token."""

    def __init__(self) -> None:
        self._offers: dict[str, _Offer] = {}

    def offer(self, path: Path) -> str:
        """A token for the file as it is now; the one that it has, if so. Empty for none, and above `MOST_BYTES`."""
        try:
            offer = _offer(path)
        except OSError:
            return ""
        if offer.size > MOST_BYTES:
            return ""
        for token, known in self._offers.items():
            if known == offer:
                return token
        token = secrets.token_urlsafe(16)
        self._offers[token] = offer
        if len(self._offers) > MOST_OFFERS:
            del self._offers[next(iter(self._offers))]
        return token

    def read(self, token: str, offset: int) -> Part:
        """The part of a file from byte ``offset`` on, `PART_BYTES` at most.

        Raises ValueError for a token that was not given or an offset outside the file, and where the file is no longer
        what was offered.
        """
        offer = self._offers.get(token)
        if offer is None:
            raise ValueError("this file is not on offer any more")
        if not 0 <= offset <= offer.size:
            raise ValueError(f"offset {offset} is not in a file of {offer.size} bytes")
        try:
            with offer.path.open("rb") as file:
                file.seek(offset)
                data = file.read(PART_BYTES)
            same = _offer(offer.path) == offer
        except OSError as error:
            raise ValueError(f"{offer.path.name} cannot be read: {error.strerror}") from error
        if not same:
            raise ValueError(f"{offer.path.name} is another file by now")
        return Part(offer.path.name, offer.size, data)


def _offer(path: Path) -> _Offer:
    stat = path.stat()
    return _Offer(path, stat.st_size, stat.st_mtime_ns)
