"""The pictures of a training: which are wanted, and how they are made for the notebooks that watch."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np
import torch

from ..pictures.arrangement import PLAIN, Arrangement
from ..pictures.encoder import Encoder
from ..pictures.foreign import as_tensor
from ..render.plan import Channels, Transfer, plan_tile
from ..render.renderer import Renderer
from ..render.rounding import rounded_in_place
from .copies import Copied, Streams, happened
from .mailbox import MailboxError
from .messages import Offer, Pictured
from .outbox import Outbox
from .pacing import Pacing

MOST_SIDE = 2048
"""Maximum pixels along a side of a picture."""
MOST_NAMES = 64
"""Maximum number of pictures."""
LAST = (512, 512)
"""Device pixels of the pictures that a run leaves behind when it ends."""
KEEPING = 5.0
"""Seconds between two times that a run writes what it would leave behind, in case it is killed."""
SELDOM = 1.0
"""Seconds after which a picture that was not shown again is made again for a notebook that has more room for it."""
REFUSED = 1.0
"""Seconds until a picture that could not be copied is tried again."""

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


class Gallery:
    """All pictures of one rank, by name. ``wake`` tells the thread that posts that there is something to make."""

    def __init__(self, outbox: Outbox, streams: Streams, wake: Callable[[], None]) -> None:
        self._outbox, self._streams, self._wake = outbox, streams, wake
        self._renderer = Renderer("torch", _log.info)
        self._encoder = Encoder()
        self._lock = threading.Lock()
        self._pictures: dict[str, _Picture] = {}
        self._pacing = Pacing()

    # --- on the training's thread ------------------------------------------------------------------------------------

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
        self._wake()

    def refuse(self, name: str, error: str) -> None:
        """Lets notebooks say why a picture is not shown."""
        picture = self._pictures[name]
        picture.error, picture.refused = error[:1000], time.monotonic()

    # --- on the thread that posts ------------------------------------------------------------------------------------

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What notebooks are told about all pictures."""
        with self._lock:
            pictures = list(self._pictures.items())
        return tuple(Offer(name=name, number=one.number, error=one.error) for name, one in pictures)

    @property
    def keys(self) -> list[str]:
        """Where the mailbox may have pictures."""
        return [f"picture/{place}" for place in range(len(self._pictures))]

    def make_room(self, rooms: Mapping[str, tuple[int, int]]) -> None:
        """Notes how many pixels notebooks have for the pictures that they want."""
        with self._lock:
            for name, picture in self._pictures.items():
                room = rooms.get(name)
                picture.room = None if room is None else (min(MOST_SIDE, room[0]), min(MOST_SIDE, room[1]))

    def make(self) -> bool:
        """Makes the pictures that were copied. Returns whether there were any."""
        with self._lock:
            pictures = list(self._pictures.items())
        made = False
        for place, (name, picture) in enumerate(pictures):
            if picture.waiting is None:
                made = self._renew(place, name, picture) or made
                continue
            made = True
            copied, room = picture.waiting, picture.room or LAST
            with _noting_errors(picture):
                with self._streams.beside([copied]):
                    self._paint(place, name, picture, copied.tensor, room, copied.step, own=copied.ready is None)
                picture.error = ""
            more = picture.room is not None and copied.tensor.device.type == "cpu"  # a GPU's allocator keeps memory
            picture.spare = copied.tensor if more else None
            picture.waiting = None
        return made

    def make_last(self) -> None:
        """Makes the newest pictures, even those that nobody has asked for."""
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

    def clear(self) -> None:
        """Frees all tensors: nobody will make pictures of them."""
        with self._lock:
            for picture in self._pictures.values():
                picture.newest = picture.waiting = picture.spare = picture.levels = None

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
            with self._streams.beside([Copied(tensor, happened(tensor.device), step)]):
                self._paint(place, name, picture, tensor, room, step)
        return True

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
        said = Pictured(
            name=name, number=picture.number, format=encoded.format, width=tile.width, height=tile.height, step=step
        )
        self._outbox.add(f"picture/{place}", said, encoded.data)


@contextmanager
def _noting_errors(picture: _Picture) -> Iterator[None]:
    """Keeps what is raised as the error of ``picture``, for notebooks. Only a mailbox that is gone is raised again."""
    try:
        yield
    except MailboxError:
        raise
    except Exception as error:
        picture.error = f"{type(error).__name__}: {error}"[:1000]
