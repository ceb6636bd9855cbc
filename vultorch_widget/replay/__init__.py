"""Pixels, curves and changes of controls in; a bounded document out, which plays without a kernel.

Reading a saved document back belongs here too; films are in `video`.
"""

from .builder import ReplayBuilder
from .document import Outcome, document, encode

__all__ = ["Outcome", "ReplayBuilder", "document", "encode"]
