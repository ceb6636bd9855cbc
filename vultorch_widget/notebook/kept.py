"""What a notebook's file keeps of a view."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """What a notebook keeps of a view: ``poster``, a data URL of a PNG file or empty; the text of a ``replay``
    document; and a ``summary`` in words. ``settled`` is False in the course of a run that somebody watches and has not
    just saved: what they see is better left alone.
    """

    poster: str
    replay: str
    summary: str
    settled: bool
