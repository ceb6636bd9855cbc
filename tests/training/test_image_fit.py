"""The image fit without a view: its results, and what it leaves unchanged."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from vultorch_widget.training import ImageFit, TinyMLP, blocked, coordinates
from vultorch_widget.training.encodings import Encoding
from vultorch_widget.training.method import Precision

pytestmark = pytest.mark.usefixtures("one_thread")


def picture(height: int = 12, width: int = 16) -> torch.Tensor:
    """A disc on a gradient."""
    places = coordinates(height, width).reshape(height, width, 2)
    disc = (places.square().sum(2, keepdim=True) < 0.4).float()
    return torch.cat([disc, (places + 1) / 2], dim=2)


def parameters(fit: ImageFit) -> torch.Tensor:
    return nn.utils.parameters_to_vector(fit.model.parameters()).detach().clone()


# --- coordinates and model -------------------------------------------------------------------------------------------


def test_coordinates_run_from_minus_one_to_one_row_by_row() -> None:
    places = coordinates(2, 3)
    assert places.dtype == torch.float32
    assert places.tolist() == [[-1, -1], [0, -1], [1, -1], [-1, 1], [0, 1], [1, 1]]


def test_coordinates_of_one_pixel() -> None:
    assert coordinates(1, 1).tolist() == [[-1, -1]]


@pytest.mark.parametrize("sides", [(0, 3), (3, 0), (-1, 4)])
def test_coordinates_refuse_a_side_below_one(sides: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"{sides[0]} by {sides[1]}"):
        coordinates(*sides)


def test_the_model_has_the_layers_of_the_seed_program() -> None:
    model = TinyMLP()
    assert [tuple(p.shape) for p in model.parameters()] == [(64, 2), (64,), (64, 64), (64,), (3, 64), (3,)]
    assert sum(p.numel() for p in TinyMLP(16).parameters()) == 2 * 16 + 16 + 16 * 16 + 16 + 16 * 3 + 3
    colors = model(coordinates(4, 4) * 100)
    assert colors.shape == (16, 3)
    assert bool(((colors >= 0) & (colors <= 1)).all())


def test_a_model_without_units_is_refused() -> None:
    with pytest.raises(ValueError, match="width must be a number of units, 1 or more, not 0"):
        TinyMLP(0)


# --- training --------------------------------------------------------------------------------------------------------


def test_it_equals_the_hand_written_loop_bit_for_bit() -> None:
    target = picture()
    torch.manual_seed(7)
    model = TinyMLP(32)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    places, pixels = coordinates(12, 16), target.reshape(-1, 3)
    for _ in range(25):
        optimizer.zero_grad(set_to_none=True)
        loss = functional.mse_loss(model(places), pixels)
        loss.backward()
        optimizer.step()

    fit = ImageFit(target, width=32, precision="torch", seed=7)
    last = fit.step(25)
    assert torch.equal(parameters(fit), nn.utils.parameters_to_vector(model.parameters()))
    assert torch.equal(last, loss.detach())


def test_the_same_seed_gives_bit_identical_parameters() -> None:
    fits = [ImageFit(picture(), width=16, seed=3) for _ in range(2)]
    for steps, fit in zip((1, 20), fits, strict=True):
        for _ in range(20 // steps):
            fit.step(steps)
    fits[0].predict()
    assert torch.equal(parameters(fits[0]), parameters(fits[1]))
    assert not torch.equal(parameters(fits[0]), parameters(ImageFit(picture(), width=16, seed=4)))


def test_predicting_and_measuring_do_not_change_the_training() -> None:
    watched, alone = (ImageFit(picture(), width=16, seed=3) for _ in range(2))
    for _ in range(10):
        watched.step()
        watched.predict()
        assert watched.psnr > 0
    alone.step(10)
    assert torch.equal(parameters(watched), parameters(alone))


def test_the_loss_decreases_and_the_picture_gets_better() -> None:
    fit = ImageFit(picture(), width=32, lr=1e-2, seed=0)
    first, before = fit.step().item(), fit.psnr
    last = fit.step(200)
    fit.predict()
    assert last.item() < first / 5
    assert fit.psnr > before + 7
    assert fit.iteration == 201


def test_the_loss_is_a_scalar_without_a_graph() -> None:
    loss = ImageFit(picture(), width=8, seed=0).step(2)
    assert loss.shape == ()
    assert not loss.requires_grad


@pytest.mark.parametrize("count", [0, -3])
def test_fewer_than_one_step_is_refused(count: int) -> None:
    fit = ImageFit(picture(), width=8, seed=0)
    with pytest.raises(ValueError, match=f"count must be a number of steps, 1 or more, not {count}"):
        fit.step(count)
    assert fit.iteration == 0


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(11)
    expected = torch.rand(4)
    torch.manual_seed(11)
    fit = ImageFit(picture(), width=8, seed=0)
    fit.step(3)
    fit.reset(width=16, seed=5)
    ImageFit(picture(), width=8)
    assert torch.equal(torch.rand(4), expected)


def test_a_drawn_seed_can_be_used_again() -> None:
    one, other = ImageFit(picture(), width=8), ImageFit(picture(), width=8)
    assert one.seed != other.seed
    assert torch.equal(parameters(one), parameters(ImageFit(picture(), width=8, seed=one.seed)))


# --- learning rate and reset -----------------------------------------------------------------------------------------


def test_a_new_learning_rate_acts_from_the_next_step_on() -> None:
    fit = ImageFit(picture(), width=8, lr=1e-2, seed=0)
    fit.step(3)
    before = parameters(fit)
    fit.lr = 1e-12
    assert fit.lr == 1e-12
    fit.step()
    small = (parameters(fit) - before).abs().max().item()
    fit.lr = 1e-1
    fit.step()
    large = (parameters(fit) - before).abs().max().item()
    assert small < 1e-6
    assert large > 1e-2


def test_the_first_step_of_adam_has_the_size_of_the_learning_rate() -> None:
    fit = ImageFit(picture(), width=8, lr=0.03, seed=0)
    before = parameters(fit)
    fit.step()
    assert (parameters(fit) - before).abs().max().item() == pytest.approx(0.03, rel=1e-3)


@pytest.mark.parametrize("lr", [0.0, -1e-3, math.inf, math.nan])
def test_a_learning_rate_out_of_range_is_refused(lr: float) -> None:
    fit = ImageFit(picture(), width=8, lr=0.5, seed=0)
    with pytest.raises(ValueError, match=f"lr must be a number above 0, not {lr}"):
        fit.lr = lr
    with pytest.raises(ValueError, match="lr must be"):
        ImageFit(picture(), lr=lr)
    assert fit.lr == 0.5


def test_another_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="precision must be 'exact', 'fast' or 'torch', not 'half'"):
        ImageFit(picture(), precision="half")  # type: ignore[arg-type]


def test_on_a_cpu_steps_are_done_in_blocks() -> None:
    fit = ImageFit(picture(), seed=0)
    assert fit.method == "blocked"
    assert fit.method_reason == ""


def test_steps_on_a_cpu_do_not_list_what_a_capture_would_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = ImageFit(picture(), seed=0, precision="torch")
    monkeypatch.setattr(fit.model, "modules", lambda: pytest.fail("it takes longer than a small step"))
    fit.step(2)
    assert fit.iteration == 2


def test_eager_steps_say_why() -> None:
    fit = ImageFit(picture(), seed=0, precision="torch")
    assert fit.method == "eager"
    assert fit.method_reason == "precision is 'torch'; steps on 'cpu' cannot be captured"
    assert repr(fit) == (
        "<ImageFit 16 x 12 on cpu, width=64, 0 steps "
        "(eager, because precision is 'torch'; steps on 'cpu' cannot be captured)>"
    )


def test_a_fit_says_what_it_is() -> None:
    fit = ImageFit(picture(), width=8, seed=0, encoding="fourier")
    fit.step(3)
    assert repr(fit) == "<ImageFit 16 x 12 on cpu, width=8, encoding='fourier', 3 steps (blocked)>"


@pytest.mark.parametrize(
    ("height", "width", "units"), [(1, 1, 3), (12, 16, 64), (70, 61, 16), (45, 91, 64), (9, 9, 1500)]
)
def test_blocks_have_the_gradients_of_autograd(height: int, width: int, units: int) -> None:
    blocked = ImageFit(picture(height, width), width=units, seed=2)
    autograd = ImageFit(picture(height, width), width=units, seed=2, precision="torch")
    assert blocked.step().item() == pytest.approx(autograd.step().item(), rel=1e-6)
    for own, other in zip(blocked.model.parameters(), autograd.model.parameters(), strict=True):
        assert own.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(own.grad, other.grad, rtol=1e-4, atol=1e-7)


def test_blocks_learn_what_autograd_learns() -> None:
    losses = [ImageFit(picture(40, 60), seed=3, precision=how).step(300).item() for how in ("exact", "torch")]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert losses[0] < 0.01


@pytest.mark.parametrize("threads", [1, 2])
def test_two_runs_in_blocks_are_equal_in_every_bit(threads: int) -> None:
    torch.set_num_threads(threads)
    first, second = (ImageFit(picture(50, 70), seed=4) for _ in range(2))
    first.step(40)
    for _ in range(20):
        second.step(2)
    assert torch.equal(parameters(first), parameters(second))


def other_curve(fit: ImageFit) -> None:
    fit.model.net[1] = nn.Tanh()


def other_shape(fit: ImageFit) -> None:
    """Of the second layer, whose weight is then half as large as before."""
    for at, (inputs, outputs) in {2: (64, 32), 4: (32, 3)}.items():
        torch.manual_seed(at)
        fit.model.net[at] = nn.Linear(inputs, outputs)
    fit.optimizer = torch.optim.Adam(fit.model.parameters(), lr=1e-2)


def one_more_layer(fit: ImageFit) -> None:
    torch.manual_seed(5)
    fit.model.net.insert(4, nn.Linear(64, 64))
    fit.optimizer = torch.optim.Adam(fit.model.parameters(), lr=1e-2)


def shared_bias(fit: ImageFit) -> None:
    fit.model.net[2].bias = fit.model.net[0].bias


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (other_curve, "the network's layers are no longer those of a TinyMLP, but Linear, Tanh, Linear, ReLU, "),
        (other_shape, "net.2.weight has the shape (32, 64), not (64, 64)"),
        (one_more_layer, "the network's layers are no longer those of a TinyMLP, but Linear, ReLU, Linear, ReLU, "),
        (shared_bias, "two layers of the network share a parameter"),
    ],
)
def test_another_network_is_trained_by_torch_which_says_why(change: Callable[[ImageFit], None], reason: str) -> None:
    fit, autograd = ImageFit(picture(), seed=0), ImageFit(picture(), seed=0, precision="torch")
    for each in (fit, autograd):
        change(each)
        each.step(20)
    assert fit.method == "eager"
    assert fit.method_reason.startswith(reason)
    assert torch.equal(parameters(fit), parameters(autograd))


def test_a_network_that_is_changed_back_is_trained_in_blocks_again() -> None:
    fit, usual = ImageFit(picture(), seed=0), ImageFit(picture(), seed=0)
    relu = fit.model.net[1]
    other_curve(fit)
    fit.step(2)
    fit.model.net[1] = relu
    fit.load_state_dict(usual.state_dict())
    for each in (fit, usual):
        each.step(5)
    assert (fit.method, fit.method_reason) == ("blocked", "")
    assert torch.equal(parameters(fit), parameters(usual))


def decay(fit: ImageFit) -> None:
    fit.optimizer.param_groups[0]["weight_decay"] = 0.5


def ascent(fit: ImageFit) -> None:
    fit.optimizer.param_groups[0]["maximize"] = True


def descent(fit: ImageFit) -> None:
    fit.optimizer = torch.optim.SGD(fit.model.parameters(), lr=0.5)  # type: ignore[assignment]


def frozen(fit: ImageFit) -> None:
    for parameter in fit.model.net[2].parameters():
        parameter.requires_grad_(False)


def groups(fit: ImageFit) -> None:
    """Another parameter, which has a gradient of an earlier loss, and another rate for some of the network's."""
    other = nn.Parameter(torch.ones(3))
    other.grad = torch.ones(3)
    own = list(fit.model.parameters())
    fit.optimizer = torch.optim.Adam([{"params": own[:2]}, {"params": [*own[2:], other], "lr": 1e-2}], lr=1e-3)


@pytest.mark.parametrize("change", [decay, ascent, descent, frozen, groups])
def test_the_optimiser_does_in_blocks_what_it_does_with_autograd(change: Callable[[ImageFit], None]) -> None:
    blocked, autograd, usual = (ImageFit(picture(), seed=0, precision=how) for how in ("exact", "torch", "exact"))
    for fit in (blocked, autograd):
        change(fit)
    for fit in (blocked, autograd, usual):
        fit.step(20)
    assert blocked.method == "blocked"
    trained = [
        nn.utils.parameters_to_vector(each for group in fit.optimizer.param_groups for each in group["params"])
        for fit in (blocked, autograd)
    ]
    assert torch.allclose(*trained, atol=1e-5)
    assert not torch.allclose(parameters(blocked), parameters(usual), atol=1e-3)


def test_reset_starts_over_as_new() -> None:
    fit = ImageFit(picture(), width=16, seed=0)
    start = parameters(fit)
    fit.step(5)
    after = parameters(fit)
    stale = fit.psnr
    fit.reset()
    assert fit.iteration == 0
    assert torch.equal(parameters(fit), start)
    assert fit.psnr != stale  # the new network's, not that of the old network's last prediction
    fit.step(5)
    assert torch.equal(parameters(fit), after)  # the optimiser was reset, too


def test_reset_takes_another_width_and_seed_and_keeps_the_learning_rate() -> None:
    fit = ImageFit(picture(), width=16, lr=1e-2, seed=0)
    fit.lr = 5e-3
    fit.reset(width=24, seed=9)
    assert (fit.width, fit.seed, fit.lr) == (24, 9, 5e-3)
    assert fit.optimizer.param_groups[0]["lr"] == 5e-3
    fit.step(4)
    assert torch.equal(parameters(fit), _stepped(ImageFit(picture(), width=24, lr=5e-3, seed=9), 4))


def _stepped(fit: ImageFit, steps: int) -> torch.Tensor:
    fit.step(steps)
    return parameters(fit)


def test_a_reset_that_is_refused_changes_nothing() -> None:
    fit = ImageFit(picture(), width=16, seed=0)
    fit.step(2)
    before = parameters(fit)
    with pytest.raises(ValueError, match="not -1"):
        fit.reset(width=-1, seed=4)
    assert (fit.iteration, fit.width, fit.seed) == (2, 16, 0)
    assert torch.equal(parameters(fit), before)


# --- prediction and PSNR ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "width"), [(5, 9), (9, 5), (1, 7), (1, 1)])
def test_the_prediction_has_the_picture_s_shape(height: int, width: int) -> None:
    fit = ImageFit(torch.rand(height, width, 3), width=8, seed=0)
    prediction = fit.predict()
    assert prediction.shape == (height, width, 3)
    assert prediction.dtype == torch.float32
    assert not prediction.requires_grad
    assert bool(((prediction >= 0) & (prediction <= 1)).all())
    assert torch.equal(prediction, fit.model(fit.coords).detach().reshape(height, width, 3))


def test_a_picture_that_is_not_square_is_learned_the_right_way_round() -> None:
    target = torch.zeros(6, 20, 3)
    target[:, 10:, 0] = 1  # red on the right
    target[3:, :, 2] = 1  # blue below
    fit = ImageFit(target, width=32, lr=2e-2, seed=0)
    fit.step(150)
    prediction = fit.predict()
    assert prediction[1, 17, 0] > 0.9
    assert prediction[1, 2, 0] < 0.1
    assert prediction[5, 2, 2] > 0.9
    assert prediction[0, 2, 2] < 0.1


def test_psnr_of_a_constant_error() -> None:
    fit = ImageFit(torch.full((4, 6, 3), 0.25), width=8, seed=0)
    with torch.no_grad():
        for parameter in fit.model.parameters():
            parameter.zero_()  # sigmoid(0): every pixel is 0.5, 0.25 too bright
    fit.predict()
    assert fit.psnr == pytest.approx(10 * math.log10(1 / 0.0625))


def test_psnr_describes_the_last_prediction() -> None:
    fit = ImageFit(picture(), width=16, seed=0)
    prediction = fit.predict()
    error = (prediction.double() - fit.target.double()).square().mean().item()
    fit.step(10)
    assert fit.psnr == pytest.approx(-10 * math.log10(error), rel=1e-6)
    fit.predict()
    assert fit.psnr > -10 * math.log10(error)


def test_psnr_of_equal_pictures_is_infinite_and_of_nan_is_nan() -> None:
    fit = ImageFit(torch.full((2, 2, 3), 0.5), width=8, seed=0)
    with torch.no_grad():
        for parameter in fit.model.parameters():
            parameter.zero_()
        fit.predict()
        assert fit.psnr == math.inf
        fit.model.net[0].bias.fill_(math.nan)
    fit.predict()
    assert math.isnan(fit.psnr)


# --- targets ---------------------------------------------------------------------------------------------------------


def test_the_target_is_a_copy_in_float32() -> None:
    source = picture().double().requires_grad_()
    fit = ImageFit(source, width=8, seed=0)
    with torch.no_grad():
        source.zero_()
    assert fit.target.dtype == torch.float32
    assert not fit.target.requires_grad
    assert torch.equal(fit.target, picture())


@pytest.mark.parametrize(
    ("target", "named"),
    [
        (torch.zeros(4, 4), r"\(4, 4\)"),
        (torch.zeros(3, 4, 4), r"\(3, 4, 4\)"),
        (torch.zeros(0, 4, 3), r"\(0, 4, 3\)"),
        (torch.zeros(4, 4, 3, dtype=torch.uint8), "torch.uint8"),
        (torch.full((4, 4, 3), 255.0), "255..255"),
        (torch.full((4, 4, 3), -0.5), "-0.5..-0.5"),
        (torch.full((4, 4, 3), math.nan), "nan"),
    ],
)
def test_a_target_of_another_kind_is_refused(target: torch.Tensor, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        ImageFit(target)


# --- interrupts, other devices and defaults --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.SGD])
def test_an_interrupted_step_counts_the_steps_that_were_taken(
    kind: type[torch.optim.Optimizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = ImageFit(picture(), seed=0)
    fit.optimizer = kind(fit.model.parameters(), lr=1e-3)  # type: ignore[call-arg, assignment]
    fit.step(3)
    usual, calls = fit.optimizer.step, 0

    def interrupted() -> None:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise KeyboardInterrupt
        usual()

    monkeypatch.setattr(fit.optimizer, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit.step(20)
    assert fit.iteration == 3 + 5


def test_an_interrupt_while_threads_are_given_work_leaves_none_of_them_working(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next step would use the same memory."""
    torch.set_num_threads(3)
    fit, other = (ImageFit(picture(256, 256), seed=0) for _ in range(2))
    helpers, begun = blocked._helpers(2), []

    class Interrupted:
        """Is interrupted when it is given work for the second time."""

        def submit(self, *work: Any) -> Future[Any]:
            if begun:
                raise KeyboardInterrupt
            begun.append(helpers.submit(*work))
            return begun[0]

    with monkeypatch.context() as patched:
        patched.setattr(blocked, "_helpers", lambda _: Interrupted())
        with pytest.raises(KeyboardInterrupt):
            fit.step()
    assert begun[0].done()
    assert fit.iteration == 0
    for each in (fit, other):
        each.step(3)
    assert torch.equal(parameters(fit), parameters(other))


def test_an_interrupted_reset_leaves_the_training_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    fit, other = ImageFit(picture(), seed=0), ImageFit(picture(), seed=0)
    fit.step(5)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("vultorch_widget.training.image_fit.own_step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fit.reset(width=16, seed=1)
    fit.step(5)
    other.step(10)
    assert (fit.width, fit.seed, fit.iteration) == (64, 0, 10)
    assert torch.equal(parameters(fit), parameters(other))


@pytest.mark.parametrize("precision", ["exact", "torch"])
def test_a_dropped_fit_is_freed_at_once(precision: Precision) -> None:
    gc.collect()
    gc.disable()
    try:
        fit = ImageFit(picture(), seed=0, precision=precision)
        fit.step(2)
        known = weakref.ref(fit)
        del fit
        assert known() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("encoding", [None, "fourier", "hash"])
def test_torchs_default_device_and_dtype_make_no_difference(encoding: Encoding | None) -> None:
    target = picture()
    usual = ImageFit(target, seed=0, device="cpu", encoding=encoding)
    usual.step(3)
    torch.set_default_dtype(torch.float64)
    try:
        with torch.device("meta"):
            fit = ImageFit(target, seed=0, device="cpu", encoding=encoding)
            fit.step(3)
            shown = fit.predict()
    finally:
        torch.set_default_dtype(torch.float32)
    assert shown.dtype == torch.float32
    assert torch.equal(parameters(fit), parameters(usual))
