"""How many threads torch computes on, for how much work."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import torch

from vultorch_widget.basics import threads as threads_module
from vultorch_widget.basics.threads import FEW_CORES, SHARED, few_cores, one_thread, threads_for


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("few", [True, False])
def test_little_work_is_done_on_one_thread_and_much_on_all_and_the_number_is_restored(
    monkeypatch: pytest.MonkeyPatch,
    few: bool,
) -> None:
    monkeypatch.setattr(threads_module, "few_cores", lambda: few)
    for size, threads in ((0, 1), (SHARED - 1, 1), (SHARED, 1 if few else 2)):
        with threads_for(size):
            assert torch.get_num_threads() == threads
        assert torch.get_num_threads() == 2
    with pytest.raises(ValueError, match="bad"), one_thread():
        raise ValueError("bad")
    assert torch.get_num_threads() == 2


def test_the_cores_are_those_that_the_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores in (1, FEW_CORES, FEW_CORES + 1, 64):
        few_cores.cache_clear()
        monkeypatch.setattr(os, "sched_getaffinity", lambda process, cores=cores: range(cores), raising=False)
        assert few_cores() == (cores <= FEW_CORES)
    few_cores.cache_clear()
