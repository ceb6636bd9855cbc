"""`python -m tests.benchmarks.sidebyside COMMIT [--rounds 3] [--display]`: this tree beside an earlier commit's.

Both take turns, so that other load on the machine affects both. Measures the seconds that ``import vultorch_widget``
takes beyond torch, the microseconds of a frame with nothing due, and with ``--display`` the quick display benchmark.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
IMPORT = """
import time, torch
began = time.perf_counter()
import vultorch_widget
print(time.perf_counter() - began)
"""
LEVEL = IMPORT.replace("began =", "import gc; gc.collect(); began =")
"""The same without a full garbage collection. Whether one falls into an import depends on how many objects exist
already, and it mostly visits those of torch."""
TICK = """
import time, torch, vultorch_widget as vultorch
view = vultorch.View("tick", 400, 400)
view.panel("A").canvas("a").bind(torch.rand(64, 64, 3))
took = []
for _ in range(5):
    began = time.perf_counter()
    for _ in range(500):
        view.step()
        view.end_step()
    took.append((time.perf_counter() - began) / 500)
print(min(took))
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sidebyside", description=__doc__)
    parser.add_argument("commit")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--display", action="store_true", help="a minute more for each round and tree")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trees = {arguments.commit: _tree(arguments.commit, Path(folder) / "then"), "now": ROOT}
        for what, program, unit in (
            ("import beyond torch", IMPORT, 1e3),
            ("import beyond torch, with no full collection", LEVEL, 1e3),
            ("a frame with nothing due", TICK, 1e6),
        ):
            took: dict[str, list[float]] = {name: [] for name in trees}
            for _ in range(2 * arguments.rounds):
                for name, tree in trees.items():
                    took[name].append(unit * float(_run(tree, "-c", program)))
            for name, values in took.items():
                low, median = np.min(values), np.median(values)
                print(f"{what}, {name}: {low:.1f} to {median:.1f} {'ms' if unit == 1e3 else 'µs'}, least and median")
        for _ in range(arguments.rounds if arguments.display else 0):
            for name, tree in trees.items():
                table = _run(tree, "-m", "tests.benchmarks", "display", "--quick")
                print(f"{name}\n{table}", flush=True)


def _tree(commit: str, folder: Path) -> Path:
    """A checkout of ``commit`` with its front end."""
    subprocess.run(["git", "clone", "--quiet", "--shared", str(ROOT), str(folder)], check=True)
    subprocess.run(["git", "checkout", "--quiet", "--detach", commit], cwd=folder, check=True)
    subprocess.run([sys.executable, "js/hatch_build.py"], cwd=folder, check=True)
    return folder


def _run(tree: Path, *arguments: str) -> str:
    """What Python printed with ``tree`` ahead of the installed packages. Missed targets do not count as failures."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode and "of the aims were missed" not in done.stderr:
        raise RuntimeError(f"{tree}: {done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
