from __future__ import annotations

import threading

from vultorch_widget.pages.inbox import Inbox


def test_items_come_out_once_and_in_order() -> None:
    inbox: Inbox[int] = Inbox()
    for item in range(3):
        assert inbox.append(item)
    assert inbox.drain() == [0, 1, 2]
    assert inbox.drain() == []


def test_what_is_not_reached_stays_and_what_comes_meanwhile_waits() -> None:
    inbox: Inbox[int] = Inbox(capacity=3)
    for item in range(3):
        inbox.append(item)
    reached = []
    for item in inbox.each():
        reached.append(item)
        if item == 1:
            break
        assert inbox.append(10), "there is room again"
    assert reached == [0, 1]
    assert list(inbox.each()) == [2, 10]
    assert list(inbox.each()) == []


def test_of_one_key_only_the_newest_stays_and_it_keeps_the_newest_s_place() -> None:
    inbox: Inbox[str] = Inbox()
    for item, key in [("a1", "a"), ("b1", "b"), ("click", None), ("a2", "a"), ("click", None)]:
        inbox.append(item, key=key)
    assert inbox.drain() == ["b1", "click", "a2", "click"]


def test_it_is_bounded_and_says_so() -> None:
    inbox: Inbox[int] = Inbox(capacity=2)
    assert inbox.append(1)
    assert inbox.append(2, key="k")
    assert not inbox.append(3)
    assert inbox.append(4, key="k"), "replacing takes no room"
    assert inbox.drain() == [1, 4]


def test_nothing_is_lost_between_threads() -> None:
    inbox: Inbox[int] = Inbox(capacity=10**6)

    def fill(first: int) -> None:
        for item in range(first, first + 10_000):
            inbox.append(item)

    threads = [threading.Thread(target=fill, args=(n * 10_000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    got: list[int] = []
    while any(thread.is_alive() for thread in threads):
        got += inbox.drain()
    got += inbox.drain()
    assert len(got) == 40_000
    assert len(set(got)) == 40_000


def test_what_weighs_more_takes_more_of_the_room():
    inbox = Inbox(capacity=10)
    assert inbox.append("large", weight=6)
    assert not inbox.append("another", weight=6)
    assert inbox.append("a", key="a", weight=4)
    assert not inbox.append("small")
    assert inbox.append("a again", key="a", weight=3)  # replaces the earlier one
    assert inbox.append("small")
    assert inbox.drain() == ["large", "a again", "small"]
    assert inbox.append("whole", weight=10)
