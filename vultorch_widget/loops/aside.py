"""Runs a user's code during a training without affecting it: gradients, random numbers and modes stay untouched."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def aside(model: torch.nn.Module | None) -> Iterator[None]:
    """Runs its body without gradients and with ``model`` in evaluation mode. Afterwards modes and random states are
    restored.

    Dropout would take random numbers from the training, and batch normalisation would update its statistics.
    """
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()
    on_gpus = {device: torch.cuda.get_rng_state(device) for device in _gpus()}
    training = [module for module in model.modules() if module.training] if model is not None else []
    for module in training:
        module.training = False  # `eval()` may be overridden, and would walk all modules again
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True
        for device, state in on_gpus.items():
            torch.cuda.set_rng_state(state, device)
        torch.set_rng_state(states[0])
        random.setstate(states[1])
        np.random.set_state(states[2])


def _gpus() -> list[int]:
    """The GPUs that this process has used. To use another one takes its memory, and a training on it would begin so."""
    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return []
    used = getattr(torch._C, "_cuda_hasPrimaryContext", lambda _: True)
    return [device for device in range(torch.cuda.device_count()) if used(device)]
