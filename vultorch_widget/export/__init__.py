"""Exports a finished notebook as one HTML page that replays its trainings and can continue them, or as Markdown.

What a notebook has saved of its views is read and checked here. How a replay is made and read is in `replay`.
"""

from .exporter import TutorialExporter

__all__ = ["TutorialExporter"]
