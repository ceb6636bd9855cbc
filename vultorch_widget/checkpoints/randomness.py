"""The states of the process's global random number generators."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import numpy as np
import torch


class Randomness(NamedTuple):
    """States of the global generators of torch, of those CUDA devices that are in use, of NumPy and of Python."""

    torch_cpu: torch.Tensor
    torch_cuda: tuple[torch.Tensor, ...]
    numpy: dict[str, Any]
    python: tuple[int, np.ndarray, float | None]

    @property
    def bytes(self) -> int:
        """Approximately how much memory they take."""
        return 8192 + self.torch_cpu.nbytes + sum(state.nbytes for state in self.torch_cuda)


def randomness() -> Randomness:
    """Returns the current states."""
    version, words, gauss = random.getstate()
    on_devices = torch.cuda.default_generators if torch.cuda.is_initialized() else ()  # type: ignore[no-untyped-call]
    return Randomness(
        torch.get_rng_state(),
        tuple(generator.get_state() for generator in on_devices),
        np.random.get_state(legacy=False),
        (version, np.array(words, np.uint32), gauss),
    )


def restore_randomness(saved: Randomness) -> None:
    """Sets all generators. Devices that were not in use at the time keep their own state."""
    torch.set_rng_state(saved.torch_cpu)
    if saved.torch_cuda:
        for generator, state in zip(torch.cuda.default_generators, saved.torch_cuda, strict=False):
            generator.set_state(state)
    np.random.set_state(saved.numpy)
    version, words, gauss = saved.python
    random.setstate((version, tuple(words.tolist()), gauss))
