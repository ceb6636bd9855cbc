"""Files that pages may fetch in parts. Only files offered by the kernel can be fetched.

A page identifies a file by a token from the kernel, never by a path.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import NamedTuple

MOST_BYTES = 64 << 20
"""Largest file that is offered: a page holds all of it in memory."""
PART_BYTES = 1 << 20
MOST_OFFERS = 64
"""Maximum files on offer at a time. The oldest is withdrawn first."""


class Part(NamedTuple):
    """``data`` from the file ``name``, which has ``size`` bytes in total."""

    name: str
    size: int
    data: bytes


class _Offer(NamedTuple):
    path: Path
    size: int
    changed: int  # nanoseconds


class Downloads:
    """The files on offer, by token."""

    def __init__(self) -> None:
        self._offers: dict[str, _Offer] = {}

    def offer(self, path: Path) -> str:
        """Returns a token for the file in its present state, the same for repeated offers. Empty if it is missing or
        larger than `MOST_BYTES`.
        """
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
        """Reads at most `PART_BYTES` of a file from byte ``offset`` on.

        Raises ValueError for an unknown token, for an offset outside the file, and if the file has changed since it was
        offered.
        """
        offer = self._offers.get(token)
        if offer is None:
            raise ValueError("this file is no longer on offer")
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
            raise ValueError(f"{offer.path.name} has changed since it was offered")
        return Part(offer.path.name, offer.size, data)


def _offer(path: Path) -> _Offer:
    stat = path.stat()
    return _Offer(path, stat.st_size, stat.st_mtime_ns)
