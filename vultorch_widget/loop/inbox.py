"""What pages have said and nobody has applied yet: appended on any thread, taken out on one."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """A bounded queue in which a newer item replaces an older one of the same key.

    Appending and draining may happen on different threads at once: each is a handful of dict operations that CPython
    does not interleave, and the dict is swapped out whole.
    """

    def __init__(self, capacity: int = 1024) -> None:
        self.capacity = capacity
        self._items: dict[object, T] = {}

    def append(self, item: T, *, key: object = None) -> bool:
        """Adds ``item``; of items with the same ``key`` (not None) only the newest stays, in the newest's place.

        Returns False, and drops the item, where `capacity` items wait already.
        """
        items = self._items
        if key is None:
            key = object()
        else:
            items.pop(key, None)
        if len(items) >= self.capacity:
            return False
        items[key] = item
        return True

    def drain(self) -> list[T]:
        """Takes everything out, in order."""
        if not self._items:
            return []
        items, self._items = self._items, {}
        return list(items.values())

    def __len__(self) -> int:
        return len(self._items)
