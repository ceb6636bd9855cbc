"""What is drawn over each canvas, and whether the pages have it."""

from __future__ import annotations

from collections.abc import Iterable

from ..protocol.messages import Annotations, Marks
from ..tree.canvas import Canvas


class SentAnnotations:
    """The annotations of all canvases of a view, compared by content."""

    def __init__(self) -> None:
        self._now: dict[str, tuple[Marks, ...]] = {}  # canvases that have any, or had some
        self._sent: dict[str, tuple[Marks, ...] | None] = {}  # None: unknown to some page

    def look(self, canvases: Iterable[Canvas]) -> None:
        """Records what is currently drawn over ``canvases``."""
        for canvas in canvases:
            if (marks := canvas.marks()) or canvas.id in self._now:
                self._now[canvas.id] = marks

    def news(self) -> list[Annotations]:
        """Returns what the pages do not have yet, and marks it as sent."""
        news = []
        for canvas, marks in self._now.items():
            sent = self._sent.get(canvas, ())
            if marks is not sent and marks != sent:
                news.append(Annotations(canvas=canvas, pictures=marks))
            self._sent[canvas] = marks
        return news

    def forget_sent(self) -> None:
        """Marks nothing as sent: a page that comes back may show what was removed in the meantime."""
        self._sent = dict.fromkeys(self._sent)
