"""Removes saved views that outputs no longer show: restarted kernels leave them in a notebook's file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..replay.files import STATE, VIEW

OWN = re.compile(r"vultorch_widget\.(\w+\.)*ViewWidget")
"""Matches the class name in the saved state of a view. The class was in another module in 0.1."""


def without_unseen(source: str) -> str:
    """The notebook file ``source`` without the views that nothing in it shows; unchanged if there are none."""
    try:
        notebook = json.loads(source)
        models = notebook["metadata"]["widgets"][STATE]["state"]
        gone = set(_unseen(notebook, models))
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ):  # unexpected JSON: the download keeps it as it is
        return source
    if not gone:
        return source
    for model in gone & models.keys():
        del models[model]
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _unseen(notebook: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[str]:
    """Yields the models of each view that neither an output nor another widget refers to."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    shown = {str(output["data"][VIEW]["model_id"]) for output in outputs if VIEW in output.get("data", {})}
    held = json.dumps([entry for entry in models.values() if not _own(entry)])
    for model, entry in models.items():
        if _own(entry) and model not in shown and model not in held:
            state = entry["state"]
            yield from (model, *(str(state.get(name, "")).removeprefix("IPY_MODEL_") for name in ("_input", "layout")))


def _own(entry: Mapping[str, Any]) -> bool:
    return OWN.fullmatch(str(entry["state"].get("_anywidget_id"))) is not None
