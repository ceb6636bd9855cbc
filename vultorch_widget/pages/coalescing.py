"""Which messages of a page say all that earlier ones said."""

from __future__ import annotations

from ..protocol.messages import ClientMessage, Pointed, Resize, SetControl


def redundancy_key(message: ClientMessage) -> object:
    """Messages of the same key replace one another while they wait; None for those that must all be applied."""
    if isinstance(message, SetControl):
        # Each click counts; what a slider says replaces what it said before.
        clicked = isinstance(message.value, bool)
        return None if clicked else (SetControl, message.client, message.panel, message.control)
    if isinstance(message, Resize):
        return (Resize, message.client)
    if isinstance(message, Pointed) and message.action == "move":
        return (Pointed, message.client, message.canvas, message.stroke, message.buttons)
    return None
