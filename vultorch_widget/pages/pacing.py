"""When to send the next frame, decided from what the pages report as painted. Pure: every method takes the time.

A message from a page costs a training more than a frame does. Pages therefore do not acknowledge each frame; they
report at most four times a second, and each report says when the next is due. Between reports the kernel relies on the
rate that the page has shown it can paint.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..basics.rates import Rate

REPORT_INTERVAL = 0.25
"""Seconds between two reports of a page that paints faster than this and has announced no other interval."""
MAX_REPORT_INTERVAL = 2.0
"""Longest interval, in seconds, that a page may announce until its next report."""
STALL = 2.0
"""Seconds that a frame may stay unreported, after a report was due, before its page counts as unreachable. Two ticks
are added to this, because a kernel that receives messages on its main loop receives none during a tick."""
FIRST_RATE = 30.0
"""Frames per second sent before a page has reported: enough to look alive, too few to flood a slow page."""
FIRST_GROWTH, GROWTH = 2.0, 1.5
"""Factors by which the rate for a page rises when it has painted all: before it first fell behind, and after that."""
MIN_RATE = 1.0
"""Minimum frames per second sent to a connected page, however slow: fewer would look like a standstill."""
MAX_RATE = 240.0
"""Frames per second that hardly any screen exceeds."""
SHORTEST_BEAT, LONGEST_BEAT = 0.01, 0.05
"""Accepted range, in seconds, of a page's display refresh interval."""
NEARLY = 0.04
"""Relative difference between the frame rate and the refresh rate up to which frames are sent in step with it."""
APART = 0.25
"""Minimum distance between two frames sent in step with a display, as a share of its refresh interval."""
STEP = 0.7
"""Share of the phase error that one report corrects, because frames in flight are not in step yet."""
_REMEMBERED = 1000  # frames whose creation time is kept for later reports
_SPAN = 0.2  # seconds of observation before the rate is judged,
_ENOUGH = 8  # together with this many frames; or one second with fewer
_LULL = 0.6  # seconds beyond the frame interval without a frame, after which observation starts over
_IN_TRANSIT = 2  # frames that may be in flight when the rate is judged


LOOKS_BACK = 15.0
"""Seconds for which a page counts as looking back after it has said so. Two ticks are added, as for `STALL`."""
FORGET = 60.0
"""Seconds without a message after which a page that should answer is forgotten. A later report makes it a new page."""
MOST_PAGES = 64
"""Maximum pages known at a time. Another one replaces the page that has been silent longest."""


@dataclass(slots=True)
class _Page:
    """The state of one page. Times are seconds of the caller's clock."""

    since: float  # when the current span of observation began
    sent: int  # highest seq sent by then
    painted: int = 0  # frames it had painted by then
    visible: bool = True
    interval: float = REPORT_INTERVAL  # seconds until its next report
    beat: float = 0.0  # refresh interval of its display in seconds; 0 if unknown
    seq: int = 0  # highest seq reported as painted
    allowed: float = FIRST_RATE  # maximum frames per second to send to it
    growth: float = FIRST_GROWTH  # by which that may rise at a time
    rate: Rate = field(default_factory=Rate)  # counts painted frames
    delay: float = math.inf  # seconds from tensors ready to painted
    best_delay: float = math.inf
    unanswered: float | None = None  # when the oldest unreported frame was sent
    told: int = 0  # frames painted, as last reported
    heard: float = 0.0  # when its last message arrived
    back: float = -math.inf  # when it last said that it is looking back

    def tell(self, now: float, painted: int) -> None:
        """Records how many frames the page has painted by now."""
        self.told = painted
        self.rate.note(now, painted)

    def watch(self, now: float, sent: int, painted: int) -> None:
        """Begins a new span of observation."""
        self.since, self.sent, self.painted = now, sent, painted


class Pacer:
    """Decides when a frame is due: some page is visible, none is behind, and the rate limit is kept.

    Attributes:
        max_fps: Maximum frames a second that are ever sent. It may be set at any time.
        next: When the next frame is due at the earliest, whatever the pages do.

    """

    def __init__(self, max_fps: float) -> None:
        self.max_fps = max_fps
        self._pages: dict[str, _Page] = {}
        self.next = 0.0
        self._last = 0.0  # when a frame was last sent
        self._looked = 0.0  # when `look` was last called
        self._gap = 0.0  # seconds between its last two calls, when messages may not have been received
        self._seq = 0
        self._made: dict[int, float] = {}  # creation time by seq, of recent frames

    def ready(self, client: str, now: float) -> None:
        """Registers a page that has appeared and shows nothing yet."""
        self._pages[client] = _Page(since=now, sent=self._seq, seq=self._seq, heard=now)
        self._forget(now)
        self.next = now

    def _forget(self, now: float) -> None:
        """Forgets pages that have disappeared without a message."""
        silent = [
            client for client, page in self._pages.items() if self._stalled(page, now) and now - page.heard > FORGET
        ]
        for client in silent:
            del self._pages[client]
        while len(self._pages) > MOST_PAGES:
            del self._pages[min(self._pages, key=lambda client: self._pages[client].heard)]

    def gone(self, client: str) -> None:
        """Removes a page that has left."""
        self._pages.pop(client, None)

    def look_back(self, client: str, *, back: bool, now: float) -> None:
        """Records that a page looks back, and wants no frames until it says otherwise or has been silent for long."""
        page = self._pages.get(client)
        if page is None:
            return
        page.heard = now
        page.back = now if back else -math.inf
        page.unanswered = None
        if not back:  # frames sent meanwhile were not meant to be painted
            page.seq = self._seq
            page.watch(now, self._seq, page.told)

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
        """Records that a page painted ``seq``, ``age`` seconds ago, and ``painted`` frames in all.

        Its next report is due within ``interval`` seconds. Its display refreshes every ``beat`` seconds, 0 if unknown,
        and frames could be sent ``early`` seconds later and still make the same refresh.

        Returns whether the page has missed frames: it is not known yet, or it was unreachable and has painted none of
        the frames sent meanwhile. A page that has painted some is only slow, and sending everything again would make it
        slower.
        """
        page = self._pages.get(client)
        if page is None:  # a page from before this view was created counts as new
            self.ready(client, now)
            self._pages[client].painted, self._pages[client].visible = painted, visible
            return True
        page.heard = now
        lost = visible and self._stalled(page, now) and seq <= page.seq
        if lost:
            page.growth = GROWTH
        back = lost or (visible and not page.visible)
        seq = min(seq, self._seq)  # a page cannot have painted what was not sent
        # An impossible age is ignored: it would distort the page's best delay for ever.
        made = self._made.get(seq)
        if made is not None and seq > page.seq and 0 <= age <= now - made:
            page.delay = max(0.0, now - made - age)
            page.best_delay = min(page.best_delay, page.delay)
        page.visible = visible
        page.beat = beat if SHORTEST_BEAT <= beat <= LONGEST_BEAT else 0.0
        if page.beat and abs(early) <= page.beat:
            present = self._present(now)
            if _beat(present, self._rate(present)):
                self.next += STEP * early
        page.interval = min(max(interval, REPORT_INTERVAL), MAX_REPORT_INTERVAL)
        # A page that was unreachable will not report the frames that it missed.
        page.seq = self._seq if back else max(page.seq, seq)
        page.unanswered = now if page.seq < self._seq else None
        page.tell(now, painted)
        if back:
            page.watch(now, self._seq, painted)
        else:
            self._adapt(page, painted, now)
        return lost

    def _adapt(self, page: _Page, painted: int, now: float) -> None:
        """Lowers the page's rate to what it paints, and probes upward if it painted all that it was sent.

        The rate at most halves at a time: on a busy machine a page may stall for a quarter of a second and then be as
        fast as before.
        """
        span, offered = now - page.since, self._seq - page.sent
        if span < _SPAN or (offered < _ENOUGH and span < 1):
            return
        gained = max(0, painted - page.painted)
        if gained + _IN_TRANSIT < 0.75 * offered:
            page.allowed = max(MIN_RATE, gained / span * 1.05, offered / span / 2)
            page.growth = GROWTH
        elif page.delay > 2 * page.best_delay + 0.05:
            page.allowed = max(MIN_RATE, page.allowed * 0.8)
            page.growth = GROWTH
        else:
            page.allowed = min(page.allowed * page.growth, MAX_RATE)
        page.watch(now, self._seq, painted)

    def look(self, now: float) -> None:
        """Records that the kernel is active: messages may not be received between two calls."""
        self._gap, self._looked = (now - self._looked if self._looked else 0.0), now

    def due(self, now: float) -> bool:
        """Returns whether a frame made now should be sent."""
        self.look(now)
        if now < self.next:
            return False
        present = self._present(now)
        for page in present:
            if self._seq - page.seq >= self._window(page):
                return False
        return bool(present)

    def sent(self, now: float, made: float | None = None) -> int:
        """Counts a frame as sent and returns its sequence number, from 1.

        ``made`` is when its tensors were read, now by default. The next frame's due time is counted from it.
        """
        # Without the interval, sending at the least rate would itself count as a lull, and the rate would never rise.
        present = self._present(now)
        rate = self._rate(present)
        if now - self._last > _LULL + 1 / rate:
            for page in self._pages.values():  # the rate before a lull does not predict the rate after it
                page.watch(now, self._seq, page.told)
        self._last = now
        self._seq += 1
        self._made[self._seq] = now if made is None else made
        self._made.pop(self._seq - _REMEMBERED, None)
        for page in present:
            if page.unanswered is None:
                page.unanswered = now
        self.next = self._following(self._made[self._seq], rate, _beat(present, rate))
        return self._seq

    def _following(self, made: float, rate: float, beat: float) -> float:
        """Returns when the frame after one that was ``made`` is due, at ``rate`` frames a second or in step with a
        display that refreshes every ``beat`` seconds.

        It is counted from the time that was due rather than from ``made``, so ticks that fall between do not lower the
        rate; but a late frame is never followed by two at once. It is not counted from now, because the device may have
        been working on the frame since, and that time would delay the next one.
        """
        if not beat:
            interval = 1.0 / rate
            return max(self.next + interval, made + interval / 2)
        following = self.next + beat
        missed = math.ceil((made + APART * beat - following) / beat)
        return following + beat * max(0, missed)  # a long tick drops frames but keeps the phase

    def rate(self, now: float) -> float:
        """Returns the frames per second that are sent: as many as the slowest watching page can take, at most
        ``max_fps``.
        """
        return self._rate(self._present(now))

    def _rate(self, present: list[_Page]) -> float:
        return min([self.max_fps, *[page.allowed for page in present]])

    @property
    def pages(self) -> list[str]:
        """All pages that have not left, visible or not."""
        return list(self._pages)

    def watching(self, now: float) -> list[str]:
        """Returns the pages that answer and show the view on a screen."""
        return [client for client, page in self._pages.items() if page.visible and not self._stalled(page, now)]

    def watched(self, now: float) -> bool:
        """Returns whether any page is watching."""
        return bool(self._watching(now))

    def looked_at(self, now: float) -> bool:
        """Returns whether any page shows the present, rather than the past."""
        return bool(self._present(now))

    def paints(self, now: float) -> float:
        """Returns the paints per second of the fastest watching page."""
        return max((page.rate.read(now) for page in self._present(now)), default=0.0)

    def latency(self, now: float) -> float | None:
        """Returns the seconds from tensors ready to painted on the slowest watching page, or None before any report."""
        return max((page.delay for page in self._present(now) if math.isfinite(page.delay)), default=None)

    def _watching(self, now: float) -> list[_Page]:
        return [page for page in self._pages.values() if page.visible and not self._stalled(page, now)]

    def _present(self, now: float) -> list[_Page]:
        """The watching pages that show the present."""
        back = LOOKS_BACK + 2 * self._gap
        pages = self._pages.values()
        return [page for page in pages if page.visible and now - page.back > back and not self._stalled(page, now)]

    def _window(self, page: _Page) -> int:
        """Returns how many frames may be in flight: one report's worth, and half as many again for its delay."""
        return max(2, math.ceil(min(page.allowed, self.max_fps) * page.interval * 1.5))

    def _stalled(self, page: _Page, now: float) -> bool:
        return (
            page.unanswered is not None
            and now - page.unanswered > STALL + page.interval - REPORT_INTERVAL + 2 * self._gap
        )


def _beat(present: list[_Page], rate: float) -> float:
    """Returns the refresh interval of the only watching display, in seconds; 0 unless ``rate`` is near it.

    Frames sent in step with the display are all shown, and each is as fresh as possible.
    """
    beat = present[0].beat if len(present) == 1 else 0.0
    return beat if beat and abs(rate * beat - 1) <= NEARLY else 0.0
