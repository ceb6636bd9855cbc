"""A view, in the form that runs of other processes use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..tree.panel import Panel
from .parts import Parts


class Own(Protocol):
    """The part of the view that is used here."""

    _parts: Parts

    def panel(self, name: str, *, side: str | None = None, width: float = 0.0) -> Panel:
        """The panel of this name."""


class Attaching:
    """A `feeds.attached.Host`. Threads hold it, and with it the view, until that is closed."""

    def __init__(self, view: Own) -> None:
        self._parts = view._parts
        self._view = view

    def panel(self, name: str, *, side: str | None = None, width: float = 0.0) -> Panel:
        """The panel of this name."""
        return self._view.panel(name, side=side, width=width)

    def remove(self, panel: Panel) -> None:
        """Takes a panel away, unless the program has paired one of its canvases, and may name it again."""
        parts = self._parts
        pairs = [(pair.prediction.id, pair.target.id) for pair in parts.measuring.pairs()]
        pairs += [(pair.canvas, pair.other) for pair in parts.tree.compared.values()]
        if not any(canvas.id in pair for canvas in panel.canvases.values() for pair in pairs):
            parts.tree.remove(panel)

    def room(self, canvas: str) -> tuple[int, int] | None:
        """Device pixels that pages have for a canvas; None if nobody is watching, (0, 0) if they have not said."""
        publisher = self._parts.publisher
        if publisher.attached and not publisher.watched:
            return None
        return publisher.room(canvas)

    def log(self, scalars: Mapping[str, Any], step: int) -> None:
        """Logs each of ``scalars``."""
        self._parts.metrics.log(scalars, step)

    def leave(self, scalars: Iterable[str], step: int, earlier: str, said: str) -> str:
        """Takes the values from ``step`` on of ``scalars`` out of the chart, and keeps them as an earlier run.

        They join the run ``earlier``, if that is there and has none of these scalars. A note at ``step`` has the text
        ``said``. Returns the name of their run.
        """
        metrics, before = self._parts.metrics, self._parts.metrics.iteration
        name = metrics.leave(scalars, step, self._parts.tree.settings(), earlier)
        if metrics.iteration < before:
            self._parts.session.replay.go_back(metrics.iteration)
        metrics.timeline.add(step, "note", said)
        return name

    def tell(self, sentence: str) -> None:
        """Shows a notice once."""
        self._parts.notices.tell(sentence)

    def take_back(self, sentence: str) -> None:
        """Stops showing a notice."""
        self._parts.notices.take_back(sentence)

    def wake(self) -> None:
        """Makes the view take the news soon. Any thread."""
        self._parts.runner.wake()

    @property
    def begun(self) -> bool:
        """Whether the view runs or is paused."""
        return self._parts.standing.on_the_way

    @property
    def held(self) -> bool:
        """Whether it is paused."""
        return self._parts.standing.held

    @property
    def stopped(self) -> bool:
        """Whether it was stopped and not closed."""
        return self._parts.standing.over and not self._parts.standing.closed
