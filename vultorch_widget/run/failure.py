"""Turns an exception from a callback into what the page shows, without the frames that are not the user's."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType

from ..protocol.messages import Failure

EXHAUSTED = (
    "StopIteration: an iterator has no more items. Call view.stop() where the data ends, or begin it again: "
    "next(batches, None) tells the end, iter(loader) begins anew"
)
"""What is said of an iterator that has come to its end, such as a data loader's after an epoch."""

_PACKAGE = str(Path(__file__).parents[1])


def describe(where: str, error: BaseException) -> Failure:
    """``where`` names the callback that raised ``error``."""
    summary = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()
    if isinstance(error, StopIteration):  # which says nothing
        summary = [EXHAUSTED]
    trimmed = _users_part(error.__traceback__)
    text = "".join(traceback.format_exception(type(error), error, trimmed))
    return Failure(where=where, summary=summary[-1] if summary else repr(error), traceback=text)


def _users_part(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame outside this package on; the whole where there is none."""
    current = trace
    while current is not None and current.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        current = current.tb_next
    return current or trace
