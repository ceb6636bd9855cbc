"""Encodings of the position on a GPU: captured steps, equal in every bit, that learn the same as on a CPU."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import pytest
import torch
from torch.nn import functional

from vultorch_widget.api.fit_image import fit_image
from vultorch_widget.checkpoints import TrainingState
from vultorch_widget.training.cuda_graph import WARM_UP
from vultorch_widget.training.emblem import emblem
from vultorch_widget.training.encodings import Encoding
from vultorch_widget.training.image_fit import ImageFit
from vultorch_widget.training.target import as_target

BOTH: tuple[Encoding, ...] = ("fourier", "hash")


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    """A step that cannot be captured warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def target(height: int = 96, width: int = 64) -> torch.Tensor:
    return as_target(emblem(256), size=(height, width)).cuda()


def parameters(fit: ImageFit) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(fit.model.parameters()).detach().clone()


@pytest.mark.parametrize("encoding", BOTH)
def test_steps_are_a_graph_and_say_why(encoding: Encoding) -> None:
    fit = ImageFit(target(), seed=0, encoding=encoding)
    fit.step(WARM_UP + 5)
    assert fit.method == "graph"
    assert ("hash grid" if encoding == "hash" else "encoding='fourier'") in fit.method_reason


@pytest.mark.parametrize("encoding", BOTH)
@pytest.mark.parametrize("sides", [(256, 256), (33, 70), (5, 4), (1, 1)])
def test_runs_are_bit_identical_however_the_steps_are_called(encoding: Encoding, sides: tuple[int, int]) -> None:
    """For few vertices, the gradient takes a different path through torch than for many."""
    whole, parts = (ImageFit(target(*sides), seed=0, encoding=encoding) for _ in range(2))
    loss = whole.step(101)
    for _ in range(25):
        parts.step(4)
    assert torch.equal(loss, parts.step(1))
    assert torch.equal(parameters(whole), parameters(parts))
    assert torch.equal(whole.predict(), parts.predict())


@pytest.mark.parametrize("encoding", BOTH)
def test_the_first_gradient_is_that_of_a_cpu(encoding: Encoding) -> None:
    gradients = []
    for device in ("cuda", "cpu"):
        fit = ImageFit(target(), seed=3, encoding=encoding, device=device, precision="torch")
        functional.mse_loss(fit.model(fit.coords), fit.target.reshape(-1, 3)).backward()
        by_place = [parameter.grad.cpu() for parameter in fit.model.parameters()]
        fit.step(1)
        for own, other in zip((parameter.grad.cpu() for parameter in fit.model.parameters()), by_place, strict=True):
            assert float((own - other).norm() / other.norm()) < 1e-4
        gradients.append(torch.cat([gradient.flatten() for gradient in by_place]))
    assert float((gradients[0] - gradients[1]).norm() / gradients[1].norm()) < 1e-4


@pytest.mark.parametrize("encoding", BOTH)
def test_it_learns_what_a_cpu_learns(encoding: Encoding) -> None:
    psnr = []
    for device in ("cuda", "cpu"):
        fit = ImageFit(target(), seed=0, encoding=encoding, device=device)
        fit.step(200)
        fit.predict()
        psnr.append(fit.psnr)
    assert psnr[0] == pytest.approx(psnr[1], abs=1.5)
    assert psnr[0] > 24


@pytest.mark.parametrize("encoding", BOTH)
def test_a_rewound_fit_goes_on_with_its_graph(encoding: Encoding) -> None:
    fit = ImageFit(target(), seed=0, encoding=encoding)
    state = TrainingState((fit,), {})
    fit.step(20)
    checkpoint = state.take()
    addresses = [parameter.data_ptr() for parameter in fit.model.parameters()]
    fit.step(30)
    end = parameters(fit)
    state.put_back(checkpoint, state.take(), {})
    assert fit.iteration == 20
    fit.step(30)
    assert torch.equal(parameters(fit), end)
    assert [parameter.data_ptr() for parameter in fit.model.parameters()] == addresses


@pytest.mark.parametrize("encoding", BOTH)
def test_parameters_of_a_file_act_on_captured_steps(encoding: Encoding) -> None:
    """Including frequencies of Fourier features drawn with another seed."""
    saved, fit = (ImageFit(target(), seed=seed, encoding=encoding) for seed in (0, 1))
    for each in (saved, fit):
        each.step(WARM_UP + 5)
    file = io.BytesIO()
    torch.save(saved.model.state_dict(), file)
    file.seek(0)
    fit.model.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(fit.step(), saved.step())


@pytest.mark.parametrize("encoding", BOTH)
def test_the_rate_reset_and_the_width(encoding: Encoding) -> None:
    fit, new = (ImageFit(target(), seed=0, encoding=encoding) for _ in range(2))
    fit.step(WARM_UP + 5)
    before = parameters(fit)
    rate = fit.lr
    fit.lr = 1e-30
    fit.step(3)
    assert torch.equal(parameters(fit), before)
    fit.lr = rate
    fit.reset()
    fit.step(20)
    new.step(20)
    assert torch.equal(parameters(fit), parameters(new))
    fit.reset(width=16)
    fit.step(10)
    assert (fit.width, fit.method) == (16, "graph")


@pytest.mark.parametrize("encoding", BOTH)
def test_fit_image_shows_it(encoding: Encoding) -> None:
    view = fit_image(target(), encoding=encoding, headless=True, steps_per_frame=1000)
    view.run(max_frames=2)
    assert view.fit.iteration == 2000
    assert view.fit.method == "graph"
    assert view.fit.psnr > 25
    view.close()


def test_fit_image_takes_ten_thousand_steps_a_frame_where_kernels_do_them() -> None:
    if torch.cuda.get_device_capability() != (9, 0):
        pytest.skip("the fused step is for Hopper GPUs")
    view = fit_image(target(), headless=True, steps_per_frame=10_000)
    view.run(max_frames=1)
    assert (view.fit.iteration, view.fit.method) == (10_000, "fused")
    view.close()
