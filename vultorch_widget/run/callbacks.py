"""What the user registered, called."""

from __future__ import annotations

from collections.abc import Callable

from ..notebook.interrupts import INTERRUPTS, Interrupted
from ..tree.current_panel import calling
from ..tree.view_tree import Tree


class FrameError(Exception):
    """A callback raised; ``where`` names it and ``__cause__`` is what it raised."""

    def __init__(self, where: str, cause: BaseException) -> None:
        super().__init__(where)
        self.where = where
        self.__cause__ = cause


def call(where: str, callback: Callable[[], object] | None) -> None:
    """Runs what the user registered, if anything. Raises `FrameError`, which says ``where``, for what it raises.

    ``sys.exit()`` too: it ends a script by way of its loop, but is not to take a kernel along. An interrupt is none of
    the callback's, and goes on its way, with ``where`` if it can say so.
    """
    if callback is None:
        return
    try:
        INTERRUPTS.call(callback)
    except Interrupted as interrupt:
        interrupt.where = where
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise FrameError(where, error) from error


class Callbacks:
    """Those of a view and of its panels; ``running`` while one of them is."""

    def __init__(self, tree: Tree) -> None:
        self.running = False
        self._tree = tree

    def __call__(self) -> None:
        """Runs the view's callback, then each panel's. Raises `FrameError` where one raises."""
        self.running = True
        try:
            self._run()
        finally:
            self.running = False

    @property
    def present(self) -> bool:
        """Whether there is anything to call."""
        return self._tree.on_frame is not None or any(panel.callback for panel in self._tree.panels.values())

    def _run(self) -> None:
        call("view.on_frame", self._tree.on_frame)
        for panel in list(self._tree.panels.values()):  # a callback may add panels
            if not self._tree.in_frame:  # or close the view
                return
            if panel.callback is not None:
                with calling(self._tree, panel):
                    call(f"on_frame of panel {panel.name!r}", panel.callback)
            for canvas in panel.canvases.values():
                canvas.pointer.frame_ended()
