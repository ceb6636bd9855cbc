"""A canvas: shows one tensor in a panel, and says how."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeVar, get_args, overload

import numpy as np
import torch

from ..annotations.label_colors import LabelColors
from ..annotations.labels import Labels, Layer, Names, labelled
from ..annotations.palette import Palette
from ..basics import storage
from ..basics.arguments import check_callback, checked_tensor
from ..basics.held import Held
from ..inspection.links import AUTO, Links
from ..inspection.look import AS_SET
from ..pictures.arrangement import GAP, PLAIN, Arrangement, Layout, Statistics, arrangement
from ..pictures.colormap import colormap_table
from ..pictures.foreign import as_tensor
from ..pictures.grid import Columns, Grid
from ..pictures.pixels import Pixels
from ..protocol.messages import CanvasSpec, Legend, Marks
from ..protocol.wire import unicode
from ..render.renderer import Renderer
from ..transfer.downloads import Downloads
from ..transfer.temporary_folder import Folder
from ..video import Films
from .overlay import Overlay
from .pointer import Pointer, PointerEvent

if TYPE_CHECKING:
    from PIL.Image import Image

    from ..annotations.drawing import Over
    from ..annotations.over_canvas import OverCanvas
    from ..pictures.picture_file import PictureFile
    from .received import Received

Filter = Literal["nearest", "linear"]
Fit = Literal["contain", "stretch", "natural"]
Color = Literal["display", "linear"]
Channels = Literal["auto", "r", "g", "b", "a"]
OnPointer = TypeVar("OnPointer", bound=Callable[[PointerEvent], object])
Fingerprint = tuple[int, tuple[object, ...]]
"""A version, and everything else; see `Canvas.fingerprint`."""


class Compositing(Protocol):
    """Makes pictures of canvases for files."""

    def composite(self, canvas: Canvas) -> Pixels | None:
        """What ``canvas`` shows: (height, width, 4) uint8, one pixel per texel, valid until the next call. None if its
        tensor is empty.
        """


class Host(NamedTuple):
    """The parts of a view that its canvases and panels use.

    ``renderer`` makes tensors that are shown without a copy, ``offscreen`` makes pictures for files, ``films`` records,
    ``folder`` holds the view's files, and ``downloads`` offers files to pages. ``label_colors`` gives a label the same
    colour on all canvases, and ``links`` knows which canvases move together. ``tell`` shows a sentence to the user.
    """

    renderer: Renderer
    offscreen: Compositing
    films: Films
    folder: Folder
    downloads: Downloads
    label_colors: LabelColors
    links: Links
    tell: Callable[[str], None]


_ELSEWHERE = {
    "vmin": "set `gain` and `offset`, or bind `vultorch.colormap(tensor, vmin=, vmax=)`",
    "vmax": "set `gain` and `offset`, or bind `vultorch.colormap(tensor, vmin=, vmax=)`",
    "cmap": "set `colormap`",
    "interpolation": "set `filter`",
    "data": "call `bind(tensor)`",
    "image": "call `bind(tensor)`",
}
"""Attributes that users try, and what to do instead."""


class Canvas(Held):
    """Shows one tensor at a time: a picture, or a batch as a grid. Made by `Panel.canvas`.

    All attributes but the name can be set while the view runs.

    Attributes:
        filter: ``"linear"`` or ``"nearest"``, for magnifying. Minifying averages over each pixel's area: over all its
            texels for tensors of up to 8192 x 8192. In a larger tensor, only every k-th texel of every k-th row counts,
            but at least 4 along each axis of a pixel, so that frames stay fast; a single NaN may then be missed. `save`
            uses all texels.
        fit: ``"contain"`` (True) fills the panel and keeps the aspect ratio, ``"stretch"`` fills it completely, and
            ``"natural"`` (False) shows one CSS pixel per texel, or less if the panel is smaller.
        color: ``"display"`` paints values as they are, 0..1 float or 0..255 uint8; ``"linear"`` applies the sRGB curve.
        gain: A value ``v`` in 0..1 is painted as ``v * gain + offset``.
        offset: See ``gain``.
        colormap: The name of a `cmap` colormap, for a tensor of one channel or the one that ``channels`` selects; None
            for grey.
        channels: ``"auto"``, or the only channel to show: ``"r"``, ``"g"``, ``"b"`` or ``"a"``.
        link: Canvases with the same link zoom and pan together. ``"auto"`` links all canvases of the same size, a name
            links canvases that must have the same size, and None lets the canvas move alone.

    Setting one of them to an invalid value raises ValueError. Setting any other attribute raises AttributeError.

    """

    _SETTABLE = frozenset({"by_hand", "id", "pointer"})  # set by `Canvas` itself
    _ELSEWHERE = _ELSEWHERE

    def __init__(self, panel_id: str, name: str, *, filter: Filter, fit: bool | Fit, host: Host) -> None:
        self._name = name = unicode(name)
        # Unique in the view: "a" / "b/c" differs from "a/b" / "c".
        self.id = f"{panel_id.replace('%', '%25').replace('/', '%2F')}/{name}"
        self._tensor: torch.Tensor | None = None
        self._received: Received | None = None  # what keeps the tensor, if pictures come as files
        self._arrangement = PLAIN
        self._labels: Labels | None = None
        self._overlay: Overlay | None = None
        self._judgement: tuple[object, str] = (None, "")  # what `problem` read, and its answer
        self.gain = 1.0
        self.offset = 0.0
        self.by_hand = AS_SET  # chosen by a user in a page
        self.pointer = Pointer()
        self._host = host
        self._over: OverCanvas | None = None  # None: nothing was ever drawn
        self.filter = filter
        self.fit = fit
        self.color = "display"
        self.colormap = None
        self.channels = "auto"
        self._link: str | None = AUTO

    @property
    def name(self) -> str:
        """Unique in its panel."""
        return self._name

    @property
    def tensor(self) -> torch.Tensor | None:
        """The tensor that is shown, or None before `bind`. Setting it binds it; None shows nothing.

        A picture of an attached run is decoded when its tensor is asked for: ask again for a newer one.
        """
        if self._received is not None:
            self._received.settle()
        return self._tensor

    @tensor.setter
    def tensor(self, value: torch.Tensor | None) -> None:
        if value is None:
            self._tensor = self._received = None
        else:
            self.bind(value)

    @property
    def bound(self) -> torch.Tensor | None:
        """The same as `tensor` for whoever asks what it is like and not for its texels, which may have yet to be
        decoded.
        """
        return self._tensor

    @property
    def file(self) -> PictureFile | None:
        """The picture as the file that it came as; None if it did not, or was written to since."""
        return None if self._received is None else self._received.file

    @property
    def filter(self) -> Filter:
        """``"linear"`` or ``"nearest"``, for magnifying. Anything else raises ValueError."""
        return self._filter

    @filter.setter
    def filter(self, value: Filter) -> None:
        if value not in get_args(Filter):
            raise ValueError(f"canvas {self.name!r}: filter must be 'linear' or 'nearest', not {value!r}")
        self._filter: Filter = value

    @property
    def fit(self) -> Fit:
        """How the picture fills its panel. Anything but a bool or one of the three names raises ValueError."""
        return self._fit

    @fit.setter
    def fit(self, value: bool | Fit) -> None:
        if isinstance(value, bool):
            value = "contain" if value else "natural"
        if value not in get_args(Fit):
            names = ", ".join(map(repr, get_args(Fit)))
            raise ValueError(f"canvas {self.name!r}: fit must be True, False, {names}, not {value!r}")
        self._fit: Fit = value

    @property
    def color(self) -> Color:
        """Which transfer curve the values have. Anything but ``"display"`` and ``"linear"`` raises ValueError."""
        return self._color

    @color.setter
    def color(self, value: Color) -> None:
        if value not in get_args(Color):
            raise ValueError(f"canvas {self.name!r}: color must be 'display' or 'linear', not {value!r}")
        self._color: Color = value

    @property
    def gain(self) -> float:
        """The factor of all values. Anything but a finite number raises ValueError."""
        return self._gain

    @gain.setter
    def gain(self, value: float) -> None:
        self._gain = self._finite("gain", value)

    @property
    def offset(self) -> float:
        """The number added to all values after that. Anything but a finite number raises ValueError."""
        return self._offset

    @offset.setter
    def offset(self, value: float) -> None:
        self._offset = self._finite("offset", value)

    def _finite(self, name: str, value: float) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(f"canvas {self.name!r}: {name} must be a finite number, not {value!r}")
        return number

    @property
    def colormap(self) -> str | None:
        """The colormap of a single channel. A name that `cmap` does not know raises ValueError."""
        return self._colormap

    @colormap.setter
    def colormap(self, value: str | None) -> None:
        if value is not None:
            try:
                colormap_table(value)
            except ValueError as error:
                raise ValueError(f"canvas {self.name!r}: {error}") from error
        self._colormap: str | None = value

    @property
    def channels(self) -> Channels:
        """Which channels are shown. Anything but ``"auto"`` and the four letters raises ValueError."""
        return self._channels

    @channels.setter
    def channels(self, value: Channels) -> None:
        if value not in get_args(Channels):
            raise ValueError(f"canvas {self.name!r}: channels must be 'auto', 'r', 'g', 'b' or 'a', not {value!r}")
        self._channels: Channels = value

    @property
    def link(self) -> str | None:
        """The canvases of the view with which it zooms and pans.

        Anything but None and a name raises ValueError, and so does a name already used by a canvas of another size.
        """
        return self._link

    @link.setter
    def link(self, value: str | None) -> None:
        self._host.links.join(self, value)
        self._link = value

    @property
    def arrangement(self) -> Arrangement:
        """What the axes of the tensor mean, and how its pictures are arranged."""
        return self._arrangement

    @property
    def labels(self) -> Labels | None:
        """What a bound label map shows, with names, colours, and which are hidden. None for a picture."""
        return self._labels

    def labels_of(self, layer: Layer) -> Labels | None:
        """The labels of the picture or of the overlay over it, or None."""
        return self._labels if layer == "picture" else self.overlay_labels

    @property
    def overlay_labels(self) -> Labels | None:
        """What the overlay shows, with names, colours, and which are hidden. None without an overlay."""
        return None if self._overlay is None else self._overlay.labels

    @property
    def magnifying(self) -> Filter:
        """The filter for magnified texels. It is nearest for labels, as a mixture of two colours may be that of a
        third.
        """
        return self._filter if self._labels is None else "nearest"

    @property
    def palette(self) -> Palette | None:
        """How the labels currently look, for a compositor; None for a picture."""
        return None if self._labels is None else self._labels.palette

    @property
    def overlaid(self) -> Overlay | None:
        """The mask over the picture, for a compositor; None without one. See `overlay`."""
        return self._overlay

    @property
    def pictures(self) -> torch.Tensor | None:
        """The tensor as a detached (N, H, W, C) view, so ``pictures[index, y, x]`` is a texel of picture ``index``.

        N is 1 for a single picture. None if nothing is bound or it cannot be shown.
        """
        if self._received is not None:
            self._received.settle()
        shown = self._shown()
        return None if shown is None else self._arrangement.pictures(shown.detach())

    @property
    def grid(self) -> Grid | None:
        """Where each picture lies on the canvas, in texels; one picture fills it. None as for `pictures`.

        ``grid.at(x, y)`` is the texel at a coordinate, such as a pointer's.
        """
        shown = self._shown()
        return None if shown is None else self._arrangement.grid(shown)

    def _shown(self) -> torch.Tensor | None:
        """The tensor, if it can be shown apart from its overlay."""
        return None if self._tensor is None or self._arrangement.problem(self._tensor) else self._tensor

    def bind(
        self,
        tensor: torch.Tensor | np.ndarray | Image,
        *,
        layout: Layout | None = None,
        columns: Columns = "auto",
        gap: int = GAP,
        normalize: Literal["minmax"] | Statistics | None = None,
        scale_each: bool = False,
        labels: Names | None = None,
        ignore: int | Iterable[int] | None = None,
    ) -> Canvas:
        """Shows ``tensor`` from the next frame on, including later writes to it. Returns the canvas.

        ::

            canvas.bind(batch, layout="NCHW", columns=8, normalize=(mean, std))

        ``tensor`` is one picture or a batch of float32, float16, bfloat16, float64, uint8 or bool, on any device and
        with any strides, with 1, 3 or 4 channels. It is detached, but neither copied nor written to. A NumPy array or a
        Pillow image is copied once: later writes to it are not seen.

        Args:
            tensor: (H, W), (H, W, C), or any of the other layouts.
            layout: The meaning of the axes: ``"HW"``, ``"HWC"``, ``"CHW"``, ``"NHW"``, ``"NHWC"`` or ``"NCHW"``. None
                takes three axes as ``"HWC"``, and four as the layout that has 1, 3 or 4 channels.
            columns: Pictures per row of a batch's grid; ``"auto"`` makes the grid about square.
            gap: Texels between the pictures of a batch, painted grey.
            normalize: ``"minmax"`` maps the smallest finite value to 0 and the largest to 1. ``(mean, std)``, each a
                number or one per channel, undoes the normalisation that a network's input went through: ``v`` is shown
                as ``v * std + mean``. None shows 0..1 (uint8: 0..255).
            scale_each: Whether ``"minmax"`` treats each picture of a batch by itself, rather than all together.
            labels: Shows ``tensor`` as a label map, each integer in the colour of its label: a list of names, so that
                label 0 is the first; a mapping from names to colours (``"#804080"``, ``"red"`` or (128, 64, 128)); or
                the number of labels. A legend in the page hides and shows each. A label map is (H, W), (N, H, W), or
                has one channel, and is int64, int32, int16, uint8 or bool; the three wide ones are label maps even
                without ``labels``, in colours that repeat and without a legend. Magnified, its texels keep their edges,
                whatever ``filter`` says.
            ignore: Integers that are no labels, at most 4, which show the checkerboard as hidden labels do. None
                stands for 255, -1 and -100. All other integers beyond the labels are painted magenta, like NaN.

        Raises ValueError for anything else, for a shape that could be meant in two ways, and for a size that the
        canvases linked by name do not have.

        """
        checked = as_tensor(tensor, labels=labels is not None)
        named = labelled(checked, labels, ignore, f"canvas {self.name!r}")
        arranged = arrangement(layout, columns, gap, normalize, scale_each=scale_each, masks=named is not None)
        arranged.check(checked)
        self._host.links.check(self, self._link, arranged.grid(checked))
        # Detach from a graph, or the graph would be kept. Without one, keep the tensor itself to see it resized.
        self._tensor = checked if checked.grad_fn is None else checked.detach()
        self._received = None
        self._arrangement = arranged
        self._labels = self._labels if named is not None and named.same_as(self._labels) else named
        return self

    def receive(self, file: PictureFile) -> None:
        """Shows a picture that came as a file, which pages may be sent as it is. `tensor` is uint8, and stays the same
        for pictures of the same size.
        """
        received = self._received
        if received is None or not received.fits(file):
            from .received import Received  # noqa: PLC0415 (most canvases are bound to a tensor)

            received = Received(file.height, file.width)
            self.bind(received.tensor)
            self._received = received
        received.take(file)

    def alloc(self, height: int, width: int, channels: int = 4, device: str | torch.device = "cuda:0") -> torch.Tensor:
        """Makes a tensor as `create_tensor` does, binds it and returns it. Raises as `create_tensor` does."""
        size = checked_tensor("create_tensor('tensor')", height, width, channels, device)
        tensor = self._host.renderer.create_tensor(*size)
        self.bind(tensor)
        return tensor

    def overlay(
        self,
        mask: torch.Tensor | np.ndarray | Image | None,
        alpha: float = 0.5,
        labels: Names | None = None,
        *,
        ignore: int | Iterable[int] | None = None,
        layout: Layout | None = None,
    ) -> Canvas:
        """Paints ``mask`` over the picture from the next frame on, including later writes to it. Returns the canvas.

        ::

            canvas.bind(pictures, layout="NCHW").overlay(scores.argmax(1), labels=["road", "car"])

        The legend in the page hides and shows each label, and `overlay_labels` does it in Python. ``gain``,
        ``colormap`` and the like are the picture's and leave the overlay as it is.

        Args:
            mask: Integers or bools (int64, int32, int16, uint8 or bool), a label for each texel: (H, W) or (H, W, 1),
                and for a batch (N, H, W), (N, 1, H, W) or (N, H, W, 1), with the same number of pictures of the same
                size, on the picture's device. Neither copied nor written to; a NumPy array or a Pillow image is copied
                once, to the picture's device. None takes the overlay away.
            alpha: How opaque the labels are, 0..1.
            labels: Their names, as for `bind`. None paints integers in colours that repeat, without a legend, and of a
                bool mask only what is True.
            ignore: Integers that paint nothing, at most 4. None stands for 255, -1 and -100. All other integers beyond
                the labels are painted magenta.
            layout: The meaning of the mask's axes, as for `bind`, if the shape leaves a doubt.

        Raises ValueError, naming the value, for floats, another shape, a mask that does not have the picture's size
        (both are named) or device, and an ``alpha`` outside 0..1. A picture of another size that is bound later is not
        shown until there is an overlay of its size; the canvas then says so.

        """
        if mask is None:
            self._overlay = None
            return self
        device = None if self._tensor is None else self._tensor.device
        given = Overlay(mask, alpha, labels, ignore, layout, device, f"the overlay of canvas {self.name!r}")
        if (pictures := self.pictures) is not None and (problem := given.problem(pictures)):
            raise ValueError(problem)
        if self._overlay is not None and given.labels.same_as(self._overlay.labels):
            given.labels = self._overlay.labels  # including which are hidden
        self._overlay = given
        return self

    def boxes(self, xyxy: Any, *, labels: Any = None, scores: Any = None) -> Canvas:
        """Draws boxes over the picture until they are set again; None removes them. Returns the canvas.

        ::

            canvas.bind(picture).boxes(found["boxes"], labels=found["labels"], scores=found["scores"])

        Args:
            xyxy: (M, 4) numbers, as an array, list or tensor on any device: two corners (x1, y1, x2, y2) in texels, x
                to the right and y down from the picture's outer top left corner. For the pictures of a batch a list
                with one entry each, or (N, M, 4); the last pictures may be left out.
            labels: M names or numbers, or a list of those for a batch. A label has the same colour in all canvases.
            scores: M numbers, written behind the label.

        The values are copied, so that setting the same boxes in every frame sends nothing. A box that is partly outside
        is clipped. Bind the picture first: boxes for a picture that is bound later are not checked against its size.

        Raises ValueError, naming the value, for another shape, values that are not finite, corners in the wrong order,
        boxes entirely outside the picture, another number of labels or scores, and more than 2,000 boxes.

        """
        self._drawn_over().set_boxes(xyxy, labels, scores, self.grid)
        return self

    def points(self, xy: Any, *, labels: Any = None, scores: Any = None) -> Canvas:
        """Draws points over the picture until they are set again; None removes them. Returns the canvas.

        ``xy`` is (M, 2) numbers, x and y in texels: the middle of the first texel is (0.5, 0.5). The rest is as for
        `boxes`, with at most 20,000 points.
        """
        self._drawn_over().set_points(xy, labels, scores, self.grid)
        return self

    def captions(self, captions: Any) -> Canvas:
        """Writes a caption into each picture until they are set again; None removes them. Returns the canvas.

        ``captions`` is a string, or a list of them for the pictures of a batch; the last pictures may be left out.
        Raises ValueError for more captions than pictures, and for one of more than 500 characters.
        """
        self._drawn_over().set_captions(captions, self.grid)
        return self

    def over(self) -> Over | None:
        """What is drawn over the pictures now, for files; None if nothing is."""
        if not (marks := self.marks()) or (grid := self.grid) is None:
            return None
        from ..annotations.drawing import Over  # noqa: PLC0415 (most pictures have nothing drawn over them)

        return Over(marks, (grid.size[1], grid.size[0]))

    def marks(self) -> tuple[Marks, ...]:
        """What is drawn over the pictures now. The same object as before if nothing has changed."""
        return () if self._over is None or self._over.empty else self._over.marks(self.grid)

    def _drawn_over(self) -> OverCanvas:
        if self._over is None:
            from ..annotations.over_canvas import OverCanvas  # noqa: PLC0415 (as in `over`)

            self._over = OverCanvas(f"canvas {self.name!r}", self._host.label_colors)
        return self._over

    @overload
    def on_pointer(self, callback: OnPointer) -> OnPointer: ...

    @overload
    def on_pointer(self, *, wheel: bool) -> Callable[[OnPointer], OnPointer]: ...

    def on_pointer(self, callback: OnPointer | None = None, *, wheel: bool = False) -> object:
        """Decorator: calls ``callback`` with a `PointerEvent` for everything a pointer does on the canvas.

        ::

            @canvas.on_pointer
            def paint(event):
                if "left" in event.buttons and event.inside:
                    tensor[int(event.y), int(event.x)] = 1

        It is called on the thread of the frames, between two frames, and also while the view is paused or was never
        run. With ``@canvas.on_pointer(wheel=True)`` it gets the wheel too, which then does not scroll the page over the
        picture. The last callback registered wins. The widget shows what it raises, as with `View.on_frame`.
        Raises TypeError for anything but a plain function.
        """

        def register(callback: OnPointer) -> OnPointer:
            check_callback(callback, f"on_pointer of canvas {self.name!r}")
            self.pointer.callback, self.pointer.wheel = callback, wheel
            return callback

        return register if callback is None else register(callback)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        channels: int = 0,
        size: tuple[int, int] | None = None,
        quality: int = 95,
        annotations: bool = False,
    ) -> None:
        """Writes what the canvas shows to a file: with gain, colormap and curve applied, NaN in magenta, one pixel per
        texel.

        Transparent parts show the checkerboard, as on the screen; `imwrite` of the tensor itself keeps alpha. The
        arguments are those of `imwrite`; ``channels`` 0 means colour. With ``annotations``, boxes, points and captions
        are drawn over it. Works without a page. Raises RuntimeError if
        nothing is bound, ValueError if the tensor is empty, and whatever `imwrite` raises.
        """
        from ..pictures.image_files import imwrite  # noqa: PLC0415 (most programs save no canvas)

        if self.tensor is None:
            raise RuntimeError(f"canvas {self.name!r} cannot be saved: nothing is bound to it")
        pixels = self._host.offscreen.composite(self)
        if pixels is None:
            raise ValueError(f"canvas {self.name!r} cannot be saved: {self._lack()}")
        over = self.over() if annotations else None
        shown = torch.from_numpy((pixels if over is None else over.drawn(pixels))[..., :3].copy())
        imwrite(path, shown, channels=channels, size=size, quality=quality)

    def _lack(self) -> str:
        """Why a bound tensor has no picture."""
        return self.problem() or "its tensor is empty"

    def start_recording(self, path: str | os.PathLike[str], *, fps: float = 30, quality: float = 0.8) -> None:
        """Records the canvas into ``path``, a ``.gif``, ``.webp`` or ``.mp4`` file, from the next frame on.

        Pictures have the tensor's resolution, at most 3840 pixels a side. At most ``fps`` a second are taken, and each
        is shown for as long as it lasted. If nothing is bound yet, recording starts when a tensor is. A tensor of
        another size is fitted into the size of the first frame. A thread writes the file while the training goes on.
        The finished file appears at ``path`` and replaces what was there; `is_saving` tells when. ``quality`` is 0..1.

        Raises RuntimeError, naming the path, if the canvas is being recorded already or another recording writes there;
        ValueError for another format, ``fps`` or ``quality``; FileNotFoundError if the folder does not exist; and
        ImportError for MP4 without PyAV (``pip install "vultorch-widget[video]"``).
        """
        self._host.films.start(self.id, path, fps=fps, quality=quality)

    def stop_recording(self) -> Path:
        """Ends the recording; the file is saved in the background. Returns its path.

        Raises RuntimeError if the canvas is not being recorded.
        """
        return self._host.films.stop(self.id)

    @property
    def is_recording(self) -> bool:
        """Whether frames are being taken, from `start_recording` to `stop_recording`."""
        return self._host.films.state(self.id) == "recording"

    @property
    def is_saving(self) -> bool:
        """Whether a recording was stopped and its file is not finished yet."""
        return self._host.films.state(self.id) == "saving"

    def problem(self) -> str:
        """Why the bound tensor cannot be shown, or "". A tensor may have been resized after it was bound."""
        if (tensor := self._tensor) is None:
            return ""
        over = self._overlay
        judged = (storage.standing(tensor), self._arrangement, None if over is None else over.standing())
        if self._judgement[0] != judged:  # checked in each frame, and almost always unchanged
            problem = self._arrangement.problem(tensor)
            if not problem and over is not None:
                problem = over.problem(self._arrangement.pictures(tensor))
            self._judgement = (judged, problem)
        return self._judgement[1]

    def look(self) -> tuple[object, ...]:
        """A value that changes whenever `spec` does, and is faster to compute."""
        tensor = self._tensor
        texels = None
        if tensor is not None:  # including its storage, which may be freed meanwhile
            texels = (tensor.shape, tensor.dtype, tensor.device, tensor.untyped_storage().nbytes())
        labels = None if self._labels is None else self._labels.look
        over = None if self._overlay is None else self._overlay.look()
        shown = (self._name, self._filter, self._fit, texels, self._arrangement, labels, over)
        return (*shown, self.pointer.mode, self._link)

    def fingerprint(self, room: tuple[int, int] | None) -> Fingerprint | None:
        """The version of the bound tensor, which changes when torch counts a write, and all else that a tile for
        ``room`` is made from.

        None if torch does not count writes. Much faster than planning: from frame to frame, most pictures do not
        change, and of the others, only the values do.
        """
        source = self._tensor
        if source is None or room is None or self.problem():
            return (0, (room, source is None))
        if source.is_inference():  # has no version counter
            return None
        version = source._version
        texels: object = (source.data_ptr(), self._judgement[0])
        if self._received is not None and (file := self._received.file) is not None:
            version, texels = 0, file  # whether it was decoded meanwhile makes no difference
        over = None
        if self._overlay is not None and (over := self._overlay.fingerprint()) is None:
            return None
        palette = None if self._labels is None else self._labels.palette
        look = (self._filter, self._fit, self._color, self._gain, self._offset, self._colormap, self._channels)
        return (version, (texels, room, look, self.by_hand, palette, self._arrangement, over))

    def spec(self) -> CanvasSpec:
        """The canvas as a message to pages."""
        height = width = 0
        detail, error = "", self.problem()
        if self._tensor is not None and not error:
            height, width = self._arrangement.grid(self._tensor).size
            detail = f"{str(self._tensor.dtype).removeprefix('torch.')} · {self._tensor.device}"
        return CanvasSpec(
            id=self.id,
            name=self.name,
            filter=self.magnifying,
            fit=self.fit,
            width=width,
            height=height,
            detail=detail,
            error=error,
            pointer=self.pointer.mode,
            legends=self._legends(),
            link=self._link,
        )

    def _legends(self) -> tuple[Legend, ...]:
        picture = () if self._labels is None else self._labels.legends("picture")
        return picture if self._overlay is None else (*picture, *self._overlay.legends())
