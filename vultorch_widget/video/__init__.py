"""Recordings: moving pictures in files, written while they are taken.

Handed pixels and times, never a tensor. A `Film` is one recording and its thread; `Recordings` are those of a view.
"""

from .film import Shot
from .recordings import VIEW, Recordings

__all__ = ["VIEW", "Recordings", "Shot"]
