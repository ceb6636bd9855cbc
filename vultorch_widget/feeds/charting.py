"""The numbers that ranks have logged, in the view's chart and in strips that compare checksums."""

from __future__ import annotations

from collections.abc import Iterable

from ..metrics.alarms import BY
from .digest import SERIES
from .host import Host
from .messages import Head
from .strip import Strip

Row = tuple[str, int, float]
"""A value: its scalar's name, the step and the number."""


class _Rank:
    """What the chart has of one rank."""

    def __init__(self, process: str) -> None:
        self.process = process
        self.anew = False  # another process has started, and has not logged anything yet
        self.last: dict[str, int] = {}  # step by scalar
        self.told: set[str] = set()  # scalars of which the user was told that a value was omitted


class Charting:
    """Logs what ranks have logged, each at its own steps.

    A rank that restarts, as another process, may repeat steps: its curves go on from the first of them, and what
    they were before from there on is an earlier run. ``named`` says whether scalars have the run's name.
    """

    def __init__(self, host: Host, *, named: bool) -> None:
        self.strips: dict[str, Strip] = {}
        """Checksums, by run."""
        self._host = host
        self._named = named
        self._ranks: dict[str, _Rank] = {}  # by place
        self._earlier = ""  # the run that takes the old curves of restarted ranks

    def take(self, place: str, head: Head, rows: Iterable[Row]) -> None:
        """Takes ``rows`` of the rank at ``place``, which came with ``head``."""
        rank = self._ranks.setdefault(place, _Rank(head.process))
        if rank.process != head.process:
            rank.process, rank.anew = head.process, True
            if head.run in self.strips:
                self.strips[head.run].forget()
        for name, step, value in rows:
            if name == SERIES:
                self.strips.setdefault(head.run, Strip()).add(head.rank, head.world, step, value)
                continue
            scalar = self._scalar(name, head)
            if rank.anew:
                rank.anew = False
                self._begin_anew(rank, head, step)
            last = rank.last.get(scalar)
            if last is not None and step < last:
                why = "steps go back only when a feed is opened anew."
                self._leave_out(rank, head, name, f"at step {step}, after step {last}", why)
                continue
            try:
                self._host.log({scalar: value}, step)
            except Exception as error:  # for example, the view has its own later steps
                self._leave_out(rank, head, name, f"at step {step}", f"{error}.")
                continue
            rank.last[scalar] = step

    def _leave_out(self, rank: _Rank, head: Head, name: str, where: str, why: str) -> None:
        if name in rank.told:  # once: a program that does it does it in each epoch
            return
        rank.told.add(name)
        said = f"Rank {head.rank} of run {head.run!r} has logged {name!r} {where}."
        self._host.tell(f"{said} The chart leaves such values out: {why}")

    def _scalar(self, name: str, head: Head) -> str:
        parts = [name, head.run] if self._named else [name]
        return BY.join(parts if head.world == 1 else [*parts, f"rank {head.rank}"])

    def _begin_anew(self, rank: _Rank, head: Head, step: int) -> None:
        again = [scalar for scalar, last in rank.last.items() if last >= step]
        if not again:  # it continues where the previous process ended
            return
        said = f"{head.run} restarted" if head.world == 1 else f"rank {head.rank} of {head.run} restarted"
        self._earlier = self._host.leave(again, step, self._earlier, said)
        for scalar in again:
            del rank.last[scalar]
