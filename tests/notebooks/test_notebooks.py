"""Executes the tutorial's notebooks in a real kernel and checks their results."""

from __future__ import annotations

import ast
import json
import math
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.executed import LIMITS
from tests.export.notebooks import replays_in
from tests.patience import PATIENCE, wait_until
from vultorch_widget.basics.processes import has_ended
from vultorch_widget.export.page import page

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.rglob("*.ipynb"))
TRANSLATED = FOLDER / "zh"

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("quick_kernels")]


def load(name: str, *, replace: dict[str, str] | None = None) -> Any:
    notebook = nbformat.read(FOLDER / name, as_version=4)
    for old, new in (replace or {}).items():
        cells = [cell for cell in notebook.cells if cell.cell_type == "code" and old in cell.source]
        assert len(cells) == 1, f"{name} has {len(cells)} code cells with {old!r}"
        cells[0].source = cells[0].source.replace(old, new)
    return notebook


def execute(notebook: Any, *cells: str) -> Any:
    """Runs ``notebook`` followed by ``cells``. Returns the JSON that the last cell prints.

    The limits in the notebook's own cells are for its readers, whose machines run nothing else.
    """
    notebook.cells += [new_code_cell(cell) for cell in cells]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = re.sub(r"\btimeout=\d+", f"timeout={2 * PATIENCE}", cell.source)
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    resources = {"metadata": {"path": str(TRANSLATED if "lang" in notebook.metadata else FOLDER)}}
    client = NotebookClient(notebook, kernel_name="python3", resources=resources, **LIMITS | {"timeout": 3 * PATIENCE})
    client.execute(env=os.environ | {"PYTHONPATH": paths})
    return json.loads("".join(output.text for output in notebook.cells[-1].outputs if output.output_type == "stream"))


def printed(notebook: Any) -> str:
    return "".join(
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream"
    )


def views_shown(notebook: Any) -> int:
    kind = "application/vnd.jupyter.widget-view+json"
    return sum(kind in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))


def test_the_notebooks_are_there() -> None:
    names = {path.relative_to(FOLDER).as_posix() for path in NOTEBOOKS}
    assert {"01_hello_tensor.ipynb", "02_panels_and_controls.ipynb", "03_live_training.ipynb"} <= names
    assert "zh/03_live_training.ipynb" in names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(FOLDER).with_suffix("").as_posix())
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_hello_tensor_draws_and_follows_its_sliders() -> None:
    notebook = load("01_hello_tensor.ipynb")
    result = execute(
        notebook,
        "red = picture[0, 0].tolist()\nawait __import__('asyncio').sleep(0.2)\npaused = view.frame_count",
        "frames = view.frame_count\n"
        "panel.set('speed', 0.0)\n"
        "view.resume()\n"
        "await view.wait(frames=frames + 2, timeout=300)\n"
        "still = picture.clone()\n"
        "await view.wait(frames=frames + 4, timeout=300)\n"
        "unmoved = torch.equal(picture, still)\n"
        "panel.set('speed', 5.0)\n"
        "await view.wait(frames=frames + 8, timeout=300)",
        "import json\n"
        "print(json.dumps({'red': red, 'paused': frames - paused, 'state': view.state, 'unmoved': unmoved,\n"
        "    'moved': not torch.equal(picture, still), 'low': picture.min().item(), 'high': picture.max().item()}))\n"
        "view.close()",
    )
    assert result["red"] == pytest.approx([1.0, 0.2, 0.1, 1.0])
    assert result["paused"] == 0
    assert result["state"] == "running"
    assert result["unmoved"]
    assert result["moved"]
    assert 0 <= result["low"] < result["high"] <= 1
    assert views_shown(notebook) == 1
    assert "frames, drawn on " in printed(notebook)


def test_panels_and_controls_draws_what_is_typed() -> None:
    notebook = load("02_panels_and_controls.ipynb")
    result = execute(
        notebook,
        "frames = view.frame_count\n"
        "side.set('few colours', False)\n"
        "side.set('contrast', 1.0)\n"
        "side.set('colour##dark', (0, 0, 0))\n"
        "side.set('colour##light', (0, 1, 0.5))\n"
        "side.set('formula', 'sign(x) / 2')\n"
        "view.resume()\n"
        "await view.wait(frames=frames + 3, timeout=300)\n"
        "drawn = [picture[100, 40].tolist(), picture[100, 250].tolist()]\n"
        "side.set('formula', 'sign(x')\n"
        "await view.wait(frames=frames + 6, timeout=300)\n"
        "said = [spec.text for spec in side.store.specs() if spec.kind == 'text_colored']\n"
        "kept = picture[100, 250].tolist()\n"
        "side.set('example', 'plaid')\n"
        "await view.wait(frames=frames + 9, timeout=300)",
        "import json\n"
        "print(json.dumps({'drawn': drawn, 'said': said, 'kept': kept, 'formula': side.get('formula'),\n"
        "    'state': view.state, 'kinds': sorted({spec.kind for spec in side.store.specs()}),\n"
        "    'error': repr(view.last_error)}))\n"
        "view.close()",
    )
    assert result["drawn"] == [[0, 0, 0, 1], [0, 1, 0.5, 1]]
    assert result["kept"] == [0, 1, 0.5, 1]
    assert "not yet: " in result["said"][0]
    assert result["formula"] == "sin(3 * x + t) + sin(3 * y - t)"
    assert result["state"] == "running"
    assert {"row", "color_picker", "input_text", "text_colored", "text_wrapped", "plot"} <= set(result["kinds"])
    assert result["error"] == "None"
    assert views_shown(notebook) == 1
    assert "cos(3 * a) after " in printed(notebook)


def test_live_training_learns_the_picture() -> None:
    # A sixteenth of the pixels; the tests below take more, or all.
    notebook = load(
        "03_live_training.ipynb", replace={"channels=3, device=device": "channels=3, device=device, size=(64, 64)"}
    )
    result = execute(
        notebook,
        "import json\n"
        "print(json.dumps({'psnr': psnr, 'loss': error.item(), 'iterations': view.iteration, 'state': view.state,\n"
        "    'frames': view.frame_count, 'sides': list(pred.shape), 'alpha': pred[..., 3].unique().tolist(),\n"
        "    'error': repr(view.last_error)}))\n"
        "view.close()",
    )
    assert result["psnr"] > 20
    assert 0 < result["loss"] < 0.02
    assert result["iterations"] >= 480
    assert result["iterations"] == 6 * result["frames"]
    assert result["state"] == "running"
    assert result["sides"] == [64, 64, 4]
    assert result["alpha"] == [1.0]
    assert result["error"] == "None"
    assert views_shown(notebook) == 1
    assert f"PSNR {result['psnr']:.1f} dB" in printed(notebook)


def test_live_training_is_not_changed_by_being_watched_and_obeys_its_controls() -> None:
    result = execute(
        load("03_live_training.ipynb", replace={"iterations = 480": "iterations = 12"}),
        "view.pause()\n"
        "watched, taken = [p.detach().clone() for p in model.parameters()], view.iteration\n"
        "bare, adam = fresh()\n"
        "for _ in range(taken):\n"
        "    adam.zero_grad(set_to_none=True)\n"
        "    functional.mse_loss(bare(coords), target).backward()\n"
        "    adam.step()\n"
        "same = all(torch.equal(a, b) for a, b in zip(watched, bare.parameters(), strict=True))",
        "side.set('learning rate', 0.01)\n"
        "side.set('steps per frame', 2)\n"
        "frames = view.frame_count\n"
        "view.resume()\n"
        "await view.wait(frames=frames + 1, timeout=300)\n"
        "view.pause()\n"
        "rates = [group['lr'] for group in optimizer.param_groups]\n"
        "more, frames = view.iteration - taken, view.frame_count - frames",
        "view._parts.session.reset()\n"
        "new = all(torch.equal(a, b) for a, b in zip(model.parameters(), fresh()[0].parameters(), strict=True))",
        "import json\n"
        "print(json.dumps({'taken': taken, 'same': same, 'rates': rates, 'more': more, 'frames': frames,\n"
        "    'new': new, 'iteration': view.iteration, 'sides': list(pred.shape)}))\n"
        "view.close()",
    )
    assert result["taken"] >= 12
    assert result["same"]
    assert result["rates"] == [0.01]
    assert result["more"] == 2 * result["frames"] > 0
    assert result["new"]
    assert result["iteration"] == 0
    assert result["sides"] == [256, 256, 4]


def structure(path: Path) -> list[str]:
    """The code of a notebook, with all strings blanked."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    trees = [ast.parse(cell.replace("await ", "")) for cell in cells]
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.JoinedStr):
            node.values = [part for part in node.values if isinstance(part, ast.FormattedValue)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return [ast.dump(tree) for tree in trees]


@pytest.mark.parametrize("path", sorted(TRANSLATED.glob("*.ipynb")), ids=lambda path: path.stem)
def test_translations_have_the_code_of_the_original(path: Path) -> None:
    assert structure(path) == structure(FOLDER / path.name)


def test_the_chinese_tutorial_runs_and_is_exported_in_chinese() -> None:
    smaller = {
        "iterations = 480": "iterations = 60",
        "channels=3, device=device": "channels=3, device=device, size=(128, 128)",
    }
    notebook = load("zh/03_live_training.ipynb", replace=smaller)
    result = execute(notebook, "import json\nprint(json.dumps({'psnr': psnr, 'iterations': view.iteration}))")
    assert result["psnr"] > 12
    assert result["iterations"] >= 60
    html = page(notebook, nbformat.writes(notebook), name="03", folder=TRANSLATED)
    assert '<html lang="zh-CN"' in html
    assert "<title>03 · 实时训练</title>" in html
    assert "下载 Notebook" in html
    (replay,) = replays_in(html)
    assert sum(picture["canvas"] == "网络输出/pred" for f in replay["frames"] for picture in f["pictures"]) > 5


def test_the_first_chinese_notebooks_draw_and_obey_their_controls() -> None:
    """Labels are not compared with the original, so mistakes in them only show when the notebooks run."""
    hello, controls = load("zh/01_hello_tensor.ipynb"), load("zh/02_panels_and_controls.ipynb")
    ended = "import json\nprint(json.dumps([view.state, view.frame_count, picture.std().item() > 0.1]))\nview.close()"
    for notebook, frames in ((hello, 60), (controls, 90)):
        state, count, drawn = execute(notebook, ended)
        assert state == "paused"
        assert count >= frames
        assert drawn
        assert views_shown(notebook) == 1
    assert " 帧" in printed(hello)
    assert "sin(x * x + y * y - 2 * t) * cos(3 * a)" in printed(controls)
    assert "用了 3 种颜色" in printed(controls)


def test_fit_image_starts_when_it_is_displayed() -> None:
    notebook = new_notebook()
    notebook.cells = [
        new_code_cell("import vultorch_widget as vultorch"),
        new_code_cell("view = vultorch.fit_image('images/emblem.png', size=64, device='cpu')\nidle = view.state"),
        new_code_cell("view"),
        new_code_cell("await view.wait(iterations=120, timeout=300)"),
        new_code_cell("again = vultorch.fit_image('images/emblem.png', size=64, device='cpu')"),
    ]
    result = execute(
        notebook,
        "import json\n"
        "print(json.dumps({'idle': idle, 'iterations': view.fit.iteration, 'psnr': view.fit.psnr,\n"
        "    'old': view.state, 'new': again.state, 'error': repr(view.last_error)}))\n"
        "again.close()",
    )
    assert result["idle"] == "idle"
    assert result["iterations"] >= 120
    assert result["psnr"] > 12
    assert result["old"] == "closed"  # closed by the new view with the same title
    assert result["new"] == "idle"
    assert result["error"] == "None"
    assert views_shown(notebook) == 1


def pictures(notebook: Any) -> int:
    """The number of the last cell's outputs that are plain pictures."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum(output.output_type == "execute_result" and "image/png" in output.data for output in outputs)


def test_the_heatmap_is_the_error_and_fourier_features_leave_less_of_it() -> None:
    smaller = {"iterations = 300": "iterations = 160", "size=(128, 128)": "size=(72, 72)"}
    notebook = load("04_gt_and_prediction.ipynb", replace=smaller)
    result = execute(
        notebook,
        "fourier = psnr\n"
        "view.pause()\n"
        "same = torch.allclose(error, (pred[..., :3] - gt).abs().mean(dim=-1))\n"
        "side.set('network', 0)\n"
        "side.set('gain of the heatmap', 20.0)\n"
        "view.resume()\n"
        "await view.wait(iterations=view.iteration + 160, timeout=300)\n"
        "view.pause()\n"
        "plain = -10 * torch.log10(functional.mse_loss(pred[..., :3], gt)).item()",
        "import json\n"
        "print(json.dumps({'fourier': fourier, 'plain': plain, 'same': same, 'gain': heatmap.gain,\n"
        "    'outlines': (error > error.mean()).float().mean().item(), 'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    assert result["fourier"] > result["plain"] + 5 > 15
    assert result["same"]
    assert result["gain"] == 20
    assert result["outlines"] < 0.4, "the error sits in few places"
    assert result["failed"] == "None"
    assert views_shown(notebook) == pictures(notebook) == 1


POINT = (
    "def point(action, x, y, buttons=(), button='', stroke=1, wheel=0.0):\n"
    "    one = next(view._parts.tree.canvases())\n"
    "    view._parts.hearing.receive({'kind': 'pointed', 'client': 'test', 'canvas': one.id, 'action': action,\n"
    "        'x': x, 'y': y, 'button': button, 'buttons': list(buttons), 'wheel': wheel,\n"
    "        'modifiers': [], 'stroke': stroke})\n"
    "    view._parts.hearing.drain()"
)
"""A cell that sends a pointer message for the first canvas, as a page does."""

CLICK = (
    "def click(panel, label):\n"
    "    view._parts.hearing.receive({'kind': 'set_control', 'client': 'test', 'panel': panel,\n"
    "        'control': f'button:{label}', 'value': True, 'revision': 1})"
)
"""A cell that sends a click on a button, as a page does."""


def test_recordings_of_a_notebook_are_moving_pictures() -> None:
    notebook = load("05_recording.ipynb")
    result = execute(
        notebook,
        "import json\n"
        "from PIL import Image\n"
        "files = {}\n"
        "for path in folder.iterdir():\n"
        "    with Image.open(path) as image:\n"
        "        files[path.name] = image.n_frames, image.size\n"
        "print(json.dumps({'files': files, 'notices': view._parts.tree.notices, 'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    files = result["files"]
    assert sorted(files) == ["dish.webp", "view.gif"]
    assert files["dish.webp"][1] == [160, 96]
    assert min(frames for frames, _ in files.values()) > 1
    assert result["failed"] == "None"
    assert views_shown(notebook) == 1


def test_life_follows_its_rule_and_can_be_drawn() -> None:
    shot = "await view.wait(frames=view.frame_count + 300, timeout=120)"
    quicker = {
        "1.0, 60.0, default=20.0": "1.0, 1000.0, default=1000.0",
        'side.set("generations a second", 60.0)\n': "",
        shot: f"{shot}\nview.pause()",  # if cells follow late, gliders that came around would hit the gun
    }
    notebook = load("06_game_of_life.ipynb", replace=quicker)
    result = execute(
        notebook,
        "gliders = int(alive.sum())\n"
        "def by_hand(world):\n"
        "    rows = world.int().tolist()\n"
        "    around = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]\n"
        "    count = [[sum(rows[(r + i) % HEIGHT][(c + j) % WIDTH] for i, j in around) for c in range(WIDTH)]\n"
        "        for r in range(HEIGHT)]\n"
        "    return [[float(n == 3 or (n == 2 and was)) for n, was in zip(*pair)] for pair in zip(count, rows)]\n"
        "right = step(alive).tolist() == by_hand(alive)",
        POINT,
        "alive.zero_()\n"
        "point('press', 5.5, 7.5, ['left'], 'left')\n"
        "point('move', 15.5, 7.5, ['left'])\n"
        "drawn = alive[7, 5:16].sum().item(), alive.sum().item(), glow[7, 10].item()\n"
        "point('press', 10.5, 7.5, ['right'], 'right', 2)\n"
        "erased = alive.sum().item()",
        "import json\n"
        "print(json.dumps({'gliders': gliders, 'right': right, 'drawn': drawn, 'erased': erased,\n"
        "    'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    assert result["gliders"] >= 36 + 8 * 5, "a gun and what it shot"
    assert result["right"]
    assert result["drawn"] == [11, 11, 1]
    assert result["erased"] == 10
    assert result["failed"] == "None"
    assert views_shown(notebook) == pictures(notebook) == 1


def test_the_pointer_paints_into_the_tensor() -> None:
    notebook = load("07_painting.ipynb")
    result = execute(
        notebook,
        "view.pause()\nflowers = (picture[..., :3] - PAPER).abs().amax(dim=-1).gt(0.1).float().mean().item()",
        POINT,
        "side.set('colour', (0.0, 0.0, 1.0))\n"
        "side.set('radius', 4.0)\n"
        "point('press', 20.0, 20.0, ['left'], 'left')\n"
        "point('move', 380.0, 20.0, ['left'])\n"
        "blue = (picture[20, 20:380, :3] - torch.tensor([0.0, 0.0, 1.0], device=device)).abs().max().item()\n"
        "point('press', 200.0, 20.0, ['right'], 'right', 2)\n"
        "white = (picture[20, 200, :3] - PAPER).abs().max().item()\n"
        "point('wheel', 200.0, 20.0, wheel=2.0)\n"
        "radius = side.get('radius')",
        "import json\n"
        "print(json.dumps({'flowers': flowers, 'blue': blue, 'white': white, 'radius': radius,\n"
        "    'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    assert 0.05 < result["flowers"] < 0.5
    assert result["blue"] < 0.01
    assert result["white"] < 0.01
    assert result["radius"] == pytest.approx(4 * 1.15**2)
    assert result["failed"] == "None"
    assert views_shown(notebook) == pictures(notebook) == 1


SEND = (
    "def send(data, name):\n"
    "    view._parts.hearing.receive({'kind': 'upload', 'client': 'test', 'panel': 'Look', 'upload': name,\n"
    "        'name': name, 'control': 'file_dialog:Open ...', 'size': len(data), 'offset': 0, 'buffer': 0}, [data])\n"
    "    view._parts.hearing.drain()"
)
"""A cell that sends a chosen file, as a page does."""


def test_the_viewer_zooms_opens_and_saves() -> None:
    notebook = load("09_image_viewer.ipynb")
    result = execute(
        notebook,
        POINT,
        SEND,
        "size, corner = tuple(canvas.tensor.shape), shown.corner\n"
        "side.set('zoom', 2.0)\n"
        "await view.wait(frames=view.frame_count + 2, timeout=300)\n"
        "was = shown.corner[0] + 30, shown.corner[1] + 20\n"
        "point('wheel', 20.5, 30.5, wheel=4.0)\n"
        "await view.wait(frames=view.frame_count + 2, timeout=300)\n"
        "zoom, said = side.get('zoom'), under_pointer()\n"
        "rows, columns, _ = canvas.tensor.shape\n"
        "still = rows * 30 / 128 + shown.corner[0], columns * 20 / 128 + shown.corner[1]\n"
        "point('press', 40.0, 40.0, ['left'], 'left')\n"
        "before = shown.corner\n"
        "point('move', 30.0, 45.0, ['left'])\n"
        "await view.wait(frames=view.frame_count + 2, timeout=300)\n"
        "moved = shown.corner[0] - before[0], shown.corner[1] - before[1]",
        "import tempfile, pathlib\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        "vultorch.imwrite(folder / 'a.exr', torch.full((8, 12, 3), 20.0))\n"
        "send((folder / 'a.exr').read_bytes(), 'a.exr')\n"
        "await view.wait(frames=view.frame_count + 3, timeout=300)\n"
        "opened = tuple(shown.picture.shape), shown.picture.mean().item()\n"
        "send(b'no picture', 'b.png')\n"
        "await view.wait(frames=view.frame_count + 3, timeout=300)\n"
        "trouble, kept = shown.trouble, tuple(shown.picture.shape)",
        "side.set('exposure', -5.0)\n"
        "view._parts.hearing.receive({'kind': 'set_control', 'client': 'test', 'panel': 'Look',\n"
        "    'control': 'save_file_dialog:Save what is shown', 'value': 'bright', 'revision': 1})\n"
        "await view.wait(frames=view.frame_count + 3, timeout=300)\n"
        "(path,) = view._parts.exchange.folder._path.rglob('bright.png')\n"
        "saved = vultorch.imread(path, channels=3, device='cpu')",
        "import json\n"
        "print(json.dumps({'size': size, 'corner': corner, 'zoom': zoom, 'was': was, 'still': still, 'said': said,\n"
        "    'moved': moved, 'opened': opened, 'trouble': trouble, 'kept': kept, 'saved': list(saved.shape),\n"
        "    'level': saved.mean().item(), 'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    assert result["size"] == [160, 160, 3]
    assert result["corner"] == [22, 74]
    assert result["zoom"] == pytest.approx(2 * 1.25**4)
    assert result["still"] == pytest.approx(result["was"], abs=2)
    assert result["said"].startswith(f"row {result['was'][0]}, column {result['was'][1]}: ")
    assert result["moved"] == [-5, 10]
    assert result["opened"] == [[8, 12, 3], 20]
    assert "b.png cannot be read as a picture" in result["trouble"]
    assert result["kept"] == [8, 12, 3]
    assert result["saved"] == [8, 12, 3]
    assert result["level"] == pytest.approx(20 / 32, abs=1 / 255)
    assert result["failed"] == "None"
    assert views_shown(notebook) == pictures(notebook) == 1


def test_the_scene_turns_and_shows_the_chosen_texture() -> None:
    notebook = load("08_scene_3d.ipynb")
    result = execute(
        notebook,
        "still = scene.camera.azimuth\n"
        "first = scene._picture.clone()\n"
        "await view.wait(frames=view.frame_count + 10, timeout=300)\n"
        "moved = (scene._picture - first).abs().max().item()",
        "side.set('turn', True)\nawait view.wait(frames=view.frame_count + 10, timeout=300)\nview.pause()",
        "import json\n"
        "print(json.dumps({'still': still, 'turned': scene.camera.azimuth, 'moved': moved,\n"
        "    'shown': list(first.shape), 'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    assert result["still"] == 0.5
    assert result["turned"] > 0.55
    assert result["moved"] > 0.1, "the waves roll on"
    assert result["shown"] == [600, 800, 4]
    assert result["failed"] == "None"
    assert "frames a second" in printed(notebook)
    assert views_shown(notebook) == pictures(notebook) == 1


def test_a_loop_in_a_cell_ends_with_its_budget_and_changes_the_optimiser_but_not_the_weights() -> None:
    shorter = {
        "default=600": "default=200",
        '(150, "optimiser", "Adam"), (400, ': '(60, "optimiser", "Adam"), (150, ',
    }
    notebook = load("10_live_tuning.ipynb", replace=shorter)
    (loop,) = [cell.source for cell in notebook.cells if "while view.step():" in cell.source]
    prepare = "side.set('budget of steps', view.iteration + 4)\n"
    result = execute(
        notebook,
        "learned = {'steps': view.iteration, 'psnr': psnr, 'state': view.state, 'lr': lr,\n"
        "    'curves': [name for name in NAMES if view._parts.metrics.latest(name) is not None]}\n"
        + prepare
        + "side.set('optimiser', NAMES.index('SGD with momentum'))",
        loop,
        "taken_over = {'steps': view.iteration, 'psnr': psnr, 'lr': lr, 'by': repr(optimizer)}\n" + prepare,
        CLICK,
        "click('Tuning', 'new weights')\nside.set('learning rate', 1e-4)",
        loop,
        "import json\n"
        "off = max((weights - first[name]).abs().max().item() for name, weights in model.state_dict().items())\n"
        "print(json.dumps({'learned': learned, 'taken_over': taken_over, 'off': off, 'psnr': psnr}))\n"
        "view.close()",
    )
    learned, taken_over = result["learned"], result["taken_over"]
    assert (learned["steps"], learned["state"], learned["lr"]) == (200, "stopped", pytest.approx(1e-3))
    assert learned["psnr"] > 25
    assert learned["curves"] == ["SGD", "Adam"]
    assert taken_over["steps"] == 204
    assert taken_over["by"].startswith("SGD")
    assert taken_over["lr"] == 1.0
    assert taken_over["psnr"] > learned["psnr"] - 3, "the weights of Adam are where momentum begins"
    assert result["off"] < 1e-3, "the first weights, and four very short steps"
    assert result["psnr"] < 15
    assert views_shown(notebook) == 1
    assert pictures(notebook) == 3, "each run of the loop ends in one"


RAYS = """
import math, numpy as np
def distance(row, column, center, radius):
    around, above = HOME[:2]
    back = np.array([math.sin(around) * math.cos(above), math.sin(above), math.cos(around) * math.cos(above)])
    right = np.array([math.cos(around), 0, -math.sin(around)])
    u, v = (column + 0.5) / SIZE * 2 - 1, (row + 0.5) / SIZE * 2 - 1
    ray = u * right - v * np.cross(back, right) - FOCAL * back
    ray /= np.linalg.norm(ray)
    away = 6 * back - np.array(center)
    return min(np.roots([1, 2 * ray @ away, away @ away - radius**2]).real)
"""


def test_channels_tell_the_four_balls_apart() -> None:
    notebook = load("11_channels.ipynb")
    result = execute(
        notebook,
        RAYS,
        "view.pause()\n"
        "depth, normals, rgba = render(*HOME)\n"
        "home = torch.lerp(PAPER, rgba[..., :3], rgba[..., 3:])\n"
        "eye, rays = camera(*HOME[:2])\n"
        "alike = home.new_tensor(PAPER.tolist()).expand(SIZE, SIZE, 3).clone()\n"
        "middles = {}\n"
        "for place, name in zip(PLACES, ('plain', 'far', 'card', 'bubble')):\n"
        "    reach, facing = sphere(eye, rays, place, RADIUS)\n"
        "    alike = torch.where(reach.isfinite()[..., None], blue(facing, rays, LIGHT), alike)\n"
        "    middles[name] = [int(where.float().mean()) for where in reach.isfinite().nonzero(as_tuple=True)]\n"
        "different = (home - alike).abs().amax(dim=2).gt(1 / 255).float().mean().item()",
        "far = (EYE + 1.7 * (PLACES[1] - EYE)).tolist()\n"
        "balls = {'plain': (PLACES[0].tolist(), RADIUS), 'far': (far, 1.7 * RADIUS),\n"
        "    'bubble': (PLACES[3].tolist(), RADIUS)}\n"
        "wrong = max(abs(depth[r + i, c + i].item() - distance(r + i, c + i, *balls[name]))\n"
        "    for name, (r, c) in middles.items() if name in balls for i in (-20, 0, 15))\n"
        "around = lambda channel, name: channel[middles[name][0] - 15 :, middles[name][1] - 15 :][:30, :30]\n"
        "spread = {name: around(normals, name).std(dim=(0, 1)).max().item() for name in middles}\n"
        "alphas = {name: around(rgba, name)[..., 3].unique().tolist() for name in middles}\n"
        "lit, dim = render(*HOME), render(*HOME[:2], 2.0, 0.7)\n"
        "same = [torch.equal(a, b) for a, b in zip(lit[:2], dim[:2])]\n"
        "change = {name: (around(lit[2], name) - around(dim[2], name)).abs().max().item() for name in middles}",
        "corner = {name: [str(value) for value in view.probe(canvas, 1, 1).values][-1:]\n"
        "    for name, canvas in canvases.items() if name != 'Picture'}",
        "import json\n"
        "print(json.dumps({'different': different, 'wrong': wrong, 'spread': spread, 'alphas': alphas, 'same': same,\n"
        "    'change': change, 'corner': corner, 'failed': repr(view.last_error),\n"
        "    'length': (normals.norm(dim=2)[depth.isfinite()] - 1).abs().max().item()}))\n"
        "view.close()",
    )
    assert result["different"] < 0.005, "all four look like balls, but for some pixels at their edges"
    assert result["wrong"] < 1e-3
    assert result["length"] < 1e-4
    assert result["spread"].pop("card") < 1e-6
    assert min(result["spread"].values()) > 0.1
    assert result["alphas"].pop("bubble") == pytest.approx([0.7])
    assert set(map(tuple, result["alphas"].values())) == {(1.0,)}
    assert result["same"] == [True, True]
    assert result["change"].pop("card") < 1e-6
    assert min(result["change"].values()) > 0.1
    assert result["corner"] == {"Depth": ["inf"], "Normals": ["0.0"], "Alpha": ["0.0"]}
    assert result["failed"] == "None"
    assert views_shown(notebook) == 1
    assert pictures(notebook) == 2


def test_gaussians_learn_the_picture_and_their_number_changes() -> None:
    notebook = load(
        "12_gaussian_splatting.ipynb", replace={"SIZE = 128": "SIZE = 64", "iterations = 400": "iterations = 200"}
    )
    result = execute(
        notebook,
        "view.pause()\n"
        "learned = psnr\n"
        "some = model.detach()[:5].double().cpu()\n"
        "R = torch.stack([some[:, 4].cos(), -some[:, 4].sin(), some[:, 4].sin(), some[:, 4].cos()], 1).view(-1, 2, 2)\n"
        "covariance = R @ torch.diag_embed((2 * some[:, 2:4]).exp()) @ R.transpose(1, 2)\n"
        "off = torch.stack([x, y], 1).double().cpu()[::7, None] - some[:, :2]\n"
        "squared = (off[:, :, None] @ torch.linalg.inv(covariance) @ off[..., None]).flatten(1)\n"
        "expected = (-squared / 2).exp() @ (some[:, 5:8] * some[:, 8:].sigmoid())\n"
        "wrong = (splat(model.detach()[:5], places[::7]).cpu() - expected).abs().max().item()\n"
        "one = torch.tensor([[0, 0, -0.7, -1.4, math.pi / 2, 1, 0, 0, 0]], device=device)\n"
        "rows, columns = (outlines(one)[..., 0] > 0.9).nonzero(as_tuple=True)\n"
        "extent = [(side_.max() - side_.min()).item() / FINE for side_ in (rows, columns)]",
        CLICK,
        "async def frames(count):\n"
        "    view.resume()\n"
        "    await view.wait(frames=view.frame_count + count, timeout=300)\n"
        "    view.pause()\n"
        "counts = []\n"
        "for count in (40, 150):\n"
        "    side.set('blots', count)\n"
        "    await frames(2)\n"
        "    counts.append(len(model))",
        "await frames(20)\n"
        "before = model.detach().clone()\n"
        "side.set('learning rate', 1e-3)\n"
        "click('Controls', 'respawn')\n"
        "await frames(1)\n"
        "moved = (torch.cdist(model.detach()[:, :2], before[:, :2]).amin(dim=1) > 0.01).sum().item()\n"
        "counts.append(len(model))\n"
        "view._parts.session.reset()",
        "import json\n"
        "print(json.dumps({'psnr': learned, 'wrong': wrong, 'extent': extent, 'counts': counts, 'moved': moved,\n"
        "    'new': (torch.log10((splat(model, places) - target).square().mean()) * -10).item(),\n"
        "    'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    assert result["psnr"] > 22
    assert result["new"] < 12, "Reset takes new ones, which know nothing"
    assert result["wrong"] < 1e-3
    assert result["extent"] == pytest.approx([math.exp(-0.7), math.exp(-1.4)], abs=0.01)
    assert result["counts"] == [40, 150, 150]
    assert 6 <= result["moved"] <= 8, "a twentieth, of which one or the other may lie beside one that was there"
    assert result["failed"] == "None"
    assert views_shown(notebook) == pictures(notebook) == 1


DISTANCES = """
def distances():
    far, ring = {}, [tuple(exit_.tolist())]
    while ring:
        far.update({place: len(set(far.values())) for place in ring})
        around = {(r + i, c + j) for r, c in ring for i, j in STEPS.tolist()}
        ring = [place for place in around if place not in far and not walls[place]]
    return far
"""


def test_the_maze_is_learned_and_learned_again() -> None:
    notebook = load("13_reinforcement_learning.ipynb", replace={"tick_rate=30": "tick_rate=0"})
    result = execute(
        notebook,
        "view.pause()\nagain = sum(games) / len(games)",
        POINT,
        "built = []\n"
        "for tool, (row, column) in enumerate(((9, 18), (9, 18), (1, 1))):\n"
        "    side.set('the left button draws', tool)\n"
        "    point('press', (column + 0.5) * CELL, (row + 0.5) * CELL, ['left'], 'left', tool + 1)\n"
        "    built.append([walls[9, 18].item(), *exit_.tolist()])\n"
        "exit_.copy_(torch.tensor([15, 19]))",
        DISTANCES,
        "Q.zero_()\n"
        "games.clear()\n"
        "for _ in range(300):\n"
        "    move(0.0, 1.0, 0.95)\n"
        "chance = sum(games) / len(games)\n"
        "for _ in range(2500):\n"
        "    move(0.5, 0.3, 0.95)\n"
        "far = distances()\n"
        "off = [Q[place].max().item() - 0.95 ** (steps - 1) for place, steps in far.items() if steps]",
        "import json\n"
        "print(json.dumps({'chance': chance, 'again': again, 'built': built, 'above': max(off),\n"
        "    'mean': sum(map(abs, off)) / len(off), 'places': len(off), 'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    rewards = [float(number) for number in re.findall(r"mean reward (\d\.\d+)", printed(notebook))]
    assert len(rewards) == 2
    assert result["chance"] < 0.2
    assert min(rewards) > 0.8, "before the door was shut, and a while after"
    assert result["built"] == [[True, 15, 19], [False, 15, 19], [False, 1, 1]]
    assert result["above"] < 1e-4, "no place is worth more than the shortest way allows"
    assert result["mean"] < 0.05
    assert result["places"] > 200
    assert result["failed"] == "None"
    assert views_shown(notebook) == 1
    assert pictures(notebook) == 2


def test_the_network_takes_the_shortcut_until_it_is_taken_away() -> None:
    first, other = "await view.wait(iterations=lesson, timeout=600)", 'side.set("shades tell the shape", False)'
    notebook = load(
        "14_segmentation.ipynb",
        replace={
            "iterations = 400": "iterations = 320",
            first: f"{first}\nview.pause()",  # so that the lesson ends before the next one, however late that comes
            other: f"{other}\nview.resume()",
        },
    )
    result = execute(
        notebook,
        "view.pause()\nhalf = iou(torch.tensor([[[1, 1, 0, 2]]]), torch.tensor([[[1, 0, 1, 2]]])).tolist()",
        "import json\n"
        "print(json.dumps({'iou': half, 'labels': truth.unique().tolist(), 'shape': list(exam.shape),\n"
        "    'sure': doubt.min().item(), 'unsure': doubt.max().item(), 'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    shortcut, learned = (int(mark) for mark in re.findall(r"steps: (\d+)%", printed(notebook)))
    assert shortcut < 40, "a third of the shapes has the shade of its kind by chance"
    assert learned > shortcut + 10
    assert result["iou"] == [0.5]
    assert result["labels"] == [0, 1, 2, 3]
    assert result["shape"] == [12, 3, 48, 48]
    assert 0 <= result["sure"] < 0.01
    assert 0.4 < result["unsure"] <= 0.75
    assert result["failed"] == "None"
    assert views_shown(notebook) == 1
    assert pictures(notebook) == 2


def test_the_chinese_segmentation_draws_labels_of_its_own() -> None:
    shorter = {"iterations = 400": "lesson, iterations = 8, 16"}
    notebook = load("zh/14_segmentation.ipynb", replace=shorter)
    result = execute(
        notebook, "import json\nprint(json.dumps([view.state, list(NAMES), repr(view.last_error)]))\nview.close()"
    )
    assert result == ["running", ["背景", "圆环", "方块", "十字"], "None"]
    assert "考试得分" in printed(notebook)


def test_a_rate_that_is_too_high_is_taken_back_and_a_better_one_is_kept() -> None:
    notebook = load("15_futures.ipynb")
    result = execute(
        notebook,
        "import json\n"
        "print(json.dumps({'states': [future.state for future in futures], 'best': futures.best.controls,\n"
        "    'branches': [one.name for one in view.branches], 'steps': view.history()['loss'][:, 0].tolist(),\n"
        "    'loss': view.history()['loss'][-1, 1], 'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    assert result["states"] == ["done", "done", "done", "ended"]
    assert result["best"] == {"learning rate": 0.5}
    assert "learning rate 50" in result["branches"]
    assert "learning rate 0.5" not in result["branches"]
    assert result["steps"] == list(range(1, len(result["steps"]) + 1))
    assert len(result["steps"]) >= 350
    assert result["loss"] < 0.01
    assert result["failed"] == "None"
    assert "loss inf" in printed(notebook)
    assert "the run stands at step 150" in printed(notebook)
    assert views_shown(notebook) == 1
    assert pictures(notebook) == 1


def test_the_chinese_futures_are_named_in_chinese() -> None:
    notebook = load("zh/15_futures.ipynb", replace={"calm, tried = 150, 100": "calm, tried = 20, 10"})
    result = execute(
        notebook, "import json\nprint(json.dumps([[one.name for one in futures], repr(view.last_error)]))\nview.close()"
    )
    assert result == [["学习率 0.005", "学习率 0.05", "学习率 0.5", "学习率 50"], "None"]
    assert "训练停在第 20 步" in printed(notebook)


def test_the_slider_multiplies_or_holds_the_rate_and_the_schedule_stays() -> None:
    notebook = load("16_lightning.ipynb")
    result = execute(
        notebook,
        "import json\n"
        "history = view.history()\n"
        "print(json.dumps({'rates': history['lr'].tolist(), 'exams': history['validation loss'][:, 0].tolist(),\n"
        "    'right': history['right'][:, 1].tolist(), 'shape': list(picture.tensor.shape),\n"
        "    'failed': repr(view.last_error), 'notices': view._parts.tree.notices}))\n"
        "view.close()",
    )
    steps, rates = zip(*result["rates"], strict=True)
    schedule = [0.01 * (1 + math.cos(math.pi * step / 320)) for step in range(320)]
    assert steps == tuple(range(1, 641)), "each step once; the second training goes on where the first ended"
    scaled = [rate * (10 if 160 <= step < 208 else 1) for step, rate in enumerate(schedule)]
    held = [0.001 if 40 <= step < 120 else rate for step, rate in enumerate(schedule)]
    assert list(rates) == pytest.approx(scaled + held, rel=1e-6)
    assert result["exams"] == [8 * epoch for epoch in range(1, 81)]
    assert result["right"][39] > 0.9
    assert result["shape"] == [160, 160]
    assert result["failed"] == "None"
    assert result["notices"] == []
    assert printed(notebook).count("schedule arrives at 0.000000") == 2
    assert "step 201: scheduled 0.00617, used 0.06173" in printed(notebook)
    assert views_shown(notebook) == 1
    assert pictures(notebook) == 1


def test_the_chinese_trainer_notebook_runs() -> None:
    notebook = load("zh/16_lightning.ipynb", replace={"EPOCHS, STEPS, BATCH = 40": "EPOCHS, STEPS, BATCH = 2"})
    result = execute(notebook, "import json\nprint(json.dumps([view.iteration, repr(view.last_error)]))\nview.close()")
    assert result == [32, "None"]
    assert "调度最后到达 0.000000" in printed(notebook)


def test_two_ranks_learn_the_whole_together_and_forget_the_others_half_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VULTORCH_FEEDS", str(tmp_path))
    compare = (
        "gt = vultorch.imread('images/emblem.png', channels=3, device='cpu').permute(2, 0, 1)[None]\n"
        "def errors():\n"
        "    found = []\n"
        "    for rank in range(RANKS):\n"
        "        one = view.panel(f'{RUN} · rank {rank}').canvas('prediction').tensor.permute(2, 0, 1)[None] / 255\n"
        "        wrong = one - functional.interpolate(gt, one.shape[2:], mode='area')\n"
        "        found += [part.square().mean().item() for part in wrong.chunk(2, dim=3)]\n"
        "    return found\n"
        "while max(errors()) >= 0.02:\n"  # a picture comes some time after its step
        "    await asyncio.sleep(0.1)\n"
        "together = errors()"
    )
    notebook = load("17_two_ranks.ipynb", replace={"steps = 300": "steps = 200"})
    at = next(i for i, cell in enumerate(notebook.cells) if ".set(" in cell.source)
    notebook.cells.insert(at, new_code_cell("from torch.nn import functional\n" + compare))
    at = next(i for i, cell in enumerate(notebook.cells) if "view.stop()" in cell.source)
    forgetting = "while min((found := errors())[1:3]) <= 2 * max(found[::3]):\n    await asyncio.sleep(0.1)"
    notebook.cells.insert(at, new_code_cell(forgetting))
    result = execute(
        notebook,
        "while len({len(view.history()[f'loss · rank {rank}']) for rank in range(RANKS)}) > 1:\n"
        "    await asyncio.sleep(0.1)",  # what the ranks said last may be read after they have ended
        "import json\n"
        "history = view.history()\n"
        "print(json.dumps({'together': together, 'apart': errors(), 'ended': training.returncode,\n"
        "    'steps': [history[f'loss · rank {rank}'][:, 0].tolist() for rank in range(RANKS)],\n"
        "    'notices': view._parts.tree.notices, 'failed': repr(view.last_error)}))\n"
        "view.close()",
    )
    assert max(result["together"]) < 0.02
    mine, never_seen, other, its = result["apart"]
    assert min(never_seen, other) > 2 * max(mine, its)
    first, second = result["steps"]
    assert first == second == list(range(len(first)))
    assert result["ended"] == 0
    assert any("The parameters of rank 1 differ from those of the others" in notice for notice in result["notices"])
    assert result["failed"] == "None"
    assert views_shown(notebook) == 1
    assert pictures(notebook) == 2


def test_the_ranks_of_the_chinese_notebook_end_with_its_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VULTORCH_FEEDS", str(tmp_path))
    notebook = load("zh/17_two_ranks.ipynb", replace={"steps = 300": "steps = 30"})
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code" and "view.stop()" not in cell.source]
    label, processes, failure = execute(
        notebook,
        "import json, psutil\n"
        "ranks = [one.pid for one in psutil.Process(training.pid).children()]\n"
        "torchrun, training = training, subprocess.Popen([sys.executable, '-c', 'raise SystemExit(3)'])\n"
        "try:\n"
        "    await reached(10**9)\n"
        "except RuntimeError as error:\n"
        "    failure = str(error)\n"
        "print(json.dumps([view.panel(RUN).get('平均梯度'), [torchrun.pid, *ranks], failure]))",
    )
    assert label is False
    assert failure.startswith("torchrun 以 3 结束")
    assert len(processes) == 3
    wait_until(lambda: all(has_ended(process) for process in processes))
