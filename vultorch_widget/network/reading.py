"""The numbers of all layers after one step, computed on the layers' devices and brought to the host together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from .activations import Seen
from .bins import BINS, MISSING, QUANTITIES, Quantity, column, counted
from .layers import Layer
from .sampling import sampled

Before = Mapping[str, Sequence[torch.Tensor]]
"""Samples of each layer's parameters before the step, by parameter name."""

SCALARS = 9


class Numbers(NamedTuple):
    """A layer after a step. None means that a number does not exist or was not measured. Norms may be NaN or infinite.

    Attributes:
        layer: The layer, without a reference to its module.
        weight: Norm of all its parameters.
        gradient: Norm of their gradients, as the optimiser saw them.
        update: Norm of the change made by the step, divided by that of the weights before it.
        dead: Share of its units that output only zeros.
        saturated: Share of its values in the flat parts of its sigmoid or tanh.
        strange: Number of non-finite values among those examined, by quantity.
        columns: Histograms, as `bins.column` writes them, in the order of `QUANTITIES`.
        size: How many parameters it has.
        frozen: Whether none of them is trained.
        stepped: Whether an optimiser holds any of them.

    """

    at: int
    name: str
    about: str
    problem: str = ""
    weight: float | None = None
    gradient: float | None = None
    update: float | None = None
    dead: float | None = None
    saturated: float | None = None
    strange: tuple[int, ...] = (0, 0, 0)
    columns: tuple[str, ...] = (MISSING,) * len(QUANTITIES)
    size: int = 0
    frozen: bool = False
    stepped: bool = False


class Reading:
    """The numbers of ``layers`` at ``step``, perhaps still on the way from a GPU."""

    def __init__(self, step: int, layers: Sequence[Layer], seen: Mapping[str, Seen], before: Before) -> None:
        self.step = step
        self._parts: list[_Part] = []
        self._without = [layer for layer in layers if not layer.parameters]
        devices: dict[torch.device, list[Layer]] = {}
        for layer in layers:
            if layer.parameters:
                devices.setdefault(layer.parameters[0].device, []).append(layer)
        with torch.no_grad():
            self._parts = [_Part(device, found, seen, before) for device, found in devices.items()]

    @property
    def ready(self) -> bool:
        """True if `numbers` does not wait."""
        return all(part.event is None or part.event.query() for part in self._parts)  # type: ignore[no-untyped-call]

    def numbers(self) -> list[Numbers]:
        """The numbers of all layers, in their order. Waits for GPUs."""
        found = [numbers for part in self._parts for numbers in part.numbers()]
        found += [Numbers(layer.at, layer.name, layer.about, layer.problem) for layer in self._without]
        return sorted(found)

    @property
    def on_gpu(self) -> bool:
        """True if a GPU has computed any of it."""
        return any(part.event is not None for part in self._parts)

    @property
    def device_seconds(self) -> float:
        """Seconds of GPU time, the maximum over all GPUs. Only valid once `ready`."""
        timed = [part.begin.elapsed_time(part.event) for part in self._parts if part.begin and part.event]
        return max(timed, default=0.0) / 1000


class _Part:
    """The layers of one device."""

    def __init__(self, device: torch.device, layers: list[Layer], seen: Mapping[str, Seen], before: Before) -> None:
        self.begin = self.event = None
        if device.type == "cuda":
            with torch.cuda.device(device):
                self.begin = _event()
                self.begin.record()
        self._traits: list[_Traits] = []
        scalars: list[torch.Tensor] = []
        samples: dict[Quantity, list[torch.Tensor]] = {quantity: [] for quantity in QUANTITIES}
        owners: dict[Quantity, list[int]] = {quantity: [] for quantity in QUANTITIES}
        zero = torch.zeros((), dtype=torch.float32, device=device)
        for place, layer in enumerate(layers):
            traits, values, parts = _measured(layer, seen.get(layer.name), before.get(layer.name), zero)
            self._traits.append(traits)
            scalars += values
            for quantity, part in parts.items():
                samples[quantity].append(part)
                owners[quantity].append(place)
        histograms = [_histograms(name, samples[name], owners[name], len(layers), device) for name in QUANTITIES]
        self._results = torch.cat([torch.stack(scalars), *histograms])
        if device.type == "cuda":
            with torch.cuda.device(device):
                host = torch.empty(self._results.shape, dtype=self._results.dtype, pin_memory=True)
                self._results = host.copy_(self._results, non_blocking=True)
                self.event = _event()
                self.event.record()

    def numbers(self) -> list[Numbers]:
        if self.event is not None:
            self.event.synchronize()
        values = self._results.tolist()
        count = len(self._traits)
        scalars, counts = values[: SCALARS * count], values[SCALARS * count :]
        found = []
        for place, traits in enumerate(self._traits):
            columns = []
            for which in range(len(QUANTITIES)):
                begin = (which * count + place) * BINS
                columns.append(column(counts[begin : begin + BINS]))
            found.append(traits.numbers(scalars[SCALARS * place : SCALARS * (place + 1)], tuple(columns)))
        return found


class _Traits(NamedTuple):
    """What is known of a layer without waiting for its device."""

    at: int
    name: str
    about: str
    size: int
    frozen: bool
    has_gradient: bool
    has_update: bool
    has_dead: bool
    has_saturated: bool

    def numbers(self, scalars: list[float], columns: tuple[str, ...]) -> Numbers:
        weight, gradient, changed, before, dead, saturated, *strange = scalars
        update = changed / before if self.has_update and before > 0 else None
        return Numbers(
            self.at,
            self.name,
            self.about,
            "",
            weight,
            gradient if self.has_gradient else None,
            update,
            dead if self.has_dead else None,
            saturated if self.has_saturated else None,
            tuple(int(count) for count in strange),
            columns,
            self.size,
            self.frozen,
            self.has_update,
        )


def _measured(
    layer: Layer, seen: Seen | None, before: Sequence[torch.Tensor] | None, zero: torch.Tensor
) -> tuple[_Traits, list[torch.Tensor], dict[Quantity, torch.Tensor]]:
    device = zero.device
    parameters = [parameter for parameter in layer.parameters if parameter.device == device]
    gradients = [gradient for parameter in parameters if (gradient := _gradient(parameter)) is not None]
    samples: dict[Quantity, torch.Tensor] = {}
    after = [sampled(parameter) for parameter in parameters]
    biggest = max(range(len(parameters)), key=lambda place: parameters[place].numel())
    samples["weights"] = after[biggest]
    if gradients:
        samples["gradients"] = sampled(max(gradients, key=torch.Tensor.numel))
    changed = earlier = zero
    has_update = before is not None and [each.shape for each in before] == [each.shape for each in after]
    if has_update and before is not None:
        scales = [parameter.numel() / sample.numel() for parameter, sample in zip(parameters, after, strict=True)]
        changed = _norm([(now - then) * math.sqrt(s) for now, then, s in zip(after, before, scales, strict=True)])
        earlier = _norm([then * math.sqrt(s) for then, s in zip(before, scales, strict=True)])
    dead = saturated = zero
    if seen is not None and seen.sample is not None and seen.sample.device == device:
        samples["activations"] = seen.sample
        if seen.top is not None:
            dead = (seen.top <= 0).float().mean()
        if seen.saturated is not None:
            saturated = seen.saturated
    strange = [(~samples[name].isfinite()).sum().float() if name in samples else zero for name in QUANTITIES]
    traits = _Traits(
        layer.at,
        layer.name,
        layer.about,
        sum(parameter.numel() for parameter in parameters),
        layer.frozen,
        bool(gradients),
        has_update,
        dead is not zero,
        saturated is not zero,
    )
    scalars = [_norm(parameters), _norm(gradients) if gradients else zero, changed, earlier, dead, saturated, *strange]
    return traits, scalars, samples


def _gradient(parameter: torch.Tensor) -> torch.Tensor | None:
    """The values of its gradient that can be nonzero."""
    gradient = parameter.grad
    if gradient is None:
        return None
    if gradient.layout is torch.sparse_coo:
        gradient = gradient.coalesce().values()
    plain = type(gradient) is torch.Tensor and gradient.layout is torch.strided and gradient.numel() > 0
    return gradient.detach() if plain and gradient.device == parameter.device else None


def _norm(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """The norm of all values of ``tensors`` together, (), float32."""
    norms = [torch.linalg.vector_norm(each.abs() if each.is_complex() else each, dtype=_wide(each)) for each in tensors]
    together = torch.stack([norm.float() for norm in norms])
    return together[0] if len(norms) == 1 else torch.linalg.vector_norm(together)


def _wide(tensor: torch.Tensor) -> torch.dtype:
    return torch.float64 if tensor.dtype in (torch.float64, torch.complex128) else torch.float32


def _histograms(
    quantity: Quantity, samples: list[torch.Tensor], owners: list[int], count: int, device: torch.device
) -> torch.Tensor:
    if not samples:
        return torch.zeros(count * BINS, dtype=torch.float32, device=device)
    owner = np.repeat(np.array(owners, np.int64), [sample.numel() for sample in samples])
    return counted(quantity, torch.cat(samples), owner, count)


def _event() -> torch.cuda.Event:
    return torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
