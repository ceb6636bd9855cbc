"""What a captured step depends on besides the values of tensors."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from vultorch_widget.training import TinyMLP
from vultorch_widget.training.captured import captured_parts


class Training:
    """A tiny network and its optimiser, after a step."""

    def __init__(self) -> None:
        self.model = TinyMLP(8)
        self.model.net.extend([nn.BatchNorm1d(3), nn.Dropout(0.5)])
        self.rate = torch.tensor(1e-3)
        self.optimizer: torch.optim.Optimizer = torch.optim.Adam(self.model.parameters(), lr=self.rate, capturable=True)
        for parameter in self.model.parameters():  # as if it had taken one: on a CPU, it takes none with this option
            self.optimizer.state[parameter] = {"step": torch.zeros(()), "exp_avg": torch.zeros_like(parameter)}

    @property
    def parts(self) -> list[object]:
        return captured_parts(self.model, self.optimizer)


def _option(name: str, value: object) -> Callable[[Training], object]:
    return lambda training: training.optimizer.param_groups[0].__setitem__(name, value)


def _other_memory(training: Training) -> None:
    training.model.net[2].weight.data = training.model.net[2].weight.data.clone()


def _loaded(training: Training) -> None:
    training.optimizer.load_state_dict(copy.deepcopy(training.optimizer.state_dict()))


def _other_optimizer(training: Training) -> None:
    training.optimizer = torch.optim.SGD(training.model.parameters(), lr=0.1)


def _other_running_means(training: Training) -> None:
    training.model.net[6].running_mean = torch.zeros(3)


def _one_more(training: Training) -> None:
    training.optimizer.add_param_group({"params": [torch.ones(2)]})


def _hook(*_: object) -> None: ...


@pytest.mark.parametrize(
    "change",
    [
        _option("weight_decay", 0.1),
        _option("betas", (0.5, 0.9)),
        _option("lr", torch.tensor(1e-3)),
        _option("lr", 1e-3),
        _other_memory,
        _loaded,
        _other_optimizer,
        _one_more,
        lambda training: training.model.net.__setitem__(1, nn.Tanh()),
        lambda training: training.model.net[0].requires_grad_(False),
        lambda training: training.model.eval(),
        lambda training: training.model.net[7].eval(),
        lambda training: setattr(training.model.net[7], "p", 0.1),
        lambda training: setattr(training.model.net[6], "momentum", 0.5),
        _other_running_means,
        lambda training: training.model.net[3].register_forward_hook(_hook),
        lambda training: training.model.net[0].bias.register_hook(_hook),
        lambda training: training.optimizer.register_step_post_hook(_hook),
    ],
)
def test_a_step_that_would_not_notice_is_captured_anew(change: Callable[[Training], object]) -> None:
    training = Training()
    before = training.parts
    change(training)
    assert training.parts != before


def test_a_step_that_notices_stays() -> None:
    training = Training()
    before = training.parts
    training.rate.fill_(0.1)
    training.optimizer.param_groups[0]["betas"] = [0.9, 0.999]  # as a checkpoint may have them
    with torch.no_grad():
        for parameter in training.model.parameters():
            parameter.mul_(2)
            training.optimizer.state[parameter]["step"] += 1
    training.model(torch.rand(4, 2))  # writes the running means
    assert training.parts == before


def test_a_hook_that_is_another_than_before_is_noticed() -> None:
    training = Training()
    handle = training.model.net[0].register_forward_hook(_hook)
    before = training.parts
    handle.remove()
    training.model.net[0].register_forward_hook(_hook)
    assert training.parts != before
