"""Checks whether a tensor is a picture and its memory is available."""

from __future__ import annotations

import torch

from ..basics.storage import check_memory

DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.uint8, torch.bool)
LABEL_DTYPES = (torch.int64, torch.int32, torch.int16, torch.uint8, torch.bool)
"""Dtypes of label maps."""
CHANNELS = (1, 3, 4)


def check(tensor: torch.Tensor) -> None:
    """Raises ValueError unless ``tensor`` is (H, W) or (H, W, 1|3|4) with a dtype of `DTYPES` and its memory is
    available.

    It may be empty. The error says how to convert what was given.
    """
    check_strided(tensor)
    shape = tensor.shape
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in CHANNELS):
        what = f"a tensor of shape {tuple(shape)} and dtype {_short(tensor.dtype)} is not a picture"
        raise _refused(what, _from_shape(tuple(shape)))
    check_texels(tensor)


def check_strided(tensor: torch.Tensor) -> None:
    """Raises ValueError unless ``tensor`` is a tensor with strides and memory."""
    if not isinstance(tensor, torch.Tensor):
        raise _refused(f"not a torch tensor but {_kind(tensor)}", _from_other(tensor))
    if tensor.layout is not torch.strided or tensor.is_nested or tensor.device.type == "meta":
        kind = "nested" if tensor.is_nested else _short(tensor.layout)
        raise _refused(f"a {kind} tensor on {tensor.device} has no pixels")


def check_labels(tensor: torch.Tensor) -> None:
    """Raises ValueError unless the strided ``tensor`` has a dtype of `LABEL_DTYPES` and its memory is available."""
    if tensor.dtype not in LABEL_DTYPES:
        accepted = ", ".join(map(_short, LABEL_DTYPES))
        raise ValueError(
            f"a tensor of dtype {_short(tensor.dtype)} has no labels; accepted are {accepted}. Of scores, "
            "`scores.argmax(dim)` has the labels; of the probabilities of one class, `probabilities > 0.5`"
        )
    check_memory(tensor)


def check_texels(tensor: torch.Tensor) -> None:
    """Raises ValueError unless the strided ``tensor`` has a dtype of `DTYPES` and its memory is available."""
    if tensor.dtype not in DTYPES:
        what = f"a tensor of dtype {_short(tensor.dtype)} and shape {tuple(tensor.shape)} is not a picture"
        raise _refused(what, _from_dtype(tensor))
    check_memory(tensor)


def _refused(reason: str, remedy: str = "") -> ValueError:
    accepted = f"accepted are (H, W) and (H, W, 1|3|4) of {', '.join(map(_short, DTYPES))}"
    return ValueError(f"{reason}; {accepted}{remedy and f'. {remedy}'}")


def _short(name: torch.dtype | torch.layout) -> str:
    return str(name).removeprefix("torch.")


def _kind(thing: object) -> str:
    """The type as a user imports it: ``numpy.ndarray``, ``PIL.Image.Image``, ``list``."""
    cls = type(thing)
    return cls.__name__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__name__}"


def _from_other(thing: object) -> str:
    """How to make a tensor from another object."""
    origins = {cls.__module__.partition(".")[0] for cls in type(thing).__mro__}
    if "PIL" in origins:
        return "From a Pillow image: `torch.from_numpy(numpy.array(image.convert('RGB')))`"
    if hasattr(thing, "__array_interface__"):
        return "From a NumPy array: `torch.from_numpy(array)`; the two share their memory"
    if hasattr(thing, "__dlpack__"):
        return "`torch.from_dlpack` makes a tensor that shares its memory"
    if isinstance(thing, list | tuple) and thing and all(isinstance(each, torch.Tensor) for each in thing):
        return "Show one of them, or `torch.cat(list, dim=1)` side by side"
    return ""


def _from_shape(shape: tuple[int, ...]) -> str:
    """How to make a picture from a tensor of another shape."""
    if len(shape) == 1:
        return "`tensor.reshape(height, width)` lays it out, and `view.log` draws numbers over time"
    if len(shape) == 3:
        return _from_planes(shape)
    if len(shape) != 4:
        return ""
    if shape[3] in CHANNELS:
        return "It is a batch: `tensor[0]` is its first picture"
    if shape[1] in CHANNELS:
        return "It is a batch with the channels first: `tensor[0].permute(1, 2, 0)` is its first picture"
    return "It is a batch: `tensor[0, 0]` is a slice of its first picture"


def _from_planes(shape: tuple[int, ...]) -> str:
    """How to make a picture from three dimensions if the last is not channels."""
    if shape[0] in CHANNELS:
        return "The channels come first: `tensor.permute(1, 2, 0)` puts them last, and copies nothing"
    colors = ", or `tensor[..., :3]` if these are colours" if shape[2] > 3 else ""
    return f"One channel is a picture: `tensor[..., 0]`{colors}"


def _from_dtype(tensor: torch.Tensor) -> str:
    """How to make a picture from a tensor of another dtype."""
    if tensor.is_complex():
        return "`tensor.abs()` is real"
    if tensor.dim() == 2 or tensor.shape[-1] == 1:
        return (
            "For a mask of labels, `colormap(tensor)` gives each a colour, and `tensor == label` shows one; "
            "for 0..255, `tensor.to(torch.uint8)`"
        )
    return "For 0..255, `tensor.to(torch.uint8)`; for other ranges, a float tensor of 0..1"


def size(tensor: torch.Tensor) -> tuple[int, int]:
    """Height and width in texels."""
    return tensor.shape[0], tensor.shape[1]


def channel_count(tensor: torch.Tensor) -> int:
    """The channels of (H, W), (H, W, C) or (N, H, W, C): 1, 3 or 4."""
    return tensor.shape[-1] if tensor.dim() > 2 else 1


def version(tensor: torch.Tensor) -> object:
    """A value that changes with every write that torch counts."""
    if tensor.is_inference():  # inference tensors have no counter
        return object()
    return (tensor.data_ptr(), tensor._version, tensor.dtype, tensor.shape, tensor.stride())
