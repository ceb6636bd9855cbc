"""Which compositor serves a device."""

from __future__ import annotations

from typing import Literal

import torch

from .compositor import Compositor
from .reference import TorchCompositor

Preference = Literal["auto", "vulkan", "torch"]


def open_compositor(device: torch.device, prefer: Preference = "auto") -> tuple[Compositor, str]:
    """A compositor for tensors on ``device``, and why it is not the best there could be (empty where it is)."""
    return TorchCompositor(device), ""
