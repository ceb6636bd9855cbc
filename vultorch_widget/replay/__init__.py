"""What a replay is made of, kept in bounded memory while a view runs: pictures, scalars, and changes of controls."""

from .document import Outcome, document, encode
from .recorder import Recorder

__all__ = ["Outcome", "Recorder", "document", "encode"]
