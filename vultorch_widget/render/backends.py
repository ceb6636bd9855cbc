"""Which compositor serves a device."""

from __future__ import annotations

from typing import Literal

import torch

from .compositor import Compositor, CompositorError
from .reference import TorchCompositor

Preference = Literal["auto", "vulkan", "torch"]

_PACKAGES = "sudo apt-get install libvulkan1 mesa-vulkan-drivers"


def open_compositor(device: torch.device, prefer: Preference = "auto") -> tuple[Compositor, str]:
    """A compositor for tensors on ``device``, and why it is not the best there could be (empty where it is).

    ``prefer="torch"`` takes the reference without a word; ``"auto"`` and ``"vulkan"`` take Vulkan where they can.
    """
    if prefer == "torch":
        return TorchCompositor(device), ""
    if device.type != "cpu":
        return TorchCompositor(device), f"Tensors on {device} are composited by torch, on that device."
    try:
        return _open_vulkan(), ""
    except CompositorError as error:
        return TorchCompositor(device), f"Pictures are composited by torch on the CPU, not by Vulkan: {error}."


def _open_vulkan() -> Compositor:
    try:
        from .vulkan import VulkanCompositor, open_device  # noqa: PLC0415 (a second's fraction, and may fail)
    except ImportError as error:
        raise CompositorError(f"the package {error.name} is not installed; pip install {error.name}") from error
    except OSError as error:  # what the binding raises where it finds no loader
        raise CompositorError(f"there is no Vulkan loader (libvulkan.so.1); {_PACKAGES}") from error
    return VulkanCompositor(open_device())
