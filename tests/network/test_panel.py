"""The panel of a watched network, in a view: pages, replays, and how `View.watch` is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.optimizer import _global_optimizer_post_hooks

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from vultorch_widget.network.layers import layers
from vultorch_widget.replay import Outcome, encode
from vultorch_widget.replay.control_history import NETWORK_ROWS
from vultorch_widget.replay.reader import read


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    view = vultorch.View("inside")
    yield view
    view.close()


def trained(view: vultorch.View, model: nn.Module, frames: int = 1) -> None:
    """Trains ``model`` for some frames in a loop of its own."""
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(frames):
        view.step()
        optimizer.zero_grad()
        loss = model(torch.ones(4, 4)).square().mean()
        loss.backward()
        optimizer.step()
        view.log(loss=loss)
        view.end_step()


def table(view: vultorch.View) -> Any:
    (found,) = (spec for spec in view.panel("network").store.specs() if spec.kind == "network")
    return found


def test_one_line_shows_the_layers_of_a_network_in_a_panel(view: vultorch.View) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
    page = Page(view).open()
    view.watch(model, every=50)
    trained(view, model)
    (panel,) = (panel for panel in page.scenes[-1]["panels"] if panel["name"] == "network")
    assert [control["kind"] for control in panel["controls"]] == ["network"]
    assert [row.name for row in sorted(table(view).rows, key=lambda row: row.at)] == ["0", "2"]
    assert table(view).note.startswith("Every 50 steps. Takes ")


def test_nothing_is_sent_of_it_while_no_page_shows_it(view: vultorch.View) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
    page = Page(view).open()
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    view.watch(model, every=1)

    def step() -> None:
        view.step()
        optimizer.zero_grad()
        model(torch.ones(4, 4)).square().mean().backward()
        optimizer.step()
        view._parts.publisher.hurry()
        view.end_step()
        page.report()

    def told() -> list[int]:
        """The steps of the tables that the page was sent, after another measurement."""
        before, measured = len(page.updates), table(view).step

        def measured_again() -> bool:
            step()
            return bool(table(view).step > measured)

        wait_until(measured_again)
        step()
        patches = [patch for content, _ in page.updates[before:] for patch in content["controls"]]
        return [spec["step"] for patch in patches for spec in patch["changed"] if spec["kind"] == "network"]

    assert told()
    page.say("unseen", panels=["network"])
    view._parts.hearing.drain()
    assert not told()
    page.say("unseen", panels=[])
    assert told()
    page.say("look_back", back=True)
    view._parts.hearing.drain()
    assert not told()


def test_the_panel_stays_where_the_program_has_put_it(view: vultorch.View) -> None:
    view.panel("network", side="right", width=0.3)
    view.watch(nn.Linear(4, 1))
    assert view.panel("network").side == "right"


def test_the_same_call_goes_on_and_another_model_begins_anew(view: vultorch.View) -> None:
    model, other = nn.Linear(4, 1), nn.Sequential(nn.Linear(4, 2), nn.Linear(2, 1))
    view.watch(model, every=5)
    trained(view, model)
    view.watch(model, every=5)
    assert table(view).layers == 1
    view.watch(other, every=5)
    assert table(view).layers == 0
    trained(view, other)
    assert table(view).layers == 2
    assert len(view.panel("network").store.specs()) == 1


def test_a_replay_keeps_the_worst_layers_at_every_key_frame_and_the_strips_once(view: vultorch.View) -> None:
    model = nn.Sequential(*(nn.Linear(4, 4) for _ in range(NETWORK_ROWS + 4)))
    view.watch(model, every=1)
    view._parts.watching._interval = 0.0
    view._parts.watching._budget._credit = view._parts.watching._budget._left = 1e9
    trained(view, model, 30)
    replay = view._parts.offscreen.replay
    replay.finish(view.frame_count, 1)
    document = read(encode(replay.document(Outcome("stopped"))))
    (control,) = (
        control
        for panel in document["scene"]["panels"]
        for control in panel["controls"]
        if control["kind"] == "network"
    )
    assert len(control["rows"]) == len(model)
    assert len(control["steps"]) > 1
    assert len(control["strips"][0]["weights"]) == control["bins"] * len(control["steps"])
    for change in document["controls"]:
        assert set(change["value"]) == {"step", "note", "layers", "unwell", "rows"}
        assert len(change["value"]["rows"]) <= NETWORK_ROWS


def test_show_may_still_be_the_first_argument_and_a_model_may_stand_beside_it(view: vultorch.View) -> None:
    shown = []
    loader = [torch.ones(4, 4)] * 3
    assert list(view.watch(lambda: shown.append(1), every=1).loop(loader)) == loader
    assert len(shown) == 3
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for batch in view.watch(model, show=lambda: shown.append(2), lr="scale").loop(loader, optimizer=optimizer):
        model(batch).sum().backward()
        optimizer.step()
    assert shown == [1, 1, 1, 2, 2, 2]
    assert table(view).layers == 1


@pytest.mark.parametrize("wrong", [3, "model"])
def test_anything_but_a_module_is_refused(view: vultorch.View, wrong: object) -> None:
    with pytest.raises(TypeError, match=f"watch takes a torch.nn.Module.*{wrong}"):
        view.watch(wrong)  # type: ignore[arg-type]


def test_a_fit_is_refused_with_the_way_to_watch_it(view: vultorch.View) -> None:
    with pytest.raises(TypeError, match=r"not ImageFit; pass its \.model"):
        view.watch(vultorch.training.ImageFit(torch.rand(4, 4, 3), seed=1))  # type: ignore[arg-type]


def test_a_closed_view_leaves_no_hook(view: vultorch.View) -> None:
    before = len(_global_optimizer_post_hooks)
    model = nn.Linear(4, 1)
    view.watch(model)
    assert len(_global_optimizer_post_hooks) == before + 1
    view.close()
    assert len(_global_optimizer_post_hooks) == before
    assert not model._forward_hooks


def test_the_names_of_wrappers_are_left_out() -> None:
    inner = nn.Sequential(nn.Linear(2, 2))
    wrapped = nn.Module()
    wrapped.module = inner
    assert [layer.name for layer in layers(wrapped)] == ["0"]
    assert [layer.name for layer in layers(nn.Linear(2, 2))] == ["Linear"]
