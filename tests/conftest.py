from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

SHARING = {"tests/browser", "tests/docs"}
LONGEST = ["tests/browser", "tests/notebooks", "tests/docs", "tests/kernel", "tests/render"]
"""The slowest tests, which start first, so that the last ones are short for either worker."""

# Set before torch is loaded, here and in kernels: on a busy machine, threads that wait for each other take far longer.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Tests start hundreds of processes and kernels. Each would compile the package anew where the environment forbids to
# keep what was compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell starts what it runs in the background without SIGINT, and so would every process that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A test that asserts no time must not fail because of time, however busy the machine is.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Makes torch compute on one thread, and restores the number afterwards, whatever the test sets."""
    from vultorch_widget.basics import threads

    with threads.one_thread():
        yield


@pytest.fixture(scope="module")
def quick_kernels() -> Iterator[None]:
    """Kernels of a module's tests are forked from a process that has torch, which saves each of them 1.5 s."""
    from tests.forked_kernels import forked_kernels

    with forked_kernels():
        yield


@pytest.fixture(scope="session", autouse=True)
def ports_of_kernels() -> None:
    """On a busy machine, a kernel may start listening long after its ports were chosen."""
    from tests import ports

    ports.keep_for_kernels()


def pytest_collection_finish() -> None:
    """The collector of garbage need not look at torch's objects and thousands of tests again, which takes 0.25 s."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        folder = "/".join(item.nodeid.split("/", 2)[:2])
        return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two, so that one computes while the other waits. On a GPU one, because its memory is measured."""
    return 0 if Path("/dev/nvidiactl").exists() else 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files are handed out whole, in order. Folders whose tests share servers or a site count as one."""
    from xdist.scheduler import LoadScopeScheduling

    class Rooms(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            folder = file.rpartition("/")[0]
            return folder if folder in SHARING else file

    config.option.loadscopereorder = False
    return Rooms(config, log)
