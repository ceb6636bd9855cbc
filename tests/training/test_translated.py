"""Which networks and optimisers a page can train, and what is said about the others."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import prune

from vultorch_widget.training.model import TinyMLP
from vultorch_widget.training.traced import left_alone
from vultorch_widget.training.translated import Translation, UntranslatableError, settings_of


class Sine(nn.Module):
    def __init__(self, w0: float) -> None:
        super().__init__()
        self.w0 = w0

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return torch.sin(self.w0 * values)


class SineLayer(nn.Module):
    """As in SIREN."""

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


class Block(nn.Module):
    """A residual block whose layers are declared in a different order from the one they run in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.curve = nn.ReLU(inplace=True)
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values + self.second(self.curve(self.first(values)))


class Gated(Block):
    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.first(values) * self.second(values).sigmoid()


class Parallel(Block):
    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.first(values) + self.second(values)


class Undecided(Block):
    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.first(values) if values.sum() > 0 else self.second(values)


class Recursive(nn.Module):
    """A block within a block, with functions for activations."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.outer, self.inner = nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.last = nn.Linear(4, 1)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        values = functional.leaky_relu(self.first(values), 0.2)
        changed = functional.gelu(self.outer(values), approximate="tanh")
        changed = changed + torch.sin(3.0 * self.inner(changed))
        values = values + changed
        return self.last(values.tanh()).sigmoid()


class Fourier(nn.Module):
    """Features as in the papers on neural fields."""

    def __init__(self, *, trained: bool = False) -> None:
        super().__init__()
        frequencies = torch.tensor([[0.5, 4.0, -8.0], [1.0, 0.0, 2.0]])
        self.frequencies = nn.Parameter(frequencies, requires_grad=trained)

    def forward(self, places: torch.Tensor) -> torch.Tensor:
        turned = 2 * math.pi * places @ self.frequencies
        return torch.cat([places, turned.sin(), turned.cos()], dim=-1)


class Powers(nn.Module):
    """Features from a loop over a size that torch.fx cannot trace."""

    def forward(self, places: torch.Tensor) -> torch.Tensor:
        if len(places) == 0:
            return places.new_zeros(0, 4)
        return torch.cat([wave(2.0**k * places[:, :1]) for k in range(2) for wave in (torch.sin, torch.cos)], dim=1)


class Stateful(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, values: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"made": self.model(values)}


class Remembering(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(2, 3)
        self.made: torch.Tensor | None = None
        self.calls = 0

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        self.made = self.inner(values)
        return torch.relu(self.made)


class Before(nn.Module):
    """A function of the inputs before a Linear."""

    def __init__(self, made: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.made = made
        self.linear = nn.Linear(2, 3)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.linear(self.made(values))


class Weighing(nn.Module):
    """Passes its own parameter through a Linear."""

    def __init__(self) -> None:
        super().__init__()
        self.code = nn.Parameter(torch.zeros(1, 2))
        self.linear = nn.Linear(2, 3)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.linear(self.code) + values.sum()


class Naming(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.same, self.linear = nn.Identity(), nn.Linear(2, 3)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.linear(self.same(input=values))


class Counting(nn.Module):
    """Counts its calls in place."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 3)
        self.register_buffer("calls", torch.zeros(()))
        self.shapes: list[object] = []
        self.by_name: dict[str, object] = {}

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        self.shapes.append(values.shape)
        self.by_name["made"] = made = self.linear(values)
        return made


def tied() -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    model[2].weight = model[0].weight
    return model


def viewed() -> nn.Module:
    """The second layer's weight is the transpose of the first one's, in the same memory."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    model[2].weight = nn.Parameter(model[0].weight.detach().T)
    return model


def changed(change: Callable[[nn.Linear], object]) -> nn.Module:
    """A model of only torch's modules, one of which has been changed."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 3))
    change(model[2])
    return model


def sparse(linear: nn.Linear) -> None:
    linear.weight = nn.Parameter(linear.weight.detach().to_sparse())


def own_forward(linear: nn.Linear) -> None:
    linear.forward = lambda values: 2 * functional.linear(values, linear.weight)  # type: ignore[method-assign]


def hooked() -> nn.Module:
    torch.manual_seed(0)  # with many other seeds, the ReLU lets nothing of it through
    block = Block(2)
    block.first.register_forward_hook(lambda _module, _given, made: 2 * made)
    return nn.Sequential(nn.Linear(2, 2), block)


def translation(model: nn.Module) -> Translation:
    return Translation(model, torch.rand(64, 2))


def kinds(model: nn.Module) -> list[str]:
    return [layer["kind"] for layer in translation(model).layers]


def test_nested_sequences_and_wrappers_are_one_list_of_layers() -> None:
    inner = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.GELU(approximate="tanh"), nn.Identity()))
    model = nn.Sequential(nn.Linear(2, 4, bias=False), nn.LeakyReLU(0.2), inner, nn.Linear(4, 3), nn.Sigmoid())
    translated = translation(model)
    assert [layer["kind"] for layer in translated.layers] == [
        "linear",
        "leaky_relu",
        "linear",
        "gelu_tanh",
        "linear",
        "sigmoid",
    ]
    assert translated.layers[1] == {"kind": "leaky_relu", "inputs": 4, "outputs": 4, "bias": False, "scale": 0.2}
    assert translated.layers[0]["bias"] is False
    assert all(ours is theirs for ours, theirs in zip(translated.parameters, model.parameters(), strict=True))
    assert kinds(TinyMLP(8)) == ["linear", "relu", "linear", "relu", "linear", "sigmoid"]


def test_one_activation_may_come_in_many_places() -> None:
    curve = nn.SiLU()
    assert kinds(nn.Sequential(nn.Linear(2, 3), curve, nn.Linear(3, 3), curve)) == ["linear", "silu"] * 2


def test_sines_keep_their_frequency() -> None:
    model = nn.Sequential(SineLayer(2, 4), nn.Linear(4, 4), Sine(math.pi), nn.Linear(4, 1))
    layers = translation(model).layers
    assert [layer["kind"] for layer in layers] == ["linear", "sine", "linear", "sine", "linear"]
    assert [layers[1]["scale"], layers[3]["scale"]] == [30.0, math.pi]


def test_functions_are_activations_and_an_addition_ends_a_residual_block() -> None:
    layers = translation(Recursive()).layers
    inner = ["linear", "gelu_tanh", "branch", "linear", "sine", "add"]
    assert [layer["kind"] for layer in layers] == [
        *("linear", "leaky_relu", "branch", *inner, "add", "tanh", "linear", "sigmoid")
    ]
    assert [layers[1]["scale"], layers[7]["scale"]] == [0.2, 3.0]


def test_residual_blocks_are_followed_in_the_order_of_their_calls() -> None:
    model = nn.Sequential(nn.Linear(2, 4), Block(4), nn.SiLU(), Block(4), nn.Linear(4, 3))
    block = ["branch", "linear", "relu", "linear", "add"]
    assert kinds(model) == ["linear", *block, "silu", *block, "linear"]
    second = model[1]
    assert translation(model).parameters[2] is second.first.weight


def test_fourier_features_are_a_matrix_and_what_becomes_of_its_products() -> None:
    model = nn.Sequential(Fourier(), nn.Linear(8, 3))
    features = translation(model).features
    assert features is not None
    assert features.kinds == ["same"] * 2 + ["sin"] * 3 + ["cos"] * 3
    rows = 2 * math.pi * model[0].frequencies.T
    assert torch.allclose(features.matrix[:5], torch.cat([torch.eye(2), rows]), atol=1e-4)
    assert torch.allclose(features.matrix[5:].abs(), rows.abs(), atol=1e-4)
    assert kinds(model) == ["linear"]


def test_features_that_cannot_be_followed_are_found_by_what_they_make() -> None:
    features = translation(nn.Sequential(Powers(), nn.Linear(4, 1))).features
    assert features is not None
    assert features.kinds == ["sin", "cos"] * 2
    assert features.matrix.abs().round(decimals=4).tolist() == [[1, 0], [1, 0], [2, 0], [2, 0]]


@pytest.mark.parametrize(
    ("made", "samples", "kinds"),
    [
        (lambda values: values / 255, 255 * torch.rand(64, 2), ["same", "same"]),
        (lambda values: values * 1e-3, torch.rand(64, 2), ["same", "same"]),
        (lambda values: torch.sin(values / 255), 255 * torch.rand(64, 2), ["sin", "sin"]),
        (lambda values: torch.cos(700.0 * values), torch.rand(64, 2), ["cos", "cos"]),
    ],
)
def test_features_are_told_apart_where_the_samples_are(
    made: Callable[[torch.Tensor], torch.Tensor], samples: torch.Tensor, kinds: list[str]
) -> None:
    features = Translation(Before(made), samples).features
    assert features is not None
    assert features.kinds == kinds


@pytest.mark.parametrize(
    ("made", "most"),
    [
        (lambda values: torch.log1p(values * 0.01), 1.0),
        (lambda values: torch.tanh(values * 0.05), 1.0),
        (lambda values: values.clamp(-2, 2), 3.0),
        (lambda values: values.clamp(max=99.0), 100.0),  # only one sample reveals it
    ],
)
def test_what_is_almost_a_feature_is_refused(made: Callable[[torch.Tensor], torch.Tensor], most: float) -> None:
    samples = torch.rand(1000, 2)
    samples[123, 1] = most
    with pytest.raises(UntranslatableError, match="no Fourier features of 2 numbers"):
        Translation(Before(made), samples)


def test_what_leaves_samples_as_they_are_is_no_layer() -> None:
    translated = translation(nn.Sequential(nn.Flatten(), nn.Identity(), nn.Linear(2, 3)))
    assert (len(translated.layers), translated.features) == (1, None)
    assert kinds(Naming()) == ["linear"]


def test_what_a_module_remembers_of_its_calls_stays() -> None:
    model = Remembering()
    assert kinds(model) == ["linear", "relu"]
    assert (model.made, model.calls) == (None, 0)


def test_what_a_module_changes_in_place_is_put_back() -> None:
    model = Counting()
    assert kinds(model) == ["linear"]
    assert (model.calls.item(), model.shapes, model.by_name) == (0, [], {})


def test_other_threads_find_the_attributes_of_modules_all_the_time() -> None:
    linear, found = nn.Linear(2, 3), []

    class Watched(dict):  # type: ignore[type-arg]
        def clear(self) -> None:
            found.append("cleared")
            super().clear()

    linear.__dict__ = Watched(linear.__dict__)
    with left_alone(linear):
        linear.extra = 1  # type: ignore[assignment]
    assert (found, hasattr(linear, "extra")) == ([], False)


def test_threads_that_translate_at_once_leave_torch_as_it_was() -> None:
    call = nn.Module.__call__
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: kinds(Recursive()), range(12)))
    assert all(each == found[0] for each in found)
    assert nn.Module.__call__ is call


def test_other_threads_call_their_modules_meanwhile() -> None:
    other = nn.Linear(2, 3)

    class Waiting(nn.Module):
        """Makes another thread call a module while it is traced."""

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            with ThreadPoolExecutor(1) as thread:
                made = thread.submit(other, torch.zeros(1, 2)).result()
            assert torch.equal(made, other.bias[None])
            return torch.sin(values)

    assert kinds(nn.Sequential(nn.Linear(2, 2), Waiting())) == ["linear", "sine"]


def test_a_wrapper_of_torch_is_taken_off() -> None:
    assert kinds(nn.DataParallel(TinyMLP(8))) == kinds(TinyMLP(8))


SHARED = nn.Linear(2, 2)


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (nn.Sequential(nn.Linear(2, 3), nn.Softplus()), r"Sequential\.1 \(Softplus\) cannot be translated"),
        (nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5)), r"Sequential\.1 \(Dropout\)"),
        (nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3)), r"Sequential\.1 \(LayerNorm\)"),
        (nn.Sequential(SHARED, nn.ReLU(), SHARED), r"Sequential\.0 \(Linear\) is used twice"),
        (nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 3)), r"Sequential\.1 \(Linear\) takes 4 numbers"),
        (nn.Sequential(nn.ReLU(), nn.Linear(2, 3)), r"Sequential\.0 \(ReLU\) comes before"),
        (nn.Sequential(), "Sequential has no Linear"),
        (nn.Bilinear(2, 2, 3), "Bilinear cannot be translated"),
        (Doubled(), "mul in Doubled cannot be translated"),
        (nn.Sequential(nn.Linear(2, 2), Gated(2)), r"Sequential\.1\.second \(Linear\) does not take"),
        (nn.Sequential(nn.Linear(2, 2), Parallel(2)), r"Sequential\.1\.second \(Linear\) does not take"),
        (
            nn.Sequential(nn.Linear(2, 2), Undecided(2)),
            r"Sequential\.1 \(Undecided\) has a forward that torch\.fx cannot",
        ),
        (Block(2), "add in Block adds something other than the input of a residual block"),
        (Stateful(nn.Linear(2, 2)), "Stateful does not return what its last layer makes"),
        (nn.Sequential(Fourier(trained=True), nn.Linear(8, 3)), r"in Sequential\.0 \(Fourier\) .* is trained"),
        (nn.Sequential(nn.Tanh(), nn.Linear(2, 3)), r"Sequential\.0 \(Tanh\) .* no Fourier features of 2 numbers"),
        (nn.LSTMCell(2, 2), r"LSTMCell cannot be translated"),
        (hooked(), "Sequential gives another result than its layers, as hooks can"),
        (changed(own_forward), "gives another result"),
        (changed(lambda it: it.register_forward_hook(lambda _module, _given, made: 2 * made)), "gives another result"),
        (
            changed(lambda it: it.register_forward_pre_hook(lambda _module, given: (2 * given[0],))),
            "gives another result",
        ),
        (changed(lambda it: it.weight.register_hook(lambda grad: 2 * grad)), r"2\.weight has a hook on its gradient"),
        (changed(lambda it: it.bias.register_post_accumulate_grad_hook(print)), r"2\.bias has a hook on its gradient"),
        (changed(lambda it: it.register_full_backward_hook(print)), r"Sequential\.2 has a hook that changes gradients"),
        (changed(lambda it: it.register_full_backward_pre_hook(print)), r"Sequential\.2 has a hook that changes"),
        (changed(nn.utils.parametrizations.weight_norm), r"Sequential\.2 \(ParametrizedLinear\) cannot"),
        (changed(lambda it: prune.l1_unstructured(it, "weight", 1)), "has a weight that is computed anew"),
        (tied(), r"Sequential\.2 \(Linear\) shares a parameter"),
        (viewed(), r"Sequential\.2 \(Linear\) shares a parameter"),
        (Weighing(), "the first Linear of Weighing does not take the inputs"),
        (nn.Linear(2, 3, dtype=torch.float64), r"parameters in torch\.float64; .*: call model\.float\(\)"),
        (nn.Linear(2, 3, device="meta"), "parameters without values, on the meta device; .*: give them values first"),
        (changed(sparse), r"Sequential\.2 \(Linear\) has parameters in torch\.sparse_coo; .*: replace each by"),
        (nn.Linear(2, 5000), "makes 5000"),
    ],
)
def test_what_cannot_be_translated_is_named(model: nn.Module, named: str) -> None:
    with pytest.raises(UntranslatableError, match=named):
        translation(model)


def test_the_message_says_what_is_supported() -> None:
    with pytest.raises(UntranslatableError, match=r"a page trains Linear, ReLU"):
        translation(nn.Conv2d(1, 1, 3))


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
