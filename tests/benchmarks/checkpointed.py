"""The share of its steps that a training keeps while checkpoints of it are taken, at the default spacing.

::

    python -m tests.benchmarks.checkpointed

Two identical trainings, with and without `View.checkpoint`, take turns of a second each, so that other load on the
machine affects both.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

import vultorch_widget as vultorch

ROUNDS = 24


def small(title: str, *, checkpoints: bool) -> vultorch.View:
    """A fit of 64 by 64 pixels by 4,547 parameters with Adam."""
    layers = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3), nn.Sigmoid())
    optimizer = torch.optim.Adam(layers.parameters(), 2e-3)
    return trained(title, layers, optimizer, torch.rand(4096, 2), torch.rand(4096, 3), checkpoints=checkpoints)


def large(title: str, *, checkpoints: bool) -> vultorch.View:
    """100 MB of parameters with SGD and momentum, which are 200 MB of state."""
    layers = nn.Sequential(nn.Linear(2500, 5000), nn.ReLU(), nn.Linear(5000, 2500))
    optimizer = torch.optim.SGD(layers.parameters(), 1e-3, momentum=0.9)
    return trained(title, layers, optimizer, torch.rand(32, 2500), torch.rand(32, 2500), checkpoints=checkpoints)


def trained(
    title: str,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    *,
    checkpoints: bool,
) -> vultorch.View:
    """A view of this training."""
    view = vultorch.View(title, headless=True)
    if checkpoints:
        view.checkpoint(model, optimizer)

    @view.on_frame
    def frame() -> None:
        optimizer.zero_grad()
        loss = functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        view.log(loss=loss)

    return view


def turn(view: vultorch.View) -> float:
    """Steps per second over a second of frames."""
    begun, count = time.perf_counter(), 0
    while (passed := time.perf_counter() - begun) < 1:
        view.run(max_frames=4)
        count += 4
    return count / passed


def kept(make: Callable[..., vultorch.View]) -> tuple[float, int, float]:
    """The share of steps kept, the number of checkpoints, and the share of time they took by the budget's own clock."""
    plain, copied = make("plain", checkpoints=False), make("copied", checkpoints=True)
    keeper = copied._parts.session.keeper
    for view in (plain, copied):
        turn(view)
    sums = [0.0, 0.0]
    spent = keeper.budget.spent
    for index in range(ROUNDS):
        for which in (0, 1) if index % 2 else (1, 0):
            sums[which] += turn((plain, copied)[which])
    return sums[1] / sums[0], len(keeper.ring), (keeper.budget.spent - spent) / ROUNDS


if __name__ == "__main__":
    torch.set_num_threads(1)
    for make in (small, large):
        share, count, took = kept(make)
        print(f"{make.__doc__} steps kept {share:.3f}, {count} checkpoints, {took:.4f} of the time")
