"""``vultorch-widget export``: a notebook as one page, or as Markdown."""

from __future__ import annotations

import enum
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..basics.atomic_file import write
from .arguments import existing_file, own_file, writable_file
from .console import FAILED, CommandError, console, require, wrote

MARKDOWN_MARK = "<!-- Exported by vultorch_widget -->"
"""The last line of an exported Markdown file. This command replaces only files that have it."""
LIBRARIES = ("nbconvert", "nbclient", "nh3", "latex2mathml", "markdown_it", "mdit_py_plugins")


class Format(str, enum.Enum):
    """The output format."""

    html = "html"
    markdown = "markdown"


class Theme(str, enum.Enum):
    """The theme of the page."""

    auto = "auto"
    light = "light"
    dark = "dark"


def export(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="A notebook, saved with its widgets' state.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="File to write. [default: next to NOTEBOOK, .html or .md]"),
    ] = None,
    execute: Annotated[
        bool, typer.Option("--execute", help="Run the notebook first, from top to bottom, in a fresh kernel.")
    ] = False,
    to: Annotated[
        Format, typer.Option("--to", help="One HTML file, or Markdown with a folder of pictures.")
    ] = Format.html,
    theme: Annotated[Theme, typer.Option(help="Theme of the page; auto follows the reader's system.")] = Theme.auto,
    weights: Annotated[
        bool, typer.Option(help="Keep the weights with which a reader can train on in the page.")
    ] = True,
) -> None:
    """Turn a notebook into a page that replays its trainings.

    The HTML page is one file. It needs no kernel, no network and no server: send it, put it anywhere, open it. Each
    view becomes a player with the pictures, the loss and the controls as they were. Readers can download the notebook
    from the page. Code from the notebook cannot run in the page.

    A notebook keeps the replays of its views when it is saved in JupyterLab or Jupyter Notebook. `--execute` records
    new ones and leaves the notebook's own file as it is. If a cell fails, that cell and its error are shown, and
    nothing is written.

    An earlier export next to the notebook is replaced. Any other file of that name is left alone, and the command asks
    for --out.

    Markdown comes with a folder next to it, named after the file, with its pictures, including an animation of each
    replay. GitHub, MkDocs and Sphinx (with MyST) show it.

    **Examples**

    `vultorch-widget export tutorial.ipynb`

    `vultorch-widget export tutorial.ipynb --execute -o site/index.html --theme dark`

    `vultorch-widget export tutorial.ipynb --to markdown -o docs/tutorial.md`
    """
    require("export", *LIBRARIES)
    existing_file(notebook, "a notebook")
    target = writable_file(out or _beside(notebook, to))
    source, node = _read(notebook)
    if target.resolve() == notebook.resolve():
        raise CommandError(f"{target} is the notebook itself; name another file with --out")
    if execute:
        source = _executed(node, notebook)
    if not weights:
        source, node = _without_weights(source)
    replaced = target.is_file()
    written = _html(node, source, notebook, target, theme) if to is Format.html else _markdown(node, notebook, target)
    wrote(target, written, _remark(node, executed=execute) + _weighed(node, to), replaced=replaced)


def _without_weights(source: str) -> tuple[str, Any]:
    import nbformat  # noqa: PLC0415 (an extra)

    from ..export.weights import without_weights  # noqa: PLC0415 (an extra)

    source = without_weights(source)
    return source, nbformat.reads(source, as_version=4)  # type: ignore[no-untyped-call]


def _beside(notebook: Path, to: Format) -> Path:
    """The default output file, next to ``notebook``. Raises CommandError if a file of another program is there."""
    from ..replay.files import MARK  # noqa: PLC0415

    if to is Format.html:
        return own_file(notebook.with_suffix(".html"), MARK.encode())
    return own_file(notebook.with_suffix(".md"), MARKDOWN_MARK.encode())


def _remark(node: Any, *, executed: bool) -> str:
    """A remark if the page has no recorded view; empty otherwise."""
    from ..export.saved_views import saved_views  # noqa: PLC0415 (an extra)
    from ..replay.files import VIEW  # noqa: PLC0415

    saved = saved_views(node.get("metadata", {}))
    outputs = (output for cell in node["cells"] for output in cell.get("outputs", ()))
    references = (output.get("data", {}).get(VIEW) for output in outputs)
    models = (str(reference.get("model_id")) for reference in references if isinstance(reference, dict))
    if any(model in saved and saved[model].ran for model in models):
        return ""
    if executed:
        return ", without a recorded view: the notebook ran none"
    return ", without a recorded view: run the notebook and save it, or use --execute"


def _weighed(node: Any, to: Format) -> str:
    """The number of bytes of weights in the page, if there are any."""
    from ..export.weights import bytes_of_weights  # noqa: PLC0415 (an extra)

    weights = bytes_of_weights(node) if to is Format.html else 0
    return f", {weights:,} bytes of it weights to train on with (--no-weights leaves them out)" if weights else ""


def _read(path: Path) -> tuple[str, Any]:
    """The text of a notebook's file, and its node in nbformat 4."""
    import nbformat  # noqa: PLC0415 (an extra)

    try:
        text = path.read_bytes().decode("utf-8")
        node = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(node)
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not a notebook: it is not text") from error
    except (nbformat.reader.NotJSONError, json.JSONDecodeError) as error:
        raise CommandError(f"{path} is not a notebook: it is not JSON") from error
    except Exception as error:  # for JSON that is not a notebook, nbformat may raise anything
        explained = isinstance(error, (nbformat.ValidationError, ValueError))
        reason = str(error).partition("\n")[0] if explained else "its JSON is that of something else"
        raise CommandError(f"{path} is not a notebook that can be read: {reason}") from error
    return text, node


def _executed(node: Any, path: Path) -> str:
    """Runs the notebook and returns its new text."""
    import nbformat  # noqa: PLC0415 (an extra)

    from ..export.execute import CellError, NotExecutedError, execute  # noqa: PLC0415 (an extra)

    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console()) as progress:
        task = progress.add_task(f"Running {path.name}", total=len(node.cells))
        try:
            execute(node, path.resolve().parent, lambda cells: progress.update(task, completed=cells))
        except CellError as failure:
            progress.stop()
            _show(failure.source, failure.error)
            raise CommandError(f"{path}: {failure}; nothing was written", FAILED) from failure
        except NotExecutedError as failure:
            raise CommandError(f"{path}: {failure}; `jupyter kernelspec list` lists the installed kernels") from failure
        progress.update(task, completed=len(node.cells))
    return str(nbformat.writes(node))  # type: ignore[no-untyped-call]


def _show(source: str, error: str) -> None:
    screen = console()
    for text in (source, error):
        screen.print(text.rstrip(), markup=False, soft_wrap=True)
        screen.rule()


def _html(node: Any, source: str, notebook: Path, target: Path, theme: Theme) -> int:
    from ..export.page import page  # noqa: PLC0415 (an extra)

    folder = notebook.resolve().parent
    return write(target, page(node, source, name=notebook.stem, folder=folder, theme=theme.value))


def _markdown(node: Any, notebook: Path, target: Path) -> int:
    from ..export.markdown import folder_name, markdown  # noqa: PLC0415 (an extra)

    assets = target.with_name(folder_name(target.stem))
    document = markdown(node, assets=assets.name, folder=notebook.resolve().parent)
    if document.assets:
        assets.mkdir(exist_ok=True)
    written = sum(write(assets / name, data) for name, data in document.assets.items())
    return written + write(target, f"{document.text}\n{MARKDOWN_MARK}\n")
