"""When frames run, and the state of the run.

The state is one of ``idle`` (not started), ``running``, ``paused``, ``stopped`` (may be run again), ``failed`` (a
callback raised; resuming tries again) and ``closed``. `states` has the transitions. A ticker runs frames on the
notebook's event loop; `BlockingLoop` runs them if a script or a cell blocks the thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Protocol

from ..notebook.cell import CellOutput, after_cell, end_quietly, in_cell, running_cell, running_loop
from ..notebook.interrupts import INTERRUPTS, Interrupted
from ..notebook.ticker import Ticker
from ..pages.hearing import Hearing
from ..protocol.messages import Failure, State
from .alarming import Alarming
from .callbacks import FrameError, Told
from .failure import describe
from .opening import LOOK, Opening
from .saving import Saving
from .session import Session
from .showing import Showing
from .states import Event, Standing
from .status_line import StatusBoard
from .waiters import Waiters, WaitInterrupted

SOURCE_RATE = 60
"""Ticks a second of a view that only shows other processes. They bring up to 30 pictures a second, and with as few
ticks, a third of these would be replaced by the next one before a tick sees them."""
WATCH_INTERVAL = 1 / 30
"""Seconds between two checks of the tensors of a view that is shown but not ticking."""
SLOW_RATE = 40.0
"""Ticks a second below which messages are applied between two ticks instead of waiting for the next."""
ELSEWHERE = -1
"""Stands for the identifier of a thread that is not the owner, because another thread may get the same one later."""


class Detour(Protocol):
    """Runs frames in place of the run, which rests meanwhile."""

    def asked(self, event: Event) -> None:
        """The program asks for this event of the run. Any thread."""

    def abandon(self) -> None:
        """The view closes: restores everything."""


class Runner:
    """Runs the frames of one session. Call methods on the owner's thread unless they say otherwise."""

    def __init__(
        self,
        session: Session,
        standing: Standing,
        hearing: Hearing,
        showing: Showing,
        opening: Opening,
        saving: Saving,
        board: StatusBoard,
        alarming: Alarming,
    ) -> None:
        self.session = session
        self.frames = session.frames
        self.hearing = hearing
        self.showing = showing
        self.opening = opening
        self.saving = saving
        self.standing = standing
        self._alarming = alarming
        alarming.pause = self.pause
        self._board = board
        self.last_error: BaseException | None = None
        self.told: Told | None = None
        """Set while somebody else's loop runs the frames, which goes on whatever callbacks raise."""
        self.output = CellOutput()
        self._loop = running_loop()
        self._ticker: Ticker | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._woken = False  # `_look` is scheduled
        self.detour: Detour | None = None
        """What runs frames in place of the run."""
        self.unsaid = False  # the state has changed since a frame last began
        self._waiters = Waiters()
        self._last_frame: int | None = None  # frame count at which max_frames ends the run
        self._single = False  # run one frame although paused
        # Identifier of the owner's thread while a loop blocks it, ELSEWHERE if another thread runs the loop, else 0.
        self.looping = 0
        self._owner = threading.current_thread()
        self._worker: threading.Thread | None = None  # runs that loop, if it is not the owner
        self._handing = threading.RLock()  # held while the view goes from one thread to another, and by `_look`

    @property
    def state(self) -> State:
        """Current state. Any thread."""
        return self.standing.state

    # --- starting and stopping ---------------------------------------------------------------------------------------

    def begin(self, max_frames: int) -> None:
        """Enters the state ``running`` for the next ``max_frames`` frames (0 means no end)."""
        if max_frames < 0:
            raise ValueError(f"max_frames must be 0 (no end) or more, not {max_frames}")
        self.refuse_detour("run")
        self.told = None
        self._last_frame = self.frames.count + max_frames if max_frames else None
        self.frames.start()
        if not self._go("start"):
            raise RuntimeError(f"view {self.session.tree.title!r} is closed; make a new one")

    def start(self, max_frames: int) -> None:
        """Begins a run on the event loop. The first frame comes after the running cell has ended."""
        if self._loop is None:
            raise RuntimeError("no event loop was running where this view was made, so nothing could tick")
        self.begin(max_frames)
        if in_cell():  # this cell's output is in view, and another cell may have created the view
            self.output = CellOutput()
        self._tick()

    def _tick(self) -> None:
        """Starts a ticker to run the frames."""
        if self._ticker is None and self._loop is not None and self.standing.running:
            self._ticker = ticker = Ticker(self._turn, self._loop, rate=self._rate, runs=lambda: self.standing.running)
            ticker.start()
            INTERRUPTS.hear(self._pause_soon)
            if not after_cell(ticker.open):
                ticker.open()
            if self.standing.closed:  # by another thread, meanwhile
                ticker.stop()
                INTERRUPTS.leave(self._pause_soon)

    def pause(self) -> None:
        """Pauses the run. Any thread."""
        if self.detour is not None:
            self.detour.asked("pause")
            return
        self._go("pause")

    def resume(self) -> None:
        """Continues after a pause, a stop or a failure, and beyond ``max_frames`` if they are done. Any thread."""
        if self.detour is not None:
            self.detour.asked("resume")
            return
        if not self.standing.running and self._last_frame is not None and self.frames.count >= self._last_frame:
            self._last_frame = None  # before the next frame can check it
        if not self._go("resume"):
            return
        if self._loop is None or self.looping:
            return
        if running_loop() is self._loop:
            self._tick()
        else:
            self._loop.call_soon_threadsafe(self._tick)

    def stop(self) -> None:
        """Ends the run, including a blocking loop. Any thread."""
        if self.detour is not None:
            self.detour.asked("stop")
            return
        self._go("stop")

    def block(self) -> None:
        """Records that a loop on the calling thread runs the frames, and has the view to itself until `rest`."""
        thread = threading.current_thread()
        if thread is not (self._worker or self._owner):
            with self._handing:  # not while the owner shows something
                self._worker = thread if thread is not self._owner else None
                self.saving.hand_over()
        self.looping = threading.get_ident() if self._worker is None else ELSEWHERE

    def _works_elsewhere(self) -> bool:
        """Returns whether another thread has the view. A thread that has died without reporting it does not."""
        if self._worker is None:
            return False
        if self._worker.is_alive():
            return True
        self.rest()
        return False

    def rest(self) -> None:
        """Records that the loop running the frames has ended with its cell. The next loop begins like the first."""
        self.looping = 0
        self._worker = self.told = None
        if self._ticker is None:
            self._go("rest")

    def close(self) -> None:
        """Ends the run for good. Safe to call twice."""
        if self.detour is not None:
            self.detour.abandon()
        if not self._go("close"):
            return
        INTERRUPTS.leave(self._pause_soon)
        if self.session.tree.in_frame:  # a callback, or the body of a loop, closes the view
            self.session.cut_frame()
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        self.showing.publish_last()
        self.save()
        self._waiters.fail(self._cut_short)

    def detach(self) -> None:
        """Drops the event loop in a forked process, because it belongs to the parent."""
        self._loop = self._ticker = self._watching = self.saving.write = None
        INTERRUPTS.leave(self._pause_soon)
        self.session.cut_off()
        self.hearing.inbox.forget()
        self.standing.forget()  # the parent may be paused, and nobody could resume the child
        self._single = self._woken = False
        self.detour = self.told = None
        self.looping = 0
        self._owner, self._worker = threading.current_thread(), None
        self._handing = threading.RLock()
        self._last_frame = None

    def _go(self, event: Event, failure: Failure | None = None) -> bool:
        """Makes the transition for ``event``, if there is one, and notifies all dependents. Any thread."""
        if not self.standing.take(event, failure):
            return False
        self.unsaid = True
        self._alarming.settle(event)
        self._board.restart()
        self.session.replay.enter(running=self.standing.running)
        if self._ticker is not None:
            self._ticker.notify()
        if not self.standing.running:
            self.wake()
        return True

    # --- frames ------------------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        """Runs `tick` on the event loop. What it raises fails the view, and resuming tries again."""
        if self._works_elsewhere():
            return
        try:
            try:
                self.tick()
            except KeyboardInterrupt as interrupt:  # from a callback; `finish_frame` has paused
                self._rest_interrupted(interrupt)
        except BaseException as error:  # an exception that escapes into the event loop could kill the kernel
            self.fail(FrameError("the end of a frame", error), save=False)  # saving may need what raised

    def tick(self) -> None:
        """Applies messages, then runs a frame. What callbacks raise is kept in `last_error`."""
        self.hearing.drain()
        single = self.take_single()  # also while it runs, or a later pause would be one frame late
        if not single and not self.standing.running:
            return
        if self.opening.waiting and self.standing.running and self.opening.holds():
            time.sleep(LOOK)
            return
        if self._ticker is not None and not self.session.callbacks.present:
            # Shows what cells write into the tensors.
            self.showing.publish(resting=not self.hearing.sources)
            self._waiters.ask()
            return
        if self.unsaid:
            self.announce()
        self.session.own_loop = False
        self.session.begin_frame()
        with self.output.here():
            self.finish_frame()

    def announce(self) -> None:
        """Sends a changed state before the next frame, which may be long, so that a click on Run is seen to work.

        To be called if `unsaid`.
        """
        self.unsaid = False
        self.showing.announce()

    def finish_frame(self) -> None:
        """Runs the callbacks of the frame in progress, and shows the result.

        What a callback raises fails the view. If somebody is `told` instead, the frame is one like any other.
        """
        number = self.frames.count
        if self.standing.closed:  # closed in a loop's body; its frame's callbacks still run
            self.session.begin_frame()
        try:
            self.session.callbacks()
        except FrameError as error:
            if not self.takes(error):
                return
            self.session.tree.keep_controls()
        except BaseException as interrupt:  # discards the frame and passes the exception on
            self.session.abandon_frame()
            where = interrupt.where if isinstance(interrupt, Interrupted) else ""
            self._go("interrupt", describe(where, interrupt) if where else None)
            raise
        if self.frames.count != number:  # a callback closed the view
            return
        self.session.end_frame()
        if self.session.keeper is not None:
            self.session.keeper.frame_ended()
        self.hearing.drain()  # the pages' reports on the last frame decide about this one
        if self.standing.closed:  # a pointer callback may close the view, too
            return
        if self._last_frame is not None and self.frames.count >= self._last_frame:
            self.stop()
        self.showing.publish(resting=not self.standing.running)
        self.session.limit_backlog()
        self.session.replay.frame_ended(self.frames.count)
        self.save()
        self.opening.frame_ended(self.frames.took)
        self._waiters.ask()
        if self.standing.over:
            self._waiters.fail(self._cut_short)

    def take_single(self) -> bool:
        """Returns whether to run one frame although paused, and clears that request."""
        single, self._single = self._single, False
        return single

    def takes(self, error: FrameError) -> bool:
        """Takes what a callback has raised: `told` is told and this returns True, or the view fails."""
        raised = error.__cause__
        if self.told is None or self.standing.closed or not isinstance(raised, Exception):
            self.fail(error)
            return False
        self.last_error = raised
        self.told(error.where, raised)
        return True

    def fail(self, error: FrameError, *, save: bool = True) -> None:
        """Enters the state ``failed``, and sends the reason to pages."""
        self.last_error = error.__cause__
        if self.standing.closed and error.__cause__ is not None:  # no page could show it now
            raise error.__cause__
        self.session.abandon_frame()
        self._go("fail", describe(error.where, self.last_error or error))
        self.showing.publish(resting=True)
        if save:
            self.save()
        self._waiters.fail(self._cut_short)

    def _rate(self) -> float:
        if self.opening.waiting:
            return 0.0
        if self.session.callbacks.present:
            return self.frames.tick_rate
        return SOURCE_RATE if self.hearing.sources else 1 / WATCH_INTERVAL

    def save(self) -> None:
        """Saves for the notebook's file: at once when the run is not running, from time to time while it is."""
        if self.standing.running:
            self.saving.in_passing()
        else:
            self.showing.publish_rest(self.standing.state)
            if self.session.metrics.followers is not None:
                self.session.metrics.followers.give(final=True)
            self.saving.now()

    # --- between ticks -----------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Schedules the owner to apply the inbox soon, if no tick is coming to do it. Any thread."""
        if self._worker is not None and self._worker.is_alive():
            return  # the loop applies messages between two frames
        ticker = self._ticker
        if self.standing.running and ticker is not None and ticker.opened and not 0 < self._rate() < SLOW_RATE:
            return
        if self._loop is None or self._loop.is_closed() or self._woken:
            return  # a cell that blocks the loop would otherwise queue a call for each message
        self._woken = True
        self._loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        """Applies the inbox and shows what has changed.

        Repeats while no tick does this and a page is watching or uploading a file.
        """
        self._woken = False  # first, so that no later message is missed
        with self._handing:
            if not self._works_elsewhere():
                self.saving.hand_over()
                self._take_a_look()

    def _take_a_look(self) -> None:
        if not self.standing.on_the_way:  # after a stop between two frames, no frame ends the waiters
            self._waiters.fail(self._cut_short)
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        self.hearing.drain()
        if self.session.keeper is not None and self.detour is None:
            self.session.keeper.answer()
        if self.standing.closed or (self.standing.running and self._ticker is not None):
            return
        if self.detour is not None:  # the detour shows its own frames
            return
        self.showing.publish(resting=True)
        self.save()
        if self._loop is not None and (self.showing.watched or self.hearing.receiving):
            self._watching = self._loop.call_later(WATCH_INTERVAL, self._look)

    def step_once(self) -> None:
        """Runs one frame, then pauses. Does nothing unless the view runs, is paused or has failed."""
        self._go("step")  # clears an earlier error, so that it is not shown with a frame that succeeds
        if not self.standing.held:
            return
        self._single = True
        if self._ticker is not None:
            self._ticker.step_once()

    def reset(self) -> None:
        """Clears the logged values and runs the reset callback."""
        self._alarming.settle("reset")
        try:
            with self.output.here():
                self.session.reset()
        except FrameError as error:
            if not self.takes(error):
                return
        except Interrupted as interrupt:
            self.fail(FrameError(interrupt.where, interrupt))
            return
        self._board.restart()
        self._go("reset")
        self.saving.soon()

    def rewind(self, step: int | None, branch: str | None) -> int | None:
        """Goes back between two frames; see `View.rewind`. During a frame, waits for its end and returns None."""
        keeper = self.session.keeper
        if keeper is None:
            title = self.session.tree.title
            raise RuntimeError(f"view {title!r} has no checkpoints: call view.checkpoint(model, optimizer, ...) first")
        if not self.session.tree.in_frame:
            self.refuse_detour("go back")
        if self.session.tree.in_frame or threading.current_thread() is not (self._worker or self._owner):
            keeper.ask(step, branch)
            self.wake()
            return None
        with self.output.here():
            reached = keeper.rewind(step, branch)
        self._alarming.settle("reset")
        self._board.restart()
        self._go("reset")
        self.unsaid = True
        self.saving.soon()
        self.wake()
        return reached

    # --- detours ------------------------------------------------------------------------------------

    def refuse_detour(self, what: str) -> None:
        """Raises RuntimeError because the run cannot do ``what`` while a detour runs frames."""
        if self.detour is not None:
            title = self.session.tree.title
            raise RuntimeError(
                f"view {title!r} explores futures and cannot {what} now: wait for them (await futures), or call "
                "futures.cancel()"
            )

    def check_detour(self) -> None:
        """Raises RuntimeError if no other frames can run in place of the run's now."""
        title = f"view {self.session.tree.title!r}"
        if self.standing.closed:
            raise RuntimeError(f"{title} is closed; make a new one")
        self.refuse_detour("explore others")
        if self.session.tree.in_frame:
            raise RuntimeError(f"{title}: explore was called during a frame: call it between two frames, from a cell")
        if self._works_elsewhere() or threading.current_thread() is not self._owner:
            raise RuntimeError(f"{title}: explore was called on a different thread from the one that made the view")
        if self.standing.failed:
            raise RuntimeError(f"{title} has failed, perhaps half way through a step: go back with view.rewind first")

    def set_out(self, detour: Detour) -> bool:
        """Pauses the run, and holds back users' actions while ``detour`` runs frames. Returns whether the run was
        running.
        """
        ran = self.standing.running
        self.pause()
        self.detour = detour
        self.hearing.hold()
        self.saving.held = True
        return ran

    def come_back(self, event: Event | None) -> None:
        """Ends the detour. The run goes on as ``event`` says, and applies users' actions from the meantime."""
        self.detour = None
        self.saving.held = False
        self._board.restart()
        self.hearing.release()
        if event == "resume":
            self.resume()
        elif event == "stop":
            self.stop()
        self.unsaid = True
        self.wake()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop on which frames run, if there is one."""
        return self._loop

    # --- waiting -----------------------------------------------------------------------------------------------------

    async def wait(self, done: Callable[[], bool], timeout: float | None) -> None:
        """Returns after a frame once ``done()`` is true; see `View.wait`."""
        if self._ticker is None:
            if done():
                return
            if self.standing.closed:
                raise self._cut_short()
            title = self.session.tree.title
            raise RuntimeError(f"view {title!r} is not running: call view.run() before waiting for it")
        self._ticker.open()
        if not self.standing.on_the_way and not done():
            raise self._cut_short()
        if not in_cell():
            await self._waiters.wait(done, timeout, self._progress)
            return
        if running_cell() is None:  # tools that execute notebooks keep only the running cell's output
            self.output = CellOutput()
        with INTERRUPTS.ending(self._end_wait_soon):
            try:
                await self._waiters.wait(done, timeout, self._progress, of_cell=True)
            except (WaitInterrupted, asyncio.CancelledError) as error:
                if isinstance(error, asyncio.CancelledError) and not INTERRUPTS.cancelled_cell():
                    raise
                end_quietly(WaitInterrupted, lambda: f"Interrupted: {self._progress()}.")
                raise WaitInterrupted from None

    async def wait_for_frames(self, frames: int, timeout: float | None) -> None:
        """Returns once `frames.count` has reached ``frames``. Raises RuntimeError if there is no callback."""
        if self._ticker is not None and self.frames.count < frames and not self.session.callbacks.present:
            raise RuntimeError(
                f"view {self.session.tree.title!r} has nothing to call, so no frame will come: register a function "
                "with on_frame before waiting for frames"
            )
        await self.wait(lambda: self.frames.count >= frames, timeout)

    def _end_wait_soon(self) -> None:
        """Interrupts the waiting cell. Called in the signal handler, hence through the event loop."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._waiters.interrupt)

    def _pause_soon(self) -> None:
        """Interrupts the run. Called in the signal handler, hence through the event loop."""
        if self._loop is not None and self.session.callbacks.present:
            self._loop.call_soon_threadsafe(self._interrupted)

    def _interrupted(self) -> None:
        if self.standing.running and self._go("interrupt"):
            self._rest_interrupted(None)

    def _rest_interrupted(self, interrupt: BaseException | None) -> None:
        """Shows and saves that an interrupt has paused the view."""
        self.last_error = interrupt or self.last_error
        self.showing.publish(resting=True)
        self.save()
        self._waiters.interrupt()
        self._waiters.fail(self._cut_short)

    def _progress(self) -> str:
        iterations = self.session.metrics.iteration
        return f"the view is {self.standing.state} after {self.frames.count} frames, {iterations} iterations"

    def _cut_short(self) -> RuntimeError:
        error = RuntimeError(f"the wait ended before its condition was met: {self._progress()}")
        error.__cause__ = self.last_error if self.standing.failed else None
        return error
