"""Going back on a GPU: captured steps continue in the same memory, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn import functional

import vultorch_widget as vultorch
from vultorch_widget.checkpoints import TrainingState
from vultorch_widget.training.emblem import emblem
from vultorch_widget.training.image_fit import ImageFit
from vultorch_widget.training.model import TinyMLP, seeded_mlp
from vultorch_widget.training.target import as_target


def parameters(model: torch.nn.Module) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(model.parameters()).detach().clone()


def adam(model: TinyMLP) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), lr=2e-3, fused=True, capturable=True)


def momentum(model: TinyMLP) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)


@pytest.mark.parametrize("optimizer", [adam, momentum])
@pytest.mark.parametrize("at", [0, 20])
def test_a_captured_step_goes_on_from_where_it_was(optimizer: Callable[[TinyMLP], Any], at: int) -> None:
    model = seeded_mlp(32, 0).cuda()
    made = optimizer(model)
    inputs, targets = torch.rand(64, 2, device="cuda"), torch.rand(64, 3, device="cuda")

    @vultorch.graphed
    def step() -> torch.Tensor:
        made.zero_grad()
        loss = functional.mse_loss(functional.dropout(model(inputs), 0.1), targets)
        loss.backward()
        made.step()
        return loss

    state = TrainingState((model, made), {})
    for _ in range(at):
        step()
    checkpoint = state.take()
    there = parameters(model)
    for _ in range(20):
        step()
    addresses = [parameter.data_ptr() for parameter in model.parameters()]
    ends = []
    for _ in range(2):
        state.put_back(checkpoint, state.take(), {})
        assert torch.equal(parameters(model), there)
        for _ in range(20):
            step()
        ends.append(parameters(model))
    assert step.eager_reason == ""
    assert torch.equal(*ends)
    assert [parameter.data_ptr() for parameter in model.parameters()] == addresses


@pytest.mark.parametrize("precision", ["exact", "torch"])
def test_an_image_fit_goes_on_from_where_it_was(precision: Any) -> None:
    fit = ImageFit(as_target(emblem(32)).cuda(), seed=0, precision=precision)
    state = TrainingState((fit,), {})
    fit.step(20)
    checkpoint = state.take()
    fit.step(30)
    end = parameters(fit.model)
    state.put_back(checkpoint, state.take(), {})
    assert fit.iteration == 20
    fit.step(30)
    assert torch.equal(parameters(fit.model), end)
