"""Weights of networks in saved replays, from which a page can continue training."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..replay.files import mapping, models, packed, shown

FIELD = "training"
_HAS_ONE = re.compile(rf'"{FIELD}"\s*:\s*\{{')


def has_weights(replay: str) -> bool:
    """Whether the text of a replay contains a training that a page can continue."""
    return _HAS_ONE.search(replay) is not None


def without_weights(source: str) -> str:
    """The notebook file ``source`` without weights; unchanged if it has none."""
    notebook = json.loads(source)
    found = False
    for state in _states(notebook):
        replay = _replay(state)
        if replay is not None and replay.pop(FIELD, None) is not None:
            state["_replay"] = json.dumps(replay, separators=(",", ":"))
            found = True
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n" if found else source


def bytes_of_weights(notebook: Mapping[str, Any]) -> int:
    """How many bytes the weights take in the page of ``notebook``, over all views that its outputs show."""
    found = models(mapping(notebook.get("metadata")))
    total = 0
    for model in dict.fromkeys(shown(notebook["cells"])):
        state = mapping(mapping(found.get(model)).get("state"))
        replay = _replay(state)
        if replay is not None and replay.pop(FIELD, None) is not None:
            total += len(packed(state["_replay"])) - len(packed(json.dumps(replay, separators=(",", ":"))))
    return total


def _states(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The saved states of the notebook's views."""
    found = models(mapping(notebook.get("metadata")))
    states = [mapping(model).get("state") for model in found.values()]
    return [state for state in states if isinstance(state, dict)]


def _replay(state: Mapping[str, Any]) -> dict[str, Any] | None:
    text = state.get("_replay")
    if not isinstance(text, str) or not has_weights(text):
        return None
    try:
        replay = json.loads(text)
    except (ValueError, RecursionError):  # the page reports why it cannot be played
        return None
    return replay if isinstance(replay, dict) else None
