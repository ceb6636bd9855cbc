"""Adds a fixture: ``python -m tests.replay.saved NAME [NOTEBOOK]``, or ``make fixture NAME=0.2``.

Executes NOTEBOOK (that of the first fixture if none is given) with the package as it is now, and keeps it as
``tests/replay/saved/NAME.ipynb``. The tests of replays, exports and the front end read every notebook there.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import nbformat

from vultorch_widget.export.execute import execute

from . import EARLIER, HERE, STATE, replays_in_file


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.replay.saved", description=__doc__)
    parser.add_argument("name", help="of the fixture, a version as a rule: 0.2")
    parser.add_argument("notebook", nargs="?", type=Path, default=EARLIER)
    arguments = parser.parse_args()
    if not re.fullmatch(r"[\w.-]+", arguments.name):
        parser.error(f"the name is that of a file, such as 0.2, not {arguments.name!r}")
    target = HERE / f"{arguments.name}.ipynb"
    if target.exists():
        parser.error(f"{target.name} is there already: what a version saved does not change")
    notebook = nbformat.read(arguments.notebook, 4)
    notebook.metadata.pop("widgets", None)
    execute(notebook, arguments.notebook.parent, lambda _: None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    for model in notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {}).values():
        model["state"] |= {name: "" for name in ("_esm", "_css") if name in model["state"]}  # the front end is not data
    nbformat.write(notebook, target)
    if not replays_in_file(target):
        target.unlink()
        raise SystemExit(f"{arguments.notebook} keeps no replay: does it show a view and wait for it?")
    print(f"{target.name}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
