"""The compute pipelines: one shader, specialised for each kind of tile."""

from __future__ import annotations

import threading
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import vulkan as vk

from .device import Device

GROUP = (32, 8)
"""Pixels per workgroup, (width, height); as in the shader."""
PUSH_SIZE = 128
"""Bytes of the shader's push constants."""


class Variant(NamedTuple):
    """The values of the shader's specialisation constants, in the order of their numbers; see ``composite.comp``."""

    encoding: int
    filter: int
    channels: int
    look: int
    grid: int
    second: int
    second_encoding: int


class Pipelines:
    """The pipelines of one device, each made when it is first needed. Thread-safe.

    Attributes:
        layout: Their common `VkPipelineLayout`, which has only push constants.

    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._lock = threading.Lock()
        self._made: dict[Variant, Any] = {}
        code = resources.files(__package__.rpartition(".")[0]).joinpath("shaders/composite.spv").read_bytes()
        self._module = vk.vkCreateShaderModule(
            device.handle, vk.VkShaderModuleCreateInfo(codeSize=len(code), pCode=code), None
        )
        push = vk.VkPushConstantRange(stageFlags=vk.VK_SHADER_STAGE_COMPUTE_BIT, offset=0, size=PUSH_SIZE)
        info = vk.VkPipelineLayoutCreateInfo(pushConstantRangeCount=1, pPushConstantRanges=[push])
        self.layout = vk.vkCreatePipelineLayout(device.handle, info, None)

    def get(self, variant: Variant) -> Any:
        """The `VkPipeline` of ``variant``. Raises `vk.VkError`."""
        with self._lock:
            if variant not in self._made:
                self._made[variant] = self._make(variant)
            return self._made[variant]

    def _make(self, variant: Variant) -> Any:
        values = vk.ffi.new("uint32_t[]", list(variant))
        entries = [vk.VkSpecializationMapEntry(constantID=n, offset=4 * n, size=4) for n in range(len(variant))]
        constants = vk.VkSpecializationInfo(
            mapEntryCount=len(entries), pMapEntries=entries, dataSize=4 * len(variant), pData=values
        )
        # In a variable: the structure around it copies pointers, not what they point to.
        stage = vk.VkPipelineShaderStageCreateInfo(
            stage=vk.VK_SHADER_STAGE_COMPUTE_BIT, module=self._module, pName="main", pSpecializationInfo=constants
        )
        info = vk.VkComputePipelineCreateInfo(stage=stage, layout=self.layout)
        return vk.vkCreateComputePipelines(self._device.handle, None, 1, [info], None)[0]


@cache
def pipelines(device: Device) -> Pipelines:
    """The pipelines of ``device``, shared by all its compositors. They live as long as the device."""
    return Pipelines(device)
