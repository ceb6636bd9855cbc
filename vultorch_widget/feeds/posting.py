"""The thread of a training process that fills its mailbox and reads what notebooks want."""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import torch

from ..basics.first_errors import FirstErrors
from . import register
from .audience import Audience
from .copies import Streams
from .gallery import KEEPING, Gallery
from .logbook import Logbook
from .mailbox import MailboxError, StoreMailbox, keep
from .messages import Announced, Head, Peers, Steered
from .outbox import Outbox

BEAT = 0.4
"""Seconds between two signs of life."""
KEEPING_SHARE = 0.005
"""Maximum share of a core that writing what a run would leave behind takes."""

_log = logging.getLogger(__name__)


class Posting:
    """The mailbox of one rank and the thread that serves it. With ``stays``, the mailbox outlives `close`."""

    def __init__(
        self, run: str, rank: int, world: int, process: str, host: str, port: int, token: str, *, stays: bool
    ) -> None:
        self.process = process
        self.stays = stays
        self.over = ""
        """Why nothing more is posted; empty while it is."""
        self.controls: tuple[Steered, ...] = ()
        self._run, self._rank, self._world = run, rank, world
        self._mailbox = StoreMailbox(host, port, serve=True)
        self._outbox = Outbox(self._mailbox, token)
        self._wake = threading.Event()
        streams = Streams()
        self.pictures = Gallery(self._outbox, streams, self._wake.set)
        self.scalars = Logbook(self._mailbox, self._outbox, streams)
        self.audience = Audience(self._mailbox, token, process)
        self._step, self._alive = 0, time.monotonic()
        self._beat = 0
        self._counted = threading.Event()
        self._errors = FirstErrors()
        self._ended = False
        self._post_head(ended=False)
        register.begin(run, rank, world)
        self._announced = Announced(
            host=self._mailbox.host,
            port=self._mailbox.port,
            token=token,
            process=process,
            machine=platform.node(),
            pid=os.getpid(),
        )
        register.announce(run, rank, self._announced)
        self._thread = threading.Thread(target=self._run_until_over, name=f"vultorch feed {run}", daemon=True)
        self._thread.start()
        self._counted.wait()

    @property
    def port(self) -> int:
        """Where the mailbox listens."""
        return self._mailbox.port

    def tell_peers(self, addresses: Sequence[str]) -> None:
        """Lets notebooks know where the mailboxes of all ranks are."""
        peers = Outbox(self._mailbox, self._announced.token)  # the other one belongs to the thread
        peers.add("peers", Peers(addresses=tuple(addresses)))
        peers.send()

    # --- on the training's thread ------------------------------------------------------------------------------------

    def say(self, step: int) -> None:
        """Notes that the training is alive and at ``step``."""
        self._step, self._alive = step, time.monotonic()

    def close(self) -> None:
        """Posts what is left to say, and that the training has ended. Gives notebooks a moment to read it."""
        self.over = self.over or "is closed"
        self._ended = True
        self._wake.set()
        self._thread.join(5)

    def end(self) -> None:
        """Frees the port. Call it after `close`."""
        if not self._thread.is_alive():
            self._mailbox.close()

    # --- on the thread that posts ------------------------------------------------------------------------------------

    def _run_until_over(self) -> None:
        # torch gives a thread its number of threads when it first asks, which must not be while `show` uses only one.
        torch.get_num_threads()
        self._counted.set()
        try:
            self._serve()
        finally:
            self.over = self.over or "has lost its mailbox"
            self.scalars.clear()
            self.pictures.clear()

    def _serve(self) -> None:
        beaten = logged = 0.0
        keeping = time.monotonic() + 1
        while True:
            ended = self._ended  # everything said before is posted below
            said = False  # that it has ended
            try:
                now = time.monotonic()
                if self.audience.read(now):
                    self.pictures.make_room(self.audience.rooms())
                made = self.pictures.make()
                log_due = now - logged > 0.2
                if log_due:
                    self.scalars.post(whole=self.audience.present, ended=self._ended)
                    logged = now
                if made or now - beaten > BEAT or ended or (log_due and self.audience.present):
                    self.scalars.post(whole=ended, ended=self._ended)
                    if ended:
                        self.pictures.make_last()
                    self._post_head(ended=ended)
                    beaten, said = now, ended
                if now > keeping and not ended:
                    began = time.thread_time()  # on a busy machine, much less than elapsed time
                    self.scalars.post(whole=True, ended=self._ended)
                    self._post_head(ended=False)
                    with suppress(OSError):  # a full disk does not end a feed
                        self._keep()
                    took, computed = time.monotonic() - now, time.thread_time() - began
                    keeping = now + max(KEEPING, computed / KEEPING_SHARE, 10 * took)
            except MailboxError:
                _log.exception("The mailbox of rank %d is gone.", self._rank)
                return
            except Exception as error:  # nothing here may end a training
                if self._errors.first(error):
                    _log.exception("A feed could not be served; the training goes on.")
                time.sleep(1)
            if ended:
                if not said:
                    self._post_end()
                with suppress(OSError, MailboxError):
                    self._keep()
                with suppress(OSError):  # also if the disk is full for the file
                    self._say_ended()
                if self.audience.present:
                    time.sleep(0.5)  # for notebooks to read the end
                return
            self._wake.wait(max(0.0, self.audience.look_at - time.monotonic()))
            self._wake.clear()

    def _post_head(self, *, ended: bool) -> None:
        self._beat += 1
        head = Head(
            process=self.process,
            run=self._run,
            rank=self._rank,
            world=self._world,
            beat=self._beat,
            at=time.time(),
            step=self._step,
            age=time.monotonic() - self._alive,
            ended=ended,
            offers=self.pictures.offers,
            controls=self.controls,
            chosen=self.audience.choices,
            names=self.scalars.names,
            first=self.scalars.first,
            logged=self.scalars.posted,
        )
        self._outbox.add("head", head)  # last: whoever reads the head finds what it refers to
        self._outbox.send()

    # --- at the end --------------------------------------------------------------------------------------------------

    def _post_end(self) -> None:
        """Posts that the training has ended, if what was to be posted with it has failed."""
        self._outbox.clear()
        try:
            self._post_head(ended=True)
        except Exception:
            _log.exception("Notebooks cannot be told that rank %d has ended.", self._rank)

    def _keep(self) -> None:
        """Writes the contents of the mailbox to a file, for notebooks that come when it no longer exists."""
        if not self._mine():
            return
        keys = ["head", *self.pictures.keys, *self.scalars.keys]
        values = {key: value for key in keys if (value := self._mailbox.get(key)) is not None}
        keep(register.left(self._run, self._rank), values)

    def _say_ended(self) -> None:
        if self._mine():
            register.announce(self._run, self._rank, self._announced.replace(port=0))

    def _mine(self) -> bool:
        """Whether no other process has announced itself as this rank."""
        announced = register.find(self._run, self._rank)
        return announced is not None and announced.process == self.process
