"""Tensors in device memory: shared, located by address, and freed with the last reference."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from vultorch_widget.render.compositor import CompositorError

from .tiles import picture, whole


@pytest.fixture
def uploads(monkeypatch) -> list[int]:
    """The number of copies in each frame."""
    from vultorch_widget.render.vulkan import staging

    counts: list[int] = []
    upload = staging.Staging.upload

    def counting(self, tiles):
        counts.append(len(self._copies))
        upload(self, tiles)

    monkeypatch.setattr(staging.Staging, "upload", counting)
    return counts


def resident() -> int:
    gc.collect()
    return psutil.Process().memory_info().rss


def test_a_shared_tensor_is_an_ordinary_one(vulkan):
    tensor = vulkan.allocate(5, 7)
    assert (tensor.shape, tensor.dtype, tensor.device.type) == ((5, 7, 4), torch.float32, "cpu")
    assert tensor.is_contiguous()
    assert (tensor == 0).all()
    tensor.requires_grad_()
    (tensor * 2).sum().backward()
    assert (tensor.grad == 2).all()


def test_its_address_is_in_device_memory(vulkan, device):
    tensor = vulkan.allocate(16, 16)
    size, _ = device.shared[tensor.data_ptr()]
    assert size == tensor.numel() * 4
    lines = Path("/proc/self/maps").read_text().splitlines()
    ranges = [tuple(int(edge, 16) for edge in line.split()[0].split("-")) for line in lines]
    assert any(start <= tensor.data_ptr() < end for start, end in ranges)


def test_a_write_appears_in_the_next_frame_without_a_copy(vulkan, uploads):
    tensor = vulkan.allocate(8, 8)
    for level in (0, 51, 255, 102):
        tensor.fill_(level / 255)
        tensor[..., 3] = 1
        assert (picture(vulkan, tensor)[..., :3] == level).all()
    assert uploads == [0, 0, 0, 0]


VIEWS = {
    "a part": lambda tensor: tensor[3:7, 2:9],
    "three channels": lambda tensor: tensor[..., :3],
    "one channel": lambda tensor: tensor[..., 2],
    "turned": lambda tensor: tensor.transpose(0, 1),
    "through NumPy": lambda tensor: torch.from_numpy(tensor.numpy()[2:]),
    "as bytes": lambda tensor: tensor.view(torch.uint8)[1:, 3:, :3],
    "as halves": lambda tensor: tensor.view(torch.float16)[1:, :, 1:5],
    "detached parameter": lambda tensor: torch.nn.Parameter(tensor).detach(),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_every_view_of_it_is_read_in_place(vulkan, reference, uploads, view):
    tensor = vulkan.allocate(12, 10)
    tensor.copy_(torch.rand(12, 10, 4))
    part = view(tensor)
    assert np.abs(picture(vulkan, part).astype(int) - picture(reference, part)).max() <= 1
    assert uploads == [0]


def test_a_negated_view_is_not_read_in_place(vulkan):
    tensor = vulkan.allocate(2, 2)
    tensor.fill_(-0.2)
    negated = torch.view_as_complex(tensor.view(2, 2, 2, 2)).conj().imag
    assert negated.is_neg()
    assert (picture(vulkan, negated[..., 0]) == [51, 51, 51, 255]).all()


def test_other_tensors_are_copied_once_a_frame(vulkan, uploads):
    tensor = torch.full((8, 8), 0.2)
    tiles = [whole(tensor), whole(tensor, gain=2.0), whole(tensor.clone())]
    composite = vulkan.compose(tiles)
    assert uploads == [2]
    assert [composite.pixels(index)[0, 0, 0] for index in range(3)] == [51, 102, 51]


def test_only_what_is_shown_is_copied(vulkan, device):
    from vultorch_widget.render.vulkan.dispatch import Dispatch
    from vultorch_widget.render.vulkan.staging import Staging

    tile = whole(torch.rand(1000, 1000), crop=(10.0, 20.0, 26.0, 28.0), width=16, height=8)
    assert Staging(device, [Dispatch(tile)]).size == 16 * 8 * 4


def test_another_compositor_reads_it_in_place_too(vulkan, device, uploads):
    from vultorch_widget.render.vulkan import VulkanCompositor

    tensor = vulkan.allocate(4, 4).fill_(1)
    vulkan.close()
    other = VulkanCompositor(device)
    assert (picture(other, tensor) == 255).all()
    assert uploads == [0]
    other.close()


def test_it_outlives_its_compositor(device):
    from vultorch_widget.render.vulkan import VulkanCompositor

    compositor = VulkanCompositor(device)
    tensor = compositor.allocate(64, 64)
    compositor.close()
    del compositor
    gc.collect()
    tensor.fill_(3)
    assert float(tensor.sum()) == 3 * 64 * 64 * 4


@pytest.mark.parametrize("view", [lambda t: t, lambda t: t[5:], lambda t: t.numpy(), lambda t: t.view(torch.uint8)])
def test_its_memory_is_freed_with_the_last_view(vulkan, device, view):
    before = len(device.shared)
    tensor = vulkan.allocate(16, 16)
    held = view(tensor)
    picture(vulkan, tensor)
    del tensor
    gc.collect()
    assert len(device.shared) == before + 1
    held[:] = 0
    del held
    gc.collect()
    assert len(device.shared) == before


def test_pictures_outlive_their_compositor(device):
    from vultorch_widget.render.vulkan import VulkanCompositor

    compositor = VulkanCompositor(device)
    pixels = compositor.compose([whole(torch.ones(9, 9))]).pixels(0)
    compositor.close()
    del compositor
    gc.collect()
    assert (pixels == 255).all()


def test_a_thousand_tensors_leak_nothing(vulkan, device):
    shared, before = len(device.shared), 0
    for number in range(1000):
        tensor = vulkan.allocate(128, 128)  # 256 KiB
        tensor.fill_(1)
        if number % 100 == 0:
            picture(vulkan, tensor)
        if number == 50:
            before = resident()
    del tensor
    assert resident() - before < 8 << 20
    assert len(device.shared) == shared


def test_two_hundred_sizes_leak_nothing(vulkan):
    """The sources alone are 95 MiB."""
    for size in range(40):  # more than are kept as recordings
        picture(vulkan, torch.rand(280 + size, 300, 3))
    before = resident()
    for size in range(200):
        picture(vulkan, torch.rand(100 + size, 300 - size, 3))
    assert resident() - before < 32 << 20


def test_compositors_leak_nothing_whether_closed_or_dropped(device):
    from vultorch_widget.render.vulkan import VulkanCompositor

    before = 0
    for number in range(60):
        compositor = VulkanCompositor(device)
        picture(compositor, torch.rand(256, 256, 4))
        gone = weakref.ref(compositor)
        if number % 2:
            compositor.close()
        del compositor
        assert gone() is None
        if number == 20:
            before = resident()
    assert resident() - before < 8 << 20


def test_an_empty_tensor_is_not_shared(vulkan):
    assert vulkan.allocate(0, 5) is None


def test_too_large_a_tensor_is_refused_by_name(vulkan):
    with pytest.raises(CompositorError, match=r"llvmpipe|OutOf.*Memory"):
        vulkan.allocate(1 << 20, 1 << 20)
    assert vulkan.allocate(4, 4) is not None


def test_torch_shares_nothing(reference):
    assert reference.allocate(4, 4) is None
