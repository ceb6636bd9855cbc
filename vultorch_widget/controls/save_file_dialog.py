"""A name to type and a button by which a hand asks the program for a file."""

from __future__ import annotations

import re
import reprlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ..protocol import controls as message
from .arguments import hint
from .control import Control, Ledger
from .file_filters import Filters, extensions
from .labels import visible

SETTLE = 0.2
"""Seconds for which a file has to stay as it is to count as written: another thread may be writing it."""
_EXTENSION = re.compile(r"\.[^\W\d_][\w+-]*")
"""What a dot begins in "epoch 0.5" and in "run 2. final" is none."""


class SaveFileDialog(Control[message.SaveFileDialog]):
    """Where a hand wants a file is told once; the file is offered to pages once it is there."""

    message_class = message.SaveFileDialog

    def __init__(self, ident: str, label: str, ledger: Ledger) -> None:
        super().__init__(ident, label, ledger)
        self._extension = ""
        self._path: Path | None = None
        self._asking = False
        self._asked = ("", 0)  # by which page, and its count
        self._seen: tuple[int, int] | None = None  # size of the file and time of its change
        self._since = 0.0

    def called(
        self,
        title: str,
        filters: Filters,
        extension: str,
        place: Callable[[str], Path],
        offer: Callable[[Path], str],
    ) -> str | None:
        """The path that was asked for since the last call.

        ``place`` finds a path for a name, ``offer`` makes a token by which pages fetch a file, empty where it is too
        large. Raises ValueError where ``filters`` or ``extension`` are none, TypeError for a title that is no string.
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
        """A path that was not told yet."""
        return self._asking

    def hear(self, value: message.Value, client: str, revision: int) -> None:
        """Takes a file name; without an extension it gets the default one."""
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"save_file_dialog takes a file name, not {reprlib.repr(value)}")
        name = value.strip()
        whole = name.lower().endswith(self._extension.lower()) or _EXTENSION.fullmatch(PurePosixPath(name).suffix)
        self._path = self._place(name if whole else name + self._extension)
        self._asked, self._seen, self._asking = (client, revision), None, True

    def shown(self, inside: tuple[str, ...]) -> message.SaveFileDialog:  # noqa: ARG002 (it is no row)
        """With the file that is to be written, or is there."""
        if self._path is None:
            return self.spec
        size = self._settled()
        origin, revision = self._asked
        new = replace(
            self.spec,
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
        """Bytes of the file, None while there is none or it still changes."""
        try:
            stat = self._path.stat() if self._path is not None else None
        except OSError:
            stat = None
        seen = None if stat is None else (stat.st_size, stat.st_mtime_ns)
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        return seen[0] if seen is not None and time.monotonic() - self._since >= SETTLE else None


def dotted(where: str, extension: str) -> str:
    """``extension`` with its dot; empty for none. Raises ValueError for what is no extension."""
    if not isinstance(extension, str) or not re.fullmatch(r"(\.?[\w+-]+(\.[\w+-]+)*)?", extension):
        raise ValueError(f"{where}: default_extension is one such as '.png', not {reprlib.repr(extension)}")
    return f".{extension.lstrip('.')}" if extension else ""
