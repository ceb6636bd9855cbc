"""Encodings of the position: the papers' formulas, and that a fit with one keeps everything that a fit without has."""

from __future__ import annotations

import copy
import io
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from vultorch_widget.checkpoints import TrainingState
from vultorch_widget.training import FourierFeatures, HashGrid, ImageFit, coordinates
from vultorch_widget.training.encodings import Encoding
from vultorch_widget.training.hash_grid import RasterizedGrid
from vultorch_widget.training.traced import UntranslatableError
from vultorch_widget.training.translated import Translation

pytestmark = pytest.mark.usefixtures("one_thread")

BOTH: tuple[Encoding, ...] = ("fourier", "hash")


def detailed(height: int = 48, width: int = 64) -> torch.Tensor:
    """Rings that become finer from left to right, and stripes two pixels wide."""
    places = coordinates(height, width)
    rings = (1 + torch.cos(40 * (places[:, 0] + 1).square())) / 2
    stripes = (torch.arange(height * width) // width // 2 % 2).float()
    return torch.stack([rings, stripes, (places[:, 1] + 1) / 2], dim=1).reshape(height, width, 3)


def parameters(fit: ImageFit) -> torch.Tensor:
    return nn.utils.parameters_to_vector(fit.model.parameters()).detach().clone()


def random_places(count: int) -> torch.Tensor:
    return torch.rand(count, 2, generator=torch.Generator().manual_seed(1)) * 2 - 1


# --- Fourier features ------------------------------------------------------------------------------------------------


def test_fourier_features_are_those_of_the_paper() -> None:
    torch.manual_seed(0)
    features, places = FourierFeatures(20, scale=3.0), random_places(50)
    in_the_unit_square = (places.double().numpy() + 1) / 2
    moved = in_the_unit_square - 0.5  # the same frequencies; a page needs sines that are 0 in the middle
    angles = 2 * np.pi * moved @ features.matrix.double().numpy().T
    wanted = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    assert features.features == 40
    np.testing.assert_allclose(features(places).numpy(), wanted, atol=2e-5)


def test_the_frequencies_are_normal_with_the_scale_that_was_given() -> None:
    torch.manual_seed(0)
    matrix = FourierFeatures(20_000, scale=7.0).matrix
    assert float(matrix.mean()) == pytest.approx(0, abs=0.15)
    assert float(matrix.std()) == pytest.approx(7, rel=0.02)
    assert float((matrix.abs() < 7).float().mean()) == pytest.approx(0.683, abs=0.01)


@pytest.mark.parametrize(
    ("count", "scale", "named"),
    [
        (0, 1.0, "count must be a number of frequencies, 1 or more, not 0"),
        (4, 0.0, "scale must be a number above 0, not 0.0"),
        (4, math.nan, "not nan"),
        (4, math.inf, "not inf"),
    ],
)
def test_fourier_features_out_of_range_are_refused(count: int, scale: float, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        FourierFeatures(count, scale)


# --- hash grids ------------------------------------------------------------------------------------------------------


def by_the_paper(
    table: np.ndarray, place: np.ndarray, sides: list[int], entries: int
) -> np.ndarray:  # one position, in 0..1, step by step
    made: list[np.ndarray] = []
    start = 0
    for side in sides:
        vertices = side + 1
        corner = np.minimum(np.floor(place * side), side - 1).astype(int)
        weight = place * side - corner
        value = np.zeros(table.shape[1])
        for right in (0, 1):
            for lower in (0, 1):
                x, y = int(corner[0]) + right, int(corner[1]) + lower
                if vertices * vertices <= entries:
                    row = y * vertices + x
                else:
                    row = ((x * 1) & 0xFFFFFFFF ^ (y * 2654435761) & 0xFFFFFFFF) % entries
                share = (weight[0] if right else 1 - weight[0]) * (weight[1] if lower else 1 - weight[1])
                value += share * table[start + row]
        made.append(value)
        start += min(vertices * vertices, entries)
    return np.concatenate(made)


def a_grid() -> tuple[HashGrid, list[int]]:
    """Three levels that fit into the table, and two that share entries."""
    grid = HashGrid(64, coarsest=4, levels=5, width=3, entries=512)
    with torch.no_grad():
        grid.table.uniform_(-1, 1, generator=torch.Generator().manual_seed(2))
    return grid, [4, 8, 16, 32, 64]


def test_a_hash_grid_is_that_of_the_paper() -> None:
    grid, sides = a_grid()
    assert [level.cells for level in grid.levels] == sides
    assert len(grid.table) == 25 + 81 + 289 + 512 + 512
    places = torch.cat([random_places(60), torch.tensor([[-1.0, -1.0], [1.0, 1.0], [1.0, -1.0], [0.0, 0.0]])])
    table = grid.table.detach().double().numpy()
    wanted = [by_the_paper(table, (place + 1) / 2, sides, 512) for place in places.double().numpy()]
    np.testing.assert_allclose(grid(places).detach().numpy(), np.stack(wanted), atol=2e-5)


def test_the_levels_of_the_paper_s_example() -> None:
    cells = [level.cells for level in HashGrid(512, entries=1 << 12).levels]  # b = 1.26
    assert cells == [math.floor(16 * 2 ** (level / 3)) for level in range(15)] + [512]


@pytest.mark.parametrize("finest", [1, 2, 15, 16, 17, 50, 128, 333, 1000])
def test_the_finest_level_is_as_fine_as_was_asked_for(finest: int) -> None:
    cells = [level.cells for level in HashGrid(finest, entries=64).levels]
    assert cells[-1] == finest
    assert cells == sorted(cells)
    assert cells[0] == min(16, finest)


@pytest.mark.parametrize("sides", [(40, 40), (33, 70), (1, 9), (1, 1)])
def test_a_raster_has_the_features_and_gradients_of_its_places(sides: tuple[int, int]) -> None:
    grid, _ = a_grid()
    raster, single = RasterizedGrid(grid, *sides)(), grid(coordinates(*sides))
    torch.testing.assert_close(raster, single, rtol=0, atol=2e-5)
    errors = torch.rand(raster.shape, generator=torch.Generator().manual_seed(3))
    (by_raster,), (by_place,) = (torch.autograd.grad(made, grid.table, errors) for made in (raster, single))
    torch.testing.assert_close(by_raster, by_place, rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("name", ["finest", "coarsest", "levels", "width", "entries"])
def test_a_hash_grid_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least 1, not 0"):
        HashGrid(**{"finest": 8, name: 0})


# --- fits ------------------------------------------------------------------------------------------------------------


def test_with_an_encoding_fine_detail_is_learned() -> None:
    psnr = {}
    for encoding in (None, *BOTH):
        fit = ImageFit(detailed(), seed=0, encoding=encoding)
        fit.step(150)
        fit.predict()
        psnr[encoding] = fit.psnr
    assert psnr["fourier"] > psnr[None] + 6
    assert psnr["hash"] > psnr[None] + 10


@pytest.mark.parametrize("encoding", BOTH)
@pytest.mark.parametrize("threads", [1, 2])
def test_two_fits_are_equal_in_every_bit(encoding: Encoding, threads: int) -> None:
    torch.set_num_threads(threads)
    first, second = (ImageFit(detailed(), seed=4, encoding=encoding) for _ in range(2))
    first.step(12)
    for _ in range(6):
        second.step(2)
    assert torch.equal(parameters(first), parameters(second))


@pytest.mark.parametrize("encoding", BOTH)
def test_the_model_makes_of_the_places_what_the_fit_predicts(encoding: Encoding) -> None:
    fit = ImageFit(detailed(9, 20), seed=0, encoding=encoding)
    fit.step(30)
    made = fit.model(fit.coords).detach().reshape(9, 20, 3)
    torch.testing.assert_close(fit.predict(), made, rtol=0, atol=1e-4)
    assert not fit.predict().requires_grad


def test_fourier_features_in_blocks_have_the_gradients_of_autograd() -> None:
    blocked, autograd = (ImageFit(detailed(), seed=2, encoding="fourier", precision=how) for how in ("exact", "torch"))
    assert (blocked.method, autograd.method) == ("blocked", "eager")
    assert blocked.step().item() == pytest.approx(autograd.step().item(), rel=1e-6)
    for own, other in zip(blocked.model.parameters(), autograd.model.parameters(), strict=True):
        assert own.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(own.grad, other.grad, rtol=1e-4, atol=1e-7)


def test_a_hash_grid_says_how_it_is_trained() -> None:
    fit = ImageFit(detailed(8, 8), seed=0, encoding="hash")
    assert fit.method == "eager"
    assert fit.method_reason == "only autograd trains a hash grid; steps on 'cpu' cannot be captured"


@pytest.mark.parametrize("encoding", BOTH)
def test_reset_starts_over_as_new(encoding: Encoding) -> None:
    fit = ImageFit(detailed(8, 12), width=16, seed=0, encoding=encoding)
    start, rate = parameters(fit), fit.lr
    fit.step(5)
    after = parameters(fit)
    fit.reset()
    assert torch.equal(parameters(fit), start)
    fit.step(5)
    assert torch.equal(parameters(fit), after)
    fit.reset(width=24, seed=9)
    fit.step(3)
    other = ImageFit(detailed(8, 12), width=24, seed=9, encoding=encoding)
    other.step(3)
    assert torch.equal(parameters(fit), parameters(other))
    assert (fit.encoding, fit.lr) == (encoding, rate)


@pytest.mark.parametrize("encoding", BOTH)
def test_the_global_generator_is_left_alone(encoding: Encoding) -> None:
    torch.manual_seed(11)
    expected = torch.rand(4)
    torch.manual_seed(11)
    ImageFit(detailed(8, 8), width=8, seed=0, encoding=encoding).step()
    assert torch.equal(torch.rand(4), expected)


@pytest.mark.parametrize("encoding", BOTH)
def test_a_rewound_fit_goes_on_as_if_it_had_never_been_further(encoding: Encoding) -> None:
    fit = ImageFit(detailed(12, 16), width=16, seed=0, encoding=encoding)
    state = TrainingState((fit,), {})
    fit.step(6)
    checkpoint = state.take()
    fit.lr = 0.5
    fit.step(7)
    state.put_back(checkpoint, state.take(), {})
    fit.step(4)
    alone = ImageFit(detailed(12, 16), width=16, seed=0, encoding=encoding)
    alone.step(10)
    assert torch.equal(parameters(fit), parameters(alone))
    assert fit.iteration == 10


@pytest.mark.parametrize("encoding", BOTH)
def test_a_fit_goes_on_from_the_state_of_one_with_another_seed_and_width(encoding: Encoding) -> None:
    one = ImageFit(detailed(12, 16), width=16, seed=0, encoding=encoding)
    one.step(6)
    state = copy.deepcopy(one.state_dict())
    other = ImageFit(detailed(12, 16), width=8, seed=5, encoding=encoding)
    other.step(2)
    other.load_state_dict(state)
    assert torch.equal(other.predict(), one.predict())
    losses = [fit.step(4) for fit in (one, other)]
    assert torch.equal(*losses)
    assert torch.equal(parameters(one), parameters(other))


@pytest.mark.parametrize("encoding", BOTH)
def test_the_parameters_of_a_file_act_at_once(encoding: Encoding) -> None:
    """Including frequencies of Fourier features drawn with another seed."""
    saved = ImageFit(detailed(12, 16), width=16, seed=0, encoding=encoding)
    saved.step(3)
    file = io.BytesIO()
    torch.save(saved.model.state_dict(), file)
    file.seek(0)
    fit = ImageFit(detailed(12, 16), width=16, seed=1, encoding=encoding)
    fit.step(2)
    fit.model.load_state_dict(torch.load(file, weights_only=True))
    assert fit.step().item() == saved.step().item()
    fit.model.load_state_dict(saved.model.state_dict())
    assert torch.equal(fit.predict(), saved.predict())


def test_the_learning_rate_of_each_encoding() -> None:
    assert [ImageFit(detailed(8, 8), encoding=each).lr for each in (None, *BOTH)] == [2e-3, 2e-3, 1e-2]
    assert ImageFit(detailed(8, 8), encoding="hash", lr=0.5).lr == 0.5


def test_another_encoding_is_refused() -> None:
    with pytest.raises(ValueError, match="encoding must be None, 'fourier' or 'hash', not 'nerf'"):
        ImageFit(detailed(8, 8), encoding="nerf")  # type: ignore[arg-type]


def test_the_state_of_another_encoding_is_refused() -> None:
    fits: dict[Any, ImageFit] = {each: ImageFit(detailed(8, 8), seed=0, encoding=each) for each in (None, "hash")}
    before = parameters(fits["hash"])
    with pytest.raises(ValueError, match="encoding='hash' cannot go on from None"):
        fits["hash"].load_state_dict(fits[None].state_dict())
    assert torch.equal(parameters(fits["hash"]), before)
    without = fits[None].state_dict()
    del without["encoding"]  # as saved before there were encodings
    fits[None].load_state_dict(without)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_a_page_knows_fourier_features() -> None:
    fit = ImageFit(detailed(), seed=0, encoding="fourier")
    translation = Translation(fit.model, fit.coords)
    assert translation.features is not None
    assert translation.features.kinds == ["cos"] * 64 + ["sin"] * 64
    assert translation.layers[0]["inputs"] == 128


def test_a_page_refuses_a_hash_grid_by_name() -> None:
    fit = ImageFit(detailed(8, 8), seed=0, encoding="hash")
    with pytest.raises(UntranslatableError, match=r"TinyMLP.encoding \(HashGrid\) .* is trained"):
        Translation(fit.model, fit.coords)
