"""A run that a view is attached to: puts what its ranks say into the view, and tells them what it wants."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

from ..tree.panel import Panel
from . import register
from .messages import Chosen, Wanted
from .reader import Reader

LOOK = 0.5
"""Seconds between two looks for new ranks."""
MOST_RANKS = 64
UNKNOWN = (512, 512)
"""Device pixels that are asked for before a page has said how many it has."""


class Host(Protocol):
    """What is used of a view."""

    def panel(self, name: str, *, side: str | None = None, width: float = 0.0) -> Panel:
        """The panel of this name."""

    def room(self, canvas: str) -> tuple[int, int] | None:
        """Device pixels that pages have for a canvas; None if nobody watches, (0, 0) if they have not said."""

    def log(self, scalars: Mapping[str, Any], step: int) -> None:
        """Logs each of ``scalars``."""

    def tell(self, sentence: str) -> None:
        """Shows a notice once."""

    def wake(self) -> None:
        """Has `Attached.take` called soon. Any thread."""

    @property
    def begun(self) -> bool:
        """Whether the view runs or is paused."""

    @property
    def held(self) -> bool:
        """Whether it is paused."""

    @property
    def stopped(self) -> bool:
        """Whether it was stopped and not closed."""


class _Slider:
    """What is known of one slider of a run."""

    def __init__(self, value: float) -> None:
        self.value = value  # of the panel, when it was last looked at
        self.told = value  # by the rank
        self.revision = 0


class Attached:
    """One run in one view. All methods but those of its readers run on the view's thread."""

    def __init__(self, host: Host, run: str) -> None:
        self.run = register.checked_run(run)
        self._host = host
        self._readers: dict[int, Reader] = {}
        self._sliders: dict[str, _Slider] = {}
        self._captions: dict[int, str] = {}
        self._last: dict[str, int] = {}  # step by scalar
        self._looked = 0.0
        self._ran = False
        self._look(time.monotonic())
        if not self._readers:
            host.tell(f"Nothing of run {run!r} has begun on this machine yet; it is shown once it has.")

    def close(self) -> None:
        """Reads nothing any more. The training goes on."""
        for reader in self._readers.values():
            reader.close()

    def take(self) -> None:
        """Takes what has arrived. To be called between two frames."""
        now = time.monotonic()
        if now - self._looked > LOOK:
            self._look(now)
        stopping = self._ran and self._host.stopped
        self._ran = self._host.begun
        for reader in self._readers.values():
            with reader.lock:
                head, rows, reader.rows = reader.head, reader.rows, []
                pictures, reader.pictures = reader.pictures, {}
            if head is None:
                continue
            if stopping:
                reader.stop = head.process
            panel = self._host.panel(f"{self.run} · rank {reader.rank}")
            for offer in head.offers:
                panel.canvas(offer.name)
                if offer.error:
                    self._host.tell(f"Picture {offer.name!r} of rank {reader.rank} cannot be shown. {offer.error}")
            for name, (_, picture) in pictures.items():
                shown = panel.canvas(name).tensor
                if shown is not None and shown.shape == picture.shape:
                    shown.copy_(picture)  # torch counts this write
                else:
                    panel.canvas(name).bind(picture)
            self._caption(reader, panel)
            self._log(reader.rank, head.world, rows)
            if reader.rank == min(self._readers):
                self._draw(head.sliders)
            reader.wanted = () if self._host.held else self._wanted(panel)
        chosen = tuple(
            Chosen(label=label, value=one.value, revision=one.revision)
            for label, one in self._sliders.items()
            if one.revision
        )
        for reader in self._readers.values():
            reader.chosen = chosen

    def _look(self, now: float) -> None:
        self._looked = now
        for rank in register.ranks(self.run):
            if rank not in self._readers and len(self._readers) < MOST_RANKS:
                self._readers[rank] = Reader(self.run, rank, self._host.wake, self._host.tell)
        self._readers = dict(sorted(self._readers.items()))

    def _wanted(self, panel: Panel) -> tuple[Wanted, ...]:
        wanted = []
        for name, canvas in panel.canvases.items():
            room = self._host.room(canvas.id)
            if room is not None:
                width, height = room if min(room) > 0 else UNKNOWN
                wanted.append(Wanted(name=name, width=width, height=height))
        return tuple(wanted)

    def _caption(self, reader: Reader, panel: Panel) -> None:
        head = reader.head
        assert head is not None
        text = f"rank {reader.rank} · step {head.step}"
        if head.ended:
            text += " · ended"
        elif reader.gone:
            text += f" · gone since {time.strftime('%H:%M:%S', time.localtime(reader.alive_at))}"
        else:
            behind = max(other.head.step for other in self._readers.values() if other.head) - head.step
            text += f" · {behind} behind" if behind > 1 else ""
            text += f" · {head.age:.0f} s ago" if head.age >= 1 else ""
        if text == self._captions.get(reader.rank):
            return
        self._captions[reader.rank] = text
        for canvas in panel.canvases.values():
            if canvas.tensor is not None:
                canvas.captions(text)
            else:
                del self._captions[reader.rank]
                break

    def _log(self, rank: int, world: int, rows: list[tuple[str, int, float]]) -> None:
        for name, step, value in rows:
            scalar = name if world == 1 else f"{name} · rank {rank}"
            if step < self._last.get(scalar, 0):  # a restarted rank repeats steps
                self._host.tell(
                    f"Rank {rank} of run {self.run!r} has gone back to step {step}; the chart keeps its own."
                )
                continue
            self._last[scalar] = step
            self._host.log({scalar: value}, step)

    def _draw(self, sliders: tuple[Any, ...]) -> None:
        if not sliders:
            return
        panel = self._host.panel(self.run, side="left", width=0.2)
        for one in sliders:
            label = one.id.partition(":")[2]
            known = self._sliders.get(label)
            if known is None:
                panel.slider(label, one.min, one.max, default=one.initial, log=one.log, step=one.step)
                panel.set(label, one.value)
                self._sliders[label] = _Slider(one.value)
                continue
            value = panel.get(label)
            if value != known.value:  # by hand
                known.value, known.revision = value, known.revision + 1
            elif one.value not in {known.told, known.value}:  # by another notebook
                panel.set(label, one.value)
                known.value = one.value
            known.told = one.value
