"""The scalars that a view logs: bounded histories, and values that are still on a GPU."""

from .history import History
from .scalars import Cursor, Metrics

__all__ = ["Cursor", "History", "Metrics"]
