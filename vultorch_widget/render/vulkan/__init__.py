"""The compositor in Vulkan, one concept of it a module. Importing it raises OSError where there is no Vulkan loader."""

from .compositor import VulkanCompositor
from .device import open_device

__all__ = ["VulkanCompositor", "open_device"]
