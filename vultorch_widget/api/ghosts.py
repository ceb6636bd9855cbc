"""`View.ghost`: recorded runs from other notebooks and pages in the chart."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..basics.free_name import free_name
from ..metrics import Metrics
from ..metrics.ghosts import GhostRun
from ..protocol.wire import unicode
from ..replay.files import NoRecordingError, recorded
from ..replay.ghosts import as_ghost
from ..tree.view_tree import Tree

MOST_NAME = 200
"""Maximum characters of a ghost's name."""


class Ghost:
    """An earlier run, or one from a file, whose curves are pale in the chart of a view. See `View.ghosts`."""

    def __init__(self, metrics: Metrics, tree: Tree, run: GhostRun) -> None:
        self._metrics = metrics
        self._tree = tree
        self._run = run

    def __repr__(self) -> str:
        return f"<Ghost {self.name!r}>"

    @property
    def name(self) -> str:
        """Its name in the chart."""
        return self._run.name

    @property
    def began(self) -> float:
        """When the run began, in seconds since the epoch.

        Recordings of earlier versions do not have it; for those it is the time at which the file was written.
        """
        return self._run.began

    @property
    def series(self) -> list[str]:
        """The scalars that it has curves for. The chart shows those that the view also logs."""
        return [curve.series for curve in self._metrics.ghosts.curves if curve.branch == self.name]

    @property
    def controls(self) -> dict[str, Any]:
        """Values that controls had at its end and do not have now, by label."""
        now = self._tree.settings()
        then = ((label, _plain(value)) for label, value in self._run.controls.items())
        return {label: value for label, value in then if label in now and _plain(now[label]) != value}

    def remove(self) -> None:
        """Removes it from the chart. Safe to call twice."""
        self._metrics.ghosts.remove(self.name)


def add(metrics: Metrics, tree: Tree, path: str | os.PathLike[str], name: str | None, view: str | None) -> Ghost:
    """Adds a recorded run; see `View.ghost`."""
    file = Path(path)
    if name is not None and not (isinstance(name, str) and name.strip()):
        raise ValueError(f"the name of a ghost must be a string that is not empty, not {name!r}")
    document = recorded(file, view)
    called = unicode(name or (file.stem if view is None else f"{file.stem}: {view}"))[:MOST_NAME]
    run, curves = as_ghost(document, _free(metrics, called), file.stat().st_mtime)
    if not curves:
        raise NoRecordingError(f"the view {document['title'][:80]!r} in {file} has logged nothing that has a curve")
    metrics.ghosts.add(run, curves)
    return Ghost(metrics, tree, run)


def listed(metrics: Metrics, tree: Tree) -> list[Ghost]:
    """The earlier runs and those from files."""
    return [Ghost(metrics, tree, run) for run in metrics.ghosts.others]


def _free(metrics: Metrics, name: str) -> str:
    """``name``, with a number if a branch or an earlier run has it. A ghost from a file with that name is replaced."""
    taken = {run.name for run in metrics.ghosts.others if run.kind != "file"} | metrics.ghosts.branches
    return free_name(name, taken.__contains__)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
