"""The state of a training, copied and restored: bit for bit, in place, and entirely or not at all."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from vultorch_widget.checkpoints import Batches, Checkpoint, RestoreError, TrainingState
from vultorch_widget.checkpoints.parts import load_in_place
from vultorch_widget.training import ImageFit

pytestmark = pytest.mark.usefixtures("one_thread")


def back(state: TrainingState, checkpoint: Checkpoint) -> None:
    state.put_back(checkpoint, state.take(), {})


class Training:
    """A small training with everything that has state."""

    def __init__(self, optimizer: Callable[[Any], torch.optim.Optimizer], loader: dict[str, Any] | None = None) -> None:
        torch.manual_seed(3)
        self.model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 1))
        self.optimizer = optimizer(self.model.parameters())
        self.scheduler = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, 0.1, total_steps=200, cycle_momentum=False)
        data = TensorDataset(torch.rand(22, 4), torch.rand(22, 1))
        self.batches = Batches[Any](DataLoader(data, batch_size=4, shuffle=True, **(loader or {})))
        self.counts = {"steps": 0, "noise": torch.zeros(2), "best": [float("inf")]}
        self.state = TrainingState((self.model, self.optimizer, self.scheduler, self.batches), {"counts": self.counts})

    def step(self) -> None:
        inputs, targets = next(self.batches)
        inputs = inputs + 0.01 * random.random() * float(np.random.rand())
        loss = functional.mse_loss(self.model(inputs), targets)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()
        self.counts["steps"] += 1
        self.counts["noise"] = self.counts["noise"] + torch.rand(2)
        self.counts["best"].append(loss.item())

    def everything(self) -> list[Any]:
        state = self.optimizer.state_dict()["state"]
        moments = [value for number in sorted(state) for value in state[number].values()]
        tensors = [*self.model.state_dict().values(), *moments, self.counts["noise"]]
        return [
            *(value.clone() if isinstance(value, torch.Tensor) else value for value in tensors),
            self.optimizer.param_groups[0]["lr"],
            self.batches.epoch,
            self.batches.taken,
            self.counts["steps"],
            list(self.counts["best"]),
        ]


def same(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(
        torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b for a, b in zip(one, other, strict=True)
    )


OPTIMIZERS = {
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
    "sgd with momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.01, momentum=0.9, dampening=0.1),
    "nadam": lambda parameters: torch.optim.NAdam(parameters, lr=0.01),
    "rprop": lambda parameters: torch.optim.Rprop(parameters, lr=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("at", [0, 3, 9])  # before the first step; in the first epoch; in the second
def test_a_training_goes_on_bit_for_bit_from_where_it_was(name: str, at: int) -> None:
    training = Training(OPTIMIZERS[name])
    for _ in range(at):
        training.step()
    checkpoint = training.state.take()
    there = training.everything()
    for _ in range(11):
        training.step()
    end = training.everything()
    for _ in range(2):
        back(training.state, checkpoint)
        assert same(training.everything(), there)
        for _ in range(11):
            training.step()
        assert same(training.everything(), end)


@pytest.mark.parametrize("given", [{"generator": 7}, {"num_workers": 1}], ids=["a generator of its own", "a worker"])
def test_shuffled_batches_come_again_in_their_order(given: dict[str, Any]) -> None:
    if "generator" in given:
        given = {"generator": torch.Generator().manual_seed(given["generator"])}
    training = Training(OPTIMIZERS["adam"], given)
    for _ in range(4):
        training.step()
    checkpoint = training.state.take()
    order = [next(training.batches)[0] for _ in range(9)]
    back(training.state, checkpoint)
    assert same([next(training.batches)[0] for _ in range(9)], order)


def test_an_image_fit_goes_back_also_across_another_width() -> None:
    fit = ImageFit(torch.rand(9, 7, 3), seed=0, width=16)
    state = TrainingState((fit,), {})
    begin = state.take()
    fit.step(5)
    checkpoint = state.take()
    addresses = [parameter.data_ptr() for parameter in fit.model.parameters()]
    fit.step(4)
    end = [parameter.clone() for parameter in fit.model.parameters()]
    back(state, checkpoint)
    assert fit.iteration == 5
    assert [parameter.data_ptr() for parameter in fit.model.parameters()] == addresses
    fit.reset(width=8)
    fit.step(2)
    back(state, checkpoint)
    fit.step(4)
    assert (fit.width, fit.iteration) == (16, 9)
    assert same(list(fit.model.parameters()), end)
    back(state, begin)
    assert fit.iteration == 0
    fit.step(9)
    assert same(list(fit.model.parameters()), end)


def test_tensors_keep_their_memory_so_that_captured_steps_go_on() -> None:
    training = Training(OPTIMIZERS["adam"])
    training.step()
    checkpoint = training.state.take()
    training.step()

    def addresses() -> list[int]:
        moments = [value for state in training.optimizer.state.values() for value in state.values()]
        return [tensor.data_ptr() for tensor in [*training.model.state_dict().values(), *moments]]

    before = addresses()
    back(training.state, checkpoint)
    assert addresses() == before


def test_a_learning_rate_that_is_a_tensor_stays_that_tensor() -> None:
    rate, weight = torch.tensor(0.1), nn.Parameter(torch.ones(1))
    optimizer = torch.optim.Adam([weight], lr=rate)
    state = TrainingState((optimizer,), {})
    checkpoint = state.take()
    rate.fill_(0.5)
    back(state, checkpoint)
    assert optimizer.param_groups[0]["lr"] is rate
    assert float(rate) == pytest.approx(0.1)


class Fickle:
    """An object that cannot load anything."""

    def __init__(self) -> None:
        self.value = 1
        self.refuses = False

    def state_dict(self) -> dict[str, int]:
        return {"value": self.value}

    def load_state_dict(self, state: dict[str, int]) -> None:
        if self.refuses:
            self.refuses = False
            raise OSError("no more room")
        self.value = state["value"]


def test_what_cannot_be_put_back_leaves_everything_as_it_was_and_says_why() -> None:
    training, fickle = Training(OPTIMIZERS["adam"]), Fickle()
    everything = (training.model, training.optimizer, training.scheduler, training.batches, training.counts)
    state = TrainingState((*everything, fickle), {})
    checkpoint = state.take()
    training.step()
    before = training.everything()
    random_before = torch.get_rng_state()
    fickle.refuses = True
    with pytest.raises(RestoreError, match="OSError: no more room"):
        back(state, checkpoint)
    assert same(training.everything(), before)
    assert torch.equal(torch.get_rng_state(), random_before)


def test_a_model_of_other_shapes_is_refused_before_anything_is_written() -> None:
    model, weight = nn.Linear(2, 2), torch.zeros(1)
    state = TrainingState((weight,), {"model": model})
    checkpoint = state.take()
    weight.fill_(5)
    model.weight = nn.Parameter(torch.zeros(3, 2))
    with pytest.raises(RestoreError, match=r"'weight' of model is \(3, 2\) now and was \(2, 2\)"):
        back(state, checkpoint)
    assert float(weight) == 5


def test_an_optimizer_with_new_parameters_is_refused() -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(2))], lr=0.1)
    state = TrainingState((optimizer,), {})
    checkpoint = state.take()
    optimizer.add_param_group({"params": [nn.Parameter(torch.zeros(3))]})
    with pytest.raises(RestoreError, match="SGD 0 have other shapes"):
        back(state, checkpoint)


def test_a_loader_is_refused_in_favour_of_batches() -> None:
    loader = DataLoader(TensorDataset(torch.rand(4)))
    for value in (loader, iter(loader)):
        with pytest.raises(TypeError, match=r"vultorch_widget\.Batches\(loader\)"):
            TrainingState((value,), {})
        with pytest.raises(TypeError, match="Batches"):
            TrainingState(({"data": value},), {})


def test_plain_values_have_to_be_in_a_dict() -> None:
    with pytest.raises(TypeError, match="epoch is a int, which cannot be restored in place"):
        TrainingState((), {"epoch": 3})
    with pytest.raises(TypeError, match=r"counts\['items'\] is a generator, which cannot be copied"):
        TrainingState((), {"counts": {"items": (number for number in range(3))}})
    with pytest.raises(TypeError, match="what makes up the state"):
        TrainingState((), {})


def test_generators_and_modules_in_a_dict_are_put_back() -> None:
    kept = {
        "numpy": np.random.default_rng(0),
        "torch": torch.Generator(),
        "python": random.Random(0),
        "net": nn.Linear(1, 1),
    }
    state = TrainingState((kept, [kept["torch"]]), {})

    def draw() -> list[float]:
        return [kept["numpy"].random(), torch.rand(1, generator=kept["torch"]).item(), kept["python"].random()]

    checkpoint = state.take()
    drawn, weight = draw(), kept["net"].weight.item()
    with torch.no_grad():
        kept["net"].weight.fill_(9)
    kept["new"] = 1
    back(state, checkpoint)
    assert draw() == drawn
    assert kept["net"].weight.item() == weight
    assert "new" not in kept


def test_a_checkpoint_is_not_changed_by_the_training_nor_by_being_put_back() -> None:
    counts = {"list": [1], "ordered": OrderedDict(a=torch.zeros(1)), "pair": (torch.zeros(1), 2)}
    state = TrainingState((counts,), {})
    checkpoint = state.take()
    for _ in range(2):
        counts["list"].append(2)
        counts["ordered"]["a"].add_(1)
        counts["pair"][0].add_(1)
        back(state, checkpoint)
        assert (counts["list"], counts["ordered"]["a"].item(), counts["pair"][0].item()) == ([1], 0, 0)


def test_buffers_that_are_not_saved_and_modes_are_part_of_a_module() -> None:
    model = nn.Sequential(nn.Linear(1, 1), nn.Dropout())
    model.register_buffer("scratch", torch.zeros(1), persistent=False)
    state = TrainingState((model,), {})
    checkpoint = state.take()
    model.eval()
    model.scratch.fill_(4)
    back(state, checkpoint)
    assert model.training
    assert model[1].training
    assert model.scratch.item() == 0


def test_tied_weights_take_their_memory_once() -> None:
    one = nn.Linear(64, 64, bias=False)
    alone, twice = TrainingState((one,), {}).take(), TrainingState((one, one.weight), {}).take()
    assert alone.bytes == twice.bytes
    assert alone.bytes >= 64 * 64 * 4


def test_objects_in_a_list_in_a_dict_stay_the_same_objects() -> None:
    nets = [nn.Linear(1, 1), nn.Linear(1, 1)]
    kept = {"nets": nets, "pair": (nn.Linear(1, 1), 3), "losses": [1.0]}
    state = TrainingState((), {"kept": kept})
    checkpoint = state.take()
    weights = [net.weight.item() for net in (*nets, kept["pair"][0])]
    with torch.no_grad():
        for net in (*nets, kept["pair"][0]):
            net.weight.fill_(9)
    first, second = nets
    nets.pop()
    kept["losses"].append(2.0)
    back(state, checkpoint)
    assert kept["nets"] is nets
    assert nets == [first, second]
    assert [net.weight.item() for net in (first, second, kept["pair"][0])] == weights
    assert kept["losses"] == [1.0]


def test_what_is_wrong_in_a_list_in_a_dict_is_named() -> None:
    loader = DataLoader(TensorDataset(torch.rand(4)))
    with pytest.raises(TypeError, match=r"kept\['all'\]\[1\] is a DataLoader"):
        TrainingState((), {"kept": {"all": [nn.Linear(1, 1), loader]}})
    net = nn.Linear(2, 2)
    state = TrainingState((), {"kept": {"nets": [net]}})
    checkpoint = state.take()
    net.weight = nn.Parameter(torch.zeros(3, 2))
    with pytest.raises(RestoreError, match=r"'weight' of kept\['nets'\]\[0\] is \(3, 2\) now"):
        back(state, checkpoint)


class Scaled(nn.Module):
    """A module whose extra state has a tensor in a dict, as quantised layers do."""

    def __init__(self) -> None:
        super().__init__()
        self.scales = {"amax": torch.zeros(1)}

    def get_extra_state(self) -> dict[str, torch.Tensor]:
        return self.scales

    def set_extra_state(self, state: dict[str, torch.Tensor]) -> None:
        self.scales = state


def test_tensors_in_the_extra_state_of_a_module_are_put_back_as_tensors() -> None:
    module = Scaled()
    state = TrainingState((module,), {})
    checkpoint = state.take()
    for _ in range(2):
        module.scales["amax"].fill_(4)
        back(state, checkpoint)
        assert module.scales["amax"].item() == 0


def test_a_state_of_another_device_moves_to_the_parameters_and_leaves_how_they_are_trained() -> None:
    weight = nn.Parameter(torch.ones(3, device="meta"))
    rate = torch.tensor(0.5)
    optimizer = torch.optim.Adam([weight], lr=rate, capturable=True, foreach=False)
    other = torch.optim.Adam([nn.Parameter(torch.ones(3))], lr=0.25, betas=(0.8, 0.9))
    other.param_groups[0]["params"][0].grad = torch.ones(3)
    other.step()
    load_in_place(optimizer, other.state_dict())
    assert {name: value.device.type for name, value in optimizer.state[weight].items()} == {
        "step": "meta",
        "exp_avg": "meta",
        "exp_avg_sq": "meta",
    }
    (group,) = optimizer.param_groups
    assert group["lr"] is rate
    assert float(rate) == 0.25
    assert group["betas"] == (0.8, 0.9)
    assert group["capturable"]
    assert group["foreach"] is False


def test_a_rate_that_is_a_number_stays_one() -> None:
    weights = [nn.Parameter(torch.ones(3)) for _ in range(2)]
    number, tensor = torch.optim.Adam(weights[:1], lr=0.5), torch.optim.Adam(weights[1:], lr=torch.tensor(0.25))
    load_in_place(number, tensor.state_dict())
    assert number.param_groups[0]["lr"] == 0.25
    assert isinstance(number.param_groups[0]["lr"], float)
