"""Queries of the pointer for use in `Panel.on_frame`: the part of Vultorch's ``ui`` that makes sense in a notebook.

Coordinates are pixels of the view's nominal size (``View(title, width, height)``), as in Vultorch's window. A panel's
window is its rectangle in the layout, with `PADDING` and `TITLE` around its picture. The page may place the picture
differently, but coordinates are reported as if the picture filled that rectangle. So a program written for Vultorch
computes the correct texel under the pointer. `Canvas.on_pointer` reports texels directly.
"""

from __future__ import annotations

import math
from typing import NoReturn

from .protocol.messages import Button
from .tree.current_panel import Current, current
from .tree.layout import Rectangle, rectangle
from .tree.pointer import Pointer

PADDING = 8.0
"""Pixels between a window's edge and its content, in Dear ImGui's default style."""
TITLE = 18.0
"""Height of a window's title in pixels."""
DRAG_THRESHOLD = 6.0
"""Pixels that a press has to move to count as a drag, unless the program passes a threshold."""

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
"""The equivalent `Panel` method of each function of Dear ImGui."""


def is_item_hovered() -> bool:
    """True if the pointer is over a picture of the panel. Raises RuntimeError outside `Panel.on_frame`."""
    return _pointer("is_item_hovered")[1].inside


def get_mouse_pos() -> tuple[float, float]:
    """Position (x, y) of the pointer in pixels of the view's nominal size.

    After the pointer has left, this is its last position; before it first enters, (-1, -1). Raises RuntimeError outside
    `Panel.on_frame`.
    """
    window, pointer, size = _pointer("get_mouse_pos")
    if math.isnan(pointer.x) or 0 in size:
        return -1.0, -1.0
    across, down = pointer.x / size[0], pointer.y / size[1]
    left, top = window.left + PADDING, window.top + TITLE + PADDING
    return left + across * _content(window)[0], top + down * _content(window)[1]


def get_window_pos() -> tuple[float, float]:
    """Position (x, y) of the panel's top left corner, in pixels of the view's nominal size.

    Raises RuntimeError outside `Panel.on_frame`.
    """
    window = _window(_here("get_window_pos"))
    return window.left, window.top


def get_window_size() -> tuple[float, float]:
    """Size (width, height) of the panel, in pixels of the view's nominal size.

    Raises RuntimeError outside `Panel.on_frame`.
    """
    window = _window(_here("get_window_size"))
    return window.width, window.height


def is_mouse_clicked(button: int = 0) -> bool:
    """True if ``button`` (0 left, 1 right, 2 middle) was pressed on a picture of the panel since the last frame.

    Raises RuntimeError outside `Panel.on_frame`, ValueError for another button.
    """
    return _named(button) in _pointer("is_mouse_clicked")[1].pressed


def is_mouse_dragging(button: int = 0, lock_threshold: float = -1.0) -> bool:
    """True during a drag: ``button`` was pressed on a picture of the panel, is still down, and the pointer has moved.

    It has to move at least ``lock_threshold`` pixels; a negative value means `DRAG_THRESHOLD`. ``button`` is 0 (left),
    1 (right) or 2 (middle). Raises RuntimeError outside `Panel.on_frame`, ValueError for another button.
    """
    name = _named(button)
    window, pointer, size = _pointer("is_mouse_dragging")
    if name not in pointer.buttons or size[0] == 0:
        return False
    threshold = DRAG_THRESHOLD if lock_threshold < 0 else lock_threshold
    return pointer.travel * _content(window)[0] / size[0] >= threshold


def __getattr__(name: str) -> NoReturn:
    """Raises AttributeError for Dear ImGui's other functions, and names the `Panel` method to use instead."""
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
        canvas.pointer.asked = True  # from now on, pages report it
    return here


def _pointer(function: str) -> tuple[Rectangle, Pointer, tuple[int, int]]:
    """The panel's window, a pointer, and the (width, height) of the pointer's canvas.

    The pointer is that of the canvas under it, or of the panel's last canvas.
    """
    here = _here(function)
    canvases = list(here.panel.canvases.values())
    if not canvases:
        return _window(here), Pointer(), (0, 0)
    canvas = next((canvas for canvas in canvases if canvas.pointer.inside or canvas.pointer.buttons), canvases[-1])
    height, width = (0, 0) if canvas.grid is None else canvas.grid.size
    return _window(here), canvas.pointer, (width, height)


def _window(here: Current) -> Rectangle:
    tree = here.tree
    return rectangle(tree.layout(), here.panel.id, Rectangle(0.0, 0.0, float(tree.width), float(tree.height)))


def _content(window: Rectangle) -> tuple[float, float]:
    """Width and height of a window's content."""
    return max(1.0, window.width - 2 * PADDING), max(1.0, window.height - TITLE - 2 * PADDING)


def _named(button: int) -> Button:
    if button not in _BUTTONS:
        raise ValueError(f"button must be 0 (left), 1 (right) or 2 (middle), not {button!r}")
    return _BUTTONS[button]
