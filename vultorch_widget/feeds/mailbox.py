"""Mailboxes: one for each rank, in its own process, so that no rank depends on another."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Protocol

CONNECTING = timedelta(seconds=5)
"""Longest wait for a mailbox that has accepted a connection and does not answer."""
ANSWERING = timedelta(minutes=10)
"""Longest wait for a value: a stopped process answers when it goes on."""


class MailboxError(Exception):
    """There is no mailbox, or no more."""


class Mailbox(Protocol):
    """Values by key. A later value replaces the earlier one, so it holds the newest of each key alone."""

    def put(self, key: str, value: bytes) -> None:
        """Stores a value."""

    def get(self, key: str) -> bytes | None:
        """The value of a key, or None. Raises `MailboxError` if the mailbox is gone."""

    def drop(self, key: str) -> None:
        """Removes a key, if it is there."""

    def count(self, key: str, more: int) -> int:
        """Adds ``more`` to a counter and returns it."""


class StoreMailbox:
    """A mailbox in a `torch.distributed.TCPStore`.

    Without a ``port`` it serves one on the loopback interface; with one it is a client of it. Raises `MailboxError` if
    nobody listens there.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        from torch.distributed import TCPStore  # type: ignore[attr-defined]  # noqa: PLC0415 (slow to import)

        serving = None
        if port:
            try:  # the store itself would try for long, and write warnings
                socket.create_connection((host, port), CONNECTING.total_seconds()).close()
            except OSError as error:
                raise MailboxError(f"nobody listens at {host}:{port}: {error}") from error
        else:
            listening = socket.socket()
            listening.bind((host, 0))  # the store itself would listen on all interfaces
            listening.listen(64)
            port, serving = listening.getsockname()[1], listening.detach()
        self.host, self.port = host, port
        try:
            self._store = TCPStore(
                host,
                port,
                None,
                serving is not None,
                timeout=CONNECTING,
                wait_for_workers=False,
                master_listen_fd=serving,
            )
            self._store.set_timeout(ANSWERING)
        except RuntimeError as error:
            raise MailboxError(f"the mailbox at {host}:{port} does not answer: {error}") from error

    def put(self, key: str, value: bytes) -> None:
        """See `Mailbox`."""
        try:
            self._store.set(key, value)  # type: ignore[arg-type]  # bytes are taken
        except RuntimeError as error:
            raise MailboxError(str(error)) from error

    def get(self, key: str) -> bytes | None:
        """See `Mailbox`."""
        try:
            return bytes(self._store.get(key)) if self._store.check([key]) else None
        except RuntimeError as error:
            raise MailboxError(str(error)) from error

    def drop(self, key: str) -> None:
        """See `Mailbox`."""
        try:
            self._store.delete_key(key)
        except RuntimeError as error:
            raise MailboxError(str(error)) from error

    def count(self, key: str, more: int) -> int:
        """See `Mailbox`."""
        try:
            return int(self._store.add(key, more))
        except RuntimeError as error:
            raise MailboxError(str(error)) from error
