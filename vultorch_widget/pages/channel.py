"""Sends messages to the pages and decodes theirs. It counts traffic, knows no view, and never raises at a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..protocol.messages import ClientMessage, KernelMessage
from ..protocol.wire import MessageError, decode, encode

Send = Callable[[dict[str, Any], list[bytes]], None]
"""Sends one JSON object and its binary buffers to every page."""


class Channel:
    """Sends `KernelMessage`s to the pages and decodes their messages. It is open from `connect` to `close`.

    ``messages`` and ``sent_bytes`` count what was sent (bytes of binary buffers only). ``refused`` counts received
    messages that were not applied; ``last_refusal`` is the reason for the last. ``is_open`` is true between `connect`
    and `close`. ``one_comm`` is true if the pages send on the same comm that carries pictures.
    """

    def __init__(self) -> None:
        self._send: Send | None = None
        self.is_open = False
        self.one_comm = False
        self.messages = 0
        self.sent_bytes = 0
        self.refused = 0
        self.last_refusal = ""

    def connect(self, send: Send) -> None:
        """Starts sending through ``send``."""
        self._send = send
        self.is_open = True

    def send(self, message: KernelMessage, buffers: Sequence[bytes] = ()) -> None:
        """Sends a message. Does nothing while closed."""
        if self._send is None:
            return
        self._send(encode(message), list(buffers))
        self.messages += 1
        self.sent_bytes += sum(map(len, buffers))

    def decode(self, content: object) -> ClientMessage | None:
        """Returns the message in ``content``, or None if it does not fit the schema. Safe on any thread."""
        try:
            return decode(content)
        except MessageError as error:
            self.refuse(str(error))
            return None

    def refuse(self, reason: str) -> None:
        """Counts a message that was not applied."""
        self.refused += 1
        self.last_refusal = reason

    def close(self) -> None:
        """Stops sending and drops the reference to the widget."""
        self._send = None
        self.is_open = False
