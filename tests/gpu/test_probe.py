"""Texels of CUDA tensors are gathered there and copied once, exactly, and nothing waits for that copy."""

from __future__ import annotations

import pytest
import torch

from vultorch_widget.inspection.texels import Gathering


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.uint8, torch.bool]
)
def test_texels_on_a_gpu_are_read_exactly(cuda: torch.device, dtype: torch.dtype) -> None:
    tensor = (torch.randn(64, 48, 3, device=cuda) * 90).to(dtype)
    blocks = [tensor[5:6, 7:8], tensor.permute(1, 0, 2)[2:9, 3:5], torch.full((1, 1), 3.0)]
    for block, values in zip(blocks, Gathering(blocks).values(), strict=True):
        assert values.numbers() == tuple(block.reshape(-1).tolist())


def test_a_gathering_does_not_wait_for_the_work_before_it(cuda: torch.device) -> None:
    tensor = torch.zeros(8, 8, device=cuda)
    Gathering([tensor[:1, :1]]).values()  # memory is pinned on first use
    torch.cuda._sleep(2_000_000_000)  # about a second
    tensor.fill_(7.0)
    gathering = Gathering([tensor[:1, :1]])
    assert not gathering.ready
    assert gathering.values()[0].numbers() == (7.0,)
