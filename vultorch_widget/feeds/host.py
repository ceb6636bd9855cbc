"""What runs in other processes need from a view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..tree.panel import Panel


class Host(Protocol):
    """A view, as far as `Attached` uses it."""

    def panel(self, name: str, *, side: str | None = None, width: float = 0.0) -> Panel:
        """The panel of this name."""

    def remove(self, panel: Panel) -> None:
        """Takes a panel away, unless the program may name its canvases again."""

    def room(self, canvas: str) -> tuple[int, int] | None:
        """Device pixels that pages have for a canvas; None if nobody is watching, (0, 0) if they have not said."""

    def log(self, scalars: Mapping[str, Any], step: int) -> None:
        """Logs each of ``scalars``."""

    def leave(self, scalars: Iterable[str], step: int, earlier: str, said: str) -> str:
        """Takes the values from ``step`` on of ``scalars`` out of the chart, and keeps them as an earlier run.

        They join the run ``earlier``, if that is there and has none of these scalars. A note at ``step`` has the text
        ``said``. Returns the name of their run.
        """

    def tell(self, sentence: str) -> None:
        """Shows a notice once."""

    def take_back(self, sentence: str) -> None:
        """Stops showing a notice."""

    def wake(self) -> None:
        """Makes the view call `Attached.take` soon. Any thread."""

    @property
    def begun(self) -> bool:
        """Whether the view runs or is paused."""

    @property
    def held(self) -> bool:
        """Whether it is paused."""

    @property
    def stopped(self) -> bool:
        """Whether it was stopped and not closed."""
