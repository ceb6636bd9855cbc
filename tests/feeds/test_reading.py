"""What a view reads of ranks that were killed, started anew, or are found under several names."""

from __future__ import annotations

import gc
import os
import platform
import time
from collections.abc import Callable
from math import inf

import numpy as np
import pytest

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from tests.ports import free_port
from vultorch_widget.feeds import attached, reader, register
from vultorch_widget.feeds.logbook import CHUNK, ROW
from vultorch_widget.feeds.mailbox import StoreMailbox, keep
from vultorch_widget.feeds.messages import Announced, Chosen, Head, Offer, Part, Peers, Pictured, Steered, Watching
from vultorch_widget.feeds.sealed import seal, unseal
from vultorch_widget.pictures.png import encode_png

from .watching import turn

TOKEN = "a-token-of-the-user"
SAVE = Steered(kind="button", label="save", min=0.0, max=0.0, default=0.0, log=False, step=0.0, items=(), value=False)


class Rank:
    """A rank of run7 that says what a test wants, and has logged a loss at some steps."""

    def __init__(
        self, rank: int = 0, world: int = 1, process: str = "the first", steps: int = 1, port: int = 0
    ) -> None:
        self.mailbox = StoreMailbox(port=port, serve=True)
        self.head = Head(
            process=process,
            run="run7",
            rank=rank,
            world=world,
            beat=0,
            at=time.time(),
            step=steps - 1,
            age=0.0,
            ended=False,
            offers=(),
            controls=(),
            chosen=(),
            names=("loss",),
            first=0,
            logged=steps,
        )
        rows = np.array([(0, step, step + 0.5) for step in range(steps)], ROW)
        self.values = {
            key: seal(TOKEN, key, Part(number=part), rows[part * CHUNK : (part + 1) * CHUNK].tobytes())
            for part in range(-(-steps // CHUNK))
            for key in [f"log/{part}"]
        }
        self.say()

    @property
    def address(self) -> str:
        return f"{self.mailbox.host}:{self.mailbox.port}"

    def under(self, host: str) -> str:
        """Its address, under another name of its machine."""
        return f"{host}:{self.mailbox.port}"

    def say(self, **changed: object) -> None:
        """Gives a sign of life."""
        self.head = self.head.replace(beat=self.head.beat + 1, **changed)
        self.values["head"] = seal(TOKEN, "head", self.head)
        self.mailbox.put(self.values)

    def knows(self, *addresses: str) -> None:
        """Says where all ranks are."""
        self.values["peers"] = seal(TOKEN, "peers", Peers(addresses=addresses))
        self.say()

    def show(self, level: float) -> None:
        """Has a picture, all of one level from 0 to 1."""
        pixels = np.full((4, 4, 3), round(level * 255), np.uint8)
        number = self.head.offers[0].number + 1 if self.head.offers else 1
        said = Pictured(name="prediction", number=number, format="png", width=4, height=4, step=self.head.step)
        self.values["picture/0"] = seal(TOKEN, "picture/0", said, encode_png(pixels))
        self.say(offers=(Offer(name="prediction", number=number, error=""),))

    def chosen(self) -> tuple[Chosen, ...]:
        """What the only notebook has chosen. It counts anew when it was held up, as on a busy machine."""
        key = f"watch/{self.mailbox.count('notebooks', 0)}"
        raw = self.mailbox.get(key)
        return () if raw is None else unseal(TOKEN, key, raw, Watching)[0].chosen

    def announce(self, machine: str = platform.node(), pid: int = os.getpid()) -> None:
        """Says in the user's folder where it is."""
        host, port = self.mailbox.host, self.mailbox.port
        announced = Announced(host=host, port=port, token=TOKEN, process=self.head.process, machine=machine, pid=pid)
        register.announce("run7", self.head.rank, announced)

    def kill(self) -> None:
        """Ends the mailbox. What it held is in the file."""
        keep(register.left("run7", self.head.rank), self.values)
        self.mailbox.close()


def reading(view: vultorch.View) -> attached.Attached:
    """What the view is attached to."""
    (source,) = view._parts.hearing.sources
    assert isinstance(source, attached.Attached)
    return source


def captions(canvas: vultorch.Canvas) -> list[str]:
    return [mark.caption for mark in canvas.marks()]


def lively(view: vultorch.View, *ranks: Rank) -> bool:
    """One frame of the notebook, in which these ranks give a sign of life."""
    for rank in ranks:
        rank.say()
    return turn(view)


def notices(view: vultorch.View) -> str:
    return " ".join(view._parts.tree.notices)


def logged(view: vultorch.View, name: str = "loss") -> int:
    """The number of values in the chart, which are those from step 0 on."""
    rows = view.history().get(name)
    if rows is None:
        return 0
    assert rows[:, 0].tolist() == list(range(len(rows)))
    return len(rows)


def test_of_a_killed_run_all_values_are_read_however_many_were_left(
    view: vultorch.View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vultorch_widget.feeds.reader.MOST_WAITING", 5000)
    rank = Rank(steps=5 * CHUNK + 7)
    rank.announce(pid=2**22 + 1)  # beyond the largest
    rank.kill()
    view.attach("run7")
    wait_until(lambda: turn(view) and "gone since" in notices(view))
    assert logged(view) == 5 * CHUNK + 7


@pytest.mark.usefixtures("soon_gone")
def test_ranks_of_an_ended_run_that_are_too_many_are_looked_for_once(
    view: vultorch.View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attached, "MOST_RANKS", 2)
    monkeypatch.setattr(attached, "LOOK", -1.0)  # with every turn
    ranks = [Rank(rank, world=4) for rank in range(4)]
    for rank in ranks:
        rank.knows(*(one.address for one in ranks))
        rank.say(ended=True)
    view.attach(ranks[0].address, token=TOKEN)
    source = reading(view)
    wait_until(lambda: turn(view) and len(source._readers) == 2 and all(one.gone for one in source._readers.values()))
    readers = dict(source._readers)
    for _ in range(5):
        turn(view)
    assert source._readers == readers


def test_a_rank_that_is_heard_is_not_looked_for_under_the_name_that_others_have_for_it(
    view: vultorch.View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attached, "LOOK", -1.0)  # with every turn
    monkeypatch.setattr(reader, "GONE", inf)
    ranks = [Rank(rank, world=2, steps=9) for rank in range(2)]
    for rank in ranks:
        rank.knows(ranks[0].under("localhost"), ranks[1].address)
    view.attach(ranks[0].address, token=TOKEN)
    wait_until(lambda: lively(view, *ranks) and all(logged(view, f"loss · rank {rank}") == 9 for rank in range(2)))
    for _ in range(5):
        lively(view, *ranks)
    assert set(reading(view)._readers) == {rank.address for rank in ranks}
    assert notices(view) == ""


def test_a_rank_that_is_found_at_two_addresses_at_once_is_shown_once(
    view: vultorch.View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attached, "LOOK", -1.0)
    monkeypatch.setattr(reader, "GONE", inf)
    ranks = [Rank(rank, world=3, steps=9) for rank in range(3)]
    twice = ranks[2].under("localhost"), ranks[2].address
    ranks[0].knows(ranks[0].under("one"), ranks[1].address, twice[0])
    ranks[1].knows(ranks[0].under("one"), ranks[1].under("two"), twice[1])
    ranks[2].mailbox.drop("head")  # it has nothing to say yet
    view.attach(ranks[0].address, token=TOKEN)
    readers = reading(view)._readers
    wait_until(lambda: lively(view, *ranks[:2]) and readers.keys() >= set(twice))
    wait_until(lambda: lively(view, *ranks) and all(readers[address].head is not None for address in twice))
    wait_until(lambda: lively(view, *ranks) and logged(view, "loss · rank 2") == 9)
    assert "has logged" not in notices(view)


def test_what_a_rank_left_on_a_machine_that_cannot_be_reached_is_read_once_it_renews_it_no_longer(
    view: vultorch.View, monkeypatch: pytest.MonkeyPatch
) -> None:
    rank, other = Rank(steps=9), Rank(rank=1)
    rank.announce(machine="elsewhere")
    other.announce()
    keep(register.left("run7", 0), rank.values)
    view.attach("run7")
    wait_until(lambda: lively(view, rank, other) and "runs on elsewhere and listens there alone" in notices(view))
    assert "loss" not in view.history()  # the mailbox at this port of this machine is another one
    monkeypatch.setattr(register, "RENEWED", -1.0)
    wait_until(lambda: lively(view, rank, other) and notices(view).startswith("Rank 0 of run 'run7' is gone since"))
    assert logged(view) == 9


def test_what_a_rank_left_whose_number_another_process_has_is_read_and_if_it_only_seemed_gone_it_goes_on(
    view: vultorch.View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "RENEWED", -1.0)
    rank = Rank(steps=9)
    rank.announce(pid=os.getpid())
    port = rank.mailbox.port
    rank.kill()
    view.attach("run7")
    wait_until(lambda: turn(view) and "is gone since" in notices(view))
    assert logged(view) == 9
    again = Rank(steps=12, port=port)  # as if it had been stopped in the meantime
    wait_until(lambda: lively(view, again) and logged(view) == 12 and not notices(view))


def test_a_rank_that_another_process_has_become_is_read_there_even_if_the_first_lives_on(view: vultorch.View) -> None:
    first = Rank(steps=9)
    first.announce()
    view.attach("run7")
    wait_until(lambda: lively(view, first) and logged(view) == 9)
    second = Rank(process="the second", steps=12)
    second.announce()
    wait_until(lambda: lively(view, first, second) and logged(view) == 12)
    assert len(view.ghosts) == 1


@pytest.mark.usefixtures("soon_gone")
def test_ranks_of_a_former_larger_run_are_neither_counted_nor_kept(view: vultorch.View) -> None:
    former = [Rank(rank, world=2, steps=1000) for rank in range(2)]
    for rank in former:
        rank.show(0.25)
        rank.announce()
    view.attach("run7", grid=True)
    canvas = view.panel("run7 · all ranks").canvas("prediction")
    wait_until(lambda: lively(view, *former) and captions(canvas) == ["rank 0 · step 999", "rank 1 · step 999"])
    now = Rank(process="the second", world=1, steps=3)
    now.show(0.75)
    now.announce()
    wait_until(lambda: lively(view, now) and captions(canvas)[0] == "rank 0 · step 2")
    register.forget("run7", 1)
    wait_until(lambda: lively(view, now) and captions(canvas) == ["rank 0 · step 2"])
    assert canvas.tensor is not None
    assert canvas.tensor.shape[0] == 1
    assert list(reading(view)._readers) == ["0"]


def panels(view: vultorch.View) -> list[str]:
    return sorted(view._parts.tree.panels)


def adds_a_control(view: vultorch.View, first: vultorch.Panel, second: vultorch.Panel) -> None:
    second.checkbox("mine")


def measures(view: vultorch.View, first: vultorch.Panel, second: vultorch.Panel) -> None:
    view.metrics(first.canvas("prediction"), second.canvas("prediction"), names=["psnr"])


def compares(view: vultorch.View, first: vultorch.Panel, second: vultorch.Panel) -> None:
    view.compare(second.canvas("prediction"), first.canvas("prediction"))


@pytest.mark.usefixtures("soon_gone")
@pytest.mark.parametrize(
    ("by_address", "use"), [(False, adds_a_control), (True, adds_a_control), (False, measures), (False, compares)]
)
def test_panels_of_ranks_that_a_restarted_run_no_longer_has_go_unless_used_and_may_come_back(
    by_address: bool, use: Callable[[vultorch.View, vultorch.Panel, vultorch.Panel], None], view: vultorch.View
) -> None:
    page = Page(view).open()
    first, second = (Rank(rank, world=2) for rank in range(2))
    for rank in (first, second):
        rank.show(0.25)
        rank.knows(first.address, second.address)
        rank.announce()
    at = (first.address, TOKEN) if by_address else ("run7", None)
    view.attach(at[0], token=at[1])
    both = ["run7 · rank 0", "run7 · rank 1"]
    wait_until(lambda: lively(view, first, second) and panels(view) == both)
    wait_until(lambda: lively(view, first) and said(view, both[1]).startswith("rank 1 · step 0 · gone since"))
    assert panels(view) == both  # it has crashed: its last picture stays
    port = first.mailbox.port
    first.mailbox.close()
    again = Rank(process="the second", port=port)
    again.show(0.75)
    again.announce()
    register.forget("run7", 1)
    wait_until(lambda: lively(view, again) and panels(view) == both[:1])
    wait_until(lambda: (page.report(), lively(view, again), len(page.scenes[-1]["panels"]) == 1)[-1])

    again.mailbox.close()
    third, fourth = (Rank(rank, world=2, process="the third", port=port * (rank == 0)) for rank in range(2))
    for rank in (third, fourth):
        rank.show(0.5)
        rank.knows(third.address, fourth.address)
        rank.announce()
    wait_until(lambda: lively(view, third, fourth) and said(view, both[1]) == "rank 1 · step 0")

    shown = [view.panel(name) for name in both]
    use(view, *shown)
    third.say(world=1)
    register.forget("run7", 1)
    wait_until(lambda: lively(view, third) and len(reading(view)._readers) == 1)
    assert panels(view) == both
    use(view, *shown)  # as in each frame


def said(view: vultorch.View, panel: str) -> str:
    """The captions of a panel, empty if it is not there."""
    known = view._parts.tree.panels.get(panel)
    return "" if known is None else " ".join(captions(known.canvas("prediction")))


def test_a_click_goes_to_a_rank_that_is_there(view: vultorch.View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "GONE", inf)
    ranks = [Rank(rank, world=2, process=f"process {rank}") for rank in range(2)]
    for rank in ranks:
        rank.say(controls=(SAVE,))
        rank.announce()
    ranks[0].say(ended=True)
    view.attach("run7")
    readers = reading(view)._readers.values()
    wait_until(lambda: lively(view, ranks[1]) and all(one.head is not None for one in readers))
    lively(view, ranks[1])
    view.panel("run7").store.apply("button:save", True, "page", 1)
    wait_until(lambda: lively(view, ranks[1]) and ranks[1].chosen())
    (chosen,) = ranks[1].chosen()
    assert (chosen.label, chosen.process) == ("save", "process 1")


def test_notices_that_are_no_longer_true_are_taken_back(view: vultorch.View) -> None:
    port = free_port()
    view.attach(f"127.0.0.1:{port}", token=TOKEN)
    wait_until(lambda: turn(view) and "does not answer" in notices(view))
    rank = Rank(port=port)
    wait_until(lambda: lively(view, rank) and not notices(view))
    rank.say(offers=(Offer(name="prediction", number=0, error="It is empty."),))
    wait_until(lambda: lively(view, rank) and "'prediction' of rank 0 cannot be shown. It is empty." in notices(view))
    rank.show(0.5)
    wait_until(lambda: lively(view, rank) and not notices(view))
    rank.mailbox.put({"head": b"garbage"})
    wait_until(lambda: turn(view) and "was refused" in notices(view))
    wait_until(lambda: lively(view, rank) and not notices(view))


def test_that_a_rank_is_over_is_taken_back_once_it_has_started_again(view: vultorch.View) -> None:
    rank = Rank()
    rank.announce(pid=2**22 + 1)
    rank.mailbox.close()
    view.attach("run7")
    wait_until(lambda: turn(view) and "is over" in notices(view))
    again = Rank(process="the second")
    again.announce()
    wait_until(lambda: lively(view, again) and not notices(view))


def test_an_attached_view_that_nobody_holds_shows_the_run_until_it_is_closed() -> None:
    rank = Rank(steps=9)
    rank.announce()
    vultorch.View("held", headless=True).attach("run7")
    gc.collect()
    (view,) = (one for one in vultorch.views() if one.title == "held")
    wait_until(lambda: lively(view, rank) and logged(view) == 9)
    view.close()
