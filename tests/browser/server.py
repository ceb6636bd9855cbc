"""`python -m tests.browser.server MODULE ...` runs a server as `python -m MODULE ...` does, and forks its kernels.

Linux ends it, and so its kernels, where the tests that started it are killed before they can.
"""

from __future__ import annotations

import ctypes
import runpy
import signal
import sys

from tests.forked_kernels import forked_kernels

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    with forked_kernels():
        runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
