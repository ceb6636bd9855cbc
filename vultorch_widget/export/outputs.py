"""Renders outputs of cells as HTML, in the richest form that a page without scripts and network can show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from ..replay.files import VIEW
from .formula import formula
from .page_data import Shared
from .pictures import Pictures, data_url, decoded, vector
from .prose import Prose
from .sanitise import TooDeepError, clean, visible
from .terminal import Terminal
from .view_figure import Figures

PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/webp", "image/gif")
_LATEX = re.compile(r"\A\s*(?:\$\$?|\\\[|\\\()?(.*?)(?:\$\$?|\\\]|\\\))?\s*\Z", re.DOTALL)


@dataclass
class Outputs:
    """Renders outputs, using the state that their page shares."""

    prose: Prose
    figures: Figures
    terminal: Terminal
    pictures: Pictures
    shared: Shared

    def html(self, outputs: Iterable[Mapping[str, Any]]) -> list[Markup]:
        """Renders the visible outputs of a cell. Consecutive pieces of a stream are joined."""
        return [html for output in _joined(outputs) if (html := self._output(output))]

    def _output(self, output: Mapping[str, Any]) -> Markup:
        kind = output.get("output_type")
        if kind == "stream":
            text = self.terminal.html(_text(output.get("text")))
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            return _pre(text, f"stream {name}") if text.strip() else Markup()
        if kind == "error":
            return self._error(output)
        data = output.get("data")
        return self._bundle(data, output.get("metadata") or {}) if isinstance(data, Mapping) else Markup()

    def _error(self, output: Mapping[str, Any]) -> Markup:
        lines = output.get("traceback")
        traceback = "\n".join(map(str, lines)) if isinstance(lines, list) else ""
        traceback = traceback or f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
        return _pre(self.terminal.html(traceback), "error")

    def _bundle(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Markup:
        reference = data.get(VIEW)
        if isinstance(reference, Mapping):
            figure = self.figures.html(str(reference.get("model_id")))
            if figure is not None:
                return figure
        for kind in ("text/html", *PICTURES, "text/markdown", "text/latex", "application/json", "text/plain"):
            if kind in data and (html := self._one(kind, data, metadata)):
                return html
        notice = self.figures.words.absence(data)
        return Markup('<p class="view-absent">{}</p>').format(notice) if notice else Markup()

    def _one(self, kind: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Markup:
        """Renders an output's data of the media type ``kind``; empty if it cannot be shown."""
        content = data[kind]
        if kind == "application/json":
            return _pre(escape(json.dumps(content, indent=2, ensure_ascii=False)), "result")
        text = _text(content)
        if kind == "text/html":
            return self._rich(text)
        if kind in PICTURES:
            alternative = _text(data.get("text/plain")) or "output"
            return self._picture(kind, text, alternative, metadata.get(kind))
        if kind == "text/markdown":
            return Markup('<div class="rich prose">{}</div>').format(self.prose.html(text))
        if kind == "text/latex":
            match = _LATEX.match(text)
            return formula(match[1] if match else text, display=True)
        return _pre(self.terminal.html(text), "result") if text.strip() else Markup()

    def _rich(self, text: str) -> Markup:
        try:
            html = clean(text, self._inlined)
        except TooDeepError:
            return Markup()
        return Markup('<div class="rich">{}</div>').format(html) if visible(html) else Markup()

    def _inlined(self, address: str) -> str | None:
        found = self.pictures.find(address)
        return None if found is None else data_url(found)

    def _picture(self, kind: str, text: str, alternative: str, metadata: object) -> Markup:
        if kind == "image/svg+xml":
            picture = vector(text)  # scripts do not run in an <img>
        elif (found := decoded(kind, text)) is not None:
            picture = found
        else:
            return Markup()
        shared = self.shared.name(text) if kind != "image/svg+xml" else ""
        sizes = metadata if isinstance(metadata, Mapping) else {}
        attributes = Markup("").join(
            Markup(' {}="{}"').format(name, int(sizes[name]))
            for name in ("width", "height")
            if isinstance(sizes.get(name), (int, float)) and 0 < sizes[name] < 10_000
        )
        if shared:
            attributes += Markup(' data-shared="{}"').format(shared)
        return Markup('<p class="picture"><img src="{}" alt="{}"{}></p>').format(
            data_url(picture), alternative[:300], attributes
        )


def _pre(content: Markup, kind: str) -> Markup:
    return Markup('<pre class="output {}" tabindex="0">{}</pre>').format(kind, content)


def _text(value: object) -> str:
    """A string as nbformat stores it: a string or a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else ""


def _joined(outputs: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    joined: list[dict[str, Any]] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.get("output_type") == last.get("output_type") == "stream" and output.get("name") == last.get("name"):
            last["text"] = _text(last.get("text")) + _text(output.get("text"))
        else:
            joined.append(dict(output))
    return joined
