"""Pixels and times in, a film out: GIF, WebP or MP4, written while it is taken.

A `Film` has a thread of its own; `Recordings` are the films of one view.
"""

from .film import Shot
from .recordings import VIEW, Recordings

__all__ = ["VIEW", "Recordings", "Shot"]
