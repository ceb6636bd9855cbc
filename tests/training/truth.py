"""What torch makes of small trainings, which the engine in the page has to follow: ``python -m tests.training.truth``.

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
"""No multiple of any vector or block."""
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
LOSSES = {"mse": functional.mse_loss, "l1": functional.l1_loss}

LINES = (1, 2, 3, 10, 33)
"""Lengths of rows of pixels whose places have to be torch's."""


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


def layers(activation: str) -> list[dict[str, Any]]:
    """The network as a definition has it."""

    def layer(kind: str, inputs: int, outputs: int, scale: float = 0.0) -> dict[str, Any]:
        return {"kind": kind, "inputs": inputs, "outputs": outputs, "bias": kind == "linear", "scale": scale}

    made = []
    for inputs, outputs in itertools.pairwise(WIDTHS):
        made += [layer("linear", inputs, outputs)]
        made += [layer(activation, outputs, outputs, SCALES.get(activation, 0.0))]
    return [*made[:-1], layer("sigmoid", WIDTHS[-1], WIDTHS[-1])]


def trained(activation: str, optimizer: str, loss: str) -> dict[str, Any]:
    """The course of one training: its losses, each before its step, and its last parameters."""
    inputs, targets = data()
    torch.manual_seed(SEED)
    network = Network(activation)
    chosen = optimizer_of(network.parameters(), OPTIMIZERS[optimizer])
    losses = []
    for _ in range(STEPS):
        chosen.zero_grad()
        value = LOSSES[loss](network(inputs), targets)
        value.backward()
        chosen.step()
        losses.append(value.item())
    return {
        "name": f"{activation}, {optimizer}, {loss}",
        "layers": layers(activation),
        "optimizer": OPTIMIZERS[optimizer],
        "loss": loss,
        "losses": losses[::10],
        "parameters": flat(network),
    }


def flat(network: nn.Module) -> list[float]:
    """All parameters, one after another."""
    return [value for parameter in network.parameters() for value in parameter.detach().reshape(-1).tolist()]


def truth() -> dict[str, Any]:
    """All trainings, and what they begin with."""
    inputs, targets = data()
    torch.manual_seed(SEED)
    cases = [(activation, "adam", "mse") for activation in ACTIVATIONS]
    cases += [("silu", optimizer, loss) for optimizer in OPTIMIZERS for loss in LOSSES]
    return {
        "steps": STEPS,
        "inputs": inputs.reshape(-1).tolist(),
        "targets": targets.reshape(-1).tolist(),
        "start": flat(Network("relu")),
        "lines": [coordinates(1, width)[:, 0].tolist() for width in LINES],
        "trainings": [trained(*case) for case in dict.fromkeys(cases)],
    }


def rounded(value: Any) -> Any:
    """``value`` with its numbers to nine digits, which tell every float32 apart."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    torch.set_num_threads(1)
    FILE.write_text(json.dumps(rounded(truth()), separators=(",", ":")) + "\n")
