"""Where a tensor is asked for."""

from __future__ import annotations

import torch


def on_hand(device: str | torch.device, caller: str) -> torch.device:
    """``device`` as torch has it.

    Raises RuntimeError, saying that ``caller`` wanted it, where it is a CUDA device and torch has none.
    """
    place = torch.device(device)
    if place.type == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(f"{caller}: torch has no CUDA here for device {str(device)!r}; pass device='cpu'")
    return place
