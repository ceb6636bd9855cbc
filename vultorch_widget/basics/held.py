"""The base of the objects that users hold: setting unknown attributes and copying them raises."""

from __future__ import annotations

import difflib
from typing import Any, ClassVar, NoReturn

_PACKAGE = __name__.partition(".")[0]


class Held:
    """Base of `View`, `Panel`, `Canvas` and `SceneView`.

    Setting an unknown attribute would have no effect, which users would notice late. So it raises AttributeError and
    suggests similar names. ``_SETTABLE`` has the public attributes that may be set, in addition to properties with a
    setter. ``_ELSEWHERE`` says where to find what users often look for.
    """

    _SETTABLE: ClassVar[frozenset[str]] = frozenset()
    _ELSEWHERE: ClassVar[dict[str, str]] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0] != "_" and name not in self._SETTABLE:
            known = getattr(type(self), name, None)
            settable = isinstance(known, property) and known.fset is not None
            if not settable and type(self).__module__.partition(".")[0] == _PACKAGE:  # subclasses may add attributes
                raise AttributeError(_refusal(type(self), name), name=name, obj=self)
        object.__setattr__(self, name, value)

    def __copy__(self) -> NoReturn:
        raise TypeError(_one_of(self, "copied"))

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError(_one_of(self, "copied"))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(_one_of(self, "pickled"))


def _one_of(thing: object, done: str) -> str:
    return (
        f"{thing!r} cannot be {done}: it belongs to this process and its page. Leave it out, for example in "
        "`__getstate__`. Tensors can be cloned, and `view.snapshot()` is a picture"
    )


def _refusal(cls: type[Held], name: str) -> str:
    """Why ``name`` cannot be set."""
    there = getattr(cls, name, None)
    if name in cls._ELSEWHERE:
        return f"{cls.__name__} has no {name!r} that can be set: {cls._ELSEWHERE[name]}"
    if isinstance(there, property):
        return f"{name!r} of {cls.__name__} can only be read"
    if callable(there):
        return f"{name!r} of {cls.__name__} is a method: call `{name}(...)`"
    settable = sorted(name for name in {*cls._SETTABLE, *_with_setter(cls)} if name[0] != "_")
    near = difflib.get_close_matches(name.lower(), settable, cutoff=0.5)
    remedy = f"did you mean {' or '.join(map(repr, near))}?" if near else f"those that can are {', '.join(settable)}"
    return f"{cls.__name__} has no attribute {name!r} that can be set; {remedy}"


def _with_setter(cls: type) -> list[str]:
    found = {name: value for base in reversed(cls.__mro__) for name, value in base.__dict__.items()}
    return [name for name, value in found.items() if isinstance(value, property) and value.fset is not None]
