"""Calls the user's callbacks."""

from __future__ import annotations

from collections.abc import Callable

from ..notebook.interrupts import INTERRUPTS, Interrupted
from ..tree.current_panel import calling
from ..tree.view_tree import Tree

Told = Callable[[str, Exception], None]
"""Is told which callback has raised, and what."""


class FrameError(Exception):
    """A callback raised an exception. ``where`` names the callback; ``__cause__`` is the exception."""

    def __init__(self, where: str, cause: BaseException) -> None:
        super().__init__(where)
        self.where = where
        self.__cause__ = cause


def call(where: str, callback: Callable[[], object] | None) -> None:
    """Runs ``callback``, if any. Raises `FrameError` with ``where`` for what it raises.

    That includes ``sys.exit()``: it ends a script through its loop, but must not end a kernel. Interrupts do not come
    from the callback and pass through, with ``where`` attached if possible.
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
    """The callbacks of a view and its panels. ``running`` is true while one of them runs."""

    def __init__(self, tree: Tree) -> None:
        self.running = False
        self._tree = tree

    def __call__(self) -> None:
        """Runs the view's callback, then each panel's. Raises `FrameError` if one raises."""
        tree = self._tree
        self.running = True
        try:
            if tree.on_frame is not None:
                call("view.on_frame", tree.on_frame)
            for panel in list(tree.panels.values()):  # a callback may add panels
                if not tree.in_frame:  # or close the view
                    return
                if panel.callback is not None:
                    with calling(tree, panel):
                        call(f"on_frame of panel {panel.name!r}", panel.callback)
                for canvas in panel.canvases.values():
                    if canvas.pointer.pressed:
                        canvas.pointer.frame_ended()
        finally:
            self.running = False

    @property
    def present(self) -> bool:
        """True if there is anything to call. Any thread."""
        panels = list(self._tree.panels.values())  # another thread may add one meanwhile
        return self._tree.on_frame is not None or any(panel.callback for panel in panels)
