"""Arranging pictures on one sheet."""

from __future__ import annotations

import numpy as np
import pytest

from vultorch_widget.pictures.sheet import GAP, MOST_PIXELS, MOST_SIDE, MOST_WIDTH, laid_out, rows_of
from vultorch_widget.protocol.messages import Leaf, Split


def test_a_wide_picture_keeps_its_shape() -> None:
    square = np.full((256, 256, 4), 255, np.uint8)
    sheet = np.asarray(rows_of([square, np.full((32, 1024, 4), 255, np.uint8)]))
    assert sheet.shape[:2] == (256, 256 + GAP + MOST_WIDTH)
    below = sheet[:, 256 + GAP :, 3].max(axis=1) > 0
    assert below.sum() == MOST_WIDTH * 32 // 1024
    assert below[:50].all()


def test_a_picture_that_is_wider_already_keeps_its_width() -> None:
    sheet = rows_of([np.full((256, 256, 4), 255, np.uint8), np.full((100, 2000, 4), 255, np.uint8)])
    assert sheet.size == (256 + GAP + 2000, 256)
    assert np.asarray(sheet)[:, -1, 3].nonzero()[0].tolist() == list(range(100))


@pytest.mark.parametrize("shape", [(10, 784), (1, 40_000), (1, 100_000), (100_000, 1), (3000, 12_000)])
def test_sheets_stay_usable_whatever_the_pictures(shape: tuple[int, int]) -> None:
    flat = np.full((*shape, 4), 200, np.uint8)
    square = np.full((256, 256, 4), 100, np.uint8)
    panels = {"flat": [flat], "square": [square], "both": [flat, square] * 3}
    for names in (["flat"], ["flat", "square"], ["square", "flat", "both"]):
        for direction in ("row", "column"):
            leaves = tuple(Leaf(panel=name) for name in names)
            layout = Split(direction=direction, weights=(1 / len(names),) * len(names), children=leaves)
            sheet = laid_out(layout, panels)
            assert sheet is not None
            assert max(sheet.size) <= MOST_SIDE
            assert sheet.width * sheet.height <= MOST_PIXELS + MOST_SIDE  # sides are rounded
    assert max(rows_of([flat] * 9).size) <= MOST_SIDE


def test_a_strip_is_magnified_no_wider_than_a_sheet() -> None:
    sheet = laid_out(Leaf(panel="p"), {"p": [np.full((10, 784, 4), 200, np.uint8)]})
    assert sheet is not None
    assert sheet.size == (2 * 784, 2 * 10)


def test_too_large_sheets_are_averaged() -> None:
    checks = np.zeros((64, 4 * MOST_SIDE, 4), np.uint8)
    checks[..., 3] = 255
    checks[:, ::2, :3] = 200
    sheet = laid_out(Leaf(panel="p"), {"p": [checks]})
    assert sheet is not None
    assert sheet.size == (MOST_SIDE, 16)
    assert sheet.convert("L").getextrema() == (100, 100)
