"""Runs a command in this process."""

from __future__ import annotations

import pytest

from vultorch_widget.cli import main


class Command:
    """Runs commands. ``code`` is the last exit code; ``out`` and ``err`` are the last output."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.code = -1
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        self.out, self.err = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        self.code = ended.value.code
        return self.code

    def refuses(self, *arguments: object) -> str:
        """Asserts exit code 2 and returns the single line on stderr."""
        assert self(*arguments) == 2
        assert self.out == ""
        (line,) = self.err.splitlines()
        assert line.startswith("vultorch-widget: ")
        return line.removeprefix("vultorch-widget: ")
