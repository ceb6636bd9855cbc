from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from vultorch_widget.render.backends import open_compositor

from .tiles import picture

CPU = torch.device("cpu")
ASK = """
import torch
from vultorch_widget.render.backends import open_compositor
compositor, reason = open_compositor(torch.device("cpu"), "vulkan")
print(compositor.name)
print(reason)
"""


def asked(**environment: str) -> list[str]:
    """The compositor's name and the reason that a new process gets."""
    done = subprocess.run(
        [sys.executable, "-c", ASK], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.fixture
def reopened(device, monkeypatch):
    """The device module with no device open. Restores the open device afterwards."""
    from vultorch_widget.render.vulkan import device as module

    monkeypatch.setattr(module, "_open", {})
    return module


def test_vulkan_is_used_if_available(device):
    compositor, reason = open_compositor(CPU)
    assert compositor.name == f"Vulkan · {device.name}"
    assert device.name in compositor.detail
    assert "Vulkan 1." in compositor.detail
    assert reason == ""
    assert (picture(compositor, torch.ones(3, 3)) == 255).all()
    compositor.close()


def test_all_compositors_share_one_device(device):
    from vultorch_widget.render.vulkan import open_device

    assert open_device() is open_device() is device


def test_torch_is_used_if_requested():
    compositor, reason = open_compositor(CPU, "torch")
    assert (compositor.name, reason) == ("torch · cpu", "")
    compositor.close()
    compositor.close()


def test_devices_that_vulkan_cannot_share_memory_with_are_composited_by_torch():
    compositor, reason = open_compositor(torch.device("meta"))
    assert compositor.name == "torch · meta"
    assert "by torch on meta, not by Vulkan: Vulkan shares no memory with devices of the kind 'meta'" in reason


def test_a_missing_driver_is_reported_with_what_to_install():
    nowhere = {"VK_DRIVER_FILES": "/nowhere.json", "VK_ICD_FILENAMES": "/nowhere.json"}
    name, reason = asked(**nowhere)
    assert name == "torch · cpu"
    assert "mesa-vulkan-drivers" in reason
    assert "no Vulkan driver" in reason


def test_a_missing_loader_is_reported_with_what_to_install(tmp_path: Path):
    """The binding raises this on import if it finds no libvulkan."""
    (tmp_path / "vulkan.py").write_text("raise OSError('Cannot find Vulkan SDK version.')\n")
    name, reason = asked(PYTHONPATH=str(tmp_path))
    assert name == "torch · cpu"
    assert "no Vulkan loader (libvulkan.so.1); sudo apt-get install libvulkan1 mesa-vulkan-drivers" in reason


def test_a_missing_binding_is_reported_with_what_to_install(tmp_path: Path):
    (tmp_path / "vulkan.py").write_text("raise ModuleNotFoundError(\"No module named 'vulkan'\", name='vulkan')\n")
    name, reason = asked(PYTHONPATH=str(tmp_path))
    assert name == "torch · cpu"
    assert "pip install vulkan" in reason


def test_too_old_a_device_is_named(reopened, device, monkeypatch):
    monkeypatch.setattr(reopened, "_LEAST_VERSION", reopened.vk.VK_MAKE_VERSION(1, 1, 999) << 1)
    compositor, reason = open_compositor(CPU)
    assert compositor.name == "torch · cpu"
    assert device.name in reason
    assert "is needed" in reason


def test_a_missing_feature_is_named(reopened, device, monkeypatch):
    monkeypatch.setattr(reopened, "_FEATURES", ("bufferDeviceAddress", "shaderInputAttachmentArrayDynamicIndexing"))
    _, reason = open_compositor(CPU)
    assert f"{device.name} lacks shaderInputAttachmentArrayDynamicIndexing" in reason


def test_a_device_without_host_mappable_memory_is_refused(reopened, monkeypatch):
    monkeypatch.setattr(reopened, "_HOST", reopened._HOST | reopened.vk.VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT)
    _, reason = open_compositor(CPU)
    assert "has no memory that the host can map" in reason
