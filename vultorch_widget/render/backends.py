"""Chooses the compositor for a device."""

from __future__ import annotations

from typing import Literal

import torch

from ..basics.threads import few_cores
from .averaging import HostAverages
from .compositor import Compositor, CompositorError
from .rounding import HostRounding
from .torch_compositor import TorchCompositor

Preference = Literal["auto", "vulkan", "torch"]

_PACKAGES = "sudo apt-get install libvulkan1 mesa-vulkan-drivers"


def open_compositor(device: torch.device, prefer: Preference = "auto") -> tuple[Compositor, str]:
    """Returns a compositor for tensors on ``device``, and the reason if it is not the best kind (else an empty string).

    ``prefer="torch"`` gives the reference, without a reason. ``"auto"`` and ``"vulkan"`` give Vulkan if it works;
    ``"auto"`` relieves it: on a GPU by `DirectKernels`, on the host by a `HostRounding` and, if a software Vulkan has
    few cores, by `HostAverages` as well.
    """
    if prefer == "torch":
        return TorchCompositor(device), ""
    try:
        if device.type == "cpu":
            return _open_vulkan(relieved=prefer == "auto"), ""
        compositor = _open_cuda(device)
        return (compositor, "") if prefer != "auto" else _relieved_by_cuda(compositor, device)
    except CompositorError as error:
        where = "the CPU" if device.type == "cpu" else device
        return TorchCompositor(device), f"Pictures are composited by torch on {where}, not by Vulkan: {error}."


def cuda_major() -> str:
    """The major version of CUDA that torch was built with, or ``"13"`` if it was built without CUDA."""
    return (torch.version.cuda or "13").partition(".")[0]


def cuda_extra() -> str:
    """The requirement to pip-install for sharing memory between Vulkan and CUDA."""
    return f"'vultorch-widget[cuda{cuda_major()}]'"


def numbered(device: torch.device) -> torch.device:
    """``device`` with an explicit index: plain "cuda" means the current device."""
    current = device.type == "cuda" and device.index is None
    return torch.device("cuda", torch.cuda.current_device()) if current else device


def _open_vulkan(*, relieved: bool) -> Compositor:
    try:
        from .vulkan import VulkanCompositor, open_device  # noqa: PLC0415 (slow, and may fail)
    except (ImportError, OSError) as error:
        raise _unavailable(error) from error
    compositor = VulkanCompositor(open_device())
    if not relieved:
        return compositor
    rounding = HostRounding(compositor)
    return HostAverages(rounding) if compositor.software and few_cores() else rounding


def _open_cuda(device: torch.device) -> Compositor:
    if device.type != "cuda":
        raise CompositorError(f"Vulkan shares no memory with devices of the kind {device.type!r}")
    try:
        from .vulkan.cuda_compositor import CudaCompositor  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise _unavailable(error) from error
    return CudaCompositor(numbered(device))


def _relieved_by_cuda(compositor: Compositor, device: torch.device) -> tuple[Compositor, str]:
    """Wraps ``compositor`` so that CUDA kernels make most pictures, or says why that is not possible."""
    from .cuda import DirectKernels  # noqa: PLC0415 (already imported by now)

    try:
        return DirectKernels(compositor, numbered(device)), ""
    except Exception as error:  # whatever it is, Vulkan makes the pictures
        why = f"CUDA could not compile or load kernels for them ({error})"
        return compositor, f"Pictures take more of the training's time than they need: {why}."


def _unavailable(error: ImportError | OSError) -> CompositorError:
    """The reason for the user. The Vulkan binding raises OSError if it finds no loader."""
    if isinstance(error, OSError):
        return CompositorError(f"there is no Vulkan loader (libvulkan.so.1); {_PACKAGES}")
    package = (error.name or "").partition(".")[0]
    if package in ("cuda", "cupy"):
        return CompositorError(f"the package {error.name} is not installed; pip install {cuda_extra()}")
    return CompositorError(f"the package {error.name} is not installed; pip install {error.name}")
