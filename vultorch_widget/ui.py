"""Where the pointer is, to be asked in `Panel.on_frame`; the part of Vultorch's ``ui`` that a notebook has.

Coordinates are pixels of the view's nominal size (``View(title, width, height)``), as in Vultorch's window: a panel's
window is its place in the layout, with `PADDING` and `TITLE` around its picture. Wherever the page puts the picture,
the pointer is told as if it filled that: what a program for Vultorch computes from it is the texel under the pointer.
`Canvas.on_pointer` tells texels without any of this.
"""

from __future__ import annotations

import math
from typing import NoReturn

from .protocol.messages import Button
from .tree.current_panel import Current, current
from .tree.layout import Rectangle, rectangle
from .tree.pointer import Pointer

PADDING = 8.0
"""Pixels between a window's edge and what is in it, at Dear ImGui's default style."""
TITLE = 18.0
"""Pixels of a window's title."""
DRAG_THRESHOLD = 6.0
"""Pixels that a press has to move to count as a drag where the program does not say."""

_BUTTONS: dict[int, Button] = {0: "left", 1: "right", 2: "middle"}

_METHODS = {
    "text": "text",
    "text_colored": "text_colored",
    "text_wrapped": "text_wrapped",
    "separator": "separator",
    "button": "button",
    "small_button": "button",
    "checkbox": "checkbox",
    "slider_float": "slider",
    "drag_float": "slider",
    "slider_int": "slider_int",
    "drag_int": "slider_int",
    "drag_float_range2": "range_slider",
    "drag_int_range2": "range_slider",
    "combo": "combo",
    "color_edit3": "color_picker",
    "color_picker3": "color_picker",
    "input_text": "input_text",
    "plot_lines": "plot",
    "progress_bar": "progress",
    "same_line": "row",
    "image": "canvas",
}
"""The `Panel` method that does what a function of Dear ImGui does, by that function's name."""


def is_item_hovered() -> bool:
    """Whether the pointer is over a picture of the panel. Raises RuntimeError outside `Panel.on_frame`."""
    return _pointer("is_item_hovered")[1].inside


def get_mouse_pos() -> tuple[float, float]:
    """(x, y) of the pointer, or where it left, in pixels of the view's nominal size; (-1, -1) before.

    Raises RuntimeError outside `Panel.on_frame`.
    """
    window, pointer, size = _pointer("get_mouse_pos")
    if math.isnan(pointer.x) or 0 in size:
        return -1.0, -1.0
    across, down = pointer.x / size[0], pointer.y / size[1]
    left, top = window.left + PADDING, window.top + TITLE + PADDING
    return left + across * _content(window)[0], top + down * _content(window)[1]


def get_window_pos() -> tuple[float, float]:
    """(x, y) of the panel's left top corner, in pixels of the view's nominal size.

    Raises RuntimeError outside `Panel.on_frame`.
    """
    window = _window(_here("get_window_pos"))
    return window.left, window.top


def get_window_size() -> tuple[float, float]:
    """(width, height) of the panel, in pixels of the view's nominal size.

    Raises RuntimeError outside `Panel.on_frame`.
    """
    window = _window(_here("get_window_size"))
    return window.width, window.height


def is_mouse_clicked(button: int = 0) -> bool:
    """Whether a button (0 left, 1 right, 2 middle) was pressed on a picture of the panel since the last frame.

    Raises RuntimeError outside `Panel.on_frame`, ValueError for another button.
    """
    return _named(button) in _pointer("is_mouse_clicked")[1].pressed


def is_mouse_dragging(button: int = 0, lock_threshold: float = -1.0) -> bool:
    """Whether a button (0 left, 1 right, 2 middle) that was pressed on a picture of the panel is down and has moved.

    ``lock_threshold`` is how far, in pixels; negative stands for `DRAG_THRESHOLD`. Raises as `is_mouse_clicked` does.
    """
    name = _named(button)
    window, pointer, size = _pointer("is_mouse_dragging")
    if name not in pointer.buttons or size[0] == 0:
        return False
    threshold = DRAG_THRESHOLD if lock_threshold < 0 else lock_threshold
    return pointer.travel * _content(window)[0] / size[0] >= threshold


def __getattr__(name: str) -> NoReturn:
    """Dear ImGui's other functions: there is no window to draw them in."""
    if name.startswith("_"):
        raise AttributeError(name)
    method = _METHODS.get(name)
    advice = f"use panel.{method}(...)" if method else "the methods of Panel are the controls that there are"
    raise AttributeError(f"vultorch_widget.ui has no {name}: a notebook has no Dear ImGui; {advice}")


def _here(function: str) -> Current:
    here = current()
    if here is None:
        raise RuntimeError(
            f"ui.{function}() is answered in a callback that @panel.on_frame registered; elsewhere, and in texels, "
            "use @canvas.on_pointer"
        )
    for canvas in here.panel.canvases.values():
        canvas.pointer.asked = True  # from now on, pages tell
    return here


def _pointer(function: str) -> tuple[Rectangle, Pointer, tuple[int, int]]:
    """The panel's window, the pointer of the canvas that it is over, else of the last, and its (width, height)."""
    here = _here(function)
    canvases = list(here.panel.canvases.values())
    if not canvases:
        return _window(here), Pointer(), (0, 0)
    canvas = next((canvas for canvas in canvases if canvas.pointer.inside or canvas.pointer.buttons), canvases[-1])
    height, width = (0, 0) if canvas.tensor is None else canvas.tensor.shape[:2]
    return _window(here), canvas.pointer, (width, height)


def _window(here: Current) -> Rectangle:
    tree = here.tree
    return rectangle(tree.layout(), here.panel.id, Rectangle(0.0, 0.0, float(tree.width), float(tree.height)))


def _content(window: Rectangle) -> tuple[float, float]:
    """Width and height of what is in a window."""
    return max(1.0, window.width - 2 * PADDING), max(1.0, window.height - TITLE - 2 * PADDING)


def _named(button: int) -> Button:
    if button not in _BUTTONS:
        raise ValueError(f"button must be 0 (left), 1 (right) or 2 (middle), not {button!r}")
    return _BUTTONS[button]
