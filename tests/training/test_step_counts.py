"""When Adam's counts of steps are read, and what they have to be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from vultorch_widget.training import TinyMLP
from vultorch_widget.training.step_counts import StepCounts
from vultorch_widget.training.unfit import UnfitError


class Training:
    """A tiny network and its optimiser, which has taken two steps."""

    def __init__(self) -> None:
        self.model = TinyMLP(8)
        self.optimizer = torch.optim.Adam(self.model.parameters())
        self.step()
        self.step()

    def step(self) -> None:
        self.optimizer.zero_grad()
        self.model(torch.ones(4, 2)).sum().backward()
        self.optimizer.step()

    @property
    def counts(self) -> list[torch.Tensor]:
        return [self.optimizer.state[parameter]["step"] for parameter in self.model.parameters()]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Each time that counts are read."""
    made: list[object] = []
    stack = torch.stack
    monkeypatch.setattr(torch, "stack", lambda tensors: made.append(tensors) or stack(tensors))
    return made


def _frozen(training: Training) -> None:
    training.model.net[2].requires_grad_(False)
    training.step()
    training.model.net[2].requires_grad_(True)


def _written(training: Training) -> None:
    training.counts[3].fill_(7)


def _other_memory(training: Training) -> None:
    state = training.optimizer.state[training.model.net[4].bias]
    state["step"] = torch.tensor(1.0)


def test_counts_are_read_once_and_all_together(reads: list[object]) -> None:
    training, counts = Training(), StepCounts()
    for _ in range(5):
        counts.check(training.counts)
    assert len(reads) == 1
    training.step()  # by torch, for all parameters
    counts.check(training.counts)
    counts.check(training.counts)
    assert len(reads) == 2
    counts.forget()
    counts.check(training.counts)
    assert len(reads) == 3


@pytest.mark.parametrize("change", [_frozen, _written, _other_memory])
def test_counts_that_differ_are_refused_until_they_are_equal_again(change: Callable[[Training], None]) -> None:
    training, counts = Training(), StepCounts()
    counts.check(training.counts)
    change(training)
    for _ in range(2):
        with pytest.raises(UnfitError, match="has not taken the same number of steps for all parameters"):
            counts.check(training.counts)
    for count in training.counts:
        count.fill_(9)
    counts.check(training.counts)


def test_counts_made_in_inference_mode_are_read_once(reads: list[object]) -> None:
    with torch.inference_mode():
        made = [torch.zeros(()) for _ in range(6)]
        counts = StepCounts()
        counts.check(made)
        counts.check(made)
    assert len(reads) == 1
