"""An encoder on a GPU that fails is given up, and opened again some time later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace

import pytest
import torch

from vultorch_widget.pictures import attempts
from vultorch_widget.pictures.attempts import Attempts

PICTURE = (torch.zeros(1, 1, 4, dtype=torch.uint8), 85)


class Gpu:
    """Counts what is opened and closed on it. ``full`` makes both opening and encoding fail."""

    def __init__(self) -> None:
        self.full = False
        self.opened = self.closed = 0

    def open(self) -> Gpu:
        self.opened += 1
        if self.full:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self

    def encode_all(self, pictures: Iterable[tuple[torch.Tensor, int]]) -> Iterator[bytes]:
        for _ in pictures:
            yield b"a file"
            if self.full:
                raise RuntimeError("nvjpegEncodeImage: allocation failed (5)")

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets seconds pass."""
    passed = [1000.0]
    monkeypatch.setattr(attempts, "time", SimpleNamespace(monotonic=lambda: passed[0]))

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


def test_it_is_opened_once_for_the_first_picture(clock: Callable[[float], None]) -> None:
    gpu = Gpu()
    made = Attempts(gpu.open)
    assert (made.working, gpu.opened) == (False, 0)
    assert [made.encode([PICTURE, PICTURE]) for _ in range(2)] == [[b"a file", b"a file"]] * 2
    assert (made.working, gpu.opened, made.problem) == (True, 1, "")


def test_one_failure_is_no_failure_for_good(clock: Callable[[float], None]) -> None:
    gpu = Gpu()
    made = Attempts(gpu.open)
    assert made.encode([PICTURE]) == [b"a file"]
    gpu.full = True
    assert made.encode([PICTURE, PICTURE]) is None
    assert made.problem == "nvjpegEncodeImage: allocation failed (5)"
    assert (made.working, gpu.closed) == (False, 1)
    gpu.full = False
    assert made.encode([PICTURE]) is None  # too early
    clock(attempts.PAUSE)
    assert made.encode([PICTURE]) == [b"a file"]
    assert (made.working, made.problem, gpu.opened) == (True, "", 2)


def test_attempts_become_rarer_until_one_succeeds(clock: Callable[[float], None]) -> None:
    gpu = Gpu()
    made = Attempts(gpu.open)
    gpu.full = True
    for _ in range(1000):  # seconds
        assert made.encode([PICTURE]) is None
        clock(1)
    assert gpu.opened == 7  # after 0, 10, 30, 70, 150, 310 and 630 s
    assert made.problem == "CUDA out of memory."
    clock(1000)
    gpu.full = False
    assert made.encode([PICTURE]) == [b"a file"]
    gpu.full = True
    assert made.encode([PICTURE]) is None
    gpu.full = False
    clock(attempts.PAUSE)
    assert made.encode([PICTURE]) == [b"a file"]


def test_a_library_that_is_not_installed_is_no_problem_and_not_looked_for_again(clock: Callable[[float], None]) -> None:
    opened = []
    made = Attempts(lambda: opened.append(1))
    for _ in range(3):
        assert made.encode([PICTURE]) is None
        clock(1e9)
    assert (opened, made.problem) == ([1], "")
