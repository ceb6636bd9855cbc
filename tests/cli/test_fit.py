"""`vultorch-widget fit`."""

from __future__ import annotations

import html
import os
import re
import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from tests.export.notebooks import replays_in
from vultorch_widget.training import ImageFit, as_target

from .command import Command

ROOT = Path(__file__).parents[2]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo [1].png"
    Image.radial_gradient("L").resize((40, 30)).convert("RGB").save(path)
    return path


def replay_in(page: Path) -> Any:
    (replay,) = replays_in(page.read_text(encoding="utf-8"))
    return replay


def test_it_trains_and_writes_the_page(command: Command, photo: Path, tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    options = ["--steps", 50, "--size", 32, "--width", 16, "--lr", 0.01, "--seed", 3, "--device", "cpu", "--out", page]
    assert command("fit", photo, *options) == 0
    replay = replay_in(page)
    assert (replay["last"], replay["state"]) == (50, "stopped")  # not a multiple of the steps per frame
    assert replay["frames"][-1]["step"] == 50
    fit = ImageFit(as_target(photo, 32), width=16, lr=0.01, seed=3)
    for _ in range(50):
        fit.step()
    assert f"50 steps, PSNR {fit.psnr:.2f} dB" in command.err
    assert f"PSNR {fit.psnr:.2f} dB" in command.err.splitlines()[-1]
    html = page.read_text(encoding="utf-8")
    assert "photo [1].png" in html
    assert "<title>Learning photo  1 .png</title>" in html or "<title>Learning photo 1 .png</title>" in html


def test_the_notebook_repeats_the_encoding_and_its_rate(command: Command, photo: Path, tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    options = ["--encoding", "hash", "--steps", 12, "--size", 24, "--device", "cpu", "--out", page]
    assert command("fit", photo, *options) == 0
    fit = ImageFit(as_target(photo, 24), seed=0, encoding="hash")
    fit.step(6)
    fit.step(6)
    fit.predict()
    assert f"12 steps, PSNR {fit.psnr:.2f} dB" in command.err
    assert replay_in(page)["training"] is None  # a page only replays a hash grid
    code = re.sub(r"<[^>]+>|\s", "", html.unescape(page.read_text(encoding="utf-8")))
    assert "lr=0.01,seed=0,encoding='hash'," in code


def test_ctrl_c_writes_the_run_so_far(photo: Path, tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    line = [sys.executable, "-m", "vultorch_widget.cli", "fit", photo, "--steps", "5000000", "--out", page]
    terminal = os.environ | {"FORCE_COLOR": "1", "COLUMNS": "100"}  # as in a terminal, to get live progress
    with subprocess.Popen(line, cwd=ROOT, env=terminal, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "Ctrl-C ends it early" in process.stderr.readline()
        said = ""
        while not re.search(r"\b[1-9]\d*/5000000", said):
            said += process.stderr.read(1) or pytest.fail(f"it ended: {said}")
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 0
    assert "Interrupted: writing the page of the run so far." in rest
    assert "Traceback" not in rest
    replay = replay_in(page)
    assert 0 < replay["last"] < 5_000_000
    assert replay["state"] == "paused"
    assert "when it was stopped after" in page.read_text(encoding="utf-8")


def png_head(width: int, height: int) -> bytes:
    """A PNG file whose header claims this size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(100))
    chunks = [
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in (head, data)
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_unusable_pictures_are_refused(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    assert f"{path} does not exist" in command.refuses("fit", path)
    path.write_text("words")
    assert "is not a picture" in command.refuses("fit", path)
    path.write_bytes(png_head(50_000, 50_000))
    assert "too large" in command.refuses("fit", path)
    path.write_bytes(png_head(20_000, 100))
    assert "20,000 x 100 pixels, too large" in command.refuses("fit", path)
    Image.new("RGB", (1, 1)).save(path)
    assert "is 1 x 1 pixels, too small" in command.refuses("fit", path)
    Image.new("RGB", (64, 64), (1, 200, 30)).save(path)
    path.write_bytes(path.read_bytes()[:-40])
    assert "cannot be read as a picture" in command.refuses("fit", path, "--out", tmp_path / "a.html")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.png"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--steps", "0"], "--steps"),
        (["--lr", "7"], "--lr"),
        (["--encoding", "nerf"], "'nerf'"),
        (["--width", "many"], "--width"),
        (["--size", "1"], "--size"),
        (["--seed", "-1"], "--seed"),
        (["--device", "tpu"], "there is no device 'tpu'"),
        (["--device", "meta"], "'meta' cannot be used for training here"),
        (["--out", "none/a.html"], "does not exist"),
    ],
)
def test_options_out_of_range_are_refused(command: Command, photo: Path, options: list[str], reason: str) -> None:
    assert reason in command.refuses("fit", photo, *options)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_missing_gpu_is_refused(command: Command, photo: Path) -> None:
    assert "torch finds 0 CUDA devices, so there is no 'cuda:1'" in command.refuses("fit", photo, "--device", "cuda:1")


def test_each_picture_has_a_page_of_its_own(
    command: Command, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    short = ["--steps", 2, "--size", 8, "--device", "cpu"]
    assert command("fit", photo, *short) == 0
    assert command.err.splitlines()[-1].startswith("Wrote photo [1].html (")
    first = Path("photo [1].html").read_bytes()
    assert command("fit", photo, *short, "--seed", 1) == 0
    assert command.err.splitlines()[-1].startswith("Wrote photo [1]-2.html (")
    assert Path("photo [1].html").read_bytes() == first
    assert command("fit", photo, *short, "--out", "photo [1].html") == 0
    assert command.err.splitlines()[-1].startswith("Replaced photo [1].html (")


def test_the_picture_is_not_overwritten(command: Command, photo: Path) -> None:
    assert "is the picture itself" in command.refuses("fit", photo, "--out", photo)
