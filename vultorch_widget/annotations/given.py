"""Reads the boxes, points and captions that users give, and checks them."""

from __future__ import annotations

import itertools
import math
import reprlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..basics.arguments import integer
from .label_colors import Label, LabelColors

MOST_SHAPES = {"box": 2_000, "point": 20_000}
"""Maximum boxes and points of a canvas."""
MOST_LABEL = 200
MOST_CAPTION = 500
"""Maximum characters of a text."""
MOST_PICTURES = 4_096
"""Maximum pictures of a canvas that have boxes, points or a caption."""
DIGITS = 3
"""Decimal places of a coordinate that are kept."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The boxes or points of one picture.

    Attributes:
        numbers: Coordinates in texels of the picture, one shape after another: x1, y1, x2, y2 of a box, x, y of a
            point.
        texts: The text of each shape, which may be empty.
        colors: The colour of each shape, as 0xRRGGBB.

    """

    numbers: tuple[float, ...]
    texts: tuple[str, ...]
    colors: tuple[int, ...]


NONE = Shapes((), (), ())


@dataclass(frozen=True, slots=True)
class Shown:
    """What a canvas shows: ``count`` pictures of ``width`` x ``height`` texels."""

    count: int
    width: int
    height: int


class Reader:
    """Reads what users give for the shapes of one ``kind``, ``"box"`` or ``"point"``. ``where`` begins all errors."""

    def __init__(self, where: str, kind: str, colors: LabelColors) -> None:
        self._kind = kind
        self._many = {"box": "boxes", "point": "points"}[kind]
        self._axes = {"box": "(x1, y1, x2, y2)", "point": "(x, y)"}[kind]
        self._size = {"box": 4, "point": 2}[kind]
        self._where = f"{where}: {self._many}"
        self._colors = colors

    def read(self, given: Any, labels: Any, scores: Any, shown: Shown | None) -> tuple[Shapes, ...]:
        """The shapes of each picture. ``shown`` is what the canvas shows, None if nothing is bound.

        Raises ValueError, naming the wrong value and the next step.
        """
        if given is None:
            if labels is not None or scores is not None:
                raise ValueError(f"{self._where}: labels and scores belong to {self._many}, and none were given")
            return ()
        several = _is_several(given)
        arrays = [self._array(one, _of(index, several)) for index, one in enumerate(given if several else [given])]
        self._check_count(len(arrays), shown, several=several)
        total = sum(len(array) for array in arrays)
        if total > MOST_SHAPES[self._kind]:
            raise ValueError(
                f"{self._where}: {total:,} {self._many} are too many; a canvas draws at most "
                f"{MOST_SHAPES[self._kind]:,}. Keep those with the highest scores"
            )
        each = zip(
            arrays,
            self._each(labels, "labels", len(arrays), several=several),
            self._each(scores, "scores", len(arrays), several=several),
            strict=True,
        )
        return tuple(
            self._shapes(array, label, score, shown, _of(index, several))
            for index, (array, label, score) in enumerate(each)
        )

    def _check_count(self, count: int, shown: Shown | None, *, several: bool) -> None:
        if not several and shown is not None and shown.count > 1:
            raise ValueError(
                f"{self._where}: the canvas shows {shown.count} pictures; "
                f"pass a list with the {self._many} of each, in their order"
            )
        most = MOST_PICTURES if shown is None else shown.count
        if several and count > most:
            pictures = "1 picture" if most == 1 else f"{most} pictures"
            bound = "are drawn on" if shown is None else "the canvas shows"
            raise ValueError(f"{self._where}: {self._many} for {count} pictures, but {bound} {pictures}")

    def _array(self, given: Any, of: str) -> Array:
        """``given`` as (M, 4) or (M, 2)."""
        try:
            array = np.zeros((0, self._size)) if given is None else numbers(given)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{self._where}{of}: each {self._kind} is {self._axes}, in texels; {reprlib.repr(given)} is not a "
                f"list or tensor of them"
            ) from error
        if array.size == 0 and array.ndim < 3:
            return np.zeros((0, self._size))
        if array.ndim != 2 or array.shape[1] != self._size:
            one = f". One {self._kind} is a list of one" if array.shape == (self._size,) else ""
            raise ValueError(
                f"{self._where}{of}: expected shape (M, {self._size}), {self._axes} in texels, not {array.shape}{one}"
            )
        self._check(array, of)
        return array

    def _check(self, array: Array, of: str) -> None:
        if not (finite := np.isfinite(array).all(axis=1)).all():
            index = int(np.argmin(finite))
            raise ValueError(
                f"{self._where}{of}: {self._name(array, index)} is not finite. Leave such {self._many} out: "
                f"`{self._many}[{self._many}.isfinite().all(dim=1)]`"
            )
        if self._kind == "box" and (turned := (array[:, 2:] < array[:, :2]).any(axis=1)).any():
            raise ValueError(
                f"{self._where}{of}: {self._name(array, int(np.argmax(turned)))} ends before it begins; a box is "
                "(x1, y1, x2, y2) with x1 <= x2 and y1 <= y2. "
                "`torchvision.ops.box_convert` converts (x, y, width, height)"
            )

    def _check_inside(self, array: Array, shown: Shown, of: str) -> None:
        size = np.array([shown.width, shown.height])
        outside = ((array[:, -2:] < 0) | (array[:, :2] > size)).any(axis=1)
        if outside.any():
            raise ValueError(
                f"{self._where}{of}: {self._name(array, int(np.argmax(outside)))} lies outside the picture, which is "
                f"{shown.width} x {shown.height} texels (width x height). Bind the picture first that they belong to, "
                "multiply coordinates of 0..1 by its size, or clamp them"
            )

    def _name(self, array: Array, index: int) -> str:
        values = ", ".join(f"{value:g}" for value in array[index])
        return f"{self._kind} {index}, ({values}),"

    def _each(self, given: Any, what: str, count: int, *, several: bool) -> list[Any]:
        """The labels or scores of each picture."""
        if given is None:
            return [None] * count
        if not several:
            return [given]
        if isinstance(given, str) or not hasattr(given, "__len__") or len(given) != count:
            said = f"{len(given)} {what}" if hasattr(given, "__len__") else f"{what} {given!r}"
            raise ValueError(f"{self._where}: {said} for {count} pictures; pass a list with the {what} of each")
        return list(given)

    def _shapes(self, array: Array, labels: Any, scores: Any, shown: Shown | None, of: str) -> Shapes:
        if shown is not None:
            self._check_inside(array, shown, of)
        names = self._labels(labels, len(array), of)
        values = self._scores(scores, len(array), of)
        texts = tuple(
            " ".join(filter(None, ("" if name is None else str(name), "" if value is None else f"{value:.2f}")))
            for name, value in zip(names, values, strict=True)
        )
        colors = tuple(map(self._colors.color, names))
        return Shapes(tuple(np.round(array, DIGITS).ravel().tolist()), texts, colors)

    def _labels(self, given: Any, count: int, of: str) -> Sequence[Label | None]:
        if given is None:
            return [None] * count
        labels = list(_items(given, f"{self._where}{of}: labels"))
        self._check_length(len(labels), count, "labels", of)
        for index, label in enumerate(labels):
            if isinstance(label, str):
                check_text(label, f"{self._where}{of}: label {index}", MOST_LABEL)
            else:
                labels[index] = _whole(label, f"{self._where}{of}: label {index}")
        return labels

    def _scores(self, given: Any, count: int, of: str) -> Sequence[float | None]:
        if given is None:
            return [None] * count
        try:
            scores = numbers(given)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self._where}{of}: scores must be numbers, not {reprlib.repr(given)}") from error
        if scores.ndim != 1:
            raise ValueError(f"{self._where}{of}: scores must have shape ({count},), not {scores.shape}")
        self._check_length(len(scores), count, "scores", of)
        for index, score in enumerate(scores):
            if not math.isfinite(score):
                raise ValueError(f"{self._where}{of}: score {index} is {score}, and must be finite")
        return list(map(float, scores))

    def _check_length(self, length: int, count: int, what: str, of: str) -> None:
        if length != count:
            raise ValueError(f"{self._where}{of}: {length} {what} for {count} {self._many}; each needs one")


def read_captions(given: Any, shown: Shown | None, where: str) -> tuple[str, ...]:
    """The caption of each picture. Raises ValueError, beginning with ``where``."""
    if given is None:
        return ()
    captions = [given] if isinstance(given, str) else list(_items(given, f"{where}: captions"))
    most = MOST_PICTURES if shown is None else shown.count
    if len(captions) > most:
        pictures = "1 picture" if most == 1 else f"{most} pictures"
        raise ValueError(f"{where}: {len(captions)} captions for {pictures}: {reprlib.repr(captions)}")
    for index, caption in enumerate(captions):
        if not isinstance(caption, str):
            raise ValueError(f"{where}: caption {index} must be a string, not {caption!r}")
        check_text(caption, f"{where}: caption {index}", MOST_CAPTION)
    return tuple(captions)


def check_text(text: str, what: str, most: int) -> None:
    """Raises ValueError, beginning with ``what``, if ``text`` has more than ``most`` characters."""
    if len(text) > most:
        raise ValueError(f"{what} has {len(text):,} characters, at most {most} are drawn: {reprlib.repr(text)}")


def numbers(given: Any) -> Array:
    """``given`` as an array on the CPU. Raises TypeError or ValueError if it is not an array of real numbers."""
    if isinstance(given, torch.Tensor):
        array: Array = given.detach().to("cpu", torch.float64).resolve_neg().numpy()
        return array
    if isinstance(given, (list, tuple)):
        if any(isinstance(item, torch.Tensor) for item in given):
            given = [numbers(item) for item in given]
        if not given:
            return np.zeros(0)
    array = np.asarray(given)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{array.dtype} is no real number")
    return array.astype(np.float64)


def _is_several(given: Any) -> bool:
    """True if ``given`` has shapes for each picture of a batch, rather than those of one picture."""
    if isinstance(given, (torch.Tensor, np.ndarray)):
        return given.ndim == 3
    if not isinstance(given, (list, tuple)) or not given:
        return False
    return any(_depth(item) >= 2 for item in given) or all(_is_empty(item) for item in given)


def _depth(item: Any) -> int:
    if isinstance(item, (torch.Tensor, np.ndarray)):
        return item.ndim
    if not isinstance(item, (list, tuple)):
        return 0
    return 1 + max(map(_depth, itertools.islice(item, 2)), default=0)


def _is_empty(item: Any) -> bool:
    return item is None or (hasattr(item, "__len__") and _depth(item) >= 1 and len(item) == 0)


def _of(index: int, several: bool) -> str:
    return f" of picture {index}" if several else ""


def _items(given: Any, what: str) -> Iterator[Any]:
    if isinstance(given, torch.Tensor):
        given = given.detach().cpu()
    if isinstance(given, (torch.Tensor, np.ndarray)):
        if given.ndim != 1:
            raise ValueError(f"{what} must have one dimension, not shape {tuple(given.shape)}")
        given = given.tolist()
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
        raise ValueError(f"{what} must be a list, not {reprlib.repr(given)}")
    yield from given


def _whole(label: Any, what: str) -> int:
    number = integer(label)
    if number is None:
        raise ValueError(f"{what} must be a name or a whole number, not {label!r}")
    return number
