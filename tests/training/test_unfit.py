"""Which networks and optimisers the custom steps refuse, and what they say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from vultorch_widget.training import TinyMLP
from vultorch_widget.training.unfit import UnfitError, check_adam, parameters_of


def adam(model: TinyMLP, **options: object) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), lr=1e-3, **options)  # type: ignore[arg-type]


def test_a_tiny_network_and_plain_adam_are_fit() -> None:
    model = TinyMLP(16)
    found = parameters_of(model, 2, 16)
    assert [id(each) for each in found] == [id(each) for each in model.parameters()]
    check_adam(adam(model, betas=(0.5, 0.9), eps=1e-15), found)


def _set(at: int, module: nn.Module) -> Callable[[TinyMLP], object]:
    return lambda model: model.net.__setitem__(at, module)


def _other_net(model: TinyMLP) -> None:
    model.net = nn.Bilinear(2, 2, 3)  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_set(3, nn.GELU()), "no longer those of a TinyMLP, but Linear, ReLU, Linear, GELU, Linear, Sigmoid"),
        (_set(0, nn.Linear(3, 16)), r"net.0.weight has the shape \(16, 3\), not \(16, 2\)"),
        (_set(2, nn.Linear(16, 16, bias=False)), "net.2.bias is not a parameter"),
        (lambda model: parametrizations.weight_norm(model.net[2]), "Linear, ReLU, ParametrizedLinear, ReLU"),
        (lambda model: setattr(model.net[0], "bias", model.net[2].bias), "share a parameter"),
        (_other_net, "no longer those of a TinyMLP, but Bilinear"),
    ],
)
def test_other_layers_are_refused(change: Callable[[TinyMLP], object], said: str) -> None:
    model = TinyMLP(16)
    change(model)
    with pytest.raises(UnfitError, match=said):
        parameters_of(model, 2, 16)


def test_another_width_or_number_of_inputs_is_refused() -> None:
    with pytest.raises(UnfitError, match=r"net.0.weight has the shape \(16, 2\), not \(32, 2\)"):
        parameters_of(TinyMLP(16), 2, 32)
    with pytest.raises(UnfitError, match=r"net.0.weight has the shape \(16, 2\), not \(16, 128\)"):
        parameters_of(TinyMLP(16), 128, 16)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda model: adam(model, weight_decay=0.1), "Adam without weight_decay=0.1"),
        (lambda model: adam(model, amsgrad=True), "Adam without amsgrad=True"),
        (lambda model: adam(model, maximize=True), "Adam without maximize=True"),
        (lambda model: torch.optim.SGD(model.parameters(), lr=1e-3), "is for Adam, not SGD"),
        (lambda model: torch.optim.AdamW(model.parameters()), "is for Adam, not AdamW"),
        (lambda model: torch.optim.Adam(list(model.parameters())[:5]), "not train exactly the network's parameters"),
        (lambda model: torch.optim.Adam([*model.parameters(), torch.ones(1)]), "not train exactly the network's"),
        (
            lambda model: torch.optim.Adam([{"params": [each]} for each in model.parameters()]),
            "one group of parameters, not 6",
        ),
    ],
)
def test_other_optimisers_are_refused(made: Callable[[TinyMLP], torch.optim.Optimizer], said: str) -> None:
    model = TinyMLP(16)
    with pytest.raises(UnfitError, match=said):
        check_adam(made(model), parameters_of(model, 2, 16))


def test_frozen_parameters_are_refused() -> None:
    model = TinyMLP(16)
    optimizer = adam(model)
    model.net[2].requires_grad_(False)
    with pytest.raises(UnfitError, match="trains all parameters, of which 2 are frozen"):
        check_adam(optimizer, parameters_of(model, 2, 16))
