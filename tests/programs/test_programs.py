"""Programs written for Vultorch 0.5, with only the import changed, run as scripts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

HERE = Path(__file__).parent
PRINTED = {
    "training": "60 240 True (576, 256)\n",
    "controls": (
        "21 ['view', 'left'] (64, 48, 3) ['map.png', 'noise.png']\n"
        "{'button': False, 'checkbox': True, 'slider': 1.0, 'slider_int': 3, 'combo': 1, 'color': (0.25, 0.5, 0.75), "
        "'text': 'another', 'record': False} 1.0 another 7\n"
    ),
    "life": "40 5 b'GIF' closed\n",
    "scene": "12 (400, 300) [0.1, 0.2, 0.3] 0.0 3.0\n",
}
"""What each prints about itself: frames first."""


@pytest.mark.parametrize("name", PRINTED)
def test_a_program_runs_to_its_end_without_a_word(name: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", HERE / f"{name}.py"],
        capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout == PRINTED[name]


def test_every_program_is_run() -> None:
    assert {path.stem for path in HERE.glob("*.py")} - {"__init__", "test_programs"} == PRINTED.keys()


@pytest.mark.parametrize("name", PRINTED)
def test_only_the_import_tells_it_from_a_program_for_vultorch(name: str) -> None:
    lines = (HERE / f"{name}.py").read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if "vultorch_widget" in line]
    assert named
    assert set(named) <= {"import vultorch_widget as vultorch", "from vultorch_widget import ui"}
