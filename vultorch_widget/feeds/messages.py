"""The contents of a mailbox. Whatever is read from one is validated like the messages of a page."""

from __future__ import annotations

from typing import Literal

from ..protocol.message import Message


class Announced(Message):
    """Where the mailbox of one rank is, in a file that only its user can read. ``token`` signs all that it holds.

    ``host`` is 0.0.0.0 for all addresses of ``machine``. ``port`` is 0 once the rank has ended and left a file.
    """

    host: str
    port: int
    token: str
    process: str
    machine: str
    pid: int


class Pictured(Message):
    """One picture, as a JPEG or PNG file behind this message. ``number`` counts the pictures of ``name``."""

    name: str
    number: int
    format: Literal["jpeg", "png"]
    width: int
    height: int
    step: int


class Offer(Message):
    """A picture that the rank can make: ``number`` is the newest one made, 0 for none. ``error``: why there is none."""

    name: str
    number: int
    error: str


class Steered(Message):
    """A control of the training. ``min`` to ``step`` describe a slider, and ``items`` a combo."""

    kind: Literal["slider", "slider_int", "checkbox", "combo", "button"]
    label: str
    min: float
    max: float
    default: float
    log: bool
    step: float
    items: tuple[str, ...]
    value: float | int | bool


class Chosen(Message):
    """A value of a control, chosen in the notebook ``by``. Of two choices, the one of the later ``revision`` counts.

    ``process`` is empty, or the only one that takes the choice: a click is not for one that is started again.
    """

    label: str
    value: float | int | bool
    revision: int
    by: str
    process: str


class Head(Message):
    """The state of a rank. It changes with every ``beat``, so a rank whose head stays the same is gone.

    ``process`` is a random name, new with every feed. ``at`` is when this was said, in seconds since 1970 by the clock
    of that machine. ``age`` is seconds since the training last said something. ``logged`` values are in the log, the
    first of which is number ``first``; ``names`` are their scalars.
    """

    process: str
    run: str
    rank: int
    world: int
    beat: int
    at: float
    step: int
    age: float
    ended: bool
    offers: tuple[Offer, ...]
    controls: tuple[Steered, ...]
    chosen: tuple[Chosen, ...]
    names: tuple[str, ...]
    first: int
    logged: int


class Peers(Message):
    """Where the mailboxes of all ranks are, as host:port."""

    addresses: tuple[str, ...]


class Part(Message):
    """A part of the log. The values behind it are rows of (name, step, value), see `logbook.ROW`."""

    number: int


class Wanted(Message):
    """Device pixels that a notebook has for a picture."""

    name: str
    width: int
    height: int


class Watching(Message):
    """What one notebook wants of a rank. ``stop`` names the process that is asked to end, or is empty."""

    beat: int
    pictures: tuple[Wanted, ...]
    chosen: tuple[Chosen, ...]
    stop: str
