"""The threads of a notebook, each of which reads the mailbox of one rank."""

from __future__ import annotations

import atexit
import logging
import platform
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Protocol
from weakref import WeakSet

import numpy as np

from ..basics.first_errors import FirstErrors
from ..pictures.picture_file import PictureFile
from ..protocol.wire import MessageError
from . import register
from .addresses import LOOPBACK, reached, split
from .gallery import MOST_NAMES, MOST_SIDE
from .logbook import CHUNK, ROW
from .mailbox import ANSWERING, KeptMailbox, Mailbox, MailboxError, StoreMailbox
from .messages import Announced, Chosen, Head, Part, Peers, Pictured, Wanted, Watching
from .sealed import seal, unseal

POLL = 0.016
"""Seconds between two looks into a mailbox."""
RETRY = 0.5
"""Seconds until the next search for a mailbox that is gone."""
BEAT = 0.5
STALLED = 1.5
"""Seconds of silence after which a notebook registers again: the rank may have forgotten it."""
GONE = 2.5
"""Seconds without a sign of life after which a rank counts as gone."""
MOST_WAITING = 1 << 16
"""Values that wait for a view that is busy, 8 MB. Later ones stay in the mailbox, which keeps the newest."""

_log = logging.getLogger(__name__)


class Place(Protocol):
    """A place to look for a rank."""

    @property
    def name(self) -> str:
        """The rank's name, as the beginning of a sentence."""

    def find(self) -> Announced | None:
        """Where its mailbox is, or None if unknown."""

    def reach(self, announced: Announced) -> StoreMailbox:
        """Connects to its mailbox. Raises `MailboxError` if it cannot be reached."""

    def left(self, announced: Announced) -> KeptMailbox:
        """Reads what it left in a file. Raises `MailboxError` if it left nothing."""

    def is_over(self, announced: Announced) -> bool:
        """Whether a rank that cannot be reached is known, or seems, to be gone."""

    def missed(self, announced: Announced) -> str:
        """What to tell users when nobody listens where the rank said and it has left nothing; empty for nothing."""


class OnThisMachine:
    """A rank that has announced itself in the folder of its user."""

    def __init__(self, run: str, rank: int) -> None:
        self._run, self._rank = run, rank
        self.name = f"Rank {rank} of run {run!r}"

    def find(self) -> Announced | None:
        """See `Place`."""
        return register.find(self._run, self._rank)

    def reach(self, announced: Announced) -> StoreMailbox:
        """See `Place`."""
        if _elsewhere_alone(announced):  # the same port of this machine is somebody else's
            raise MailboxError(f"it listens on {announced.machine} alone")
        return StoreMailbox(reached(announced.host, announced.machine), announced.port)

    def left(self, announced: Announced) -> KeptMailbox:  # noqa: ARG002 (has its place by name)
        """See `Place`."""
        return KeptMailbox(register.left(self._run, self._rank))

    def is_over(self, announced: Announced) -> bool:
        """See `Place`."""
        return register.is_dead(announced) or register.is_left(self._run, self._rank)

    def missed(self, announced: Announced) -> str:
        """See `Place`. Removes the announcement of a process that is dead."""
        if _elsewhere_alone(announced):
            return (
                f"{self.name} runs on {announced.machine} and listens there alone. Give its feed an address and a "
                'token, such as feed(run, address="0.0.0.0", token=...).'
            )
        if not register.is_dead(announced):
            return ""
        register.forget(self._run, self._rank)
        return f"{self.name} is over: its process ended without saying so. It is shown again if it restarts."


def _elsewhere_alone(announced: Announced) -> bool:
    """Whether a rank can be reached only from its own machine, which is another one."""
    return announced.host == LOOPBACK and announced.machine != platform.node()


class AtAddress:
    """A rank that a user, or another rank, has named."""

    def __init__(self, address: str, token: str) -> None:
        self.host, self._port = split(address)
        self.name = f"The rank at {address}"
        self._token = token

    def find(self) -> Announced | None:
        """See `Place`."""
        return Announced(host=self.host, port=self._port, token=self._token, process="", machine="", pid=0)

    def reach(self, announced: Announced) -> StoreMailbox:
        """See `Place`."""
        return StoreMailbox(announced.host, announced.port)

    def left(self, announced: Announced) -> KeptMailbox:
        """See `Place`."""
        raise MailboxError(f"{announced.host} is not looked at")

    def is_over(self, announced: Announced) -> bool:  # noqa: ARG002 (is on another machine, perhaps)
        """See `Place`."""
        return False

    def missed(self, announced: Announced) -> str:  # noqa: ARG002 (says what it was told)
        """See `Place`."""
        return f"{self.name} does not answer; it is shown once it does."


class Reader:
    """Reads the mailbox of one rank. What it finds waits here for the view's thread, under ``lock``."""

    def __init__(
        self, place: Place, wake: Callable[[], None], tell: Callable[[str], None], take_back: Callable[[str], None]
    ) -> None:
        self.place = place
        self.peers: tuple[str, ...] = ()
        self.lock = threading.Lock()
        self.head: Head | None = None
        self.alive_at = time.time()  # wall clock, for "gone since"
        self.alive = 0.0
        self.pictures: dict[str, tuple[Pictured, PictureFile]] = {}  # the newest of each, until they are taken
        self.logged: list[tuple[Head, list[tuple[str, int, float]]]] = []  # values, with the head that they came with
        self.wanted: tuple[Wanted, ...] = ()
        self._chosen: tuple[Chosen, ...] = ()
        self._stop = ""
        self._wake, self._tell, self._take_back = wake, tell, take_back
        self._trouble = ""  # the notice about it that is shown
        self._closed = threading.Event()
        self._hurry = threading.Event()  # set when there is something to say that should not wait
        self._process = ""  # whose log and pictures the following are about
        self._numbers: dict[str, int] = {}
        self._read = 0  # values of the log that were read
        self._raw = b""
        self._done: Announced | None = None  # a rank whose file was read
        self._errors = FirstErrors()
        self._thread = threading.Thread(target=self._serve, name=f"vultorch {place.name}", daemon=True)
        _readers.add(self)
        self._thread.start()

    @property
    def gone(self) -> bool:
        """Whether the rank has stopped giving signs of life."""
        return time.monotonic() - self.alive > GONE

    def say(self, chosen: tuple[Chosen, ...], stop: str) -> None:
        """Tells the rank at once what was chosen, and which process is to ``stop``, if not empty."""
        if (chosen, stop or self._stop) != (self._chosen, self._stop):
            self._chosen, self._stop = chosen, stop or self._stop
            self._hurry.set()

    def close(self) -> None:
        """Ends the thread, at its next turn."""
        self._closed.set()
        self._hurry.set()

    def join(self, seconds: float) -> None:
        """Waits until the thread has ended, ``seconds`` at most."""
        self._thread.join(seconds)

    def _serve(self) -> None:
        while not self._closed.is_set():
            announced = self.place.find()
            if announced is not None and (announced.port or announced != self._done):
                try:
                    if announced.port:
                        self._follow(announced)
                    else:
                        self._take_last(announced)
                except MailboxError as error:
                    _log.debug("%s: %s", self.place.name, error)
                    if self.head is None:
                        left = f"{self.place.name} has ended, and what it has left is lost: {error}."
                        if said := self.place.missed(announced) if announced.port else left:
                            self._say(said)
                except Exception as error:
                    if self._errors.first(error):
                        _log.exception("%s cannot be read.", self.place.name)
                    self._say(f"{self.place.name} cannot be read. {type(error).__name__}: {error}")
            self._closed.wait(RETRY)
        self._say("")

    def _say(self, trouble: str) -> None:
        """Shows a notice about what is wrong with the rank, in place of the previous one. Empty: nothing is wrong."""
        known, self._trouble = self._trouble, trouble
        if trouble == known:
            return
        if known:
            self._take_back(known)
        if trouble:
            self._tell(trouble)
        self._wake()

    def _take_last(self, announced: Announced) -> None:
        """Reads what a rank left behind. Raises `MailboxError` if it left nothing."""
        mailbox = self.place.left(announced)
        self._done = announced
        try:
            if self._look(mailbox, announced.token, whole=True):
                if self.head is not None and not self.head.ended:  # it was killed some time ago
                    with self.lock:
                        self.alive, self.alive_at = -inf, self.head.at
                self._say("")
                self._wake()
        except MessageError as error:
            self._say(f"What {self.place.name} has left was refused. {error}")

    def _follow(self, announced: Announced) -> None:
        try:
            mailbox = self.place.reach(announced)
        except MailboxError:
            lacks = self.head is None or self._read < self.head.logged
            if lacks and announced != self._done and self.place.is_over(announced):
                with suppress(MailboxError):
                    self._take_last(announced)
                    return
            raise
        if self.head is not None and self.head.ended and mailbox.get("head", there=True) == self._raw:
            return  # it was read, and stays there as long as its process lives
        key = f"watch/{mailbox.count('notebooks', 1)}"
        sent: object = None
        sent_at, beat = 0.0, 0
        while not self._closed.is_set():
            now = time.monotonic()
            if sent is not None and now - sent_at > STALLED:  # the rank, or this process, was suspended
                mailbox.drop(key)
                key = f"watch/{mailbox.count('notebooks', 1)}"
            self._hurry.clear()
            says = (self.wanted, self._chosen, self._stop)
            if says != sent or now - sent_at > BEAT:
                if self.place.find() != announced:  # another process is this rank now, and this one may live on
                    break
                beat += 1
                watching = Watching(beat=beat, pictures=says[0], chosen=says[1], stop=says[2])
                mailbox.put({key: seal(announced.token, key, watching)})
                mailbox.count("said", 1)
                sent, sent_at = says, now
            try:
                news = self._look(mailbox, announced.token)
            except MessageError as error:
                self._say(f"{self.place.name}: something in its mailbox was refused. {error}")
                news = False
                self._closed.wait(RETRY)
            if news:
                self._say("")
                self._wake()
            if self.head is not None and self.head.ended:
                break
            self._hurry.wait(POLL)
        mailbox.drop(key)

    def _look(self, mailbox: Mailbox, token: str, *, whole: bool = False) -> bool:
        """Reads what is new, with ``whole`` all of it. Returns whether anything is."""
        raw = mailbox.get("head", there=True)
        if raw is None or (raw == self._raw and not whole):
            return False
        head, _ = unseal(token, "head", raw, Head)
        if len(head.offers) > MOST_NAMES:
            raise MessageError(f"head: {len(head.offers)} pictures are more than {MOST_NAMES}")
        self._raw = raw
        if head.process != self._process:
            self._process = head.process
            self._numbers.clear()
            self._read = 0
            self.peers = ()
        if head.world > 1 and not self.peers and isinstance(self.place, AtAddress):
            peers = mailbox.get("peers")
            self.peers = () if peers is None else unseal(token, "peers", peers, Peers)[0].addresses
        self._take_rows(mailbox, token, head, whole=whole or head.ended)
        pictures = {}
        for place, offer in enumerate(head.offers):
            if offer.number > self._numbers.get(offer.name, 0):
                value = mailbox.get(f"picture/{place}", there=True)
                if value is not None:
                    said, data = unseal(token, f"picture/{place}", value, Pictured)
                    pictures[said.name] = said, _received(said, data)
                    self._numbers[said.name] = said.number
        with self.lock:
            self.head = head
            self.alive, self.alive_at = time.monotonic(), time.time()
            self.pictures |= pictures
        return True

    def _take_rows(self, mailbox: Mailbox, token: str, head: Head, *, whole: bool) -> None:
        """Reads what is new in the log, part by part: what was read is there even if the next cannot be.

        While `MOST_WAITING` values wait for the view, the rest is left for later, unless the ``whole`` is wanted
        because there will be no later.
        """
        self._read = max(self._read, head.first)
        with self.lock:
            waiting = sum(len(rows) for _, rows in self.logged)
        while self._read < head.logged and (whole or waiting < MOST_WAITING):
            part, skip = divmod(self._read, CHUNK)
            value = mailbox.get(f"log/{part}")
            if value is None:
                break
            _, data = unseal(token, f"log/{part}", value, Part)
            if len(data) % ROW.itemsize or len(data) > CHUNK * ROW.itemsize:
                raise MessageError(f"log/{part}: {len(data)} bytes are no values")
            new = np.frombuffer(data, ROW)[skip:]
            if not len(new):
                break
            known = len(head.names)
            rows = [(head.names[name], step, number) for name, step, number in new.tolist() if 0 <= name < known]
            with self.lock:
                self.logged.append((head, rows))
            self._read += len(new)
            waiting += len(rows)


_readers: WeakSet[Reader] = WeakSet()


@atexit.register
def _end() -> None:
    """Ends all threads while Python is still running: a thread inside a store would abort the process later."""
    readers = list(_readers)
    for reader in readers:
        reader.close()
    end = time.monotonic() + ANSWERING.total_seconds() + 1
    for reader in readers:
        reader.join(max(0.0, end - time.monotonic()))


def _received(said: Pictured, data: bytes) -> PictureFile:
    """The picture, of which only the beginning is read here. Whoever shows it decodes it, if need be."""
    file = PictureFile(data, said.format, said.width, said.height)
    if not 0 < max(said.width, said.height) <= MOST_SIDE or (problem := file.problem()):
        raise MessageError(f"picture {said.name!r}: {problem or f'{said.width} x {said.height} is too large'}")
    return file
