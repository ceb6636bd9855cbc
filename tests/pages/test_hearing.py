"""Messages are applied one by one: none is lost because another cannot be applied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.pages.hearing import Nobody
from vultorch_widget.protocol.messages import Command


class Interrupted(Nobody):
    """What a user interrupts with Ctrl-C."""

    def obey(self, command: Command) -> None:
        raise KeyboardInterrupt


class Silent:
    """Other processes whose news cannot be read."""

    def take(self) -> None:
        raise OSError("the disk is gone")

    def close(self) -> None:
        pass


@pytest.fixture
def page() -> Iterator[Page]:
    view = vultorch.View("hears", headless=True)
    view.panel("P").slider("x", 0.0, 1.0)
    yield Page(view).open()
    view.close()


def test_what_cannot_be_done_is_told_once_and_what_came_after_it_is_done(page: Page) -> None:
    view = page.view
    for revision, value in enumerate((0.25, 0.5), 1):
        page.command("resume")  # which needs an event loop here
        page.set("P", "slider:x", value, revision)
        view._parts.hearing.drain()
        assert view.panel("P").get("x") == value
    (notice,) = view._parts.tree.notices
    assert notice.startswith("What was done in a page (command) had no effect. RuntimeError: no event loop")
    assert view._parts.channel.refused == 2


def test_what_an_interrupt_leaves_is_done_next(page: Page) -> None:
    hearing = page.view._parts.hearing
    hearing.listener = Interrupted()
    page.command("pause")
    page.set("P", "slider:x", 0.75)
    with pytest.raises(KeyboardInterrupt):
        hearing.drain()
    assert page.view.panel("P").get("x") == 0.0
    hearing.drain()
    assert page.view.panel("P").get("x") == 0.75


def test_one_source_that_fails_costs_no_other(page: Page) -> None:
    view = page.view
    taken: list[bool] = []

    class Talking(Silent):
        def take(self) -> None:
            taken.append(True)

    view._parts.hearing.sources[:] = [Silent(), Talking()]
    view._parts.hearing.drain()
    view._parts.hearing.drain()
    assert len(taken) == 2
    assert view._parts.tree.notices == ["What other processes have sent had no effect. OSError: the disk is gone"]
