"""Mailboxes: one for each rank, in its own process, so that no rank depends on another."""

from __future__ import annotations

import io
import socket
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from ..basics import atomic_file

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

    With ``serving`` it is one, at ``host`` and ``port`` (0: any that is free), and raises OSError if they are taken.
    Otherwise it is a client of one, and raises `MailboxError` if nobody listens there.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, serve: bool = False) -> None:
        from torch.distributed import TCPStore  # type: ignore[attr-defined]  # noqa: PLC0415 (slow to import)

        serving = None
        self._line: socket.socket | None = None  # says nothing; ends with the process that serves
        if serve:
            listening = socket.create_server((host, port), backlog=64)  # the store would listen on all interfaces
            port, serving = listening.getsockname()[1], listening.detach()
        else:
            try:  # the store itself would try for long, and write warnings
                self._line = socket.create_connection((host, port), CONNECTING.total_seconds())
                self._line.setblocking(False)
            except OSError as error:
                raise MailboxError(f"nobody listens at {host}:{port}: {error}") from error
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
            self.close()
            raise MailboxError(f"the mailbox at {host}:{port} does not answer: {error}") from error

    def _check(self) -> None:
        """Raises `MailboxError` if the serving process is gone. Asked then, the store would write to the cell."""
        if self._line is None:
            return
        try:
            if self._line.recv(1, socket.MSG_PEEK):
                return
        except BlockingIOError:
            return
        except OSError as error:
            raise MailboxError(str(error)) from error
        raise MailboxError(f"the mailbox at {self.host}:{self.port} is gone")

    def close(self) -> None:
        """Ends a client's connection. A mailbox that serves ends with its process."""
        if self._line is not None:
            self._line.close()

    def put(self, key: str, value: bytes) -> None:
        """See `Mailbox`."""
        self._check()
        try:
            self._store.set(key, value)  # type: ignore[arg-type]  # bytes are taken
        except RuntimeError as error:
            raise MailboxError(str(error)) from error

    def get(self, key: str) -> bytes | None:
        """See `Mailbox`."""
        self._check()
        try:
            return bytes(self._store.get(key)) if self._store.check([key]) else None
        except RuntimeError as error:
            raise MailboxError(str(error)) from error

    def drop(self, key: str) -> None:
        """See `Mailbox`."""
        self._check()
        try:
            self._store.delete_key(key)
        except RuntimeError as error:
            raise MailboxError(str(error)) from error

    def count(self, key: str, more: int) -> int:
        """See `Mailbox`."""
        self._check()
        try:
            return int(self._store.add(key, more))
        except RuntimeError as error:
            raise MailboxError(str(error)) from error


class KeptMailbox:
    """What a rank has left in a file when it ended. Raises `MailboxError` if there is none."""

    def __init__(self, path: Path) -> None:
        try:
            with zipfile.ZipFile(path) as file:
                self._values = {name: file.read(name) for name in file.namelist()}
        except (OSError, zipfile.BadZipFile) as error:
            raise MailboxError(f"{path} cannot be read: {error}") from error

    def put(self, key: str, value: bytes) -> None:
        """Does nothing: nobody reads it."""

    def get(self, key: str) -> bytes | None:
        """See `Mailbox`."""
        return self._values.get(key)

    def drop(self, key: str) -> None:
        """Does nothing."""

    def count(self, key: str, more: int) -> int:  # noqa: ARG002 (nothing is counted)
        """Returns 0."""
        return 0


def keep(path: Path, values: Mapping[str, bytes]) -> None:
    """Writes ``values`` to a file for `KeptMailbox`."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for key, value in values.items():
            file.writestr(key, value)
    atomic_file.write(path, data.getvalue())
