"""How many threads torch computes on, for how much work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from vultorch_widget.basics.threads import SHARED, one_thread, threads_for


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_little_work_is_done_on_one_thread_and_much_on_all_and_the_number_is_restored() -> None:
    for size, threads in ((0, 1), (SHARED - 1, 1), (SHARED, 2)):
        with threads_for(size):
            assert torch.get_num_threads() == threads
        assert torch.get_num_threads() == 2
    with pytest.raises(ValueError, match="bad"), one_thread():
        raise ValueError("bad")
    assert torch.get_num_threads() == 2
