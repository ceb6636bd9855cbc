"""What a rank is about to put into its mailbox, signed."""

from __future__ import annotations

from ..protocol.message import Message
from .mailbox import Mailbox
from .sealed import seal


class Outbox:
    """Collects values for ``mailbox`` and puts them there in one request."""

    def __init__(self, mailbox: Mailbox, token: str) -> None:
        self._mailbox = mailbox
        self._token = token
        self._values: dict[str, bytes] = {}

    def add(self, key: str, message: Message, data: bytes = b"") -> None:
        """Adds a value, which replaces an earlier one of this key."""
        self._values[key] = seal(self._token, key, message, data)

    def send(self) -> None:
        """Puts everything into the mailbox, in the order in which it was added."""
        self._mailbox.put(self._values)
        self._values.clear()

    def clear(self) -> None:
        """Discards what was added."""
        self._values.clear()
