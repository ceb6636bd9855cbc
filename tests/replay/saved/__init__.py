"""Notebooks saved by earlier versions, and malformed replays."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STATE = "application/vnd.jupyter.widget-state+json"
EARLIER = HERE / "0.1.ipynb"
"""A notebook of 40 steps with two pictures and a control of each kind, executed by version 0.1."""

NOTEBOOKS = sorted(HERE.glob("*.ipynb"))
"""Notebooks saved by each version; `make fixture` adds one."""


def replays_in_file(notebook: Path) -> list[str]:
    """The texts of the replay documents in ``notebook``."""
    widgets = json.loads(notebook.read_text(encoding="utf-8"))["metadata"].get("widgets", {})
    models = widgets.get(STATE, {}).get("state", {}).values()
    return [str(text) for model in models if (text := model["state"].get("_replay"))]


@cache
def _text() -> str:
    (text,) = replays_in_file(EARLIER)
    return text


def earlier() -> dict[str, Any]:
    """The replay document in that notebook. The caller may change it."""
    document: dict[str, Any] = json.loads(_text())
    return document


def malformed() -> list[dict[str, Any]]:
    """Changes that invalidate it: ``change`` is the path, ``to`` the new value, ``says`` a part of the reason."""
    cases: list[dict[str, Any]] = json.loads((HERE / "malformed.json").read_text(encoding="utf-8"))
    return cases


def changed(document: dict[str, Any], where: list[Any], to: Any) -> dict[str, Any]:
    """A copy of ``document`` with the value ``to`` at the path ``where``."""
    result = copy.deepcopy(document)
    place: Any = result
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = to
    return result
