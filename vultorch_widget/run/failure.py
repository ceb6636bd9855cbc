"""Turns a callback's exception into what the page shows, without this package's own stack frames."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType

from ..protocol.messages import Failure

EXHAUSTED = (
    "StopIteration: an iterator has no more items. Call view.stop() where the data ends, or start over: "
    "next(batches, None) detects the end, iter(loader) starts again"
)
"""Message for an exhausted iterator, such as a data loader's after an epoch."""

MOST_TEXT = 1 << 16
"""Maximum characters of a summary or a traceback. The middle of a longer one is left out: a page gets it with each
status, and a replay with longer texts cannot be played.
"""

_PACKAGE = str(Path(__file__).parents[1])


def describe(where: str, error: BaseException) -> Failure:
    """Describes ``error``, raised by the callback that ``where`` names."""
    summary = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()
    if isinstance(error, StopIteration):  # its own message is empty
        summary = [EXHAUSTED]
    trimmed = _users_part(error.__traceback__)
    text = "".join(traceback.format_exception(type(error), error, trimmed))
    said = summary[-1] if summary else repr(error)
    return Failure(where=where, summary=_shortened(said), traceback=_shortened(text))


def _shortened(text: str) -> str:
    left = len(text) - MOST_TEXT
    if left <= 0:
        return text
    half = MOST_TEXT // 2
    return f"{text[:half]}\n... {left:,} characters are left out ...\n{text[-half:]}"


def _users_part(trace: TracebackType | None) -> TracebackType | None:
    """Returns the traceback from the first stack frame outside this package, or all of it if there is none."""
    current = trace
    while current is not None and current.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        current = current.tb_next
    return current or trace
