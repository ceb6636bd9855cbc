"""Runs a user's code beside a training without changing the training: no gradients, no random numbers, no modes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def aside(model: torch.nn.Module | None) -> Iterator[None]:
    """Without gradients, with ``model`` in evaluation mode. Afterwards modes and random states are as before.

    Dropout would take random numbers from the training, and batch normalisation would count what it is shown.
    """
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()
    on_gpu = torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None  # type: ignore[no-untyped-call]
    training = [module for module in model.modules() if module.training] if model is not None else []
    for module in training:
        module.training = False  # `eval()` may be overridden, and would walk all modules once more
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True
        if on_gpu is not None:
            torch.cuda.set_rng_state(on_gpu)
        torch.set_rng_state(states[0])
        random.setstate(states[1])
        np.random.set_state(states[2])
