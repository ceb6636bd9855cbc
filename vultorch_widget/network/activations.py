"""The outputs of a model's layers in one step, captured by hooks that exist for that step only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from ..basics.observers import observer
from .layers import Layer
from .sampling import readable, sampled

CUTTING = (nn.ReLU, nn.ReLU6, nn.Threshold)
"""Modules whose units are dead if they output nothing above zero."""
SATURATING: dict[type[nn.Module], tuple[float, float]] = {
    nn.Sigmoid: (0.01, 0.99),
    nn.Hardsigmoid: (0.01, 0.99),
    nn.Tanh: (-0.99, 0.99),
    nn.Hardtanh: (-0.99, 0.99),
}
"""Modules that saturate, each with the bounds between which a value is not saturated."""
SMOOTH = (nn.LeakyReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish, nn.Softplus, nn.Hardswish)
CHANNELS_FIRST = (
    nn.modules.conv._ConvNd,
    nn.modules.batchnorm._NormBase,
    nn.GroupNorm,
)
"""Layers whose units lie along axis 1. For all others it is the last axis."""


class Seen:
    """A layer's output, on its device."""

    def __init__(self) -> None:
        self.sample: torch.Tensor | None = None
        self.top: torch.Tensor | None = None  # (units,), each unit's largest value, if zeros mean dead
        self.saturated: torch.Tensor | None = None  # (), the share of saturated values


class Activations:
    """Watches the outputs of ``layers`` of ``model`` until `remove`, each after the activation module that follows it.

    Forward passes without gradients, such as validations, do not count. If there are several, the last one counts; a
    unit is dead if it is dead in all of them.
    """

    def __init__(
        self, model: nn.Module, layers: Sequence[Layer], guarded: Callable[[Callable[[], None]], None]
    ) -> None:
        self.seen: dict[str, Seen] = {}
        self._guarded = guarded
        self._last: tuple[str, bool] | None = None  # name, and whether its units lie along axis 1
        self._handles: list[RemovableHandle] = []
        if any(_is_compiled(module) for module in model.modules()):
            return  # hooks would cause a recompilation
        known = {id(layer.module): layer for layer in layers}
        for module in model.modules():
            if (layer := known.get(id(module))) is not None:
                self._handles.append(module.register_forward_hook(self._of_layer(layer)))
            elif isinstance(module, (*CUTTING, *SATURATING, *SMOOTH)):
                self._handles.append(module.register_forward_hook(self._after))

    def remove(self) -> None:
        """Removes all hooks."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _of_layer(self, layer: Layer) -> Callable[[nn.Module, Any, Any], None]:
        place = layer.name, isinstance(layer.module, CHANNELS_FIRST)

        @observer
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:  # noqa: ARG001 (torch names them)
            if not _counts():
                return
            self._last = place
            self._guarded(lambda: self._take(place, None, output))

        return hook

    @observer
    def _after(self, module: nn.Module, inputs: Any, output: Any) -> None:  # noqa: ARG002 (torch names them)
        place = self._last
        if place is not None and _counts():
            self._guarded(lambda: self._take(place, module, output))

    def _take(self, place: tuple[str, bool], activation: nn.Module | None, output: Any) -> None:
        if isinstance(output, (tuple, list)) and output:
            output = output[0]  # attention and recurrent layers return several
        if not isinstance(output, torch.Tensor) or not output.is_floating_point() or output.numel() == 0:
            return
        if type(output) is not torch.Tensor or output.layout is not torch.strided:
            return
        with torch.no_grad():
            seen = self.seen.setdefault(place[0], Seen())
            seen.sample = sampled(output)
            if isinstance(activation, CUTTING):
                top = _by_unit(output, 1 if place[1] and output.dim() > 1 else output.dim() - 1)
                seen.top = top if seen.top is None or seen.top.shape != top.shape else torch.maximum(seen.top, top)
            elif activation is not None and type(activation) in SATURATING:
                low, high = SATURATING[type(activation)]
                seen.saturated = ((seen.sample < low) | (seen.sample > high)).float().mean()


def _counts() -> bool:
    """Whether this forward pass is part of the training, and can be read."""
    return readable() and torch.is_grad_enabled()


def _is_compiled(module: nn.Module) -> bool:
    return hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None


def _by_unit(output: torch.Tensor, axis: int) -> torch.Tensor:
    """The largest value (units,) of each unit along ``axis``."""
    others = [dim for dim in range(output.dim()) if dim != axis]
    return output.detach().amax(others) if others else output.detach().clone()
