"""The pacer against simulated pages, with only the test's clock."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle, pairwise, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vultorch_widget.pages.pacing import FIRST_RATE, MAX_REPORT_INTERVAL, REPORT_INTERVAL, STALL, Pacer


@dataclass
class Page:
    """Paints at most ``fps`` frames a second, ``lag`` seconds after they were sent, and reports as pages do."""

    pacer: Pacer
    fps: float
    lag: float = 0.01
    name: str = "page"
    queue: list[tuple[float, int]] = field(default_factory=list)
    painted: list[tuple[float, int]] = field(default_factory=list)
    next_paint: float = 0.0
    next_report: float = 0.0

    def sent(self, now: float, seq: int) -> None:
        self.queue.append((now + self.lag, seq))

    def advance(self, now: float) -> None:
        arrived = [seq for at, seq in self.queue if at <= now]
        if arrived and now >= self.next_paint:
            self.queue = [(at, seq) for at, seq in self.queue if at > now]
            self.painted.append((now, arrived[-1]))
            self.next_paint = now + 1 / self.fps
        if self.painted and now >= self.next_report:
            self.next_report = now + REPORT_INTERVAL
            at, seq = self.painted[-1]
            self.pacer.report(self.name, seq=seq, painted=len(self.painted), age=now - at, visible=True, now=now)


def simulate(pacer: Pacer, pages: list[Page], seconds: float, tick: float, start: float = 0.0) -> list[float]:
    """Ticks the kernel every ``tick`` seconds and returns when frames were sent."""
    sent = []
    for i in range(int(seconds / tick)):
        now = start + i * tick
        if pacer.due(now):
            seq = pacer.sent(now)
            sent.append(now)
            for page in pages:
                page.sent(now, seq)
        for page in pages:
            page.advance(now)
    return sent


def simulate_device(pacer: Pacer, page: Page, seconds: float, tick: float, latencies: Iterator[float]) -> list[float]:
    """Like `simulate`, but a frame is begun when one is due and ready ``latencies`` seconds later, one at a time."""
    sent = []
    begun: float | None = None
    there = 0.0
    for i in range(int(seconds / tick)):
        now = i * tick
        if pacer.due(now):
            if begun is None:
                begun, there = now, now + next(latencies)
            elif now >= there:
                page.sent(now, pacer.sent(now, begun))
                sent.append(now)
                begun = None
        page.advance(now)
    return sent


def rate_after(times: list[float], start: float, end: float) -> float:
    return sum(start <= t < end for t in times) / (end - start)


def test_a_page_that_reports_seldom_is_sent_what_comes_between_two_reports_and_no_more() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0.0)
    now, sent = 0.0, 0
    for _ in range(20):  # until the maximum rate is allowed
        now += REPORT_INTERVAL
        sent = pacer.sent(now)
        pacer.report("page", seq=sent, painted=sent, age=0.0, visible=True, now=now)
    pacer.report("page", seq=sent, painted=sent, age=0.0, visible=True, now=now, interval=99)  # two at most
    times = simulate(pacer, [], 4.0, 0.004, start=now)
    assert times[-1] - now > MAX_REPORT_INTERVAL  # not held back before the report is due
    assert len(times) <= 60 * MAX_REPORT_INTERVAL * 1.5 + 2


def test_nothing_is_due_without_a_page() -> None:
    assert not Pacer(60).due(1.0)
    assert not Pacer(60).watched(1.0)


def test_a_fast_page_gets_the_full_rate() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    page = Page(pacer, fps=60)
    sent = simulate(pacer, [page], 10, 0.0046)
    assert 57 <= rate_after(sent, 4, 10) <= 61


def test_a_fast_page_gets_the_full_rate_within_a_second_of_opening() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    sent = simulate(pacer, [Page(pacer, fps=60)], 2, 0.0046)
    assert rate_after(sent, 0, 0.25) <= FIRST_RATE + 4
    assert rate_after(sent, 0.7, 2) >= 57


def test_a_page_that_has_fallen_behind_is_sent_more_only_by_and_by() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    page = Page(pacer, fps=10)
    simulate(pacer, [page], 4, 0.0046)
    before = pacer.rate(4)
    page.fps = 60
    simulate(pacer, [page], 0.6, 0.0046, start=4)  # at most three reports
    assert pacer.rate(4.6) <= before * 1.5**3


def test_a_page_that_could_not_be_reached_is_sent_more_only_by_and_by() -> None:
    pacer = Pacer(240)
    pacer.ready("page", 0)
    pacer.sent(0.1)
    start = 0.1 + 2 * STALL
    assert pacer.report("page", seq=0, painted=0, age=0.0, visible=True, now=start)  # it has missed a frame
    simulate(pacer, [Page(pacer, fps=240)], 0.7, 0.0046, start=start)
    assert FIRST_RATE < pacer.rate(start + 0.7) <= FIRST_RATE * 1.5**3


@pytest.mark.parametrize("latency", [0.001, 0.008, 0.015])
def test_a_device_that_takes_less_than_an_interval_for_a_frame_keeps_the_full_rate(latency: float) -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    sent = simulate_device(pacer, Page(pacer, fps=60), 10, 0.0005, repeat(latency))
    assert 58 <= rate_after(sent, 4, 10) <= 60.5


def test_a_device_that_takes_longer_is_begun_again_at_once() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    sent = simulate_device(pacer, Page(pacer, fps=60), 10, 0.0005, repeat(0.03))
    assert rate_after(sent, 4, 10) == pytest.approx(1 / 0.031, rel=0.02)


@pytest.mark.parametrize("paints", [5, 12, 25, 50])
def test_a_slow_page_is_sent_no_more_of_a_devices_frames_than_it_paints(paints: float) -> None:
    """However irregular they are: only the time lost to lateness is made up."""
    pacer, chance = Pacer(60), random.Random(1)
    pacer.ready("page", 0)
    page = Page(pacer, fps=paints, lag=0.03)
    sent = simulate_device(pacer, page, 30, 0.002, (chance.choice((0.001, 0.01, 0.04)) for _ in count()))
    painted = sum(10 <= at < 30 for at, _ in page.painted) / 20
    assert painted > 0.6 * min(paints, 40)
    assert rate_after(sent, 10, 30) <= 1.6 * paints  # probes upward now and then, as with pictures made on the host


@given(latencies=st.lists(st.floats(0, 0.1), min_size=1, max_size=20), fps=st.sampled_from([5.0, 30.0, 60.0]))
@settings(max_examples=50, deadline=None)
def test_however_long_frames_take_there_are_no_more_than_the_rate_allows(latencies: list[float], fps: float) -> None:
    pacer = Pacer(fps)
    pacer.ready("page", 0)
    sent = simulate_device(pacer, Page(pacer, fps=240, lag=0.0), 4, 0.001, cycle(latencies))
    for first in range(0, len(sent), 7):
        for last in range(first + 1, len(sent), 5):
            assert last - first <= fps * (sent[last] - sent[first] + max(latencies)) + 2


def test_a_slow_page_is_not_flooded() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    page = Page(pacer, fps=12, lag=0.03)
    sent = simulate(pacer, [page], 20, 0.005)
    assert 8 <= rate_after(sent, 10, 20) <= 20
    assert len(page.painted) / 20 > 8


def test_max_fps_holds_and_may_change() -> None:
    pacer = Pacer(10)
    pacer.ready("page", 0)
    page = Page(pacer, fps=60)
    assert 9 <= rate_after(simulate(pacer, [page], 5, 0.004), 1, 5) <= 10.5
    pacer.max_fps = 40
    assert 36 <= rate_after(simulate(pacer, [page], 5, 0.004, start=5), 7, 10) <= 41


def test_slow_ticks_are_all_sent() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    assert len(simulate(pacer, [Page(pacer, fps=60)], 20, 0.37)) >= 53  # of 54


def test_ticks_longer_than_a_stall_are_all_sent_though_the_page_is_heard_only_between_them() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    sent = []
    for tick in range(1, 8):
        now = 5.0 * tick
        if pacer.due(now):
            sent.append(pacer.sent(now))
        if sent and tick > 1:  # what was painted of the previous frame, heard at the next yield
            pacer.report(
                "page", seq=sent[-2] if len(sent) > 1 else 0, painted=len(sent), age=4.9, visible=True, now=now
            )
    assert len(sent) == 7


def test_a_page_that_falls_silent_stops_the_frames_and_coming_back_asks_for_a_resync() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    page = Page(pacer, fps=60)
    simulate(pacer, [page], 3, 0.005)
    silent = simulate(pacer, [], 6, 0.005, start=3)
    assert len(silent) <= 60 * REPORT_INTERVAL * 1.5 + 2
    assert not pacer.watched(9.0)
    painted = page.painted[-1][1]
    assert not pacer.report("page", seq=painted, painted=1, age=0, visible=True, now=9.0)  # it may be late
    assert pacer.report("page", seq=painted, painted=1, age=0, visible=True, now=9.1 + STALL)  # no: it is lost
    assert pacer.watched(9.1 + STALL)
    assert pacer.due(9.1 + STALL)


def test_hidden_means_nothing_is_due_and_shown_means_due_at_once() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    assert not pacer.report("page", seq=0, painted=1, age=0, visible=False, now=1.0)
    assert not pacer.due(5.0)
    assert not pacer.report("page", seq=0, painted=1, age=0, visible=True, now=5.0)  # nothing was sent to be missed
    assert pacer.due(5.0)


def test_the_slower_of_two_pages_sets_the_rate_until_it_leaves() -> None:
    pacer = Pacer(60)
    pacer.ready("fast", 0)
    pacer.ready("slow", 0)
    pages = [Page(pacer, fps=60, name="fast"), Page(pacer, fps=10, lag=0.05, name="slow")]
    assert rate_after(simulate(pacer, pages, 15, 0.005), 8, 15) < 25
    pacer.gone("slow")
    assert rate_after(simulate(pacer, pages[:1], 10, 0.005, start=15), 20, 25) > 50


def test_a_page_that_is_late_but_paints_is_not_sent_everything_again() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0.0)
    seq = pacer.sent(0.0)
    assert not pacer.watched(STALL + 1)
    assert not pacer.report("page", seq=seq, painted=1, age=0, visible=True, now=STALL + 1)
    assert pacer.watched(STALL + 1)


def test_latency_counts_from_made_to_painted() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 10.0)
    assert pacer.latency(10.0) is None
    seq = pacer.sent(10.0)
    pacer.report("page", seq=seq, painted=1, age=0.2, visible=True, now=10.25)
    assert pacer.latency(10.25) == pytest.approx(0.05)


def test_a_page_cannot_report_what_was_not_sent() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0.0)
    pacer.report("page", seq=10**9, painted=1, age=0, visible=True, now=0.1)
    pacer.sent(0.2)
    now = 0.2 + STALL + 0.1
    assert not pacer.watched(now)  # the frame is not assumed to be painted


def test_an_unknown_page_counts_as_new() -> None:
    pacer = Pacer(60)
    assert pacer.report("stranger", seq=5, painted=1, age=0, visible=True, now=1.0)
    assert pacer.due(1.0)
    assert pacer.rate(1.0) == FIRST_RATE


def test_two_frames_are_never_sent_at_once_to_make_up_for_a_late_one() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0)
    pacer.sent(0.0)
    pacer.sent(1.0)  # far too late
    assert not pacer.due(1.001)


@pytest.mark.parametrize("tick", [0.1, 0.7, 1.5, 3.0])
def test_the_rate_that_is_told_is_right_for_slow_ticks_too(tick: float) -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0.0)
    for number in range(1, 12):
        now = number * tick
        assert pacer.due(now)
        seq = pacer.sent(now)
        pacer.report("page", seq=seq, painted=number, age=0, visible=True, now=now + 0.02)
    assert pacer.paints(now) == pytest.approx(1 / tick, rel=0.1)


def test_a_pause_is_soon_forgotten_by_the_rate_that_is_told() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0.0)
    for number in range(1, 5):
        now = 100.0 + number / 4 if number > 1 else 0.0
        pacer.sent(now)
        pacer.report("page", seq=number, painted=number * 10, age=0, visible=True, now=now + 0.02)
    assert pacer.paints(now) == pytest.approx(40, rel=0.01)


def test_a_page_that_went_without_a_word_paints_nothing() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0.0)
    for number in range(1, 5):
        pacer.report("page", seq=pacer.sent(number / 4), painted=number, age=0.01, visible=True, now=number / 4 + 0.02)
    pacer.sent(1.25)
    assert pacer.paints(1.3) > 0
    assert pacer.latency(1.3) is not None
    assert (pacer.paints(600.0), pacer.latency(600.0)) == (0.0, None)


class SlowPage(Page):
    """Reports each frame when it paints it, as pages do if frames are rare."""

    def advance(self, now: float) -> None:
        before = len(self.painted)
        self.next_report = float("inf")
        super().advance(now)
        if len(self.painted) > before:
            at, seq = self.painted[-1]
            self.pacer.report(self.name, seq=seq, painted=len(self.painted), age=now - at, visible=True, now=now)


def test_a_page_that_a_busy_machine_brought_to_the_least_rate_is_sent_more_again() -> None:
    pacer = Pacer(55)
    pacer.ready("page", 0.0)
    page = SlowPage(pacer, fps=0.5)
    simulate(pacer, [page], 30.0, 0.01)
    assert pacer.rate(30.0) < 2
    page.fps, page.next_paint = 60.0, 0.0
    times = simulate(pacer, [page], 30.0, 0.01, start=30.0)
    assert rate_after(times, 50, 60) > 45


def test_frames_are_sent_in_step_with_the_display() -> None:
    """They reach a display of 59.9 Hz 1 to 4 ms before it refreshes, whenever the first one came."""
    beat, lag, tick = 1 / 59.9, 0.004, 0.0023
    pacer = Pacer(60)
    pacer.ready("page", 0.0)
    arrivals: list[float] = []
    since = painted = seq = 0
    next_report, now = 0.25, 0.0
    while now < 20:
        now += tick
        if pacer.due(now):
            seq = pacer.sent(now)
            arrivals.append(now + lag)
        if now >= next_report:
            next_report = now + 0.25
            waits = [beat - at % beat for at in arrivals[since:] if at <= now]
            since, painted = len(arrivals), len(arrivals)
            early = min(waits, default=0.0) - 0.0015 if max(waits) - min(waits) < beat / 2 else beat / 2
            pacer.report("page", seq=seq, painted=painted, age=0, visible=True, now=now, beat=beat, early=early)
    last = [beat - at % beat for at in arrivals[-300:]]
    assert max(last) < 0.006
    assert min(last) > 0.0005
    assert len([at for at in arrivals if at > 10]) == pytest.approx(10 / beat, abs=2)


@pytest.mark.parametrize(("max_fps", "beat"), [(30, 1 / 60), (60, 1 / 75), (60, 0.0), (60, 1e9), (60, -1.0)])
def test_another_rate_than_the_display_s_is_kept(max_fps: float, beat: float) -> None:
    pacer = Pacer(max_fps)
    page = Page(pacer, fps=200)
    pacer.ready("page", 0.0)
    sent = simulate(pacer, [page], 2, 0.001)
    for i in range(40):
        now = 2 + i / 20
        pacer.report("page", seq=0, painted=len(page.painted), age=0, visible=True, now=now, beat=beat, early=0.01)
        sent += simulate(pacer, [page], 0.05, 0.001, start=now)
    assert rate_after(sent, 3, 4) == pytest.approx(max_fps, rel=0.05)


def test_a_tick_that_takes_long_does_not_put_frames_out_of_step() -> None:
    beat, tick = 1 / 60, 0.004
    pacer = Pacer(60)
    page = Page(pacer, fps=200)
    pacer.ready("page", 0.0)
    simulate(pacer, [page], 4, tick)
    painted = len(page.painted)
    pacer.report("page", seq=10**9, painted=painted, age=0, visible=True, now=4.0, interval=2, beat=beat)
    before = sent_between(pacer, 4.0, 5.0, tick)[-1]
    late = sent_between(pacer, before + 1.7 * beat, 6.0, tick)
    apart = [b - a for a, b in pairwise(late)]
    assert min(apart) >= beat / 4
    phases = [(at - before) % beat for at in late[1:]]
    assert all(phase <= tick or phase >= beat - tick for phase in phases)


def sent_between(pacer: Pacer, start: float, end: float, tick: float) -> list[float]:
    """When frames are sent by ticks from ``start`` to ``end``."""
    times = [start + i * tick for i in range(int((end - start) / tick))]
    return [now for now in times if pacer.due(now) and pacer.sent(now)]


def test_a_page_that_stood_still_for_a_moment_is_soon_sent_as_much_as_before() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0.0)
    page = Page(pacer, fps=60)
    simulate(pacer, [page], 5, 0.005)
    page.next_report = 5.0
    simulate(pacer, [page], 0.1, 0.005, start=5.0)
    page.next_paint = page.next_report = 5.4
    sent = simulate(pacer, [page], 2, 0.005, start=5.1)
    assert rate_after(sent, 5.5, 5.75) >= 20
    assert rate_after(sent, 6.1, 7.1) >= 55


def test_a_page_that_looks_back_is_sent_nothing_until_it_has_said_nothing_for_long() -> None:
    pacer = Pacer(60)
    pacer.ready("back", 0.0)
    pacer.look_back("back", back=True, now=0.0)
    assert not pacer.due(1.0)
    assert pacer.watched(1.0)  # values and status still go to it
    pacer.ready("live", 1.0)
    assert pacer.due(1.1)
    pacer.gone("live")
    for now in range(2, 60):  # pages are checked in every tick
        pacer.look(now)
    assert pacer.due(60.0)  # the page has died, or it would have said so again


def test_a_page_that_comes_back_is_sent_frames_at_once() -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0.0)
    pacer.look_back("page", back=True, now=0.0)
    pacer.look_back("page", back=False, now=1.0)
    assert pacer.due(1.1)
