"""The instruments themselves: what they read is correct."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from vultorch_widget.pictures.jpeg import encode_jpeg
from vultorch_widget.training import ImageFit

from .bench import Probe, Row
from .cost import Run
from .gpu_fit import check_method
from .ratios import against_bare, against_itself, median
from .report import table
from .stamp import Stamp, read, unwrap
from .windows import Measured, Window, interleaved


@pytest.mark.parametrize("number", [0, 1, 0b1010101010101010, 0xFFFF])
def test_a_stamp_survives_jpeg(number: int) -> None:
    picture = torch.rand(256, 256, 4, generator=torch.Generator().manual_seed(0))
    Stamp(picture).write(number)
    pixels = (picture * 255).to(torch.uint8).numpy()
    assert read(np.asarray(Image.open(io.BytesIO(encode_jpeg(pixels, 85))))) == number


def test_a_number_seen_is_the_last_such_frame_that_was_ready() -> None:
    ready = [i * 0.01 for i in range(70_000)]
    assert unwrap(5, 0.055, ready) == 5
    assert unwrap(5, 699.0, ready) == 5 + 65_536
    assert unwrap(6, 655.37, ready) == 6  # its second occurrence was not ready by then
    assert unwrap(7, 0.01, ready) is None


def test_a_drift_cancels_between_neighbours() -> None:
    windows = interleaved([Window("a", 1, 0, 60), Window("b", 1, 0, 10)], rounds=3, seconds=1, warm=0)
    kinds = [window.kind for window in windows]
    assert kinds == ["bare", "a", "bare", "b"] * 3 + ["bare"]
    drifting = [(100 + i) * {"bare": 1.0, "a": 0.8, "b": 0.5}[kind] for i, kind in enumerate(kinds)]
    assert against_bare(kinds, drifting, "a") == pytest.approx([0.8] * 3)
    assert against_bare(kinds, drifting, "b") == pytest.approx([0.5] * 3)
    assert against_itself(kinds, drifting) == pytest.approx([1.0] * 5)


def test_the_error_of_a_median_shrinks_with_more_values() -> None:
    values = np.random.default_rng(1).normal(1.0, 0.1, 400)
    few, many = median(list(values[:16])), median(list(values))
    assert many.error < few.error / 2
    assert many.value == pytest.approx(1.0, abs=2 * many.error)


def test_the_table_says_what_was_missed() -> None:
    lines = table([Row("a", "kept", "0.9", "≥ 0.8", True), Row("a", "late", "50 ms", "≤ 15 ms", False)]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "yes" in lines[2]
    assert "**no**" in lines[3]


def test_a_kind_of_which_no_frame_was_seen_is_an_error_that_names_it() -> None:
    windows = [Measured("view", 0, 1, 1, 0, 0, 0), Measured("minimal", 2, 3, 1, 0, 0, 0)]
    probe = Probe(frames=[], seen=[(0.5, 0)], others=[], received=[], sent=[], keys=[], cost=0)
    run = Run(windows, ready=[0.4], probe=probe)
    assert run.latencies("view") == pytest.approx([100])
    with pytest.raises(RuntimeError, match="no frame was seen in 1 windows of kind 'minimal'"):
        run.latencies("minimal")


def test_steps_that_do_not_run_by_the_kernels_are_not_measured() -> None:
    picture = torch.rand(8, 8, 3)
    with pytest.raises(RuntimeError, match="precision='exact' runs as 'blocked', not 'fused'"):
        check_method(ImageFit(picture, seed=0))
    with pytest.raises(RuntimeError, match="precision='torch' runs as 'eager', not 'graph': precision is 'torch'; "):
        check_method(ImageFit(picture, seed=0, precision="torch"))
