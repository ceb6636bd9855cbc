"""A run that a view is attached to: shows what its ranks send, and tells them what the view wants."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

from ..pictures.picture_file import PictureFile
from . import register
from .addresses import checked_token, split
from .boards import InOne, SideBySide
from .charting import Charting, Row
from .host import Host
from .messages import Head, Pictured
from .noticing import Noticing
from .reader import AtAddress, OnThisMachine, Place, Reader
from .steering import Steering
from .strip import Strip

LOOK = 0.5
"""Seconds between two looks for new ranks."""
MOST_RANKS = 64


class _News(NamedTuple):
    """What one rank has sent since the last look."""

    place: str
    reader: Reader
    head: Head
    logged: list[tuple[Head, list[Row]]]
    pictures: dict[str, tuple[Pictured, PictureFile]]


def _news(place: str, reader: Reader) -> _News | None:
    with reader.lock:
        if reader.head is None:
            return None
        logged, reader.logged = reader.logged, []
        pictures, reader.pictures = reader.pictures, {}
        return _News(place, reader, reader.head, logged, pictures)


class Attached:
    """One run in one view. All methods but those of its readers run on the view's thread.

    ``run`` is the name of a run on this machine, or the address of one rank, and then there is a ``token``. ``grid``
    says whether one canvas has the pictures of all ranks, and ``named`` whether scalars have the run's name, because
    the view has other runs as well. Raises ValueError for neither a name nor an address.
    """

    def __init__(
        self, host: Host, run: str, token: str | None = None, *, grid: bool = False, named: bool = False
    ) -> None:
        self.run = run
        self._host = host
        self._token = ""
        if isinstance(run, str) and ":" in run:
            split(run)
            self._token = checked_token(token)
        else:
            register.checked_run(run)
            if token is not None:
                raise ValueError(
                    f"a token is for an address, 'host:port'; {run!r} is the name of a run of this machine"
                )
        self._readers: dict[str, Reader] = {}  # by address, or rank
        self._places: dict[tuple[str, int], str] = {}  # by process and rank
        self._noticed = Noticing(host)
        self._steering = Steering(self._noticed)
        self._charting = Charting(host, named=named)
        self._board = InOne(host) if grid else SideBySide(host)
        self._looked = 0.0
        self._ran = False
        self._missing = ""
        self._words: dict[tuple[str, str | None], str] = {}  # notices by place and picture
        self._look(time.monotonic())
        if not self._readers:
            others = register.runs()
            known = f" There are {', '.join(map(repr, others[:8]))}." if others else ""
            self._missing = f"Nothing of run {run!r} has begun on this machine yet; it is shown once it has.{known}"
            host.tell(self._missing)

    def close(self) -> None:
        """Stops reading. The training goes on."""
        for reader in self._readers.values():
            reader.close()

    def take(self) -> None:
        """Takes in what has arrived. Call it between two frames."""
        now = time.monotonic()
        if now - self._looked > LOOK:
            self._look(now)
        stopping = self._ran and self._host.stopped
        self._ran = self._host.begun
        found = [
            news
            for place, reader in self._readers.items()
            if (news := _news(place, reader)) is not None and self._is_first(news)
        ]
        if not found:
            return
        if self._missing:
            self._host.take_back(self._missing)
            self._missing = ""
        found.sort(key=lambda one: (one.head.rank, one.place))
        active = [one for one in found if not (one.reader.gone or one.head.ended)]
        furthest = max((one.head.step for one in active), default=0)
        for news in found:
            self._show(news, furthest)
        with self._noticed(f"The grid of run {self.run!r}"):
            self._board.settle()
        first = (active or found)[0].head  # a click must not go to one that is gone
        if first.controls:
            self._steering.take(self._host.panel(first.run, side="left", width=0.2), first)
        for name, strip in self._charting.strips.items():
            with self._noticed(f"The checksums of run {name!r}"):
                self._compare(name, strip, first.world)
        chosen = self._steering.chosen()
        stop = {news.place: news.head.process for news in found} if stopping else {}
        for place, reader in self._readers.items():
            reader.say(chosen, stop.get(place, ""))
        if active:
            world = max(one.head.world for one in active)
            self._drop([one for one in found if one not in active and one.head.rank >= world])

    def _drop(self, former: Iterable[_News]) -> None:
        """Forgets ranks that only a ``former``, larger run had, once nothing leads to them any more."""
        for news in former:
            kept = news.place == self.run if self._token else news.head.rank in register.ranks(self.run)
            if not kept:
                self._board.drop(news.head)
                self._end(news.place)

    def _end(self, place: str) -> None:
        """Stops reading a rank, and takes back the notices about it."""
        self._readers.pop(place).close()
        for one, picture in list(self._words):
            if one == place:
                self._say(place, picture, "")

    def _is_first(self, news: _News) -> bool:
        """Whether this reader was the first to find its rank. Others, which found it at another address, are ended."""
        whose = news.head.process, news.head.rank
        if self._places.get(whose) not in self._readers:
            self._places[whose] = news.place
        first = self._places[whose] == news.place
        if not first:
            news.reader.close()
        return first

    def _show(self, news: _News, furthest: int) -> None:
        reader, head = news.reader, news.head
        with self._noticed(f"A value of rank {head.rank} of run {head.run!r}"):
            for said, rows in news.logged:
                self._charting.take(news.place, said, rows)
        for offer in head.offers:
            failed = f"Picture {offer.name!r} of rank {head.rank} cannot be shown. {offer.error}"
            self._say(news.place, offer.name, failed if offer.error else "")
        has_pictures = any(offer.number for offer in head.offers)
        self._say(news.place, None, "" if has_pictures else _word(reader, head))
        pictures = {name: picture for name, (_, picture) in news.pictures.items()}
        with self._noticed(f"A picture of rank {head.rank} of run {head.run!r}"):
            self._board.show(head, pictures, _caption(reader, head, furthest))
            reader.wanted = () if self._host.held else self._board.wanted(head)

    def _say(self, place: str, picture: str | None, word: str) -> None:
        """Shows the notice about a rank, or one of its pictures, in place of the previous one."""
        known = self._words.get((place, picture), "")
        if word == known:
            return
        self._words[place, picture] = word
        if known:
            self._host.take_back(known)
        if word:
            self._host.tell(word)

    def _look(self, now: float) -> None:
        self._looked = now
        places: dict[str, Place] = {}
        if self._token:
            heard = {one.head.rank for one in self._readers.values() if one.head is not None and not one.gone}
            for address in [self.run, *(address for rank, address in self._peers() if rank not in heard)]:
                if address not in self._readers:
                    places[address] = AtAddress(address, self._token)
        else:
            for rank in register.ranks(self.run):
                if str(rank) not in self._readers:
                    places[str(rank)] = OnThisMachine(self.run, rank)
        if len(self._readers) + len(places) > MOST_RANKS:
            self._let_go(places)
        for name, place in places.items():
            if len(self._readers) < MOST_RANKS:
                self._readers[name] = Reader(place, self._host.wake, self._host.tell, self._host.take_back)
            else:
                self._host.tell(f"Run {self.run!r} has more than {MOST_RANKS} ranks; this view shows {MOST_RANKS}.")

    def _let_go(self, places: Iterable[str]) -> None:
        """Ends the readers of addresses where nobody answers and which no rank that does has named.

        They make way only for ``places`` that such a rank has named. Those that ranks of an ended run have named would
        be found again, and make way again, for ever.
        """
        named = {self.run, *(address for _, address in self._peers(alive=True))}
        if named.isdisjoint(places):
            return
        for address, reader in list(self._readers.items()):
            if address not in named and (reader.head is None or reader.gone):
                self._end(address)

    def _peers(self, *, alive: bool = False) -> list[tuple[int, str]]:
        """The other ranks that those found have named, or those found that are ``alive``, and their addresses.

        Those on the host of a rank that was found are looked for where it was found: through a tunnel, say.
        """
        found = []
        for address, reader in self._readers.items():
            if reader.head is None or (alive and reader.gone) or not 0 <= reader.head.rank < len(reader.peers):
                continue
            try:
                ours, _ = split(reader.peers[reader.head.rank])
                through, _ = split(address)
                for rank, peer in enumerate(reader.peers):
                    host, port = split(peer)
                    if rank != reader.head.rank:
                        found.append((rank, f"{through if host == ours else host}:{port}"))
            except ValueError as error:
                self._host.tell(f"{reader.place.name} names a rank that cannot be found. {error}")
        return found

    def _compare(self, run: str, strip: Strip, world: int) -> None:
        news = strip.news(world)
        if news is None:
            return
        picture, caption = news
        panel = self._host.panel(run, side="left", width=0.2)
        canvas = panel.canvas("parameters", filter="nearest", fit="stretch")  # a panel leaves it the remaining space
        canvas.bind(picture)
        canvas.captions(caption)
        for complaint in strip.complaints():
            self._host.tell(complaint)


def _caption(reader: Reader, head: Head, furthest: int) -> str:
    text = f"rank {head.rank} · step {head.step}"
    if head.ended:
        return text + f" · ended at {_clock(head.at)}"
    if reader.gone:
        return text + f" · gone since {_clock(reader.alive_at)}"
    text += f" · {furthest - head.step} behind" if furthest - head.step > 1 else ""
    return text + (f" · {head.age:.0f} s ago" if head.age >= 1 else "")


def _word(reader: Reader, head: Head) -> str:
    """A sentence about a rank that is no longer there, empty for others."""
    who = f"Rank {head.rank} of run {head.run!r}"
    if head.ended:
        return f"{who} has ended at {_clock(head.at)}, at step {head.step}."
    return f"{who} is gone since {_clock(reader.alive_at)}, at step {head.step}." if reader.gone else ""


def _clock(at: float) -> str:
    """The time of day, with the date unless that is today."""
    then, now = time.localtime(at), time.localtime()
    return time.strftime("%H:%M:%S" if then[:3] == now[:3] else "%Y-%m-%d %H:%M", then)
