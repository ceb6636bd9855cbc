"""The value of a control in a few characters, for a name or a notice."""

from __future__ import annotations

from typing import Any


def value_text(value: Any, most: int) -> str:
    """``value`` as text of at most ``most`` characters."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return " to ".join(value_text(part, most) for part in value)
    return str(value)[:most]
