"""A step that cannot become a CUDA graph. `tests/gpu/test_training.py` tests those that can."""

from __future__ import annotations

import torch

from vultorch_widget.training.cuda_graph import WARM_UP, GraphedStep


def test_on_a_cpu_every_step_runs_as_it_is_also_after_a_reset() -> None:
    total = torch.zeros((), requires_grad=True)
    step = GraphedStep(lambda: total.detach().add_(1) + 0 * total, "cpu")
    for _ in range(WARM_UP + 2):
        step()
    step.reset()
    assert step.eager_reason == "steps on 'cpu' cannot be captured"
    assert not step.captured
    taken = step()
    assert float(taken) == WARM_UP + 3
    assert not taken.requires_grad
