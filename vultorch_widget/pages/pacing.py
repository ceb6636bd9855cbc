"""When to send the next frame: decided from what the pages report as painted. Pure: every method takes the time.

A page's message costs a training more than a frame does, so pages do not acknowledge each frame; they report at most
four times a second, and say when they will report next. Between reports the kernel relies on the rate that the page has
shown it can paint.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..basics.rates import Rate

REPORT_INTERVAL = 0.25
"""Seconds between two reports of a page that paints faster than this and has not said otherwise."""
MAX_REPORT_INTERVAL = 2.0
"""Seconds that a page may say it takes until it reports again."""
STALL = 2.0
"""Seconds that a frame may stay unreported, after a report was due, before its page counts as unreachable: beside the
time of two ticks, in which a kernel whose pages are heard on its main loop has heard nobody."""
FIRST_RATE = 30.0
"""Frames a second sent before a page has reported: enough to look alive, little enough not to flood a slow page."""
MIN_RATE = 1.0
"""Frames a second sent at least to a page that is there, however slow: less could not be told from a standstill."""
MAX_RATE = 240.0
"""Frames a second that no screen exceeds by much."""
SHORTEST_BEAT, LONGEST_BEAT = 0.01, 0.05
"""Seconds between two refreshes of a display that a page may tell."""
NEARLY = 0.04
"""Part by which the rate may differ from a display's to be kept in step with it."""
APART = 0.25
"""Part of a display's interval that frames in step with it are apart at least."""
STEP = 0.7
"""Part of the way to the right moment that one report leads to: frames on their way are not yet in step."""
_REMEMBERED = 1000  # frames whose time of making is kept for reports to come
_SPAN = 0.2  # seconds of observation, and
_ENOUGH = 8  # frames, after which the rate may be judged, or one second,
_LULL = 0.6  # seconds beyond the interval of frames without one, after which observation begins anew
_IN_TRANSIT = 2  # frames that may be on their way when it is


FORGET = 60.0
"""Seconds that a page which should answer may say nothing before it is forgotten. Heard again, it is as good as new."""
MOST_PAGES = 64
"""Pages that are known at a time; one more takes the place of the one that has been silent longest."""


@dataclass(slots=True)
class _Page:
    """What is known of one page. Times are seconds of the caller's clock."""

    since: float  # when the present span of observation began,
    sent: int  # the highest seq sent by then,
    painted: int = 0  # and the frames it had painted by then
    visible: bool = True
    interval: float = REPORT_INTERVAL  # seconds until it reports again
    beat: float = 0.0  # seconds between two refreshes of its display; 0 where that is not known
    seq: int = 0  # highest it reports as painted
    allowed: float = FIRST_RATE  # frames a second that it may be sent
    rate: Rate = field(default_factory=Rate)  # of the frames it paints
    delay: float = math.inf  # seconds from tensors ready to painted
    best_delay: float = math.inf
    unanswered: float | None = None  # when the oldest frame that it has not reported was sent
    told: int = 0  # frames painted, as it last said
    heard: float = 0.0  # when it last said anything

    def tell(self, now: float, painted: int) -> None:
        """Takes in how many frames the page had painted by now."""
        self.told = painted
        self.rate.note(now, painted)

    def watch(self, now: float, sent: int, painted: int) -> None:
        """Begins a new span of observation."""
        self.since, self.sent, self.painted = now, sent, painted


class Pacer:
    """Decides when a frame is due: somebody sees it, nobody is behind, and the rate is kept.

    ``max_fps`` is the most frames a second that are ever sent; it may be set at any time.
    """

    def __init__(self, max_fps: float) -> None:
        self.max_fps = max_fps
        self._pages: dict[str, _Page] = {}
        self._next = 0.0
        self._last = 0.0  # when a frame was last sent
        self._looked = 0.0  # when the kernel was last at work
        self._gap = 0.0  # seconds between the last two times, in which nobody may have been heard
        self._seq = 0
        self._made: dict[int, float] = {}  # seq -> when it was made, of the last frames

    def ready(self, client: str, now: float) -> None:
        """A page has appeared and sees nothing yet."""
        self._pages[client] = _Page(since=now, sent=self._seq, seq=self._seq, heard=now)
        self._forget(now)
        self._next = now

    def _forget(self, now: float) -> None:
        """Forgets pages that have gone without a word."""
        silent = [
            client for client, page in self._pages.items() if self._stalled(page, now) and now - page.heard > FORGET
        ]
        for client in silent:
            del self._pages[client]
        while len(self._pages) > MOST_PAGES:
            del self._pages[min(self._pages, key=lambda client: self._pages[client].heard)]

    def gone(self, client: str) -> None:
        """A page has left."""
        self._pages.pop(client, None)

    def report(
        self,
        client: str,
        *,
        seq: int,
        painted: int,
        age: float,
        visible: bool,
        now: float,
        interval: float = REPORT_INTERVAL,
        beat: float = 0.0,
        early: float = 0.0,
    ) -> bool:
        """A page has painted ``seq``, ``age`` seconds ago, and ``painted`` frames in all; the next report is due within
        ``interval`` seconds. Its display refreshes every ``beat`` seconds, 0 where that is not known, and frames could
        be sent ``early`` seconds later for the same refresh.

        Returns whether the page has missed frames: it is not known yet, or is heard again and has painted none of what
        was sent meanwhile. (One that has painted some is only slow, and sending all again would make it slower.)
        """
        page = self._pages.get(client)
        if page is None:  # a page from before this view was made: it is as good as new
            self.ready(client, now)
            self._pages[client].painted, self._pages[client].visible = painted, visible
            return True
        page.heard = now
        lost = visible and self._stalled(page, now) and seq <= page.seq
        back = lost or (visible and not page.visible)
        seq = min(seq, self._seq)  # a page cannot have painted what was not sent
        # A page that paints before there is anything to paint would be the measure of its delays for ever.
        made = self._made.get(seq)
        if made is not None and seq > page.seq and 0 <= age <= now - made:
            page.delay = max(0.0, now - made - age)
            page.best_delay = min(page.best_delay, page.delay)
        page.visible = visible
        page.beat = beat if SHORTEST_BEAT <= beat <= LONGEST_BEAT else 0.0
        if page.beat and abs(early) <= page.beat and self._in_step(now):
            self._next += STEP * early
        page.interval = min(max(interval, REPORT_INTERVAL), MAX_REPORT_INTERVAL)
        # What a page that was away has missed will not be reported any more.
        page.seq = self._seq if back else max(page.seq, seq)
        page.unanswered = now if page.seq < self._seq else None
        page.tell(now, painted)
        if back:
            page.watch(now, self._seq, painted)
        else:
            self._adapt(page, painted, now)
        return lost

    def _adapt(self, page: _Page, painted: int, now: float) -> None:
        """Follows the page down to what it paints, and probes upward where it painted all it was sent. Down by half at
        a time: on a busy machine a page may stand still for a quarter of a second, and be as quick as before after it.
        """
        span, offered = now - page.since, self._seq - page.sent
        if span < _SPAN or (offered < _ENOUGH and span < 1):
            return
        gained = max(0, painted - page.painted)
        if gained + _IN_TRANSIT < 0.75 * offered:
            page.allowed = max(MIN_RATE, gained / span * 1.05, offered / span / 2)
        elif page.delay > 2 * page.best_delay + 0.05:
            page.allowed = max(MIN_RATE, page.allowed * 0.8)
        else:
            page.allowed = min(page.allowed * 1.5, MAX_RATE)
        page.watch(now, self._seq, painted)

    def look(self, now: float) -> None:
        """Notes that the kernel is at work: it may not hear pages between two looks."""
        self._gap, self._looked = (now - self._looked if self._looked else 0.0), now

    def due(self, now: float) -> bool:
        """Whether a frame made now should be sent."""
        self.look(now)
        if now < self._next:
            return False
        watching = self._watching(now)
        return bool(watching) and all(self._seq - page.seq < self._window(page) for page in watching)

    def sent(self, now: float, made: float | None = None) -> int:
        """Counts a frame as sent and returns its sequence number, from 1. It shows what there was when it was ``made``,
        where that was not now; the next is due an interval after it was begun.
        """
        if now - self._last > _LULL + 1 / self.rate(now):  # else the least rate would be a lull, and never be left
            for page in self._pages.values():  # what was painted before the lull says nothing of what can be now
                page.watch(now, self._seq, page.told)
        self._last = now
        self._seq += 1
        self._made[self._seq] = now if made is None else made
        self._made.pop(self._seq - _REMEMBERED, None)
        for page in self._pages.values():
            if page.visible and page.unanswered is None:
                page.unanswered = now
        self._next = self._following(self._made[self._seq], now)
        return self._seq

    def _following(self, made: float, now: float) -> float:
        """When the frame after one that was ``made`` is due.

        From the time that was due rather than from when it was made, so that ticks that fall between do not lower the
        rate; but never two frames at once to make up for one that was late. And not from now: a device may have been
        at work on it since, and the next would come later by that.
        """
        beat = self._in_step(now)
        if not beat:
            interval = 1.0 / self.rate(now)
            return max(self._next + interval, made + interval / 2)
        following = self._next + beat
        missed = math.ceil((made + APART * beat - following) / beat)
        return following + beat * max(0, missed)  # a tick that took long costs frames, and not the step

    def _in_step(self, now: float) -> float:
        """Seconds between two refreshes of the one display that is watching, where frames are sent about as often; else
        0. Sent in step with them, each frame is shown, and is as fresh as can be.
        """
        watching = self._watching(now)
        beat = watching[0].beat if len(watching) == 1 else 0.0
        return beat if beat and abs(self.rate(now) * beat - 1) <= NEARLY else 0.0

    def rate(self, now: float) -> float:
        """Frames a second that are sent: what the slowest page that is watching can take, at most ``max_fps``."""
        return min([self.max_fps, *(page.allowed for page in self._watching(now))])

    @property
    def pages(self) -> list[str]:
        """All pages that have not left, seen or not."""
        return list(self._pages)

    def watching(self, now: float) -> list[str]:
        """The pages that answer and show the view on a screen."""
        return [client for client, page in self._pages.items() if page.visible and not self._stalled(page, now)]

    def watched(self, now: float) -> bool:
        """Whether there is any of them."""
        return bool(self._watching(now))

    def paints(self, now: float) -> float:
        """Paints a second of the fastest page that is watching."""
        return max((page.rate.read(now) for page in self._watching(now)), default=0.0)

    def latency(self, now: float) -> float | None:
        """Seconds from tensors ready to painted, of the slowest page that is watching; None before one has reported."""
        return max((page.delay for page in self._watching(now) if math.isfinite(page.delay)), default=None)

    def _watching(self, now: float) -> list[_Page]:
        return [page for page in self._pages.values() if page.visible and not self._stalled(page, now)]

    def _window(self, page: _Page) -> int:
        """Frames that may be in flight: one report's worth, and half again because reports travel too."""
        return max(2, math.ceil(min(page.allowed, self.max_fps) * page.interval * 1.5))

    def _stalled(self, page: _Page, now: float) -> bool:
        return (
            page.unanswered is not None
            and now - page.unanswered > STALL + page.interval - REPORT_INTERVAL + 2 * self._gap
        )
