"""The results of small trainings in torch, which the engine in the page must reproduce: ``python -m
tests.training.truth``.

`js/test/training/truth.json` is kept in the repository, so that the front end's tests need no torch.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from vultorch_widget.training.coordinates import coordinates

FILE = Path(__file__).parents[2] / "js" / "test" / "training" / "truth.json"
STEPS = 200
SAMPLES = 50
"""Not a multiple of any vector or block."""
WIDTHS = (2, 9, 6, 3)
SEED = 5
SINE = 3.0

ACTIVATIONS: dict[str, nn.Module] = {
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(0.1),
    "silu": nn.SiLU(),
    "gelu": nn.GELU(),
    "gelu_tanh": nn.GELU(approximate="tanh"),
    "tanh": nn.Tanh(),
    "sigmoid": nn.Sigmoid(),
    "sine": nn.Identity(),  # see `Network`
}
SCALES = {"leaky_relu": 0.1, "sine": SINE}
ADAM = {"kind": "adam", "lr": 2e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0, "momentum": 0.0}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "adam": ADAM,
    "adam with decay": ADAM | {"weight_decay": 1e-2},
    "adamw": ADAM | {"kind": "adamw", "weight_decay": 1e-2},
    "sgd": ADAM | {"kind": "sgd", "lr": 0.05},
    "sgd with momentum": ADAM | {"kind": "sgd", "lr": 0.02, "momentum": 0.9, "weight_decay": 1e-3},
}
LOSSES = {
    "mse": functional.mse_loss,
    "l1": functional.l1_loss,
    "cross_entropy": functional.cross_entropy,
    "cross_entropy of classes": functional.cross_entropy,
}
CASES = dict.fromkeys(
    [(activation, "adam", "mse") for activation in ACTIVATIONS]
    + [("silu", optimizer, loss) for optimizer in OPTIMIZERS for loss in ("mse", "l1")]
    + [("residual", "adam", "mse"), ("residual", "sgd with momentum", "cross_entropy")]
    + [("gelu", "adamw", "cross_entropy of classes"), ("fourier", "adam", "mse")]
)
"""Network, optimiser and loss of each training."""

LINES = (1, 2, 3, 10, 33)
"""Lengths of rows of pixels whose coordinates must equal torch's."""


class Network(nn.Module):
    """Linear layers with the activation between them, and a sigmoid at the end."""

    def __init__(self, activation: str) -> None:
        super().__init__()
        self.kind = activation
        self.linears = nn.ModuleList(nn.Linear(*pair) for pair in itertools.pairwise(WIDTHS))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        *hidden, last = self.linears
        for linear in hidden:
            values = linear(values)
            values = torch.sin(SINE * values) if self.kind == "sine" else ACTIVATIONS[self.kind](values)
        return torch.sigmoid(last(values))

    def layers(self) -> list[dict[str, Any]]:
        """In the form of a definition."""
        made = []
        for inputs, outputs in itertools.pairwise(WIDTHS):
            made += [_layer("linear", inputs, outputs)]
            made += [_layer(self.kind, outputs, outputs, SCALES.get(self.kind, 0.0))]
        return [*made[:-1], _layer("sigmoid", WIDTHS[-1], WIDTHS[-1])]


class Residual(nn.Module):
    """Residual blocks around a layer, nested, without a sigmoid at the end."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.first, self.outer, self.inner, self.last = (
            nn.Linear(*pair) for pair in ((2, width), (width, width), (width, width), (width, 3))
        )

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        values = functional.silu(self.first(values))
        changed = functional.silu(self.outer(values))
        changed = changed + torch.tanh(self.inner(changed))
        made: torch.Tensor = self.last(torch.relu(values + changed))
        return made

    def layers(self, width: int = 6) -> list[dict[str, Any]]:
        """In the form of a definition."""
        kinds = ("silu", "branch", "linear", "silu", "branch", "linear", "tanh", "add", "add", "relu")
        inner = [_layer(kind, width, width) for kind in kinds]
        return [_layer("linear", 2, width), *inner, _layer("linear", width, 3)]


class Fourier(nn.Module):
    """Fourier features of the inputs, and the inputs themselves, before two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.frequencies = torch.tensor([[1.0, 0.5], [-3.0, 2.0], [0.0, 9.0]])
        self.first, self.last = nn.Linear(2 + 2 * 3, 6), nn.Linear(6, 3)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        turned = values @ self.frequencies.T
        features = torch.cat([values, turned.sin(), turned.cos()], 1)
        made: torch.Tensor = self.last(torch.tanh(self.first(features)))
        return made

    def layers(self) -> list[dict[str, Any]]:
        """In the form of a definition."""
        return [_layer("linear", 8, 6), _layer("tanh", 6, 6), _layer("linear", 6, 3)]

    def features(self) -> dict[str, Any]:
        """In the form of a definition, with the numbers of the matrix."""
        rows = torch.cat([torch.eye(2), self.frequencies, self.frequencies])
        kinds = ["same"] * 2 + ["sin"] * 3 + ["cos"] * 3
        return {"inputs": 2, "kinds": kinds, "matrix": rows.reshape(-1).tolist()}


def _layer(kind: str, inputs: int, outputs: int, scale: float = 0.0) -> dict[str, Any]:
    return {"kind": kind, "inputs": inputs, "outputs": outputs, "bias": kind == "linear", "scale": scale}


def data() -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs (`SAMPLES`, 2) in -1..1 and targets (`SAMPLES`, 3) in 0..1."""
    angle = torch.linspace(0, 9, SAMPLES)
    inputs = torch.stack([angle.sin(), (angle * 0.7).cos()], dim=1)
    targets = torch.stack([(angle * speed).sin() * 0.4 + 0.5 for speed in (1.0, 1.7, 2.3)], dim=1)
    return inputs, targets


def optimizer_of(parameters: Any, settings: dict[str, Any]) -> torch.optim.Optimizer:
    """torch's optimiser with these ``settings``."""
    lr, decay = settings["lr"], settings["weight_decay"]
    if settings["kind"] == "sgd":
        return torch.optim.SGD(parameters, lr, momentum=settings["momentum"], weight_decay=decay)
    made = torch.optim.Adam if settings["kind"] == "adam" else torch.optim.AdamW
    betas = settings["beta1"], settings["beta2"]
    return made(parameters, lr, betas=betas, eps=settings["eps"], weight_decay=decay)


def trained(name: str, optimizer: str, loss: str) -> dict[str, Any]:
    """The course of one training: its losses, each before its step, and its final parameters."""
    inputs, targets = data()
    if loss == "cross_entropy":
        targets = torch.softmax(4 * targets, 1)
    elif loss == "cross_entropy of classes":
        targets = functional.one_hot(targets.argmax(1), 3).float()
    torch.manual_seed(SEED)
    network = made(name)
    start = flat(network)
    chosen = optimizer_of(network.parameters(), OPTIMIZERS[optimizer])
    losses = []
    for _ in range(STEPS):
        chosen.zero_grad()
        value = LOSSES[loss](network(inputs), targets)
        value.backward()
        chosen.step()
        losses.append(value.item())
    return {
        "name": f"{name}, {optimizer}, {loss}",
        "features": network.features() if isinstance(network, Fourier) else None,
        "layers": network.layers(),
        "start": None if isinstance(network, Network) else start,
        "targets": targets.reshape(-1).tolist() if loss.startswith("cross_entropy") else None,
        "optimizer": OPTIMIZERS[optimizer],
        "loss": loss.removesuffix(" of classes"),
        "losses": losses[::10],
        "parameters": flat(network),
    }


def made(name: str) -> Network | Residual | Fourier:
    """The network ``name``: that of an activation, or one of the others."""
    if name == "residual":
        return Residual()
    return Fourier() if name == "fourier" else Network(name)


def flat(network: nn.Module) -> list[float]:
    """All parameters, one after another."""
    return [value for parameter in network.parameters() for value in parameter.detach().reshape(-1).tolist()]


def truth() -> dict[str, Any]:
    """All trainings, and what they start from."""
    inputs, targets = data()
    torch.manual_seed(SEED)
    return {
        "steps": STEPS,
        "inputs": inputs.reshape(-1).tolist(),
        "targets": targets.reshape(-1).tolist(),
        "start": flat(Network("relu")),
        "lines": [coordinates(1, width)[:, 0].tolist() for width in LINES],
        "trainings": [trained(*case) for case in CASES],
    }


def rounded(value: Any) -> Any:
    """``value`` with its numbers rounded to nine digits, which distinguish every float32."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    torch.set_num_threads(1)
    FILE.write_text(json.dumps(rounded(truth()), separators=(",", ":")) + "\n")
