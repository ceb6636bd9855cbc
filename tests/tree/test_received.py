"""Pictures that a canvas receives as files."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget.pictures import jpeg
from vultorch_widget.pictures.encoder import Encoder
from vultorch_widget.pictures.picture_file import PictureFile
from vultorch_widget.tree.canvas import Canvas


def made(level: int, height: int = 20, width: int = 30, *, at_rest: bool = False) -> PictureFile:
    encoded = Encoder().encode(np.full((height, width, 3), level, np.uint8), at_rest=at_rest)
    return PictureFile(encoded.data, encoded.format, width, height)


@pytest.fixture
def canvas() -> Canvas:
    return vultorch.View("received", headless=True).panel("p").canvas("c")


@pytest.mark.parametrize("at_rest", [False, True])
def test_its_texels_are_decoded_when_they_are_asked_for(canvas: Canvas, at_rest: bool) -> None:
    canvas.receive(made(100, at_rest=at_rest))
    assert canvas.bound is not None
    assert not canvas.bound.any()
    assert canvas.grid is not None  # that tells its size, without a texel
    assert not canvas.bound.any()
    assert canvas.tensor is canvas.bound
    assert (canvas.tensor == 100).all()
    canvas.receive(made(50, at_rest=at_rest))
    assert canvas.pictures is not None
    assert (canvas.pictures == 50).all()


def test_pictures_of_one_size_share_a_tensor_and_torch_counts_each(canvas: Canvas) -> None:
    canvas.receive(made(100))
    tensor = canvas.tensor
    assert tensor is not None
    version = tensor._version
    canvas.receive(made(50))
    assert canvas.tensor is tensor
    assert tensor._version > version
    canvas.receive(made(50, height=21))
    assert canvas.tensor is not tensor
    assert canvas.tensor is not None
    assert canvas.tensor.shape == (21, 30, 3)


def test_the_file_stands_for_the_picture_until_something_else_is_written_or_bound(canvas: Canvas) -> None:
    file = made(100)
    canvas.receive(file)
    assert canvas.file is file
    assert canvas.tensor is not None
    assert canvas.file is file  # decoding it is no change
    canvas.tensor[0] = 0
    assert canvas.file is None
    canvas.receive(file)
    assert canvas.file is file
    canvas.bind(torch.zeros(4, 4))
    assert canvas.file is None
    canvas.receive(file)
    canvas.tensor = None
    assert (canvas.file, canvas.bound) == (None, None)


def test_in_inference_mode_writes_are_counted_as_well(canvas: Canvas) -> None:
    with torch.inference_mode():
        canvas.receive(made(100))
        assert canvas.file is not None
        assert canvas.tensor is not None
    canvas.receive(made(50))
    with torch.inference_mode():
        assert canvas.tensor is not None
        assert int(canvas.tensor[0, 0, 0]) == 50


def test_one_that_cannot_be_decoded_leaves_the_one_before(canvas: Canvas, caplog: pytest.LogCaptureFixture) -> None:
    canvas.receive(made(100))
    assert canvas.tensor is not None
    whole = made(50)
    with caplog.at_level(logging.WARNING):
        canvas.receive(whole._replace(data=whole.data[: len(whole.data) // 2]))
        assert (canvas.tensor == 100).all()
    assert "cannot be decoded" in caplog.text


def test_a_file_of_another_size_or_format_is_known_by_its_beginning() -> None:
    file = made(100)
    assert file.problem() == ""
    assert "is not 31 x 20" in file._replace(width=31).problem()
    assert file._replace(format="png").problem()
    assert file._replace(data=b"x" * 40).problem()
    with pytest.raises(ValueError, match="is not 31 x 20"):
        file._replace(width=31).decoded()


def test_both_libraries_decode_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    file = PictureFile(Encoder().encode(noise, at_rest=False).data, "jpeg", 50, 40)
    pixels = file.decoded()
    monkeypatch.setattr(jpeg, "_simplejpeg", lambda: None)
    assert np.abs(file.decoded().astype(int) - pixels).max() <= 2
