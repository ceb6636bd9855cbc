"""Emulates a terminal for text that moves its cursor, such as progress bars and overwritten lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby

WIDTH, HEIGHT = 200, 100
"""Columns and rows within which sequences can move the cursor. Text itself may be longer and wider."""

_MOVES = re.compile(r"[\r\b]|\x1b\[[0-?]*[A-DGK]")
_TOKEN = re.compile(r"\x1b\[([0-?]*)[ -/]*([@-~])|([\r\n\b])|([^\x1b\r\n\b]+|\x1b)")

Style = tuple[tuple[str, str], ...]
"""The style of a character: (kind, parameters of the SGR sequence that sets it), one for each kind."""
_KINDS = {
    **dict.fromkeys([*range(30, 40), *range(90, 98)], "ink"),
    **dict.fromkeys([*range(40, 50), *range(100, 108)], "paper"),
    **dict.fromkeys([1, 22], "bold"),
    **dict.fromkeys([4, 24], "underline"),
    **dict.fromkeys([7, 27], "inverse"),
}
_OFF = {22, 24, 27, 39, 49}


def overwritten(text: str) -> str:
    """Applies the carriage returns, backspaces and cursor movements in ``text``.

    A backspace at the end of a line deletes a character, as in Jupyter. Each character keeps the colours that it was
    written in. Text without movements is returned unchanged.
    """
    text = text.replace("\r\n", "\n")
    if not _MOVES.search(text):
        return text
    screen = _Screen()
    for parameters, final, control, run in _TOKEN.findall(text):
        if final == "m":
            screen.style = _restyled(screen.style, parameters)
        elif final:
            screen.move(final, parameters)
        elif control:
            screen.control(control)
        else:
            screen.write(run)
    return screen.text()


@dataclass
class _Line:
    characters: list[str] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)

    def put(self, at: int, run: str, style: Style) -> None:
        if (missing := at - len(self.characters)) > 0:
            self.put(len(self.characters), " " * missing, ())
        self.characters[at : at + len(run)] = run
        self.styles[at : at + len(run)] = [style] * len(run)

    def cut(self, at: int) -> None:
        del self.characters[at:], self.styles[at:]


class _Screen:
    """The lines that can still change, and the finished text above them."""

    def __init__(self) -> None:
        self.style: Style = ()
        self._above: list[str] = []
        self._lines = [_Line()]
        self._row = self._column = 0
        self._written: Style = ()  # the style at the end of the text so far

    def write(self, run: str) -> None:
        self._lines[self._row].put(self._column, run, self.style)
        self._column += len(run)

    def control(self, character: str) -> None:
        line = self._lines[self._row]
        if character == "\b" and self._column:
            if self._column == len(line.characters):
                line.cut(self._column - 1)
            self._column -= 1
        elif character != "\b":
            self._column = 0
        if character == "\n":
            self._row += 1
            if self._row == len(self._lines):
                self._lines.append(_Line())
            if len(self._lines) > HEIGHT:
                self._above.append(self._text(self._lines.pop(0)))
                self._row -= 1

    def move(self, final: str, parameters: str) -> None:
        """Applies one control sequence. Unknown ones have no effect."""
        number = _number(parameters)
        steps, line = max(1, number), self._lines[self._row]
        match final:
            case "A":
                self._row = max(0, self._row - steps)
            case "B":
                self._row = min(len(self._lines) - 1, self._row + steps)
            case "C":
                self._column = max(self._column, min(WIDTH, self._column + steps))
            case "D":
                self._column = max(0, self._column - steps)
            case "G":
                self._column = min(WIDTH, steps - 1)
            case "K" if number == 0:
                line.cut(self._column)
            case "K" if number == 1:
                line.put(0, " " * min(self._column + 1, len(line.characters)), ())
            case "K":
                line.cut(0)

    def text(self) -> str:
        return "\n".join([*self._above, *map(self._text, self._lines)])

    def _text(self, line: _Line) -> str:
        parts = []
        at = 0
        for style, same in groupby(line.styles):
            if style != self._written:
                self._written = style
                parts.append(f"\x1b[{';'.join(['0', *(code for _, code in style)])}m")
            end = at + sum(1 for _ in same)
            parts.append("".join(line.characters[at:end]))
            at = end
        return "".join(parts)


def _restyled(style: Style, parameters: str) -> Style:
    """``style`` after an SGR sequence with these parameters."""
    kinds = dict(style)
    codes = [_number(code) for code in parameters.split(";")]
    while codes:
        code = codes.pop(0)
        taken = {5: 2, 2: 4}.get(codes[0], 0) if code in (38, 48) and codes else 0
        given = [code, *codes[:taken]]
        del codes[:taken]
        kind = _KINDS.get(code, "")
        if code == 0:
            kinds.clear()
        elif code in _OFF:
            kinds.pop(kind, None)
        elif kind:
            kinds[kind] = ";".join(map(str, given))
    return tuple(sorted(kinds.items()))


def _number(text: str) -> int:
    """The number in ``text``; 0, as in terminals, if it is not one, or if it exceeds any screen."""
    return int(text) if text.isdecimal() and len(text) < 5 else 0
