"""Whether a process has ended, with real processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.patience import wait_until
from vultorch_widget.basics.processes import has_ended

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say")


def test_a_process_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert not has_ended(process.pid)
        process.communicate(b"\n")
    assert has_ended(process.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells zombies apart")
def test_a_process_that_nobody_has_waited_for_has_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    wait_until(lambda: has_ended(process.pid))
    os.kill(process.pid, 0)  # its entry is still there
    assert process.wait() == 0
    assert has_ended(process.pid)


def test_this_process_and_that_of_another_user_have_not_ended() -> None:
    assert not has_ended(os.getpid())
    assert not has_ended(1)


@pytest.mark.parametrize("number", [0, -1, 1 << 80])
def test_what_is_no_process_has_ended(number: int) -> None:
    assert has_ended(number)
