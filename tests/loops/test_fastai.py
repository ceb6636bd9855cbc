"""What only fastai does: validations and predictions on their own send the events of a fit."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch.utils.data import DataLoader

import vultorch_widget as vultorch
from tests.page import Page

from .trainers import EPOCHS, STEPS, Net, data, nothing, seed, state

if TYPE_CHECKING:  # its import warns, which only tests may ignore
    from fastai.learner import Learner

pytestmark = pytest.mark.filterwarnings("ignore")  # fastai has many of its own
EVERY = list(range(1, EPOCHS * STEPS + 1))
ASIDE: dict[str, Callable[[Learner], Any]] = {
    "validate": lambda learn: learn.validate(),
    "get_preds": lambda learn: learn.get_preds(dl=learn.dls.valid),
}


@pytest.fixture(params=ASIDE)
def aside(request: pytest.FixtureRequest) -> Callable[[Learner], Any]:
    return ASIDE[request.param]


def learner(folder: Path, *callbacks: Any, evaluating: Callable[[], None] = nothing) -> Learner:
    import fastai.callback.progress  # noqa: F401 (it adds no_bar)
    from fastai.data.core import DataLoaders
    from fastai.learner import AvgMetric, Learner

    loaders = DataLoaders(DataLoader(data(), 8, shuffle=True), DataLoader(data(), 16), device=torch.device("cpu"))
    far = AvgMetric(lambda answer, target: (answer - target).abs().max())
    far.func.__name__ = "far"
    return Learner(loaders, Net(evaluating), loss_func=torch.nn.MSELoss(), cbs=callbacks, metrics=far, path=folder)


def fit(learn: Learner) -> None:
    seed()
    with learn.no_bar(), learn.no_logging():
        learn.fit(EPOCHS, 0.1)


def history(view: vultorch.View) -> dict[str, list[list[float]]]:
    return {name: rows.tolist() for name, rows in view.history().items()}


def test_an_untrained_learner_validates_and_predicts(
    aside: Callable[[Learner], Any], view: vultorch.View, tmp_path: Path
) -> None:
    expected = aside(learner(tmp_path))
    learn = learner(tmp_path, view.watch(lr="hold").fastai())
    with learn.no_bar():
        found = aside(learn)
    assert all(torch.equal(torch.as_tensor(a), torch.as_tensor(b)) for a, b in zip(found, expected, strict=True))
    assert view.frame_count > STEPS // 2
    assert (history(view), view.state, view._parts.tree.notices) == ({}, "idle", [])


def test_stop_lets_a_validation_on_its_own_finish(
    aside: Callable[[Learner], Any], view: vultorch.View, tmp_path: Path
) -> None:
    page, calls = Page(view).open(), itertools.count(1)

    def stop() -> None:
        if next(calls) == 2:
            page.command("stop")

    learn = learner(tmp_path, view.watch().fastai(), evaluating=stop)
    with learn.no_bar():
        found = aside(learn)
    expected = aside(learner(tmp_path))
    assert all(torch.equal(torch.as_tensor(a), torch.as_tensor(b)) for a, b in zip(found, expected, strict=True))
    assert (view.state, view._parts.tree.notices) == ("stopped", [])


def test_show_may_predict_with_the_learner_in_the_middle_of_its_fit(
    aside: Callable[[Learner], Any], view: vultorch.View, tmp_path: Path
) -> None:
    plain = learner(tmp_path)
    fit(plain)
    pages, shown = Page(view).open(), 0

    def show() -> None:
        nonlocal shown
        shown += 1
        with learn.no_bar():
            aside(learn)

    learn = learner(tmp_path, view.watch(show).fastai())
    fit(learn)
    assert all(torch.equal(a, b) for a, b in zip(state(learn.model), state(plain.model), strict=True))
    assert [list(values) for values in learn.recorder.values] == [list(values) for values in plain.recorder.values]
    assert learn.recorder.losses == plain.recorder.losses
    assert [int(step) for step, _ in history(view)["train_loss"]] == EVERY
    assert shown == EPOCHS * STEPS
    assert pages.updates
    assert (view.state, view._parts.tree.notices) == ("idle", [])


@pytest.mark.parametrize(("every", "shown"), [(None, 0), (10, EPOCHS * STEPS // 10), (1, EPOCHS * STEPS)])
def test_the_learner_is_copied_only_when_show_is_called(
    every: int | None, shown: int, view: vultorch.View, tmp_path: Path
) -> None:
    from fastai.callback.core import Callback

    class Copied(Callback):
        copies = 0

        def __getattribute__(self, name: str) -> Any:
            if name == "__dict__":
                Copied.copies += 1
            return super().__getattribute__(name)

    fit(learner(tmp_path, Copied()))
    plain, Copied.copies = Copied.copies, 0
    watch = view.watch() if every is None else view.watch(lambda: {"picture": torch.zeros(4, 4)}, every=every)
    fit(learner(tmp_path, Copied(), watch.fastai()))
    assert Copied.copies - plain == shown


def test_a_validation_in_another_callback_leaves_the_next_epochs_watched(view: vultorch.View, tmp_path: Path) -> None:
    from fastai.callback.core import Callback

    class Again(Callback):
        order = 90

        def after_epoch(self) -> None:
            if self.learn.epoch == 1 and self.learn.training is False and not asked:
                asked.append(self.learn.train_iter)
                self.learn.validate()

    asked: list[int] = []
    learn = learner(tmp_path, Again(), view.watch().fastai())
    fit(learn)
    assert asked == [2 * STEPS]
    assert [int(step) for step, _ in history(view)["train_loss"]] == EVERY
    assert (view.state, view._parts.tree.notices) == ("idle", [])


def test_a_later_validation_leaves_the_history_alone(
    aside: Callable[[Learner], Any], view: vultorch.View, tmp_path: Path
) -> None:
    learn = learner(tmp_path, view.watch().fastai())
    fit(learn)
    before = history(view)
    assert before["far"][-1][1] == pytest.approx(learn.recorder.values[-1][2])
    with learn.no_bar():
        aside(learn)
    assert history(view) == before


def test_values_keep_their_names_in_an_epoch_whose_training_was_cancelled(view: vultorch.View, tmp_path: Path) -> None:
    from fastai.callback.core import Callback, CancelTrainException

    class Cancel(Callback):
        def after_batch(self) -> None:
            if self.learn.training and self.learn.epoch == 1 and self.learn.iter == 2:
                raise CancelTrainException

    learn = learner(tmp_path, Cancel(), view.watch().fastai())
    fit(learn)
    found = history(view)
    assert len(found["train_loss of the epoch"]) == EPOCHS - 1
    assert [value for _, value in found["valid_loss"]] == pytest.approx([v[-2] for v in learn.recorder.values])
    assert [value for _, value in found["far"]] == pytest.approx([v[-1] for v in learn.recorder.values])
