"""What runs beside a training leaves its random numbers, gradients and modes alone."""

from __future__ import annotations

import random

import numpy as np
import torch

from vultorch_widget.loops.aside import aside


def drawn() -> list[float]:
    return [random.random(), float(np.random.rand()), torch.rand(()).item()]


def test_random_numbers_modes_and_gradients_are_as_they_were() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout())
    model[1].eval()
    random.seed(1)
    np.random.seed(1)
    torch.manual_seed(1)
    expected = drawn()
    random.seed(1)
    np.random.seed(1)
    torch.manual_seed(1)
    with aside(model):
        drawn()
        assert not model[0].training
        assert not model(torch.ones(2)).requires_grad
    assert drawn() == expected
    assert model[0].training
    assert not model[1].training
    assert torch.is_grad_enabled()
