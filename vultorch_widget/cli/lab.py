"""``vultorch-widget lab``: the tutorial, in JupyterLab."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..basics.atomic_file import write
from .console import CommandError, console, require

PACKAGE = Path(__file__).resolve().parents[1]
SHIPPED = PACKAGE / "notebooks"
"""The tutorial in an installed wheel."""
CLONED = PACKAGE.parent / "notebooks"
"""The tutorial in a clone."""
FIRST = "03_live_training.ipynb"
QUIET = {"OMP_WAIT_POLICY": "PASSIVE"}
"""torch's threads sleep while they wait for one another, as in `make lab`: spinning, they would starve the browser."""


def lab(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="Folder for the notebooks. [default: ./vultorch-notebooks]"),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Whether to open a browser.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the server; if taken, another is used.")] = 8888,
) -> None:
    """Open the tutorial in JupyterLab.

    The notebooks are first copied into FOLDER, where you can edit them. Existing files there are not overwritten. In a
    clone of the repository, without FOLDER, the clone's own notebooks are opened.

    The server accepts connections from this machine only. Ctrl-C ends it.
    """
    require("lab", "jupyterlab")
    place = notebooks(folder)
    console().print(f"Opening {place}; Ctrl-C ends the server.", markup=False, soft_wrap=True)
    line, environment = command(place, browser=browser, port=port), QUIET | os.environ
    if os.name == "posix":  # the server takes over the terminal: on Ctrl-C it asks for confirmation
        os.execve(line[0], line, environment)
    raise typer.Exit(subprocess.run(line, env=environment, check=False).returncode)


def notebooks(folder: Path | None) -> Path:
    """Returns the folder with the notebooks, after copying those that are missing there."""
    source = SHIPPED if SHIPPED.is_dir() else CLONED
    if not (source / FIRST).is_file():
        raise CommandError(f"the tutorial is not there: {source / FIRST} is missing. Reinstall vultorch-widget")
    if folder is None and source == CLONED:
        return source
    target = folder if folder is not None else Path("vultorch-notebooks")
    if target.exists() and not target.is_dir():
        raise CommandError(f"{target} is a file; name a folder for the notebooks")
    if not target.absolute().parent.is_dir():
        raise CommandError(f"the folder {target.absolute().parent} does not exist")
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_file() and ".ipynb_checkpoints" not in path.parts and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            write(copy, path.read_bytes())  # whole, or not at all: what is there is never written again
    return target


def command(folder: Path, *, browser: bool, port: int) -> list[str]:
    """The command line of the server."""
    flags = [] if browser else ["--no-browser"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--allow-root")
    return [
        sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1", f"--port={port}",
        f"--ServerApp.root_dir={folder.absolute()}", f"--LabApp.default_url=/lab/tree/{FIRST}", *flags,
    ]  # fmt: skip
