"""Arrays and Pillow images as tensors."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

import vultorch_widget as vultorch
from vultorch_widget.pictures.foreign import as_tensor


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(2, 3, 4)[::-1, :, ::2],
        np.arange(6, dtype=">f4").reshape(2, 3),
        np.broadcast_to(np.uint8(7), (2, 3)),
    ],
    ids=["backwards", "of the other byte order", "read-only"],
)
def test_an_array_is_copied_once(array):
    tensor = as_tensor(array)
    assert tensor.tolist() == array.tolist()
    tensor += 1
    assert tensor.tolist() == (array + 1).tolist()


def test_a_tensor_is_itself():
    tensor = torch.rand(2, 3)
    assert as_tensor(tensor) is tensor


@pytest.mark.parametrize(
    ("mode", "shape", "dtype"),
    [
        ("1", (2, 3), torch.uint8),
        ("L", (2, 3), torch.uint8),
        ("P", (2, 3, 3), torch.uint8),
        ("RGB", (2, 3, 3), torch.uint8),
        ("RGBA", (2, 3, 4), torch.uint8),
        ("LA", (2, 3, 4), torch.uint8),
        ("CMYK", (2, 3, 3), torch.uint8),
        ("I;16", (2, 3), torch.float32),
        ("F", (2, 3), torch.float32),
    ],
)
def test_an_image_of_any_mode_becomes_a_picture(mode, shape, dtype):
    tensor = as_tensor(Image.new(mode, (3, 2)))
    assert (tuple(tensor.shape), tensor.dtype) == (shape, dtype)


def test_an_image_is_turned_as_its_exif_data_say():
    image = Image.new("RGB", (3, 2))
    image.getexif()[0x0112] = 6  # rotated by 90 degrees
    assert as_tensor(image).shape == (3, 2, 3)


def test_an_array_of_objects_is_refused():
    with pytest.raises(ValueError, match="an array of dtype object is no"):
        as_tensor(np.zeros((2, 2), dtype=object))


def test_every_way_in_takes_arrays_images_and_layouts(tmp_path):
    view = vultorch.View("batches", headless=True)
    batch = np.random.default_rng(0).random((5, 3, 8, 9)).astype(np.float32)
    vultorch.show(batch, name="shown", columns=5, gap=1, window=view.window)
    canvas = view.panel("shown").canvas("shown")
    assert canvas.grid.size == (8, 49)
    canvas.save(tmp_path / "saved.png")
    vultorch.imwrite(tmp_path / "written.png", batch, columns=5, gap=1)
    saved, written = (
        vultorch.imread(tmp_path / name, channels=3, device="cpu") for name in ("saved.png", "written.png")
    )
    assert (saved - written).abs().max() <= 1.01 / 255
    width, height = view.snapshot().size
    assert width * 8 == height * 49
    canvas.bind(Image.new("RGB", (6, 4), "red"))
    assert canvas.grid.size == (4, 6)
    view.close()


def test_an_image_fit_takes_channels_first():
    picture = torch.rand(3, 12, 16)
    view = vultorch.fit_image(picture, layout="CHW", size=None, headless=True, device="cpu")
    assert torch.allclose(view.fit.target, picture.permute(1, 2, 0))
    view.close()
    with pytest.raises(ValueError, match='`layout="CHW"`'):
        vultorch.fit_image(picture, headless=True, device="cpu")
