"""A finished notebook as something to publish: one HTML page that replays its trainings, or Markdown."""

from .exporter import TutorialExporter

__all__ = ["TutorialExporter"]
