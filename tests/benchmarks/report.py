"""Results as a table, on the screen and at the end of RESULTS.md."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import psutil

from .bench import Row

RESULTS = Path(__file__).with_name("RESULTS.md")
HEADING = """# Results

Appended by `make bench`, newest last. What is measured, and how, is written in the modules beside this file.
"""


def table(rows: Sequence[Row]) -> str:
    """A Markdown table, its columns aligned."""
    verdict = {None: "", True: "yes", False: "**no**"}
    cells = [("", "figure", "measured", "aim", "met")]
    cells += [(row.benchmark, row.figure, row.value, row.target, verdict[row.met]) for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(5)]
    padded = [[text.ljust(width) for text, width in zip(line, widths, strict=True)] for line in cells]
    lines = [f"| {' | '.join(line)} |" for line in padded]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def append(rows: Sequence[Row], *, chromium: str, backend: str, commit: str) -> None:
    """Appends today's section to RESULTS.md."""
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    section = f"\n## {today}, {commit}\n\n{machine(chromium, backend)}\n\n{table(rows)}\n"
    known = RESULTS.read_text() if RESULTS.exists() else HEADING
    RESULTS.write_text(known + section)


def machine(chromium: str, backend: str) -> str:
    """The machine, in a sentence."""
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "jupyterlab", "ipykernel", "anywidget"))
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return (
        f"{_processor()}, {os.cpu_count()} logical cores, {memory:.0f} GiB; {system}, "
        f"Python {platform.python_version()}, {packages}, Chromium {chromium}; {backend}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
