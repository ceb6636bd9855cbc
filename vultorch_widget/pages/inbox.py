"""What pages have said and nobody has applied yet: appended on any thread, taken out on one."""

from __future__ import annotations

from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """A bounded queue in which a newer item replaces an older one of the same key.

    Appending and draining may happen on different threads at once. The lock is held for a few dict operations, never
    while anything of a user runs; without it an item could go into a dict that was just taken out.
    """

    def __init__(self, capacity: int = 1024) -> None:
        self.capacity = capacity
        self._items: dict[object, tuple[T, int]] = {}
        self._weight = 0
        self._lock = Lock()

    def append(self, item: T, *, key: object = None, weight: int = 1) -> bool:
        """Adds ``item``; of items with the same ``key`` (not None) only the newest stays, in the newest's place.

        Returns False, and drops the item, where what waits would weigh more than `capacity` with it.
        """
        if key is None:
            key = object()
        with self._lock:
            if (old := self._items.pop(key, None)) is not None:
                self._weight -= old[1]
            if self._weight + weight > self.capacity:
                return False
            self._items[key] = item, weight
            self._weight += weight
        return True

    def drain(self) -> list[T]:
        """Takes everything out, in order."""
        if not self._items:
            return []
        with self._lock:
            items, self._items, self._weight = self._items, {}, 0
        return [item for item, _ in items.values()]

    def __len__(self) -> int:
        return len(self._items)
