"""What a captured training step holds on to."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .hooks import module_hooks, optimizer_hooks, parameter_hooks


def captured_parts(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[object]:
    """What a captured step of ``optimizer`` for ``model`` keeps: modules, options, hooks, and where tensors are.

    If any of these has changed, replaying the capture would still do the old step, perhaps in memory that is no longer
    theirs. What has changed *in* tensors, such as a learning rate, takes effect.
    """
    groups = optimizer.param_groups
    hooks = (*module_hooks(model), *parameter_hooks(model), *optimizer_hooks(optimizer))
    return [
        [(module, _options(module)) for module in model.modules()],
        [_part(tensor) for tensor in (*model.parameters(), *model.buffers())],
        [hook.number for hook in hooks],
        optimizer,
        [{name: _part(value) for name, value in group.items()} for group in groups],
        [_part(optimizer.state.get(parameter)) for group in groups for parameter in group["params"]],
    ]


def _options(module: nn.Module) -> dict[str, object]:
    """What ``module`` computes with besides tensors and modules, such as ``training`` and the share of a dropout."""
    return {name: value for name, value in vars(module).items() if isinstance(value, (int, float, str))}


def _part(value: Any) -> object:
    if isinstance(value, torch.Tensor):
        return value.data_ptr(), tuple(value.shape), value.stride(), value.dtype, value.device, value.requires_grad
    if isinstance(value, dict):
        return {name: _part(each) for name, each in value.items()}
    return [_part(each) for each in value] if isinstance(value, (list, tuple)) else value
