"""Reads the replays and posters of views from the saved widget state of a notebook file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..notebook.kept import MOST_CHOSEN
from ..replay.files import mapping, models
from ..replay.reader import ReplayError, read
from .pictures import Picture, decoded

POSTER = "data:image/png;base64,"


@dataclass(frozen=True)
class SavedView:
    """A view saved in a notebook. ``text`` is the replay's JSON as in the file, ``replay`` the parsed document.

    If the replay cannot be played, both are empty and ``problem`` says why. ``chosen`` holds the user's choices, which
    the player checks.
    """

    text: str = ""
    replay: Mapping[str, Any] | None = None
    poster: str = ""
    problem: str = ""
    chosen: str = ""

    @property
    def title(self) -> str:
        return str(self.replay["title"]) if self.replay else ""

    @property
    def picture(self) -> Picture | None:
        """The poster, or None if there is none or it is not a picture."""
        return decoded("image/png", self.poster.removeprefix(POSTER)) if self.poster else None

    @property
    def ran(self) -> bool:
        """True if there is a picture or a logged value to show."""
        return bool(self.replay and (self.replay["frames"] or self.replay["series"]))


def saved_views(metadata: Mapping[str, Any]) -> dict[str, SavedView]:
    """The views in the widget state of a notebook's ``metadata``, by model id.

    Malformed state counts as absent, except for a malformed replay: `SavedView.problem` describes it.
    """
    views = {}
    for model, entry in models(metadata).items():
        state = mapping(mapping(entry).get("state"))
        if "_replay" in state or "_poster" in state:
            views[str(model)] = replace(_saved(state.get("_replay"), state.get("_poster")), chosen=_chosen(state))
    return views


def _saved(text: object, poster: object) -> SavedView:
    if not (isinstance(poster, str) and poster.startswith(POSTER)):
        poster = ""
    if text is None or text == "":
        return SavedView(poster=poster)
    if not isinstance(text, str):
        return SavedView(poster=poster, problem="it is not text")
    try:
        return SavedView(text=text, replay=read(text), poster=poster)
    except ReplayError as error:
        return SavedView(poster=poster, problem=str(error))


def _chosen(state: Mapping[str, Any]) -> str:
    text = state.get("_chosen")
    return text if isinstance(text, str) and len(text) <= MOST_CHOSEN else ""
