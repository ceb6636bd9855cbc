"""Builds the page: one self-contained HTML file, under a policy that allows no network requests."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..replay.files import MARK, mapping, packed
from .cells import language_of, tags_of
from .highlighting import highlighted
from .language import Words, words_for
from .outputs import Outputs
from .page_data import Shared, encodable, parts, script_json
from .pictures import Pictures
from .prose import Heading, Prose
from .saved_views import saved_views
from .terminal import Terminal
from .unseen_replays import without_unseen
from .view_figure import Figures
from .weights import has_weights

Theme = Literal["auto", "light", "dark"]

HERE = Path(__file__).parent
STATIC = HERE.parent / "static"
STYLES = ("theme", "page", "prose", "code", "outputs", "view", "print")
"""The parts of the page's own style sheet, in order."""


@dataclass(frozen=True)
class Cell:
    """A cell as the page shows it. ``fold`` hides its code, ``fold_outputs`` its outputs, until a click."""

    kind: str
    body: Markup
    outputs: Sequence[Markup] = ()
    fold: bool = False
    fold_outputs: bool = False


def page(notebook: Mapping[str, Any], source: str, *, name: str, folder: Path | None, theme: Theme = "auto") -> str:
    """Returns the HTML page of ``notebook``.

    Args:
        notebook: A mapping in nbformat 4.
        source: The text of its file. The page offers it as a download, unchanged except that views not shown by any
            output are left out.
        name: The name of its file, without folder and extension.
        folder: The folder of its file, whose pictures are included in the page. None includes no files.
        theme: ``"auto"`` follows the reader's system.

    Equal arguments give identical bytes.

    """
    notebook = encodable(notebook)
    source = without_unseen(source)
    source = source.encode(errors="backslashreplace").decode()  # lone surrogates as JSON escapes them
    metadata = mapping(notebook.get("metadata"))
    words = words_for(metadata, "".join(str(cell.get("source", "")) for cell in notebook["cells"]))
    outputs = outputs_of(metadata, folder, words)
    figures, shared = outputs.figures, outputs.shared
    cells = list(_cells(notebook, outputs))
    title, headings = _title(metadata, outputs.prose.headings, name)
    player = [STATIC / "replay.js"] if figures.replays else []
    scripts = [_asset(path) for path in (*player, HERE / "page.js", HERE / "views.js")]
    style = _style(bool(figures.replays)) + outputs.terminal.css
    return _templates().get_template("page.html.j2").render(
        policy=policy(scripts, style, trains=any(has_weights(text) for text in figures.replays)),
        mark=Markup(MARK),
        title=title,
        words=words,
        theme=theme,
        style=Markup(style),  # files of this package
        scripts=[Markup(script) for script in scripts],  # files of this package
        cells=cells,
        headings=headings,
        file=f"{name}.ipynb",
        replays=[packed(text) for text in figures.replays],
        notebook=packed(json.dumps(parts(source, figures.replays, shared), ensure_ascii=False)),
        labels=script_json({key: getattr(words, key) for key in ("copy", "copied", "not_copied")}),
    ) + "\n"  # fmt: skip


def outputs_of(metadata: Mapping[str, Any], folder: Path | None, words: Words) -> Outputs:
    """Makes the renderer of a notebook's outputs, with the state they share. See `page` for ``folder``."""
    pictures, terminal, shared = Pictures(folder), Terminal(), Shared()
    figures = Figures(saved_views(metadata), _templates(), terminal, shared, words)
    return Outputs(Prose(pictures), figures, terminal, pictures, shared)


def policy(scripts: Sequence[str], style: str, *, trains: bool = False) -> str:
    """A Content-Security-Policy that allows only these scripts and this style sheet.

    In a page that ``trains``, those scripts may also start workers from their own text, and compile WebAssembly.
    """
    hashes = " ".join(f"'{_hash(script)}'" for script in scripts)
    wasm, worker = (" 'wasm-unsafe-eval'", "worker-src blob:; ") if trains else ("", "")
    return (
        f"default-src 'none'; script-src {hashes}{wasm}; {worker}style-src '{_hash(style)}'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


@cache
def _asset(path: Path) -> str:
    """A script or style sheet of this package, as the content of its element."""
    if not path.exists():
        raise FileNotFoundError(f"the front end is not built: {path} is missing. Run `make setup`, or reinstall.")
    return path.read_text(encoding="utf-8").replace("\r\n", "\n").replace("</script", "<\\/script")


def _style(player: bool) -> str:
    own = "".join(_asset(HERE / "styles" / f"{name}.css") for name in STYLES)
    return _asset(STATIC / "widget.css") + own if player else own


@cache
def _templates() -> Environment:
    # Templates escape every value that is not Markup.
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _cells(notebook: Mapping[str, Any], outputs: Outputs) -> Iterator[Cell]:
    language = language_of(mapping(notebook.get("metadata")))
    for cell in notebook["cells"]:
        tags, source = tags_of(cell), str(cell.get("source", ""))
        if "remove-cell" in tags or not (source.strip() or cell.get("outputs")):
            continue
        if cell["cell_type"] == "markdown":
            yield Cell("markdown", outputs.prose.html(source, cell.get("attachments")))
        elif cell["cell_type"] == "code":
            yield _code_cell(cell, tags, highlighted(source, language), outputs)


def _code_cell(cell: Mapping[str, Any], tags: set[str], code: Markup, outputs: Outputs) -> Cell:
    hidden = mapping(mapping(cell.get("metadata")).get("jupyter"))
    shown = Cell(
        "code",
        Markup() if "remove-input" in tags or not str(cell.get("source", "")).strip() else code,
        () if "remove-output" in tags else outputs.html(cell.get("outputs", ())),
        fold=bool({"hide-input", "hide-cell"} & tags or hidden.get("source_hidden")),
    )
    return replace(shown, fold_outputs=bool({"hide-output", "hide-cell"} & tags or hidden.get("outputs_hidden")))


def _title(metadata: Mapping[str, Any], headings: Sequence[Heading], name: str) -> tuple[str, list[Heading]]:
    """The title of the page, and the headings for its table of contents: up to level 3, without the title."""
    first = next((heading for heading in headings if heading.level == 1), None)
    given = metadata.get("title")
    title = given if isinstance(given, str) and given.strip() else first.text if first else name
    listed = [heading for heading in headings if heading is not first and heading.level <= 3 and heading.text]
    return title, listed
