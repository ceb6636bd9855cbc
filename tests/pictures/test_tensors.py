from __future__ import annotations

import re

import pytest
import torch
from PIL import Image

from tests.render.tiles import DTYPES
from vultorch_widget.pictures import tensors


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (2, 3, 3), (2, 3, 4), (0, 3), (2, 0, 4)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_pictures_are_accepted(shape, dtype):
    tensors.check(torch.zeros(shape, dtype=dtype))
    assert tensors.size(torch.zeros(shape, dtype=dtype)) == shape[:2]


def test_strides_and_gradients_are_accepted():
    tensors.check(torch.zeros(4, 6, 3, requires_grad=True).transpose(0, 1)[::2])


@pytest.mark.parametrize("shape", [(), (5,), (2, 3, 2), (2, 3, 5), (1, 3, 4, 4)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"accepted are \(H, W\) and \(H, W, 1\|3\|4\)") as error:
        tensors.check(torch.zeros(shape))
    assert str(shape) in str(error.value)


@pytest.mark.parametrize("dtype", [torch.int8, torch.int32, torch.int64, torch.complex64])
def test_another_dtype_is_refused(dtype):
    named = rf"{str(dtype).removeprefix('torch.')} and shape \(2, 3\)"
    with pytest.raises(ValueError, match=rf"{named} is not a picture; accepted .* float32, .*bool"):
        tensors.check(torch.zeros(2, 3, dtype=dtype))


@pytest.mark.parametrize("value", [None, [[0.0]], torch.zeros(2, 2).numpy()])
def test_other_objects_are_refused(value):
    with pytest.raises(ValueError, match=f"not a torch tensor but .*{type(value).__name__}"):
        tensors.check(value)


IMAGE = Image.new("RGB", (2, 2))
REMEDIES = {
    "channels first": (torch.zeros(3, 480, 640), "`tensor.permute(1, 2, 0)`"),
    "a batch": (torch.zeros(8, 4, 5, 3), "`tensor[0]`"),
    "a batch with the channels first": (torch.zeros(8, 3, 4, 5), "`tensor[0].permute(1, 2, 0)`"),
    "many channels": (torch.zeros(6, 5, 16), "`tensor[..., :3]`"),
    "a flat picture": (torch.zeros(784), "`tensor.reshape(height, width)`"),
    "a mask of labels": (torch.zeros(4, 5, dtype=torch.int64), "`colormap(tensor)`"),
    "colours as integers": (torch.zeros(4, 5, 3, dtype=torch.int32), "`tensor.to(torch.uint8)`"),
    "a spectrum": (torch.zeros(4, 5, dtype=torch.complex64), "`tensor.abs()`"),
    "a NumPy array": (torch.zeros(4, 5).numpy(), "`torch.from_numpy(array)`"),
    "a Pillow image": (IMAGE, "numpy.array(image.convert('RGB'))"),
    "several tensors": ([torch.zeros(4, 5)] * 2, "`torch.cat(list, dim=1)`"),
}


@pytest.mark.parametrize("case", REMEDIES)
def test_a_refusal_says_how_to_make_a_picture_of_it(case):
    value, remedy = REMEDIES[case]
    with pytest.raises(ValueError, match=re.escape(remedy)):
        tensors.check(value)


def test_a_tensor_without_pixels_to_read_is_refused():
    with pytest.raises(ValueError, match="sparse_coo tensor on cpu"):
        tensors.check(torch.zeros(2, 3).to_sparse())
    with pytest.raises(ValueError, match="on meta has no pixels"):
        tensors.check(torch.zeros(2, 3, device="meta"))


def test_channels_are_counted():
    assert [tensors.channel_count(torch.zeros(2, 2, *tail)) for tail in ((), (1,), (3,), (4,))] == [1, 1, 3, 4]
