from __future__ import annotations

from collections.abc import Iterator

import pytest

import vultorch_widget as vultorch


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    view = vultorch.View("loop")
    yield view
    view.close()
