"""The command ``vultorch-widget``."""

from .main import main

__all__ = ["main"]
