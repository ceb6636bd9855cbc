"""What the benchmarks share: a JupyterLab, a page with the probe in it, and rows of results."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.lab import Lab
from tests.browser.notebook import Notebook

from .chromium import Chromium

PROBE = Path(__file__).with_name("probe.js")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Row:
    """One figure: the ``target`` in words and whether it is ``met``, None if there was none."""

    benchmark: str
    figure: str
    value: str
    target: str = ""
    met: bool | None = None


@dataclass
class Probe:
    """What `probe.js` has recorded, in the kernel's seconds since the epoch."""

    frames: list[tuple[float, int]]
    seen: list[tuple[float, int]]
    others: list[tuple[float, str]]
    received: list[tuple[float, int]]
    sent: list[tuple[float, int]]
    keys: list[float]
    cost: float

    def count(self, what: str, began: float, ended: float) -> int:
        """Entries of one list within a period."""
        return sum(began <= entry[0] <= ended for entry in getattr(self, what))

    def bytes(self, what: str, began: float, ended: float) -> int:
        """Bytes ``received`` or ``sent`` within a period, as WebSocket messages."""
        return sum(size for at, size in getattr(self, what) if began <= at <= ended)


@dataclass
class Bench:
    """Where the benchmarks run. ``quick`` asks for a rough look rather than for figures."""

    lab: Lab
    browser: Chromium
    quick: bool
    backend: str = field(default="", init=False)

    @contextmanager
    def notebook(self, *cells: str, probe: bool = True) -> Iterator[Notebook]:
        """A notebook of these cells in its own page, with the probe unless it is not wanted."""
        name = f"benchmark{next(_numbers)}"
        self.lab.write(f"{name}.ipynb", list(cells))
        page = self.browser.new_page()
        if probe:
            page.add_init_script(path=PROBE)
        notebook = Notebook(self.lab, page, name)
        try:
            yield notebook
        finally:
            notebook.close()
            notebook.page.close()

    def note_backend(self, notebook: Notebook) -> None:
        """Remembers what made the pictures, for the report."""
        self.backend = notebook.evaluate("view.backend")


def drain(notebook: Notebook) -> Probe:
    """Takes what the probe has recorded so far."""
    offset, content = notebook.page.evaluate("[probe.offset(), probe]")
    notebook.page.evaluate("for (const list of Object.values(probe)) if (Array.isArray(list)) list.length = 0")
    shifted: dict[str, Any] = {
        name: [(at + offset, what) for at, what in content[name]]
        for name in ("frames", "seen", "others", "received", "sent")
    }
    return Probe(**shifted, keys=[at + offset for at in content["keys"]], cost=content["cost"])


def wait_for_file(path: Path, seconds: float) -> Any:
    """The JSON that the kernel writes to ``path``, once it is there. Raises RuntimeError if that fails or takes too
    long."""
    error = path.with_suffix(".error")
    deadline = time.monotonic() + seconds
    while not path.exists():
        if error.exists():
            raise RuntimeError(f"the kernel failed:\n{error.read_text()}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"the kernel left no {path.name} within {seconds:.0f} s")
        time.sleep(0.2)
    return json.loads(path.read_text())
