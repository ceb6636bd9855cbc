from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import vultorch_widget as vultorch


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VULTORCH_FEEDS", str(tmp_path / "feeds"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in ("RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_NTASKS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    view = vultorch.View("feeds", headless=True)
    yield view
    view.close()
