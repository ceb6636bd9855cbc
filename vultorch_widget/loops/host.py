"""What a loop needs from a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from ..tree.panel import Panel

Loop = TypeVar("Loop")


class Host(Protocol[Loop]):
    """A view, as far as `Watch` uses it."""

    @property
    def iteration(self) -> int:
        """The last logged step."""

    @property
    def in_frame(self) -> bool:
        """True between `step` and `end_step`."""

    def panel(self, name: str, *, side: str | None = None, width: float = 0.0) -> Panel:
        """The panel of this name."""

    def step(self, told: Callable[[str, Exception], None]) -> bool:
        """Begins a frame. Returns False if the loop should end. Which callback of the view has raised what is
        ``told``.
        """

    def end_step(self, told: Callable[[str, Exception], None]) -> None:
        """Ends the frame that `step` began, and shows it. Which callback of the view has raised what is ``told``."""

    def begin_loop(self, loop: Loop) -> Loop | None:
        """Notes that ``loop`` begins. Returns the loop that it runs in, if any."""

    def end_loop(self, loop: Loop) -> None:
        """Notes that ``loop`` has ended. When the outermost one ends, pages show that the view no longer runs."""

    def carry_on(self) -> None:
        """Continues if the view has failed. A view that a user has paused stays paused."""

    def log(self, scalars: Mapping[str, Any], step: int) -> None:
        """Logs each of ``scalars`` at ``step``."""

    def keep(self, scalars: Mapping[str, float], step: int) -> None:
        """Keeps values for `View.history` that the chart does not show."""

    def note(self, text: str) -> None:
        """Writes a note into the chart, at the last step."""

    def tell(self, sentence: str) -> None:
        """Shows a notice. The same sentence is shown once."""
