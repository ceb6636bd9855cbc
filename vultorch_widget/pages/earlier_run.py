"""The run that an earlier kernel has left in the notebook. A page that still has it hands it over."""

from __future__ import annotations

from ..metrics.ghosts import Ghosts
from ..replay.ghosts import earlier_runs
from ..tree.view_tree import Tree


def take_earlier_run(data: bytes | None, ghosts: Ghosts, tree: Tree) -> None:
    """Puts the run in ``data``, a replay document, and those before it into the ``ghosts`` of the view with ``tree``.

    Does nothing from the second time on: the page may have been loaded again. Raises ValueError, naming what is wrong,
    for anything but a document whose view has the same title, with at least one curve.
    """
    if ghosts.handed:
        return
    if data is None:
        raise ValueError("it has no buffer, or one that is too large")
    from ..replay.reader import read  # noqa: PLC0415 (most views are handed none)

    document = read(data.decode())
    if document["title"] != tree.title:
        raise ValueError(f"it is of the view {document['title'][:80]!r}, not {tree.title!r}")
    runs = earlier_runs(document)
    if not runs:
        raise ValueError("it has logged nothing that has a curve")
    ghosts.handed = True
    ghosts.precede(runs)
