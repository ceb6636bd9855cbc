"""Kernels that are forked from a process with torch already imported, because importing it takes longer than most
tests.

`python -m tests.forked_kernels FD` is that process. It has one thread, so no lock is held when it forks. A kernel is a
separate process in its own session, like those that Jupyter starts. At its end it waits for its threads and runs its
exit handlers like any Python process, but does not take its modules apart: for torch's, that takes longer than starting
a kernel. Outside Linux, kernels are started as usual.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import logging
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import local_provisioner

ROOT = Path(__file__).resolve().parents[1]
READY = "kernels can be forked"
"""What the process writes to its standard output."""


class Kernel:
    """The process of a kernel, with the interface that `jupyter_client` expects of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor: int | None = None
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Returns 0 once it has ended, whatever its status."""
        if self._descriptor is not None:
            ended = select.poll()
            ended.register(self._descriptor, select.POLLIN)
            if not ended.poll(0):
                return None
            os.close(self._descriptor)
            self._descriptor = None
        return 0

    def wait(self) -> int | None:
        """Called once it has ended."""
        return self.poll()

    def send_signal(self, number: int) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(ProcessLookupError):  # it ended just now
                signal.pidfd_send_signal(self._descriptor, number)


@contextlib.contextmanager
def forked_kernels() -> Iterator[None]:
    """Inside it, kernels started by this process are forked."""
    if sys.platform != "linux":
        yield
        return
    usual = local_provisioner.launch_kernel
    with _forking() as requests:

        def launched(command: list[str], *, env: dict[str, str], cwd: str | None = None, **_: Any) -> Kernel:
            arguments = command[command.index("ipykernel_launcher") + 1 :]
            pid = int(requests.recv(100))
            requests.send(json.dumps({"arguments": arguments, "env": env, "cwd": str(cwd or Path.cwd())}).encode())
            return Kernel(pid)

        local_provisioner.launch_kernel = launched
        try:
            yield
        finally:
            local_provisioner.launch_kernel = usual


@contextlib.contextmanager
def _forking() -> Iterator[socket.socket]:
    """The connection to the process that forks. Until it reports that it is ready, requests for a kernel wait."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.forked_kernels", str(theirs.fileno())]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    env = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]), ours:
        theirs.close()
        yield ours


def _fork(requests: socket.socket) -> dict[str, Any] | None:
    """Forks a kernel ahead of each request. Returns in each kernel with its request, and at the end without one.

    A server answers nobody while it launches a kernel, and JupyterLab's is unreliable if much is requested meanwhile.
    So a kernel is already waiting, and has reported its process id.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended kernels leave no zombies
    taken = True
    while taken:
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.close(reader)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            request = b""
            with contextlib.suppress(ConnectionError):  # no more requests will come
                requests.send(str(os.getpid()).encode())
                request = requests.recv(1 << 20)
            if request:
                os.write(writer, b"taken")
            os.close(writer)
            return json.loads(request) if request else None
        os.close(writer)
        taken = os.read(reader, 10) != b""
        os.close(reader)
    return None


def _leave() -> None:
    """Ends the process without taking its modules apart."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # its reader has gone, or it is closed
            stream.flush()
    os._exit(0)


def _serve(descriptor: int) -> None:
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # read on import: a kernel ends when this process does
    atexit.register(_leave)  # before the handlers of what a kernel imports, so it runs after them
    import ipykernel.ipkernel
    import ipykernel.kernelapp  # noqa: F401
    import torch._dynamo  # noqa: F401  # what torch imports with the first optimizer takes as long as torch itself

    # Not the package: its tests check what it imports, and when. Nor anywidget: ipywidgets, which it imports, answers a
    # page that is loaded again only if it is imported in a kernel.
    gc.collect()
    gc.freeze()  # a kernel's collector passes over what is imported: looking at it would copy every page of it
    print(READY, flush=True)
    with socket.socket(fileno=descriptor) as requests:
        kernel = _fork(requests)
    if kernel is not None:
        os.environ.clear()
        os.environ.update(kernel["env"], JPY_PARENT_PID=str(os.getppid()))
        os.chdir(kernel["cwd"])
        sys.path[0] = ""  # as with `python -m ipykernel_launcher`
        sys.argv[1:] = kernel["arguments"]
        runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
