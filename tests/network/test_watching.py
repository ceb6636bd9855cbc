"""A network watched from the inside: what is measured, what looks wrong, and that the training is unaffected."""

from __future__ import annotations

import copy
import gc
import itertools
import time
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.optimizer import (
    _global_optimizer_post_hooks,
    _global_optimizer_pre_hooks,
    register_optimizer_step_post_hook,
)

from vultorch_widget.network.bins import BINS, DECADES, SIDE, column, edges
from vultorch_widget.network.strips import MOST_COLUMNS, Strips
from vultorch_widget.network.watching import BETWEEN, LEAST_UNSEEN, MOST_ROWS, UNSEEN, Watching
from vultorch_widget.protocol.controls import NetworkRow

Make = Callable[..., Watching]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def watched(told: list[str]) -> Iterator[Make]:
    """Makes a `Watching` whose step is the number of the last call of its attribute ``go``; nothing is thinned."""
    made = []

    def make(model: nn.Module, every: int = 1, *, share: float = 0.99, interval: float = 0.0) -> Watching:
        steps = [0]

        def step() -> int:
            return steps[0]

        watching = Watching(model, every, step, told.append, share=share, interval=interval)
        watching._budget._credit = watching._budget._left = 1e9  # no test depends on the speed of the machine
        watching.steps = steps  # type: ignore[attr-defined]
        made.append(watching)
        return watching

    yield make
    for watching in made:
        watching.close()


def mlp(width: int = 16, depth: int = 3, activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    torch.manual_seed(3)
    sizes = [4, *[width] * (depth - 1), 2]
    parts: list[nn.Module] = []
    for into, out in itertools.pairwise(sizes):
        parts += [nn.Linear(into, out), activation()]
    return nn.Sequential(*parts[:-1])


def train(
    model: nn.Module, watching: Watching | None = None, steps: int = 1, lr: float = 1e-3, optimizer: Any = None
) -> torch.optim.Optimizer:
    generator = torch.Generator().manual_seed(5)
    inputs = torch.randn(32, 4, generator=generator)
    if optimizer is None:
        optimizer = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr)
    for _ in range(steps):
        if watching is not None:
            watching.steps[0] += 1  # type: ignore[attr-defined]
        optimizer.zero_grad()
        (model(inputs) - 1).square().mean().backward()
        optimizer.step()
    return optimizer


def rows(watching: Watching) -> dict[str, NetworkRow]:
    return {row.name: row for row in watching.report()["rows"]}


def whys(watching: Watching) -> dict[str, str]:
    return {name: row.why for name, row in rows(watching).items()}


# --- what is measured -------------------------------------------------------------------------------------------------


def test_norms_and_the_update_are_those_of_the_step(watched: Make) -> None:
    model = mlp()
    watching = watched(model)
    before = copy.deepcopy(model)
    train(model, watching)
    layer, old = model[0], before[0]
    weight, gradient, update, dead, saturated = rows(watching)["0"].numbers

    def norm(*tensors: torch.Tensor) -> float:
        return float(torch.cat([tensor.detach().flatten() for tensor in tensors]).norm())

    changed = norm(layer.weight - old.weight, layer.bias - old.bias)
    assert weight == pytest.approx(norm(layer.weight, layer.bias), rel=0.01)
    assert gradient == pytest.approx(norm(layer.weight.grad, layer.bias.grad), rel=0.01)
    assert update == pytest.approx(changed / norm(old.weight, old.bias), rel=0.01)
    assert (dead, saturated) == (0.0, None)


def test_the_gradient_is_that_of_the_step_where_a_closure_computes_it(watched: Make) -> None:
    model = mlp()
    watching = watched(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    inputs = torch.randn(8, 4)

    def closure() -> torch.Tensor:  # as Lightning does
        optimizer.zero_grad()
        loss = model(inputs).square().mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    gradient = torch.cat([each.grad.flatten() for each in model[0].parameters()]).norm()
    assert rows(watching)["0"].numbers[1] == pytest.approx(float(gradient), rel=0.01)


def test_bins_are_symmetric_and_a_strip_shows_where_the_values_lie(watched: Make) -> None:
    model = nn.Linear(4, 2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[0.0, 0.0, 2.0, 2.0], [-2.0, -2.0, 1e-9, float("nan")]]))
    watching = watched(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.0)
    model(torch.zeros(1, 4)).sum().backward()
    optimizer.step()
    report = watching.report()
    place = sum(edge <= 2 for edge in edges("weights"))
    strip = report["strips"][0].weights
    seen = {place for place, digit in enumerate(strip) if digit != "0"}
    assert len(strip) == BINS == 2 * SIDE + 1
    assert seen == {SIDE - place, SIDE, SIDE + place}
    assert column([0.0] * BINS) == "." * BINS
    assert len(DECADES) == 3


def test_columns_stay_few_and_evenly_spaced_and_the_newest_is_there() -> None:
    strips = Strips()
    for step in range(1000):
        strips.add(step, {"a": ("1" * BINS,) * 3})
        assert len(strips.steps) <= MOST_COLUMNS
        assert (strips.steps[0], strips.steps[-1]) == (0, step)
    gaps = {after - before for before, after in itertools.pairwise(strips.steps[:-1])}
    assert len(gaps) == 1
    strips.add(300, {"a": ("2" * BINS,) * 3})  # the run went back
    assert strips.steps[-1] == 300
    strips.add(0, {"a": ("3" * BINS,) * 3})  # or began anew
    assert strips.steps == (0,)
    assert strips.of("a")[0] == "3" * BINS
    assert strips.of("b") == ["", "", ""]


# --- what looks wrong -------------------------------------------------------------------------------------------------


def test_a_healthy_network_has_nothing_wrong(watched: Make) -> None:
    model = mlp(64)
    watching = watched(model)
    train(model, watching, 20)
    report = watching.report()
    assert (report["layers"], report["unwell"]) == (3, 0)
    assert [row.at for row in report["rows"]] == [0, 1, 2]


def test_dead_units_are_counted_and_stand_first(watched: Make) -> None:
    model = mlp()
    with torch.no_grad():
        model[2].bias[:12] = -100.0
    watching = watched(model)
    train(model, watching)
    first = watching.report()["rows"][0]
    assert first.name == "2"
    assert first.numbers[3] >= 0.75
    assert first.why == f"{int(100 * first.numbers[3])}% of units dead"


def test_dead_channels_of_a_convolution_are_counted(watched: Make) -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(16, 2))
    with torch.no_grad():
        model[0].bias[:2] = -100.0
    watching = watched(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    model(torch.rand(8, 1, 4, 4)).square().mean().backward()
    optimizer.step()
    assert rows(watching)["0"].why == "50% of units dead"


def test_a_gradient_that_vanishes_in_many_sigmoids_is_found(watched: Make) -> None:
    model = mlp(depth=20, activation=nn.Sigmoid)
    watching = watched(model)
    train(model, watching)
    first = watching.report()["rows"][0]
    assert first.name == "0"
    assert first.why.startswith("gradient vanishes: ")
    assert first.why.endswith("of the largest")
    assert whys(watching)["38"] == ""


def test_saturated_units_are_found(watched: Make) -> None:
    model = mlp(activation=nn.Tanh)
    with torch.no_grad():
        model[0].bias.fill_(50.0)
    watching = watched(model)
    train(model, watching)
    assert rows(watching)["0"].numbers[4] == 1.0
    assert rows(watching)["0"].level >= 2


def test_an_update_as_large_as_the_weights_is_found(watched: Make) -> None:
    model = mlp()
    watching = watched(model)
    train(model, watching, lr=1.0)
    assert "of the weights" in whys(watching)["0"]
    assert rows(watching)["0"].level == 2


def test_where_values_were_lost_first_stands_first_and_since_when(watched: Make) -> None:
    model = mlp(depth=6)
    watching = watched(model)
    optimizer = train(model, watching, 3)
    with torch.no_grad():
        model[4].weight[0, 0] = float("nan")
    train(model, watching, 3, optimizer=optimizer)  # by now it is everywhere
    first, *others = watching.report()["rows"]
    assert (first.name, first.level) == ("4", 3)
    assert first.why == "not finite since step 4"
    assert first.strange > 0
    assert first.numbers[:2] == (None, None)
    assert all(row.why == first.why for row in others)


def test_layers_that_do_not_take_part_say_why(watched: Make) -> None:
    model = mlp(depth=4)
    model[0].requires_grad_(False)
    model.unused = nn.Linear(2, 2)
    model.lazy = nn.LazyLinear(2)
    model.meta = nn.Linear(2, 2, device="meta")
    forward = nn.Sequential(*list(model.children())[:7])
    watching = watched(model)
    optimizer = torch.optim.Adam([*model[2].parameters(), *model.unused.parameters()])
    forward(torch.rand(8, 4)).square().mean().backward()
    optimizer.step()
    said = whys(watching)
    assert said["0"] == "frozen"
    assert said["2"] == ""
    assert said["4"] == "not in the optimiser"
    assert said["unused"] == "not used in this step"
    assert said["lazy"] == "not initialised yet"
    assert said["meta"] == "on the meta device"


def test_shared_parameters_are_named(watched: Make) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    model[1].weight = model[0].weight
    watching = watched(model)
    train(model, watching)
    assert watching.report()["strips"][1].about == "Linear, 4 x 4, 4, shared with 0"


def test_of_many_layers_the_worst_are_listed_and_the_rest_is_counted(watched: Make) -> None:
    model = nn.ModuleList(nn.Linear(2, 2) for _ in range(500))
    with torch.no_grad():
        model[321].weight.fill_(float("inf"))
    watching = watched(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.001)
    torch.stack([layer(torch.ones(1, 2)).sum() for layer in model]).sum().backward()
    optimizer.step()
    report = watching.report()
    assert (report["layers"], report["unwell"], len(report["rows"])) == (500, 1, MOST_ROWS)
    assert [row.name for row in report["rows"][:3]] == ["321", "0", "1"]


# --- the training does not notice -------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [1, 3])
def test_parameters_and_random_numbers_are_equal_to_the_bit(watched: Make, every: int) -> None:
    def run(watching: bool) -> tuple[list[torch.Tensor], torch.Tensor]:
        model = mlp(64)
        model.insert(2, nn.Dropout(0.3))
        watcher = watched(model, every) if watching else None
        torch.manual_seed(7)
        train(model, watcher, 20)
        if watcher is not None:
            assert len(watcher.report()["steps"]) == len(range(0, 20, every))
        return [parameter.detach() for parameter in model.parameters()], torch.get_rng_state()

    (plain, state), (seen, after) = run(False), run(True)
    assert all(torch.equal(a, b) for a, b in zip(plain, seen, strict=True))
    assert torch.equal(state, after)


def test_a_step_that_is_not_measured_meets_no_hook_but_one(watched: Make) -> None:
    model = mlp()
    others = len(_global_optimizer_pre_hooks), len(_global_optimizer_post_hooks)
    watching = watched(model, 10)
    optimizer = train(model, watching)  # measured
    for _ in range(8):
        train(model, watching, optimizer=optimizer)
        assert not any(module._forward_hooks for module in model.modules())
        assert (len(_global_optimizer_pre_hooks), len(_global_optimizer_post_hooks)) == (others[0], others[1] + 1)
    watching.close()
    assert len(_global_optimizer_post_hooks) == others[1]
    assert len(watching.report()["rows"]) == 3  # what was measured stays


def test_it_is_thinned_to_stay_within_its_share_and_says_so(watched: Make) -> None:
    model = mlp()
    watching = watched(model, share=1e-4)
    watching._budget._credit = watching._budget._left = 0.0
    train(model, watching, 30)
    report = watching.report()
    assert len(report["steps"]) < 5
    assert report["note"].startswith("Every step. Takes ") or "under 0%" in report["note"]


def test_an_error_in_it_ends_the_watching_and_not_the_training(
    watched: Make, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = mlp()
    watching = watched(model)

    def fail(*_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr("vultorch_widget.network.watching.sampled", fail)
    train(model, watching, 3)
    assert told == ["The network is no longer watched; the training goes on. RuntimeError: no memory"]
    assert not any(module._forward_hooks for module in model.modules())


def test_an_error_leaves_the_hooks_that_others_have_on_all_optimisers_in_their_turn(
    watched: Make, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = mlp()
    watching = watched(model)
    seen: list[object] = []
    others = register_optimizer_step_post_hook(lambda optimizer, *_: seen.append(optimizer))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr("vultorch_widget.network.watching.Reading", fail)
    try:
        train(model, watching, 3)
    finally:
        others.remove()
    assert len(seen) == 3
    assert told == ["The network is no longer watched; the training goes on. RuntimeError: no memory"]
    assert not any(module._forward_hooks for module in model.modules())


def test_a_model_is_not_kept_alive(watched: Make) -> None:
    model = mlp()
    watching = watched(model)
    train(model, watching, 2)
    kept = weakref.ref(model)
    del model
    gc.collect()
    assert kept() is None
    other = mlp()
    train(other, watching, 2)  # no longer watched for
    assert len(watching.report()["rows"]) == 3


def test_validations_and_other_models_do_not_count(watched: Make) -> None:
    model, other = mlp(), mlp()
    watching = watched(model)
    train(other)
    with torch.no_grad():
        model(torch.full((4, 4), float("nan")))
    assert watching.report()["rows"] == ()
    assert watching.report()["note"] == UNSEEN
    train(model, watching)
    assert rows(watching)["0"].strange == 0


def test_two_optimisers_of_one_model_are_measured_in_turn(watched: Make) -> None:
    model = nn.ModuleDict({"a": nn.Linear(4, 4), "b": nn.Linear(4, 4)})
    watching = watched(model, 4)
    optimizers = [torch.optim.SGD(part.parameters(), 0.1) for part in model.values()]
    for _ in range(20):
        watching.steps[0] += 1  # type: ignore[attr-defined]
        for part, optimizer in zip(model.values(), optimizers, strict=True):
            optimizer.zero_grad()
            part(torch.rand(8, 4)).square().mean().backward()
            optimizer.step()
    assert all(row.numbers[2] is not None for row in rows(watching).values())
    assert whys(watching)["a"] != "not in the optimiser"
    assert {steps.measured is not None for steps in watching._optimizers.values()} == {True}


def test_steps_that_no_optimiser_takes_are_read_between_frames(watched: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    model = mlp()
    clock = types.SimpleNamespace(
        monotonic=lambda: now[0], perf_counter=time.perf_counter, thread_time=time.thread_time
    )
    monkeypatch.setattr("vultorch_widget.network.watching.time", clock)
    watching = watched(model)
    watching.report()
    for _ in range(4):
        now[0] += 3.0
        watching.steps[0] += 2 * LEAST_UNSEEN  # type: ignore[attr-defined]
        model(torch.rand(8, 4)).sum().backward()  # and its update by its own kernel
        watching.report()
    report = watching.report()
    assert report["note"] == BETWEEN
    weight, gradient, update, *_ = report["rows"][0].numbers
    assert weight is not None
    assert gradient is not None
    assert update is None
    assert not any(module._forward_hooks for module in model.modules())


def test_a_compiled_model_is_measured_without_its_outputs(watched: Make) -> None:
    model = mlp()
    compiled = torch.compile(model, backend="eager")
    watching = watched(compiled)
    train(compiled, watching, 2)
    found = rows(watching)
    assert list(found) == ["0", "2", "4"]
    assert found["0"].numbers[2] is not None
    assert watching.report()["strips"][0].activations == ""


def test_half_precision_complex_and_sparse_parameters_are_measured(watched: Make) -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.narrow = nn.Parameter(torch.full((4,), 300.0, dtype=torch.bfloat16))
            self.wave = nn.Parameter(torch.ones(3, dtype=torch.complex64))

    model = nn.ModuleDict({"odd": Odd(), "table": nn.Embedding(10, 3, sparse=True)})
    watching = watched(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    odd = model["odd"]
    (model["table"](torch.tensor([1, 2])).sum() + odd.narrow.sum() + odd.wave.abs().sum()).backward()
    optimizer.step()
    found = rows(watching)
    assert found["odd"].numbers[0] == pytest.approx(600, rel=0.01)
    assert found["table"].numbers[1] == pytest.approx(6**0.5, rel=0.01)
