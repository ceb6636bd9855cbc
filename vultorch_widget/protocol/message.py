"""The base class of all messages and their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        return lambda cls: cls


M = TypeVar("M", bound="Message")


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Message:
    """An immutable value. A subclass annotates its fields, and is used like a frozen dataclass.

    It is not one because ``import vultorch_widget`` defines some 70 messages, and each dataclass takes half a
    millisecond.
    """

    FIELDS: ClassVar[dict[str, Any]] = {}
    """The fields in order, each with its type as text."""
    DEFAULTS: ClassVar[dict[str, Any]] = {}
    """The default values of fields."""

    def __init_subclass__(cls) -> None:
        cls.FIELDS = cls.__annotations__
        cls.DEFAULTS = {name: cls.__dict__[name] for name in cls.FIELDS if name in cls.__dict__}

    def __init__(self, **values: Any) -> None:
        if len(values) != len(self.FIELDS):
            values = {**self.DEFAULTS, **values}
        if values.keys() != self.FIELDS.keys():
            missing, unknown = sorted(self.FIELDS.keys() - values.keys()), sorted(values.keys() - self.FIELDS.keys())
            raise TypeError(f"{type(self).__name__}: missing fields {missing}, unknown fields {unknown}")
        self.__dict__.update(values)

    def replace(self: M, **values: Any) -> M:
        """Returns a copy with some fields replaced by ``values``."""
        return type(self)(**{**self.__dict__, **values})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name!r} of {type(self).__name__} cannot be set")

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__[name] for name in self.FIELDS))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self.FIELDS)
        return f"{type(self).__name__}({fields})"
