"""Files that pages upload to the controls of a view or download from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..controls.file_dialog import FileDialog
from ..protocol.message import Message
from ..protocol.messages import CancelUpload, Chunk, ClientMessage, EarlierRun, Fetch, Received, Upload
from ..transfer.downloads import Downloads
from ..transfer.temporary_folder import Folder
from ..transfer.uploads import PART_BYTES, Uploads
from ..tree.view_tree import Tree

UNIT = 32 << 10
"""Bytes that weigh 1 in the inbox. Its capacity is 1024, so at most 32 MiB wait, or 32 parts of files."""
_OBJECT = 64
"""Bytes of an object without its contents, roughly."""


KEPT_BYTES = 1 << 30
"""Bytes of uploaded files that are kept. Beyond that the oldest are removed, except the newest of each control."""


class Exchange:
    """The files of ``tree``. All methods run on the owner's thread; ``now`` is in seconds of `time.monotonic`."""

    def __init__(self, tree: Tree) -> None:
        self.folder = Folder()
        self.downloads = Downloads()
        self._tree = tree
        self.uploads = Uploads(self.folder)
        self._arrived: dict[Path, tuple[FileDialog, int]] = {}  # files with their sizes, the newest last

    def fetch(self, message: Fetch) -> tuple[Chunk, list[bytes]]:
        """Returns the requested part of a file and its buffer, or the reason why there is none."""
        name, size, buffers, error = "", 0, [], ""
        try:
            part = self.downloads.read(message.token, message.offset)
            name, size, buffers = part.name, part.size, [part.data]
        except ValueError as problem:
            error = str(problem)
        chunk = Chunk(
            client=message.client,
            token=message.token,
            name=name,
            size=size,
            offset=message.offset,
            buffer=0,
            error=error,
        )
        return chunk, buffers

    def take(self, message: Upload, data: bytes | None, now: float) -> Received:
        """Adds a part. After the last part the control gets its file. Returns the bytes received so far, or the
        error.
        """
        there, error = 0, ""
        try:
            panel = self._tree.panels.get(message.panel)
            if panel is None:
                raise ValueError(f"view {self._tree.title!r} has no panel {message.panel!r}")
            dialog = panel.store.shown(FileDialog, message.control)
            path = self.uploads.take(message, data, dialog.spec.most_bytes, now)
            there = message.offset + len(data or b"")
            if path is not None:
                dialog.give(path, there)
                self._arrived[path] = dialog, there
                self._make_room()
        except ValueError as problem:
            self.cancel(message)
            error = str(problem)
        return Received(client=message.client, upload=message.upload, bytes=there, error=error)

    def _make_room(self) -> None:
        """Removes the oldest files beyond `KEPT_BYTES`, except the newest of each control."""
        total = sum(size for _, size in self._arrived.values())
        for path, (dialog, size) in list(self._arrived.items()):
            if total > KEPT_BYTES and dialog.path != path:
                self.folder.discard(path)
                del self._arrived[path]
                total -= size

    def cancel(self, message: Upload | CancelUpload) -> None:
        """Discards a file whose remaining parts will not come."""
        self.uploads.cancel(message.client, message.upload)

    @property
    def receiving(self) -> bool:
        """True while any page is uploading a file."""
        return bool(self.uploads.running)

    def gone(self, client: str) -> None:
        """Cancels the uploads of a page that has left."""
        self.uploads.cancel(client)

    def drop_stale(self, now: float) -> None:
        """Cancels the uploads of pages that have disappeared without a message."""
        self.uploads.drop_stale(now)


def data_of(message: ClientMessage, buffers: Sequence[bytes | memoryview]) -> bytes | None:
    """Returns the bytes that came with ``message``, or None if there are none or too many. Any thread."""
    if not isinstance(message, Upload | EarlierRun) or not 0 <= message.buffer < len(buffers):
        return None
    buffer = memoryview(buffers[message.buffer])
    return bytes(buffer) if buffer.nbytes <= PART_BYTES else None


def weight(message: ClientMessage) -> int:
    """Returns how much of the inbox's capacity a message takes, by its size in memory."""
    if isinstance(message, Upload | EarlierRun):
        return PART_BYTES // UNIT
    return 1 + _size(message) // UNIT


def _size(value: object) -> int:
    """Returns the rough size of a decoded value in bytes. Recursion is safe because no message is deep."""
    if isinstance(value, str):
        return _OBJECT + 4 * len(value)
    if isinstance(value, tuple):
        return _OBJECT + sum(map(_size, value))
    if isinstance(value, Message):
        return _OBJECT + sum(_size(getattr(value, field)) for field in value.FIELDS)
    return _OBJECT
