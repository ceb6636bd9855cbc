"""Text: lines, coloured lines, and paragraphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.arguments import shares
from ..protocol import controls as message
from .arguments import words
from .control import Control


class Text(Control[message.Text]):
    """A line of text, shown verbatim, ``##`` included."""

    message_class = message.Text
    followed = ("text",)

    def called(self, text: str) -> None:
        """Raises TypeError if ``text`` is not a string."""
        if self._call != words("text", text):
            self.spec, self._call = message.Text(id=self.id, text=text), text


class TextColored(Control[message.TextColored]):
    """A coloured line of text."""

    message_class = message.TextColored
    followed = ("text", "color")

    def called(self, color: tuple[float, float, float, float], text: str) -> None:
        """``color`` is red, green, blue, opacity.

        Raises ValueError if one is outside 0..1, TypeError if ``text`` is not a string.
        """
        call = (color, words("text_colored", text))
        if self._call != call:
            shown = shares("text_colored", "r, g, b, a", color, 4)
            self.spec, self._call = message.TextColored(id=self.id, text=text, color=shown), call

    @classmethod
    def check_saved(cls, name: str, saved: Mapping[str, Any]) -> None:
        """Raises ValueError if the colour does not have four components."""
        if len(saved["color"]) != 4:
            raise ValueError(f"the colour of text {name} has no four parts")


class TextWrapped(Control[message.TextWrapped]):
    """A paragraph, wrapped between words."""

    message_class = message.TextWrapped
    followed = ("text",)

    def called(self, text: str) -> None:
        """Raises TypeError if ``text`` is not a string."""
        if self._call != words("text_wrapped", text):
            self.spec, self._call = message.TextWrapped(id=self.id, text=text), text
