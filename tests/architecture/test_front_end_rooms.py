"""The rooms of the front end (`js/src`), their floors and charters, as `js/src/README.md` declares them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "js" / "src"
TESTS = ROOT / "js" / "test"
PLAN = SOURCES / "README.md"

MOST_FLOORS = 9

ONLY = {"uplot": "chart"}
"""The room that may import a library."""

SHARED_TESTS = {"harness"}
"""Folders of ``js/test`` that are not rooms: the page that shows the built front end without Jupyter."""

IMPORT = re.compile(
    r"""^\s*(?:import|export)\b[^;"]*?\bfrom\s*"([^"]+)"  # import ... from, export ... from; types too
    |^\s*import\s*"([^"]+)"                               # import for its effects
    |\bimport\(\s*"([^"]+)"                               # import() in an expression or a type
    """,
    re.MULTILINE | re.VERBOSE,
)
ROW = re.compile(r"^\|\s*(\d+)\s*\|\s*`([\w.]+)`\s*\|\s*(.+?)\s*\|$", re.MULTILINE)

ROWS = ROW.findall(PLAN.read_text(encoding="utf-8"))
FLOORS = {room: int(floor) for floor, room, _ in ROWS}
CHARTERS = {room: charter for _, room, charter in ROWS}
MODULES = {path.relative_to(SOURCES).as_posix(): path for path in sorted(SOURCES.rglob("*.ts"))}


def room(module: str) -> str:
    """The room of a module. A module at the top of ``js/src`` is its own room."""
    return module.partition("/")[0]


def imports(text: str) -> Iterator[tuple[str, int]]:
    """(specifier, line) of every import in ``text``."""
    for match in IMPORT.finditer(text):
        yield next(filter(None, match.groups())), text.count("\n", 0, match.end()) + 1


def inside(module: str) -> Iterator[tuple[str, int]]:
    """What ``module`` imports from the front end: paths relative to ``js/src``, with their extension."""
    path = MODULES[module]
    for name, line in imports(path.read_text(encoding="utf-8")):
        if name.startswith("."):
            target = (path.parent / name).resolve().relative_to(SOURCES).as_posix()
            yield target if target.endswith(".css") else f"{target}.ts", line


def test_every_module_lies_in_a_room_that_is_declared() -> None:
    assert {room(module) for module in MODULES} == set(FLOORS)


def test_a_room_is_declared_once_with_its_charter() -> None:
    assert len(ROWS) == len(FLOORS)
    assert all(charter.endswith(".") and len(charter) > 20 for charter in CHARTERS.values())


def test_the_floors_are_few_and_listed_from_the_ground_up() -> None:
    floors = list(FLOORS.values())
    assert floors == sorted(floors)
    assert sorted(set(floors)) == list(range(1, max(floors) + 1))
    assert max(floors) <= MOST_FLOORS


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    wrong = [
        f"line {line}: {module} (floor {FLOORS[room(module)]}) imports {target} (floor {FLOORS[room(target)]})"
        for target, line in inside(module)
        if target in MODULES and room(target) != room(module) and FLOORS[room(target)] >= FLOORS[room(module)]
    ]
    assert wrong == []


@pytest.mark.parametrize("module", MODULES)
def test_an_import_names_a_file_that_is_there(module: str) -> None:
    assert [target for target, _ in inside(module) if not (SOURCES / target).exists()] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_imported_where_it_belongs(module: str) -> None:
    libraries = {name.partition("/")[0] for name, _ in imports(MODULES[module].read_text(encoding="utf-8"))}
    strays = {library for library in libraries - {".", ".."} if ONLY.get(library) != room(module)}
    assert strays == set()


def test_modules_do_not_go_round() -> None:
    """Modules that need each other belong in one module. Imports for types count."""
    graph = {module: {target for target, _ in inside(module) if target in MODULES} for module in MODULES}
    while leaves := {module for module, targets in graph.items() if not targets}:
        graph = {module: targets - leaves for module, targets in graph.items() if module not in leaves}
    assert graph == {}


def test_styles_lie_in_the_room_that_they_dress_and_have_one_order() -> None:
    sheet = (SOURCES / "style.css").read_text(encoding="utf-8")
    ordered = re.findall(r'^@import "\./([\w/]+\.css)";$', sheet, re.MULTILINE)
    there = [path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*.css")]
    assert sorted(ordered) == sorted(set(there) - {"style.css"})
    assert {room(name) for name in ordered} <= set(FLOORS)


def homes(sheet: str) -> Iterator[str]:
    """The classes that ``sheet`` styles everywhere: rules whose selector names nothing else."""
    bare = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    for selectors in re.findall(r"([^{};]+)\{", bare):
        for one in selectors.split(","):
            if found := re.fullmatch(r"(?:\.vw-root )?\.(vw-[\w-]+)(?:[:\[][^ >+~]*)?", one.strip()):
                yield found[1]


def test_a_class_has_one_home() -> None:
    """Two rooms that give different things the same class name style each other's. `base` applies to all rooms."""
    dressed: dict[str, set[str]] = {}
    for path in SOURCES.rglob("*.css"):
        for name in homes(path.read_text(encoding="utf-8")):
            dressed.setdefault(name, set()).add(room(path.relative_to(SOURCES).as_posix()))
    assert {"vw-legend", "vw-plot-legend", "vw-label"} <= set(dressed)
    assert {name: rooms for name, rooms in dressed.items() if len(rooms - {"base"}) > 1 and name != "vw-root"} == {}


def test_tests_lie_as_the_rooms_do() -> None:
    folders = {path.name for path in TESTS.iterdir() if path.is_dir()} - SHARED_TESTS
    assert folders <= set(FLOORS)
    assert list(TESTS.glob("*.test.ts")) == []


@pytest.mark.parametrize("test", sorted(TESTS.rglob("*.test.ts")), ids=lambda path: path.relative_to(TESTS).as_posix())
def test_a_test_stands_on_its_room_or_below(test: Path) -> None:
    """A test that imports from a room above tests that room, too."""
    floor = FLOORS[test.parent.name]
    names = [name for name, _ in imports(test.read_text(encoding="utf-8")) if "/src/" in name]
    targets = [(test.parent / name).resolve().relative_to(SOURCES).as_posix() for name in names]
    above = [target for target in targets if FLOORS[room(target)] >= floor and room(target) != test.parent.name]
    assert above == []


def test_the_test_sees_imports() -> None:
    """Checks the import reader on lines of every form."""
    text = """
import { one } from "./one";
import type { Two } from "./two";
import {
  type Three,
  four,
} from "./three_and_four";
import "./five.css";
export { six } from "./six";
const seven = await import("./seven");
type Eight = import("./eight").Eight;
// import nothing: a word in a comment
const said = "imports go down";
"""
    found = [("./one", 2), ("./two", 3), ("./three_and_four", 7), ("./five.css", 8), ("./six", 9)]
    assert list(imports(text)) == [*found, ("./seven", 10), ("./eight", 11)]
    assert "wire/protocol.ts" in {target for target, _ in inside("controls/slider.ts")}
