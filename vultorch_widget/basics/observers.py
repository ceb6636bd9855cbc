"""Hooks of this package that only look at a training, so that a step which calls no hooks may leave them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

AnyHook = TypeVar("AnyHook", bound=Callable[..., Any])
_MARK = "_vultorch_only_observes"


def observer(hook: AnyHook) -> AnyHook:
    """Decorator for a hook, or a method that is one, that changes nothing."""
    setattr(hook, _MARK, True)
    return hook


def observes(hook: Callable[..., Any]) -> bool:
    """Whether ``hook`` is an `observer`."""
    return getattr(hook, _MARK, False) is True
