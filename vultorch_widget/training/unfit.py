"""The error raised if the fused training step cannot be used."""

from __future__ import annotations


class UnfitError(Exception):
    """The fused step does not run here, or not for this network. The message says why."""
