"""Which messages from a page supersede earlier ones."""

from __future__ import annotations

from ..protocol.messages import (
    ClientMessage,
    Differences,
    FetchMoment,
    LookBack,
    Pointed,
    ProbeTexel,
    Resize,
    SetControl,
    SetLook,
    Unseen,
    Viewports,
    WatchTexels,
)


def redundancy_key(message: ClientMessage) -> object:
    """Returns the key under which a waiting message replaces an earlier one, or None if each must be applied."""
    if isinstance(message, SetControl):
        # Every click counts. A slider's value replaces its previous one.
        clicked = isinstance(message.value, bool)
        return None if clicked else (SetControl, message.client, message.panel, message.control)
    if isinstance(
        message, Resize | Unseen | Viewports | Differences | LookBack | FetchMoment | ProbeTexel | WatchTexels
    ):
        return (type(message), message.client)
    if isinstance(message, SetLook):
        return (SetLook, message.client, message.canvas)
    if isinstance(message, Pointed) and message.action == "move":
        return (Pointed, message.client, message.canvas, message.stroke, message.buttons)
    return None
