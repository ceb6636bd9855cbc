"""The Vulkan compositor: sizes, command buffers, threads, interrupts and errors."""

from __future__ import annotations

import subprocess
import sys
import threading
from importlib import resources

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode

from tests.patience import PATIENCE, wait_until
from vultorch_widget.render.compositor import CompositorError
from vultorch_widget.render.plan import plan_tile
from vultorch_widget.render.rounding import HostRounding

from .tiles import picture, whole


@pytest.mark.parametrize("shape", [(1, 1), (1, 8192), (8192, 1), (33, 9), (1, 1, 4), (2, 3000, 3)])
@pytest.mark.parametrize("form", ["shared", "copied"])
def test_odd_sizes(vulkan, reference, shape, form):
    source = torch.rand(shape)
    if form == "shared":
        shared = vulkan.allocate(*shape[:2])
        source = (shared[..., 0] if len(shape) == 2 else shared[..., : shape[2]]).copy_(source)
    for room in (shape[1::-1], (7, 5), (1, 1)):
        tile = plan_tile(source, room, filter="linear", fit="stretch")
        made, expected = (one.compose([tile]).pixels(0).astype(int) for one in (vulkan, reference))
        assert np.abs(made - expected).max() <= 1


def test_the_largest_tensor_pixel_by_texel(vulkan):
    source = torch.arange(251, dtype=torch.uint8).repeat(8192 * 8192 // 251 + 1)[: 8192 * 8192].view(8192, 8192)
    pixels = vulkan.compose([whole(source)]).pixels(0)
    assert (pixels[..., 1] == source.numpy()).all()
    assert (pixels[-1, :, 3] == 255).all()


def test_the_largest_shared_tensor_is_shown_to_its_last_texel(vulkan, device):
    """1 GiB, far beyond the reach of a descriptor on lavapipe."""
    source = vulkan.allocate(8192, 8192)
    source[-64:, -64:] = torch.tensor([0.2, 0.4, 0.6, 1.0])
    corner = {"crop": (8128.0, 8128.0, 8192.0, 8192.0), "width": 64, "height": 64}
    assert (vulkan.compose([whole(source, **corner)]).pixels(0) == [51, 102, 153, 255]).all()
    quarter = {"crop": (8064.0, 8064.0, 8192.0, 8192.0), "width": 2, "height": 2, "filter": "area", "channels": "g"}
    assert picture(vulkan, source, **quarter)[..., 0].tolist() == [[0, 0], [0, 102]]


def test_the_largest_tensor_minified(vulkan):
    source = torch.randint(0, 256, (128, 8192), dtype=torch.uint8).repeat(64, 1)
    pixels = vulkan.compose([whole(source, filter="area", width=128, height=64)]).pixels(0)
    mean = source[:128].numpy().reshape(128, 128, 64).mean(axis=(0, 2))
    assert np.abs(pixels[..., 0] - mean).max() <= 1


def test_a_repeated_plan_is_not_recorded_again(vulkan, monkeypatch):
    from vultorch_widget.render.vulkan import command_buffer

    made = []
    record = command_buffer.CommandBuffer._record
    monkeypatch.setattr(command_buffer.CommandBuffer, "_record", lambda *args: (made.append(1), record(*args))[1])
    ring = [vulkan.allocate(6, 6).fill_(level / 255) for level in range(24)]
    picture(vulkan, torch.zeros(6, 6))  # the staging buffer grows, and earlier recordings are dropped
    made.clear()
    for _ in range(3):
        for level, source in enumerate(ring):
            assert (picture(vulkan, source, channels="r")[..., 0] == level).all()
        assert picture(vulkan, torch.ones(6, 6))[0, 0, 0] == 255  # a new tensor each time, at the same address
    assert len(made) == 24


def test_more_plans_than_are_kept(vulkan):
    sources = [torch.full((4, 4 + n), n / 255) for n in range(50)]
    for _ in range(2):
        for n, source in enumerate(sources):
            assert (picture(vulkan, source)[..., 0] == n).all()


def test_growing_buffers_keep_earlier_plans_correct(vulkan):
    small = torch.full((4, 4), 0.2)
    for size in (10, 200, 20, 400):
        assert (picture(vulkan, small)[..., 0] == 51).all()
        assert (picture(vulkan, torch.ones(size, size, 3)) == 255).all()


def test_a_copied_tensor_may_be_written_while_the_frame_is_made(vulkan):
    """A shared tensor may be written once `compose` has returned."""
    shared = vulkan.allocate(700, 700)
    for source in (torch.empty(700, 700, 3), shared[..., :3]):
        for level in range(0, 250, 50):
            source.fill_(level / 255)
            composite = vulkan.compose([whole(source)])
            source.fill_(1)
            assert (composite.pixels(0)[..., :3] == level).all()


def test_two_views_on_two_threads(device):
    from vultorch_widget.render.vulkan import VulkanCompositor

    wrong: list[object] = []

    def show(level):
        compositor = VulkanCompositor(device)
        source = compositor.allocate(50, 50)
        for step in range(100):
            value = (level + step) % 256
            source.fill_(value / 255)
            pixels = compositor.compose([whole(source, channels="r"), whole(source * 1, channels="g")])
            wrong.extend(value for index in range(2) if not (pixels.pixels(index)[..., :3] == value).all())
        compositor.close()

    threads = [threading.Thread(target=show, args=(level,)) for level in (0, 90, 180)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    assert wrong == []


def test_an_interrupt_at_the_worst_moment_is_survived(vulkan, monkeypatch):
    from vultorch_widget.render.vulkan.sync import Timeline

    source = vulkan.allocate(300, 300)
    check = Timeline._check

    def interrupted(self, result):  # after submitting, before counting
        monkeypatch.setattr(Timeline, "_check", check)
        raise KeyboardInterrupt

    for level in (10, 20):
        monkeypatch.setattr(Timeline, "_check", interrupted)
        with pytest.raises(KeyboardInterrupt):
            vulkan.compose([whole(source)])
        source.fill_(level / 255)
        assert (picture(vulkan, source, channels="r")[..., 0] == level).all()


def test_closing_twice_is_closing_once(vulkan):
    vulkan.compose([whole(torch.rand(9, 9))])
    vulkan.close()
    vulkan.close()
    with pytest.raises(CompositorError, match="is closed"):
        vulkan.compose([whole(torch.rand(9, 9))])


def test_shader_and_host_agree_on_the_layout_of_the_push_constants(device):
    from vultorch_widget.render.vulkan.pipeline import GROUP, PUSH_SIZE

    source = (resources.files("vultorch_widget.render") / "shaders/composite.comp").read_text()
    assert f"local_size_x = {GROUP[0]}, local_size_y = {GROUP[1]}" in source
    assert PUSH_SIZE <= 128  # the guaranteed minimum of every device


def test_strides_beyond_the_shaders_indices_are_refused(vulkan, device):
    from vultorch_widget.render.vulkan.dispatch import Dispatch, Layout

    dispatch = Dispatch(whole(torch.zeros(1).expand(4, 4)))
    with pytest.raises(CompositorError, match="is too large"):
        dispatch.push(Layout(0, (0, 0), (1 << 30, 1)), 0, 0)


def test_too_tall_a_picture_is_refused(vulkan):
    tall = torch.zeros(1, 1, dtype=torch.uint8).expand(600_000, 1)
    with pytest.raises(CompositorError, match="1 x 600000 pixels is too large"):
        vulkan.compose([whole(tall)])
    assert (picture(vulkan, torch.ones(2, 2)) == 255).all()


def test_running_out_of_memory_is_reported_and_survived(vulkan):
    huge = torch.zeros(1, 1, 4).expand(40_000, 40_000, 4)
    with pytest.raises(CompositorError, match="Memory"):
        vulkan.compose([whole(huge, width=10, height=10, filter="area")])
    assert (picture(vulkan, torch.ones(2, 2)) == 255).all()


def test_a_hung_device_is_abandoned(monkeypatch):
    """Its memory is not touched again, and the next caller gets a new device."""
    from vultorch_widget.render.vulkan import VulkanCompositor, open_device, sync

    device = open_device()
    compositor = VulkanCompositor(device)
    monkeypatch.setattr(sync, "PATIENCE", 1e-6)
    source = compositor.allocate(2000, 2000)

    def hangs() -> bool:  # on a busy machine, the device may be done before anybody waits for it
        try:
            compositor.compose([whole(source, width=5, height=5, filter="area")])
        except CompositorError as error:
            return "has not finished a frame within 1e-06 s" in str(error)
        return False

    wait_until(hangs)
    monkeypatch.undo()
    compositor.close()
    assert device.lost
    assert not device.may_free()
    fresh = open_device()
    assert fresh is not device
    replacement = VulkanCompositor(fresh)
    assert (picture(replacement, source, channels="r", width=4, height=4, filter="area")[..., :3] == 0).all()
    replacement.close()


def run(script: str) -> subprocess.CompletedProcess[str]:
    """Runs ``script`` in a separate process."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False
    )


OPEN = """
import gc, os, torch
from vultorch_widget.render.plan import plan_tile
from vultorch_widget.render.rounding import HostRounding
from vultorch_widget.render.vulkan import VulkanCompositor, open_device
compositor = VulkanCompositor(open_device())
shared = compositor.allocate(64, 64).fill_(1)
def show(compositor, source):
    return compositor.compose([plan_tile(source, (64, 64), filter="linear", fit="contain")]).pixels(0)
assert (show(compositor, shared) == 255).all()
"""


def test_a_process_ends_cleanly_without_close(device):
    done = run(OPEN + "composite = show(compositor, torch.rand(900, 900, 3))")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_forked_child_leaves_its_parents_device_alone(device):
    done = run(
        OPEN
        + """
child = os.fork()
if not child:
    del compositor, shared
    gc.collect()
    mine = VulkanCompositor(open_device())
    os._exit(0 if (show(mine, torch.ones(64, 64)) == 255).all() else 1)
assert os.waitpid(child, 0)[1] == 0
assert (show(compositor, shared) == 255).all()
"""
    )
    assert (done.returncode, done.stderr) == (0, "")


class Counted(TorchFunctionMode):
    """Notes on how many threads torch works on pictures."""

    def __init__(self):
        super().__init__()
        self.threads = set()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        works = func in (torch.Tensor.copy_, torch.Tensor.clamp, torch.Tensor.sum, torch.Tensor.index_select)
        if works and args[0].numel() >= 1000:
            self.threads.add(torch.get_num_threads())
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("form", ["plain", "reduced"])
def test_a_picture_on_the_host_is_made_on_one_thread(compositor, one_thread, form):
    """On a busy machine, threads that share a picture wait for one another for longer than one thread needs for it."""
    torch.set_num_threads(2)  # which `one_thread` restores
    source = torch.rand(64, 64, 3)
    tile = whole(source) if form == "plain" else plan_tile(source, (20, 20), filter="linear", fit="stretch")
    with Counted() as counted:
        HostRounding(compositor).compose([tile])
    assert counted.threads == {1}
    assert torch.get_num_threads() == 2
