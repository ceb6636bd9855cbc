"""Texels are read exactly as they are in the tensor, whatever its dtype and strides, and reach a page unrounded."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vultorch_widget.inspection.texels import Gathering, Values

FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
WHOLE = (torch.uint8, torch.int16, torch.int32, torch.int64, torch.bool)


def read(*blocks: torch.Tensor) -> list[Values]:
    return Gathering(blocks).values()


@pytest.mark.parametrize("dtype", [*FLOATS, *WHOLE])
def test_texels_are_read_exactly_whatever_the_dtype_and_strides(dtype: torch.dtype) -> None:
    tensor = (torch.randn(6, 7, 3, generator=torch.Generator().manual_seed(0)) * 90).to(dtype)
    views = [tensor[2:3, 4:5], tensor.permute(1, 0, 2)[1:4, 2:4], tensor.flip(1)[0:2, 0:2], tensor[..., 1][5:6, 6:7]]
    for view, values in zip(views, read(*views), strict=True):
        assert values.numbers() == tuple(view.reshape(-1).tolist())
        assert values.channels == (view.shape[2] if view.dim() == 3 else 1)


def test_blocks_of_several_dtypes_are_read_together() -> None:
    blocks = [torch.tensor([[True]]), torch.tensor([[math.pi]], dtype=torch.float64), torch.tensor([[2**62 + 1]])]
    assert [values.numbers() for values in read(*blocks)] == [(True,), (math.pi,), (2**62 + 1,)]


def test_nan_and_infinity_are_values_like_others() -> None:
    (values,) = read(torch.tensor([[math.nan, math.inf, -math.inf, -0.0]]).to(torch.bfloat16))
    first, *rest = values.numbers()
    assert math.isnan(first)
    assert rest == [math.inf, -math.inf, 0.0]
    assert math.copysign(1, rest[-1]) == -1


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_page_gets_floats_that_hold_the_value_exactly(dtype: torch.dtype) -> None:
    tensor = torch.tensor([[0.1, -3e-5, 6e4]]).to(dtype)
    wire = "<f8" if dtype is torch.float64 else "<f4"
    (values,) = read(tensor)
    assert np.frombuffer(values.wire(), wire).tolist() == tensor[0].tolist()


def test_a_page_gets_integers_beyond_what_a_float_holds() -> None:
    (values,) = read(torch.tensor([[2**53 + 1, -(2**63)]]))
    assert np.frombuffer(values.wire(), "<i8").tolist() == [2**53 + 1, -(2**63)]


def test_a_tensor_that_needs_a_gradient_can_be_read() -> None:
    (values,) = read(torch.full((1, 1), 2.0, requires_grad=True))
    assert values.numbers() == (2.0,)
