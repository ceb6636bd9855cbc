"""Chooses and opens the Vulkan devices that composite.

One device serves the host tensors of every view in the process, and one serves each CUDA device. They live as long as
the process: opening one takes tens of milliseconds and starts a software driver's worker threads, while an idle one
costs nothing, and tensors in its memory may outlive every view. Only a lost device is replaced. A forked child opens
its own, because no driver survives a fork.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import Any

import vulkan as vk

from ..compositor import CompositorError
from . import external_handles

_INSTALL = "install the driver of the GPU, or the software one with: sudo apt-get install mesa-vulkan-drivers"
_LEAST_VERSION = vk.VK_MAKE_VERSION(1, 2, 0)
_FEATURES = ("timelineSemaphore", "bufferDeviceAddress")
_RANK = {
    vk.VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: 4,
    vk.VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: 3,
    vk.VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: 2,
    vk.VK_PHYSICAL_DEVICE_TYPE_CPU: 1,
}
# Cached: torch accesses this memory at full speed. Coherent: neither side needs to flush.
_HOST = vk.VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | vk.VK_MEMORY_PROPERTY_HOST_COHERENT_BIT
_HOST |= vk.VK_MEMORY_PROPERTY_HOST_CACHED_BIT


@dataclass(eq=False)
class Device:
    """An open device with one compute queue.

    Attributes:
        handle, queue: The `VkDevice` and its `VkQueue`. Hold ``lock`` to submit: threads may share the queue.
        family: Index of the queue's family.
        memory_types: Indices of the memory types that the host can map, cached and coherent; device-local ones first.
        local_types: Indices of the device-local memory types.
        name: The driver's name for it, such as ``"llvmpipe (LLVM 15.0.6, 256 bits)"``.
        detail: Driver and versions.
        software: Whether it is a program on the processor.
        lost: True once the device is lost or hung; `open_device` then opens another.
        hung: True once work did not end in time. That work may still access any memory.
        process: The process that opened it.
        shared: Every live shared allocation: its base address in torch -> (bytes, address on the device).

    """

    handle: Any
    queue: Any
    family: int
    memory_types: tuple[int, ...]
    local_types: tuple[int, ...]
    name: str
    detail: str
    software: bool
    lost: bool = False
    hung: bool = False
    process: int = field(default_factory=os.getpid)
    shared: dict[int, tuple[int, int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def may_free(self) -> bool:
        """True if objects of the device may be destroyed: not in a forked child, and not while work hangs."""
        return not self.hung and self.process == os.getpid()


_opening = threading.Lock()
_open: dict[tuple[int, bytes | None], Device] = {}
"""Keyed by process, since a forked child inherits its parent's devices, and by the requested UUID or None."""


def open_device(uuid: bytes | None = None) -> Device:
    """Opens the device with that ``uuid``, which can share memory with CUDA, or without one the best device, software
    included.

    All callers share it. Raises `CompositorError` if none can be used. The message says why, and what to install if
    that helps.
    """
    key = os.getpid(), uuid
    with _opening:
        device = _open.get(key)
        if device is None or device.lost:
            try:
                instance = _instance()
                device = _open[key] = _open_best(instance) if uuid is None else _open_same(instance, uuid)
            except vk.VkError as error:
                raise CompositorError(f"opening the Vulkan device failed ({type(error).__name__})") from error
        return device


def _instance() -> Any:
    application = vk.VkApplicationInfo(pApplicationName="vultorch_widget", apiVersion=_LEAST_VERSION)
    try:
        return vk.vkCreateInstance(vk.VkInstanceCreateInfo(pApplicationInfo=application), None)
    except vk.VkErrorIncompatibleDriver as error:
        raise CompositorError(f"there is no Vulkan driver; {_INSTALL}") from error


def _open_best(instance: Any) -> Device:
    """Tries the devices from the best kind to the worst, so that an unusable one does not hide the others."""
    found = [(physical, vk.vkGetPhysicalDeviceProperties(physical)) for physical in _physical_devices(instance)]
    found.sort(key=lambda entry: _RANK.get(entry[1].deviceType, 0), reverse=True)
    problems = []
    for physical, properties in found:
        problem = _problem(physical, properties)
        if not problem:
            return _open_physical(physical, properties)
        problems.append(f"{properties.deviceName} {problem}")
    raise CompositorError(f"no Vulkan device can be used ({'; '.join(problems) or 'none is present'}); {_INSTALL}")


def _open_same(instance: Any, uuid: bytes) -> Device:
    """Opens the device with the CUDA device's ``uuid``."""
    for physical in _physical_devices(instance):
        if _uuid(physical) != uuid:
            continue
        properties = vk.vkGetPhysicalDeviceProperties(physical)
        problem = _problem(physical, properties) or _interop_problem(physical)
        if problem:
            raise CompositorError(f"{properties.deviceName} {problem}")
        return _open_physical(physical, properties, external_handles.EXTENSIONS)
    raise CompositorError(
        f"no Vulkan device has the UUID {uuid.hex()} of the CUDA device; its Vulkan driver may not be installed"
    )


def _uuid(physical: Any) -> bytes:
    identity = vk.VkPhysicalDeviceIDProperties()
    vk.vkGetPhysicalDeviceProperties2(physical, vk.VkPhysicalDeviceProperties2(pNext=identity))
    return bytes(identity.deviceUUID)


def _interop_problem(physical: Any) -> str:
    offered = {extension.extensionName for extension in vk.vkEnumerateDeviceExtensionProperties(physical, None)}
    missing = [name for name in external_handles.EXTENSIONS if name not in offered]
    return f"lacks {' and '.join(missing)}" if missing else ""


def _physical_devices(instance: Any) -> list[Any]:
    try:
        return list(vk.vkEnumeratePhysicalDevices(instance))
    except vk.VkErrorInitializationFailed:  # the loader's error if drivers are listed but none loads
        return []


def _problem(physical: Any, properties: Any) -> str:
    """Why the device cannot be used, or empty if it can."""
    if properties.apiVersion < _LEAST_VERSION:
        return f"has Vulkan {_version(properties.apiVersion)}, 1.2 is needed"
    offered = vk.VkPhysicalDeviceVulkan12Features()
    vk.vkGetPhysicalDeviceFeatures2(physical, vk.VkPhysicalDeviceFeatures2(pNext=offered))
    missing = [name for name in _FEATURES if not getattr(offered, name)]
    if missing:
        return f"lacks {' and '.join(missing)}"
    if _compute_family(physical) < 0:
        return "has no compute queue"
    return "" if _memory_types(physical) else "has no memory that the host can map, cached and coherent"


def _open_physical(physical: Any, properties: Any, extensions: tuple[str, ...] = ()) -> Device:
    family = _compute_family(physical)
    queue = vk.VkDeviceQueueCreateInfo(queueFamilyIndex=family, queueCount=1, pQueuePriorities=[1.0])
    features = vk.VkPhysicalDeviceVulkan12Features(**dict.fromkeys(_FEATURES, 1))
    create = vk.VkDeviceCreateInfo(
        pNext=features,
        queueCreateInfoCount=1,
        pQueueCreateInfos=[queue],
        enabledExtensionCount=len(extensions),
        ppEnabledExtensionNames=list(extensions),
    )
    handle = vk.vkCreateDevice(physical, create, None)
    return Device(
        handle=handle,
        queue=vk.vkGetDeviceQueue(handle, family, 0),
        family=family,
        memory_types=_memory_types(physical),
        local_types=_local_types(physical),
        name=properties.deviceName,
        detail=_driver(physical, properties),
        software=properties.deviceType == vk.VK_PHYSICAL_DEVICE_TYPE_CPU,
    )


def _compute_family(physical: Any) -> int:
    """A compute-only family if there is one, since on a GPU it runs alongside graphics. -1 if no family computes."""
    families = [family.queueFlags for family in vk.vkGetPhysicalDeviceQueueFamilyProperties(physical)]
    usable = [index for index, flags in enumerate(families) if flags & vk.VK_QUEUE_COMPUTE_BIT]
    return min(usable, key=lambda index: families[index] & vk.VK_QUEUE_GRAPHICS_BIT, default=-1)


def _memory_types(physical: Any) -> tuple[int, ...]:
    """Types that the host can map, device-local ones first."""
    flags = _type_flags(physical)
    usable = [index for index, held in enumerate(flags) if held & _HOST == _HOST]
    return tuple(sorted(usable, key=lambda index: not flags[index] & vk.VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT))


def _local_types(physical: Any) -> tuple[int, ...]:
    flags = _type_flags(physical)
    return tuple(index for index, held in enumerate(flags) if held & vk.VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT)


def _type_flags(physical: Any) -> list[int]:
    memory = vk.vkGetPhysicalDeviceMemoryProperties(physical)
    return [memory.memoryTypes[index].propertyFlags for index in range(memory.memoryTypeCount)]


def _driver(physical: Any, properties: Any) -> str:
    driver = vk.VkPhysicalDeviceDriverProperties()
    vk.vkGetPhysicalDeviceProperties2(physical, vk.VkPhysicalDeviceProperties2(pNext=driver))
    name, info = (vk.ffi.string(text).decode() for text in (driver.driverName, driver.driverInfo))
    return f"{properties.deviceName}, driver {name} {info}, Vulkan {_version(properties.apiVersion)}"


def _version(number: int) -> str:
    return f"{vk.VK_VERSION_MAJOR(number)}.{vk.VK_VERSION_MINOR(number)}.{vk.VK_VERSION_PATCH(number)}"


def present() -> list[tuple[str, str]]:
    """Lists every Vulkan device: its name with driver and versions, and why it cannot be used, or empty if it can.

    The list is empty without a driver.
    """
    try:
        found = _physical_devices(_instance())
    except CompositorError:
        return []
    listed = [(physical, vk.vkGetPhysicalDeviceProperties(physical)) for physical in found]
    return [(_driver(physical, properties), _problem(physical, properties)) for physical, properties in listed]
