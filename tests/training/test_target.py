"""Targets from files, Pillow images, arrays and tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from vultorch_widget.training import as_target
from vultorch_widget.training.emblem import emblem

COLORS = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[0, 0, 0], [255, 255, 255], [51, 102, 153]]], np.uint8)
EXPECTED = torch.from_numpy(COLORS).float() / 255


def test_a_path_an_image_an_array_and_a_tensor_give_the_same_target(tmp_path: Path) -> None:
    file = tmp_path / "colors.png"
    Image.fromarray(COLORS).save(file)
    for source in (file, str(file), Image.fromarray(COLORS), COLORS, torch.from_numpy(COLORS), EXPECTED.numpy()):
        target = as_target(source)
        assert target.dtype == torch.float32
        assert torch.allclose(target, EXPECTED, atol=1e-7)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.float32])
def test_one_channel_is_gray(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    gray = torch.linspace(0, 1, 6).reshape(shape).to(dtype)
    target = as_target(gray)
    assert target.shape == (2, 3, 3)
    for channel in range(3):
        assert torch.equal(target[..., channel], gray.float().reshape(2, 3))


def test_bool_is_black_and_white() -> None:
    assert as_target(np.array([[True, False]]))[0].tolist() == [[1, 1, 1], [0, 0, 0]]


def test_transparency_is_laid_over_white(tmp_path: Path) -> None:
    rgba = np.array([[[255, 0, 0, 255], [255, 0, 0, 0], [0, 0, 0, 51]]], np.uint8)
    expected = torch.tensor([[[1.0, 0, 0], [1, 1, 1], [0.8, 0.8, 0.8]]])
    file = tmp_path / "logo.png"
    Image.fromarray(rgba).save(file)
    for source in (rgba, Image.fromarray(rgba), file, torch.from_numpy(rgba).float() / 255):
        assert torch.allclose(as_target(source), expected, atol=1e-6)


def test_reversed_and_read_only_arrays_are_accepted() -> None:
    array = COLORS[::-1]
    array.flags.writeable = False
    assert torch.allclose(as_target(array), EXPECTED.flip(0))


def test_the_source_is_neither_changed_nor_shared() -> None:
    source = torch.rand(4, 4, 4, requires_grad=True)
    before = source.detach().clone()
    target = as_target(source)
    target.zero_()
    assert torch.equal(source, before)
    assert not target.requires_grad


@pytest.mark.parametrize(
    ("size", "expected"),
    [(None, (30, 60)), (20, (10, 20)), (60, (30, 60)), (500, (30, 60)), ((8, 8), (8, 8)), ((90, 7), (90, 7))],
)
def test_size_bounds_the_longer_side_or_is_exact(size: int | tuple[int, int] | None, expected: tuple[int, int]) -> None:
    target = as_target(torch.rand(30, 60, 3), size)
    assert tuple(target.shape) == (*expected, 3)
    assert target.is_contiguous()
    assert bool(((target >= 0) & (target <= 1)).all())


def test_reducing_averages() -> None:
    stripes = torch.zeros(64, 64, 3)
    stripes[:, ::2] = 1
    assert torch.allclose(as_target(stripes, 8), torch.full((8, 8, 3), 0.5), atol=0.07)


@pytest.mark.parametrize("size", [0, -4, (0, 5), (5, -1), 3.7, (3, 4, 5), (3,), (3, 4.5), "5", torch.nan])
def test_another_size_is_refused(size: Any) -> None:
    with pytest.raises(ValueError, match=r"size must be .*at least 1.* not "):
        as_target(COLORS, size)


@pytest.mark.parametrize("size", [[8, 9], torch.Size([8, 9]), np.array([8, 9]), (np.int64(8), 9)])
def test_a_size_is_any_sequence(size: Any) -> None:
    assert as_target(COLORS, size).shape == (8, 9, 3)
    assert as_target(COLORS, np.int64(2)).shape == (1, 2, 3)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (np.zeros((2, 2), np.int32), "int32"),
        (np.zeros((2, 2), np.uint16), "uint16"),
        (np.zeros((2, 2, 2)), r"\(2, 2, 2\)"),
        (torch.zeros(3, 8, 8), r"\(3, 8, 8\)"),
        (torch.zeros(0, 8, 3), r"\(0, 8, 3\)"),
        (torch.full((2, 2, 3), 200.0), "200"),
    ],
)
def test_pictures_of_another_kind_are_refused(source: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        as_target(source)


def test_other_sources_are_refused() -> None:
    with pytest.raises(TypeError, match="not int"):
        as_target(7)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.png"):
        as_target("nowhere.png")


# --- the emblem ------------------------------------------------------------------------------------------------------


def test_the_committed_emblem_equals_the_drawn_one() -> None:
    # To regenerate it: emblem().save("notebooks/images/emblem.png", optimize=True)
    file = Path(__file__).parents[2] / "notebooks" / "images" / "emblem.png"
    committed, drawn = as_target(file), as_target(emblem())
    assert committed.shape == (256, 256, 3)
    # Pillow's text rendering differs slightly between versions.
    assert (committed - drawn).square().mean().item() < 1e-4


@pytest.mark.parametrize("size", [16, 100, 300])
def test_the_emblem_has_any_size(size: int) -> None:
    drawn = emblem(size)
    assert drawn.size == (size, size)
    assert drawn.mode == "RGB"
    small = as_target(drawn, 16) if size > 16 else as_target(drawn)
    assert (small - as_target(emblem(), 16)).square().mean().item() < 2e-3


def test_the_emblem_is_no_smaller_than_16() -> None:
    with pytest.raises(ValueError, match="15"):
        emblem(15)
