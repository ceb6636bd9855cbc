"""Pictures that a notebook refers to, taken into the page: attachments, data URLs and files beside the notebook."""

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
"""Of one file; more is no picture of a page."""
_DATA = re.compile(r"data:(image/[a-z0-9.+-]+)(?:;charset=[\w-]+)?;base64,([A-Za-z0-9+/=\s]+)\Z", re.IGNORECASE)

Picture = tuple[str, bytes]
"""Media type and content of a file."""


class Pictures:
    """Finds what addresses in a notebook stand for. ``folder`` is the notebook's own; None where it has none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder.resolve() if folder is not None else None
        # A notebook of somebody else's must not carry other files of this machine into a page that is published.
        self._places = _places(self._folder) if self._folder is not None else []

    def find(self, address: str, attachments: Mapping[str, Any] | None = None) -> Picture | None:
        """The picture at ``address``, or None: for one on the network, outside of the folder, or that is not there."""
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
        except (OSError, RuntimeError):  # links that lead to each other
            return None
        kind = KINDS.get(path.suffix.lower())
        if kind is None or not any(path.is_relative_to(place) for place in self._places):
            return None
        try:
            return (kind, path.read_bytes()) if path.stat().st_size <= MOST_BYTES else None
        except OSError:
            return None


def vector(text: str) -> Picture:
    """An SVG file of ``text``, with the namespaces that it needs to stand alone; within HTML it would need none."""
    if head := re.search(r"<svg(?=[\s/>])[^>]*", text):
        missing = [
            f' {name}="{space}"' for name, space in NAMESPACES.items() if not re.search(rf"\s{name}\s*=", head[0])
        ]
        at = head.start() + len("<svg")
        text = text[:at] + "".join(missing) + text[at:]
    return "image/svg+xml", text.encode(errors="replace")


def decoded(kind: str, text: str) -> Picture | None:
    """A picture from its base64 text; None where it is none that pages show."""
    if kind not in EXTENSIONS:
        return None
    try:
        return kind, base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None


def data_url(picture: Picture) -> str:
    """The URL that holds ``picture``."""
    return f"data:{picture[0]};base64,{base64.b64encode(picture[1]).decode('ascii')}"


def _places(folder: Path) -> list[Path]:
    """Where pictures may lie: in ``folder`` or the one around it, unless that has the home folder in it, or all."""
    around = folder.parent
    try:
        home = Path.home().resolve()
    except RuntimeError:  # a user whom the system does not know
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
