"""Pixels and times in, a film out: GIF, WebP or MP4, written while it is taken.

A `Film` has a thread of its own; `Films` are the films of one view.
"""

from .film import Shot
from .films import VIEW, Films

__all__ = ["VIEW", "Films", "Shot"]
