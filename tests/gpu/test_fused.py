"""The fused training step: what it learns, and that torch's module and optimiser hold the results."""

from __future__ import annotations

import copy
import gc
import io
import sys
import threading
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from vultorch_widget.training.emblem import emblem
from vultorch_widget.training.image_fit import ImageFit
from vultorch_widget.training.target import as_target
from vultorch_widget.training.unfit import UnfitError


@pytest.fixture(autouse=True)
def hopper() -> None:
    if torch.cuda.get_device_capability() != (9, 0):
        pytest.skip("the fused step is for Hopper GPUs")


def target(height: int = 64, width: int = 64) -> torch.Tensor:
    return as_target(emblem(256), size=(height, width)).cuda()


def parameters(fit: ImageFit) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(fit.model.parameters()).detach().clone()


def exact_gradient(fit: ImageFit) -> torch.Tensor:
    """Computes the gradient by torch, in float64."""
    model = copy.deepcopy(fit.model).double()
    functional.mse_loss(model(fit.coords.double()), fit.target.reshape(-1, 3).double()).backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def first_gradient(fit: ImageFit) -> torch.Tensor:
    """The gradient of the first and only step, derived from Adam's mean."""
    means = [fit.optimizer.state[parameter]["exp_avg"].flatten() for parameter in fit.model.parameters()]
    return torch.cat(means).double() / (1 - 0.9)


@pytest.mark.parametrize("width", [1, 16, 32, 50, 64, 65, 80, 96, 97, 112, 128])
@pytest.mark.parametrize("side", [(64, 64), (37, 53), (1, 1), (256, 256)])
@pytest.mark.parametrize(("precision", "error"), [("exact", 5e-5), ("fast", 4e-3)])
def test_the_first_gradient_is_the_exact_one(precision, error, width, side):
    # Nearly always it is exact to 2e-6. If a unit's input is 0 up to rounding, ReLU may switch differently than in
    # float64, and the gradient differs by one pixel's share.
    fit = ImageFit(target(*side), width=width, seed=3, precision=precision)
    expected = exact_gradient(fit)
    fit.step(1)
    assert fit.method == "fused"
    assert fit.method_reason == ""
    assert float((first_gradient(fit) - expected).norm() / expected.norm()) < error


@pytest.mark.parametrize("width", [64, 128])
def test_a_step_moves_the_parameters_as_torchs_adam_does(width):
    ours, torchs = (ImageFit(target(), seed=0, precision=precision, width=width) for precision in ("exact", "torch"))
    for _ in range(20):
        assert float(ours.step(1)) == pytest.approx(float(torchs.step(1)), rel=1e-4)
    assert torch.allclose(parameters(ours), parameters(torchs), atol=2e-4)


@pytest.mark.parametrize("width", [64, 96, 128])
@pytest.mark.parametrize("precision", ["exact", "fast"])
def test_runs_are_bit_identical_however_the_steps_are_called(precision, width):
    whole, parts = (ImageFit(target(), seed=0, precision=precision, width=width) for _ in range(2))
    loss = whole.step(1001)
    for _ in range(143):
        other = parts.step(7)
    assert torch.equal(parameters(whole), parameters(parts))
    assert torch.equal(loss, other)


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("precision", ["exact", "fast"])
def test_it_learns_the_same_as_torch(precision, width):
    losses = {
        kind: sum(float(ImageFit(target(), seed=seed, precision=kind, width=width).step(2000)) for seed in range(3))
        for kind in (precision, "torch")
    }
    assert losses[precision] == pytest.approx(losses["torch"], rel=0.15)


def test_the_optimiser_counts_the_steps():
    fit = ImageFit(target(), seed=0)
    fit.step(37)
    assert {int(state["step"]) for state in fit.optimizer.state.values()} == {37}
    assert fit.iteration == 37


def test_training_continues_unchanged_from_a_checkpoint():
    fit = ImageFit(target(), seed=0)
    fit.step(100)
    file = io.BytesIO()
    torch.save((fit.model.state_dict(), fit.optimizer.state_dict()), file)
    fit.step(50)
    file.seek(0)
    model, optimizer = torch.load(file, weights_only=True)
    other = ImageFit(target(), seed=9)
    other.step(3)
    other.model.load_state_dict(model)
    other.optimizer.load_state_dict(optimizer)
    other.step(50)
    assert torch.allclose(parameters(other), parameters(fit), atol=1e-6)


def test_external_writes_to_the_parameters_take_effect():
    fit = ImageFit(target(), seed=0)
    fit.step(5)
    with torch.no_grad():
        for parameter in fit.model.parameters():
            parameter.mul_(0.5)
    expected = functional.mse_loss(fit.predict(), fit.target)
    assert float(fit.step(1)) == pytest.approx(float(expected), rel=1e-4)


def test_the_learning_rate_acts_from_the_next_step_on():
    fit = ImageFit(target(), seed=0)
    fit.step(8)
    before = parameters(fit)
    fit.lr = 1e-30
    fit.step(5)
    assert torch.equal(parameters(fit), before)
    fit.lr = 1e-2
    fit.step(1)
    assert float((parameters(fit) - before).abs().max()) > 1e-3


def test_reset_starts_over_as_new():
    fit, new = (ImageFit(target(), seed=0) for _ in range(2))
    fit.step(100)
    fit.reset()
    fit.step(50)
    new.step(50)
    assert torch.equal(parameters(fit), parameters(new))
    fit.reset(width=16)
    fit.step(10)
    assert fit.method == "fused"
    assert fit.width == 16


def test_a_wide_layer_uses_a_graph_and_says_why():
    fit = ImageFit(target(), seed=0, width=129)
    fit.step(10)
    assert fit.method == "graph"
    assert "at most 128, not 129" in fit.method_reason
    fit.reset(width=128)
    assert fit.method == "fused"


def test_without_its_libraries_it_uses_a_graph_and_says_why(monkeypatch):
    monkeypatch.setitem(sys.modules, "vultorch_widget.training.fused", None)
    fit = ImageFit(target(), seed=0)
    fit.step(10)
    assert fit.method == "graph"
    assert "cuda-bindings" in fit.method_reason


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("precision", ["exact", "fast"])
def test_parameters_stay_finite_at_rates_where_those_of_torch_do(precision, width):
    for rate in torch.logspace(-5, 0.7, 20).tolist():
        fit = ImageFit(target(), seed=0, lr=rate, precision=precision, width=width)
        fit.step(1000)
        assert torch.isfinite(parameters(fit)).all(), rate


def test_steps_may_be_taken_on_another_thread_and_stream():
    fit, new = (ImageFit(target(), seed=0) for _ in range(2))

    def train() -> None:
        with torch.cuda.stream(torch.cuda.Stream()):
            fit.step(50)
            torch.cuda.current_stream().synchronize()

    torch.cuda.synchronize()
    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    new.step(50)
    assert torch.equal(parameters(fit), parameters(new))


def test_dropped_fits_leak_no_memory():
    def used() -> int:
        gc.collect()
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        free, total = torch.cuda.mem_get_info()
        return total - free

    picture = target()
    for _ in range(20):
        ImageFit(picture, seed=0).step(300)
    before = used()
    for _ in range(200):
        ImageFit(picture, seed=0).step(300)
    assert used() - before < 8 << 20


def test_damaged_kernels_on_disk_are_compiled_again(tmp_path: Path, monkeypatch):
    from vultorch_widget.training.fused.program import program

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    device = target().device
    program.__wrapped__(device, 32, split=True)
    (kept,) = (tmp_path / "vultorch_widget").iterdir()
    whole = kept.read_bytes()
    for damaged in (b"", whole[:1000], b"?" * len(whole)):
        kept.write_bytes(damaged)
        program.__wrapped__(device, 32, split=True)
        assert len(kept.read_bytes()) == len(whole)


def test_a_hopper_gpu_with_few_multiprocessors_is_not_called_another_gpu(monkeypatch):
    from vultorch_widget.training.fused import program

    monkeypatch.setattr(program, "LEAST_BLOCKS", 1000)
    with pytest.raises(UnfitError, match=r"needs 1000 multiprocessors, of which .* has .*: use a larger instance"):
        program.program.__wrapped__(target().device, 64, split=True)
