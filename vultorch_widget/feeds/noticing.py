"""Shows errors in what one rank has sent as notices, so that they do not affect the other ranks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ..basics.first_errors import FirstErrors
from .host import Host

_log = logging.getLogger(__name__)


class Noticing:
    """Tells ``host`` what went wrong, once for each subject and kind of error."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._errors = FirstErrors()

    @contextmanager
    def __call__(self, what: str) -> Iterator[None]:
        """Turns an exception within it into a notice that begins with ``what``."""
        try:
            yield
        except Exception as error:
            if self._errors.first(error, of=what):
                _log.warning("%s cannot be shown.", what, exc_info=error)
                self._host.tell(f"{what} cannot be shown. {type(error).__name__}: {error}")
