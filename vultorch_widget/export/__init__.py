"""Exports a finished notebook as one HTML page that replays its trainings, or as Markdown."""

from .exporter import TutorialExporter

__all__ = ["TutorialExporter"]
