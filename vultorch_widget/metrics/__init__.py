"""The scalars that a view logs, in bounded memory, those still on a GPU included.

How a chart draws them belongs to the front end, how a replay keeps them to `replay`.
"""

from .history import History
from .scalars import Cursor, Metrics

__all__ = ["Cursor", "History", "Metrics"]
