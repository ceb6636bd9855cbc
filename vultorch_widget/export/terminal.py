"""Renders terminal output as HTML and as plain text."""

from __future__ import annotations

import re

from markupsafe import Markup
from nbconvert.filters.ansi import ansi2html, strip_ansi

from .terminal_screen import overwritten

_RGB = r"rgb\((\d+),(\d+),(\d+)\)"
_STYLED = re.compile(rf'<span(?: class="([^"]*)")? style="(?:color: {_RGB})?(?:; )?(?:background-color: {_RGB})?">')
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
MOST_CHARACTERS = 100_000
"""Maximum characters of an output. The middle of a longer one is left out."""


class Terminal:
    """Renders terminal output. ``css`` has the rules for colours beyond the sixteen named ones."""

    def __init__(self) -> None:
        self._colors: set[str] = set()

    @property
    def css(self) -> str:
        """A rule for each colour used so far, because the page's policy blocks style attributes."""
        rules = [f".ansi-fg-{c}{{--ansi-fg:#{c}}}.ansi-bg-{c}{{--ansi-bg:#{c}}}" for c in sorted(self._colors)]
        return "".join(rules)

    def html(self, text: str) -> Markup:
        """``text`` with its colours, as the content of a ``pre`` element."""
        shown = ansi2html(shortened(_shown(text)))  # type: ignore[no-untyped-call]
        return Markup(_STYLED.sub(self._classes, str(shown)))  # ansi2html escapes

    def _classes(self, match: re.Match[str]) -> str:
        classes = [match[1]] if match[1] else []
        for kind, parts in (("fg", match.groups()[1:4]), ("bg", match.groups()[4:7])):
            if parts[0] is not None:
                color = "{:02x}{:02x}{:02x}".format(*(int(part) for part in parts))
                self._colors.add(color)
                classes += [f"ansi-{kind}-rgb", f"ansi-{kind}-{color}"]
        return f'<span class="{" ".join(classes)}">'


def plain(text: str) -> str:
    """``text`` as a terminal without colours shows it."""
    return str(strip_ansi(shortened(_shown(text))))  # type: ignore[no-untyped-call]


def _shown(text: str) -> str:
    """``text`` after all cursor movements, without characters that a terminal does not show."""
    return overwritten(_CONTROL.sub("", text))


def shortened(text: str) -> str:
    """``text`` without its middle if it is longer than `MOST_CHARACTERS`."""
    if len(text) <= MOST_CHARACTERS:
        return text
    half = MOST_CHARACTERS // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"
