"""The pointer on a canvas: what pages say of it becomes events in texels, and a state that can be asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from ..protocol.messages import Button, Modifier, Pointed, PointerMode

Kind = Literal["hover", "press", "drag", "release", "click", "wheel", "leave"]


FARTHEST = 1e7
"""Texels from the left and the top edge that a pointer may tell: more than any tensor has, and any screen."""
MOST_NOTCHES = 100.0
"""Of a wheel, in one event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointerEvent:
    """What a pointer (mouse, pen, finger) did on a canvas.

    Attributes:
        kind: ``"hover"`` (it moved), ``"press"``, ``"drag"`` (it moved with a button down), ``"release"``, ``"click"``
            (after the release of a press that did not move), ``"wheel"``, or ``"leave"``. Moves come once a painted
            frame at most, and fewer where frames of the view take longer; ``dx`` and ``dy`` bridge what lies between.
        x: Where, in texels of the tensor, from its left edge: ``tensor[int(y), int(x)]`` is under the pointer where
            ``inside``. Fractions are kept; a drag goes on beyond the edges, and below 0.
        y: The same from its top edge.
        dx: How far to the right of the event before; 0 at a press and where there was none.
        dy: The same downwards.
        inside: Whether the pointer is over the picture.
        button: Which one was pressed, released or clicked, None for other kinds.
        buttons: Those that are down after it.
        wheel: Notches of a wheel, positive away from you.
        modifiers: Keys that are down, of ``"shift"``, ``"ctrl"``, ``"alt"`` and ``"meta"``.

    """

    kind: Kind
    x: float
    y: float
    dx: float = 0.0
    dy: float = 0.0
    inside: bool = True
    button: Button | None = None
    buttons: tuple[Button, ...] = ()
    wheel: float = 0.0
    modifiers: tuple[Modifier, ...] = ()


class Pointer:
    """The pointer of one canvas, as last heard. All on the owner's thread.

    Attributes:
        callback: What the user registered for events.
        wheel: Whether it is to get the wheel, which then does not scroll the page.
        asked: Whether the program asks where the pointer is (`ui`).
        x, y: In texels; NaN before it came.
        inside: Whether it is over the picture.
        buttons: Those that are down.
        pressed: Those that were pressed since `frame_ended`.
        travel: The furthest that it has been from where a button was last pressed, in texels.

    """

    def __init__(self) -> None:
        self.callback: Callable[[PointerEvent], object] | None = None
        self.wheel = False
        self.asked = False
        self.x = self.y = math.nan
        self.inside = False
        self.buttons: tuple[Button, ...] = ()
        self.pressed: set[Button] = set()
        self.travel = 0.0
        self._from: tuple[float, float] | None = None  # where a button was last pressed
        self._client = ""  # whose pointer it was

    @property
    def mode(self) -> PointerMode:
        """What pages are to listen for."""
        if self.callback is None:
            return "on" if self.asked else "off"
        return "wheel" if self.wheel else "on"

    def hear(self, message: Pointed, width: int, height: int) -> PointerEvent:
        """Takes what a page says of a picture of ``width`` x ``height`` texels, as an event.

        Numbers that no hand could make are cut: what a program works out of them stays finite.
        """
        message = replace(
            message,
            x=_cut(message.x, FARTHEST),
            y=_cut(message.y, FARTHEST),
            wheel=_cut(message.wheel, MOST_NOTCHES),
        )
        known = message.client == self._client and math.isfinite(self.x) and message.action != "press"
        dx, dy = (message.x - self.x, message.y - self.y) if known else (0.0, 0.0)
        inside = message.action != "leave" and 0 <= message.x < width and 0 <= message.y < height
        self._follow(message, inside)
        return PointerEvent(
            kind=_kind(message),
            x=message.x,
            y=message.y,
            dx=dx,
            dy=dy,
            inside=inside,
            button=message.button or None,
            buttons=message.buttons,
            wheel=message.wheel,
            modifiers=message.modifiers,
        )

    def _follow(self, message: Pointed, inside: bool) -> None:
        gone = message.action == "leave"
        self._client = "" if gone else message.client
        self.x, self.y, self.inside, self.buttons = message.x, message.y, inside, message.buttons
        if message.action == "press":
            self._from, self.travel = (message.x, message.y), 0.0
            if message.button:
                self.pressed.add(message.button)
        elif self._from is not None:
            self.travel = max(self.travel, math.dist(self._from, (message.x, message.y)))

    def frame_ended(self) -> None:
        """The panel's callback has had its chance to ask what was pressed."""
        self.pressed.clear()


def _cut(value: float, most: float) -> float:
    return min(most, max(-most, value))


def _kind(message: Pointed) -> Kind:
    if message.action == "move":
        return "drag" if message.buttons else "hover"
    return message.action
