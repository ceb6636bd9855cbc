"""Imports point one way: no module imports one that stands above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "vultorch_widget"

TIERS = {
    "values and pure functions": (
        "codec",
        "controls",
        "device",
        "failure",
        "files",
        "folder",
        "held",
        "high_range",
        "image",
        "metrics",
        "render.compositor",
        "render.plan",
        "render.spans",
        "render.tensors",
        "scene",
        "states",
        "transport",
        "waiting",
    ),
    "what does the work": ("loop", "record", "render", "training", "video"),
    "the tree that a user writes": ("canvas", "current", "layout", "panel", "pointer", "registered", "tree"),
    "the session and its parts": (),  # whatever is named nowhere else
    "the view": ("opened", "view"),
    "what a user or a front end takes hold of": (
        "",
        "cli",
        "diagnosis",
        "export",
        "reading",
        "scene_view",
        "training.fit_image",
        "ui",
        "widget",
    ),
}
"""Lowest first. A name stands for a module and all modules below it; the longest name that fits is the one that counts.
``""`` is the package itself."""

SESSION = list(TIERS).index("the session and its parts")

UPWARD = {
    ("view", "widget"): "a view that is shown makes its widget; a script never does",
}

ONLY = {
    "OpenImageIO": ("high_range",),
    "IPython": ("cli", "export", "widget"),
    "anywidget": ("widget",),
    "av": ("video",),
    "comm": ("widget",),
    "cuda": ("render.cuda", "training.fused"),
    "cupy": ("render.cuda",),
    "ipykernel": ("loop", "widget"),
    "ipywidgets": ("widget",),
    "jinja2": ("export",),
    "latex2mathml": ("export",),
    "markdown_it": ("export",),
    "markupsafe": ("export",),
    "mdit_py_plugins": ("export",),
    "nbclient": ("export",),
    "nbconvert": ("export",),
    "nbformat": ("cli", "export"),
    "nh3": ("export",),
    "nvidia": ("codec", "render.cuda"),
    "pygments": ("export",),
    "rich": ("cli",),
    "simplejpeg": ("codec",),
    "typer": ("cli",),
    "vulkan": ("render.vulkan",),
    "vultorch_widget.render.cuda": ("render.backends", "render.cuda", "render.vulkan"),
}
"""Who may import what, wherever in a module the import stands."""


def module_name(path: Path) -> str:
    """``render/plan.py`` is ``render.plan``; the package's own ``__init__.py`` is the empty name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def resolve(module: str, node: ast.ImportFrom) -> Iterator[str]:
    """The absolute names that ``node`` in ``module`` imports; each name is taken as a module where there is one."""
    if node.level == 0:
        base = node.module or ""
    else:
        package = ["vultorch_widget", *filter(None, module.split("."))]
        keep = len(package) - node.level + (MODULES[module].name == "__init__.py")
        base = ".".join([*package[:keep], *filter(None, [node.module])])
    for alias in node.names:
        inner = f"{base}.{alias.name}"
        yield inner if inner.removeprefix("vultorch_widget.") in MODULES else base


def imports(module: str) -> Iterator[tuple[str, int]]:
    """(absolute name, line) of every import in ``module``, those inside functions too."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((name, node.lineno) for name in resolve(module, node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "import_module"):
            yield from ((arg.value, node.lineno) for arg in node.args if isinstance(arg, ast.Constant))


def within(module: str, name: str) -> bool:
    return module == name or (name != "" and module.startswith(f"{name}."))


def tier(module: str) -> int:
    """The index of the tier that ``module`` stands in."""
    places = {name: level for level, names in enumerate(TIERS.values()) for name in names if within(module, name)}
    return places[max(places, key=len)] if places else SESSION


def inside(module: str) -> Iterator[tuple[str, int]]:
    """What ``module`` imports of this package, as (name relative to the package, line)."""
    for name, line in imports(module):
        if within(name, "vultorch_widget"):
            yield name.removeprefix("vultorch_widget").removeprefix("."), line


def outside(module: str) -> Iterator[tuple[str, int]]:
    return ((name, line) for name, line in imports(module) if not within(name, "vultorch_widget"))


@pytest.mark.parametrize("module", MODULES)
def test_no_import_points_up(module: str) -> None:
    names = list(TIERS)
    up = [
        f"line {line}: {module or '__init__'} ({names[tier(module)]}) imports {target} ({names[tier(target)]})"
        for target, line in inside(module)
        if tier(target) > tier(module) and (module, target) not in UPWARD
    ]
    assert up == []


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_imported_where_it_belongs(module: str) -> None:
    strays = [
        f"line {line}: {module or '__init__'} imports {name}, which is for {', '.join(owners)}"
        for name, line in imports(module)
        for library, owners in ONLY.items()
        if within(name, library) and not any(within(module, owner) for owner in owners)
    ]
    assert strays == []


def test_nothing_goes_round() -> None:
    """Modules that import each other while they are loaded can only be loaded in one order, if at all."""
    graph = {module: set(loaded_with(module)) for module in MODULES}
    while True:
        leaves = {module for module, targets in graph.items() if not targets}
        if not leaves:
            break
        graph = {module: targets - leaves for module, targets in graph.items() if module not in leaves}
    assert graph == {}


def loaded_with(module: str) -> Iterator[str]:
    """What the statements of ``module`` itself import of this package, function bodies and type checking left out."""
    body = ast.parse(MODULES[module].read_text(encoding="utf-8")).body
    for node in body:
        if isinstance(node, ast.ImportFrom):
            for name in resolve(module, node):
                target = name.removeprefix("vultorch_widget").removeprefix(".")
                if within(name, "vultorch_widget") and target in MODULES and target != module:
                    yield target


def test_exceptions_are_still_needed() -> None:
    used = {(module, target) for module in MODULES for target, _ in inside(module)}
    assert UPWARD.keys() <= used


def test_the_test_sees_imports() -> None:
    """The reader of imports, held against arrows that are known to be there."""
    assert {"image", "render.tensors"} <= {name for name, _ in inside("training.target")}
    assert "render.vulkan" in {name for name, _ in inside("render.backends")}  # inside a function
    assert "simplejpeg" in {name for name, _ in outside("codec.jpeg")}  # by import_module
    assert (
        tier("render.plan") < tier("render.vulkan.device") < tier("panel") < tier("session") < tier("view") < tier("")
    )
