"""`SceneView`: a tensor as a lit plane that one can turn, in a panel of a view."""

from __future__ import annotations

import time
from dataclasses import astuple

import torch

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
"""Seconds after which a tensor is read again though nothing is known to have changed: writes through NumPy, DLPack
or a CUDA graph are not counted by torch."""


class SceneView(Held):
    """A textured, lit plane with an orbit camera.

    Dragging with the left button orbits, with the right one pans; the wheel, and the middle button, zoom. The plane
    lies horizontally, the tensor's first row at the back; its longer side is 2. `render` draws it into a canvas of the
    same name: in the panel whose ``on_frame`` first calls it, else in a panel of its own in the latest view. It moves
    where another view's ``on_frame`` calls it, and where its view is closed.

    Args:
        name: Of the canvas, and of the panel where there is none.
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.
        msaa: Samples a pixel that smooth the plane's edges: 1, 2, 4 or 8. Settable.
        window: The `View.window` to be in, where that is not the latest view.

    Attributes:
        camera: A `Camera`.
        light: A `Light`.
        background: The colour (red, green, blue), 0..1 each, where the plane is not.

    Raises ValueError for a size below 1 and for another number of samples.

    """

    _SETTABLE = frozenset({"background", "camera", "light"})

    def __init__(
        self, name: str, width: int = 800, height: int = 600, msaa: int = 4, *, window: View | None = None
    ) -> None:
        if width < 1 or height < 1:
            raise ValueError(f"scene {name!r}: width and height must be at least 1, not {width} and {height}")
        self._name, self._width, self._height = name, width, height
        self.msaa = msaa
        self.camera = Camera()
        self.light = Light()
        self.background: Vector = (0.12, 0.12, 0.14)
        self._window = window
        self._tensor: torch.Tensor | None = None
        self._canvas: Canvas | None = None
        self._tree: Tree | None = None  # that the canvas is in
        self._view: View | None = None  # that has the tree, where it is known
        self._picture: torch.Tensor | None = None
        self._texture: Texture | None = None
        self._read: object = None  # the version of the tensor that the texture is of
        self._read_at = 0.0
        self._rendered: object = None  # what the picture is of

    @property
    def name(self) -> str:
        """Of the canvas, and of the panel where there is none."""
        return self._name

    @property
    def width(self) -> int:
        """Of the picture, in pixels."""
        return self._width

    @property
    def height(self) -> int:
        """Of the picture, in pixels."""
        return self._height

    @property
    def msaa(self) -> int:
        """Samples a pixel. Anything but 1, 2, 4 and 8 raises ValueError."""
        return self._msaa

    @msaa.setter
    def msaa(self, samples: int) -> None:
        if samples not in SAMPLES:
            raise ValueError(f"scene {self.name!r}: msaa must be 1, 2, 4 or 8, not {samples!r}")
        self._msaa = samples

    def set_tensor(self, tensor: torch.Tensor) -> None:
        """Shows ``tensor``, and whatever is written into it later: what `Canvas.bind` takes, at least one texel.

        Raises ValueError for anything else.
        """
        tensors.check(tensor)
        if tensor.numel() == 0:
            raise ValueError(f"scene {self.name!r}: a tensor of shape {tuple(tensor.shape)} has no texels")
        self._tensor = tensor if tensor.grad_fn is None else tensor.detach()

    def render(self) -> None:
        """Draws the scene, on the tensor's device, if anything in it has changed; to be called in every frame.

        Raises RuntimeError before `set_tensor`, and where no view is open; ValueError for attributes of camera and
        light out of their range.
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
        stand = (version, astuple(camera), astuple(light), background, self.msaa, picture.data_ptr())
        now = time.monotonic()
        stale = now - self._read_at >= RECHECK
        if stand == self._rendered and not stale:
            return
        if self._texture is None or version != self._read or stale:
            self._texture, self._read, self._read_at = Texture(tensor), version, now
        self._rendered = stand
        render(self._texture, camera, light, background, picture[..., :3], self.msaa)

    def _target(self, canvas: Canvas, device: torch.device) -> torch.Tensor:
        """The tensor that ``canvas`` shows, made where there is none on ``device``."""
        kept = self._picture is not None and canvas.tensor is self._picture and not canvas.problem()
        if self._picture is None or not kept or self._picture.device != device:
            self._picture = canvas.alloc(self.height, self.width, 4, device)
            self._picture[..., 3] = 1
        return self._picture

    def _placed(self) -> Canvas:
        """The canvas to draw into: the one from before, unless its view is closed or another view's callback runs."""
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
        """What a hand does to the camera."""
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
        self.render()  # a view that rests has no frame coming that would
