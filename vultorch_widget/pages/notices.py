"""Sentences for the user, shown in the widget."""

from __future__ import annotations

import warnings

from ..tree.view_tree import Tree
from .channel import Channel


class Notices:
    """The notices of ``tree``. Each is shown once."""

    def __init__(self, tree: Tree, channel: Channel) -> None:
        self._told = tree.notices
        self._channel = channel

    def tell(self, sentence: str) -> None:
        """Shows a sentence in the widget."""
        if sentence not in self._told:
            self._told.append(sentence)

    def take_back(self, sentence: str) -> None:
        """Stops showing a sentence, because it is no longer true."""
        if sentence in self._told:
            self._told.remove(sentence)

    def warn(self, sentence: str) -> None:
        """Shows a sentence that must not be missed: in the widget, and also as a warning if no page is connected."""
        self.tell(sentence)
        if not self._channel.is_open:
            warnings.warn(sentence, RuntimeWarning, stacklevel=2)
