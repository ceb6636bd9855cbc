"""Describes torch networks and optimisers for the engine that trains in a page.

`js/src/training/definition.ts` is the other side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

from .features import Features, features_of, probes
from .traced import Traced, UntranslatableError, left_alone, operation

SUPPORTED = (
    "Linear, ReLU, LeakyReLU, SiLU, GELU, Tanh, Sigmoid and sines, one after another, residual blocks of these, and "
    "Fourier features before them"
)
OPTIMIZERS = "SGD, Adam and AdamW"
LOSSES = ("mse", "l1", "cross_entropy")
MOST_WIDTH = 4_096
"""Maximum numbers of a sample in a layer."""
MOST_LAYERS = 64
MOST_PARAMETERS = 1 << 22

_MODULES: dict[type[nn.Module], Callable[[Any], tuple[str, float]]] = {
    nn.ReLU: lambda _: ("relu", 0.0),
    nn.LeakyReLU: lambda module: ("leaky_relu", float(module.negative_slope)),
    nn.SiLU: lambda _: ("silu", 0.0),
    nn.GELU: lambda module: ("gelu" if module.approximate == "none" else "gelu_tanh", 0.0),
    nn.Tanh: lambda _: ("tanh", 0.0),
    nn.Sigmoid: lambda _: ("sigmoid", 0.0),
}
_CURVES: dict[str, Callable[[torch.Tensor, float], torch.Tensor]] = {
    "relu": lambda values, _: torch.relu(values),
    "leaky_relu": functional.leaky_relu,
    "silu": lambda values, _: functional.silu(values),
    "gelu": lambda values, _: functional.gelu(values),
    "gelu_tanh": lambda values, _: functional.gelu(values, approximate="tanh"),
    "tanh": lambda values, _: torch.tanh(values),
    "sigmoid": lambda values, _: torch.sigmoid(values),
    "sine": lambda values, frequency: torch.sin(frequency * values),
}

_FUNCTIONS: dict[str, Callable[[fx.Node], tuple[str, float]]] = {
    "relu": lambda _: ("relu", 0.0),
    "leaky_relu": lambda node: ("leaky_relu", float(_argument(node, "negative_slope", 0.01))),
    "silu": lambda _: ("silu", 0.0),
    "gelu": lambda node: ("gelu" if _argument(node, "approximate", "none") == "none" else "gelu_tanh", 0.0),
    "tanh": lambda _: ("tanh", 0.0),
    "sigmoid": lambda _: ("sigmoid", 0.0),
    "sin": lambda node: ("sine", _frequency(node.all_input_nodes[0]) or 1.0),
}
Layer = dict[str, Any]


class Translation:
    """The layers of ``model``, which is trained with ``samples`` (N, inputs), and its linear modules in order.

    Tracing reveals neither hooks nor what an operation does in place. So the model is called with a few of the samples,
    and its output must match that of the layers. It is not called if its layers, features and hooks are those of an
    ``earlier`` translation. Raises `UntranslatableError`.
    """

    def __init__(self, model: nn.Module, samples: torch.Tensor, earlier: Translation | None = None) -> None:
        model = _unwrapped(model)
        self._earlier = earlier
        self.layers: list[Layer] = []
        self.linears: list[nn.Linear] = []
        self.features: Features | None = None
        self._name = type(model).__name__
        self._inputs = samples.shape[1]
        self._before: Callable[[torch.Tensor], torch.Tensor] = lambda values: values
        self._device = next((each.device for each in model.parameters()), torch.device("cpu"))
        self._probes = probes(samples, self._device)
        self._featured: torch.Tensor | None = None  # the features of the probes
        self._hooks = {
            each for module in model.modules() for each in (*module._forward_hooks, *module._forward_pre_hooks)
        }
        self._reached: fx.Node | None = None  # the output of the layers so far
        self._width = 0  # numbers per sample in that output
        self._around: list[tuple[fx.Node, int]] = []  # the inputs of the residual blocks around the next layer
        with left_alone(model):
            self._traced: Traced = Traced(model, None if earlier is None else earlier._traced)
            self._translate()
            self._check(model)
            if earlier is None or not self._same(earlier):
                self._compare(model)
        self._earlier = None

    @property
    def parameters(self) -> list[torch.Tensor]:
        """Each linear module's weight and bias."""
        return [tensor for linear in self.linears for tensor in (linear.weight, linear.bias) if tensor is not None]

    @property
    def count(self) -> int:
        """The number of parameters."""
        return sum(tensor.numel() for tensor in self.parameters)

    @property
    def inputs(self) -> int:
        """Numbers per sample before its features."""
        return int(self.layers[0]["inputs"]) if self.features is None else int(self.features.matrix.shape[1])

    @property
    def outputs(self) -> int:
        """Numbers per sample after the last layer."""
        return int(self.layers[-1]["outputs"])

    def _check(self, model: nn.Module) -> None:
        if len(self.layers) > MOST_LAYERS or self.count > MOST_PARAMETERS:
            raise UntranslatableError(
                f"{self._name} has {len(self.layers)} layers and {self.count:,} parameters; a page trains at most "
                f"{MOST_LAYERS} and {MOST_PARAMETERS:,}"
            )
        for name, module in model.named_modules():
            if module._backward_hooks or module._backward_pre_hooks:
                raise UntranslatableError(f"{self._called(name)} has a hook that changes gradients; a page has none")
        for name, parameter in model.named_parameters():
            # Both are None until a first hook is added, and parameters of older versions of torch lack the second.
            if parameter._backward_hooks or getattr(parameter, "_post_accumulate_grad_hooks", None):
                raise UntranslatableError(f"{self._called(name)} has a hook on its gradient; a page has none")

    def _compare(self, model: nn.Module) -> None:
        if self.inputs == self._inputs and not _alike(model, self._made, self._probes):
            raise UntranslatableError(f"{self._name} gives another result than its layers, as hooks can")

    def _same(self, earlier: Translation) -> bool:
        """Whether the model does the same as then, apart from its parameters."""
        return (
            self.layers == earlier.layers
            and self._hooks <= earlier._hooks
            and _same_features(self.features, earlier.features)
        )

    def _called(self, path: str) -> str:
        return f"{self._name}.{path}" if path else self._name

    def _translate(self) -> None:
        nodes = self._traced.nodes
        first = next((node for node in nodes if type(self._traced.module(node)) is nn.Linear), None)
        start = nodes[0] if first is None else first.all_input_nodes[0]
        if start.op != "placeholder":
            self._begin(nodes[: nodes.index(start) + 1])
        self._reached = start
        for node in nodes[nodes.index(start) + 1 :]:
            if node.op == "output":
                self._end(node)
            elif node.op not in ("get_attr", "placeholder"):
                self._add(node)
                self._reached = node
                for _ in range(len(node.users) - 1):
                    self._around.append((node, self._width))
                    self._put("branch", self._width)

    def _begin(self, nodes: list[fx.Node]) -> None:
        """Takes everything before the first linear layer."""
        begun = next((node for node in nodes if node.op not in ("get_attr", "placeholder")), None)
        if begun is None:
            raise UntranslatableError(f"the first Linear of {self._name} does not take the inputs")
        if any(_trained(self._traced.held(node)) for node in nodes):
            raise self._refusal(begun, "comes before the first Linear and is trained")
        made = self._traced.up_to(nodes[-1])
        if _alike(made, lambda values: values, self._probes):
            return
        self.features = self._found(made)
        if self.features is None:
            raise self._refusal(
                begun, f"comes before the first Linear and makes no Fourier features of {self._inputs} numbers"
            )
        self._before = made
        self._width = len(self.features.kinds)

    def _found(self, made: Callable[[torch.Tensor], torch.Tensor]) -> Features | None:
        """The features in ``made``. They are determined again if buffers or numbers in it have changed."""
        self._featured = _of_probes(made, self._probes)
        earlier = self._earlier
        if self._featured is None or earlier is None or earlier._featured is None:
            return features_of(made, self._probes)
        alike = earlier._device == self._device and torch.equal(earlier._featured, self._featured)
        return earlier.features if alike else features_of(made, self._probes)

    def _end(self, node: fx.Node) -> None:
        if not self.layers:
            raise UntranslatableError(f"{self._name} has no Linear; a page trains {SUPPORTED}")
        if node.args[0] is not self._reached:
            raise UntranslatableError(f"{self._name} does not return what its last layer makes, and nothing else")

    def _add(self, node: fx.Node) -> None:
        module = self._traced.module(node)
        name = operation(node)
        if module is None and name in ("add", "iadd"):
            self._add_residual(node)
        elif node.all_input_nodes != [self._reached]:
            raise self._refusal(node, "does not take what the operation before it makes alone")
        elif type(module) is nn.Linear:
            self._add_linear(module, node)
        elif module is not None and type(module) in _MODULES:
            self._add_curve(*_MODULES[type(module)](module), node)
        elif module is None and name in _FUNCTIONS:
            self._add_curve(*_FUNCTIONS[name](node), node)
        elif module is not None or _frequency(node) is None:
            opaque = self._traced.opaque(module)
            raise self._refusal(node, "has a forward that torch.fx cannot follow" if opaque else "cannot be translated")

    def _add_linear(self, linear: nn.Linear, node: fx.Node) -> None:
        own = [each for each in (linear.weight, linear.bias) if each is not None]
        for each in own:
            if (other := _other_kind(each)) is not None:
                kind, remedy = other
                name = self._traced.name(node)
                raise UntranslatableError(
                    f"{name} has parameters {kind}; a page trains dense ones in float32: {remedy}"
                )
        if any(linear is known for known in self.linears):
            raise self._refusal(node, "is used twice")
        for at, each in enumerate(own):
            if not isinstance(each, nn.Parameter):
                raise self._refusal(node, "has a weight that is computed anew for each call")
            if any(_overlap(each, other) for other in self.parameters + own[:at]):
                raise self._refusal(node, "shares a parameter with another layer")
        inputs, outputs = linear.in_features, linear.out_features
        if self._width not in (0, inputs) or not 1 <= inputs <= MOST_WIDTH or not 1 <= outputs <= MOST_WIDTH:
            raise self._refusal(node, f"takes {inputs} numbers and makes {outputs}")
        self.linears.append(linear)
        self._width = outputs
        bias = linear.bias is not None
        self.layers.append({"kind": "linear", "inputs": inputs, "outputs": outputs, "bias": bias, "scale": 0.0})

    def _add_curve(self, kind: str, scale: float, node: fx.Node) -> None:
        if not self.layers:
            raise self._refusal(node, "comes before the first Linear")
        self._put(kind, self._width, scale)

    def _add_residual(self, node: fx.Node) -> None:
        begun, width = self._around[-1] if self._around else (None, 0)
        if set(node.all_input_nodes) != {self._reached, begun} or self._reached is begun or width != self._width:
            raise self._refusal(node, "adds something other than the input of a residual block")
        self._around.pop()
        self._put("add", width)

    def _put(self, kind: str, width: int, scale: float = 0.0) -> None:
        self.layers.append({"kind": kind, "inputs": width, "outputs": width, "bias": False, "scale": scale})

    def _refusal(self, node: fx.Node, why: str) -> UntranslatableError:
        return UntranslatableError(f"{self._traced.name(node)} {why}; a page trains {SUPPORTED}")

    def _made(self, values: torch.Tensor) -> torch.Tensor:
        """What a page computes from samples. Features are already compared, and rounding grows in the layers."""
        values = self._before(values)
        linears = iter(self.linears)
        around: list[torch.Tensor] = []
        for layer in self.layers:
            kind = layer["kind"]
            if kind == "linear":
                linear = next(linears)
                values = functional.linear(values, linear.weight, linear.bias)
            elif kind == "branch":
                around.append(values)
            elif kind == "add":
                values = around.pop() + values
            else:
                values = _CURVES[kind](values, layer["scale"])
        return values


def _unwrapped(model: nn.Module) -> nn.Module:
    if isinstance(model, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
        return _unwrapped(model.module)
    inner: nn.Module = getattr(model, "_orig_mod", model)  # torch.compile wraps it
    return inner


def _trained(held: Any) -> bool:
    parameters = held.parameters() if isinstance(held, nn.Module) else [held]
    return any(isinstance(each, nn.Parameter) and each.requires_grad for each in parameters)


def _other_kind(parameter: torch.Tensor) -> tuple[str, str] | None:
    """What a parameter is instead of dense float32 numbers, and what to do about it; None for such numbers."""
    if parameter.is_meta:
        return "without values, on the meta device", "give them values first"
    if parameter.layout != torch.strided:
        return f"in {parameter.layout}", "replace each by its to_dense()"
    if parameter.is_complex():
        return f"in {parameter.dtype}", "use real numbers"
    if parameter.dtype == torch.float32:
        return None
    largest = parameter.detach().double().abs().max().item() if parameter.numel() else 0.0
    if math.isfinite(largest) and largest > torch.finfo(torch.float32).max:
        return f"in {parameter.dtype}, one of {largest:g}, beyond float32", "scale them, then call model.float()"
    return f"in {parameter.dtype}", "call model.float()"


def _overlap(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether both lie in the same memory."""
    if one is other:
        return True
    (begin, end), (first, last) = ((each.data_ptr(), each.data_ptr() + each.nbytes) for each in (one, other))
    return one.device == other.device and begin < last and first < end


def _argument(node: fx.Node, name: str, otherwise: Any) -> Any:
    """The second argument of ``node``, called ``name``."""
    return node.args[1] if len(node.args) > 1 else node.kwargs.get(name, otherwise)


def _frequency(node: fx.Node) -> float | None:
    """The factor by which ``node`` multiplies the argument of a sine, if it does."""
    numbers = [each for each in node.args if isinstance(each, (int, float)) and not isinstance(each, bool)]
    sines = [operation(user) for user in node.users] == ["sin"]
    return float(numbers[0]) if operation(node) == "mul" and sines and len(numbers) == 1 else None


def _same_features(one: Features | None, other: Features | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.kinds == other.kinds and torch.equal(one.matrix, other.matrix)


def _of_probes(made: Callable[[torch.Tensor], torch.Tensor], values: torch.Tensor) -> torch.Tensor | None:
    """A copy of the output of ``made`` for ``values``."""
    try:
        with torch.no_grad():
            found = made(values.clone())
    except Exception:  # a user's module may expect something else altogether
        return None
    return found.clone() if isinstance(found, torch.Tensor) else None


def _alike(one: Callable[[Any], Any], other: Callable[[Any], Any], values: torch.Tensor) -> bool:
    """Whether both give the same result for ``values``."""
    try:
        with torch.no_grad():
            found, wanted = one(values.clone()), other(values.clone())
    except Exception:  # a user's module may expect something else altogether
        return False
    return (
        isinstance(found, torch.Tensor)
        and found.shape == wanted.shape
        and found.dtype == wanted.dtype
        and torch.allclose(found, wanted, rtol=1e-5, atol=1e-6, equal_nan=True)
    )


def settings_of(optimizer: torch.optim.Optimizer, parameters: Sequence[torch.Tensor]) -> dict[str, Any]:
    """The settings of ``optimizer`` for ``parameters``, without changes of the learning rate.

    Raises `UntranslatableError` for another optimiser, for options that are not supported, and if it does not treat all
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
    numbers = {
        "lr": float(group["lr"]),
        "beta1": float(beta1),
        "beta2": float(beta2),
        "eps": float(group.get("eps", 0.0)),
        "weight_decay": float(group["weight_decay"]),
        "momentum": float(group.get("momentum", 0.0)),
    }
    for name, number in numbers.items():
        if not abs(number) <= torch.finfo(torch.float32).max:  # NaN neither
            raise UntranslatableError(f"{name}={number:g} is no number of float32, in which a page trains: set another")
    return {"kind": kind, **numbers}
