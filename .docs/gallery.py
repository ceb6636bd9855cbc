"""Sphinx extension that lists the tutorial's notebooks as cards and in the navigation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Gallery(SphinxDirective):
    """A card for each notebook in the folder of this page: its last picture, its title and its first paragraph."""

    def run(self) -> list[nodes.Node]:
        folder = Path(self.env.doc2path(self.env.docname)).parent
        paths = sorted(folder.glob("*.ipynb"))
        for path in paths:
            self.env.note_dependency(path)
        listed = "\n".join(path.stem for path in paths)
        cards = "\n\n".join("\n".join(_card(path)) for path in paths)
        navigation = f"```{{toctree}}\n:hidden:\n\n{listed}\n```"
        return self.parse_text_to_nodes(f"{navigation}\n\n::::{{container}} gallery\n\n{cards}\n\n::::")


def _card(path: Path) -> Iterator[str]:
    first = next(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    heading, _, rest = first.partition("\n")
    yield ":::{container} card"
    if (path.parent / "pictures" / f"{path.stem}.png").exists():
        yield f"![](pictures/{path.stem}.png)\n"
    yield f"[{heading.lstrip('# ')}]({path.name})\n"
    yield f"{rest.strip().partition(chr(10) * 2)[0]}\n:::"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("gallery", Gallery)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
