"""Films of running views, without a page: file contents, refused arguments, and errors."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import vultorch_widget as vultorch
from tests.patience import PATIENCE, wait_until
from vultorch_widget.video.film import MOST_WAITING, Film, Shot, fitted
from vultorch_widget.video.writer import writer_for


def wait(view: vultorch.View) -> None:
    for film in view._parts.offscreen.films.by_subject.values():
        film.join()


def keep_up(view: vultorch.View) -> None:
    """Waits until the view's films have taken all frames: what they have no room for is dropped."""
    for film in view._parts.offscreen.films.by_subject.values():
        wait_until(lambda film=film: not film._waiting or film.state != "recording")


def colours(path: Path) -> list[tuple[int, ...]]:
    """The middle pixel of each frame."""
    with Image.open(path) as image:
        found = []
        for index in range(image.n_frames):
            image.seek(index)
            found.append(image.convert("RGB").getpixel((image.width // 2, image.height // 2)))
        return found


def running(size: tuple[int, ...] = (24, 32, 3)) -> tuple[vultorch.View, vultorch.Canvas, torch.Tensor]:
    """A view whose only canvas brightens with every frame, at 100 frames a second."""
    view = vultorch.View("Recorded", headless=True, tick_rate=100)
    tensor = torch.zeros(size)
    canvas = view.panel("A").canvas("a").bind(tensor)
    view.on_frame(lambda: tensor.fill_(view.frame_count / 100))
    return view, canvas, tensor


def test_a_canvas_is_recorded(tmp_path: Path) -> None:
    view, canvas, _ = running()
    target = tmp_path / "run.gif"
    canvas.start_recording(target, fps=50)
    assert canvas.is_recording
    assert not canvas.is_saving
    view.panel("A").on_frame(lambda: keep_up(view))
    begun = time.monotonic()
    view.run(max_frames=30)
    took = time.monotonic() - begun
    assert list(tmp_path.glob("run.gif")) == []  # not before it is complete
    assert canvas.stop_recording() == target
    assert not canvas.is_recording
    wait(view)
    assert not canvas.is_saving
    view.close()
    reds = [colour[0] for colour in colours(target)]
    assert 2 <= len(reds) <= min(30, 50 * took + 2)  # however long 30 frames take on a busy machine
    assert reds == sorted(reds)
    assert reds[-1] > 60
    assert [path.name for path in tmp_path.iterdir()] == ["run.gif"]  # no temporary file is left


def test_a_view_is_recorded_in_its_layout(tmp_path: Path) -> None:
    with_two = vultorch.View("Two", headless=True, tick_rate=100)
    tensor = torch.zeros(256, 256)
    with_two.panel("left").canvas("a").bind(torch.ones(256, 256))
    with_two.panel("right").canvas("b").bind(tensor)
    with_two.panel("controls", side="right").text("no picture")
    with_two.on_frame(lambda: (tensor.fill_(with_two.frame_count / 20), keep_up(with_two)))
    with_two.start_recording(tmp_path / "all.webp", quality=1)
    assert with_two.is_recording
    with_two.run(max_frames=20)
    with_two.close()  # also ends the recording
    with Image.open(tmp_path / "all.webp") as image:
        assert image.size == (256 + 8 + 256, 256)
        image.seek(image.n_frames - 1)
        last = np.asarray(image.convert("RGB"))
    assert (last[:, :256] == 255).all()
    assert last[:, 264:].min() == last[:, 264:].max()
    assert last[0, 264, 0] >= 200  # from one of the last frames: 30 of 100 a second are recorded


def test_a_training_is_the_same_with_a_recording(tmp_path: Path) -> None:
    def parameters(path: Path | None) -> torch.Tensor:
        torch.manual_seed(0)
        model = torch.nn.Linear(2, 3)
        optimiser = torch.optim.SGD(model.parameters(), 0.1)
        points = torch.rand(64, 2)
        view = vultorch.View("Observed", headless=True)
        canvas = view.panel("A").canvas("a").bind(torch.zeros(8, 8, 3))

        @view.on_frame
        def frame() -> None:
            optimiser.zero_grad()
            prediction = model(points)
            prediction.square().mean().backward()
            optimiser.step()
            canvas.bind(prediction.reshape(8, 8, 3))

        if path is not None:
            canvas.start_recording(path, fps=240)
        view.run(max_frames=50)
        view.close()
        return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])

    recorded = parameters(tmp_path / "run.gif")
    assert len(colours(tmp_path / "run.gif")) > 1
    assert torch.equal(recorded, parameters(None))


def test_a_tensor_bound_later_is_recorded_from_then_on(tmp_path: Path) -> None:
    view = vultorch.View("Late", headless=True, tick_rate=100)
    canvas = view.panel("A").canvas("a")

    @view.on_frame
    def frame() -> None:
        if view.frame_count == 5:
            canvas.bind(torch.full((8, 8, 3), 1.0))
        elif view.frame_count == 10:
            canvas.bind(torch.full((16, 8, 3), 0.5))  # another size, fitted into the first frame's

    canvas.start_recording(tmp_path / "late.gif")
    view.run(max_frames=20)
    view.close()
    with Image.open(tmp_path / "late.gif") as image:
        assert image.size == (8, 8)
    assert colours(tmp_path / "late.gif") == [(255, 255, 255), (128, 128, 128)]


def test_without_frames_there_is_no_file(tmp_path: Path) -> None:
    view = vultorch.View("Empty", headless=True)
    view.panel("A").canvas("a").start_recording(tmp_path / "none.gif")
    with pytest.warns(RuntimeWarning, match=r"none\.gif was stopped before there was a frame"):
        view.close()
    assert list(tmp_path.iterdir()) == []


def test_invalid_arguments_are_refused(tmp_path: Path) -> None:
    view, canvas, _ = running()
    with pytest.raises(RuntimeError, match="canvas 'A/a' is not being recorded"):
        canvas.stop_recording()
    with pytest.raises(RuntimeError, match="the view is not being recorded"):
        view.stop_recording()
    with pytest.raises(ValueError, match=r"'\.png' is not one of \.gif, \.webp, \.mp4"):
        canvas.start_recording(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        canvas.start_recording(tmp_path / "nowhere" / "a.gif")
    (tmp_path / "folder.gif").mkdir()
    with pytest.raises(IsADirectoryError, match=r"folder\.gif"):
        canvas.start_recording(tmp_path / "folder.gif")
    for fps in (0, -1, float("nan"), 1000):
        with pytest.raises(ValueError, match="fps must be above 0"):
            canvas.start_recording(tmp_path / "a.gif", fps=fps)
    with pytest.raises(ValueError, match=r"quality must lie in 0\.\.1, not 80"):
        canvas.start_recording(tmp_path / "a.gif", quality=80)
    canvas.start_recording(tmp_path / "a.gif")
    with pytest.raises(RuntimeError, match=r"a\.gif is still recording"):
        canvas.start_recording(tmp_path / "b.gif")
    with pytest.raises(RuntimeError, match=r"a\.gif is still recording"):
        view.start_recording(tmp_path / "a.gif")
    view.run(max_frames=1)
    view.close()
    assert (tmp_path / "a.gif").is_file()


def test_a_failure_is_reported_and_keeps_the_existing_file(tmp_path: Path) -> None:
    view, canvas, _ = running()
    target = tmp_path / "a.gif"
    target.write_bytes(b"old")

    def fails() -> np.ndarray:
        raise OSError(28, "No space left on device")

    canvas.start_recording(target)
    view._parts.offscreen.films.offer(canvas.id, Shot(fails, 1, time.monotonic()))
    wait(view)
    assert not canvas.is_recording
    with pytest.warns(RuntimeWarning, match=r"a\.gif failed: .*No space left on device"):
        view.run(max_frames=1)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]
    view.close()


def test_the_training_never_waits(tmp_path: Path) -> None:
    """Frames that arrive faster than they are written are dropped and counted, and the queue stays short."""
    film = Film(tmp_path / "a.gif", writer_for(Path("a.gif")), fps=240, quality=0.8, ended=lambda: None)
    offered = threading.Event()

    def slow() -> np.ndarray:
        assert offered.wait(PATIENCE), "the training waits for what is written"
        return np.zeros((4, 4, 3), np.uint8)

    for index in range(100):
        film.offer(Shot(slow, 48, 100 + index / 240))
    offered.set()
    film.stop()
    film.join()
    assert film.state == "saved"
    assert film.frames + film.dropped == 100
    assert film.frames <= MOST_WAITING + 1  # the queue, and the frame being written


def test_the_first_frames_are_as_far_apart_as_others(tmp_path: Path) -> None:
    film = Film(tmp_path / "a.gif", writer_for(Path("a.gif")), fps=10, quality=0.8, ended=lambda: None)
    taken = []
    for at in (*np.arange(100, 101, 0.03), *np.arange(107, 108, 0.03)):  # seconds, with a pause in between
        if film.due(at):
            taken.append(at)
            film.offer(Shot(lambda: np.zeros((4, 4, 3), np.uint8), 48, at))
    film.stop()
    film.join()
    assert np.diff(taken).min() > 0.06  # the nominal interval is 0.1 s, and frames arrive every 0.03 s
    assert len(taken) == 20


def test_frames_of_other_sizes_are_fitted() -> None:
    wide = fitted(np.full((4, 8, 4), 255, np.uint8), (8, 8))
    assert wide.shape == (8, 8, 3)
    assert wide[2:6].min() == 255
    assert wide[:2].max() == wide[6:].max() == 0


def test_recordings_are_saved_when_python_exits(tmp_path: Path) -> None:
    program = f"""
import torch, vultorch_widget as vultorch
view = vultorch.View(headless=True)
canvas = view.panel("A").canvas("a").bind(torch.rand(16, 16, 3))
canvas.start_recording({str(tmp_path / "run.gif")!r})
view.run(max_frames=3)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], timeout=PATIENCE, check=True)
    assert len(colours(tmp_path / "run.gif")) >= 1


def test_mp4_without_pyav_says_what_to_install(tmp_path: Path) -> None:
    program = f"""
import sys
sys.modules["av"] = None
import torch, vultorch_widget as vultorch
view = vultorch.View(headless=True)
try:
    view.start_recording({str(tmp_path / "run.mp4")!r})
except ImportError as error:
    print(error)
"""
    result = subprocess.run(
        [sys.executable, "-c", program], timeout=PATIENCE, check=True, capture_output=True, text=True
    )
    assert 'pip install "vultorch-widget[video]"' in result.stdout
