"""Records pixels, curves and control changes into a bounded document that plays without a kernel.

Also reads saved documents back. Films are in `video`.
"""

from .builder import ReplayBuilder
from .document import Outcome, document, encode

__all__ = ["Outcome", "ReplayBuilder", "document", "encode"]
