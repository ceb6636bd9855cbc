"""Files that pages upload in parts into the view's folder: the opposite of `Downloads`.

A page names its file; the kernel decides where to put it. Incomplete files are never kept: they are removed on an
error, with their page, when the same control starts a newer file, and with the view.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..protocol.messages import Upload
from .temporary_folder import Folder

PART_BYTES = 1 << 20
"""Maximum bytes in a part. Pages send parts of half this size, several at a time."""
STALE = 10.0
"""Seconds without a part after which the page is assumed gone: its `Gone` message may be stuck behind the parts."""

Key = tuple[str, str]
"""A panel and a control in it."""


@dataclass(slots=True)
class _Running:
    client: str
    upload: str
    path: Path
    size: int
    received: int
    at: float  # when the last part arrived


class Uploads:
    """The uploads in progress, at most one per control. ``now`` is in seconds of `time.monotonic`."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.running: dict[Key, _Running] = {}

    def take(self, message: Upload, data: bytes | None, most_bytes: int, now: float) -> Path | None:
        """Adds a part; returns the file's path if it was the last. ``data`` is None if the message had no valid buffer.

        Raises ValueError and cancels the upload for a part out of sequence, for a file larger than ``most_bytes`` or
        than announced, while another page uploads to the control, and if the file cannot be written.
        """
        key = message.panel, message.control
        running = self.running.get(key)
        if running is None or running.upload != message.upload:
            running = self._begin(key, message, most_bytes, now)
        try:
            self._add(running, message, data, now)
        except ValueError:
            self._drop(key)
            raise
        if running.received < running.size:
            return None
        del self.running[key]
        return running.path

    def _begin(self, key: Key, message: Upload, most_bytes: int, now: float) -> _Running:
        other = self.running.get(key)
        if message.offset != 0:
            raise ValueError(f"{message.name!r} did not arrive from its beginning; choose it again")
        if not 0 <= message.size <= most_bytes:
            raise ValueError(f"{message.name!r} has {message.size:,} bytes; at most {most_bytes:,} are taken here")
        if other is not None and other.client != message.client and now - other.at < STALE:
            raise ValueError(f"another page is sending {other.path.name!r} here; wait until it is there")
        self._drop(key)
        path = self._folder.place(message.name)
        running = _Running(message.client, message.upload, path, message.size, 0, now)
        self.running[key] = running
        return running

    def _add(self, running: _Running, message: Upload, data: bytes | None, now: float) -> None:
        name = running.path.name
        if data is None:
            raise ValueError(f"{name!r}: a part has at most {PART_BYTES:,} bytes, in a buffer of its message")
        left = running.size - running.received
        if message.offset != running.received or len(data) > left or (not data and left):
            raise ValueError(
                f"{name!r}: {len(data):,} bytes at {message.offset:,} are not what follows; "
                f"{running.received:,} of {running.size:,} are there"
            )
        try:
            with running.path.open("ab") as file:
                file.write(data)
        except OSError as error:
            raise ValueError(f"{name!r} cannot be written on the kernel's machine: {error.strerror}") from error
        running.received += len(data)
        running.at = now

    def cancel(self, client: str, upload: str | None = None) -> None:
        """Cancels all uploads from ``client``, or only its ``upload``."""
        for key, running in list(self.running.items()):
            if running.client == client and upload in (None, running.upload):
                self._drop(key)

    def drop_stale(self, now: float) -> None:
        """Cancels uploads that received nothing for `STALE` seconds."""
        for key, running in list(self.running.items()):
            if now - running.at >= STALE:
                self._drop(key)

    def _drop(self, key: Key) -> None:
        running = self.running.pop(key, None)
        if running is not None:
            self._folder.discard(running.path)
