"""Tensors whose memory was freed, as FSDP does. Nothing may read them: that crashes the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import vultorch_widget as vultorch
from vultorch_widget.pictures import tensors


def freed(*shape: int, keep: int = 0) -> torch.Tensor:
    tensor = torch.ones(*shape)
    tensor.untyped_storage().resize_(keep)
    return tensor


def freed_slice() -> torch.Tensor:
    tensor = torch.ones(512, 512, 4)
    part = tensor[9:, 9:, :3]
    tensor.untyped_storage().resize_(0)
    return part


USES: dict[str, Callable[[], object]] = {
    "imwrite": lambda: vultorch.imwrite("picture.png", freed(512, 512, 3)),
    "imwrite of EXR": lambda: vultorch.imwrite("picture.exr", freed(512, 512, 3)),
    "colormap": lambda: vultorch.colormap(freed(512, 512)),
    "plot": lambda: vultorch.View(headless=True).panel("p").plot(freed(1 << 20)),
    "bind": lambda: vultorch.View(headless=True).panel("p").canvas("c").bind(freed(512, 512, 3)),
    "bind of what is partly there": lambda: (
        vultorch.View(headless=True).panel("p").canvas("c").bind(freed(512, 512, 3, keep=4096))
    ),
    "bind of a slice": lambda: vultorch.View(headless=True).panel("p").canvas("c").bind(freed_slice()),
}


@pytest.mark.parametrize("use", USES)
def test_freed_memory_is_refused_everywhere(use: str) -> None:
    with pytest.raises(ValueError, match=r"freed or shrunk.*FSDP"):
        USES[use]()


# In a separate process, which crashes if the check is missing.
FREED_LATER = """
import sys, torch, vultorch_widget as vultorch
view = vultorch.View("freed", headless=True, backend=sys.argv[1])
tensor = torch.rand(300, 300, 4)
tensor[..., 3] = 1
canvas = view.panel("p").canvas("c").bind(tensor)
canvas.save(sys.argv[2] + "/before.png")
scene = vultorch.SceneView("scene", 32, 32, window=view)
texture = torch.rand(64, 64, 3)
scene.set_tensor(texture)
scene.render()
canvas.start_recording(sys.argv[2] + "/film.gif")
@view.on_frame
def frame():
    for each in tensor, texture:
        each.untyped_storage().resize_(0 if view.frame_count % 2 else each.nbytes)
view.run(max_frames=4)
tensor.untyped_storage().resize_(0)
texture.untyped_storage().resize_(0)
for use in (lambda: canvas.save(sys.argv[2] + "/after.png"), scene.render):
    try:
        use()
    except ValueError as error:
        print(error)
print("c" in {c.name for c in view._parts.tree.canvases() if c.spec().error})
view.snapshot()
tensor.untyped_storage().resize_(tensor.nbytes)
canvas.save(sys.argv[2] + "/again.png")
view.close()
print("alive")
"""


@pytest.mark.parametrize("backend", ["vulkan", "torch", "auto"])
def test_memory_that_is_freed_while_it_is_shown_is_reported_and_shown_again_later(backend: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FREED_LATER, backend, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sum("freed or shrunk" in line for line in lines) == 2
    assert lines[-2:] == ["True", "alive"]
    assert (tmp_path / "again.png").exists()


@given(st.data())
def test_the_check_computes_exactly_which_memory_a_tensor_needs(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(0, 4), min_size=2, max_size=2))
    stride = data.draw(st.lists(st.integers(0, 9), min_size=2, max_size=2))
    offset = data.draw(st.integers(0, 9))
    tensor = torch.arange(256, dtype=torch.float32).as_strided(shape, stride, offset)
    reached = 0 if 0 in shape else 4 * (offset + sum((n - 1) * s for n, s in zip(shape, stride, strict=True)) + 1)
    tensor.untyped_storage().resize_(reached)
    tensors.check_memory(tensor)
    if reached:
        tensor.untyped_storage().resize_(reached - 1)
        with pytest.raises(ValueError, match="freed or shrunk"):
            tensors.check_memory(tensor)
