"""The public interface as a table: names, parameters, defaults, and what wrong use raises."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget import ui

SIGNATURES: dict[str, str] = {
    "View": "(title='Vultorch', width=1280, height=720, *, headless=False)",
    "View.panel": "(self, name, *, side=None, width=0.0)",
    "View.on_frame": "(self, callback)",
    "View.run": "(self, *, max_frames=0)",
    "View.step": "(self)",
    "View.end_step": "(self)",
    "View.close": "(self)",
    "View.log": "(self, **scalars)",
    "View.compare": "(self, a, b, mode='wipe', *, difference='absolute', gain=1.0)",
    "View.metrics": "(self, prediction, target, names=('psnr', 'ssim', 'mae', 'flip'), *, log=False)",
    "View.watch": "(self, model=None, *, show=None, lr=None, every=None)",
    "View.loop": "(self, loader, *, epochs=1, optimizer=None, show=None, lr=None, every=1)",
    "View.stop": "(self)",
    "View.pause": "(self)",
    "View.resume": "(self)",
    "View.invalidate": "(self)",
    "View.reset": "(self, callback)",
    "View.wait": "(self, *, frames=None, iterations=None, until=None, timeout=None)",
    "View.snapshot": "(self)",
    "Panel.canvas": "(self, name, *, filter='linear', fit=True)",
    "Panel.on_frame": "(self, callback)",
    "Panel.row": "(self)",
    "Panel.set": "(self, label, value)",
    "Panel.get": "(self, label, default=None)",
    "Panel.text": "(self, text)",
    "Panel.text_colored": "(self, r, g, b, a, text)",
    "Panel.text_wrapped": "(self, text)",
    "Panel.separator": "(self)",
    "Panel.button": "(self, label, width=0, height=0)",
    "Panel.checkbox": "(self, label, *, default=False)",
    "Panel.slider": "(self, label, min=0.0, max=1.0, *, default=None, log=False, step=0.0)",
    "Panel.slider_int": "(self, label, min=0, max=100, *, default=0)",
    "Panel.range_slider": "(self, label, min=0.0, max=1.0, *, default=None, log=False, step=0.0)",
    "Panel.combo": "(self, label, items, *, default=0)",
    "Panel.color_picker": "(self, label, *, default=(1.0, 1.0, 1.0))",
    "Panel.input_text": "(self, label, *, default='', max_length=256)",
    "Panel.plot": "(self, values, *, label='##plot', overlay='', width=0.0, height=80.0)",
    "Panel.progress": "(self, fraction, *, overlay='')",
    "Panel.file_dialog": "(self, label, *, title='', filters, initial_dir='')",
    "Panel.save_file_dialog": "(self, label, *, title='', filters, initial_dir='', default_extension='.png')",
    "Panel.record_button": "(self, canvas, path='recording.gif', *, fps=30, quality=0.8, start_label, stop_label)",
    "Canvas.bind": "(self, tensor)",
    "Canvas.alloc": "(self, height, width, channels=4, device='cuda:0')",
    "Canvas.save": "(self, path, *, channels=0, size=None, quality=95)",
    "Canvas.start_recording": "(self, path, *, fps=30, quality=0.8)",
    "Canvas.stop_recording": "(self)",
    "Canvas.on_pointer": "(self, callback=None, *, wheel=False)",
    "create_tensor": "(height, width, channels=4, device='cuda:0', *, name='tensor', window=None)",
    "imread": "(path, *, channels=4, size=None, device='cuda', shared=False, name='tensor', window=None)",
    "imwrite": "(path, tensor, *, channels=0, size=None, quality=95)",
    "colormap": "(tensor, cmap='turbo', *, vmin=None, vmax=None)",
    "show": "(tensor, *, name='tensor', width=0, height=0, filter='linear', window=None)",
    "SceneView": "(name, width=800, height=600, msaa=4)",
    "SceneView.set_tensor": "(self, tensor)",
    "SceneView.render": "(self)",
    "Camera.reset": "(self)",
    "ui.is_item_hovered": "()",
    "ui.get_mouse_pos": "()",
    "ui.get_window_pos": "()",
    "ui.get_window_size": "()",
    "ui.is_mouse_clicked": "(button=0)",
    "ui.is_mouse_dragging": "(button=0, lock_threshold=-1.0)",
}
"""Parameters without their types. Where no default is given, any default will do, or none."""

READ = {
    "View": ("fps", "time", "frame_count", "window", "headless", "display_fps", "backend", "last_error", "tick_rate"),
    "Canvas": ("filter", "fit", "is_recording", "is_saving"),
    "SceneView": ("background", "camera", "light", "msaa"),
}
MISSING: set[str] = set()
"""Names still being made. Remove each one here once it exists."""


def found(name: str) -> Any:
    """What ``name`` is, as seen from the package; None if it does not exist."""
    thing: Any = vultorch
    for part in name.split("."):
        thing = getattr(thing, part, None)
    return thing


def parameters(name: str) -> list[inspect.Parameter]:
    return list(inspect.signature(found(name)).parameters.values())


def documented(name: str) -> list[tuple[str, str, Any]]:
    """(name, kind, default) of each documented parameter; a default that is not documented is Ellipsis."""
    scope: dict[str, Any] = {}
    exec(f"def function{SIGNATURES[name].replace('*, ', '*, ', 1)}: ...", scope)
    made = inspect.signature(scope["function"]).parameters.values()
    return [(p.name, p.kind.name, ... if p.default is p.empty else p.default) for p in made]


PRESENT = sorted(SIGNATURES.keys() - MISSING)


@pytest.mark.parametrize("name", PRESENT)
def test_parameters_and_defaults_are_those_of_the_table(name: str) -> None:
    given = {p.name: p for p in parameters(name)}
    positional = [p.name for p in given.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    expected = documented(name)
    assert [n for n in positional if n in {e[0] for e in expected}] == [
        n for n, kind, _ in expected if kind == "POSITIONAL_OR_KEYWORD"
    ]
    for parameter, kind, default in expected:
        assert parameter == "self" or given[parameter].kind.name == kind, parameter
        if default is not ...:
            assert given[parameter].default == default, parameter
            assert type(given[parameter].default) is type(default), parameter
    added = [p for p in given.values() if p.name not in {e[0] for e in expected}]
    assert all(p.default is not p.empty for p in added), "what is added has a default"
    assert all(p.kind is p.KEYWORD_ONLY for p in added if name != "View.log")


@pytest.mark.parametrize("name", sorted(MISSING))
def test_what_is_listed_as_missing_is_missing(name: str) -> None:
    assert found(name) is None, f"{name} is there now: take it out of MISSING"


@pytest.mark.parametrize("name", [f"{owner}.{name}" for owner, names in READ.items() for name in names])
def test_attributes_are_there(name: str) -> None:
    if name in MISSING:
        pytest.xfail("being made")
    view = vultorch.View("attributes", headless=True)
    owner = {"View": view, "Canvas": view.panel("p").canvas("c"), "SceneView": vultorch.SceneView("s")}
    kind, attribute = name.split(".")
    assert hasattr(owner[kind], attribute)
    view.close()


def test_the_package_says_what_is_public() -> None:
    assert set(vultorch.__all__) >= {
        *(name for name in SIGNATURES if "." not in name),
        *("Camera", "Canvas", "Light", "Panel", "PointerEvent", "HAS_CUDA", "__version__", "ui"),
        *("Life", "Probe", "Reading", "Texel", "Watch"),
    }
    assert all(hasattr(vultorch, name) for name in vultorch.__all__)
    assert vultorch.HAS_CUDA is torch.cuda.is_available()


def test_defaults_of_camera_and_light() -> None:
    scene = vultorch.SceneView("s")
    camera, light = scene.camera, scene.light
    assert (camera.azimuth, camera.elevation, camera.distance, camera.fov) == (0.0, 0.6, 3.0, 45.0)
    assert camera.target == (0.0, 0.0, 0.0)
    shines = (light.intensity, light.ambient, light.specular, light.shininess, light.enabled)
    assert shines == (1.0, 0.15, 0.5, 32.0, True)
    assert light.color == (1.0, 1.0, 1.0)
    assert len(light.direction) == 3


def test_all_that_is_public_is_documented() -> None:
    for name in PRESENT:
        assert (inspect.getdoc(found(name)) or "").strip(), name


# --- what wrong use raises -------------------------------------------------------------------------------------------


def view() -> vultorch.View:
    return vultorch.View("wrong", headless=True)


def two_kinds() -> None:
    made = view()

    @made.on_frame
    def frame() -> None:
        made.panel("p").slider("x")
        made.panel("p").checkbox("x")

    made.run(max_frames=1)


def bind(tensor: Any) -> Callable[[], object]:
    return lambda: view().panel("p").canvas("c").bind(tensor)


def nested_rows() -> None:
    panel = view().panel("p")
    with panel.row(), panel.row():
        pass


def run_closed() -> None:
    made = view()
    made.close()
    made.run(max_frames=1)


ERRORS: list[tuple[str, Callable[[], object], type[Exception], str]] = [
    ("unknown side", lambda: view().panel("p", side="middle"), ValueError, "'middle'"),
    ("width of 1", lambda: view().panel("p", side="left", width=1.0), ValueError, r"1\.0"),
    ("rank", bind(torch.zeros(2)), ValueError, r"shape \(2,\).*accepted are"),
    ("channels", bind(torch.zeros(2, 2, 2)), ValueError, r"shape \(2, 2, 2\).*layout=\"NHW\""),
    ("dtype", bind(torch.zeros(2, 2, dtype=torch.complex64)), ValueError, r"complex64.*accepted are"),
    ("no tensor", bind([[1.0]]), ValueError, "list"),
    ("filter", lambda: view().panel("p").canvas("c", filter="cubic"), ValueError, "'cubic'"),
    ("fit", lambda: view().panel("p").canvas("c", fit="cover"), ValueError, "'cover'"),
    ("unbound save", lambda: view().panel("p").canvas("c").save("x.png"), RuntimeError, "'c'.*nothing is bound"),
    ("size of tensor", lambda: vultorch.create_tensor(0, 4, 4, "cpu", window=view()), ValueError, "height 0"),
    ("channels of tensor", lambda: vultorch.create_tensor(4, 4, 2, "cpu", window=view()), ValueError, "channels 2"),
    ("colormap", lambda: vultorch.colormap(torch.rand(2, 2), "rainbowish"), ValueError, "'rainbowish'"),
    ("format", lambda: vultorch.imwrite("x.gif", torch.rand(2, 2)), ValueError, r"x\.gif.*\.png"),
    ("quality", lambda: vultorch.imwrite("x.jpg", torch.rand(2, 2, 3), quality=0), ValueError, "quality .* not 0"),
    ("no file", lambda: vultorch.imread("nowhere.png", device="cpu"), FileNotFoundError, r"nowhere\.png"),
    ("kinds of control", two_kinds, ValueError, "'x'"),
    ("range", lambda: view().panel("p").slider("s", 1.0, 0.0), ValueError, r"'s'.*1\.\.0"),
    ("items", lambda: view().panel("p").combo("c", []), ValueError, "'c'"),
    ("filters", lambda: view().panel("p").file_dialog("f", filters=5), ValueError, "'f'.*not 5"),
    ("filter of files", lambda: view().panel("p").file_dialog("f", filters="*.p?g"), ValueError, r"'f'.*'\*\.p\?g'"),
    ("title of a dialog", lambda: view().panel("p").file_dialog("f", title=3), TypeError, "'f'.*not 3"),
    ("limit of a file", lambda: view().panel("p").file_dialog("f", max_bytes=0), ValueError, "'f'.*not 0"),
    (
        "extension",
        lambda: view().panel("p").save_file_dialog("f", default_extension="a/b"),
        ValueError,
        "'f'.*not 'a/b'",
    ),
    ("rows", nested_rows, RuntimeError, "row"),
    ("msaa", lambda: vultorch.SceneView("s", msaa=3), ValueError, "not 3"),
    ("empty scene", lambda: vultorch.SceneView("s").render(), RuntimeError, "set_tensor"),
    ("ui elsewhere", ui.get_mouse_pos, RuntimeError, r"panel\.on_frame"),
    ("imgui", lambda: ui.begin_menu, AttributeError, "Panel"),
    ("size of view", lambda: vultorch.View("v", 0, 1), ValueError, "not 0 and 1"),
    ("tick rate", lambda: setattr(view(), "tick_rate", -1), ValueError, "-1"),
    ("closed view", run_closed, RuntimeError, "'wrong' is closed"),
]


@pytest.mark.parametrize(("wrong", "error", "said"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS])
def test_wrong_use_names_the_value(
    wrong: Callable[[], object], error: type[Exception], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=said):
        wrong()
    assert list(tmp_path.iterdir()) == []
