"""Why a training step cannot be the fused one."""

from __future__ import annotations


class UnfitError(Exception):
    """The fused step does not run here, or not for this network; the message says why."""
