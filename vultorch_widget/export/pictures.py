"""Finds the pictures that a notebook refers to: attachments, data URLs and files next to the notebook."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

KINDS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".svg": "image/svg+xml",
}
EXTENSIONS = {kind: extension for extension, kind in KINDS.items() if extension != ".jpeg"}
NAMESPACES = {"xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink"}
MOST_BYTES = 32 << 20
"""Maximum size of a file. Larger ones are left out."""
_DATA = re.compile(r"data:(image/[a-z0-9.+-]+)(?:;charset=[\w-]+)?;base64,([A-Za-z0-9+/=\s]+)\Z", re.IGNORECASE)

Picture = tuple[str, bytes]
"""Media type and content of a file."""


class Pictures:
    """Resolves addresses in a notebook. ``folder`` is the notebook's own, or None if it has none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder.resolve() if folder is not None else None
        # An untrusted notebook must not copy other files of this machine into a published page.
        self._places = _places(self._folder) if self._folder is not None else []

    def find(self, address: str, attachments: Mapping[str, Any] | None = None) -> Picture | None:
        """The picture at ``address``, or None if it is on the network, outside the folder, or missing."""
        address = address.strip()
        if match := _DATA.match(address):
            return decoded(match[1].lower(), match[2])
        if address.startswith("attachment:"):
            return _attached(unquote(address.removeprefix("attachment:")), attachments or {})
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", address):
            return None
        return self._file(unquote(re.split(r"[?#]", address, maxsplit=1)[0]))

    def _file(self, name: str) -> Picture | None:
        if self._folder is None or "\0" in name:
            return None
        try:
            path = (self._folder / name).resolve()
        except (OSError, RuntimeError):  # a cycle of links
            return None
        kind = KINDS.get(path.suffix.lower())
        if kind is None or not any(path.is_relative_to(place) for place in self._places):
            return None
        try:
            return (kind, path.read_bytes()) if path.is_file() and path.stat().st_size <= MOST_BYTES else None
        except OSError:
            return None


def vector(text: str) -> Picture:
    """An SVG file of ``text``, with the namespaces that a stand-alone file needs and inline SVG does not."""
    if head := re.search(r"<svg(?=[\s/>])[^>]*", text):
        missing = [
            f' {name}="{space}"' for name, space in NAMESPACES.items() if not re.search(rf"\s{name}\s*=", head[0])
        ]
        at = head.start() + len("<svg")
        text = text[:at] + "".join(missing) + text[at:]
    return "image/svg+xml", text.encode(errors="replace")


def decoded(kind: str, text: str) -> Picture | None:
    """The picture in a base64 text, or None if pages cannot show it."""
    if kind not in EXTENSIONS:
        return None
    try:
        return kind, base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None


def data_url(picture: Picture) -> str:
    """``picture`` as a data URL."""
    return f"data:{picture[0]};base64,{base64.b64encode(picture[1]).decode('ascii')}"


def _places(folder: Path) -> list[Path]:
    """Folders that pictures may come from: ``folder`` and its parent, unless that is the root or contains the home."""
    around = folder.parent
    try:
        home = Path.home().resolve()
    except RuntimeError:  # a user without an entry in the system
        home = None
    all_else = around == around.parent or (home is not None and home.is_relative_to(around))
    return [folder] if all_else else [folder, around]


def _attached(name: str, attachments: Mapping[str, Any]) -> Picture | None:
    bundle = attachments.get(name)
    if not isinstance(bundle, Mapping):
        return None
    for kind, text in bundle.items():
        if isinstance(text, str) and (picture := decoded(kind, text)) is not None:
            return picture
    return None
