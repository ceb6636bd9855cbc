"""The same work shown by a minimal anywidget: one trait that holds a JPEG file, sent at every tick."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anywidget
import simplejpeg
import traitlets

from .work import Work

FRONT_END = """
export default {
  render({ model, el }) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 256, height: 256 });
    canvas.dataset.vwCanvas = "minimal/pred";
    el.append(canvas);
    const context = canvas.getContext("2d");
    model.on("change:jpeg", async () => {
      const bitmap = await createImageBitmap(new Blob([model.get("jpeg")], { type: "image/jpeg" }));
      context.drawImage(bitmap, 0, 0);
      bitmap.close();
    });
  },
};
"""


class Minimal(anywidget.AnyWidget):
    """What anyone might write in ten minutes: no pacing, no pause, no second panel."""

    _esm = FRONT_END
    jpeg = traitlets.Bytes(b"").tag(sync=True)

    async def run(self, work: Work, seconds: float) -> None:
        """Trains and shows every tick for this many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            work.tick()
            self.jpeg = _encoded(work.picture)
            await asyncio.sleep(0)


def _encoded(picture: Any) -> bytes:
    pixels = (picture[..., :3] * 255).byte().contiguous().numpy()
    return bytes(simplejpeg.encode_jpeg(pixels, quality=85, colorspace="RGB"))
