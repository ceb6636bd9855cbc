"""Which networks and optimisers a page can train, and what is said of the others."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from vultorch_widget.training.model import TinyMLP
from vultorch_widget.training.translated import Translation, UntranslatableError, settings_of


class Sine(nn.Module):
    def __init__(self, w0: float) -> None:
        super().__init__()
        self.w0 = w0

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return torch.sin(self.w0 * values)


class SineLayer(nn.Module):
    """As SIREN has them."""

    def __init__(self, inputs: int, outputs: int, omega: float = 30.0) -> None:
        super().__init__()
        self.omega = omega
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return torch.sin(self.omega * self.linear(values))


class Doubled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(2, 3)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return 2 * self.inner(values)


def kinds(model: nn.Module) -> list[str]:
    return [layer["kind"] for layer in Translation(model).layers]


def test_nested_sequences_and_wrappers_are_one_list_of_layers() -> None:
    inner = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.GELU(approximate="tanh"), nn.Identity()))
    model = nn.Sequential(nn.Linear(2, 4, bias=False), nn.LeakyReLU(0.2), inner, nn.Linear(4, 3), nn.Sigmoid())
    translation = Translation(model)
    assert [layer["kind"] for layer in translation.layers] == [
        "linear",
        "leaky_relu",
        "linear",
        "gelu_tanh",
        "linear",
        "sigmoid",
    ]
    assert translation.layers[1] == {"kind": "leaky_relu", "inputs": 4, "outputs": 4, "bias": False, "scale": 0.2}
    assert translation.layers[0]["bias"] is False
    assert all(ours is theirs for ours, theirs in zip(translation.parameters, model.parameters(), strict=True))
    assert kinds(TinyMLP(8)) == ["linear", "relu", "linear", "relu", "linear", "sigmoid"]


def test_one_activation_may_come_in_many_places() -> None:
    curve = nn.SiLU()
    assert kinds(nn.Sequential(nn.Linear(2, 3), curve, nn.Linear(3, 3), curve)) == ["linear", "silu"] * 2


def test_sines_are_found_by_what_they_do() -> None:
    model = nn.Sequential(SineLayer(2, 4), nn.Linear(4, 4), Sine(math.pi), nn.Linear(4, 1))
    layers = Translation(model).layers
    assert [layer["kind"] for layer in layers] == ["linear", "sine", "linear", "sine", "linear"]
    assert [layers[1]["scale"], layers[3]["scale"]] == [30.0, math.pi]


SHARED = nn.Linear(2, 2)


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (nn.Sequential(nn.Linear(2, 3), nn.Softplus()), r"Sequential\.1 \(Softplus\) cannot be translated"),
        (nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5)), r"Sequential\.1 \(Dropout\)"),
        (nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3)), r"Sequential\.1 \(LayerNorm\)"),
        (nn.Sequential(SHARED, nn.ReLU(), SHARED), r"Sequential\.2 \(Linear\) is used twice"),
        (nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 3)), r"Sequential\.1 \(Linear\) takes 4 numbers"),
        (nn.Sequential(nn.ReLU(), nn.Linear(2, 3)), r"Sequential\.0 \(ReLU\) comes before"),
        (nn.Sequential(), "does not begin with a Linear"),
        (nn.Bilinear(2, 2, 3), "Bilinear cannot be translated"),
        (Doubled(), "Doubled cannot be translated"),
        (nn.Linear(2, 3, dtype=torch.float64), "parameters in torch.float64"),
        (nn.Linear(2, 5000), "makes 5000"),
    ],
)
def test_what_cannot_be_translated_is_named(model: nn.Module, named: str) -> None:
    with pytest.raises(UntranslatableError, match=named):
        Translation(model)


def test_the_message_says_what_is_supported() -> None:
    with pytest.raises(UntranslatableError, match=r"a page trains nn\.Sequential of Linear, ReLU"):
        Translation(nn.Conv2d(1, 1, 3))


def test_settings_of_the_three_optimisers() -> None:
    linear = nn.Linear(2, 3)
    parameters = [linear.weight, linear.bias]
    adam = settings_of(torch.optim.Adam(linear.parameters(), 0.1, betas=(0.8, 0.9), weight_decay=0.5), parameters)
    assert adam == {
        "kind": "adam",
        "lr": 0.1,
        "beta1": 0.8,
        "beta2": 0.9,
        "eps": 1e-8,
        "weight_decay": 0.5,
        "momentum": 0.0,
    }
    assert settings_of(torch.optim.AdamW(linear.parameters()), parameters)["kind"] == "adamw"
    sgd = settings_of(torch.optim.SGD(linear.parameters(), 0.1, momentum=0.9), parameters)
    assert (sgd["kind"], sgd["momentum"]) == ("sgd", 0.9)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (lambda linear: torch.optim.RMSprop(linear.parameters()), "RMSprop .* SGD, Adam and AdamW"),
        (lambda linear: torch.optim.Adam(linear.parameters(), amsgrad=True), "amsgrad=True"),
        (lambda linear: torch.optim.SGD(linear.parameters(), 0.1, momentum=0.9, nesterov=True), "nesterov=True"),
        (lambda linear: torch.optim.Adam([linear.weight]), "does not train all parameters"),
        (
            lambda linear: torch.optim.Adam([{"params": [linear.weight]}, {"params": [linear.bias], "lr": 0.5}]),
            "parameter groups of Adam differ",
        ),
    ],
)
def test_an_optimiser_that_cannot_be_translated_is_named(options: object, named: str) -> None:
    linear = nn.Linear(2, 3)
    with pytest.raises(UntranslatableError, match=named):
        settings_of(options(linear), [linear.weight, linear.bias])  # type: ignore[operator]
