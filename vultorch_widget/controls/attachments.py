"""What stands behind controls whose looks depend on more than their value: recordings and files."""

from __future__ import annotations

import re
import reprlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from ..protocol.controls import FileDialog, RecordButton, RecordState, SaveFileDialog, Value

SETTLE = 0.2
"""Seconds for which a file has to stay as it is to count as written: another thread may be writing it."""
_EXTENSION = re.compile(r"\.[^\W\d_][\w+-]*")
"""What a dot begins in "epoch 0.5" and in "run 2. final" is none."""


class Behind(Protocol):
    """``pending`` says whether it has something to tell the program, and is kept though the control is not drawn."""

    pending: bool

    def hear(self, value: Value, client: str, revision: int) -> None:
        """Takes what a hand on a page did. Raises ValueError for what it does not take."""

    def shown(self, spec: Any) -> Any:
        """``spec`` as it is to be shown now: the same object where nothing has changed."""


@dataclass(slots=True)
class RecordSwitch:
    """Starts and stops a recording, for `RecordButton`: ``click`` is called for each click, when it is heard.

    The label is the first of ``labels`` while ``state()`` is ready, else the second.
    """

    labels: tuple[str, str]
    state: Callable[[], RecordState]
    click: Callable[[], None]
    pending: bool = False

    def hear(self, value: Value, client: str, revision: int) -> None:  # noqa: ARG002
        """Takes True."""
        if value is not True:
            raise ValueError(f"record_button takes True, not {reprlib.repr(value)}")
        self.click()

    def shown(self, spec: RecordButton) -> RecordButton:
        """With the state of the recording."""
        state = self.state()
        label = self.labels[state != "ready"]
        return spec if (spec.state, spec.label) == (state, label) else replace(spec, state=state, label=label)


@dataclass(slots=True)
class Opened:
    """The file that a page sent last, for `FileDialog`. It is told once."""

    path: Path | None = None
    size: int = 0
    pending: bool = False

    def give(self, path: Path, size: int) -> None:
        """A file has arrived."""
        self.path, self.size, self.pending = path, size, True

    def take(self) -> str | None:
        """The path of a file that arrived since the last time."""
        pending, self.pending = self.pending, False
        return str(self.path) if pending else None

    def hear(self, value: Value, client: str, revision: int) -> None:  # noqa: ARG002
        """Takes nothing: files come by messages of their own."""
        raise ValueError(f"file_dialog has no value to set, such as {reprlib.repr(value)}")

    def shown(self, spec: FileDialog) -> FileDialog:
        """With the name of the file."""
        name = self.path.name if self.path is not None else ""
        return spec if (spec.name, spec.size) == (name, self.size) else replace(spec, name=name, size=self.size)


@dataclass(slots=True)
class Saved:
    """Where a hand wants a file, for `SaveFileDialog`, and the file once it is there.

    ``place`` finds a path for a name, ``offer`` makes a token by which pages fetch a file, empty where it is too large.
    """

    place: Callable[[str], Path]
    offer: Callable[[Path], str]
    extension: str = ""
    pending: bool = False
    _path: Path | None = None
    _asked: tuple[str, int] = ("", 0)
    _seen: tuple[int, int] | None = None  # size and time of change
    _since: float = field(default=0.0)

    def hear(self, value: Value, client: str, revision: int) -> None:
        """Takes a file name; without an extension it gets the default one."""
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"save_file_dialog takes a file name, not {reprlib.repr(value)}")
        name = value.strip()
        whole = name.lower().endswith(self.extension.lower()) or _EXTENSION.fullmatch(PurePosixPath(name).suffix)
        self._path = self.place(name if whole else name + self.extension)
        self._asked, self._seen, self.pending = (client, revision), None, True

    def take(self) -> str | None:
        """The path that was asked for since the last time."""
        pending, self.pending = self.pending, False
        return str(self._path) if pending else None

    def shown(self, spec: SaveFileDialog) -> SaveFileDialog:
        """With the file that is to be written, or is there."""
        if self._path is None:
            return spec
        size = self._settled()
        origin, revision = self._asked
        new = replace(
            spec,
            state="asked" if size is None else "written",
            path=str(self._path),
            size=size or 0,
            token="" if size is None else self.offer(self._path),
            origin=origin,
            revision=revision,
        )
        return spec if new == spec else new

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
