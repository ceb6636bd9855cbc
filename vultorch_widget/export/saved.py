"""What a notebook file keeps of its views: replays and posters, out of the saved state of its widgets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..record.replay import VERSION
from .pictures import Picture, decoded

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
POSTER = "data:image/png;base64,"


@dataclass(frozen=True)
class SavedView:
    """A view as a notebook keeps it. ``text`` is the replay's JSON as the file has it, ``replay`` what it says."""

    text: str = ""
    replay: Mapping[str, Any] | None = None
    poster: str = ""

    @property
    def title(self) -> str:
        return str(self.replay["title"]) if self.replay else ""

    @property
    def picture(self) -> Picture | None:
        """The poster, if there is one and it is a picture."""
        return decoded("image/png", self.poster.removeprefix(POSTER)) if self.poster else None

    @property
    def ran(self) -> bool:
        """Whether there is a picture or a number to show."""
        return bool(self.replay and (self.replay["frames"] or self.replay["series"]))


def saved_views(metadata: Mapping[str, Any]) -> dict[str, SavedView]:
    """The views in the widget state of a notebook's ``metadata``, by model. What is malformed is taken as absent."""
    models = _mapping(_mapping(_mapping(metadata.get("widgets")).get(STATE)).get("state"))
    views = {}
    for model, entry in models.items():
        state = _mapping(_mapping(entry).get("state"))
        if "_replay" in state or "_poster" in state:
            views[str(model)] = _saved(state.get("_replay"), state.get("_poster"))
    return views


def _saved(text: object, poster: object) -> SavedView:
    if not (isinstance(poster, str) and poster.startswith(POSTER)):
        poster = ""
    replay = _replay(text) if isinstance(text, str) else None
    return SavedView(text=text if replay is not None and isinstance(text, str) else "", replay=replay, poster=poster)


def _replay(text: str) -> Mapping[str, Any] | None:
    """The document, if it is one of this version and holds together as far as Python reads it."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        return None
    lists = all(isinstance(document.get(name), list) for name in ("frames", "blobs", "controls"))
    mappings = all(isinstance(document.get(name), dict) for name in ("scene", "series"))
    sound = lists and mappings and isinstance(document.get("title"), str) and _panels(document["scene"])
    return document if sound else None


def _panels(scene: Mapping[str, Any]) -> bool:
    panels = scene.get("panels")
    return isinstance(panels, list) and all(
        isinstance(panel, dict)
        and isinstance(panel.get("canvases"), list)
        and isinstance(panel.get("controls"), list)
        and all(isinstance(part, dict) for part in [*panel["canvases"], *panel["controls"]])
        for panel in panels
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
