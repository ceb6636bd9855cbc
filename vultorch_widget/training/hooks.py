"""Hooks that users have added to a model or an optimiser. Only eager steps call them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.modules import module as all_modules
from torch.optim import optimizer as all_optimizers

from ..basics.observers import observes

_OF_MODULES = {
    "forward_pre_hooks": "forward pre-hook",
    "forward_hooks": "forward hook",
    "backward_pre_hooks": "backward pre-hook",
    "backward_hooks": "backward hook",
}
_OF_PARAMETERS = {"backward_hooks": "gradient hook", "post_accumulate_grad_hooks": "post-accumulate-grad hook"}
_OF_OPTIMIZERS = {"pre_hooks": "step pre-hook", "post_hooks": "step post-hook"}


class Hook(NamedTuple):
    """A hook that may change a step. Each has a ``number`` of its own, by torch."""

    number: int
    kind: str
    owner: str
    called: Callable[..., Any]

    def __str__(self) -> str:
        name = getattr(self.called, "__name__", type(self.called).__name__)
        return f"only eager steps call the {self.kind} {name!r} of {self.owner}"


def module_hooks(model: nn.Module) -> Iterator[Hook]:
    """The hooks of the modules of ``model`` and of all modules. Their owners are paths, such as ``"net.2"``."""
    yield from _found(all_modules, "_global_", _OF_MODULES, "all modules")
    for path, module in model.named_modules():
        yield from _found(module, "_", _OF_MODULES, path or "the model")


def parameter_hooks(model: nn.Module) -> Iterator[Hook]:
    """The hooks of the parameters of ``model``."""
    for path, parameter in model.named_parameters():
        yield from _found(parameter, "_", _OF_PARAMETERS, path)


def optimizer_hooks(optimizer: torch.optim.Optimizer) -> Iterator[Hook]:
    """The hooks of the steps of ``optimizer`` and of all optimisers."""
    yield from _found(all_optimizers, "_global_optimizer_", _OF_OPTIMIZERS, "all optimisers")
    yield from _found(optimizer, "_optimizer_step_", _OF_OPTIMIZERS, "the optimiser")


def _found(holder: Any, prefix: str, kinds: dict[str, str], owner: str) -> Iterator[Hook]:
    for attribute, kind in kinds.items():
        for number, called in (getattr(holder, prefix + attribute, None) or {}).items():  # None until there is one
            if not observes(called):
                yield Hook(number, kind, owner, called)
