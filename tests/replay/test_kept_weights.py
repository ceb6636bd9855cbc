"""Which weights a replay keeps."""

from __future__ import annotations

import numpy as np

from vultorch_widget.replay.training import MOST_BYTES, KeptWeights, Weights


def weights(step: int, count: int = 6, kind: str = "linear") -> Weights:
    network = {"layers": [{"kind": kind, "outputs": count}]}
    return Weights(step, 0.1, np.full(count, step, np.float32), np.zeros(2 * count, np.float32), network)


def steps_of(found: KeptWeights) -> list[int]:
    described = found.described()
    return [] if described is None else [each["step"] for each in described["weights"]]


def kept(steps: list[int], count: int = 6) -> list[int]:
    found = KeptWeights()
    for step in steps:
        found.add(step, weights(step, count))
    return steps_of(found)


def test_the_last_and_a_few_before_are_kept() -> None:
    steps = kept(list(range(1, 200)))
    assert len(steps) == 4
    assert steps[-1] == 199
    assert steps == sorted(set(steps))


def test_a_step_is_kept_once_and_those_after_it_go() -> None:
    assert kept([1, 2, 2]) == [1, 2]
    assert kept([1, 5, 9, 5]) == [1, 5]


def test_large_weights_are_fewer_but_never_none() -> None:
    assert kept([1, 2, 3], MOST_BYTES // 24) == [1, 3]
    assert kept([1, 2, 3], MOST_BYTES) == [3]


def test_weights_of_another_network_go() -> None:
    found = KeptWeights()
    for step, (count, kind) in enumerate([(6, "linear"), (8, "linear"), (8, "relu"), (8, "relu")]):
        found.add(step, weights(step, count, kind))
    assert steps_of(found) == [2, 3]
    described = found.described()
    assert described is not None
    assert described["layers"] == weights(3, 8, "relu").network["layers"]


def test_weights_that_are_not_finite_are_left_out() -> None:
    found = KeptWeights()
    found.add(1, weights(1)._replace(parameters=np.full(6, np.nan, np.float32)))
    assert found.described() is None
