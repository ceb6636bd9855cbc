"""Sphinx extension for notebooks as pages, whose views replay in place as in an exported page.

Prose and code become MyST, so they are searched, styled and linked like every other page. `vultorch_widget.export`
renders the outputs. Replays are at the end of their page, where `views.js` expects them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from myst_parser.parsers.sphinx_ import MystParser
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from vultorch_widget.export.formula import formula
from vultorch_widget.export.language import words_for
from vultorch_widget.export.outputs import Outputs
from vultorch_widget.export.page import HERE as EXPORT
from vultorch_widget.export.page import STATIC, outputs_of
from vultorch_widget.replay.files import VIEW, packed

STYLES = [STATIC / "widget.css", *(EXPORT / "styles" / f"{name}.css" for name in ("theme", "outputs", "view"))]
PLAYER = [STATIC / "replay.js", EXPORT / "views.js"]

REPLAYED = {
    "en": "The views on this page replay a real run: drag their time lines. ",
    "zh": "本页的视图回放的是一次真实的运行，拖动时间轴即可查看。",
}
TRY = {
    "en": "To run it yourself, {{download}}`download the notebook <{0}>`.",
    "zh": "想亲手运行，请{{download}}`下载 Notebook <{0}>`。",
}
IN_ENGLISH = "这一篇还没有中文版，以下是英文原文。"


class NotebookParser(MystParser):
    """Parses a notebook into a document, with its replays in the document's attribute ``replays``."""

    supported = ("notebook",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        if not inputstring.startswith("{"):  # a sentence of a notebook that `site.po` translates for another page
            super().parse(inputstring, document)
            return
        notebook = nbformat.reads(inputstring, as_version=4)
        outputs = _outputs(notebook, Path(document["source"]).parent)
        language = document.settings.env.config.language[:2]
        blocks = [block for cell in notebook.cells for block in _cell(cell, outputs)]
        heading, _, rest = blocks[0].partition("\n")
        name = Path(document["source"]).name
        replayed = REPLAYED[language] if outputs.figures.replays else ""
        notes = [f"{replayed}{TRY[language].format(f'/downloads/{name}')}"]
        if language == "zh" and outputs.figures.words.lang == "en":
            notes.insert(0, f":::{{note}}\n{IN_ENGLISH}\n:::")
        # The notes follow the first cell's prose, even if that is only a title.
        blocks[0] = "\n\n".join([heading, rest.strip(), *notes])
        super().parse("\n\n".join(blocks), document)
        document["replays"] = [packed(text) for text in outputs.figures.replays]


def _outputs(notebook: Any, folder: Path) -> Outputs:
    words = words_for(notebook.metadata, "".join(cell.source for cell in notebook.cells))
    return outputs_of(notebook.metadata, folder, words)


def _cell(cell: Any, outputs: Outputs) -> Iterator[str]:
    """Yields the cell as blocks of MyST."""
    tags = set(cell.metadata.get("tags", ()))
    if "remove-cell" in tags or not cell.source.strip():
        return
    if cell.cell_type != "code":
        yield cell.source
        return
    if "remove-input" not in tags:
        yield _fence("ipython3", cell.source)
    if "remove-output" not in tags:
        yield from (_fence("{raw} html", html) for html in outputs.html(cell.outputs))


def _fence(kind: str, text: str) -> str:
    return f"``````{kind}\n{text}\n``````"


class Replay(SphinxDirective):
    """The first view of a tutorial page, played automatically; the directive's content if the notebook was not run."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.srcdir, self.arguments[0])
        self.env.note_dependency(path)
        notebook = nbformat.read(path, as_version=4)
        outputs = _outputs(notebook, path.parent)
        for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
            if VIEW in output.get("data", {}):
                figure = "".join(outputs.html([output]))
                self.state.document["replays"] = [packed(text) for text in outputs.figures.replays]
                return [nodes.raw("", f'<div class="plays">{figure}</div>', format="html")]
        return self.parse_content_to_nodes()


def _player(app: Sphinx, page: str, _template: str, context: dict[str, Any], tree: nodes.document | None) -> None:
    """Adds the player to pages with views."""
    context["replays"] = tree.get("replays", []) if tree is not None else []
    if page.startswith("tutorial/") or context["replays"]:
        for path in STYLES:
            app.add_css_file(f"player/{path.name}", priority=200)  # before the site's own
    context["player"] = [path.name for path in PLAYER]


def _copy_player(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        for path in (*STYLES, *PLAYER):
            target = Path(app.outdir, "_static", "player", path.name)
            target.parent.mkdir(exist_ok=True)
            target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")


def _inline_formula(translator: Any, node: nodes.math) -> None:
    translator.body.append(formula(node.astext(), display=False))
    raise nodes.SkipNode


def _block_formula(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(formula(node.astext(), display=True))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("myst_parser")
    app.add_source_suffix(".ipynb", "notebook")
    app.add_source_parser(NotebookParser)
    app.add_directive("replay", Replay)
    app.add_html_math_renderer("mathml", (_inline_formula, None), (_block_formula, None))
    app.connect("html-page-context", _player)
    app.connect("build-finished", _copy_player)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
