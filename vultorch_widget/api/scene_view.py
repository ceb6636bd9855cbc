"""`SceneView` shows a tensor as a lit plane that the user can turn, in a panel of a view."""

from __future__ import annotations

import time
from dataclasses import astuple

import torch

from ..basics.arguments import integer, sides
from ..basics.held import Held
from ..basics.storage import check_memory
from ..pictures import tensors
from ..scene3d.camera import Camera
from ..scene3d.light import Light
from ..scene3d.plane import SAMPLES, render
from ..scene3d.texture import Texture
from ..scene3d.vector import Vector, vector
from ..tree.canvas import Canvas
from ..tree.current_panel import current
from ..tree.panel import Panel
from ..tree.pointer import PointerEvent
from ..tree.view_tree import Tree
from .open_views import having
from .view import View, view_of

RECHECK = 0.5
"""Seconds until a tensor is read again although no change was counted: torch does not count writes through NumPy,
DLPack or a CUDA graph."""


class SceneView(Held):
    """A textured, lit plane with an orbit camera.

    Drag with the left button to orbit and with the right button to pan. The wheel and the middle button zoom. The plane
    is horizontal, with the tensor's first row at the back; its longer side is 2.

    `render` draws the plane into a canvas named ``name``. The canvas is in the panel whose ``on_frame`` first calls
    `render`, or else in a panel of the same name in the latest view. It moves when another view's ``on_frame`` calls
    `render`, or when its view was closed.

    Args:
        name: Name of the canvas, and of the panel if `render` creates one.
        width: Width of the picture in pixels.
        height: Height of the picture in pixels.
        msaa: Samples per pixel that smooth the plane's edges: 1, 2, 4 or 8. Settable.
        window: The `View.window` to draw in. None is the latest view.

    Attributes:
        camera: A `Camera`.
        light: A `Light`.
        background: Colour around the plane (red, green, blue), 0..1 each.

    Raises ValueError for a size below 1 and for another number of samples.

    """

    _SETTABLE = frozenset({"background", "camera", "light"})

    def __init__(
        self, name: str, width: int = 800, height: int = 600, msaa: int = 4, *, window: View | None = None
    ) -> None:
        self._name = name
        self._width, self._height = sides(f"scene {name!r}", width, height)
        self.msaa = msaa
        self.camera = Camera()
        self.light = Light()
        self.background: Vector = (0.12, 0.12, 0.14)
        self._window = window
        self._tensor: torch.Tensor | None = None
        self._canvas: Canvas | None = None
        self._tree: Tree | None = None  # contains the canvas
        self._view: View | None = None  # shows the tree; None if unknown
        self._picture: torch.Tensor | None = None
        self._texture: Texture | None = None
        self._read: object = None  # version of the tensor in the texture
        self._read_at = 0.0
        self._rendered: object = None  # the state that the picture shows

    @property
    def name(self) -> str:
        """Name of the canvas, and of the panel if `render` creates one."""
        return self._name

    @property
    def width(self) -> int:
        """Width of the picture in pixels."""
        return self._width

    @property
    def height(self) -> int:
        """Height of the picture in pixels."""
        return self._height

    @property
    def msaa(self) -> int:
        """Samples per pixel, 1, 2, 4 or 8. Setting another number raises ValueError."""
        return self._msaa

    @msaa.setter
    def msaa(self, samples: int) -> None:
        number = integer(samples)
        if number not in SAMPLES:
            raise ValueError(f"scene {self.name!r}: msaa must be 1, 2, 4 or 8, not {samples!r}")
        self._msaa = number

    def set_tensor(self, tensor: torch.Tensor) -> None:
        """Shows ``tensor``, including later writes to it. It must have at least one texel and suit `Canvas.bind`.

        Raises ValueError for anything else.
        """
        tensors.check(tensor)
        if tensor.numel() == 0:
            raise ValueError(f"scene {self.name!r}: a tensor of shape {tuple(tensor.shape)} has no texels")
        self._tensor = tensor if tensor.grad_fn is None else tensor.detach()

    def render(self) -> None:
        """Draws the scene on the tensor's device, if anything in it has changed. Call it in every frame.

        Raises RuntimeError before `set_tensor` and if no view is open; ValueError for attributes of camera and light
        out of range.
        """
        if self._tensor is None:
            raise RuntimeError(f"scene {self.name!r} has nothing to render: call set_tensor first")
        self._draw(self._tensor, self._placed())

    @torch.no_grad()
    def _draw(self, tensor: torch.Tensor, canvas: Canvas) -> None:
        check_memory(tensor)
        background = vector("background", self.background)
        camera, light = self.camera.checked(), self.light.checked()
        picture = self._target(canvas, tensor.device)
        version = tensors.version(tensor)
        state = (version, astuple(camera), astuple(light), background, self.msaa, picture.data_ptr())
        now = time.monotonic()
        stale = now - self._read_at >= RECHECK
        if state == self._rendered and not stale:
            return
        if self._texture is None or version != self._read or stale:
            self._texture, self._read, self._read_at = Texture(tensor), version, now
        self._rendered = state
        render(self._texture, camera, light, background, picture[..., :3], self.msaa)

    def _target(self, canvas: Canvas, device: torch.device) -> torch.Tensor:
        """Returns the tensor that ``canvas`` shows. Allocates it if there is none on ``device``."""
        kept = self._picture is not None and canvas.tensor is self._picture and not canvas.problem()
        if self._picture is None or not kept or self._picture.device != device:
            self._picture = canvas.alloc(self.height, self.width, 4, device)
            self._picture[..., 3] = 1
        return self._picture

    def _placed(self) -> Canvas:
        """Returns the canvas to draw into: a new one if its view was closed or another view's callback is running."""
        here = current() if self._window is None else None
        if here is not None:
            if self._canvas is None or self._tree is not here.tree:
                self._canvas = self._enter(here.tree, here.panel, having(here.tree))
        elif self._canvas is None or (self._view is not None and self._view.state == "closed"):
            view = view_of(self._window, f"SceneView({self.name!r}).render()")
            self._canvas = self._enter(view._tree, view.panel(self.name), view)
        return self._canvas

    def _enter(self, tree: Tree, panel: Panel, view: View | None) -> Canvas:
        self._tree, self._view = tree, view
        canvas = panel.canvas(self.name)
        canvas.on_pointer(wheel=True)(self._follow)
        return canvas

    def _follow(self, event: PointerEvent) -> None:
        """Moves the camera as the user drags or scrolls."""
        across, down = event.dx / self.width, event.dy / self.height
        if event.kind == "wheel":
            self.camera.zoom(event.wheel)
        elif event.kind != "drag":
            return
        elif "left" in event.buttons:
            self.camera.orbit(across, down)
        elif "right" in event.buttons:
            self.camera.pan(event.dx / self.height, down)
        else:
            self.camera.zoom(-10 * down)
        self.render()  # a view that is not running has no next frame in which to do it
