"""A view's temporary files: uploads from pages, and files written for pages. All are deleted with the view."""

from __future__ import annotations

import os
import shutil
import tempfile
import unicodedata
import weakref
from pathlib import Path, PurePosixPath

LONGEST_NAME = 200
"""Maximum bytes of a file name. File systems allow 255, but temporary names are longer."""
_FORBIDDEN = frozenset('<>:"/\\|?*')
_DEVICES = {
    *("con", "prn", "aux", "nul", "conin$", "conout$"),
    *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"),
}
"""Names that are reserved on Windows, whatever their extension."""


class Folder:
    """A temporary folder, made when first needed; removed by `close`, with this object, or when Python exits."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._places = 0
        self._remove: weakref.finalize[..., Folder] | None = None
        self._closed = False

    def place(self, name: str) -> Path:
        """Returns a path for a new file ``name``, made safe, in a new subfolder, so that it replaces no other.

        Raises ValueError after `close`, and if the folder cannot be made.
        """
        if self._closed:
            raise ValueError(f"{name!r} has no place any more: the view is closed")
        try:
            if self._path is None or not self._path.is_dir():  # systems remove what lies in /tmp for days
                self._path = Path(tempfile.mkdtemp(prefix="vultorch-"))
                self._remove = weakref.finalize(self, _remove, self._path, os.getpid())
            self._places += 1
            place = self._path / str(self._places)
            place.mkdir()
        except OSError as error:
            raise ValueError(f"{name!r} has no place on the kernel's machine: {error}") from error
        return place / safe_name(name)

    def discard(self, path: Path) -> None:
        """Removes the file at ``path``, which came from `place`, whether or not it was written."""
        shutil.rmtree(path.parent, ignore_errors=True)

    def close(self) -> None:
        """Removes the folder and everything in it."""
        self._closed = True
        if self._remove is not None:
            self._remove()


def _remove(path: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked child has a copy of this object, and exits earlier
        shutil.rmtree(path, ignore_errors=True)


def safe_name(name: str) -> str:
    """``name`` as a valid file name on any system: only its last component, and never hidden, empty or too long."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    clean = "".join(map(_safe_letter, last)).strip(". ")
    stem, suffix = PurePosixPath(clean).stem, PurePosixPath(clean).suffix
    if stem.partition(".")[0].strip().lower() in _DEVICES:
        stem = f"_{stem}"
    suffix = _cut(suffix, LONGEST_NAME // 2)
    return (_cut(stem, LONGEST_NAME - len(suffix.encode())).rstrip(". ") or "file") + suffix


def _cut(text: str, most: int) -> str:
    """``text`` truncated to ``most`` bytes."""
    return text.encode()[:most].decode(errors="ignore")


def _safe_letter(letter: str) -> str:
    category = unicodedata.category(letter)[0]
    if category == "C":  # control characters, and those that reverse the writing direction to hide an extension
        return ""
    return " " if category == "Z" else "_" if letter in _FORBIDDEN else letter
