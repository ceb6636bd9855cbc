"""What the metadata of a notebook and its cells say. Malformed values count as absent: nbconvert lets them pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..replay.files import mapping


def language_of(metadata: Mapping[str, Any]) -> str:
    """The programming language of a notebook with this ``metadata``."""
    name = mapping(metadata.get("language_info")).get("name")
    return name if isinstance(name, str) else "python"


def tags_of(cell: Mapping[str, Any]) -> set[str]:
    """The tags of a cell. Jupyter Book writes ``hide-input``, earlier versions wrote ``hide_input``."""
    tags = mapping(cell.get("metadata")).get("tags")
    return {tag.replace("_", "-") for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()
