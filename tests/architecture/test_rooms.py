"""The house: every module is in a room, every room has a floor and a charter, and imports go down only."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "vultorch_widget"

FLOORS = (
    ("basics", "protocol", "metrics", "notebook"),
    ("pictures", "annotations", "controls", "transfer", "checkpoints"),
    ("render", "replay", "video", "scene3d", "training", "inspection", "network"),
    ("tree", "export"),
    ("pages", "offscreen", "feeds"),
    ("run", "loops"),
    ("api",),
    ("__init__", "ui"),
    ("cli",),
)
"""The rooms of the package, from the ground up. A room imports rooms on lower floors only, for types too."""

BESIDE = ("js", ".docs")
"""What is beside the package at the top of the house: the front end and the site."""

MOST_ROOMS = 27
"""Every capability added after the house was rebuilt is its own room: `feeds`, `checkpoints`, `network`."""
MOST_FLOORS = 9

OPENED_FROM_INSIDE = {"ui": "the package offers its module `ui`, as Vultorch does"}
"""Rooms that ``__init__`` may import from its own floor."""

ONLY = {
    "OpenImageIO": ("pictures",),
    "IPython": ("cli", "export", "notebook"),
    "anywidget": ("notebook",),
    "av": ("video",),
    "comm": ("notebook",),
    "cuda": ("basics.captures", "basics.nvrtc", "render.cuda", "training.fused"),
    "fastai": ("loops.for_fastai",),
    "lightning": ("loops.for_lightning", "loops.loggers"),
    "pandas": ("api",),
    "pyarrow": ("api",),
    "pytorch_lightning": ("loops.for_lightning", "loops.loggers"),
    "transformers": ("loops.for_transformers",),
    "cupy": ("render.cuda",),
    "ipykernel": ("notebook",),
    "ipywidgets": ("notebook",),
    "jinja2": ("export",),
    "latex2mathml": ("export",),
    "markdown_it": ("export",),
    "markupsafe": ("export",),
    "mdit_py_plugins": ("export",),
    "nbclient": ("export",),
    "nbconvert": ("export",),
    "nbformat": ("cli", "export"),
    "nh3": ("export",),
    "nvidia": ("pictures", "render.cuda"),
    "pygments": ("export",),
    "rich": ("cli",),
    "simplejpeg": ("pictures",),
    "typer": ("cli",),
    "vulkan": ("render.vulkan",),
    "vultorch_widget.render.cuda": ("render.backends", "render.cuda", "render.vulkan"),
}
"""Which rooms may import what, wherever in a module the import is."""


def module_name(path: Path) -> str:
    """``render/plan.py`` is ``render.plan``; the package's own ``__init__.py`` is ``__init__``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def room(module: str) -> str:
    """The room that ``module`` is in."""
    return module.partition(".")[0]


def inner(name: str) -> str | None:
    """The module of this package that the absolute ``name`` means, None if it belongs to another package."""
    if name != "vultorch_widget" and not name.startswith("vultorch_widget."):
        return None
    return name.removeprefix("vultorch_widget").removeprefix(".") or "__init__"


def resolve(module: str, node: ast.ImportFrom) -> Iterator[str]:
    """The absolute names that ``node`` in ``module`` imports; a name counts as a module if there is one."""
    if node.level == 0:
        base = node.module or ""
    else:
        package = ["vultorch_widget", *module.split(".")]
        keep = len(package) - node.level + (MODULES[module].name == "__init__.py" and module != "__init__")
        base = ".".join([*package[:keep], *filter(None, [node.module])])
    for alias in node.names:
        name = f"{base}.{alias.name}"
        yield name if inner(name) in MODULES else base


def imports(module: str) -> Iterator[tuple[str, int]]:
    """(absolute name, line) of every import in ``module``, including those for types and those inside functions."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((name, node.lineno) for name in resolve(module, node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "import_module"):
            yield from ((arg.value, node.lineno) for arg in node.args if isinstance(arg, ast.Constant))


def inside(module: str) -> Iterator[tuple[str, int]]:
    """What ``module`` imports from this package, as (module, line)."""
    for name, line in imports(module):
        if (target := inner(name)) is not None:
            yield target, line


def floor(name: str) -> int:
    """The floor of a room; 0 is the ground."""
    return next(level for level, rooms in enumerate(FLOORS) if name in rooms)


def within(module: str, name: str) -> bool:
    return module == name or module.startswith(f"{name}.")


def test_every_module_lies_in_a_room_that_is_known() -> None:
    known = {name for rooms in FLOORS for name in rooms}
    assert {room(module) for module in MODULES} == known


def test_the_house_can_be_taken_in_at_a_glance() -> None:
    assert len(FLOORS) <= MOST_FLOORS
    folders = [name for rooms in FLOORS for name in rooms if (PACKAGE / name).is_dir()]  # a module is not a room
    assert len(folders) + len(BESIDE) <= MOST_ROOMS
    assert all((ROOT / name).is_dir() for name in BESIDE)


def test_the_picture_for_contributors_has_every_room_on_its_floor() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    picture = text[text.index("    9  cli") :].split("\n\n")[0].splitlines()
    prose = picture[0].index("commands")
    found, number = {}, 0
    for line in picture:
        number = int(line[4]) if line[4] != " " else number
        found |= dict.fromkeys(line[7:prose].split(), number)
    assert found == {name: number + 1 for number, rooms in enumerate(FLOORS) for name in rooms}


@pytest.mark.parametrize("name", sorted({room(module) for module in MODULES}))
def test_a_room_says_what_belongs_in_it(name: str) -> None:
    folder = PACKAGE / name / "__init__.py"
    path = folder if folder.exists() else PACKAGE / f"{name}.py"
    charter = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert charter, f"{path.relative_to(ROOT)} has no charter"


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    wrong = [
        f"line {line}: {module} (floor {floor(room(module)) + 1}) imports {target} (floor {floor(room(target)) + 1})"
        for target, line in inside(module)
        if room(target) != room(module)
        and floor(room(target)) >= floor(room(module))
        and not (module == "__init__" and room(target) in OPENED_FROM_INSIDE)
    ]
    assert wrong == []


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_imported_where_it_belongs(module: str) -> None:
    strays = [
        f"line {line}: {module} imports {name}, which is for {', '.join(owners)}"
        for name, line in imports(module)
        for library, owners in ONLY.items()
        if within(name, library) and not any(within(module, owner) for owner in owners)
    ]
    assert strays == []


def test_modules_of_a_room_do_not_go_round() -> None:
    """Modules that need each other belong in one module. Imports for types and inside functions count."""
    graph = {module: {target for target, _ in inside(module) if target != module} for module in MODULES}
    graph = {module: {target for target in targets if target in MODULES} for module, targets in graph.items()}
    while True:
        leaves = {module for module, targets in graph.items() if not targets}
        if not leaves:
            break
        graph = {module: targets - leaves for module, targets in graph.items() if module not in leaves}
    assert graph == {}


@pytest.mark.parametrize("module", ["run.session", "run.runner"])
def test_the_session_is_no_hub(module: str) -> None:
    """If it were, every change would affect everything. The view joins the parts, so they need no hub."""
    imported = {target for target, _ in inside(module)}
    assert len({target for target in imported if room(target) != "run"}) <= 10
    assert module != "run.session" or "run.runner" not in imported


def test_the_test_sees_imports() -> None:
    """Checks the import reader on imports that are known to be there."""
    seen: dict[str, set[str]] = defaultdict(set)
    for module in MODULES:
        seen[module] |= {target for target, _ in inside(module)}
    assert {"pictures.arrangement", "pictures.image_files"} <= seen["training.target"]
    assert "render.vulkan" in seen["render.backends"]  # inside a function
    assert "simplejpeg" in {name for name, _ in imports("pictures.jpeg")}  # by import_module
    assert "ui" in seen["__init__"]
