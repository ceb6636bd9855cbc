"""`Feed`: what a training process sends to the notebooks that watch it, and receives from them."""

from __future__ import annotations

import os
import secrets
import time
import warnings
from collections.abc import Iterable, Sequence
from contextlib import nullcontext, suppress
from multiprocessing.util import Finalize
from typing import Any, Literal, get_args

import torch

from ..basics.held import Held
from ..basics.threads import threads_for
from ..controls.button import Button
from ..controls.checkbox import Checkbox
from ..controls.combo import Combo
from ..controls.labels import identity
from ..controls.slider import Slider
from ..controls.slider_int import SliderInt
from ..controls.store import Store
from ..metrics.scalars import checked_step, scalar
from ..pictures.arrangement import Layout, Statistics, arrangement
from ..pictures.colormap import colormap_table
from ..pictures.foreign import as_tensor
from ..pictures.grid import Columns
from ..render.plan import Channels, Transfer
from . import register
from .addresses import LOOPBACK, MOST_PORT, announced_address, checked_token, gathered, split
from .agreeing import Agreeing
from .copies import Copied, happened
from .digest import SERIES, digest
from .gallery import MOST_NAMES, Look
from .logbook import MOST_SCALARS
from .messages import Steered
from .posting import Posting


class Feed(Held):
    """The pictures, scalars and controls of one process that trains. Made by `feed`.

    It never waits for a notebook. Without one, `show` makes a picture every five seconds, which is left if the process
    is killed, and `log` appends to a list.
    """

    def __init__(self, run: str, *, rank: int, world: int, address: str | None, token: str | None) -> None:
        self._run, self._rank, self._world = run, rank, world
        host, port = (LOOPBACK, 0) if address is None else split(address)
        token = secrets.token_urlsafe(32) if address is None else checked_token(token)
        self._store = Store()
        self._controls: dict[str, Steered] = {}
        self._called: dict[str, tuple[Any, Any]] = {}  # arguments and value of the last call of each control
        self._chosen: dict[str, float | int | bool] = {}  # not taken by its control yet
        self._stopped = False
        self._asked: set[str] = set()  # since the ranks last agreed
        self._agreeing = Agreeing()
        self._step = 0
        self._checked: int | None = None
        self._pid = os.getpid()
        at = port + rank if port else 0
        self._posting = Posting(run, rank, world, secrets.token_hex(8), host, at, token, stays=address is not None)
        self._address = announced_address(host, self._posting.port)
        self._told: set[str] = set()  # reasons why something is not shown
        if address is not None and world > 1:
            try:
                self._posting.tell_peers(gathered(self._address))
            except BaseException:
                self._posting.close()
                self._posting.end()
                raise
        # Unlike `atexit`, this also runs at the end of a `multiprocessing` process, such as launchers in notebooks
        # start.
        self._at_exit = Finalize(None, self._leave, exitpriority=0)

    def __repr__(self) -> str:
        return f"<Feed {self._run!r}, rank {self._rank} of {self._world}, at {self._address}>"

    @property
    def rank(self) -> int:
        """The rank of this process, from 0."""
        return self._rank

    @property
    def address(self) -> str:
        """Where notebooks find this process, as ``"host:port"``."""
        return self._address

    @property
    def _forked(self) -> bool:
        return os.getpid() != self._pid  # a forked process has no thread that posts

    def _mute(self, what: str) -> bool:
        """Whether nothing can be sent. Warns once if the feed has ended, but not in a forked process."""
        if self._forked:
            return True
        over = self._posting.over
        if over:
            why = f"{over}, so that nothing more of it is shown; call feed({self._run!r}) again"
            self._warn("over", f"{what}: the feed of run {self._run!r} {why}")
        return bool(over)

    def _warn(self, cause: str, text: str) -> None:
        """Warns the user's program, once for each ``cause``."""
        if cause not in self._told:
            self._told.add(cause)
            warnings.warn(text, RuntimeWarning, stacklevel=4)

    def _leave_out(self, what: str, name: str, most: int) -> None:
        text = f"{what}: the feed of run {self._run!r} takes at most {most}; {name!r} and later ones are left out"
        self._warn(what, text)

    def show(self, **pictures: Any) -> None:
        """Shows each picture in the notebooks that watch: tensors, arrays and images that `Canvas.bind` takes.

        Tensors are copied on their device, on average at most 30 times a second, and all together never for more than
        a fiftieth of the time. A picture that cannot be shown is not: the notebook says why, and the training goes on.
        The newest of each is held until the next, and is what a notebook sees that attaches after the end.
        """
        if self._mute("show"):
            return
        self._posting.say(self._step)
        now = time.monotonic()
        for name, picture in pictures.items():
            due = self._posting.pictures.due(name, now)
            held = picture.detach() if isinstance(picture, torch.Tensor) else picture
            if not self._posting.pictures.remember(name, held, self._step, now):
                self._leave_out("pictures", name, MOST_NAMES)
            if not due:
                continue
            begun, worked = time.monotonic(), time.thread_time()
            try:
                copied = _copied(as_tensor(picture), self._step, self._posting.pictures.spare(name))
            except Exception as error:
                self._posting.pictures.refuse(name, f"{type(error).__name__}: {error}")
                continue
            # On a busy machine, most of the elapsed time belongs to others.
            took = min(time.monotonic() - begun, time.thread_time() - worked)
            self._posting.pictures.take(name, copied, now, took)

    def look(
        self,
        name: str,
        *,
        layout: Layout | None = None,
        columns: Columns = "auto",
        normalize: Literal["minmax"] | Statistics | None = None,
        gain: float = 1.0,
        offset: float = 0.0,
        colormap: str | None = None,
        channels: Channels = "auto",
        color: Transfer = "display",
    ) -> None:
        """Says how the picture ``name`` is painted from now on, before or after it is first shown.

        ``layout``, ``columns`` and ``normalize`` are those of `Canvas.bind`, the others attributes of `Canvas`. What is
        left out is as it is without this call. Raises ValueError, naming the wrong value.
        """
        if colormap is not None:
            colormap_table(colormap)
        for what, value, known in (("channels", channels, Channels), ("color", color, Transfer)):
            if value not in get_args(known):
                raise ValueError(f"{what} must be one of {', '.join(map(repr, get_args(known)))}, not {value!r}")
        arranged = arrangement(layout, columns, normalize=normalize)
        if self._mute("look"):
            return
        if not self._posting.pictures.look(name, Look(arranged, float(gain), float(offset), colormap, channels, color)):
            self._leave_out("pictures", name, MOST_NAMES)

    def log(self, *, step: int | None = None, **scalars: Any) -> None:
        """Logs one value of each scalar. ``step`` defaults to the last one plus one.

        Raises TypeError and ValueError for values that are no numbers, and for a ``step`` that is no integer of 0 to
        2**53, as `View.log` does.
        """
        numbers = {name: scalar(name, value) for name, value in scalars.items()}
        self._step = self._step + 1 if step is None else checked_step(step)
        if not self._mute("log"):
            for name, number in numbers.items():
                value = number if isinstance(number, float) else _copied(number, self._step)
                if not self._posting.scalars.append(name, self._step, value):
                    self._leave_out("scalars", name, MOST_SCALARS)
            self._posting.say(self._step)

    def checksum(self, model: torch.nn.Module | Iterable[torch.Tensor], *, every: int = 100) -> None:
        """Lets the notebook compare the parameters of all ranks: those of DDP are alike, bit for bit, or have diverged.

        Call it in each step, after `log`. It acts once in a step that is a multiple of ``every``: it reads all
        parameters of ``model``, or all tensors given, on their device, and waits for nothing. Buffers are left out: in
        DDP each rank updates those of BatchNorm from its own batch, and they are alike only during the next forward
        pass.

        Raises ValueError if ``every`` is less than 1.
        """
        if every < 1:
            raise ValueError(f"every must be at least 1; got {every}")
        if self._step % every or self._step == self._checked or self._mute("checksum"):
            return
        self._checked = self._step
        tensors = model.parameters() if isinstance(model, torch.nn.Module) else model
        self._posting.scalars.append(SERIES, self._step, _copied(digest(tensors), self._step))

    # --- controls ----------------------------------------------------------------------------------------------------

    def slider(
        self,
        label: str,
        min: float = 0.0,
        max: float = 1.0,
        *,
        default: float | None = None,
        log: bool = False,
        step: float = 0.0,
    ) -> float:
        """A slider in the notebook, as `Panel.slider`. All ranks get a new value in the same step.

        Rank 0 reads it and sends it to the others by the process group, in each step or, if steps are short, in one of
        a few, eight at most. So all ranks must call their controls and `stopped` alike, in every step. Without a
        process group each rank reads it by itself.
        """

        def called() -> float:
            return self._store.labelled(Slider, label, min, max, default=default, log=log, step=step)

        start = min if default is None else default
        return float(self._steered("slider", label, called, min=min, max=max, default=start, log=log, step=step))

    def slider_int(self, label: str, min: int = 0, max: int = 100, *, default: int = 0) -> int:
        """An integer slider, as `Panel.slider_int`. See `slider`."""

        def called() -> int:
            return self._store.labelled(SliderInt, label, min, max, default=default)

        return int(self._steered("slider_int", label, called, min=min, max=max, default=default))

    def checkbox(self, label: str, *, default: bool = False) -> bool:
        """A check box, as `Panel.checkbox`. See `slider`."""
        called = lambda: self._store.labelled(Checkbox, label, default)  # noqa: E731
        return bool(self._steered("checkbox", label, called, default=default))

    def combo(self, label: str, items: Sequence[str], *, default: int = 0) -> int:
        """A choice among ``items``, as `Panel.combo`: the index of the chosen one. See `slider`."""
        called = lambda: self._store.labelled(Combo, label, items, default=default)  # noqa: E731
        return int(self._steered("combo", label, called, default=default, items=items))

    def button(self, label: str) -> bool:
        """A push button, as `Panel.button`: True once after one or more clicks, on all ranks. See `slider`."""
        called = lambda: self._store.labelled(Button, label, 0, 0)  # noqa: E731
        return bool(self._steered("button", label, called))

    def _steered(
        self,
        kind: Literal["slider", "slider_int", "checkbox", "combo", "button"],
        label: str,
        called: Any,
        *,
        min: float = 0,
        max: float = 0,
        default: float = 0,
        log: bool = False,
        step: float = 0,
        items: Sequence[str] = (),
    ) -> Any:
        """Calls a control, and calls it again if something was chosen for it."""
        key = identity(label)
        self._agree(key)
        given = (kind, label, min, max, default, log, step, *items)
        before, value = self._called.get(key, (None, None))
        if given == before and key not in self._chosen and kind != "button":
            return value  # as in nearly all steps
        value = called()
        if key in self._chosen:
            chosen = self._chosen.pop(key)
            with suppress(ValueError):  # the range has changed in the meantime
                if kind == "button":
                    self._store.apply(f"button:{key}", True, "", 0)
                else:
                    self._store.set(label, chosen)
            value = called()
        if not self._forked:
            known = self._controls.get(key)
            if known is None or (known.value, known.min, known.max) != (value, min, max) or kind == "combo":
                self._controls[key] = Steered(
                    kind=kind,
                    label=label,
                    min=float(min),
                    max=float(max),
                    default=float(default),
                    log=log,
                    step=float(step),
                    items=tuple(items),
                    value=False if kind == "button" else value,
                )
                self._posting.controls = tuple(self._controls.values())
        self._called[key] = given, value
        return value

    @property
    def stopped(self) -> bool:
        """True once Stop was pressed in a notebook, for all ranks in the same step. See `slider`."""
        self._agree("###stopped")
        return self._stopped

    def _agree(self, what: str) -> None:
        """Takes what notebooks have chosen, once per step: when something is asked for again."""
        if self._forked:
            return
        if self._asked and what not in self._asked:
            self._asked.add(what)
            return
        self._asked = {what}
        chosen, stop = self._agreeing.agreed(self._posting.audience.heard)
        self._stopped |= stop
        self._chosen |= chosen

    def close(self) -> None:
        """Ends the feed. Notebooks keep what they have. Safe to call twice, and called when Python exits.

        Notebooks that come later find the last pictures and all values: in a file on this machine, and at an address
        for as long as the process lives, unless a feed is opened there again.
        """
        if self._forked:
            return
        self._posting.close()
        if not self._posting.stays:
            self._leave()

    def _leave(self) -> None:
        """Ends the feed and its mailbox."""
        self._at_exit.cancel()
        if _open.get((self._run, self._rank)) is self:
            del _open[self._run, self._rank]
        self._posting.close()
        self._posting.end()

    @property
    def _left(self) -> bool:
        """Whether it has ended but its mailbox has not."""
        return self._posting.stays and bool(self._posting.over)


_open: dict[tuple[str, int], Feed] = {}
"""The feeds of this process, by run and rank: those that are open, and ended ones that can still be read."""
_inherited: list[Feed] = []
"""Those of the process that this one was forked from. They are never freed: torch would wait for their threads, which
do not exist here."""
MOST_LEFT = 8
"""Feeds with an address that have ended but can still be read."""


def _forget_inherited() -> None:
    _inherited.extend(_open.values())
    _open.clear()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget_inherited)


def _make_way(run: str, rank: int, port: int) -> None:
    """Ends whatever is in the way of a feed: one of the same name, one that keeps its port, and one that is too old."""
    left = [known for known in _open.values() if known._left]
    for known in list(_open.values()):
        replaced = (known._run, known.rank) == (run, rank)
        if replaced or (known in left and known._posting.port == port) or known in left[: -MOST_LEFT + 1]:
            known._leave()


def feed(run: str, *, address: str | None = None, token: str | None = None) -> Feed:
    """Opens the feed of this process in ``run``, for notebooks that call ``view.attach(run)``.

    ::

        feed = vultorch_widget.feed("run7")
        for step in range(1000):
            rate = feed.slider("rate", 1e-5, 1e-1, default=1e-3, log=True)
            ...
            feed.show(prediction=prediction)
            feed.log(loss=loss, step=step)
            if feed.stopped:
                break

    Call it in each process of a distributed training. A second call for the same run and rank closes the first feed, so
    a cell may run again. The rank comes from torch.distributed, or else from the
    environment: RANK and WORLD_SIZE, or SLURM_PROCID and SLURM_NTASKS. The feed listens on the loopback interface
    alone; a file that only its user can read says where.

    Args:
        run: 1 to 100 letters, digits, ``_``, ``-`` and ``.``.
        address: Where to listen instead: ``"host"`` or ``"host:port"``, and ``"0.0.0.0"`` for all interfaces. Rank n
            listens on port + n. Whoever reaches a port can look at the pictures, so prefer an SSH tunnel. With it, all
            ranks of a process group must open their feeds together.
        token: What a notebook has to know to steer, at least 16 characters. Needed with ``address``.

    Raises ValueError for another ``run``, a malformed ``address`` or one without a port for each rank, and an
    ``address`` without a ``token``; OSError if nothing can listen there, and PermissionError if the folder of these
    files is open to other users.

    """
    register.checked_run(run)
    if address is None and token is not None:
        raise ValueError("a token needs an address; without one, a file of yours has a token of its own")
    rank, world = _place()
    port = split(address)[1] if address is not None else 0
    if port and port + world - 1 > MOST_PORT:
        raise ValueError(
            f"{world} ranks listen on as many ports, so that of rank 0 must be at most {MOST_PORT + 1 - world}; got "
            f"{address!r}"
        )
    _make_way(run, rank, port + rank if port else 0)
    opened = _open[run, rank] = Feed(run, rank=rank, world=world, address=address, token=token)
    return opened


def _copied(tensor: torch.Tensor, step: int, spare: torch.Tensor | None = None) -> Copied:
    """A copy on the tensor's device, in ``spare`` if that fits. Its stream is not waited for."""
    copy = spare if spare is not None and _fits(spare, tensor) else None
    with nullcontext() if tensor.is_cuda else threads_for(tensor.nbytes):
        copy = tensor.detach().clone() if copy is None else copy.copy_(tensor.detach())
    return Copied(copy, happened(copy.device), step)


def _fits(spare: torch.Tensor, tensor: torch.Tensor) -> bool:
    """Whether ``tensor`` can be copied into ``spare``. Inference tensors can only be written to in inference mode."""
    alike = (spare.shape, spare.dtype, spare.layout) == (tensor.shape, tensor.dtype, tensor.layout)
    return alike and spare.device == tensor.device and not spare.is_inference()


def _place() -> tuple[int, int]:
    import torch.distributed as dist  # noqa: PLC0415 (slow to import)

    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    for rank, world in (("RANK", "WORLD_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS")):
        if os.environ.get(rank, "").isdecimal():
            size = os.environ.get(world, "1")
            return int(os.environ[rank]), int(size) if size.isdecimal() else 1
    return 0, 1
