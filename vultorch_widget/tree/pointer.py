"""The pointer on a canvas: turns messages from pages into events in texels, and keeps its state."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..protocol.messages import Button, Modifier, Pointed, PointerMode

Kind = Literal["hover", "press", "drag", "release", "click", "wheel", "leave"]


FARTHEST = 1e7
"""Largest coordinate of a pointer in texels, beyond any tensor or screen."""
MOST_NOTCHES = 100.0
"""Largest turn of a wheel in one event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointerEvent:
    """What a pointer (mouse, pen, finger) did on a canvas.

    Attributes:
        kind: ``"hover"`` (it moved), ``"press"``, ``"drag"`` (it moved with a button down), ``"release"``, ``"click"``
            (after the release of a press that did not move), ``"wheel"``, or ``"leave"``. There is at most one move per
            painted frame, and fewer if the view's frames take longer; ``dx`` and ``dy`` cover the whole way.
        x: Texels from the left edge of the tensor. If ``inside``, ``tensor[int(y), int(x)]`` is under the pointer.
            Fractions are kept. A drag continues beyond the edges, so ``x`` may be negative.
        y: Texels from the top edge.
        dx: Texels to the right since the last event; 0 for a press and for the first event.
        dy: Texels down since the last event.
        inside: Whether the pointer is over the picture.
        button: The button that was pressed, released or clicked; None for other kinds.
        buttons: The buttons that are down after the event.
        wheel: Notches of the wheel, positive away from the user.
        modifiers: The keys that are down, of ``"shift"``, ``"ctrl"``, ``"alt"`` and ``"meta"``.

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
    """The last known pointer of one canvas. For the owner's thread only.

    Attributes:
        callback: The user's callback for events.
        wheel: Whether the callback gets the wheel, which then does not scroll the page.
        asked: Whether the program asks for the pointer through `ui`.
        x, y: Position in texels; NaN before the first event.
        inside: Whether it is over the picture.
        buttons: The buttons that are down.
        pressed: The buttons that were pressed since `frame_ended`.
        travel: The largest distance in texels from where a button was last pressed.

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
        self._client = ""  # the page of the last event

    @property
    def mode(self) -> PointerMode:
        """Which events pages should send."""
        if self.callback is None:
            return "on" if self.asked else "off"
        return "wheel" if self.wheel else "on"

    def hear(self, message: Pointed, width: int, height: int) -> PointerEvent:
        """Turns a message about a picture of ``width`` x ``height`` texels into an event.

        Impossible numbers are clamped, so that results computed from them stay finite.
        """
        message = message.replace(
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
        """Forgets the presses: the panel's callback has had its chance to ask for them."""
        self.pressed.clear()


def _cut(value: float, most: float) -> float:
    return min(most, max(-most, value))


def _kind(message: Pointed) -> Kind:
    if message.action == "move":
        return "drag" if message.buttons else "hover"
    return message.action
