"""A view, in the form that the loops of trainers use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import torch

from ..run.callbacks import Told
from ..tree.panel import Panel
from .parts import Parts

if TYPE_CHECKING:
    from ..loops.course import Course, Show


def network_or_show(model: object, show: Show | None) -> tuple[torch.nn.Module | None, Show | None]:
    """What the first argument of `View.watch` is: a network or, as in the older form of the call, ``show``.

    Raises TypeError, naming ``model``, for anything else and for two of ``show``.
    """
    if model is None or isinstance(model, torch.nn.Module):
        return model, show
    if callable(model) and show is None:
        return None, model
    if isinstance(inner := getattr(model, "model", None), torch.nn.Module):
        raise TypeError(
            f"watch takes a torch.nn.Module, not {type(model).__name__}; pass its .model, {type(inner).__name__}"
        )
    raise TypeError(f"watch takes a torch.nn.Module, or show, as its first argument, not {model!r}")


class Own(Protocol):
    """The part of the view that is used here."""

    _parts: Parts

    @property
    def iteration(self) -> int:
        """The last logged step."""

    def panel(self, name: str, *, side: str | None = None, width: float = 0.0) -> Panel:
        """The panel of this name."""

    def _step(self, told: Told | None = None) -> bool:
        """Begins a frame."""

    def resume(self) -> None:
        """Continues after an error."""

    def note(self, text: str) -> None:
        """Marks the last step in the chart."""


class Watched:
    """A `loops.host.Host`: what `View` offers to everybody, and the end of a loop."""

    def __init__(self, view: Own) -> None:
        self._view = view
        self._loops: list[Course] = []  # loops that have begun, nested in this order

    @property
    def iteration(self) -> int:
        """The last logged step."""
        return self._view.iteration

    @property
    def in_frame(self) -> bool:
        """True between `step` and `end_step`."""
        return self._view._parts.tree.in_frame

    def panel(self, name: str, *, side: str | None = None, width: float = 0.0) -> Panel:
        """The panel of this name."""
        return self._view.panel(name, side=side, width=width)

    def step(self, told: Told) -> bool:
        """Begins a frame. Returns False if the loop should end. What a callback of the view raises is ``told``."""
        return self._view._step(told)

    def end_step(self, told: Told) -> None:
        """Ends the frame that `step` began, and shows it. What a callback of the view raises is ``told``."""
        self._view._parts.loop.end_step(told)

    def begin_loop(self, loop: Course) -> Course | None:
        """Notes that ``loop`` begins. Returns the loop that it runs in, if any."""
        if not self.in_frame:  # earlier loops ended with an exception that their frameworks did not report
            for earlier in self._loops:
                earlier.lapse()
            self._loops.clear()
        self._loops.append(loop)
        return self._loops[-2] if len(self._loops) > 1 else None

    def end_loop(self, loop: Course) -> None:
        """Notes that ``loop`` has ended. When the outermost one ends, pages show that the view no longer runs."""
        if loop in self._loops:
            del self._loops[self._loops.index(loop) :]  # including unfinished loops inside it
        if not self._loops:
            self._view._parts.loop.end()

    def carry_on(self) -> None:
        """Continues if the view has failed. A view that a user has paused stays paused."""
        if self._view._parts.standing.failed:
            self._view.resume()

    def log(self, scalars: Mapping[str, Any], step: int) -> None:
        """Logs each of ``scalars`` at ``step``."""
        self._view._parts.metrics.log(scalars, step)

    def keep(self, scalars: Mapping[str, float], step: int) -> None:
        """Keeps values for `View.history` that the chart does not show."""
        self._view._parts.metrics.keep(scalars, step)

    def note(self, text: str) -> None:
        """Writes a note into the chart, at the last step."""
        self._view.note(text)

    def tell(self, sentence: str) -> None:
        """Shows a notice. The same sentence is shown once."""
        self._view._parts.notices.tell(sentence)
