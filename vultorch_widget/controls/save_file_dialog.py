"""A field for a name and a button that asks the program for a file of that name."""

from __future__ import annotations

import re
import reprlib
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from ..protocol import controls as message
from .arguments import hint
from .control import Control, Ledger
from .file_filters import Filters, extensions
from .labels import visible

SETTLE = 0.2
"""Seconds without a change after which a file counts as written. Another thread may be writing it."""
_EXTENSION = re.compile(r"\.[^\W\d_][\w+-]*")
"""A suffix that is an extension. Those of "epoch 0.5" and "run 2. final" are not."""


class SaveFileDialog(Control[message.SaveFileDialog]):
    """Reports each requested path once, and offers the file to pages when it has been written."""

    message_class = message.SaveFileDialog

    def __init__(self, ident: str, label: str, ledger: Ledger) -> None:
        super().__init__(ident, label, ledger)
        self._extension = ""
        self._path: Path | None = None
        self._asking = False
        self._asked = ("", 0)  # page of the last request, and its count
        self._seen: tuple[int, int] | None = None  # size of the file and its modification time
        self._since = 0.0

    def called(
        self,
        title: str,
        filters: Filters,
        extension: str,
        place: Callable[[str], Path],
        offer: Callable[[Path], str],
    ) -> str | None:
        """The path requested since the last call, or None.

        ``place`` returns the path for a name. ``offer`` returns the token with which pages fetch a file, empty if the
        file is too large. Raises ValueError if ``filters`` or ``extension`` are invalid, TypeError if ``title`` is not
        a string.
        """
        self._place, self._offer = place, offer
        if self._call != (title, filters, extension):
            known = ", ".join(extensions(self.where, filters))
            self.spec = message.SaveFileDialog(
                id=self.id,
                label=visible(self.label),
                title=" · ".join(filter(None, [hint(self.where, title), known])),
                suggested=f"untitled{dotted(self.where, extension)}",
                state="ready",
                path="",
                size=0,
                token="",
                origin="",
                revision=0,
            )
            self._call = (title, filters, extension)
            self._extension = dotted(self.where, extension)
        asking, self._asking = self._asking, False
        return str(self._path) if asking else None

    @property
    def remembers(self) -> bool:
        """True if a path has not been reported yet."""
        return self._asking

    def hear(self, value: message.Value, client: str, revision: int) -> None:
        """Takes a file name. Adds the default extension if it has none."""
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"save_file_dialog takes a file name, not {reprlib.repr(value)}")
        name = value.strip()
        whole = name.lower().endswith(self._extension.lower()) or _EXTENSION.fullmatch(PurePosixPath(name).suffix)
        self._path = self._place(name if whole else name + self._extension)
        self._asked, self._seen, self._asking = (client, revision), None, True

    def shown(self, inside: tuple[str, ...]) -> message.SaveFileDialog:  # noqa: ARG002 (it is not a row)
        """The message with the state of the requested file."""
        if self._path is None:
            return self.spec
        size = self._settled()
        origin, revision = self._asked
        new = self.spec.replace(
            state="asked" if size is None else "written",
            path=str(self._path),
            size=size or 0,
            token="" if size is None else self._offer(self._path),
            origin=origin,
            revision=revision,
        )
        if new != self.spec:
            self.spec = new
        return self.spec

    def _settled(self) -> int | None:
        """The file's size in bytes, or None while it is missing or still changing."""
        try:
            stat = self._path.stat() if self._path is not None else None
        except OSError:
            stat = None
        seen = None if stat is None else (stat.st_size, stat.st_mtime_ns)
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        return seen[0] if seen is not None and time.monotonic() - self._since >= SETTLE else None


def dotted(where: str, extension: str) -> str:
    """``extension`` with its dot, or empty if it is empty. Raises ValueError if it is not an extension."""
    if not isinstance(extension, str) or not re.fullmatch(r"(\.?[\w+-]+(\.[\w+-]+)*)?", extension):
        raise ValueError(f"{where}: default_extension is one such as '.png', not {reprlib.repr(extension)}")
    return f".{extension.lstrip('.')}" if extension else ""
