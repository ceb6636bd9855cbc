"""Exports a notebook as Markdown for GitHub, MkDocs and Sphinx, with a folder of its pictures."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..replay.files import VIEW, mapping
from .animation import animation
from .cells import language_of, tags_of
from .language import Words, words_for
from .page_data import encodable
from .pictures import EXTENSIONS, Picture, Pictures, decoded, vector
from .run_ending import Ending, ending
from .sanitise import TooDeepError, clean, visible
from .saved_views import SavedView, saved_views
from .terminal import plain

_PICTURE = re.compile(
    r"(!\[[^\]]{0,2000}\]\(\s*|^ {0,3}\[(?!\^)[^\]\n]+\]:\s*)(?:<([^<>\n]+)>|([^<)\s][^)\s]*))"
    r"|(<img\b[^>]{0,2000}?\bsrc=[\"'])([^\"']+)",
    re.IGNORECASE | re.MULTILINE,
)
"""An inline picture, a link reference definition, or an HTML picture. Its bounds limit the time for hostile text."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~$&])")


@dataclass
class Document:
    """The ``text`` of a Markdown file, and the files of its folder by name: ``assets``."""

    text: str
    assets: dict[str, bytes]


def folder_name(stem: str) -> str:
    """The name of the folder with a file's pictures, in characters that need no quoting: MyST does not decode `%20`."""
    plain_stem = re.sub(r"[^A-Za-z0-9._-]+", "-", stem)
    if plain_stem != stem:  # different stems may become the same
        plain_stem += f"-{hashlib.sha256(stem.encode(errors='surrogatepass')).hexdigest()[:6]}"
    return f"{plain_stem}_files"


def markdown(notebook: Mapping[str, Any], *, assets: str, folder: Path | None) -> Document:
    """Converts ``notebook``, of nbformat 4, to Markdown whose pictures are in the folder ``assets``.

    ``folder`` is the notebook's own folder, from which its pictures are copied. None copies no files.
    """
    notebook = encodable(notebook)
    metadata = mapping(notebook.get("metadata"))
    words = words_for(metadata, "".join(str(cell.get("source", "")) for cell in notebook["cells"]))
    writer = _Writer(saved_views(metadata), Pictures(folder), assets, words)
    language = language_of(metadata)
    blocks = [block.strip("\n") for cell in notebook["cells"] for block in writer.cell(cell, language)]
    return Document("\n\n".join(block for block in blocks if block) + "\n", writer.files)


@dataclass
class _Writer:
    views: dict[str, SavedView]
    pictures: Pictures
    assets: str
    words: Words
    files: dict[str, bytes] = field(default_factory=dict)

    def cell(self, cell: Mapping[str, Any], language: str) -> Iterator[str]:
        tags = tags_of(cell)
        source = str(cell.get("source", ""))
        if "remove-cell" in tags:
            return
        if cell["cell_type"] == "markdown":
            yield self._prose(source, cell.get("attachments"))
        elif cell["cell_type"] == "code":
            if source.strip() and "remove-input" not in tags:
                yield _fence(source, re.sub(r"\W", "", language.removeprefix("i")))
            if "remove-output" not in tags:
                for output in cell.get("outputs", ()):
                    yield from self._output(output)

    def _prose(self, source: str, attachments: Mapping[str, Any] | None) -> str:
        def found(match: re.Match[str]) -> str:
            picture = self.pictures.find(match[2] or match[3] or match[5], attachments)
            return match[0] if picture is None else f"{match[1] or match[4]}{self._asset(picture)}"

        return _PICTURE.sub(found, source)

    def _asset(self, picture: Picture, stem: str = "picture") -> str:
        kind, data = picture
        # Named by content: equal pictures share a file, and different ones never collide.
        name = f"{stem}-{hashlib.sha256(data).hexdigest()[:10]}{EXTENSIONS[kind]}"
        self.files[name] = data
        return f"{quote(self.assets)}/{name}"  # spaces and parentheses would end the address

    def _output(self, output: Mapping[str, Any]) -> Iterator[str]:
        kind = output.get("output_type")
        if kind == "stream":
            yield _fence(plain(_text(output.get("text"))), "text")
        elif kind == "error":
            yield _fence(plain("\n".join(map(str, output.get("traceback") or [output.get("evalue", "")]))), "text")
        elif isinstance(data := output.get("data"), Mapping):
            yield from self._bundle(data)

    def _bundle(self, data: Mapping[str, Any]) -> Iterator[str]:
        reference = data.get(VIEW)
        view = self.views.get(str(reference.get("model_id"))) if isinstance(reference, Mapping) else None
        if view is not None:
            yield from self._view(view)
            return
        for kind in ("image/svg+xml", "image/png", "image/jpeg", "image/webp", "image/gif"):
            text = _text(data.get(kind))
            picture = vector(text) if kind == "image/svg+xml" else decoded(kind, text)
            if text and picture is not None:
                yield f"![output]({self._asset(picture, 'output')})"
                return
        html = _rich(_text(data.get("text/html")))
        if "text/markdown" in data:
            yield self._prose(_text(data["text/markdown"]), None)
        elif "<table" in html:
            yield re.sub(r"\n\s*\n+", "\n", html.strip())  # a blank line would end the HTML
        elif "text/latex" in data:
            yield _text(data["text/latex"])
        elif "application/json" in data:
            yield _fence(json.dumps(data["application/json"], indent=2, ensure_ascii=False), "json")
        elif "text/plain" in data:
            yield _fence(plain(_text(data["text/plain"])), "text")
        elif visible(html):
            yield html.strip()
        elif notice := self.words.absence(data):
            yield f"> {_escaped(notice)}"

    def _view(self, view: SavedView) -> Iterator[str]:
        """The animation of the replay, linked to the poster, and the final values."""
        title, poster = _escaped(view.title or self.words.view), view.picture
        problem = self.words.unplayable.format(view.problem) if view.problem else ""
        if not view.ran and poster is None:
            yield f"> {_escaped(problem or self.words.never_run)}"
            return
        still = self._asset(poster, "poster") if poster else ""
        moving = _moving(view)
        shown = self._asset(("image/webp", moving), "replay") if moving else still
        if shown:
            yield f"[![{title}]({shown})]({still or shown})"
        if problem:
            yield f"> {_escaped(problem)}"
        if view.replay is not None:
            yield from _ending(ending(view.replay), title)


def _moving(view: SavedView) -> bytes:
    try:
        return animation(view.replay) if view.replay is not None else b""
    except (KeyError, IndexError, TypeError, ValueError, OSError):
        return b""  # a damaged file: the poster is shown instead


def _ending(end: Ending, title: str) -> Iterator[str]:
    if end.failure:
        yield _fence(plain(end.failure), "text")
    if end.rows:
        rows = [f"| {_escaped(name)} | {_escaped(value)} |" for name, value in end.rows]
        yield "\n".join([f"| {title} | |", "| --- | ---: |", *rows])
    yield f"*{_escaped(end.summary)}*"


def _rich(html: str) -> str:
    """Clean HTML without pictures; empty if it is nested too deep to be shown."""
    try:
        return clean(html, lambda _address: None)
    except TooDeepError:
        return ""


def _fence(text: str, language: str) -> str:
    """A fenced block of code. The fence is longer than any run of backticks in it."""
    if not text.strip():
        return ""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    body = text.strip("\n")
    return f"{marks}{language}\n{body}\n{marks}"


def _escaped(text: str) -> str:
    """Untrusted text on one line, with all characters escaped that mean something to Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _text(value: object) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else ""
