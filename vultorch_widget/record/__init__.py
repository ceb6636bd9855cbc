"""What a replay is made of, kept in bounded memory while a view runs: pictures, scalars, and changes of controls."""

from .recorder import Recorder
from .replay import Outcome, document, encode

__all__ = ["Outcome", "Recorder", "document", "encode"]
