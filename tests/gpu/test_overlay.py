"""Masks of CUDA tensors over pictures: the same as on the CPU, within one level, and a wrong device is named."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget.run.strays import Strays

NAMES = {"road": "#804080", "car": "#00008e"}


def painted(device: torch.device, pictures: torch.Tensor, masks: torch.Tensor, folder) -> np.ndarray:
    view = vultorch.View("overlay", headless=True)
    canvas = view.panel("p").canvas("c").bind(pictures.to(device), layout="NCHW", columns=2)
    canvas.overlay(masks.to(device), 0.4, labels=NAMES).save(folder / f"{device.type}.png")
    view.close()
    return (vultorch.imread(folder / f"{device.type}.png", channels=3, device="cpu") * 255).round().int().numpy()


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.int16, torch.uint8, torch.bool])
def test_overlays_on_a_gpu_equal_those_on_the_cpu(cuda: torch.device, dtype: torch.dtype, tmp_path) -> None:
    generator = torch.Generator().manual_seed(1)
    pictures = torch.rand(3, 3, 40, 56, generator=generator)
    masks = torch.randint(0, 2, (3, 40, 56), generator=generator).to(dtype)
    here, there = (painted(device, pictures, masks, tmp_path) for device in (torch.device("cpu"), cuda))
    assert np.abs(here - there).max() <= 1


def test_a_mask_on_another_device_is_refused_and_an_array_is_copied_there(cuda: torch.device) -> None:
    view = vultorch.View("overlay", headless=True)
    canvas = view.panel("p").canvas("c").bind(torch.zeros(4, 5, 3, device=cuda))
    with pytest.raises(ValueError, match=r"is on cpu, and the picture on cuda:\d; pass `mask.to\('cuda:\d'\)`"):
        canvas.overlay(torch.zeros(4, 5, dtype=torch.int64))
    canvas.overlay(np.zeros((4, 5), dtype=np.int64))
    assert canvas.overlaid is not None
    assert canvas.overlaid.tensor.device == canvas.tensor.device
    view.close()


def test_looking_for_strays_does_not_wait_for_the_work_before_it(cuda: torch.device) -> None:
    view = vultorch.View("overlay", headless=True)
    mask = torch.zeros(8, 9, dtype=torch.int64, device=cuda)
    labels = view.panel("p").canvas("c").bind(mask, labels=NAMES).labels
    assert labels is not None
    mask[3, 4].fill_(0)  # on first use, a kernel is loaded and memory is pinned, which may wait
    Strays(mask[None, ..., None], labels, 0)
    torch.cuda.synchronize()
    torch.cuda._sleep(2_000_000_000)  # about a second
    mask[3, 4].fill_(7)  # an assignment copies the number, and waits
    event = torch.cuda.Event()
    event.record()
    strays = Strays(mask[None, ..., None], labels, 0)
    assert not event.query()
    torch.cuda.synchronize()
    assert "holds 7 at column 4 and row 3" in strays.text()
    view.close()
