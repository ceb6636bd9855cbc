"""The notebooks that watch a rank: what they have room for, what they have chosen, and whether one said to stop."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from ..protocol.wire import MessageError
from .mailbox import Mailbox
from .messages import Chosen, Watching
from .sealed import unseal

POLL = 0.03
"""Seconds between two looks into the mailbox while somebody is watching. Each takes Python's lock from the training."""
IDLE_POLL = 0.2
"""The same while nobody is watching."""
FORGOTTEN = 4.0
"""Seconds without a sign of life after which a notebook no longer counts as watching."""
MOST_NEW_NOTEBOOKS = 16
"""Notebooks that may come between two looks: anyone can raise their counter."""
MOST_CONTROLS = 256

_log = logging.getLogger(__name__)


@dataclass
class _Notebook:
    """One notebook that is watching."""

    raw: bytes = b""
    at: float = 0.0
    said: Watching | None = None


class Audience:
    """What notebooks have said to ``process``. `heard` may be called on any thread, all else on the one that posts."""

    def __init__(self, mailbox: Mailbox, token: str, process: str) -> None:
        self.look_at = 0.0
        """When to look into the mailbox again, by `time.monotonic`."""
        self._mailbox, self._token, self._process = mailbox, token, process
        self._lock = threading.Lock()
        self._notebooks: dict[int, _Notebook] = {}
        self._known = 0
        self._said = 0  # what they have said so far
        self._chosen: dict[str, float | int | bool] = {}  # since they were last collected
        self._choices: dict[str, Chosen] = {}
        self._stop = False

    @property
    def present(self) -> bool:
        """Whether anybody is watching."""
        return bool(self._notebooks)

    @property
    def choices(self) -> tuple[Chosen, ...]:
        """The newest choice for each control."""
        return tuple(self._choices.values())

    def heard(self) -> tuple[dict[str, float | int | bool], bool]:
        """Returns what notebooks have chosen since the last call, and whether to stop."""
        with self._lock:
            chosen, self._chosen = self._chosen, {}
        return chosen, self._stop

    def read(self, now: float) -> bool:
        """Looks into the mailbox, if it is time for that. Returns whether `rooms` may have changed."""
        if now < self.look_at:
            return False
        said, self._said = self._said, self._mailbox.count("said", 0)
        if self._said != said:
            count = self._mailbox.count("notebooks", 0)
            for number in range(max(self._known, count - MOST_NEW_NOTEBOOKS) + 1, count + 1):
                self._notebooks[number] = _Notebook(at=now)
            self._known = count
        self.look_at = now + (POLL if self._notebooks else IDLE_POLL)
        watched = len(self._notebooks)
        for number, notebook in list(self._notebooks.items()):
            key = f"watch/{number}"
            raw = self._mailbox.get(key) if self._said != said else None
            if raw is not None and raw != notebook.raw:
                notebook.raw, notebook.at = raw, now
                try:
                    notebook.said, _ = unseal(self._token, key, raw, Watching)
                    self._choose(notebook.said)
                except MessageError as error:
                    _log.warning("A notebook's message was refused: %s", error)
            elif now - notebook.at > FORGOTTEN:
                del self._notebooks[number]
                self._mailbox.drop(key)
        return self._said != said or len(self._notebooks) < watched

    def rooms(self) -> dict[str, tuple[int, int]]:
        """How many pixels the notebooks have for each picture, at most: width and height."""
        rooms: dict[str, tuple[int, int]] = {}
        for notebook in self._notebooks.values():
            for one in notebook.said.pictures if notebook.said else ():
                width, height = rooms.get(one.name, (1, 1))
                rooms[one.name] = max(width, one.width), max(height, one.height)
        return rooms

    def _choose(self, said: Watching) -> None:
        with self._lock:
            for one in said.chosen:
                known = self._choices.get(one.label)
                if one.process not in ("", self._process) or (known is None and len(self._choices) >= MOST_CONTROLS):
                    continue
                if known is None or (one.revision, one.by) > (known.revision, known.by):
                    self._choices[one.label] = one
                    self._chosen[one.label] = one.value
        self._stop |= said.stop == self._process
