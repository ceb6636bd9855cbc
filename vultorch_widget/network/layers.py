"""The layers of a model, and which of their parameters can be measured."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

WRAPPERS = ("_orig_mod.", "module.")
"""What `torch.compile` and the wrappers for several GPUs put before the names of a model's own modules."""


class Layer(NamedTuple):
    """A module that has its own parameters.

    Attributes:
        at: Its index among the layers, from 0.
        name: As in ``named_modules``.
        module: The module.
        parameters: Those that can be measured.
        about: The kind of module and its parameters, as readable text.
        problem: Why nothing can be measured, or an empty text.

    """

    at: int
    name: str
    module: nn.Module
    parameters: tuple[torch.Tensor, ...]
    about: str
    problem: str

    @property
    def frozen(self) -> bool:
        """True if no parameter is trained."""
        return not any(parameter.requires_grad for parameter in self.parameters)


def layers(model: nn.Module) -> list[Layer]:
    """Every module of ``model`` that has its own parameters, in the order of ``named_modules``."""
    found: list[Layer] = []
    owners: dict[int, str] = {}  # for each parameter, the first layer that has it
    for full, module in model.named_modules():
        own = [parameter for parameter in module._parameters.values() if parameter is not None]
        if not own:
            continue
        name = _bare(full) or type(module).__name__
        shared = sorted({owners[id(parameter)] for parameter in own if id(parameter) in owners})
        for parameter in own:
            owners.setdefault(id(parameter), name)
        problems = [problem for parameter in own if (problem := _problem(parameter))]
        about = f"{type(module).__name__}, {_sized(own)}{', shared with ' + shared[0] if shared else ''}"
        measured = tuple(parameter for parameter in own if not _problem(parameter))
        found.append(Layer(len(found), name, module, measured, about, "" if measured else problems[0]))
    return found


def _bare(name: str) -> str:
    """``name`` without the prefixes of wrappers."""
    name += "."
    while wrapper := next((each for each in WRAPPERS if name.startswith(each)), None):
        name = name.removeprefix(wrapper)
    return name.removesuffix(".")


def _problem(parameter: torch.Tensor) -> str:
    """Why ``parameter`` cannot be measured, or an empty text."""
    if nn.parameter.is_lazy(parameter):
        return "not initialised yet"
    if parameter.device.type == "meta":
        return "on the meta device"
    kind = type(parameter.data)
    if kind is not torch.Tensor:  # for instance shards on several GPUs, where every rank would have to take part
        return f"of type {kind.__name__}, which is not measured"
    if parameter.layout is not torch.strided or not (parameter.is_floating_point() or parameter.is_complex()):
        return f"of dtype {str(parameter.dtype).removeprefix('torch.')}, which is not measured"
    return "" if parameter.numel() else "empty"


def _sized(parameters: list[torch.Tensor]) -> str:
    shapes = [" x ".join(map(str, each.shape)) or "1" for each in parameters if not nn.parameter.is_lazy(each)]
    return ", ".join(shapes[:3]) + (f" and {len(shapes) - 3} more" if len(shapes) > 3 else "")
