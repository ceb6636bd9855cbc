"""Pictures side by side."""

from __future__ import annotations

import numpy as np

from vultorch_widget.record.sheet import GAP, MOST_WIDTH, rows_of


def test_a_wide_picture_keeps_its_shape() -> None:
    square = np.full((256, 256, 4), 255, np.uint8)
    sheet = np.asarray(rows_of([square, np.full((32, 1024, 4), 255, np.uint8)]))
    assert sheet.shape[:2] == (256, 256 + GAP + MOST_WIDTH)
    below = sheet[:, 256 + GAP :, 3].max(axis=1) > 0
    assert below.sum() == MOST_WIDTH * 32 // 1024
    assert below[:50].all()


def test_what_is_wider_as_it_is_stays_so() -> None:
    sheet = rows_of([np.full((256, 256, 4), 255, np.uint8), np.full((100, 2000, 4), 255, np.uint8)])
    assert sheet.size == (256 + GAP + 2000, 256)
    assert np.asarray(sheet)[:, -1, 3].nonzero()[0].tolist() == list(range(100))
