"""A GPU's compositor whose files are made by the host goes on compositing, and the user is told once."""

from __future__ import annotations

import torch

from tests.render.tiles import whole
from vultorch_widget.pictures import encode_jpeg
from vultorch_widget.render.compositor import HostPictures
from vultorch_widget.render.renderer import Renderer
from vultorch_widget.render.torch_compositor import TorchCompositor


class Encoded(HostPictures):
    """Pictures that come with files, which were made by the host after a failure."""

    problem = "allocation failed"

    def jpeg(self, index: int, quality: int) -> bytes:
        return encode_jpeg(self.pixels(index), quality)


class Encoding(TorchCompositor):
    """A compositor that encodes."""

    def compose(self, tiles):
        made = super().compose(tiles)
        return Encoded([made.pixels(index) for index in range(len(tiles))])


def test_the_user_is_told_once_and_the_compositor_stays(monkeypatch):
    monkeypatch.setattr("vultorch_widget.render.renderer.open_compositor", lambda device, _: (Encoding(device), ""))
    told = []
    renderer = Renderer("auto", told.append)
    for level in (0.2, 0.4):
        rendering = renderer.submit([whole(torch.full((20, 20, 3), level))] * 2)
        assert [rendering.jpeg(index, 85)[:2] for index in range(2)] == [b"\xff\xd8"] * 2
    assert told == ["nvJPEG failed on cpu (allocation failed); the CPU encodes large pictures until it works again."]
    assert isinstance(renderer._compositors[torch.device("cpu")], Encoding)
