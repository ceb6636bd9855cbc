"""The fused training step: what it learns, and that torch's module and optimiser hold the results."""

from __future__ import annotations

import copy
import gc
import io
import math
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from vultorch_widget.training.cuda_graph import WARM_UP
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


def test_memory_of_a_dropped_fit_is_not_used_again_before_its_last_step():
    fit, side = ImageFit(target(), seed=0), torch.cuda.Stream()
    fit.step(1)
    own = fit._own
    moments = [each for state in fit.optimizer.state.values() for each in state.values()]
    buffers = [own._image, own._partial, own._control, own._coords, own._pixels, *fit.model.parameters(), *moments]
    places, sizes = {each.data_ptr() for each in buffers}, [each.nbytes for each in buffers]
    torch.cuda.synchronize()
    with torch.cuda.stream(side):
        torch.cuda._sleep(1 << 31)  # about a second
        fit.step(1)
    del fit, own, moments, buffers
    gc.collect()
    taken = [torch.empty(size, dtype=torch.uint8, device="cuda") for size in sizes for _ in range(4)]
    busy = not side.query()
    side.synchronize()
    assert busy
    assert not places & {each.data_ptr() for each in taken}


def test_a_capture_is_on_a_stream_that_nobody_else_has():
    from vultorch_widget.training.fused.launch import captured, destroy

    streams = []

    def queue(stream: int) -> None:
        streams.append(stream)
        if len(streams) < 2:
            graphs[1] = captured(queue)

    everybodys = {torch.cuda.Stream(priority=priority).cuda_stream for priority in (0, -1) for _ in range(64)}
    graphs: dict[int, object] = {}
    target()  # on a new thread, the driver has no context yet
    graphs[0] = captured(queue)
    destroy(graphs)
    assert len(set(streams)) == 2
    assert not everybodys & set(streams)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("broken", [False, True])
def test_what_is_raised_within_a_capture_comes_through_and_its_graph_is_freed(broken, error, monkeypatch):
    from vultorch_widget.training.fused import launch

    usual, freed = launch.driver.cuGraphDestroy, []
    monkeypatch.setattr(launch.driver, "cuGraphDestroy", lambda graph: freed.append(int(graph)) or usual(graph))

    def queue(stream: int) -> None:
        if broken:  # a wait is forbidden in a capture, and ends it with an error
            assert int(launch.driver.cuStreamSynchronize(launch.driver.CUstream(stream))[0])
        raise error("stop")

    target()
    with pytest.raises(error, match="stop"):
        launch.captured(queue)
    assert len(freed) == (0 if broken else 1)
    assert all(freed)
    fit = ImageFit(target(), seed=0)
    fit.step(3)
    assert fit.method == "fused"


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


# --- other networks and optimisers -----------------------------------------------------------------------------------


def option(name: str, value: object) -> Callable[[ImageFit], None]:
    return lambda fit: fit.optimizer.param_groups[0].__setitem__(name, value)


def adam(fit: ImageFit, groups: object = None) -> torch.optim.Adam:
    rate = torch.tensor(2e-3, device=fit.device)
    groups = list(fit.model.parameters()) if groups is None else groups
    return torch.optim.Adam(groups, lr=rate, fused=True, capturable=True)


def descent(fit: ImageFit) -> None:
    fit.optimizer = torch.optim.SGD(fit.model.parameters(), lr=0.5)


def groups(fit: ImageFit) -> None:
    own = list(fit.model.parameters())
    rate = torch.tensor(1e-2, device=fit.device)
    fit.optimizer = adam(fit, [{"params": own[:2], "lr": rate}, {"params": own[2:]}])


def frozen(fit: ImageFit) -> None:
    for parameter in fit.model.net[2].parameters():
        parameter.requires_grad_(False)


def other_curve(fit: ImageFit) -> None:
    fit.model.net[1] = nn.Tanh()


def other_shape(fit: ImageFit) -> None:
    """Of the last two layers, whose parameters are then much smaller than those that the kernels were made for."""
    for at, (inputs, outputs) in {2: (64, 8), 4: (8, 3)}.items():
        torch.manual_seed(at)
        fit.model.net[at] = nn.Linear(inputs, outputs).cuda()
    fit.optimizer = adam(fit)


CHANGES = [
    (option("weight_decay", 0.5), "Adam without weight_decay=0.5"),
    (option("maximize", True), "Adam without maximize=True"),
    (descent, "for Adam, not SGD"),
    (groups, "one group of parameters, not 2"),
    (frozen, "of which 2 are frozen"),
    (other_curve, "no longer those of a TinyMLP"),
    (other_shape, r"net.2.weight has the shape (8, 64), not (64, 64)"),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
@pytest.mark.parametrize("before", [0, WARM_UP + 5])
def test_torch_takes_the_steps_that_the_kernels_cannot(change, reason, before):
    """The other fit is a graph from the start, which has to be captured anew after the change."""
    fit, graph = (ImageFit(target(), seed=0, precision=precision) for precision in ("exact", "torch"))
    for each in (fit, graph):
        if before:
            each.step(before)
        change(each)
        each.step(WARM_UP + 10)
    assert (fit.method, graph.method) == ("graph", "graph")
    assert reason in fit.method_reason
    assert torch.allclose(parameters(fit), parameters(graph), atol=2e-4)


def test_amsgrad_is_torchs():
    fit, graph = (ImageFit(target(), seed=0, precision=precision) for precision in ("exact", "torch"))
    for each in (fit, graph):
        option("amsgrad", True)(each)
        each.step(WARM_UP + 10)
    assert (fit.method, graph.method) == ("graph", "graph")
    assert torch.equal(parameters(fit), parameters(graph))


def plain_loop(fit: ImageFit, steps: int) -> None:
    """Takes steps with the fit's own model and optimiser, without the fit."""
    for _ in range(steps):
        fit.optimizer.zero_grad(set_to_none=True)
        functional.mse_loss(fit.model(fit.coords), fit.target.reshape(-1, 3)).backward()
        fit.optimizer.step()


@pytest.mark.parametrize(("change", "_"), CHANGES)
def test_a_graph_is_captured_anew_after_a_change(change, _):
    fit, plain = (ImageFit(target(), seed=0, precision="torch") for _ in range(2))
    fit.step(WARM_UP + 5)
    plain_loop(plain, WARM_UP + 5)
    for each in (fit, plain):
        change(each)
    before = parameters(fit)
    fit.step(WARM_UP + 5)
    plain_loop(plain, WARM_UP + 5)
    assert not torch.equal(parameters(fit), before)
    assert torch.allclose(parameters(fit), parameters(plain), atol=2e-4)


def module_hook(fit: ImageFit, hook: Callable[..., object]) -> object:
    return fit.model.net[3].register_forward_hook(hook)


def whole_hook(fit: ImageFit, hook: Callable[..., object]) -> object:
    return fit.model.register_forward_hook(hook)


def gradient_hook(fit: ImageFit, hook: Callable[..., object]) -> object:
    return fit.model.net[2].weight.register_hook(hook)


def optimizer_hook(fit: ImageFit, hook: Callable[..., object]) -> object:
    return fit.optimizer.register_step_pre_hook(hook)


@pytest.mark.parametrize("precision", ["exact", "torch"])
@pytest.mark.parametrize("before", [0, 5, WARM_UP + 5])
@pytest.mark.parametrize("hooked", [module_hook, whole_hook, gradient_hook, optimizer_hook])
def test_hooks_are_called_in_every_step(hooked, before, precision):
    fit, calls = ImageFit(target(), seed=0, precision=precision), []
    usual = "fused" if precision == "exact" else "graph"
    if before:
        fit.step(before)
    handle = hooked(fit, lambda *_: calls.append(True))
    fit.step(WARM_UP + 10)
    fit.step(5)
    assert len(calls) == WARM_UP + 15
    assert fit.method == "eager"
    assert "only eager steps call the " in fit.method_reason
    assert "'<lambda>' of " in fit.method_reason
    handle.remove()
    fit.step(WARM_UP + 5)
    assert fit.method == usual
    assert "hook" not in fit.method_reason
    assert len(calls) == WARM_UP + 15
    plain = ImageFit(target(), seed=0, precision="torch")
    plain_loop(plain, fit.iteration)
    assert torch.allclose(parameters(fit), parameters(plain), atol=1e-3)


def test_a_watched_fit_stays_fused():
    from vultorch_widget.network.watching import Watching

    fit = ImageFit(target(), seed=0)
    watching = Watching(fit.model, 1, lambda: fit.iteration, pytest.fail)
    assert fit.model.net[2]._forward_hooks
    fit.step(20)
    watching.close()
    assert fit.method == "fused"


def test_a_graph_is_captured_anew_when_a_dropout_is_switched_off():
    fit = ImageFit(target(), seed=0)
    fit.model.net.insert(4, nn.Dropout(0.5))
    fit.step(WARM_UP + 5)
    assert fit.method == "graph"
    fit.lr = 1e-30
    losses = [float(fit.step()) for _ in range(5)]
    assert len(set(losses)) == 5  # another choice of units in each step
    fit.model.eval()
    losses = [float(fit.step()) for _ in range(WARM_UP + 5)]
    assert fit.method == "graph"
    assert max(losses) - min(losses) < 1e-6


def test_the_kernels_go_on_when_a_change_is_undone():
    fit, graph = (ImageFit(target(), seed=0, precision=precision) for precision in ("exact", "torch"))
    for decay in (0.0, 0.5, 0.0, 0.5, 0.0):
        for each in (fit, graph):
            option("weight_decay", decay)(each)
            each.step(WARM_UP + 2)
        assert fit.method == ("graph" if decay else "fused")
        assert fit.method_reason == ("the fused step is for Adam without weight_decay=0.5" if decay else "")
    assert {int(state["step"]) for state in fit.optimizer.state.values()} == {5 * (WARM_UP + 2)}
    assert torch.allclose(parameters(fit), parameters(graph), atol=5e-4)


def test_after_some_parameters_were_frozen_their_counts_differ_and_torch_goes_on():
    fit, graph = (ImageFit(target(), seed=0, precision=precision) for precision in ("exact", "torch"))
    for each in (fit, graph):
        each.step(5)
        frozen(each)
        each.step(5)
        for parameter in each.model.parameters():
            parameter.requires_grad_(True)
        each.step(5)
    assert fit.method == "graph"
    assert "not taken the same number of steps" in fit.method_reason
    assert torch.allclose(parameters(fit), parameters(graph), atol=2e-4)
    fit.reset()
    fit.step(1)
    assert fit.method == "fused"


def test_counts_that_others_have_written_are_noticed():
    fit, graph = (ImageFit(target(), seed=0, precision=precision) for precision in ("exact", "torch"))
    for each in (fit, graph):
        each.step(5)
        each.optimizer.state[each.model.net[2].weight]["step"].fill_(500)
        each.step(5)
    assert fit.method == "graph"
    assert "not taken the same number of steps" in fit.method_reason
    assert torch.allclose(parameters(fit), parameters(graph), atol=2e-4)


@pytest.mark.parametrize("width", [64, 128])
def test_changed_betas_act_from_the_next_step_on(width):
    fit, graph = (ImageFit(target(), seed=0, precision=precision, width=width) for precision in ("exact", "torch"))
    for each in (fit, graph):
        each.step(5)
        option("betas", (0.5, 0.9))(each)
        each.step(1)
    assert fit.method == "fused"
    assert torch.allclose(parameters(fit), parameters(graph), atol=2e-4)


def test_moments_of_another_shape_are_refused():
    from vultorch_widget.training.fused import FusedStep

    fit = ImageFit(target(), seed=0)
    fit.step(1)
    step = FusedStep(fit.coords, fit.target.reshape(-1, 3), 64, exact=True)
    step(fit.model, fit.optimizer, 1)
    state = fit.optimizer.state[fit.model.net[2].weight]
    for moments in (torch.zeros(8, 64, device=fit.device), torch.zeros(64, 64, device=fit.device)[:, :8]):
        state["exp_avg"] = moments
        with pytest.raises(UnfitError):
            step(fit.model, fit.optimizer, 1)
    assert step.taken == 1


def test_a_rate_that_is_a_number_is_float32_whatever_torchs_default_is():
    fit = ImageFit(target(), seed=0)
    torch.set_default_dtype(torch.float64)
    try:
        option("lr", 2e-3)(fit)
        fit.step(5)
        other = ImageFit(fit.target, seed=0)
        other.step(5)
    finally:
        torch.set_default_dtype(torch.float32)
    assert (fit.method, other.method) == ("fused", "fused")
    assert torch.equal(parameters(fit), parameters(other))


def test_an_interrupted_call_counts_the_steps_that_were_queued(monkeypatch):
    """A signal that arrives while the driver queues steps is raised after they are queued."""
    from vultorch_widget.training.fused import step

    fit = ImageFit(target(), seed=0)
    fit.step(3)
    usual, calls = step.replay, 0

    def interrupted(graph: object, stream: int) -> None:
        nonlocal calls
        usual(graph, stream)
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(step, "replay", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit.step(1000)
    assert fit.iteration == 3 + 2 * step.MOST_AT_ONCE
    assert {int(state["step"]) for state in fit.optimizer.state.values()} == {fit.iteration}


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("precision", ["exact", "fast"])
@pytest.mark.parametrize("which", range(6))
def test_what_is_nan_with_torch_is_nan_here(precision, width, which):
    fit, graph = (ImageFit(target(), seed=0, precision=each, width=width) for each in (precision, "torch"))
    for each in (fit, graph):
        with torch.no_grad():
            list(each.model.parameters())[which].view(-1)[1] = math.nan
        assert math.isnan(float(each.step(1)))
        each.step(3)
    assert fit.method == "fused"
    spread = torch.isnan(parameters(graph))
    assert bool(spread.any())
    assert bool(torch.isnan(parameters(fit))[spread].all())
