"""Messages from pages that are not applied yet: appended on any thread, drained on one."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """A bounded queue in which a newer item replaces an older one of the same key.

    Appending and draining may happen on different threads at once. The lock is held for a few dict operations and never
    while user code runs. Without it an item could be added to a dict that was already drained.
    """

    def __init__(self, capacity: int = 1024) -> None:
        self.capacity = capacity
        self._items: dict[object, tuple[T, int]] = {}
        self._weight = 0
        self._lock = Lock()

    def append(self, item: T, *, key: object = None, weight: int = 1) -> bool:
        """Adds ``item``. It replaces an item with the same ``key`` (not None) and goes to the end of the queue.

        Returns False and drops the item if the total weight would exceed `capacity`.
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
        """Removes and returns all items, in order."""
        if not self._items:
            return []
        with self._lock:
            items, self._items, self._weight = self._items, {}, 0
        return [item for item, _ in items.values()]

    def each(self) -> Iterator[T]:
        """Removes and yields, one by one, as many items as there are now. What the caller does not get to stays."""
        for _ in range(len(self._items)):
            with self._lock:
                if not self._items:
                    return
                item, weight = self._items.pop(next(iter(self._items)))
                self._weight -= weight
            yield item

    def forget(self) -> None:
        """Drops all items in a forked process, where a thread that holds the lock does not exist."""
        self._lock = Lock()
        self._items, self._weight = {}, 0

    def __len__(self) -> int:
        return len(self._items)
