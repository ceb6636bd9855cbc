"""The nbconvert exporter ``vultorch-tutorial``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import nbformat
from nbconvert.exporters.exporter import Exporter
from traitlets import Enum, default

from .page import Theme, page


class TutorialExporter(Exporter):
    """Exports one HTML file that replays the notebook's trainings, with no network and no kernel."""

    export_from_notebook = "Vultorch tutorial"
    output_mimetype = "text/html"
    theme = Enum(("auto", "light", "dark"), "auto", help="Theme of the page; auto follows the reader's system.").tag(
        config=True
    )

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    # According to nbconvert's annotations, exporters return notebooks. Those that write files return text.
    def from_filename(  # type: ignore[override]
        self, filename: str, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Returns the page of a notebook file. The page offers that file, byte for byte, as a download."""
        path = Path(filename)
        kept = {"source": path.read_bytes().decode("utf-8"), "folder": path.resolve().parent}
        found = {**(resources or {}), "vultorch": kept}
        return cast("tuple[str, dict[str, Any]]", super().from_filename(filename, found, **options))

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Returns the page of a notebook, and nbconvert's resources. See `Exporter.from_notebook_node`."""
        kept = (resources or {}).get("vultorch", {})
        prepared, resources = super().from_notebook_node(nb, resources, **options)
        described = resources.get("metadata", {})
        folder = kept.get("folder") or described.get("path")
        source = kept.get("source") or nbformat.writes(nb)  # type: ignore[no-untyped-call]
        name = str(described.get("name") or "notebook")
        html = page(
            prepared,
            source,
            name=name,
            folder=Path(folder) if folder else None,
            theme=cast("Theme", self.theme),
        )
        return html, resources
