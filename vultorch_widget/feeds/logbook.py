"""The scalars of a training, on their way into its mailbox in parts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from itertools import takewhile
from math import nan

import numpy as np
import torch

from ..basics.first_errors import FirstErrors
from .copies import Copied, Streams
from .mailbox import Mailbox
from .messages import Part
from .outbox import Outbox

MOST_SCALARS = 4096
"""Maximum number of scalars: every head names them all."""
CHUNK = 4096
"""Values in one part of the log."""
MOST_CHUNKS = 64
"""Parts that the mailbox keeps: 262,144 values, 5 MiB. Older ones are dropped."""
ROW = np.dtype([("name", "<i4"), ("step", "<i8"), ("value", "<f8")])

_log = logging.getLogger(__name__)


class Logbook:
    """The log of one rank. The training's thread appends to it, and all else runs on the thread that posts."""

    def __init__(self, mailbox: Mailbox, outbox: Outbox, streams: Streams) -> None:
        self.posted = 0
        """Values in the mailbox, or in the outbox."""
        self._mailbox, self._outbox, self._streams = mailbox, outbox, streams
        self._lock = threading.Lock()
        self._names: dict[str, int] = {}
        self._rows: list[tuple[int, int, float | Copied]] = []  # rows that are not in any part yet
        self._part = np.empty(CHUNK, ROW)
        self._filled = 0  # values in the part
        self._full = 0  # parts that are complete
        self._errors = FirstErrors()

    def append(self, name: str, step: int, value: float | Copied) -> bool:
        """Appends a value. Returns False if there are too many scalars. Any thread."""
        with self._lock:
            number = self._names.get(name)
            if number is None:
                if len(self._names) >= MOST_SCALARS:
                    return False
                number = self._names[name] = len(self._names)
            self._rows.append((number, step, value))
        return True

    @property
    def names(self) -> tuple[str, ...]:
        """The scalars, in the order of their numbers in the rows."""
        with self._lock:
            return tuple(self._names)

    @property
    def first(self) -> int:
        """The number of the first value that the mailbox still has."""
        return max(0, self._full - MOST_CHUNKS) * CHUNK

    @property
    def keys(self) -> list[str]:
        """Where the mailbox may have parts."""
        return [f"log/{part}" for part in range(max(0, self._full - MOST_CHUNKS), self._full + 1)]

    def post(self, *, whole: bool, ended: bool) -> None:
        """Posts the parts that are complete, and with ``whole`` the last one. Once the training has ``ended``, also
        values that a GPU has yet to compute.
        """
        with self._lock:
            rows = list(self._rows)
        if not ended:  # the others are read next time
            rows = list(takewhile(lambda row: _is_ready(row[2]), rows))
        if self._filled + len(rows) < CHUNK and not (
            whole and self._full * CHUNK + self._filled + len(rows) > self.posted
        ):
            return
        numbers = self._numbers(rows)
        values = [(name, step, number) for (name, step, _), number in zip(rows, numbers, strict=True)]
        with self._lock:
            del self._rows[: len(rows)]
        at = 0
        while at < len(values) or (whole and self._full * CHUNK + self._filled > self.posted):
            new = values[at : at + CHUNK - self._filled]
            self._part[self._filled : self._filled + len(new)] = new
            self._filled += len(new)
            at += len(new)
            if whole or self._filled == CHUNK:
                self._post_part()

    def clear(self) -> None:
        """Forgets what was not posted: nobody will post it."""
        with self._lock:
            self._rows.clear()

    def _post_part(self) -> None:
        self._outbox.add(f"log/{self._full}", Part(number=self._full), self._part[: self._filled].tobytes())
        self.posted = self._full * CHUNK + self._filled
        if self._filled == CHUNK:
            self._full, self._filled = self._full + 1, 0
            self._mailbox.drop(f"log/{self._full - 1 - MOST_CHUNKS}")

    def _numbers(self, rows: Sequence[tuple[int, int, float | Copied]]) -> list[float]:
        """The values of ``rows``. What was copied is read in one transfer for each device and dtype."""
        found = [value if isinstance(value, float) else nan for _, _, value in rows]
        copied: dict[tuple[torch.device, torch.dtype], list[tuple[int, Copied]]] = {}
        for place, (_, _, value) in enumerate(rows):
            if not isinstance(value, float):
                copied.setdefault((value.tensor.device, value.tensor.dtype), []).append((place, value))
        for of_device in copied.values():
            copies = [value for _, value in of_device]
            try:
                with self._streams.beside(copies):
                    read = torch.stack([one.tensor.reshape(()) for one in copies]).tolist()
            except Exception:  # one of them cannot be read like this, such as a sharded tensor, or not at all
                read = [self._number(rows[place][0], value) for place, value in of_device]
            for (place, _), number in zip(of_device, read, strict=True):
                found[place] = float(number)
        return found

    def _number(self, name: int, copied: Copied) -> float:
        """Reads one value; NaN if that fails, which is said once for each scalar."""
        try:
            if copied.ready is not None:
                copied.ready.synchronize()
            return float(copied.tensor.item())
        except Exception as error:
            scalar = self.names[name]
            if self._errors.first(error, of=scalar):
                _log.warning(
                    "%r cannot be read and is NaN in the log; log a number instead. %s", scalar, error, exc_info=error
                )
            return nan


def _is_ready(value: float | Copied) -> bool:
    return isinstance(value, float) or value.ready is None or value.ready.query()  # type: ignore[no-untyped-call]
