"""Histories of logged scalars: bounded, with exact extremes, and complete for every follower."""

from __future__ import annotations

import gc
import itertools
import json
import math
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vultorch_widget.metrics import Cursor, History, Metrics
from vultorch_widget.metrics.average import HALF_LIFE, Average
from vultorch_widget.metrics.pending import SLOTS, Pending
from vultorch_widget.metrics.record import Room

AVERAGES = Path(__file__).parents[2] / "js" / "test" / "average.json"
finite = st.floats(allow_nan=False, allow_infinity=False)
anything = st.floats()


def history(capacity=8):
    return History(capacity, itertools.count().__next__)


def average(steps, values):
    """The average by definition, with integrals by Simpson's rule."""
    steps, values = zip(
        *((step, value) for step, value in zip(steps, values, strict=True) if math.isfinite(value)), strict=True
    )
    if len(steps) == 1:
        return values[0]
    total = weights = 0.0
    for begin, end in itertools.pairwise(steps):
        places = np.linspace(begin, end, 2 * max(100, end - begin) + 1)
        simpson = np.full(len(places), 2.0)
        simpson[1::2], simpson[[0, -1]] = 4.0, 1.0
        weight = simpson * np.exp2((places - steps[-1]) / HALF_LIFE) * (end - begin) / (len(places) - 1)
        total += float((weight * np.interp(places, steps, values)).sum())
        weights += float(weight.sum())
    return total / weights


# --- one history -----------------------------------------------------------------------------------------------------


def test_few_values_are_separate_points():
    one = history()
    for step, value in [(1, 4.0), (3, 2.0), (10, 8.0)]:
        one.append(step, value)
    averages = [average((1, 3, 10)[:count], (4.0, 2.0, 8.0)[:count]) for count in (1, 2, 3)]
    expected = [(1, 4, 4, averages[0], 4), (3, 2, 2, averages[1], 2), (10, 8, 8, averages[2], 8)]
    np.testing.assert_allclose(one.points(), expected, rtol=1e-8)
    assert one.points().dtype == np.dtype("<f8")
    np.testing.assert_array_equal(one.points(2), one.points()[2:])
    assert one.points(3).shape == (0, 5)


def test_neighbours_merge_when_the_points_are_full():
    one = history(capacity=4)
    for step in range(1, 5):
        one.append(step, float(step))
    assert one.stride == 1  # the last value may still be replaced
    one.append(5, 9.0)  # half a point
    assert one.stride == 2
    np.testing.assert_array_equal(one.points()[:, :3], [(2, 1, 2), (4, 3, 4), (5, 9, 9)])
    one.append(6, -9.0)
    np.testing.assert_array_equal(one.points()[2, :3], (6, -9, 9))


@given(st.lists(finite, min_size=1, max_size=200), st.sampled_from([2, 4, 8, 64]))
def test_extremes_survive_and_memory_is_bounded(values, capacity):
    one = history(capacity)
    for step, value in enumerate(values):
        one.append(step, value)
        assert len(one.points()) <= capacity
    points = one.points()
    assert points[:, 1].min() == min(values)
    assert points[:, 2].max() == max(values)
    assert points[-1, 0] == len(values) - 1
    assert (np.diff(points[:, 0]) > 0).all()
    assert one.logged == len(values)
    start = 0
    for step, low, high, _, last in points:  # also in every point
        part = values[start : int(step) + 1]
        assert (low, high, last) == (min(part), max(part), part[-1])
        start = int(step) + 1


@pytest.mark.parametrize("case", json.loads(AVERAGES.read_text()), ids=lambda case: case["logged"])
def test_the_average_matches_its_definition_and_the_page(case):
    one = history()
    for step, value in zip(case["steps"], case["values"], strict=True):
        one.append(step, math.nan if value is None else value)
    expected = [math.nan if value is None else value for value in case["averages"]]
    np.testing.assert_allclose(one.points()[:, 3], expected, rtol=1e-12)


@given(st.lists(st.tuples(st.integers(1, 200), st.floats(-1e6, 1e6)), min_size=1, max_size=30))
def test_the_average_matches_its_definition_at_any_steps(logged):
    steps, values = list(itertools.accumulate(gap for gap, _ in logged)), [value for _, value in logged]
    one = Average()
    for step, value in zip(steps, values, strict=True):
        one.add(step, value)
    assert one.value == pytest.approx(average(steps, values), rel=1e-6, abs=1e-2)


def test_logging_every_tenth_step_lags_no_more_than_logging_each():
    def error(step):
        return 0.5 * math.exp(-step / 400) + 0.01

    train, validation = history(1024), history(1024)
    for step in range(1, 2001):
        train.append(step, error(step))
        if step % 10 == 0:
            validation.append(step, error(step))
    gap = validation.points()[-1, 3] / train.points()[-1, 3]
    assert gap == pytest.approx(1, abs=2e-3)
    assert train.points()[-1, 3] == pytest.approx(error(2000 - HALF_LIFE / math.log(2)), rel=0.02)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=100))
def test_the_average_does_not_depend_on_merging(values):
    merged, whole = history(4), history(1024)
    for step, value in enumerate(values):
        merged.append(step, value)
        whole.append(step, value)
        assert merged.points()[-1, 3] == whole.points()[-1, 3]


@given(finite, st.integers(1, 300))
def test_a_constant_is_its_own_average(value, count):
    one = history()
    for step in range(count):
        one.append(step, value)
    np.testing.assert_allclose(one.points()[:, 3], value, rtol=1e-12)


@given(st.lists(anything, min_size=1, max_size=100))
def test_values_that_are_not_finite_are_counted_and_leave_the_rest_alone(values):
    one = history()
    for step, value in enumerate(values):
        one.append(step, value)
    good = [value for value in values if math.isfinite(value)]
    points = one.points()
    assert one.nonfinite == len(values) - len(good)
    if good:
        assert np.nanmin(points[:, 1]) == min(good)
        assert np.nanmax(points[:, 2]) == max(good)
    else:
        assert np.isnan(points[:, 1:]).all()
    assert not np.isinf(points).any()


def test_a_point_without_finite_values_is_a_gap_that_keeps_the_average():
    one = history()
    for step, value in enumerate([1.0, math.nan, 3.0]):
        one.append(step, value)
    points = one.points()
    assert np.isnan(points[1, 1:3]).all()
    assert points[1, 3] == 1.0
    assert points[2, 3] == pytest.approx(average((0, 2), (1.0, 3.0)))
    assert np.isnan(points[1, 4])


def test_a_million_values_take_no_more_memory_than_a_thousand():
    one = history(1024)
    rng = np.random.default_rng(0)
    values = rng.normal(size=1_000_000).tolist()
    for step, value in enumerate(values):
        one.append(step, value)
    points = one.points()
    assert 512 <= len(points) <= 1024
    assert (points[:, 1].min(), points[:, 2].max()) == (min(values), max(values))
    assert sys.getsizeof(one._rows) < 64 * 1024


# --- logging ---------------------------------------------------------------------------------------------------------


def points_of(metrics, name):
    return {name: points for name, _, points in metrics.patches({})}[name]


def test_steps_are_counted_or_given():
    metrics = Metrics()
    assert metrics.iteration == 0
    metrics.log({"loss": 1.0})
    metrics.log({"loss": 2.0, "psnr": 20})
    metrics.log({"loss": 3.0}, step=10)
    metrics.log({"psnr": 30}, step=10)  # another scalar at the same step
    metrics.log({"loss": 4.0})
    assert metrics.iteration == 11
    np.testing.assert_array_equal(points_of(metrics, "loss")[:, 0], [1, 2, 10, 11])
    np.testing.assert_array_equal(points_of(metrics, "psnr")[:, 0], [2, 10])


def test_each_scalar_has_steps_of_its_own():
    metrics = Metrics()
    metrics.log({"train": 1.0}, step=100)
    metrics.log({"validation": 2.0}, step=90)  # behind the other, and its own first
    metrics.log({"train": 3.0}, step=101)
    assert metrics.iteration == 101
    np.testing.assert_array_equal(points_of(metrics, "validation")[:, 0], [90])


@pytest.mark.parametrize("values", [[1.0, 5.0, -3.0], [1.0, math.nan, 2.0], [1.0, 2.0, math.inf]])
@pytest.mark.parametrize("before", [0, 1, 7, 8, 9, 100])
def test_a_repeated_step_replaces_as_if_only_the_last_value_had_come(values, before):
    twice, once, page = Metrics(capacity=8), Metrics(capacity=8), Page()
    for metrics in (twice, once):
        for step in range(before):
            metrics.log({"loss": math.sin(step)}, step=step)
    for value in values:
        twice.log({"loss": value}, step=before)
        page.update(twice)
    once.log({"loss": values[-1]}, step=before)
    for metrics in (twice, once):
        metrics.log({"loss": 0.5}, step=before + 1)
    page.update(twice)
    np.testing.assert_array_equal(points_of(twice, "loss"), points_of(once, "loss"))
    np.testing.assert_array_equal(page.series["loss"], points_of(once, "loss"))
    assert twice.nonfinite() == once.nonfinite()


def test_the_first_step_may_be_zero():
    metrics = Metrics()
    for step in range(3):
        metrics.log({"loss": 1.0}, step=step)
    np.testing.assert_array_equal(points_of(metrics, "loss")[:, 0], [0, 1, 2])


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        (4, ValueError, r"step of 'loss' must not go back from its last, 5; got 4"),
        (-1, ValueError, r"step must be 0 or more, .*got -1"),
        (2**60, ValueError, r"not beyond 2\*\*53; got 1152921504606846976"),
        (6.0, TypeError, r"step must be an integer, not 6.0"),
        ("6", TypeError, r"step must be an integer, not '6'"),
    ],
)
def test_a_step_that_goes_back_is_refused(step, error, message):
    metrics = Metrics()
    metrics.log({"loss": 1.0}, step=5)
    with pytest.raises(error, match=message):
        metrics.log({"new": 2.0, "loss": 2.0}, step=step)
    assert metrics.iteration == 5
    assert metrics.latest("loss") == 1.0
    assert metrics.latest("new") is None
    metrics.log({"loss": 2.0}, step=np.int64(6))
    assert metrics.iteration == 6


@pytest.mark.parametrize(
    "value",
    [
        2,
        2.0,
        Fraction(2),
        np.float32(2),
        np.float64(2),
        np.int8(2),
        np.array(2.0),
        np.array([[2]]),
        torch.tensor(2.0, requires_grad=True),
        torch.tensor([2], dtype=torch.uint8),
        torch.tensor(2.0, dtype=torch.bfloat16),
        torch.tensor([[2.0]], dtype=torch.float64) * 1,
    ],
)
@pytest.mark.parametrize("beside", [{}, {"other": 1.0}])
def test_accepted_values(value, beside):
    metrics = Metrics()
    metrics.log({"x": value, **beside})
    assert metrics.latest("x") == 2.0
    assert type(metrics.latest("x")) is float


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (True, TypeError, r"'x' must be a real number, not bool True"),
        (np.bool_(True), TypeError, r"'x' must be a real number, not bool"),
        (1j, TypeError, r"'x' must be a real number, not complex 1j"),
        ("1.0", TypeError, r"'x' must be a real number, not str '1.0'"),
        (None, TypeError, r"'x' must be a real number, not NoneType None"),
        ([1.0], TypeError, r"'x' must be a real number, not list"),
        (np.array([1j]), TypeError, r"'x' must be a real number, not complex128"),
        (np.ones(2), ValueError, r"'x' must be one number, not an array of shape \(2,\)"),
        (torch.ones(2, 3), ValueError, r"'x' must be one number, not a tensor of shape \(2, 3\)"),
        (torch.ones(0), ValueError, r"'x' must be one number, not a tensor of shape \(0,\)"),
        (torch.tensor(True), TypeError, r"'x' must be a real number, not a tensor of torch.bool"),
        (torch.tensor(1j), TypeError, r"'x' must be a real number, not a tensor of torch.complex64"),
        (torch.ones((), device="meta"), ValueError, r"'x' must be a number; a tensor on the meta device holds none"),
        (10**400, ValueError, r"'x' must be in a float's range, not 1000"),
    ],
)
@pytest.mark.parametrize("beside", [{}, {"other": 1.0}])
def test_invalid_values_are_named_and_nothing_is_logged(value, error, message, beside):
    metrics = Metrics()
    with pytest.raises(error, match=message):
        metrics.log({**beside, "x": value})
    assert metrics.iteration == 0
    assert metrics.patches({}) == []


def test_a_logged_tensor_is_read_at_once_and_not_kept_alive():
    metrics = Metrics()
    tensor = torch.tensor(1.0, requires_grad=True)
    loss = tensor * 2
    references = sys.getrefcount(loss)
    metrics.log({"loss": loss})
    assert sys.getrefcount(loss) == references
    assert loss.grad_fn is not None
    loss.backward()
    assert tensor.grad == 2.0


def test_logging_draws_no_random_numbers():
    state = torch.get_rng_state()
    metrics = Metrics()
    for _ in range(3000):
        metrics.log({"loss": torch.tensor(0.5)})
    assert torch.equal(torch.get_rng_state(), state)


def test_values_that_are_not_finite_are_reported_by_name():
    metrics = Metrics()
    assert metrics.nonfinite() == {}
    metrics.log({"a": 1.0, "b": math.nan})
    metrics.log({"a": 1.0, "b": torch.tensor(math.inf)})
    assert metrics.nonfinite() == {"b": 2}
    assert metrics.latest("b") == math.inf


@pytest.mark.parametrize("capacity", [0, 1, 3, -2])
def test_a_capacity_that_cannot_be_halved_raises(capacity):
    with pytest.raises(ValueError, match=f"even number of points, 2 or more, not {capacity}"):
        Metrics(capacity=capacity)


@pytest.mark.parametrize("half_life", [-1.0, 0.0, math.inf, math.nan])
def test_an_invalid_half_life_raises(half_life):
    with pytest.raises(ValueError, match=f"half_life must be a number of steps above 0, not {half_life}"):
        Average(half_life)


# --- followers -------------------------------------------------------------------------------------------------------


class Page:
    """Updates points as the page does: keeps the first ``start``, then appends the patch."""

    def __init__(self):
        self.cursors: dict[str, Cursor] = {}
        self.series: dict[str, np.ndarray] = {}
        self.received = 0

    def update(self, metrics):
        patches = metrics.patches(self.cursors)
        for name, start, points in patches:
            kept = self.series.get(name, np.empty((0, 5)))
            assert start <= len(kept)
            self.series[name] = np.concatenate([kept[:start], points])
            self.received += len(points)
        return patches


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["look", "look at two", "clear"]),
            st.dictionaries(st.sampled_from("ab"), anything, min_size=1),
        ),
        max_size=120,
    )
)
def test_a_page_that_follows_has_the_whole_history(events):
    metrics, pages = Metrics(capacity=8), [Page(), Page()]
    for event in events:
        if event == "look":
            pages[0].update(metrics)
        elif event == "look at two":
            pages[1].update(metrics)
        elif event == "clear":
            metrics.clear()
        else:
            metrics.log(event)
    for page in pages:
        page.update(metrics)
        whole = {name: points for name, _, points in metrics.patches({})}
        assert {name for name, points in page.series.items() if len(points)} == whole.keys()
        for name, points in whole.items():
            np.testing.assert_array_equal(page.series[name], points)
        assert page.update(metrics) == []


def test_only_new_points_are_sent():
    metrics, page = Metrics(), Page()
    for _ in range(100):
        metrics.log({"loss": 1.0})
    page.update(metrics)
    metrics.log({"loss": 2.0})
    ((name, start, points),) = page.update(metrics)
    assert (name, start, len(points)) == ("loss", 99, 2)  # the last point could have been replaced
    assert page.update(metrics) == []


def test_a_long_training_followed_closely_is_sent_about_once():
    metrics, page = Metrics(), Page()
    for step in range(50_000):
        metrics.log({"loss": math.sin(step)})
        if step % 25 == 0:
            page.update(metrics)
    page.update(metrics)
    np.testing.assert_array_equal(page.series["loss"], points_of(metrics, "loss"))
    assert page.received < 12_000  # 1,024 at first; 512 new and 512 repeated per doubling; and unfinished points


def test_clearing_empties_the_page():
    metrics, page = Metrics(), Page()
    metrics.log({"loss": 1.0})
    page.update(metrics)
    metrics.clear()
    assert metrics.iteration == 0
    ((name, start, points),) = page.update(metrics)
    assert (name, start, points.shape) == ("loss", 0, (0, 5))
    assert page.cursors == {}
    metrics.log({"loss": 5.0})
    page.update(metrics)
    np.testing.assert_array_equal(page.series["loss"], [(1, 5, 5, 5, 5)])


# --- scalars queued on a device --------------------------------------------------------------------------------------


def test_queued_values_reach_their_histories_in_order():
    a, b, pending = history(64), history(64), Pending()
    value = torch.zeros(())
    for step in range(1, 11):
        value.fill_(step)  # its owner overwrites it, as a CUDA graph does
        pending.add(a, step, value)
        pending.add(b, step, float(-step))
    assert pending
    assert (a.logged, pending.last_step(a)) == (0, 10)
    pending.fetch()
    assert not pending
    assert pending.last_step(a) == 10
    np.testing.assert_array_equal(a.points()[:, 1], range(1, 11))
    np.testing.assert_array_equal(b.points()[:, 1], range(-1, -11, -1))


def test_the_queue_is_bounded():
    one, pending = history(4096), Pending()
    for step in range(SLOTS * 2 + 1):
        pending.add(one, step, torch.tensor([float(step)]))
        assert len(pending._waiting) <= SLOTS
    assert one.logged == SLOTS * 2
    pending.fetch()
    np.testing.assert_array_equal(one.points()[:, 1], range(SLOTS * 2 + 1))


def test_queued_values_keep_neither_graph_nor_tensor_alive():
    one, pending = history(), Pending()
    weight = torch.ones(3, requires_grad=True)
    with torch.inference_mode():
        pending.add(one, 1, torch.tensor(1.0))  # the slots made here must also work outside inference mode
    loss = weight.sum()
    node = sys.getrefcount(loss)
    pending.add(one, 2, loss)
    gc.collect()
    assert sys.getrefcount(loss) == node
    pending.fetch()
    np.testing.assert_array_equal(one.points()[:, 1], [1, 3])


def test_clearing_discards_queued_values():
    one, pending = history(), Pending()
    pending.add(one, 1, torch.tensor(1.0))
    pending.clear()
    assert not pending
    pending.add(one, 2, torch.tensor(2.0))
    pending.fetch()
    np.testing.assert_array_equal(one.points()[:, :2], [(2, 2)])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.filterwarnings("ignore:Synchronization debug mode")
def test_scalars_on_a_gpu_are_not_read_when_logged():
    metrics = Metrics()
    loss = torch.zeros((), device="cuda", requires_grad=True)
    torch.cuda.set_sync_debug_mode("error")  # raises on any wait for the GPU
    try:
        for step in range(1, 201):
            metrics.log({"loss": loss + step, "lr": step / 10})
            if step == 150:
                with torch.cuda.stream(torch.cuda.Stream()):
                    torch.cuda._sleep(10_000_000)
                    metrics.log({"other": torch.ones((), device="cuda") * 7}, step=150)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert metrics.iteration == 200
    metrics.fetch()
    np.testing.assert_array_equal(points_of(metrics, "loss")[:, 1], range(1, 201))
    np.testing.assert_array_equal(points_of(metrics, "lr")[:, 1], [step / 10 for step in range(1, 201)])
    assert metrics.latest("other") == 7
    with pytest.raises(ValueError, match="step of 'loss' must be more than its last, 200"):
        metrics.log({"loss": loss}, step=200)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_logging_values_that_a_cuda_graph_overwrites():
    metrics, total = Metrics(), torch.zeros((), device="cuda")
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        total += 1
        with pytest.raises(RuntimeError, match="'loss' was logged while a CUDA graph is captured"):
            metrics.log({"loss": total})
    for _ in range(5):
        graph.replay()
        metrics.log({"loss": total})
    np.testing.assert_array_equal(points_of(metrics, "loss")[:, 1], range(1, 6))


def test_the_record_has_every_value_as_it_was():
    metrics = Metrics(capacity=4)
    for step in range(100):
        metrics.log({"loss": 1 / (step + 1)}, step=step)
    metrics.log({"loss": -1.0}, step=99)
    metrics.log({"psnr": math.inf}, step=50)
    rows = metrics.record.of("loss").array()
    np.testing.assert_array_equal(rows[:, 0], range(100))
    np.testing.assert_array_equal(rows[:-1, 1], [1 / (step + 1) for step in range(99)])
    assert rows[-1, 1] == -1.0
    np.testing.assert_array_equal(metrics.record.of("psnr").array(), [(50, math.inf)])
    metrics.clear()
    assert metrics.record.series == {}


def test_a_full_record_drops_the_older_half_of_the_longest():
    room = Room(most=10)
    for step in range(9):
        room.of("long").add(step, step)
    room.of("short").add(0, 1.0)
    room.of("short").add(1, 2.0)
    assert list(room.of("long").steps) == [5, 6, 7, 8]
    assert list(room.of("short").values) == [1.0, 2.0]
    assert list(room.dropped()) == [("long", 5)]
    for step in range(2, 1000):
        room.of("short").add(step, 0.0)
    assert sum(len(series.steps) for series in room.series.values()) <= 10


@pytest.mark.parametrize("name", [0, None, b"loss", ("val", "loss")])
def test_a_name_that_is_no_string_is_refused_and_nothing_is_logged(name):
    metrics = Metrics()
    with pytest.raises(TypeError, match="the name of a scalar is a string, not"):
        metrics.log({"loss": 1.0, name: 2.0})
    with pytest.raises(TypeError, match="the name of a scalar is a string, not"):
        metrics.log({name: 2.0})
    assert (metrics.iteration, metrics.last_steps()) == (0, {})
