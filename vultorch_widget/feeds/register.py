"""The files that say where a run's mailboxes are. Only their user can read them."""

from __future__ import annotations

import json
import os
import platform
import re
import stat
import time
from contextlib import suppress
from pathlib import Path

from ..basics import atomic_file
from ..basics.processes import has_ended
from ..protocol.wire import MessageError, decode_as, encode
from .messages import Announced

KEPT = 30 * 86400.0
"""Seconds for which the files of an ended run stay."""
RENEWED = 120.0
"""Seconds within which a rank that is alive writes its file again, even on a busy machine: it means to every five."""
_NAME = re.compile(r"[\w-][\w.-]{0,99}", re.ASCII)


def checked_run(run: str) -> str:
    """Returns ``run``. Raises ValueError unless it is a name of 1 to 100 letters, digits, ``_``, ``-`` and ``.``."""
    if not isinstance(run, str) or not _NAME.fullmatch(run):
        raise ValueError(f"a run's name has 1 to 100 letters, digits, _, - and . and begins with no dot; got {run!r}")
    return run


def folder() -> Path:
    """The user's folder of announcements, created if needed. ``VULTORCH_FEEDS`` names another one.

    Raises PermissionError for a folder that is open to other users: announcements contain tokens, and whoever can write
    there could replace them.
    """
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    path = Path(os.environ.get("VULTORCH_FEEDS") or Path(base, "vultorch/feeds"))
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO) and os.name != "nt":  # where every folder seems open
        raise PermissionError(
            f"{path} is open to other users (mode {mode:o}), but feeds keep tokens there; run chmod 700 on it if it is "
            "yours alone, or let VULTORCH_FEEDS name another folder, which is created"
        )
    return path


def announce(run: str, rank: int, announced: Announced) -> Path:
    """Says where the mailbox of ``rank`` is. A restarted rank replaces what it said before."""
    path = folder() / f"{run}.{rank}.json"
    atomic_file.write(path, json.dumps(encode(announced)))
    return path


def find(run: str, rank: int) -> Announced | None:
    """Where the mailbox of ``rank`` is, or None if unknown."""
    try:
        return decode_as(Announced, json.loads((folder() / f"{run}.{rank}.json").read_text("utf-8")))
    except (OSError, ValueError, MessageError):
        return None


def ranks(run: str) -> list[int]:
    """The ranks of ``run`` that have announced a mailbox."""
    found = [path.name[len(run) + 1 : -len(".json")] for path in folder().glob(f"{run}.*.json")]
    return sorted(int(rank) for rank in found if rank.isdecimal())


def left(run: str, rank: int) -> Path:
    """The file that ``rank`` leaves when it ends. It is also written now and then in case the rank is killed."""
    return folder() / f"{run}.{rank}.last"


def is_left(run: str, rank: int) -> bool:
    """Whether ``rank`` has left a file and, unlike one that is alive, no longer renews it."""
    try:
        return time.time() - left(run, rank).stat().st_mtime > RENEWED
    except OSError:
        return False


def forget(run: str, rank: int) -> None:
    """Removes what ``rank`` has announced and left behind."""
    for path in (folder() / f"{run}.{rank}.json", left(run, rank)):
        path.unlink(missing_ok=True)


def begin(run: str, rank: int, world: int) -> None:
    """Removes what earlier runs left behind: at once for this name, after 30 days for any other."""
    left(run, rank).unlink(missing_ok=True)
    if rank:
        return
    for other in ranks(run):
        if other >= world:
            forget(run, other)
    for path in folder().glob("*.last"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT:
                path.unlink()
                path.with_suffix(".json").unlink(missing_ok=True)


def runs() -> list[str]:
    """The names of the runs that have announced something."""
    return sorted({path.name.rsplit(".", 2)[0] for path in folder().glob("*.json")})


def is_dead(announced: Announced) -> bool:
    """Whether the process that has announced this is known to be gone. False for those of other machines."""
    return announced.machine == platform.node() and has_ended(announced.pid)
