"""Words and nothing else: lines, lines in a colour, paragraphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.arguments import shares
from ..protocol import controls as message
from .arguments import words
from .control import Control


class Text(Control[message.Text]):
    """A line of text, shown as it is, ``##`` included."""

    message_class = message.Text
    followed = ("text",)

    def called(self, text: str) -> None:
        """Raises TypeError where ``text`` is no string."""
        if self._call != words("text", text):
            self.spec, self._call = message.Text(id=self.id, text=text), text


class TextColored(Control[message.TextColored]):
    """A line of text in a colour."""

    message_class = message.TextColored
    followed = ("text", "color")

    def called(self, color: tuple[float, float, float, float], text: str) -> None:
        """``color`` is red, green, blue, opacity. Raises ValueError where one is not in 0..1, TypeError for a text."""
        call = (color, words("text_colored", text))
        if self._call != call:
            shown = shares("text_colored", "r, g, b, a", color, 4)
            self.spec, self._call = message.TextColored(id=self.id, text=text, color=shown), call

    @classmethod
    def check_saved(cls, name: str, saved: Mapping[str, Any]) -> None:
        """Red, green, blue and opacity are four."""
        if len(saved["color"]) != 4:
            raise ValueError(f"the colour of text {name} has no four parts")


class TextWrapped(Control[message.TextWrapped]):
    """A paragraph, broken between words."""

    message_class = message.TextWrapped
    followed = ("text",)

    def called(self, text: str) -> None:
        """Raises TypeError where ``text`` is no string."""
        if self._call != words("text_wrapped", text):
            self.spec, self._call = message.TextWrapped(id=self.id, text=text), text
