"""Tensors to draw into, and the shortest way to show one."""

from __future__ import annotations

import torch

from ..basics.arguments import checked_tensor
from ..tree.canvas import Filter
from .view import View, view_of


def create_tensor(
    height: int,
    width: int,
    channels: int = 4,
    device: str | torch.device = "cuda:0",
    *,
    name: str = "tensor",
    window: View | None = None,
) -> torch.Tensor:
    """A zero-filled float32 tensor to draw into: (height, width, channels), or (height, width) for one channel.

    With four channels its memory is the compositor's own, so that a write is in the next frame with no copy in between,
    where the device allows that; else it is a plain tensor. It stays valid after its view is closed. ``window`` is a
    view's `View.window`, the latest view where it is None. ``name`` is Vultorch's and only appears in errors.

    Raises RuntimeError where no view is open, and for a CUDA device where there is none; ValueError for a size below 1
    or channels other than 1, 3 and 4.
    """
    what = f"create_tensor({name!r})"
    view = view_of(window, what)
    return view._parts.pictures.renderer.create_tensor(*checked_tensor(what, height, width, channels, device))


def show(
    tensor: torch.Tensor,
    *,
    name: str = "tensor",
    width: int = 0,  # noqa: ARG001 (Vultorch's; pictures fill their panel)
    height: int = 0,  # noqa: ARG001
    filter: Filter = "linear",
    window: View | None = None,
) -> None:
    """Shows ``tensor`` in a panel of its own name, in the latest view or ``window``. Raises RuntimeError without one.

    ``filter`` counts when a ``name`` is first used. ``width`` and ``height`` are Vultorch's and ignored: pictures fill
    their panel.
    """
    view = view_of(window, "show")
    view.panel(name).canvas(name, filter=filter).bind(tensor)
