"""`View.continue_in_page`: what is put into the replay, and what is refused at once."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import vultorch_widget as vultorch
from tests.export.notebooks import kept_of
from vultorch_widget.training.coordinates import coordinates


def scoring(classes: int, dtype: torch.dtype = torch.float32, weight: float | None = None) -> nn.Module:
    """A model that scores this many classes. ``weight`` is one of the parameters."""
    layer = nn.Linear(2, classes, dtype=dtype)
    if weight is not None:
        with torch.no_grad():
            layer.weight[0, 0] = weight
    return nn.Sequential(layer)


def one_of(value: float) -> torch.Tensor:
    """Inputs of eight samples in float64, the last of which has this value."""
    inputs = torch.zeros(8, 2, dtype=torch.float64)
    inputs[7, 1] = value
    return inputs


class Loop:
    """A training of eight pixels in plain torch, which a page can continue."""

    def __init__(self, **options: Any) -> None:
        self.view = vultorch.View("Loop", 600, 300, headless=True)
        self.coords, self.target = coordinates(2, 4), torch.linspace(0, 1, 24).reshape(8, 3)
        self.canvas = self.view.panel("Out").canvas("out")
        self.picture = self.canvas.alloc(2, 4, 4, "cpu")
        self.side = self.view.panel("Training", side="right")
        self.make()
        self.options = {"output": self.canvas, **options}
        self.go_on()
        self.view.on_frame(self.frame)

    def make(self) -> None:
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3), nn.Sigmoid())
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)

    def go_on(self, **changed: Any) -> None:
        given = {"model": self.model, "inputs": self.coords, "target": self.target, "optimizer": self.optimizer}
        self.view.continue_in_page(**(given | self.options | changed))

    def frame(self) -> None:
        rate = self.side.slider("rate", 1e-4, 1.0, default=0.02, log=True)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(self.coords), self.target)
        loss.backward()
        self.optimizer.step()
        self.view.log(loss=loss)

    def training(self, frames: int = 12) -> Any:
        """What the notebook keeps of it after this many frames. Closes the view."""
        self.view.run(max_frames=frames)
        return json.loads(kept_of(self.view)[1])["training"]


def numbers(packed: str) -> Any:
    return np.frombuffer(base64.b64decode(packed), "<f4")


def flat(tensors: Any) -> Any:
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).numpy()


def test_the_replay_has_the_training_and_its_last_weights() -> None:
    loop = Loop(controls={"lr": "rate", "steps": "absent"}, steps=4)
    training = loop.training()
    assert training["output"] == {"canvas": "Out/out", "height": 2, "width": 4, "colors": []}
    assert training["inputs"] == {"format": "grid", "data": ""}
    assert [layer["kind"] for layer in training["layers"]] == ["linear", "tanh", "linear", "sigmoid"]
    assert training["controls"] == [{"setting": "lr", "panel": "Training", "control": "slider:rate"}]
    assert training["steps_per_frame"] == 4
    last = training["weights"][-1]
    assert (last["step"], last["count"], last["lr"]) == (12, 12, 0.02)
    assert np.array_equal(numbers(last["parameters"]), flat(loop.model.parameters()))
    states = [loop.optimizer.state[parameter] for parameter in loop.model.parameters()]
    moments = flat([state[name] for name in ("exp_avg", "exp_avg_sq") for state in states])
    assert np.array_equal(numbers(last["moments"]), moments)
    assert 1 < len(training["weights"]) <= 4


def test_classes_have_the_colours_of_their_labels() -> None:
    loop = Loop(loss="cross_entropy")
    target = torch.tensor([0, 3, 2, 1, 0, 1, 2, 3])
    loop.canvas.bind(target.reshape(2, 4), labels={"sea": (0, 0, 250), "sand": (250, 240, 1), "wood": (1, 90, 2)})
    loop.model = scoring(4)
    loop.optimizer = torch.optim.SGD(loop.model.parameters(), lr=0.1)
    loop.target = nn.functional.one_hot(target, 4).float()  # for the loop's own loss
    loop.go_on(target=target)
    training = loop.training()
    assert training["output"]["colors"] == ["#0000fa", "#faf001", "#015a02", "#ff00ff"]
    assert training["loss"] == "cross_entropy"
    bits = np.frombuffer(base64.b64decode(training["targets"]["data"]), np.uint8).reshape(8, 4)
    assert (training["targets"]["format"], bits.argmax(1).tolist()) == ("uint8", target.tolist())


def classifying() -> Loop:
    """A classifier of eight classes, whose output is a label map without names."""
    loop = Loop()
    loop.canvas.bind(torch.arange(8).reshape(2, 4))
    loop.model, loop.target = scoring(8), torch.eye(8)
    loop.optimizer = torch.optim.SGD(loop.model.parameters(), lr=0.1)
    loop.go_on(loss="cross_entropy", target=torch.arange(8))
    return loop


def test_classes_of_a_label_map_without_names_have_its_colours() -> None:
    loop = classifying()
    assert len(set(loop.training()["output"]["colors"])) == 8


def test_fourier_features_come_with_the_training() -> None:
    loop = Loop()
    frequencies = torch.tensor([[1.0, -4.0], [2.0, 0.0]])

    class Waves(nn.Module):
        def forward(self, places: torch.Tensor) -> torch.Tensor:
            return torch.sin(places @ frequencies)

    loop.model = nn.Sequential(Waves(), nn.Linear(2, 3))
    loop.optimizer = torch.optim.SGD(loop.model.parameters(), lr=0.1)
    loop.go_on()
    features = loop.training()["features"]
    assert (features["inputs"], features["kinds"]) == (2, ["sin", "sin"])
    assert np.allclose(numbers(features["matrix"]).reshape(2, 2), frequencies.T)


class Rotated(nn.Module):
    """Sines of fixed multiples of places, which the program may change through a buffer or a number."""

    frequencies: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.tensor([[1.0, -4.0], [2.0, 0.5]]))
        self.scale, self.gain = 1.0, 1.0

    def forward(self, places: torch.Tensor) -> torch.Tensor:
        return self.gain * torch.sin(self.scale * (places @ self.frequencies))


class Featured(Loop):
    """A training with features before its layers, in which each frame does ``change``."""

    def __init__(self, change: Callable[[Featured], object] = lambda _: None) -> None:
        self.change = change
        super().__init__()

    def make(self) -> None:
        torch.manual_seed(0)
        self.features = Rotated()
        self.model = nn.Sequential(self.features, nn.Linear(2, 5), nn.LeakyReLU(0.1), nn.Linear(5, 3))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)

    def frame(self) -> None:
        self.change(self)
        super().frame()

    @property
    def matrix(self) -> torch.Tensor:
        """The current factors by which features multiply places."""
        return self.features.scale * self.features.frequencies.T


def kept_features(training: Any) -> Any:
    features = training["features"]
    return numbers(features["matrix"]).reshape(len(features["kinds"]), features["inputs"])


def steps_of_weights(training: Any) -> list[int]:
    return [each["step"] for each in training["weights"]]


def test_weights_of_features_that_were_loaded_meanwhile_come_with_these() -> None:
    loop = Featured()
    loop.view.run(max_frames=5)
    state = loop.model.state_dict() | {"0.frequencies": torch.tensor([[3.0, 0.0], [-1.0, 7.0]])}
    loop.model.load_state_dict(state)
    training = loop.training(4)
    assert np.allclose(kept_features(training), [[3.0, -1.0], [0.0, 7.0]])
    steps = steps_of_weights(training)
    assert min(steps) > 5
    assert max(steps) == 9


def anneal(loop: Featured) -> None:
    loop.features.frequencies.data.mul_(1.25)  # a write that no version counter sees


def rescale(loop: Featured) -> None:
    loop.features.scale *= 1.25


def replace(loop: Featured) -> None:
    loop.features.frequencies = 1.25 * loop.features.frequencies


@pytest.mark.parametrize("change", [anneal, rescale, replace])
def test_features_that_change_in_every_frame_are_those_of_the_last_weights(
    change: Callable[[Featured], object],
) -> None:
    loop = Featured(change)
    training = loop.training(6)
    assert np.allclose(kept_features(training), loop.matrix)
    assert steps_of_weights(training) == [6]
    assert np.array_equal(numbers(training["weights"][0]["parameters"]), flat(loop.model.parameters()))


def test_features_that_change_after_the_run_come_with_the_weights_that_are_saved() -> None:
    loop = Featured()
    loop.view.run(max_frames=5)
    loop.features.frequencies *= 2
    training = json.loads(kept_of(loop.view)[1])["training"]
    assert np.allclose(kept_features(training), loop.matrix)
    assert steps_of_weights(training) == [5]


def test_features_that_no_page_can_make_any_more_end_it_with_a_notice() -> None:
    loop = Featured()
    loop.view.run(max_frames=5)
    loop.features.gain = 0.5
    assert loop.training(1) is None
    (notice,) = loop.view._parts.tree.notices
    assert "in Sequential.0 (Rotated) comes before the first Linear and makes no Fourier features" in notice


def test_layers_that_change_meanwhile_are_those_of_the_last_weights() -> None:
    loop = Featured()
    loop.view.run(max_frames=5)
    loop.model[2].negative_slope = 0.25
    training = loop.training(4)
    assert training["layers"][1]["scale"] == 0.25
    assert min(steps_of_weights(training)) > 5


def test_a_layer_that_is_replaced_in_the_model_is_that_of_the_last_weights() -> None:
    loop = Featured()
    loop.view.run(max_frames=5)
    loop.model[1], loop.model[3] = nn.Linear(2, 9), nn.Linear(9, 3)
    loop.optimizer.param_groups[0]["params"] = list(loop.model.parameters())
    training = loop.training(4)
    assert training["layers"][0]["outputs"] == 9
    assert np.array_equal(numbers(training["weights"][-1]["parameters"]), flat(loop.model.parameters()))


def test_a_hook_that_changes_what_a_layer_makes_ends_it_with_a_notice() -> None:
    loop = Featured()
    loop.view.run(max_frames=5)
    loop.model[1].register_forward_hook(lambda _module, _given, made: 2 * made)
    assert loop.training(1) is None
    (notice,) = loop.view._parts.tree.notices
    assert "Sequential gives another result than its layers, as hooks can" in notice


def test_hooks_are_called_for_the_training_alone_while_it_stays_as_it_is() -> None:
    loop, calls = Featured(), []
    for module in loop.model.modules():
        module.register_forward_hook(lambda module, _given, made: calls.append((module, type(made))))
    loop.go_on()
    assert {made for _, made in calls} == {torch.Tensor}
    calls.clear()
    loop.view.run(max_frames=5)
    assert [made for module, made in calls if module is loop.model] == [torch.Tensor] * 5
    assert len(calls) == 5 * len(list(loop.model.modules()))


def test_the_training_is_bit_for_bit_the_same_as_without() -> None:
    loop, plain = Loop(), Loop()
    plain.view._parts.offscreen.replay.train_on(None)
    loop.training()
    assert plain.training() is None
    assert np.array_equal(flat(loop.model.parameters()), flat(plain.model.parameters()))


def test_weights_of_a_model_that_was_replaced_are_left_out() -> None:
    loop = Loop()
    loop.view.run(max_frames=5)

    @loop.view.reset
    def start_over() -> None:
        loop.model = nn.Sequential(nn.Linear(2, 7), nn.ReLU(), nn.Linear(7, 3))
        loop.optimizer = torch.optim.Adam(loop.model.parameters())
        loop.go_on()

    start_over()
    training = loop.training(3)
    assert {len(numbers(each["parameters"])) for each in training["weights"]} == {3 * 7 + 8 * 3}


def test_weights_that_are_not_finite_are_left_out() -> None:
    loop = Loop()
    loop.view.run(max_frames=5)
    with torch.no_grad():
        loop.model[0].weight.fill_(float("nan"))
    loop.view.alarms = False
    training = loop.training(1)
    assert max(each["step"] for each in training["weights"]) <= 5


def test_a_training_that_changed_so_that_no_page_can_train_it_ends_with_a_notice() -> None:
    loop = Loop()
    loop.view.run(max_frames=5)
    loop.optimizer.param_groups[0]["amsgrad"] = True
    for parameter in loop.model.parameters():
        loop.optimizer.state[parameter]["max_exp_avg_sq"] = torch.zeros_like(parameter)
    assert loop.training(5) is None
    assert loop.view.last_error is None
    (notice,) = loop.view._parts.tree.notices
    assert "cannot go on with this training: amsgrad=True" in notice


@pytest.mark.parametrize("rate", [float("inf"), float("nan"), 1e300])
def test_a_learning_rate_that_no_page_can_use_costs_the_training_and_not_the_replay(rate: float) -> None:
    loop = Loop()
    loop.view.run(max_frames=5)
    loop.view.alarms = False
    loop.view.on_frame(lambda: loop.optimizer.param_groups[0].update(lr=rate))
    assert loop.training(1) is None
    (notice,) = loop.view._parts.tree.notices
    assert f"lr={rate:g} is no number of float32, in which a page trains" in notice


def test_parameters_that_have_taken_other_steps_are_refused_with_a_notice() -> None:
    loop = Loop()
    loop.view.run(max_frames=5)
    loop.optimizer.state[loop.model[2].bias]["step"] += 3
    assert loop.training(1) is None
    (notice,) = loop.view._parts.tree.notices
    assert "parameters have taken 6 to 9 steps" in notice


def test_sgd_keeps_its_momentum_from_the_start_since_a_slider_may_set_it() -> None:
    loop = Loop(controls={"momentum": "rate"})
    loop.optimizer = torch.optim.SGD(loop.model.parameters(), lr=0.1)
    loop.go_on()
    last = loop.training()["weights"][-1]
    assert len(last["moments"]) == len(last["parameters"])


def test_an_output_without_labels_by_now_ends_it_with_a_notice() -> None:
    loop = classifying()
    loop.view.run(max_frames=3)
    loop.canvas.bind(torch.rand(2, 4))
    assert loop.training(1) is None
    (notice,) = loop.view._parts.tree.notices
    assert "Bind the output with labels" in notice


def test_a_model_is_called_once_for_classes() -> None:
    calls = []
    loop = Loop()
    loop.model = scoring(8)
    loop.optimizer = torch.optim.SGD(loop.model.parameters(), lr=0.1)
    loop.canvas.bind(torch.arange(8).reshape(2, 4))
    loop.model[0].register_forward_hook(lambda *_: calls.append(1))
    loop.go_on(loss="cross_entropy", target=torch.arange(8))
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"model": nn.Sequential(nn.Conv2d(1, 1, 3))}, r"Sequential\.0 \(Conv2d\) cannot be translated"),
        ({"loss": "huber"}, "'mse', 'l1', 'cross_entropy', not 'huber'"),
        ({"loss": "cross_entropy", "target": torch.arange(8)}, r"classes 0\.\.7; the model makes scores of 3"),
        ({"loss": "cross_entropy", "target": torch.full((8,), -100)}, r"classes -100\.\.-100"),
        ({"loss": "cross_entropy", "target": torch.zeros(8)}, r"target must be .* not \(8,\)"),
        ({"loss": "cross_entropy", "target": torch.zeros(8, 4)}, "do not fit a model"),
        ({"loss": "cross_entropy", "target": torch.arange(8), "model": scoring(5)}, r"classes 0\.\.7"),
        ({"loss": "cross_entropy", "target": torch.arange(8), "model": scoring(8)}, r"labels=\[\.\.\.\]"),
        (
            {
                "loss": "cross_entropy",
                "inputs": torch.zeros(1 << 22, 2),
                "target": torch.zeros(1 << 22, dtype=torch.int),
            },
            "take 12,582,912 bytes",
        ),
        ({"model": nn.Sequential(nn.Linear(3, 3), nn.Tanh())}, "maps 3 numbers to 3"),
        ({"controls": {"seed": "rate"}}, "not 'seed'"),
        ({"steps": 0}, "1 or more, not 0"),
        ({"inputs": torch.zeros(8)}, r"inputs must be .* not \(8,\)"),
        ({"target": torch.zeros(7, 3)}, "as many samples, not 8 and 7"),
        ({"target": torch.zeros(8, 2)}, "do not fit a model"),
        ({"target": torch.full((8, 3), torch.inf)}, r"target\[0, 0\] = inf is not finite: leave that sample out"),
        ({"inputs": torch.full((8, 2), torch.nan)}, r"inputs\[0, 0\] = nan is not finite: leave that sample out"),
        ({"inputs": one_of(1e300)}, r"inputs\[7, 1\] = 1e\+300 is beyond float32, in which .*: scale the values"),
        ({"target": torch.zeros(8, 3, dtype=torch.complex64)}, r"target .* real numbers, .*complex64: .*view_as_real"),
        ({"inputs": torch.zeros(8, 2).to_sparse()}, r"inputs .* torch\.sparse_coo: pass inputs\.to_dense\(\)"),
        ({"inputs": torch.zeros(8, 2, device="meta")}, "inputs .* on the meta device: make inputs on a device that"),
        ({"loss": "cross_entropy", "target": torch.arange(8).to_sparse()}, r"target .* pass target\.to_dense\(\)"),
        ({"model": scoring(3, torch.complex64)}, r"Sequential\.0 \(Linear\) has parameters in torch\.complex64.*real"),
        ({"model": scoring(3, torch.float64)}, r"parameters in torch\.float64; .* in float32: call model\.float\(\)"),
        ({"model": scoring(3, torch.float64, 1e300)}, r"one of 1e\+300, beyond float32; .*: scale them, then call"),
        ({"model": scoring(3, torch.float32, torch.inf)}, r"parameter 0\.weight\[0, 0\] = inf is not finite: begin"),
        ({"inputs": torch.zeros(9, 2), "target": torch.zeros(9, 3)}, "2 x 4 pixels"),
        ({"inputs": torch.rand(2 << 20, 2), "target": torch.rand(2 << 20, 3), "output": None}, "pass fewer samples"),
        ({"output": "out"}, "must be a canvas"),
    ],
)
def test_what_a_page_cannot_train_is_refused_at_once_and_the_replay_stays(changed: dict[str, Any], named: str) -> None:
    loop = Loop()
    with pytest.raises(ValueError, match=named):
        loop.go_on(**changed)
    assert loop.training(3) is None
    assert loop.view.frame_count == 3
