"""What `import vultorch_widget` loads: torch, NumPy, and nothing else."""

from __future__ import annotations

import subprocess
import sys

from tests.patience import PATIENCE

PROGRAM = """
import sys
import numpy, torch
def libraries():
    return {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
before = libraries()
import vultorch_widget
print(*sorted(libraries() - before))
"""


def loaded(program: str) -> list[str]:
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    return result.stdout.split()


def test_beyond_torch_and_numpy_only_the_package_is_loaded() -> None:
    """Vulkan, CuPy, IPython, ipywidgets, Pillow, simplejpeg, nbconvert and the rest come in when first used."""
    assert loaded(PROGRAM) == ["vultorch_widget"]


def test_a_headless_loop_loads_no_notebook_libraries_and_nothing_to_watch_a_network() -> None:
    program = """
import sys, torch, vultorch_widget

view = vultorch_widget.View(headless=True)
view.panel("A").canvas("a").bind(torch.rand(8, 8))
while view.step():
    view.end_step()
    if view.frame_count == 3:
        view.close()
print(*{name.partition(".")[0] for name in sys.modules} & {"IPython", "anywidget", "ipykernel", "ipywidgets", "zmq"})
print(*{name for name in sys.modules if name.startswith("vultorch_widget.network")})
"""
    assert loaded(program) == []


def test_scenes_and_the_image_fit_are_loaded_when_a_program_first_names_them() -> None:
    program = """
import sys
import vultorch_widget as vultorch
rooms = lambda: {name.split(".")[1] for name in sys.modules if name.startswith("vultorch_widget.")}
print(*sorted(rooms() & {"scene3d", "training"}))
vultorch.Camera, vultorch.Light, vultorch.SceneView, vultorch.fit_image, vultorch.graphed, vultorch.training.TinyMLP
print(*sorted(rooms() & {"scene3d", "training"}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["", "scene3d training"]
