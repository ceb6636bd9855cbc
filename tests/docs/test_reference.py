"""Every public name is in the reference."""

from __future__ import annotations

import inspect
import re
import zlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main

import vultorch_widget as vultorch
from vultorch_widget import training
from vultorch_widget.cli.main import app

INTERNAL = {
    "Panel.id",
    "Canvas.bound",
    "Canvas.file",
    "Canvas.look",
    "Canvas.magnifying",
    "Canvas.marks",
    "Canvas.over",
    "Canvas.overlaid",
    "Canvas.problem",
    "Canvas.receive",
    "Canvas.spec",
    "Camera.checked",
    "Camera.frame",
    "Futures.abandon",
    "Futures.answer",
    "Futures.asked",
    "Futures.run",
    "Futures.start",
    "Light.checked",
    "Light.towards",
}
"""Names used only within the package, although they have no underscore."""


def members(name: str, kind: type) -> Iterator[str]:
    """Yields the public methods, properties and fields that ``kind`` itself defines."""
    found = [key for key, value in vars(kind).items() if inspect.isfunction(value) or isinstance(value, property)]
    if is_dataclass(kind):
        found += [field.name for field in fields(kind)]
    yield from (f"{name}.{key}" for key in found if not key.startswith("_") and f"{name}.{key}" not in INTERNAL)


def public() -> Iterator[str]:
    """Yields every public name, as written after ``vultorch_widget.``"""
    for prefix, module in (("", vultorch), ("training.", training)):
        for name in module.__all__:
            value: Any = getattr(module, name)
            yield f"{prefix}{name}"
            if isinstance(value, type):
                yield from (f"{prefix}{member}" for member in members(name, value))
    for name, value in vars(vultorch.ui).items():
        if inspect.isfunction(value) and value.__module__ == vultorch.ui.__name__ and not name.startswith("_"):
            yield f"ui.{name}"


@pytest.fixture(scope="module", params=["", "zh"])
def documented(site: Path, request: pytest.FixtureRequest) -> set[str]:
    """The names in the site's inventory, which other sites use for links."""
    content = (site / request.param / "objects.inv").read_bytes()
    body = zlib.decompress(content.split(b"\n", 4)[4]).decode()
    return {line.split(" ", 1)[0] for line in body.splitlines() if " py:" in line}


def test_every_public_name_is_in_the_reference(documented: set[str]) -> None:
    names = {f"vultorch_widget.{name}" for name in public()}
    assert len(names) > 100
    assert sorted(names - documented) == [], "name it in a page of .docs/reference"


def test_internal_names_exist_and_are_not_in_the_reference(documented: set[str]) -> None:
    for name in INTERNAL:
        owner, _, member = name.partition(".")
        assert hasattr(getattr(vultorch, owner), member)
        assert f"vultorch_widget.{name}" not in documented


def test_docstrings_of_properties_have_no_colon_in_their_first_line() -> None:
    """Sphinx would take what is before the colon for a type, and the site would not build."""
    kinds = [
        value
        for module in (vultorch, training)
        for name in module.__all__
        if isinstance(value := getattr(module, name), type)
    ]
    properties = [
        (kind, name, value) for kind in kinds for name, value in vars(kind).items() if isinstance(value, property)
    ]
    first = {
        f"{kind.__name__}.{name}": (inspect.getdoc(value) or "").partition("\n")[0] for kind, name, value in properties
    }
    assert len(first) > 20
    assert [name for name, line in first.items() if ": " in re.sub(r"`+[^`]*`+", "", line)] == []


def test_every_command_is_in_the_reference(site: Path) -> None:
    text = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert len(commands) >= 4
    assert [name for name in commands if f'id="vultorch-widget-{name}"' not in text] == []
