"""What a notebook's file keeps of a view."""

from __future__ import annotations

from typing import NamedTuple

MOST_CHOSEN = 1 << 16
"""Maximum characters of the user's choices that a page may keep; `js/src/wire/kept.ts` has the same."""


class Kept(NamedTuple):
    """What a notebook keeps of a view.

    Attributes:
        poster: The data URL of a PNG file, or empty.
        replay: A replay document, as text.
        summary: The state of the view in words.
        settled: False while a page watches the run and nobody has just saved. Updating an output then would rerender it
            before the user's eyes.

    """

    poster: str
    replay: str
    summary: str
    settled: bool
