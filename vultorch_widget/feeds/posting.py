"""The thread of a training process that makes pictures, fills its mailbox and reads what notebooks want."""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from math import inf, nan
from typing import Any, NamedTuple

import numpy as np
import torch

from ..basics.first_errors import FirstErrors
from ..pictures.arrangement import PLAIN, Arrangement
from ..pictures.encoder import Encoder
from ..pictures.foreign import as_tensor
from ..protocol.wire import MessageError
from ..render.plan import Channels, Transfer, plan_tile
from ..render.renderer import Renderer
from ..render.rounding import rounded_in_place
from . import register
from .mailbox import MailboxError, StoreMailbox, keep
from .messages import Announced, Chosen, Head, Offer, Part, Peers, Pictured, Steered, Watching
from .pacing import Pacing
from .sealed import seal, unseal

POLL = 0.03
"""Seconds between two looks into the mailbox while somebody is watching. Each takes Python's lock from the training."""
IDLE_POLL = 0.2
"""The same while nobody is watching."""
BEAT = 0.4
"""Seconds between two signs of life."""
FORGOTTEN = 4.0
"""Seconds without a sign of life after which a notebook no longer counts as watching."""
MOST_SIDE = 2048
"""Maximum pixels along a side of a picture."""
MOST_NEW_NOTEBOOKS = 16
"""Notebooks that may come between two looks: anyone can raise their counter."""
MOST_NAMES = 64
"""Maximum number of pictures."""
MOST_SCALARS = 4096
"""Maximum number of scalars: every head names them all."""
MOST_CONTROLS = 256
LAST = (512, 512)
"""Device pixels of the pictures that a run leaves behind when it ends."""
KEEPING = 5.0
"""Seconds between two times that a run writes what it would leave behind, in case it is killed."""
KEEPING_SHARE = 0.005
"""Maximum share of a core that this takes."""
SELDOM = 1.0
"""Seconds after which a picture that was not shown again is made again for a notebook that has more room for it."""
REFUSED = 1.0
"""Seconds until a picture that could not be copied is tried again."""
CHUNK = 4096
"""Values in one part of the log."""
MOST_CHUNKS = 64
"""Parts that the mailbox keeps: 262,144 values, 5 MiB. Older ones are dropped."""
ROW = np.dtype([("name", "<i4"), ("step", "<i8"), ("value", "<f8")])

_log = logging.getLogger(__name__)


class Look(NamedTuple):
    """How a picture is painted, as the attributes of `Canvas` with these names."""

    arranged: Arrangement = PLAIN
    gain: float = 1.0
    offset: float = 0.0
    colormap: str | None = None
    channels: Channels = "auto"
    color: Transfer = "display"


_PLAIN = Look()


def happened(device: torch.device) -> torch.cuda.Event | None:
    """An event after everything that the calling thread has queued on ``device`` so far; None for the CPU."""
    if device.type != "cuda":
        return None
    with torch.cuda.device(device):
        event = torch.cuda.Event()  # type: ignore[no-untyped-call]
        event.record()
    return event


class Copied(NamedTuple):
    """A copy of a tensor, complete once ``ready`` has happened, if that is not None."""

    tensor: torch.Tensor
    ready: torch.cuda.Event | None
    step: int


@dataclass
class _Picture:
    """One picture of the training, by name."""

    look: Look = _PLAIN
    room: tuple[int, int] | None = None  # None: nobody is watching it
    made_for: tuple[int, int] = (0, 0)  # the room of the last one
    waiting: Copied | None = None
    spare: torch.Tensor | None = None  # the last copy, no longer needed: its memory is reused for the next
    levels: np.ndarray | None = None  # the memory of the last picture, likewise
    newest: tuple[Any, int, float] | None = None  # as the training gave it, the step, and when: shown when it ends
    refused: float = -inf  # when it last could not be copied
    kept: float = 0.0  # when one was last made just for the file
    number: int = 0
    error: str = ""


@dataclass
class _Notebook:
    """One notebook that is watching."""

    raw: bytes = b""
    at: float = 0.0
    said: Watching | None = None


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
        self._token = token
        self._mailbox = StoreMailbox(host, port, serve=True)
        self._renderer = Renderer("torch", _log.info)
        self._encoder = Encoder()
        self._lock = threading.Lock()
        self._pictures: dict[str, _Picture] = {}
        self._pacing = Pacing()
        self._notebooks: dict[int, _Notebook] = {}
        self._known = 0
        self._said = 0  # what they have said so far
        self._look_at = 0.0  # when to look into the mailbox again
        self._outbox: dict[str, bytes] = {}  # what is posted with the next head
        self._chosen: dict[str, float | int | bool] = {}  # since they were last collected
        self._choices: dict[str, Chosen] = {}
        self._streams: dict[torch.device, torch.cuda.Stream] = {}
        self._stop = False
        self._names: dict[str, int] = {}
        self._rows: list[tuple[int, int, float | Copied]] = []  # rows of the log that are not in any part yet
        self._part = np.empty(CHUNK, ROW)
        self._filled = 0  # values in the part
        self._full = 0  # parts that are complete
        self._posted = 0  # values in the mailbox
        self._step, self._alive = 0, time.monotonic()
        self._beat = 0
        self._wake = threading.Event()
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
        self._mailbox.put({"peers": seal(self._token, "peers", Peers(addresses=tuple(addresses)))})

    # --- on the training's thread ------------------------------------------------------------------------------------

    def say(self, step: int) -> None:
        """Notes that the training is alive and at ``step``."""
        self._step, self._alive = step, time.monotonic()

    def due(self, name: str, now: float) -> bool:
        """Returns whether a new picture of this name is wanted, by a notebook or for the file that is left behind.

        The first picture of a name always is: it may be the only one.
        """
        picture = self._picture(name)
        if picture is None or picture.waiting is not None or now < picture.refused + REFUSED:
            return False
        if not self._pacing.due(name, now):
            return False
        if picture.room is None:
            if now < picture.kept + KEEPING:
                return False
            picture.kept = now
        return True

    def spare(self, name: str) -> torch.Tensor | None:
        """Takes the memory of an earlier copy, if no longer needed. New memory would cost more than the copy itself."""
        picture = self._pictures[name]
        spare, picture.spare = picture.spare, None
        return spare

    def _picture(self, name: str) -> _Picture | None:
        """The picture of this name, a new one at the first call. None if there are too many."""
        picture = self._pictures.get(name)
        if picture is None and len(self._pictures) < MOST_NAMES:
            with self._lock:
                picture = self._pictures[name] = _Picture()
        return picture

    def look(self, name: str, look: Look) -> bool:
        """Paints the picture like this from now on. Returns False if there are too many."""
        picture = self._picture(name)
        if picture is not None:
            picture.look = look
        return picture is not None

    def remember(self, name: str, picture: Any, step: int, now: float) -> bool:
        """Holds the newest of each picture for the end of the training. Returns False if there are too many."""
        known = self._picture(name)
        if known is not None:
            known.newest = (picture, step, now)
        return known is not None

    def take(self, name: str, copied: Copied, now: float, took: float) -> None:
        """Takes a copy of a tensor, which took ``took`` seconds to make."""
        picture = self._pictures[name]
        self._pacing.copied(name, now, took)
        picture.waiting = copied
        self._wake.set()

    def refuse(self, name: str, error: str) -> None:
        """Lets notebooks say why a picture is not shown."""
        picture = self._pictures[name]
        picture.error, picture.refused = error[:1000], time.monotonic()

    def log(self, name: str, step: int, value: float | Copied) -> bool:
        """Appends a value to the log. Returns False if there are too many scalars."""
        with self._lock:
            number = self._names.get(name)
            if number is None:
                if len(self._names) >= MOST_SCALARS:
                    return False
                number = self._names[name] = len(self._names)
            self._rows.append((number, step, value))
        return True

    def heard(self) -> tuple[dict[str, float | int | bool], bool]:
        """Returns what notebooks have chosen since the last call, and whether to stop."""
        with self._lock:
            chosen, self._chosen = self._chosen, {}
        return chosen, self._stop

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
            with self._lock:
                self._rows.clear()
                for picture in self._pictures.values():
                    picture.newest = picture.waiting = picture.spare = picture.levels = None

    def _serve(self) -> None:
        beaten = logged = 0.0
        keeping = time.monotonic() + 1
        while True:
            ended = self._ended  # everything said before is posted below
            said = False  # that it has ended
            try:
                now = time.monotonic()
                self._read(now)
                made = self._make()
                log_due = now - logged > 0.2
                if log_due:
                    self._post_log(whole=bool(self._notebooks))
                    logged = now
                if made or now - beaten > BEAT or ended or (log_due and self._notebooks):
                    self._post_log(whole=ended)
                    if ended:
                        self._leave()
                    self._post_head(ended=ended)
                    beaten, said = now, ended
                if now > keeping and not ended:
                    began = time.thread_time()  # on a busy machine, much less than elapsed time
                    self._post_log(whole=True)
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
                if self._notebooks:
                    time.sleep(0.5)  # for notebooks to read the end
                return
            self._wake.wait(max(0.0, self._look_at - time.monotonic()))
            self._wake.clear()

    def _read(self, now: float) -> None:
        if now < self._look_at:
            return
        said, self._said = self._said, self._mailbox.count("said", 0)
        if self._said != said:
            count = self._mailbox.count("notebooks", 0)
            for number in range(max(self._known, count - MOST_NEW_NOTEBOOKS) + 1, count + 1):
                self._notebooks[number] = _Notebook(at=now)
            self._known = count
        self._look_at = now + (POLL if self._notebooks else IDLE_POLL)
        watched = len(self._notebooks)
        for number, notebook in list(self._notebooks.items()):
            key = f"watch/{number}"
            raw = self._mailbox.get(key) if self._said != said else None
            if raw is not None and raw != notebook.raw:
                notebook.raw, notebook.at = raw, now
                try:
                    notebook.said, _ = unseal(self._token, key, raw, Watching)
                    self._choose(notebook.said)
                except MessageError as error:
                    _log.warning("A notebook's message was refused: %s", error)
            elif now - notebook.at > FORGOTTEN:
                del self._notebooks[number]
                self._mailbox.drop(key)
        if self._said != said or len(self._notebooks) < watched:
            self._make_room()

    def _make_room(self) -> None:
        """Notes how many pixels the notebooks need for each picture, together."""
        rooms: dict[str, tuple[int, int]] = {}
        for notebook in self._notebooks.values():
            for one in notebook.said.pictures if notebook.said else ():
                known = rooms.get(one.name, (1, 1))
                rooms[one.name] = (
                    min(MOST_SIDE, max(known[0], one.width)),
                    min(MOST_SIDE, max(known[1], one.height)),
                )
        with self._lock:
            for name, picture in self._pictures.items():
                picture.room = rooms.get(name)

    def _choose(self, said: Watching) -> None:
        with self._lock:
            for one in said.chosen:
                known = self._choices.get(one.label)
                if one.process not in ("", self.process) or (known is None and len(self._choices) >= MOST_CONTROLS):
                    continue
                if known is None or (one.revision, one.by) > (known.revision, known.by):
                    self._choices[one.label] = one
                    self._chosen[one.label] = one.value
        self._stop |= said.stop == self.process

    def _make(self) -> bool:
        with self._lock:
            pictures = list(self._pictures.items())
        made = False
        for place, (name, picture) in enumerate(pictures):
            if picture.waiting is None:
                made = self._renew(place, name, picture) or made
                continue
            made = True
            with _noting_errors(picture):
                self._post_picture(place, name, picture, picture.waiting, picture.room or LAST)
                picture.error = ""
            tensor = picture.waiting.tensor
            more = picture.room is not None and tensor.device.type == "cpu"  # a GPU's allocator keeps memory itself
            picture.spare = tensor if more else None
            picture.waiting = None
        return made

    def _renew(self, place: int, name: str, picture: _Picture) -> bool:
        """Makes a picture anew that is seldom shown, or was shown once, if a notebook has more room for it by now."""
        room, newest = picture.room, picture.newest
        if room is None or newest is None or picture.error:
            return False
        given, step, shown = newest
        larger = room[0] > picture.made_for[0] or room[1] > picture.made_for[1]
        if not larger or time.monotonic() - shown < SELDOM:
            return False
        with _noting_errors(picture):
            tensor = as_tensor(given).detach()
            with self._beside([Copied(tensor, happened(tensor.device), step)]):
                self._paint(place, name, picture, tensor, room, step)
        return True

    def _post_picture(self, place: int, name: str, picture: _Picture, copied: Copied, room: tuple[int, int]) -> None:
        with self._beside([copied]):
            self._paint(place, name, picture, copied.tensor, room, copied.step, own=copied.ready is None)

    @contextmanager
    def _beside(self, copies: Sequence[Copied]) -> Iterator[None]:
        """Works on ``copies`` of one device on a stream of ours, which does not hold up the training's.

        Nor does it wait for what the training has queued since.
        """
        device = copies[0].tensor.device
        if device.type != "cuda":
            yield
            return
        stream = self._streams.get(device)
        if stream is None:
            stream = self._streams[device] = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        with torch.cuda.device(device), torch.cuda.stream(stream):
            for copied in copies:
                assert copied.ready is not None
                stream.wait_event(copied.ready)
                copied.tensor.record_stream(stream)  # the allocator knows streams by what is recorded
            yield

    @torch.inference_mode()
    def _paint(
        self,
        place: int,
        name: str,
        picture: _Picture,
        tensor: torch.Tensor,
        room: tuple[int, int],
        step: int,
        *,
        own: bool = False,
    ) -> None:
        """Posts a picture of ``tensor``, which may be overwritten if it is our ``own``."""
        look, picture.made_for = picture.look, room
        look.arranged.check(tensor)
        tile = plan_tile(
            tensor,
            room,
            filter="nearest",
            fit="contain",
            color=look.color,
            gain=look.gain,
            offset=look.offset,
            colormap=look.colormap,
            channels=look.channels,
            arranged=look.arranged,
        )
        if tile is None:
            return
        picture.levels = rounded_in_place(tile, picture.levels) if own else None
        pixels = self._renderer.compose([tile])[0] if picture.levels is None else picture.levels
        encoded = self._encoder.encode(pixels, at_rest=False)
        picture.number += 1
        key = f"picture/{place}"
        said = Pictured(
            name=name, number=picture.number, format=encoded.format, width=tile.width, height=tile.height, step=step
        )
        self._outbox[key] = seal(self._token, key, said, encoded.data)

    def _post_log(self, *, whole: bool) -> None:
        """Posts the parts of the log that are complete, and with ``whole`` the last one."""
        with self._lock:
            rows = list(self._rows)
        if not self._ended:  # values that a GPU has yet to compute are read next time
            rows = list(takewhile(lambda row: _is_ready(row[2]), rows))
        if self._filled + len(rows) < CHUNK and not (
            whole and self._full * CHUNK + self._filled + len(rows) > self._posted
        ):
            return
        numbers = self._numbers(rows)
        values = [(name, step, number) for (name, step, _), number in zip(rows, numbers, strict=True)]
        with self._lock:
            del self._rows[: len(rows)]
        at = 0
        while at < len(values) or (whole and self._full * CHUNK + self._filled > self._posted):
            new = values[at : at + CHUNK - self._filled]
            self._part[self._filled : self._filled + len(new)] = new
            self._filled += len(new)
            at += len(new)
            if whole or self._filled == CHUNK:
                self._post_part()

    def _numbers(self, rows: Sequence[tuple[int, int, float | Copied]]) -> list[float]:
        """The values of ``rows``. What was copied is read in one transfer for each device and dtype."""
        found = [value if isinstance(value, float) else nan for _, _, value in rows]
        copied: dict[tuple[torch.device, torch.dtype], list[tuple[int, Copied]]] = {}
        for place, (_, _, value) in enumerate(rows):
            if not isinstance(value, float):
                copied.setdefault((value.tensor.device, value.tensor.dtype), []).append((place, value))
        for of_device in copied.values():
            copies = [value for _, value in of_device]
            try:
                with self._beside(copies):
                    read = torch.stack([one.tensor.reshape(()) for one in copies]).tolist()
            except Exception:  # one of them cannot be read like this, such as a sharded tensor, or not at all
                read = [self._number(rows[place][0], value) for place, value in of_device]
            for (place, _), number in zip(of_device, read, strict=True):
                found[place] = float(number)
        return found

    def _number(self, name: int, copied: Copied) -> float:
        """Reads one value; NaN if that fails, which is said once for each scalar."""
        try:
            if copied.ready is not None:
                copied.ready.synchronize()
            return float(copied.tensor.item())
        except Exception as error:
            with self._lock:
                scalar = list(self._names)[name]
            if self._errors.first(error, of=scalar):
                _log.warning(
                    "%r cannot be read and is NaN in the log; log a number instead. %s", scalar, error, exc_info=error
                )
            return nan

    def _post_part(self) -> None:
        key = f"log/{self._full}"
        self._outbox[key] = seal(self._token, key, Part(number=self._full), self._part[: self._filled].tobytes())
        self._posted = self._full * CHUNK + self._filled
        if self._filled == CHUNK:
            self._full, self._filled = self._full + 1, 0
            self._mailbox.drop(f"log/{self._full - 1 - MOST_CHUNKS}")

    def _post_head(self, *, ended: bool) -> None:
        self._beat += 1
        with self._lock:
            chosen = tuple(self._choices.values())
            offers = tuple(Offer(name=name, number=one.number, error=one.error) for name, one in self._pictures.items())
            names = tuple(self._names)
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
            offers=offers,
            controls=self.controls,
            chosen=chosen,
            names=names,
            first=max(0, self._full - MOST_CHUNKS) * CHUNK,
            logged=self._posted,
        )
        self._outbox["head"] = seal(self._token, "head", head)  # last: whoever reads the head finds what it refers to
        self._mailbox.put(self._outbox)
        self._outbox.clear()

    # --- at the end --------------------------------------------------------------------------------------------------

    def _leave(self) -> None:
        """Posts the newest pictures, even those that nobody has asked for."""
        for place, (name, picture) in enumerate(list(self._pictures.items())):
            if picture.newest is None or picture.error:
                continue
            given, step, _ = picture.newest
            picture.newest = picture.waiting = None
            with _noting_errors(picture):
                tensor = as_tensor(given).detach()
                if tensor.is_cuda:
                    torch.cuda.synchronize(tensor.device)
                self._paint(place, name, picture, tensor, picture.room or LAST, step)

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
        keys = [
            "head",
            *(f"picture/{place}" for place in range(len(self._pictures))),
            *(f"log/{part}" for part in range(max(0, self._full - MOST_CHUNKS), self._full + 1)),
        ]
        values = {key: value for key in keys if (value := self._mailbox.get(key)) is not None}
        keep(register.left(self._run, self._rank), values)

    def _say_ended(self) -> None:
        if self._mine():
            register.announce(self._run, self._rank, self._announced.replace(port=0))

    def _mine(self) -> bool:
        """Whether no other process has announced itself as this rank."""
        announced = register.find(self._run, self._rank)
        return announced is not None and announced.process == self.process


@contextmanager
def _noting_errors(picture: _Picture) -> Iterator[None]:
    """Keeps what is raised as the error of ``picture``, for notebooks. Only a mailbox that is gone is raised again."""
    try:
        yield
    except MailboxError:
        raise
    except Exception as error:
        picture.error = f"{type(error).__name__}: {error}"[:1000]


def _is_ready(value: float | Copied) -> bool:
    return isinstance(value, float) or value.ready is None or value.ready.query()  # type: ignore[no-untyped-call]
