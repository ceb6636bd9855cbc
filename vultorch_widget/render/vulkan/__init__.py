"""The compositor in Vulkan, one concept per module. Importing it raises OSError if there is no Vulkan loader."""

from .compositor import VulkanCompositor
from .device import open_device

__all__ = ["VulkanCompositor", "open_device"]
