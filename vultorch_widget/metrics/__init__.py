"""The scalars logged in a view, including unread ones on a GPU, in bounded memory.

The front end draws them; `replay` stores them in replays.
"""

from .history import History
from .patches import Cursor
from .scalars import Metrics
from .timeline import Timeline

__all__ = ["Cursor", "History", "Metrics", "Timeline"]
