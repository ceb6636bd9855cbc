"""Renders a replay as an animated WebP file, for formats without a player."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image

from ..annotations.drawing import Over
from ..pictures.pixels import Pixels
from ..pictures.sheet import MOST_WIDTH, Overdrawn, Picture, in_rows
from ..protocol.messages import Marks

MOST_FRAMES = 60
FRAME_MS = 100
LAST_MS = 2500
"""Milliseconds that the last picture stays before the animation repeats."""
QUALITY = 80
MOST_PIXELS = 1 << 19
"""Maximum pixels of a frame. Larger frames are reduced, all by the same factor."""
MOST_CANVASES = 64
"""Only the first canvases are shown: more would be specks."""
MOST_RECORDED = 1 << 22
"""Maximum pixels of a recorded picture. Real ones have at most 512 per side; larger ones are decompression bombs."""


def animation(replay: Mapping[str, Any]) -> bytes:
    """Returns a WebP file of the canvases next to each other, at up to `MOST_FRAMES` steps of the replay.

    The frames are as large as the largest step requires: a canvas may get its first picture late, or change its size.
    Without pictures the result is empty. Raises ValueError for damaged pictures.
    """
    sizes = [(sheet.width, sheet.height) for sheet in map(in_rows, _pictures(replay))]
    if not sizes:
        return b""
    width, height = max(width for width, _ in sizes), max(height for _, height in sizes)
    scale = min(1.0, MOST_WIDTH / width, MOST_WIDTH / height, math.sqrt(MOST_PIXELS / (width * height)))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # The second pass draws at the common scale: keeping all full-size sheets could take gigabytes.
    frames = [in_rows(pictures).scaled(scale).image(size) for pictures in _pictures(replay)]
    file = io.BytesIO()
    durations = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(
        file, "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=QUALITY, method=2
    )
    return file.getvalue()


def _pictures(replay: Mapping[str, Any]) -> Iterator[list[Picture]]:
    """Yields the pictures shown at each chosen step, in the order of the panels."""
    order = [canvas["id"] for panel in replay["scene"]["panels"] for canvas in panel["canvases"]][:MOST_CANVASES]
    frames = replay["frames"]
    stride = max(1, -(-len(frames) // MOST_FRAMES))
    # Counted from the end, so that the lossless last frame is included.
    chosen = {len(frames) - 1 - at for at in range(0, len(frames), stride)}
    sizes = {
        canvas["id"]: (canvas["width"], canvas["height"])
        for panel in replay["scene"]["panels"]
        for canvas in panel["canvases"]
    }
    shown: dict[str, int] = {}
    over: dict[str, Over] = {}
    decoded: dict[int, Pixels] = {}
    for at, frame in enumerate(frames):
        shown.update(
            {picture["canvas"]: picture["blob"] for picture in frame["pictures"] if picture["canvas"] in order}
        )
        for each in frame["annotations"]:
            texels = sizes.get(each["canvas"], (0, 0))
            over.pop(each["canvas"], None)
            if each["pictures"] and min(texels) > 0:
                over[each["canvas"]] = Over(tuple(Marks(**marks) for marks in each["pictures"]), texels)
        if at in chosen and shown:
            decoded = {blob: decoded[blob] if blob in decoded else _decode(replay, blob) for blob in shown.values()}
            pictures = {canvas: decoded[shown[canvas]] for canvas in order if canvas in shown}
            yield [Overdrawn(pixels, over[canvas]) if canvas in over else pixels for canvas, pixels in pictures.items()]


def _decode(replay: Mapping[str, Any], blob: int) -> Pixels:
    data = base64.b64decode(replay["blobs"][blob]["data"])
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height <= MOST_RECORDED:
                return np.asarray(picture.convert("RGBA"))
    except Exception as error:  # Pillow may raise anything for damaged files
        raise ValueError(f"picture {blob} is damaged: {error}") from error
    raise ValueError(f"picture {blob} has {picture.width} x {picture.height} pixels")
