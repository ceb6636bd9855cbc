"""JupyterLab; Linux ends it, and so its kernels, where the tests that started it are killed before they can."""

from __future__ import annotations

import ctypes
import signal
import sys

from jupyterlab.labapp import main

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    main()
