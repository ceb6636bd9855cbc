"""Pictures submitted now and collected later, for pages, films and replays."""

from __future__ import annotations

import pytest
import torch

from tests.patience import wait_until
from tests.render.tiles import whole
from vultorch_widget.render.pending_pictures import PendingPictures
from vultorch_widget.render.renderer import Renderer, Rendering


@pytest.fixture
def renderer() -> Renderer:
    return Renderer("torch", lambda sentence: None)


def white(side: int) -> torch.Tensor:
    return torch.ones(side, side, 3)


def collected(pending: PendingPictures[str]) -> tuple[Rendering, str]:
    found: list[tuple[Rendering, str]] = []

    def there() -> bool:
        if (now := pending.collect()) is not None:
            found.append(now)
        return bool(found)

    wait_until(there)
    return found[0]


def test_pictures_are_collected_once_with_their_purpose(renderer: Renderer) -> None:
    pending: PendingPictures[str] = PendingPictures(renderer)
    assert not pending
    assert pending.collect() is None
    pending.submit([whole(white(4))], "a film")
    assert pending
    rendering, purpose = collected(pending)
    assert purpose == "a film"
    assert (rendering.pixels(0) == 255).all()
    assert not pending
    assert pending.collect() is None


def test_pictures_are_stale_after_another_submission(renderer: Renderer) -> None:
    pending: PendingPictures[str] = PendingPictures(renderer)
    pending.submit([whole(white(4))], "a key frame")
    renderer.compose([whole(white(2))])  # a snapshot
    rendering, purpose = collected(pending)
    assert (rendering.stale, purpose) == (True, "a key frame")
    assert not pending


def test_pictures_that_are_not_ready_stay_until_they_are(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    pending: PendingPictures[str] = PendingPictures(renderer)
    pending.submit([whole(white(4))], "a page")
    with monkeypatch.context() as slow:
        slow.setattr(Rendering, "ready", False)
        assert pending.rendering is not None
        assert not pending.rendering.ready
        assert pending.collect(patience=0.001) is None
        assert pending
    assert collected(pending)[1] == "a page"


def test_forgotten_pictures_are_never_collected(renderer: Renderer) -> None:
    pending: PendingPictures[str] = PendingPictures(renderer)
    assert pending.forget() is None
    pending.submit([whole(white(4))], "a key frame")
    assert pending.forget() == "a key frame"
    assert not pending
    assert pending.collect() is None
