"""What the documentation shows works as shown."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / ".docs" / "decisions").glob("*.md"))
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def test_the_lines_that_matter() -> None:
    program, loop, _ = blocks("README.md")
    assert program.count("view.run()") == 1
    first = program.replace("view.run()", "view.run(max_frames=3)")
    again = program.replace("view.run()", "").replace("@view.on_frame", "")
    ending = loop + "    if view.frame_count == 3:\n        view.close()\n"
    shown = "print(view.frame_count, view.iteration, view.state)\n"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", first + shown + again + ending + shown],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.stderr == ""
    ran, looped = (line.split() for line in result.stdout.splitlines())
    assert ran[:2] == looped[:2] == ["3", "18"]
    assert looped[2] == "closed"


def test_a_hand_in_the_tensor() -> None:
    given = (
        "import torch\nimport vultorch_widget as vultorch\n"
        "view = vultorch.View(headless=True)\ntensor = torch.zeros(8, 8)\n"
        "canvas = view.panel('p').canvas('c').bind(tensor)\n"
    )
    event = "paint(vultorch.PointerEvent(kind='drag', x=3.9, y=1.0, buttons=('left',)))\n"
    asked = "print(tensor.nonzero().tolist(), [canvas.tensor.shape[:2] for canvas in view._parts.tree.canvases()])\n"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", given + blocks("README.md")[2] + event + asked],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.stderr == ""
    assert result.stdout == "[[1, 3]] [torch.Size([8, 8]), torch.Size([600, 800])]\n"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    assert [target for target in targets if not (ROOT / target).exists()] == []


GUIDES = ("CONTRIBUTING.md", *(path.relative_to(ROOT).as_posix() for path in DECISIONS))


@pytest.mark.parametrize("page", GUIDES)
def test_named_files_are_there(page: str) -> None:
    """CONTRIBUTING and the decisions name modules in backticks, those of the package without its name."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w./]+\.(?:py|ts|comp|txt|json|ipynb))`", text))
    places = [ROOT, ROOT / "vultorch_widget"]
    assert sorted(name for name in named if not any((place / name).exists() for place in places)) == []


def test_how_to_contribute_is_short() -> None:
    """It is read before a first change; reasons have their own pages."""
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_every_page_of_decisions_is_listed() -> None:
    listed = set(re.findall(r"\]\((\w+\.md)\)", (ROOT / ".docs/decisions/README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in DECISIONS} - {"README.md"}


def test_no_walk_enters_a_room_twice() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    walks = [re.split(r"\s*▸\s*", re.split(r"\s{2,}", line.strip())[-1]) for line in text.splitlines() if "▸" in line]
    assert len(walks) == 4
    for walk in walks:
        assert len(set(walk)) == len(walk)
        places = [
            ROOT / "js/src" / room[3:] if room.startswith("js/") else ROOT / "vultorch_widget" / room for room in walk
        ]
        assert [str(place) for place in places if not place.is_dir()] == []
