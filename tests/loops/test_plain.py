"""A plain loop over batches: `View.loop`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
import torch
from torch.utils.data import BatchSampler, DataLoader, DistributedSampler, IterableDataset, TensorDataset

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.loops.rate import SCALE

from .wrong import wrong_callbacks

SLIDER = f"slider:{SCALE}"


@pytest.fixture
def loader() -> DataLoader:
    generator = torch.Generator().manual_seed(1)
    data = torch.rand(32, 2, generator=generator), torch.rand(32, 1, generator=generator)
    return DataLoader(TensorDataset(*data), batch_size=8)


def progress(view: vultorch.View) -> str:
    (bar,) = [control for control in view.panel("training").store.specs() if control.kind == "progress"]
    return bar.overlay


def logged(view: vultorch.View, name: str) -> list[float]:
    return [row[4] for found, _, rows in view._parts.metrics.patches({}) if found == name for row in rows]


def steps(view: vultorch.View, name: str) -> list[int]:
    return [int(row[0]) for found, _, rows in view._parts.metrics.patches({}) if found == name for row in rows]


def test_every_batch_is_a_frame_and_the_progress_is_shown(view: vultorch.View, loader: DataLoader) -> None:
    batches = list(view.loop(loader, epochs=3))
    assert len(batches) == 12
    torch.testing.assert_close(batches[0][0], loader.dataset.tensors[0][:8])
    assert progress(view) == "epoch 3 of 3 · batch 4 of 4"
    assert view.state == "idle"


def test_a_loader_without_a_length_is_gone_through_to_its_end(view: vultorch.View) -> None:
    assert list(view.loop(iter([1, 2, 3]))) == [1, 2, 3]
    assert progress(view) == "epoch 1 of 1 · batch 3"


class Numbers(IterableDataset):
    def __iter__(self) -> Iterator[int]:
        return iter(range(6))


def test_a_loader_that_cannot_say_how_long_it_is_is_gone_through_to_its_end(view: vultorch.View) -> None:
    assert sum(len(batch) for batch in view.loop(DataLoader(Numbers(), batch_size=4), epochs=2)) == 12
    assert progress(view) == "epoch 2 of 2 · batch 2"


@pytest.mark.parametrize("error", [NotImplementedError(), ValueError("-1")])
def test_a_loader_whose_length_raises_is_gone_through_to_its_end(view: vultorch.View, error: Exception) -> None:
    class Unmeasured(list[int]):
        def __len__(self) -> int:
            raise error

    assert list(view.loop(Unmeasured([1, 2, 3]))) == [1, 2, 3]
    assert progress(view) == "epoch 1 of 1 · batch 3"


def test_a_distributed_sampler_has_another_order_in_each_epoch_also_within_a_sampler_of_batches(
    view: vultorch.View, loader: DataLoader
) -> None:
    def sampler() -> DistributedSampler:
        return DistributedSampler(loader.dataset, num_replicas=1, rank=0)

    batched = DataLoader(loader.dataset, batch_sampler=BatchSampler(sampler(), 8, drop_last=False))
    for each in (DataLoader(loader.dataset, batch_size=8, sampler=sampler()), batched):
        epochs = torch.cat([batch[0] for batch in view.loop(each, epochs=2)]).reshape(2, 32, 2)
        assert not epochs[0].equal(epochs[1])


def test_the_epoch_that_the_program_has_told_a_distributed_sampler_stays(
    view: vultorch.View, loader: DataLoader
) -> None:
    sampler = DistributedSampler(loader.dataset, num_replicas=1, rank=0)
    shuffled = DataLoader(loader.dataset, batch_size=8, sampler=sampler)
    for epoch in range(3):
        sampler.set_epoch(epoch)
        plain = torch.cat([batch[0] for batch in shuffled])
        assert torch.cat([batch[0] for batch in view.loop(shuffled)]).equal(plain)
        assert sampler.epoch == epoch


def test_a_second_loop_whose_body_logs_nothing_has_steps_of_its_own(view: vultorch.View, loader: DataLoader) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.5)
    for _ in range(2):
        for _ in view.loop(loader, optimizer=optimizer):
            optimizer.step()
    assert steps(view, "lr") == list(range(1, 9))


def test_stop_ends_the_loop_and_the_next_one_begins_anew(view: vultorch.View, loader: DataLoader) -> None:
    page = Page(view).open()
    seen = 0
    for _ in view.loop(loader, epochs=1000):
        seen += 1
        if seen == 6:
            page.command("stop")
    assert (seen, view.state) == (6, "stopped")
    assert len(list(view.loop(loader))) == 4


def test_a_loop_that_is_left_in_the_middle_runs_no_more(view: vultorch.View, loader: DataLoader) -> None:
    for _ in view.loop(loader):
        break
    assert view.state == "idle"


def test_a_watched_loop_that_a_traceback_keeps_is_over_when_the_next_one_begins(
    view: vultorch.View, loader: DataLoader
) -> None:
    watch = view.watch()
    kept = watch.loop(loader)
    next(kept)
    view._parts.loop.end()  # so does a cell that ends with an exception
    seen = 0
    for _ in watch.loop(loader):
        seen += 1
        kept.close()  # is freed meanwhile
        assert view.state == "running"
    assert (seen, view.state) == (4, "idle")


def test_the_slider_of_an_interrupted_loop_acts_no_more(view: vultorch.View, loader: DataLoader) -> None:
    page = Page(view).open()
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.5)
    kept = view.loop(loader, optimizer=optimizer, lr="scale")
    next(kept)
    page.set("training", SLIDER, 2.0)
    next(kept)
    view._parts.loop.end()  # so does a cell that is interrupted; its traceback keeps the iterator
    for number, _ in enumerate(view.loop(loader, optimizer=optimizer, lr="scale")):
        optimizer.step()
        assert optimizer.param_groups[0]["lr"] == 0.5
        if number == 1:
            kept.close()  # is freed meanwhile
            assert view._parts.tree.in_frame
    assert len(optimizer._optimizer_step_pre_hooks) == 0
    assert logged(view, "lr")[-4:] == [1.0] * 4
    assert view.state == "idle"


def test_a_validation_within_takes_part_in_the_training(view: vultorch.View, loader: DataLoader) -> None:
    page = Page(view).open()
    states = []
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.5)
    for number, _ in enumerate(view.loop(loader, epochs=100, optimizer=optimizer, lr="scale")):
        for _ in view.loop(loader):
            states.append(view.state)
            assert any(control.id == SLIDER for control in view.panel("training").store.specs()) or number == 0
            if number == 2:
                page.command("stop")
        view.panel("mine").slider("in a frame")
    assert set(states) == {"running"}
    assert len(states) == 9  # two whole validations, and one batch of the third
    assert view.state == "stopped"


def test_the_slider_multiplies_the_rate_and_the_schedule_stays_exact(view: vultorch.View, loader: DataLoader) -> None:
    page = Page(view).open()
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], 0.5)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    moved = []
    for number, _ in enumerate(view.loop(loader, epochs=2, optimizer=optimizer, lr="scale")):
        before = weight.item()
        weight.grad = torch.ones(1)
        optimizer.step()
        moved.append(before - weight.item())
        assert optimizer.param_groups[0]["lr"] == pytest.approx(0.5 * 0.9**number, abs=1e-12)
        schedule.step()
        if number == 3:
            page.set("training", SLIDER, 4.0)
    factors = [1.0] * 4 + [4.0] * 4
    expected = [0.5 * 0.9**number * factor for number, factor in enumerate(factors)]
    assert moved == pytest.approx(expected, rel=1e-5)
    assert logged(view, "lr") == pytest.approx(expected, abs=1e-12)
    assert not optimizer._optimizer_step_pre_hooks
    assert not optimizer._optimizer_step_post_hooks


def test_controls_are_shown_and_act_although_a_callback_raises_in_every_frame(
    view: vultorch.View, loader: DataLoader
) -> None:
    page = Page(view).open()
    mine = view.panel("mine")

    @view.on_frame
    def fail() -> None:
        if not mine.checkbox("broken", default=True):
            mine.text("in order")
            mine.slider("after")
            return
        mine.slider("before")
        raise ZeroDivisionError

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.5)
    for number, _ in enumerate(view.loop(loader, epochs=4, optimizer=optimizer, lr="scale")):
        optimizer.step()
        if number == 2:
            page.set("training", SLIDER, 2.0)
            assert progress(view) == "epoch 1 of 4 · batch 2 of 4"
        if number == 5:
            assert [control.label for control in mine.store.specs()] == ["broken", "before"]
            page.set("mine", "checkbox:broken", False)
        if number == 8:
            assert "after" in [control.id.partition(":")[2] for control in mine.store.specs()]
            page.set("mine", "checkbox:broken", True, 2)
    assert [control.id for control in mine.store.specs()].count("slider:after") == 1  # it stays
    assert logged(view, "lr") == [0.5] * 3 + [1.0] * 13
    assert (view.state, view.frame_count) == ("idle", 17)
    assert type(view.last_error) is ZeroDivisionError
    (notice,) = view._parts.tree.notices
    assert notice.startswith("view.on_frame has failed; the training goes on. ZeroDivisionError")


def test_callbacks_of_events_that_raise_are_told_once_and_the_loop_goes_on(
    view: vultorch.View, loader: DataLoader
) -> None:
    with wrong_callbacks(view) as counts:
        assert len(list(view.loop(loader, epochs=4))) == 16
    assert counts["failed"] == 0
    assert min(counts["on_pointer"], counts["reset"]) > 1
    assert view.state == "idle"
    assert isinstance(view.last_error, KeyError | ZeroDivisionError)
    assert sorted(view._parts.tree.notices) == [
        "on_pointer of canvas 'c' has failed; the training goes on. KeyError: 'no such brush'",
        "view.reset has failed; the training goes on. ZeroDivisionError: ",
    ]


def test_after_such_a_loop_they_fail_the_view_again(view: vultorch.View, loader: DataLoader) -> None:
    view.on_frame(lambda: None)
    list(view.loop(loader))
    view.on_frame(lambda: 1 / 0)
    assert view.step()
    with pytest.raises(ZeroDivisionError):
        view.end_step()
    assert view.state == "failed"


@pytest.mark.parametrize("ask", ["pause", "stop"])
def test_a_callback_that_raises_does_not_undo_what_the_user_has_asked_for(
    ask: str, view: vultorch.View, loader: DataLoader
) -> None:
    page = Page(view).open()
    frames = count()

    @view.on_frame
    def fail() -> None:
        if next(frames) == 2:
            getattr(view, ask)()
            page.command("stop")  # or the paused loop would wait for ever
        raise ZeroDivisionError

    assert len(list(view.loop(loader))) == 3
    assert view.state == "stopped"


def test_what_the_body_logs_sets_the_steps(view: vultorch.View, loader: DataLoader) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.5)
    for _ in view.loop(loader, optimizer=optimizer):
        optimizer.step()
        view.log(loss=1.0)
    assert steps(view, "loss") == steps(view, "lr") == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"epochs": 0}, ValueError, "epochs must be a number of epochs, 1 or more, not 0"),
        ({"lr": "double"}, ValueError, "lr must be 'scale', 'hold' or None, not 'double'"),
        ({"every": 0}, ValueError, "every must be a number of steps, 1 or more, not 0"),
        ({"show": 3}, TypeError, "show must be a function"),
        ({"optimizer": 0.1}, TypeError, "optimizer must be an optimiser of torch's, not float"),
    ],
)
def test_wrong_arguments_are_refused_before_the_first_batch(view, loader, arguments, error, said) -> None:
    with pytest.raises(error, match=said):
        view.loop(loader, **arguments)
