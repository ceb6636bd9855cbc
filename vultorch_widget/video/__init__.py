"""Turns pixels and times into a film: GIF, WebP or MP4, written while it is recorded.

A `Film` writes on its own thread. `Films` holds the films of one view.
"""

from .film import Shot
from .films import VIEW, Films

__all__ = ["VIEW", "Films", "Shot"]
