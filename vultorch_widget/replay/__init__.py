"""Pixels, curves and changes of controls in; a bounded document out, which plays without a kernel.

Reading a saved document back belongs here too; films are in `video`.
"""

from .document import Outcome, document, encode
from .recorder import Recorder

__all__ = ["Outcome", "Recorder", "document", "encode"]
