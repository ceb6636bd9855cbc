"""The wire: messages out, raw contents in. It counts what it carries, knows no view, and never raises at the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..protocol.messages import ClientMessage, KernelMessage
from ..protocol.wire import MessageError, decode, encode

Send = Callable[[dict[str, Any], list[bytes]], None]
"""Sends one JSON object and its binary buffers to every page."""


class Channel:
    """Sends `KernelMessage`s to the pages and decodes what they sent. It is open from `connect` to `close`.

    ``messages`` and ``sent_bytes`` count what went out (bytes of the binary buffers), ``refused`` what came in and did
    not fit, with ``last_refusal`` saying why. ``is_open`` says whether there is a way to the pages, and ``one_comm``
    whether they speak where pictures go out.
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
        """Sends through ``send`` from here on."""
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
        """The message in ``content``, or None where it does not fit the schema. Safe on any thread."""
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
        """Stops sending and lets go of the widget."""
        self._send = None
        self.is_open = False
