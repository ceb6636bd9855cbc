"""What the user declared: title, size, panels in order, and the callbacks of a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..controls.labels import visible_label
from ..metrics.ghosts import settings
from ..protocol.messages import PROTOCOL_VERSION, CanvasSpec, Compared, Leaf, PanelSpec, Scene, Split
from .canvas import Canvas
from .layout import Docking, arrange
from .panel import Panel


@dataclass(slots=True)
class Tree:
    """The declared structure of a view. ``notices`` are sentences that the page shows to the user."""

    title: str
    width: int
    height: int
    panels: dict[str, Panel] = field(default_factory=dict)
    on_frame: Callable[[], object] | None = None
    on_reset: Callable[[], object] | None = None
    notices: list[str] = field(default_factory=list)
    compared: dict[str, Compared] = field(default_factory=dict)  # by canvas id
    in_frame: bool = False

    def add(self, panel: Panel) -> None:
        """Adds a panel. If a callback declares it, it takes part in the current frame."""
        self.panels[panel.name] = panel
        if self.in_frame:
            panel.store.begin_frame()

    def remove(self, panel: Panel) -> None:
        """Takes a panel away, none of whose canvases is compared. Call it between two frames."""
        del self.panels[panel.name]

    def begin_frame(self) -> None:
        """Marks the beginning of a frame, to which controls called from now on belong."""
        self.in_frame = True
        for panel in self.panels.values():
            panel.store.begin_frame()

    def end_frame(self) -> None:
        """Shows the controls that were called since `begin_frame`."""
        self.in_frame = False
        for panel in self.panels.values():
            panel.store.end_frame()

    def keep_controls(self) -> None:
        """Lets the running frame show all controls of the last one, too, because its code has raised."""
        for panel in self.panels.values():
            panel.store.keep_controls()

    def abandon_frame(self) -> None:
        """Shows the controls of the previous frame."""
        self.in_frame = False
        for panel in self.panels.values():
            panel.store.abandon_frame()

    def canvases(self) -> Iterator[Canvas]:
        """Every canvas, in the order of declaration."""
        for panel in self.panels.values():
            yield from panel.canvases.values()

    def canvas(self, ident: str) -> Canvas | None:
        """The canvas with this id, or None."""
        return next((canvas for canvas in self.canvases() if canvas.id == ident), None)

    def settings(self) -> dict[str, Any]:
        """What the controls are set to, by label; see `ghosts.settings`."""
        return settings(
            (visible_label(ident), value)
            for panel in self.panels.values()
            for ident, value in panel.store.values().items()
            if not ident.startswith("button")
        )

    def shape(self) -> tuple[object, ...]:
        """A value that changes whenever the layout does, which means that a new `Scene` has to be sent."""
        panels = tuple((p.name, p.side, p.width, [c.look() for c in p.canvases.values()]) for p in self.panels.values())
        return (panels, tuple(self.notices), tuple(self.compared.values()))

    def layout(self) -> Leaf | Split | None:
        """The layout of the panels, or None if there are none."""
        places = [Docking(p.id, p.side, p.width) for p in self.panels.values()]
        return arrange(places, self.width, self.height)

    def scene(self) -> Scene:
        """The whole structure, as a message to pages."""
        panels = tuple(
            PanelSpec(id=p.id, name=p.name, canvases=self._canvas_specs(p), controls=p.store.specs())
            for p in self.panels.values()
        )
        return Scene(
            protocol=PROTOCOL_VERSION,
            title=self.title,
            width=self.width,
            height=self.height,
            layout=self.layout(),
            panels=panels,
            notices=tuple(self.notices),
            compared=tuple(self.compared.values()),
        )

    @staticmethod
    def _canvas_specs(panel: Panel) -> tuple[CanvasSpec, ...]:
        return tuple(canvas.spec() for canvas in panel.canvases.values())
