"""Exports contain no views that restarted kernels have left in the notebook's file."""

from __future__ import annotations

import itertools
import json
from typing import Any

from vultorch_widget.export.page import page
from vultorch_widget.export.unseen_replays import without_unseen

from .notebooks import STATE, code, kept, notebook, shown, text_of


def saved(*models: str, shows: str) -> Any:
    """A notebook with the state of the views ``models``. Its output shows only ``shows``."""
    node = notebook("# Title", code("view", shown(shows)), models={model: kept() for model in models})
    states = node.metadata["widgets"][STATE]["state"]
    ids = itertools.cycle(
        ["vultorch_widget.widget.ViewWidget", "vultorch_widget.notebook.widget.ViewWidget"]
    )  # the class in 0.1, and now
    for model in models:
        states[model]["state"] |= {
            "_anywidget_id": next(ids),
            "_input": f"IPY_MODEL_{model}-input",
            "layout": "IPY_MODEL_l",
        }
        states[f"{model}-input"] = {"model_name": "InputModel", "model_module": "m", "state": {}}
    return node


def models_of(source: str) -> list[str]:
    return sorted(json.loads(source)["metadata"]["widgets"][STATE]["state"])


def test_views_that_no_output_shows_are_left_out() -> None:
    source = text_of(saved("dead", "live", shows="live"))
    assert models_of(without_unseen(source)) == ["live", "live-input"]
    lean, full = text_of(saved("live", shows="live")), text_of(saved("dead", "live", shows="live"))
    assert len(full) > 1.8 * len(lean)
    pages = [page(saved("live", shows="live"), text, name="n", folder=None) for text in (lean, full)]
    assert abs(len(pages[0]) - len(pages[1])) < 100


def test_a_file_without_unseen_views_is_unchanged() -> None:
    source = text_of(saved("live", shows="live"))
    assert without_unseen(source) == source
    for other in ("", "no JSON", "[]", "[" * 100_000, '{"metadata": {"widgets": 3}}', '{"cells": []}'):
        assert without_unseen(other) == other


def test_a_view_that_another_widget_contains_is_kept() -> None:
    node = saved("boxed", "live", shows="live")
    box = {"model_name": "HBoxModel", "model_module": "m", "state": {"children": ["IPY_MODEL_boxed"]}}
    node.metadata["widgets"][STATE]["state"]["box"] = box
    source = text_of(node)
    assert without_unseen(source) == source
