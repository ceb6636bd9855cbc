"""Finds recorded views in files: notebooks with their widgets' state, and pages exported from them."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ..basics.free_name import free_name
from .reader import MOST_CHARACTERS, ReplayError, read

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
MARK = '<meta name="generator" content="vultorch_widget">'
"""Marks exported pages, in their head."""
MOST_BYTES = 512 << 20
"""Largest file that is read."""
MOST_VIEWS = 1_000
"""Maximum views of one file that are read."""

_REPLAY = re.compile(r'<script type="text/plain" class="replay-data">([^<]*)</script>')
_INERT = str.maketrans("<>&", ".:,")
_ACTIVE = str.maketrans(".:,", "<>&")


class NoRecordingError(ValueError):
    """A file has no recorded view, or not the requested one. The message names the file and what it is."""


def packed(text: str) -> str:
    """Compresses ``text`` into characters without meaning in HTML. Pages of many pictures become a quarter smaller.

    zlib undoes the overhead of base64 in the pictures. Base 85 then adds a fourth; base64 would add a third.
    """
    return base64.b85encode(zlib.compress(text.encode(errors="replace"), 9)).decode("ascii").translate(_INERT)


def unpacked(code: str, most: int = 4 * MOST_CHARACTERS) -> str:
    """Reverses `packed`, as the page's script does. Raises ValueError for anything else, and beyond ``most`` bytes."""
    unzip = zlib.decompressobj()
    try:
        data = unzip.decompress(base64.b85decode(code.translate(_ACTIVE)), most)
    except zlib.error as error:
        raise ValueError("it is damaged") from error
    if unzip.unconsumed_tail or not unzip.eof:
        raise ValueError("it is cut short, or too large")
    return data.decode()


def models(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """The models of widgets in the ``metadata`` of a notebook, by id. Malformed state counts as absent."""
    return mapping(mapping(mapping(metadata.get("widgets")).get(STATE)).get("state"))


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is a mapping, otherwise an empty one."""
    return value if isinstance(value, Mapping) else {}


def recorded(path: Path, title: str | None = None) -> dict[str, Any]:
    """The replay document in a notebook or an exported page; of several, the one of the view with this ``title``.

    Raises OSError if the file cannot be read, and `NoRecordingError`, naming ``path`` and what was found there, for a
    file that is neither, without a recording, with several and no ``title``, and for a recording that is malformed.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise NoRecordingError(f"{path} has {size:,} bytes; at most {MOST_BYTES:,} are read")
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoRecordingError(f"{path} is neither a notebook nor an exported page: it is not text") from error
    if MARK in text:
        what, found = "exported page", _in_page(path, text)
    else:
        what, found = "notebook", _in_notebook(path, text)
    return _chosen(path, what, _named(found), title)


def _in_page(path: Path, text: str) -> Iterator[str]:
    try:
        yield from (unpacked(match[1]) for match in _REPLAY.finditer(text))
    except ValueError as error:
        raise NoRecordingError(f"{path}, an exported page, has a view that cannot be read: {error}") from error


def _in_notebook(path: Path, text: str) -> Iterator[str]:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoRecordingError(f"{path} is neither a notebook nor a page that vultorch_widget has exported") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NoRecordingError(f"{path} is not a notebook: its JSON has no cells")
    known = models(mapping(notebook.get("metadata")))
    visible = [ident for ident in shown(notebook["cells"]) if ident in known]
    for ident in dict.fromkeys(visible or known):
        replay = mapping(mapping(known[ident]).get("state")).get("_replay")
        if isinstance(replay, str) and replay:
            yield replay


def shown(cells: list[Any]) -> Iterator[str]:
    """The models that outputs show, in the order of the notebook, with repetitions."""
    for cell in cells:
        outputs = mapping(cell).get("outputs")
        for output in outputs if isinstance(outputs, list) else ():
            yield str(mapping(mapping(mapping(output).get("data")).get(VIEW)).get("model_id"))


def _named(texts: Iterator[str]) -> dict[str, str]:
    """The recordings by the title of their view, with a number added to repeated titles.

    No numbered title is that of another view, which its title must still name.
    """
    titled = [(_title(text), text) for text in islice(texts, MOST_VIEWS)]
    titles = {title for title, _ in titled}
    found: dict[str, str] = {}
    for title, text in titled:
        name = free_name(title, lambda free: free in found or free in titles) if title in found else title
        found[name] = text
    return found


def _title(text: str) -> str:
    try:
        title = json.loads(text)["title"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return "damaged view"
    return title if isinstance(title, str) else "damaged view"


def _chosen(path: Path, what: str, found: Mapping[str, str], title: str | None) -> dict[str, Any]:
    names = ", ".join(repr(name[:80]) for name in list(found)[:20])
    if not found:
        hint = ": run it, and save it with its widgets" if what == "notebook" else ""
        raise NoRecordingError(f"{path}, {_article(what)}, has no recorded view{hint}")
    if title is None and len(found) > 1:
        raise NoRecordingError(f"{path} has {len(found)} recorded views: choose one with view=, of {names}")
    if title is not None and title not in found:
        raise NoRecordingError(f"{path} has no recorded view {title!r}; it has {names}")
    name = title if title is not None else next(iter(found))
    try:
        return read(found[name])
    except ReplayError as error:
        raise NoRecordingError(f"the view {name[:80]!r} in {path} cannot be read: {error}") from error


def _article(what: str) -> str:
    return f"an {what}" if what.startswith("e") else f"a {what}"
