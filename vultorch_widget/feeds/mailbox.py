"""Mailboxes: one for each rank, in its own process, so that no rank depends on another."""

from __future__ import annotations

import io
import os
import socket
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from weakref import WeakSet

from ..basics import atomic_file
from .hushed import hushed

CONNECTING = timedelta(seconds=5)
"""Longest wait for a mailbox that has accepted a connection but does not answer."""
ANSWERING = timedelta(seconds=5)
"""Longest wait for a value. A stopped process is asked again."""


class MailboxError(Exception):
    """There is no mailbox, or it is gone."""


class Mailbox(Protocol):
    """Values by key. A later value replaces the earlier one, so only the newest of each key is kept."""

    def put(self, values: Mapping[str, bytes]) -> None:
        """Stores values by key, all in one request."""

    def get(self, key: str, *, there: bool = False) -> bytes | None:
        """The value of a key, or None. Raises `MailboxError` if the mailbox is gone.

        A key that is ``there`` for sure takes one request rather than two.
        """

    def drop(self, key: str) -> None:
        """Removes a key, if it is there."""

    def count(self, key: str, more: int) -> int:
        """Adds ``more`` to a counter and returns it."""


class StoreMailbox:
    """A mailbox in a `torch.distributed.TCPStore`.

    With ``serve`` it is one, at ``host`` and ``port`` (0: any that is free), and raises OSError if they are taken.
    Otherwise it is a client of one, and raises `MailboxError` if nobody listens there.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, serve: bool = False) -> None:
        from torch.distributed import TCPStore  # type: ignore[attr-defined]  # noqa: PLC0415 (slow to import)

        serving = None
        if serve:
            listening = socket.create_server((host, port), backlog=64)  # the store would listen on all interfaces
            port, serving = listening.getsockname()[1], listening.detach()
        else:
            try:  # the store itself would keep trying, and write warnings
                socket.create_connection((host, port), CONNECTING.total_seconds()).close()
            except OSError as error:
                raise MailboxError(f"nobody listens at {host}:{port}: {error}") from error
        self.host, self.port = host, port
        self._socket = serving
        with self._asking():
            self._store = TCPStore(
                host, port, None, serve, timeout=CONNECTING, wait_for_workers=False, master_listen_fd=serving
            )
            self._store.set_timeout(ANSWERING)
        if serve:
            _serving.add(self)

    def put(self, values: Mapping[str, bytes]) -> None:
        """See `Mailbox`."""
        with self._asking():
            self._store.multi_set(list(values), list(values.values()))  # type: ignore[attr-defined]  # takes bytes

    def get(self, key: str, *, there: bool = False) -> bytes | None:
        """See `Mailbox`."""
        with self._asking():
            return bytes(self._store.get(key)) if there or self._store.check([key]) else None

    def drop(self, key: str) -> None:
        """See `Mailbox`."""
        with self._asking():
            self._store.delete_key(key)

    def count(self, key: str, more: int) -> int:
        """See `Mailbox`."""
        with self._asking():
            return int(self._store.add(key, more))

    def close(self) -> None:
        """Frees the port that a serving mailbox listens on. It must not be used afterwards."""
        _serving.discard(self)
        self.__dict__.pop("_store", None)  # the store ends with its last reference

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            with hushed() if self._socket is None else nullcontext():  # in the training, torch may warn
                yield
        except RuntimeError as error:
            raise MailboxError(f"the mailbox at {self.host}:{self.port}: {error}") from error


_serving: WeakSet[StoreMailbox] = WeakSet()


def _leave_ports() -> None:
    """Closes what a forked process has inherited, or a worker that loads data would keep the port of an ended feed."""
    for mailbox in _serving:
        assert mailbox._socket is not None
        os.close(mailbox._socket)
    _serving.clear()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_leave_ports)


class KeptMailbox:
    """What a rank has left in a file. Raises `MailboxError` if there is none."""

    def __init__(self, path: Path) -> None:
        try:
            with zipfile.ZipFile(path) as file:
                self._values = {name: file.read(name) for name in file.namelist()}
        except Exception as error:  # a damaged file can fail in many ways
            raise MailboxError(f"{path} cannot be read: {error}") from error

    def put(self, values: Mapping[str, bytes]) -> None:
        """Does nothing: nobody reads it."""

    def get(self, key: str, *, there: bool = False) -> bytes | None:  # noqa: ARG002 (takes no request)
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
