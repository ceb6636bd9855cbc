"""What lies in a mailbox. Whatever is read from one is validated like the messages of a page."""

from __future__ import annotations

from typing import Literal

from ..protocol.controls import Slider
from ..protocol.message import Message


class Announced(Message):
    """Where the mailbox of one rank is, in a file that only its user can read. ``token`` signs all that it holds."""

    host: str
    port: int
    token: str
    process: str


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


class Chosen(Message):
    """A value of a slider. ``revision`` counts the changes by one notebook."""

    label: str
    value: float
    revision: int


class Head(Message):
    """The state of a rank. It changes with every ``beat``, so a rank whose head stays the same is gone.

    ``process`` is a random name, new with every process. ``age`` is seconds since the training last said something.
    ``logged`` values are in the log, the first of which is number ``first``; ``names`` are their scalars.
    """

    process: str
    rank: int
    world: int
    beat: int
    step: int
    age: float
    ended: bool
    stopped: bool
    offers: tuple[Offer, ...]
    sliders: tuple[Slider, ...]
    names: tuple[str, ...]
    first: int
    logged: int


class Part(Message):
    """A part of the log. The values behind it are rows of (name, step, value), see `posting.ROW`."""

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
