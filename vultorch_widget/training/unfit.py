"""What the custom training steps refuse: networks and optimisers other than those that they are written for."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from .hooks import module_hooks, optimizer_hooks, parameter_hooks

_LAYERS = (nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear, nn.Sigmoid)
_OPTIONS = ("weight_decay", "amsgrad", "maximize")
"""What changes a step of Adam."""


class UnfitError(Exception):
    """A custom step does not run here, or not for this network or optimiser. The message says why."""


def parameters_of(model: nn.Module, inputs: int, width: int) -> list[nn.Parameter]:
    """The weight and bias of each layer of ``model``, which was a `TinyMLP`.

    Raises `UnfitError` unless its layers still are that network's, for as many ``inputs`` and ``width`` hidden units,
    and without hooks.
    """
    net = getattr(model, "net", None)
    layers = list(net) if type(net) is nn.Sequential else [net]
    if tuple(map(type, layers)) != _LAYERS:
        kinds = ", ".join(type(layer).__name__ for layer in layers)
        raise UnfitError(f"the network's layers are no longer those of a TinyMLP, but {kinds}")
    shapes = [(width, inputs), (width,), (width, width), (width,), (3, width), (3,)]
    found = [(f"{at}.{name}", getattr(layers[at], name)) for at in (0, 2, 4) for name in ("weight", "bias")]
    for (name, parameter), shape in zip(found, shapes, strict=True):
        if not isinstance(parameter, nn.Parameter):
            raise UnfitError(f"net.{name} is not a parameter")
        if parameter.shape != shape:
            raise UnfitError(f"net.{name} has the shape {tuple(parameter.shape)}, not {shape}")
    parameters = [parameter for _, parameter in found]
    if len({id(parameter) for parameter in parameters}) < len(parameters):
        raise UnfitError("two layers of the network share a parameter")
    for hook in (*module_hooks(model), *parameter_hooks(model)):
        raise UnfitError(str(hook))
    return parameters


def check_adam(optimizer: torch.optim.Optimizer, parameters: Sequence[nn.Parameter]) -> None:
    """Raises `UnfitError` unless ``optimizer`` is plain Adam without hooks, and trains all of ``parameters`` alike and
    no others.
    """
    if type(optimizer) is not torch.optim.Adam:
        raise UnfitError(f"the fused step is for Adam, not {type(optimizer).__name__}")
    group, *others = optimizer.param_groups
    if others:
        raise UnfitError(f"the fused step is for one group of parameters, not {1 + len(others)}")
    for option in _OPTIONS:
        if group.get(option):
            raise UnfitError(f"the fused step is for Adam without {option}={group[option]}")
    if {id(parameter) for parameter in group["params"]} != {id(parameter) for parameter in parameters}:
        raise UnfitError("the optimiser does not train exactly the network's parameters")
    frozen = sum(not parameter.requires_grad for parameter in parameters)
    if frozen:
        raise UnfitError(f"the fused step trains all parameters, of which {frozen} are frozen")
    for hook in optimizer_hooks(optimizer):
        raise UnfitError(str(hook))
