"""A view on the page: a place for the player and, if no player can run, a description of how the training ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from jinja2 import Environment
from markupsafe import Markup

from .language import Words
from .page_data import Shared
from .pictures import data_url
from .run_ending import ending
from .saved_views import SavedView
from .terminal import Terminal


@dataclass
class Figures:
    """Renders the views of one page. A view that is shown twice is stored once."""

    views: dict[str, SavedView]
    templates: Environment
    terminal: Terminal
    shared: Shared
    words: Words
    replays: list[str] = field(default_factory=list)
    _indices: dict[str, int] = field(default_factory=dict)

    def html(self, model: str) -> Markup | None:
        """The figure of the view ``model``, or None if the notebook has nothing saved of it."""
        view = self.views.get(model)
        if view is None:
            return None
        picture = view.picture
        problem = self.words.unplayable.format(view.problem) if view.problem else ""
        if not view.ran and picture is None:
            return Markup('<p class="view-absent">{}</p>').format(problem or self.words.never_run)
        end = ending(view.replay) if view.replay is not None else None
        template = self.templates.get_template("view.html.j2")
        return Markup(  # the template escapes
            template.render(
                title=view.title or self.words.view,
                index=self._index(model, view) if view.ran else None,
                poster=data_url(picture) if picture else "",
                shared=self.shared.name(view.poster.partition(",")[2]) if picture else "",
                problem=problem,
                chosen=view.chosen,
                end=end,
                failure=self.terminal.html(end.failure) if end and end.failure else "",
                words=self.words,
            )
        )

    def _index(self, model: str, view: SavedView) -> int:
        if model not in self._indices:
            self._indices[model] = len(self.replays)
            self.replays.append(view.text)
        return self._indices[model]
