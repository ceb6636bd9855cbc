"""Objects held by users refuse attributes without effect, and cannot be copied."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch

import vultorch_widget as vultorch


@pytest.fixture
def view() -> Any:
    view = vultorch.View("held", headless=True)
    yield view
    view.close()


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("colourmap", "did you mean 'colormap'"),
        ("vmin", "gain"),
        ("Filter", "did you mean 'filter'"),
        ("name", "can only be read"),
        ("bind", "is a method: call `bind(...)`"),
        ("zzz", "those that can are by_hand, channels"),
    ],
)
def test_a_canvas_refuses_attributes_without_effect(view: vultorch.View, name: str, remedy: str) -> None:
    canvas: Any = view.panel("p").canvas("c")
    with pytest.raises(AttributeError) as raised:
        setattr(canvas, name, "turbo")
    assert name in str(raised.value)
    assert remedy in str(raised.value)


def test_a_panel_a_view_and_a_scene_refuse_it_too(view: vultorch.View) -> None:
    panel: Any = view.panel("p")
    panel.canvas("c").bind(torch.zeros(2, 2, 3))
    with pytest.raises(AttributeError, match="given where the panel is made"):
        panel.name = "x"
    anything: Any = view
    for name in ("title", "lr", "panel", "max_fps"):
        with pytest.raises(AttributeError, match=name):
            setattr(anything, name, 1)
    scene: Any = vultorch.SceneView("s", window=view.window)
    with pytest.raises(AttributeError, match="did you mean 'background'"):
        scene.backgroud = (0, 0, 0)
    camera: Any = scene.camera
    with pytest.raises(AttributeError, match="azimut"):
        camera.azimut = 1


def test_what_can_be_set_still_can(view: vultorch.View) -> None:
    canvas = view.panel("p").canvas("c")
    canvas.filter, canvas.fit, canvas.gain, canvas.colormap = "nearest", "stretch", 2.0, "turbo"
    view.tick_rate = 30
    scene = vultorch.SceneView("s", window=view.window)
    scene.background, scene.msaa = (0.0, 0.0, 0.0), 2
    scene.camera.azimuth = 1.0


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_it_cannot_be_copied_and_says_so(view: vultorch.View, copied: Callable[[Any], Any]) -> None:
    for held in (view, view.panel("p"), view.panel("p").canvas("c"), vultorch.SceneView("s", window=view.window)):
        with pytest.raises(TypeError, match=r"cannot be (copied|pickled): it belongs to this process"):
            copied(held)
    assert view.state == "idle"


def test_a_user_s_subclass_may_have_its_own_attributes() -> None:
    class Mine(vultorch.View):
        pass

    view = Mine("mine", headless=True)
    view.model = "anything"  # type: ignore[attr-defined]
    view.close()
