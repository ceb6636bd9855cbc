"""A scene in a view: where it appears, how it reacts to the user, and when it is drawn again."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import PATIENCE
from tests.tree.test_pointer import point


def textured(name: str = "Inspector", **options: int) -> vultorch.SceneView:
    scene = vultorch.SceneView(name, 80, 60, **options)
    scene.set_tensor(torch.rand(16, 16, 3))
    return scene


def shown(view: vultorch.View, canvas: str) -> torch.Tensor:
    found = view._parts.tree.canvas(canvas)
    assert found is not None
    assert found.tensor is not None
    return found.tensor


def test_it_draws_into_the_panel_whose_callback_renders_it() -> None:
    view = vultorch.View("scene", headless=True)
    panel = view.panel("3D View")
    scene = textured()
    panel.on_frame(scene.render)
    view.run(max_frames=2)
    picture = shown(view, "3D View/Inspector")
    assert picture.shape == (60, 80, 4)
    assert (picture[..., 3] == 1).all()
    assert picture[0, 0, :3].tolist() == pytest.approx([0.12, 0.12, 0.14])
    assert picture[30, 40, :3].tolist() != pytest.approx([0.12, 0.12, 0.14])
    view.close()


def test_elsewhere_it_has_a_panel_of_its_own() -> None:
    other = vultorch.View("other", headless=True)
    view = vultorch.View("scene", headless=True)
    textured().render()
    assert list(view._parts.tree.panels) == ["Inspector"]
    scene = vultorch.SceneView("S", window=other.window)
    scene.set_tensor(torch.rand(4, 4))
    scene.render()
    assert shown(other, "S/S").shape == (600, 800, 4)
    view.close()
    other.close()


def test_it_is_drawn_again_when_anything_changes_and_not_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vultorch_widget.api.scene_view.RECHECK", math.inf)  # nor after a while
    view = vultorch.View("scene", headless=True)
    scene = vultorch.SceneView("s", 80, 60)
    texture = torch.zeros(4, 4, 3)
    scene.set_tensor(texture)
    scene.render()
    picture = shown(view, "s/s")
    version = picture._version
    scene.render()
    scene.set_tensor(texture)
    scene.render()
    assert picture._version == version
    texture.fill_(1)
    for change in (
        lambda: None,
        lambda: setattr(scene.camera, "azimuth", 1.0),
        lambda: setattr(scene.light, "intensity", 2.0),
        lambda: setattr(scene, "background", (1.0, 0.0, 0.0)),
        lambda: setattr(scene, "msaa", 8),
    ):
        change()
        scene.render()
        assert picture._version > version, change
        version = picture._version
    assert picture[0, 0].tolist() == [1, 0, 0, 1]
    view.close()


def test_writes_that_torch_does_not_count_are_seen_before_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vultorch_widget.api.scene_view.RECHECK", 0.0)
    view = vultorch.View("scene", headless=True)
    scene = vultorch.SceneView("s", 80, 60)
    texture = torch.zeros(4, 4, 3)
    scene.set_tensor(texture)
    scene.light.enabled = False
    scene.render()
    texture.numpy().fill(1)
    scene.render()
    assert shown(view, "s/s")[30, 40].tolist() == [1, 1, 1, 1]
    view.close()


def test_a_hand_turns_moves_and_zooms_it() -> None:
    view = vultorch.View("scene", headless=True)
    scene = textured("s")
    scene.render()
    page = Page(view).open()
    before = shown(view, "s/s").clone()

    def drag(button: str, stroke: int) -> None:
        point(page, "press", 40, 30, canvas="s/s", button=button, buttons=[button], stroke=stroke)
        point(page, "move", 60, 36, canvas="s/s", buttons=[button], stroke=stroke)
        point(page, "release", 60, 36, canvas="s/s", button=button, stroke=stroke)
        view._parts.hearing.drain()

    drag("left", 1)
    assert scene.camera.azimuth == pytest.approx(-math.pi / 4)
    assert scene.camera.elevation == pytest.approx(0.6 + 0.1 * math.pi)
    assert not torch.equal(before, shown(view, "s/s"))  # at once, although no frame came
    scene.camera.reset()
    drag("right", 2)
    assert scene.camera.target[0] == pytest.approx(-20 / 60 * 6 * math.tan(math.pi / 8))
    scene.camera.reset()
    drag("middle", 3)
    assert scene.camera.distance == pytest.approx(3 / 0.9)
    point(page, "wheel", 40, 30, canvas="s/s", wheel=2.0)
    view._parts.hearing.drain()
    assert scene.camera.distance == pytest.approx(3 * 0.9)
    point(page, "move", 10, 10, canvas="s/s")
    view._parts.hearing.drain()
    assert scene.camera.distance == pytest.approx(3 * 0.9)
    view.close()


def test_wrong_use_says_what_would_be_right() -> None:
    with pytest.raises(ValueError, match="msaa must be 1, 2, 4 or 8, not 3"):
        vultorch.SceneView("s", msaa=3)
    with pytest.raises(ValueError, match="width and height must be integers of at least 1, not 0 and 600"):
        vultorch.SceneView("s", 0)
    scene = vultorch.SceneView("s")
    with pytest.raises(RuntimeError, match="'s' has nothing to render: call set_tensor first"):
        scene.render()
    with pytest.raises(ValueError, match=re.escape("a tensor of shape (2, 2, 2) and dtype float32 is not a picture")):
        scene.set_tensor(torch.zeros(2, 2, 2))
    with pytest.raises(ValueError, match=re.escape("a tensor of shape (0, 2, 3) has no texels")):
        scene.set_tensor(torch.zeros(0, 2, 3))
    view = vultorch.View("scene", headless=True)
    scene.set_tensor(torch.zeros(2, 2))
    scene.camera.fov = 200
    with pytest.raises(ValueError, match=r"camera\.fov"):
        scene.render()
    view.close()


@pytest.mark.parametrize(
    ("name", "bound", "beyond"), [("distance", 1e9, 1.1e9), ("fov", 0.001, 0.0009), ("distance", 1e-300, 0.0)]
)
def test_a_camera_draws_up_to_its_bounds_and_names_what_is_beyond(name: str, bound: float, beyond: float) -> None:
    view = vultorch.View("scene", headless=True)
    scene = textured()
    setattr(scene.camera, name, bound)
    scene.render()
    setattr(scene.camera, name, beyond)
    with pytest.raises(ValueError, match=rf"camera\.{name} must be .*, not {beyond}"):
        scene.render()
    view.close()


def test_without_a_view_there_is_nowhere_to_show_it() -> None:
    program = """
import torch, vultorch_widget as vultorch
scene = vultorch.SceneView("s")
scene.set_tensor(torch.zeros(2, 2))
for _ in range(2):
    try:
        scene.render()
    except RuntimeError as error:
        print(error)
    view = vultorch.View("scene", headless=True)
    scene.render()
    view.close()
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert result.stdout.count("SceneView('s').render() needs a view, and none is open") == 2


def drawn(view: vultorch.View, canvas: str) -> bool:
    found = view._parts.tree.canvas(canvas)
    return found is not None and found.tensor is not None and bool(found.tensor[..., :3].any())


def test_it_leaves_a_view_that_is_closed() -> None:
    scene = textured("s")
    for _ in range(2):
        view = vultorch.View("scene", headless=True)
        scene.render()
        assert drawn(view, "s/s")
        view.close()
    view = vultorch.View("scene", headless=True)
    panel = view.panel("in a callback")
    panel.on_frame(scene.render)
    view.run(max_frames=1)
    assert drawn(view, "in a callback/s")
    view.close()
    view = vultorch.View("scene", headless=True)
    scene.render()
    assert drawn(view, "s/s")
    view.close()
    closed = vultorch.SceneView("s", window=view.window)
    closed.set_tensor(torch.rand(4, 4))
    with pytest.raises(RuntimeError, match="view 'scene' is closed"):
        closed.render()


def test_it_follows_the_callback_that_renders_it_and_stays_else() -> None:
    first = vultorch.View("first", headless=True)
    scene = textured("s")
    first.panel("a").on_frame(scene.render)
    first.run(max_frames=1)
    second = vultorch.View("second", headless=True)
    scene.render()
    first.panel("other").on_frame(scene.render)
    first.run(max_frames=1)
    assert [canvas.id for view in (first, second) for canvas in view._parts.tree.canvases()] == ["a/s"]
    second.panel("b").on_frame(scene.render)
    second.run(max_frames=1)
    assert drawn(second, "b/s")
    page = Page(second).open()
    before = shown(second, "b/s").clone()
    third = vultorch.View("third", headless=True)
    point(page, "wheel", 40, 30, canvas="b/s", wheel=2.0)
    second._parts.hearing.drain()
    assert not torch.equal(before, shown(second, "b/s"))
    assert list(third._parts.tree.canvases()) == []
    for view in (first, second, third):
        view.close()


@pytest.mark.parametrize("kind", [np.array, torch.tensor, list])
def test_vectors_may_be_arrays_and_tensors(kind: Callable[[list[float]], Any]) -> None:
    view = vultorch.View("scene", headless=True)
    scene = textured("s")
    scene.light.direction = kind([0.5, -1.0, 0.5])
    scene.light.color = kind([1.0, 0.5, 0.5])
    scene.camera.target = kind([0.0, 0.0, 0.5])
    scene.background = kind([0.5, 0.5, 0.5])
    for _ in range(2):
        scene.render()
    picture = shown(view, "s/s").clone()
    scene.light.color = kind([0.0, 0.0, 0.0])
    scene.render()
    assert not torch.equal(picture, shown(view, "s/s"))
    scene.light.color = kind([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    with pytest.raises(ValueError, match=r"light\.color must be three numbers, not "):
        scene.render()
    view.close()
