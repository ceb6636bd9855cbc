from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import vultorch_widget as vultorch
from tests.patience import PATIENCE
from vultorch_widget.feeds import reader


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("VULTORCH_FEEDS", str(tmp_path / "feeds"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in ("RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_NTASKS"):
        monkeypatch.delenv(name, raising=False)
    yield
    for one in list(reader._readers):  # a thread that has yet to end would look into the folder of the next test
        one.close()
        one.join(PATIENCE)


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    view = vultorch.View("feeds", headless=True)
    yield view
    view.close()


@pytest.fixture
def soon_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rank counts as gone after half a second of silence, for tests that wait for just that."""
    monkeypatch.setattr(reader, "GONE", 0.5)
