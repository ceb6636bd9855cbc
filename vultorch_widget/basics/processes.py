"""Tells whether another process of this machine is still there."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def has_ended(process: int) -> bool:
    """Whether the process with this id has ended. False where that cannot be told, as on Windows.

    A zombie has ended, though its parent has not asked how. In a container whose first process asks nobody, one whose
    parent was killed stays a zombie for ever.
    """
    if sys.platform == "win32":  # there, signal 0 would end the process
        return False
    if process <= 0:  # signals to these go to groups of processes
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:  # another user's process
        pass
    try:
        status = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:  # only Linux has it
        return False
    return status.rpartition(b")")[2].split()[:1] == [b"Z"]  # the name before it may contain anything
