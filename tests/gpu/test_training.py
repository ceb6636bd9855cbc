"""Training on a GPU: steps as a CUDA graph, and a view that does not change the results."""

from __future__ import annotations

import contextlib
import gc
import threading
import warnings

import pytest
import torch
from torch.nn import functional

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.training import image_fit
from vultorch_widget.training.captured import captured_parts
from vultorch_widget.training.coordinates import coordinates
from vultorch_widget.training.cuda_graph import WARM_UP
from vultorch_widget.training.emblem import emblem
from vultorch_widget.training.image_fit import ImageFit
from vultorch_widget.training.model import seeded_mlp
from vultorch_widget.training.target import as_target


def target(size: int = 64) -> torch.Tensor:
    return as_target(emblem(size)).cuda()


def parameters(model: torch.nn.Module) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(model.parameters()).detach().clone()


def as_the_seed_writes_it(steps: int, lr: float = 2e-3) -> tuple[torch.nn.Module, float]:
    """The plain loop, with ``loss.item()`` in every step."""
    model = seeded_mlp(64, 0).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    places, pixels = coordinates(64, 64, "cuda"), target().reshape(-1, 3)
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        loss = functional.mse_loss(model(places), pixels)
        loss.backward()
        optimizer.step()
        value = loss.item()
    return model, value


def test_graphed_steps_learn_the_same_as_the_plain_loop():
    fit = ImageFit(target(), seed=0, precision="torch")
    loss = fit.step(300)
    assert fit.method == "graph"
    assert fit.iteration == 300
    assert float(loss) == pytest.approx(as_the_seed_writes_it(300)[1], rel=0.05)


def test_two_fits_are_bit_identical():
    one, other = (ImageFit(target(), seed=0, precision="torch") for _ in range(2))
    one.step(200)
    for _ in range(20):
        other.step(10)
    assert torch.equal(parameters(one.model), parameters(other.model))


def test_the_learning_rate_acts_on_captured_steps():
    fit = ImageFit(target(), seed=0, precision="torch")
    fit.step(WARM_UP + 5)
    before = parameters(fit.model)
    fit.lr = 1e-30
    fit.step(5)
    assert torch.equal(parameters(fit.model), before)
    fit.lr = 1e-2
    fit.step(1)
    assert float((parameters(fit.model) - before).abs().max()) > 1e-3
    fit.reset(width=16)
    assert fit.lr == 1e-2
    assert float(fit.step(50)) < float(fit.step(1)) * 10


def test_a_step_that_is_replayed_lists_once_what_it_was_captured_with(monkeypatch):
    fit, listed = ImageFit(target(), seed=0, precision="torch"), []
    fit.step(WARM_UP + 1)
    monkeypatch.setattr(image_fit, "captured_parts", lambda *of: listed.append(captured_parts(*of)) or listed[-1])
    for _ in range(3):
        fit.step()
    assert len(listed) == 3
    fit.optimizer.param_groups[0]["weight_decay"] = 0.1
    fit.step()
    assert len(listed) == 5
    fit.step(WARM_UP + 1)
    assert fit.method == "graph"


def test_a_users_step_becomes_a_graph():
    model = seeded_mlp(64, 0).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, fused=True, capturable=True)
    places, pixels = coordinates(64, 64, "cuda"), target().reshape(-1, 3)
    calls = 0

    @vultorch.graphed
    def step():
        nonlocal calls
        calls += 1
        optimizer.zero_grad()
        loss = functional.mse_loss(model(places), pixels)
        loss.backward()
        optimizer.step()
        return loss

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        losses = [float(step()) for _ in range(300)]
    assert calls == WARM_UP + 1
    assert step.eager_reason == ""
    assert losses[-1] == pytest.approx(as_the_seed_writes_it(300)[1], rel=0.05)


def test_a_step_that_cannot_be_captured_says_why_and_continues():
    model = torch.nn.Linear(2, 1).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x = torch.rand(64, 2, device="cuda")
    seen = []

    @vultorch.graphed
    def step():
        optimizer.zero_grad()
        loss = functional.mse_loss(model(x), x.sum(1, keepdim=True))
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
        return loss.detach()

    for _ in range(WARM_UP):
        step()
    with pytest.warns(RuntimeWarning, match="cannot be captured as a CUDA graph and runs as it is"):
        step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(200):
            step()
    assert step.eager_reason != ""
    assert seen[-1] < seen[0] / 5
    assert torch.isfinite(torch.rand(3, device="cuda")).all()


def test_garbage_is_not_collected_within_a_capture():
    class Kept:
        """Part of a cycle, so that only the collector frees it."""

    def step():
        if torch.cuda.is_current_stream_capturing():
            fit = Kept()
            fit.itself, fit.fit = fit, garbage.pop()
            del fit
            kept.extend(Kept() for _ in range(3 * gc.get_threshold()[0]))
        return tensor.mul(2).sum()

    tensor, kept, garbage = torch.ones(4, device="cuda"), [], [ImageFit(target(), seed=0)]
    garbage[0].step(50)
    graphed = vultorch.graphed(step)
    for _ in range(WARM_UP + 2):
        assert float(graphed()) == 8
    assert graphed.eager_reason == ""
    assert not garbage


def test_views_and_fits_that_are_dropped_end_nobodys_capture():
    fit, view = ImageFit(target(), seed=0), vultorch.View("dropped", 100, 100, headless=True)
    fit.step(50)
    shared = [fit, vultorch.create_tensor(64, 64, 4, "cuda", window=view.window)]
    view.close()
    tensor, graph = torch.ones(4, device="cuda"), torch.cuda.CUDAGraph()
    del fit, view
    gc.collect()  # of other tests: torch's own graphs end a capture
    with torch.cuda.graph(graph):
        shared.clear()
        gc.collect()
        doubled = tensor.mul(2)
    graph.replay()
    assert doubled.tolist() == [2, 2, 2, 2]


def test_a_capture_that_fails_leaves_memory_that_can_be_used_again():
    tensor, side = torch.ones(4, device="cuda"), torch.cuda.Stream()

    @vultorch.graphed
    def step():
        return tensor * tensor.sum().item()

    for _ in range(WARM_UP):
        step()
    with pytest.warns(RuntimeWarning, match="cannot be captured"):
        step()
    before = torch.cuda.memory_reserved()
    for _ in range(100):
        large = torch.ones(16 << 20, device="cuda")
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            large.sum()
        large.record_stream(side)
        del large
        torch.cuda.synchronize()
    assert torch.cuda.memory_reserved() - before < 1 << 30


def test_what_a_step_that_raises_has_queued_comes_before_what_follows():
    tensor = torch.zeros(1 << 20, device="cuda")

    @vultorch.graphed
    def step():
        torch.cuda._sleep(1 << 30)  # about half a second
        tensor.fill_(1)
        raise ValueError("no batch")

    torch.cuda.synchronize()
    with pytest.raises(ValueError, match="no batch"):
        step()
    assert float(tensor.clone().min()) == 1


def refused(tensor: torch.Tensor) -> None:
    """CUDA ends the capture with an error."""
    with contextlib.suppress(RuntimeError):
        tensor.sum().item()


def forked(tensor: torch.Tensor) -> None:
    """The capture cannot end: a stream that it has spread to has not come back."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        tensor.mul_(1)


def recorded(tensor: torch.Tensor) -> None:
    """The capture can end."""
    tensor.mul_(1)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("meanwhile", [recorded, refused, forked])
def test_an_interrupt_within_a_capture_comes_through_and_ends_it(meanwhile, error):
    tensor, raised = torch.ones(4, device="cuda"), []

    @vultorch.graphed
    def step():
        result = functional.dropout(tensor, 0.5).sum()
        if torch.cuda.is_current_stream_capturing() and not raised:
            meanwhile(tensor)
            raised.append(True)
            raise error("stop")
        return result

    for _ in range(WARM_UP):
        step()
    before, random = torch.cuda.current_stream(), torch.cuda.get_rng_state()
    with pytest.raises(error, match="stop"):
        step()
    assert torch.cuda.current_stream() == before
    assert not torch.cuda.is_current_stream_capturing()
    assert torch.equal(torch.cuda.get_rng_state(), random)
    assert torch.isfinite(torch.rand(3, device="cuda")).all()
    assert step.eager_reason == ""
    sums = {float(step()) for _ in range(50)}
    assert step.captured
    assert step.eager_reason == ""
    assert len(sums) > 1
    assert tensor.tolist() == [1, 1, 1, 1]


def test_threads_that_capture_at_the_same_time_wait_for_each_other():
    count = 4
    ready, ended = threading.Barrier(count), []

    def train() -> None:
        tensor, stream = torch.ones(4, device="cuda"), torch.cuda.Stream()

        def step() -> torch.Tensor:
            for _ in range(2000):  # the capture takes long enough for the others to begin
                tensor.mul_(1)
            return tensor.add_(1).sum()

        graphed = vultorch.graphed(step)
        with torch.cuda.stream(stream):
            stream.wait_stream(torch.cuda.default_stream())
            for _ in range(WARM_UP):
                graphed()
            stream.synchronize()
            ready.wait()
            total = [float(graphed()) for _ in range(3)][-1]
        ended.append((graphed.captured, graphed.eager_reason, total))

    threads = [threading.Thread(target=train) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [(True, "", 4 * (1 + WARM_UP + 3))] * count


def test_after_a_failed_capture_the_users_stream_is_the_current_one():
    tensor, stream = torch.ones(4, device="cuda"), torch.cuda.Stream()
    step = vultorch.graphed(lambda: tensor * tensor.sum().item())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            step()
        with pytest.warns(RuntimeWarning, match="cannot be captured"):
            step()
        assert torch.cuda.current_stream() == stream


def test_a_step_that_is_reset_is_captured_as_it_then_is():
    model = torch.nn.Linear(4, 1).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    x = torch.rand(16, 4, device="cuda")

    @vultorch.graphed
    def step():
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(WARM_UP + 2):
        step()
    optimizer.param_groups[0]["maximize"] = True
    assert float(step()) > float(step())  # still the old step
    step.reset()
    assert not step.captured
    losses = [float(step()) for _ in range(WARM_UP + 3)]
    assert step.captured
    assert losses == sorted(losses)
    assert losses[-1] > losses[0]


def test_a_view_changes_no_bit_of_the_results():
    def train(*, shown: bool) -> torch.Tensor:
        fit = ImageFit(target(), seed=0)
        view = vultorch.View("observer", 400, 300, headless=True)
        view.panel("GT").canvas("gt").bind(fit.target)
        picture = vultorch.create_tensor(64, 64, 4, "cuda", window=view.window)
        view.panel("out").canvas("pred").bind(picture)
        page = Page(view).open((64, 64)) if shown else None

        def frame() -> None:
            view.log(loss=fit.step(6))
            picture[..., :3] = fit.predict()
            if page is not None:
                page.report()

        view.on_frame(frame)
        view.run(max_frames=3000)
        assert page is None or page.painted > 0
        view.close()
        return parameters(fit.model)

    assert torch.equal(train(shown=True), train(shown=False))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"width": 129}, "slower steps (graph): the fused step is for "),
        ({"precision": "torch"}, "slower steps (graph): precision is 'torch'"),
        ({"encoding": "hash"}, "slower steps (graph): only autograd trains a hash grid"),
    ],
)
def test_fit_image_says_why_steps_are_slower(options, said):
    view = vultorch.fit_image(target(), headless=True, **options)
    view.run(max_frames=2)
    (text,) = [each.text for each in view.panel("Training").store.specs() if each.kind == "text_wrapped"]
    assert text.startswith(said)
    view.close()


def test_the_seeds_program_runs_on_the_gpu():
    view = vultorch.View("03 - Tiny Net Live Training", 1200, 700, headless=True)
    left, right = view.panel("GT"), view.panel("Training Output", side="right", width=0.5)
    gt = target()
    left.canvas("gt").bind(gt)
    shown = vultorch.create_tensor(64, 64, 4, "cuda", name="pred", window=view.window)
    shown[..., 3] = 1
    right.canvas("pred").bind(shown)
    page = Page(view).open((64, 64))
    model = seeded_mlp(64, 0).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    places = coordinates(64, 64, "cuda")
    losses = []

    @view.on_frame
    def train() -> None:
        for _ in range(6):
            optimizer.zero_grad()
            loss = functional.mse_loss(model(places), gt.reshape(-1, 3))
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
        with torch.no_grad():
            shown[..., :3] = model(places).reshape(64, 64, 3)
        page.report()

    view.run(max_frames=100)
    assert losses[-1] < losses[0] / 2
    assert "NVIDIA" in view.backend
    assert page.pixels("Training Output/pred").shape == (64, 64, 3)
    view.close()
