"""Describes torch networks and optimisers in the terms of the engine that trains in a page.

`js/src/training/definition.ts` has the other side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn

SUPPORTED = (
    "nn.Sequential of Linear, ReLU, LeakyReLU, SiLU, GELU, Tanh, Sigmoid and sines, nested or as the only child of "
    "a module"
)
OPTIMIZERS = "SGD, Adam and AdamW"
LOSSES = ("mse", "l1")
MOST_WIDTH = 4_096
"""Most numbers of a sample in a layer."""
MOST_LAYERS = 64
MOST_PARAMETERS = 1 << 22
_PROBED = 16
"""Samples with which a module's function is found out."""

_CURVES: dict[type[nn.Module], Callable[[Any], tuple[str, float]]] = {
    nn.ReLU: lambda _: ("relu", 0.0),
    nn.LeakyReLU: lambda module: ("leaky_relu", float(module.negative_slope)),
    nn.SiLU: lambda _: ("silu", 0.0),
    nn.GELU: lambda module: ("gelu" if module.approximate == "none" else "gelu_tanh", 0.0),
    nn.Tanh: lambda _: ("tanh", 0.0),
    nn.Sigmoid: lambda _: ("sigmoid", 0.0),
}

Layer = dict[str, Any]


class UntranslatableError(ValueError):
    """A page cannot train this. The message names the module and what is supported."""


class Translation:
    """The layers of ``model``, and its linear modules in their order.

    Raises `UntranslatableError`.
    """

    def __init__(self, model: nn.Module) -> None:
        self.layers: list[Layer] = []
        self.linears: list[nn.Linear] = []
        self._width = 0
        self._add(model, type(model).__name__)
        if not self.layers or self.layers[0]["kind"] != "linear":
            raise _refusal(model, type(model).__name__, "does not begin with a Linear")
        if len(self.layers) > MOST_LAYERS or self.count > MOST_PARAMETERS:
            name = type(model).__name__
            raise UntranslatableError(
                f"{name} has {len(self.layers)} layers and {self.count:,} parameters; a page trains at most "
                f"{MOST_LAYERS} and {MOST_PARAMETERS:,}"
            )

    @property
    def parameters(self) -> list[torch.Tensor]:
        """Each linear module's weight and bias."""
        return [tensor for linear in self.linears for tensor in (linear.weight, linear.bias) if tensor is not None]

    @property
    def count(self) -> int:
        """How many numbers the parameters have."""
        return sum(tensor.numel() for tensor in self.parameters)

    @property
    def inputs(self) -> int:
        """Numbers of a sample before the first layer."""
        return int(self.layers[0]["inputs"])

    @property
    def outputs(self) -> int:
        """Numbers of a sample after the last layer."""
        return int(self.layers[-1]["outputs"])

    def _add(self, module: nn.Module, name: str) -> None:
        if type(module) is nn.Sequential:
            for place, child in enumerate(module):  # `named_children` leaves out what comes again
                self._add(child, f"{name}.{place}")
        elif type(module) is nn.Linear:
            self._add_linear(module, name)
        elif type(module) in _CURVES:
            self._add_curve(*_CURVES[type(module)](module), module, name)
        elif type(module) is not nn.Identity:
            self._find_out(module, name)

    def _add_linear(self, linear: nn.Linear, name: str) -> None:
        if linear.weight.dtype != torch.float32:
            raise UntranslatableError(f"{name} has parameters in {linear.weight.dtype}; a page trains in float32")
        if any(linear is known for known in self.linears):
            raise _refusal(linear, name, "is used twice")
        inputs, outputs = linear.in_features, linear.out_features
        if self._width not in (0, inputs) or not 1 <= inputs <= MOST_WIDTH or not 1 <= outputs <= MOST_WIDTH:
            raise _refusal(linear, name, f"takes {inputs} numbers and makes {outputs}")
        self.linears.append(linear)
        self._width = outputs
        bias = linear.bias is not None
        self.layers.append({"kind": "linear", "inputs": inputs, "outputs": outputs, "bias": bias, "scale": 0.0})

    def _add_curve(self, kind: str, scale: float, module: nn.Module, name: str) -> None:
        if self._width == 0:
            raise _refusal(module, name, "comes before the first Linear")
        size = self._width
        self.layers.append({"kind": kind, "inputs": size, "outputs": size, "bias": False, "scale": scale})

    def _find_out(self, module: nn.Module, name: str) -> None:
        """Takes a module of the user's that is a sine, or whose only child does what it does, or that and a sine."""
        children = list(module.named_children())
        if len(children) > 1 or any(True for _ in module.parameters(recurse=False)):
            raise _refusal(module, name)
        if not children:
            self._add_curve("sine", self._frequency(module, name, lambda values: values, self._width), module, name)
            return
        child_name, child = children[0]
        before = len(self.layers)
        width = self._width
        self._add(child, f"{name}.{child_name}")
        if len(self.layers) == before:
            raise _refusal(module, name)
        width = width or self.layers[before]["inputs"]
        if not _alike(module, child, width, self.linears):
            self._add_curve("sine", self._frequency(module, name, child, width), module, name)

    def _frequency(self, module: nn.Module, name: str, inner: Callable[[Any], Any], width: int) -> float:
        """The f with which ``module`` is sin(f * ``inner``). It is 1 or one of its attributes."""
        for frequency in [1.0, *_numbers(module)]:

            def wanted(values: torch.Tensor, frequency: float = frequency) -> torch.Tensor:
                return torch.sin(frequency * inner(values))

            if width and _alike(module, wanted, width, self.linears):
                return frequency
        raise _refusal(module, name)


def _numbers(module: nn.Module) -> Iterator[float]:
    for value in vars(module).values():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield float(value)


def _alike(one: Callable[[Any], Any], other: Callable[[Any], Any], width: int, near: Sequence[nn.Linear]) -> bool:
    """Whether both make the same of samples with ``width`` numbers."""
    device = near[-1].weight.device if near else torch.device("cpu")
    values = torch.linspace(-1.3, 1.7, _PROBED * width, device=device).reshape(_PROBED, width)
    try:
        with torch.no_grad():
            found, wanted = one(values.clone()), other(values.clone())
    except Exception:  # a module of the user's may take something else altogether
        return False
    return (
        isinstance(found, torch.Tensor)
        and found.shape == wanted.shape
        and found.dtype == wanted.dtype
        and torch.allclose(found, wanted, rtol=1e-5, atol=1e-6)
    )


def _refusal(module: nn.Module, name: str, why: str = "cannot be translated") -> UntranslatableError:
    kind = type(module).__name__
    called = name if name.endswith(kind) else f"{name} ({kind})"
    return UntranslatableError(f"{called} {why}; a page trains {SUPPORTED}")


def settings_of(optimizer: torch.optim.Optimizer, parameters: Sequence[torch.Tensor]) -> dict[str, Any]:
    """The settings of ``optimizer`` for ``parameters``, without the learning rate's changes.

    Raises `UntranslatableError` for another optimiser, for options that are not supported, and if it does not train all
    of ``parameters`` alike.
    """
    kind = {torch.optim.SGD: "sgd", torch.optim.Adam: "adam", torch.optim.AdamW: "adamw"}.get(type(optimizer))
    if kind is None:
        raise UntranslatableError(f"{type(optimizer).__name__} cannot be translated; a page trains with {OPTIMIZERS}")
    groups = [
        group
        for group in optimizer.param_groups
        if any(each is parameter for each in group["params"] for parameter in parameters)
    ]
    known = [id(each) for group in groups for each in group["params"]]
    if any(id(parameter) not in known or not parameter.requires_grad for parameter in parameters):
        raise UntranslatableError(
            f"{type(optimizer).__name__} does not train all parameters of the model; in a page all are trained"
        )
    found = [_settings(kind, group) for group in groups]
    if any(each != found[0] for each in found):
        raise UntranslatableError(
            f"the parameter groups of {type(optimizer).__name__} differ; in a page all parameters are trained alike"
        )
    return found[0]


def _settings(kind: str, group: dict[str, Any]) -> dict[str, Any]:
    for option in ("amsgrad", "nesterov", "maximize", "dampening"):
        if group.get(option):
            raise UntranslatableError(f"{option}={group[option]} cannot be translated; a page trains without it")
    if kind == "adam" and group.get("decoupled_weight_decay"):
        kind = "adamw"
    beta1, beta2 = group.get("betas", (0.0, 0.0))
    return {
        "kind": kind,
        "lr": float(group["lr"]),
        "beta1": float(beta1),
        "beta2": float(beta2),
        "eps": float(group.get("eps", 0.0)),
        "weight_decay": float(group["weight_decay"]),
        "momentum": float(group.get("momentum", 0.0)),
    }
