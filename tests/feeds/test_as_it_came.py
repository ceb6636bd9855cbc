"""A rank's picture goes to the pages as the file that it came as, unless something has to be made of its texels."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from vultorch_widget.tree.canvas import Canvas

from .watching import turn

ID = "run7 · rank 0/prediction"
HEIGHT, WIDTH = 48, 64


class Watched:
    """A rank whose picture changes, and a page of the notebook that watches it."""

    def __init__(self, view: vultorch.View, feed: vultorch.Feed) -> None:
        self.view, self.feed = view, feed
        self.came: set[bytes] = set()
        self.rows = torch.linspace(0, 1, HEIGHT)[:, None, None].repeat(1, WIDTH, 3)
        view.attach("run7")
        self.until(lambda: self.canvas.bound is not None)
        self.page = Page(view).open()

    @property
    def canvas(self) -> Canvas:
        return self.view.panel("run7 · rank 0").canvas("prediction")

    def goes_on(self) -> None:
        self.rows = self.rows.roll(1, 0)
        self.feed.show(prediction=self.rows)
        self.rests()

    def rests(self) -> None:
        turn(self.view)
        if (file := self.canvas.file) is not None:
            self.came.add(file.data)
        if hasattr(self, "page"):
            self.page.report()

    def until(self, holds: Callable[[], Any], *, rests: bool = False) -> None:
        wait_until(lambda: (self.rests() if rests else self.goes_on(), holds())[-1])

    @property
    def sent(self) -> list[tuple[dict[str, Any], bytes]]:
        """The pictures that the page was sent, and their files."""
        return [
            (picture, bytes(buffers[picture["buffer"]]))
            for content, buffers in self.page.updates
            for picture in content["pictures"]
            if picture["canvas"] == ID
        ]

    def until_sent(self, right: Callable[[dict[str, Any], bytes], bool], *, rests: bool = False) -> None:
        """Until the newest picture that the page was sent is ``right``."""
        self.until(lambda: self.sent and right(*self.sent[-1]), rests=rests)


@pytest.fixture
def watched(view: vultorch.View) -> Iterator[Watched]:
    feed = vultorch.feed("run7")
    yield Watched(view, feed)
    feed.close()


def pixels(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


def test_pages_are_sent_the_file_that_the_rank_has_made_and_nothing_is_composited(watched: Watched) -> None:
    watched.until_sent(lambda picture, file: not picture["lossless"] and file in watched.came)
    before, first = watched.view._parts.pictures.composed, len(watched.sent)
    watched.until(lambda: len(watched.sent) > first + 5)
    moving = [file for picture, file in watched.sent[first:] if not picture["lossless"]]
    assert watched.came.issuperset(moving)
    if len(moving) == len(watched.sent) - first:  # a machine that is slow enough sees it rest
        assert watched.view._parts.pictures.composed == before


def test_at_rest_the_page_has_exactly_the_texels_of_the_tensor(watched: Watched) -> None:
    watched.until_sent(lambda picture, _: not picture["lossless"])
    watched.until_sent(lambda picture, _: picture["lossless"], rests=True)
    picture, file = watched.sent[-1]
    assert (picture["format"], picture["width"], picture["height"]) == ("png", WIDTH, HEIGHT)
    assert watched.canvas.tensor is not None
    assert np.array_equal(pixels(file), watched.canvas.tensor.numpy())
    assert watched.canvas.file is not None
    assert np.array_equal(pixels(watched.canvas.file.data), pixels(file))
    sent = len(watched.sent)
    for _ in range(20):
        watched.rests()
    assert len(watched.sent) == sent  # and is not sent it again
    watched.until_sent(lambda picture, _: not picture["lossless"])  # it moves again


def test_whatever_needs_other_pixels_is_made_here(watched: Watched) -> None:
    watched.until_sent(lambda _, file: file in watched.came)
    watched.canvas.gain, watched.canvas.offset = 0.0, 1.0
    watched.until_sent(lambda _, file: bool((pixels(file) > 251).all()))  # white
    watched.canvas.gain, watched.canvas.offset = 1.0, 0.0
    watched.until_sent(lambda _, file: file in watched.came)
    part = {"canvas": ID, "left": 0.0, "top": 0.0, "right": 16.0, "bottom": 12.0}
    watched.page.say("viewports", viewports=[part])
    watched.until_sent(lambda picture, _: picture["crop"] is not None)
    watched.page.say("viewports", viewports=[])
    watched.until_sent(lambda _, file: file in watched.came)


def test_a_view_without_loss_is_sent_none() -> None:
    view = vultorch.View("feeds", headless=True, quality="lossless")
    feed = vultorch.feed("run7")
    watched = Watched(view, feed)
    watched.until(lambda: len(watched.sent) > 3)
    assert all(picture["lossless"] for picture, _ in watched.sent)
    feed.close()
    view.close()


def test_what_a_program_writes_over_a_picture_is_shown(watched: Watched) -> None:
    watched.until_sent(lambda picture, _: not picture["lossless"])
    tensor = watched.canvas.tensor
    assert tensor is not None
    tensor.fill_(255)
    assert watched.canvas.file is None
    watched.until_sent(lambda _, file: bool((pixels(file) == 255).all()), rests=True)
    watched.until_sent(lambda _, file: not (pixels(file) == 255).all())
