"""`python -m tests.browser.server MODULE ...` runs a server as `python -m MODULE ...` does, and forks its kernels.

Linux ends it, and with it its kernels, if the tests that started it are killed before they can do so.
"""

from __future__ import annotations

import contextlib
import ctypes
import runpy
import signal
import sys
from datetime import timezone

from jupyter_server.services.kernels.kernelmanager import ServerKernelManager

from tests import ports
from tests.forked_kernels import forked_kernels

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # A page that asks for the kernels just as one is started would get a 500: it has no last activity yet.
    ServerKernelManager.last_activity.default_args = (1970, 1, 1, 0, 0, 0, 0, timezone.utc)
    ports.keep_for_kernels()
    module = sys.argv.pop(1)
    # marimo itself starts what runs its notebooks
    with contextlib.nullcontext() if module == "marimo" else forked_kernels():
        runpy.run_module(module, run_name="__main__", alter_sys=True)
