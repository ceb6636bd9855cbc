"""`python -m tests.benchmarks [display rival seed slider crowd ...] [--quick]`, from the repository."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from tests.browser.lab import Lab

from . import batch, continued, cost, crowd, hidden, memory, pan, pump, record, report, scrub, slider
from .bench import Bench, Row
from .chromium import chromium

BENCHMARKS = {
    "display": cost.display,
    "rival": cost.rival,
    "seed": cost.seed,
    "slider": slider.slider,
    "crowd": crowd.crowd,
    "hidden": hidden.hidden,
    "memory": memory.memory,
    "record": record.record,
    "pump": pump.pump,
    "batch": batch.batch,
    "pan": pan.pan,
    "scrub": scrub.scrub,
    "continue": continued.continued,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}; all where none is given")
    parser.add_argument("--quick", action="store_true", help="a short look; RESULTS.md stays as it is")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - BENCHMARKS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(BENCHMARKS)}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        lab = Lab(Path(folder))
        bench = Bench(lab, browser, arguments.quick)
        try:
            for name in arguments.names or BENCHMARKS:
                rows += BENCHMARKS[name](bench)
                print(report.table(rows), flush=True)
        finally:
            lab.close()
        if not arguments.quick:
            report.append(rows, chromium=browser.version, backend=bench.backend, commit=_commit())
    if missed := [f"{row.benchmark}: {row.figure}" for row in rows if row.met is False]:
        raise SystemExit(f"{len(missed)} of the aims were missed: {'; '.join(missed)}")


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    described = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return described.stdout.strip() or "no commit"


if __name__ == "__main__":
    main()
