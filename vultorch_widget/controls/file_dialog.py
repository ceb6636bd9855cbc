"""A button that uploads a file to the kernel."""

from __future__ import annotations

import reprlib
from pathlib import Path

from ..protocol import controls as message
from .arguments import hint, integer
from .control import Control, Ledger
from .file_filters import Filters, extensions
from .labels import visible


class FileDialog(Control[message.FileDialog]):
    """A button that uploads a file. Each file is reported once. ``path`` is the last file, None before the first."""

    message_class = message.FileDialog

    def __init__(self, ident: str, label: str, ledger: Ledger) -> None:
        super().__init__(ident, label, ledger)
        self.path: Path | None = None
        self._size = 0
        self._arrived = False

    def called(self, title: str, filters: Filters, max_bytes: int) -> str | None:
        """The path of a file that arrived since the last call, or None.

        Raises ValueError if ``filters`` are invalid or ``max_bytes`` is not a positive integer, TypeError if ``title``
        is not a string.
        """
        if self._call != (title, filters, max_bytes):
            most = integer(self.where, "max_bytes", max_bytes)
            if most < 1:
                raise ValueError(f"{self.where}: max_bytes must be 1 or more, not {most}")
            self.spec = message.FileDialog(
                id=self.id,
                label=visible(self.label),
                title=hint(self.where, title),
                extensions=extensions(self.where, filters),
                most_bytes=most,
                name="",
                size=0,
            )
            self._call = (title, filters, max_bytes)
        arrived, self._arrived = self._arrived, False
        return str(self.path) if arrived else None

    def give(self, path: Path, size: int) -> None:
        """Takes a file of ``size`` bytes that has arrived."""
        self.path, self._size, self._arrived = path, size, True

    @property
    def remembers(self) -> bool:
        """True if a file has not been reported yet."""
        return self._arrived

    def hear(self, value: message.Value, client: str, revision: int) -> None:  # noqa: ARG002 (whoever it was)
        """Refuses everything: files arrive in `Upload` messages."""
        raise ValueError(f"file_dialog has no value to set, such as {reprlib.repr(value)}")

    def shown(self, inside: tuple[str, ...]) -> message.FileDialog:  # noqa: ARG002 (it is not a row)
        """The message with the name and size of the last file."""
        name = self.path.name if self.path is not None else ""
        if (self.spec.name, self.spec.size) != (name, self._size):
            self.spec = self.spec.replace(name=name, size=self._size)
        return self.spec
