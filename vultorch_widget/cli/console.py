"""Terminal output of commands: progress, results, and errors in one line."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from rich.console import Console

BAD_INPUT = 2
FAILED = 1


class CommandError(Exception):
    """Ends a command. The message is shown to the user; ``code`` is the exit code."""

    def __init__(self, message: str, code: int = BAD_INPUT) -> None:
        super().__init__(message)
        self.code = code


def console() -> Console:
    """A console for progress and results. It writes to stderr: stdout is left to output for other programs."""
    return Console(stderr=True, highlight=False)


def wrote(path: Path, count: int, more: str = "", *, replaced: bool = False) -> None:
    """Prints the last line of a command that wrote or replaced a file of ``count`` bytes."""
    verb = "Replaced" if replaced else "Wrote"
    console().print(f"{verb} {path} ({_size(count)}){more}", markup=False, soft_wrap=True)


def error(message: str) -> None:
    """Writes ``message`` to stderr as a single line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    sys.stderr.write(f"vultorch-widget: {line}\n")


def _size(count: int) -> str:
    """``count`` bytes in readable units."""
    return f"{count / 1024:,.0f} KiB" if count < 1 << 20 else f"{count / (1 << 20):,.1f} MiB"


def require(extra: str, *modules: str) -> None:
    """Raises CommandError unless ``modules``, which the package's ``extra`` installs, are there."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise CommandError(f"{missing[0]} is not installed: run `pip install 'vultorch-widget[{extra}]'`")
