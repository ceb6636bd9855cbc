"""`Futures`, which `View.explore` returns. It runs futures in place of the run, and one of them can be kept."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any, Literal, overload

from ..basics.arguments import number_of
from ..checkpoints import RestoreError
from ..notebook.cell import after_cell, end_quietly, in_cell
from ..notebook.interrupts import INTERRUPTS
from ..notebook.ticker import Ticker
from ..protocol.messages import Exploration, FutureLine
from .combinations import Trial, combinations
from .exploring import Attempt, Exploring
from .rewinding import Rewinding
from .runner import Runner
from .states import Event
from .waiters import Waiters, WaitInterrupted


class Future:
    """One of `Futures`: the result of a training with other values of some controls."""

    def __init__(self, futures: Futures, attempt: Attempt) -> None:
        self._futures = futures
        self._attempt = attempt

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value:.4g}" for name, value in self.values.items())
        return f"<Future {self.name}: {', '.join(filter(None, [self.state, self.said, values]))}>"

    @property
    def name(self) -> str:
        """The values of the controls, as a short text."""
        return self._attempt.combination.name

    @property
    def controls(self) -> dict[str, Any]:
        """The values of the controls, by label."""
        return dict(self._attempt.combination.controls)

    @property
    def state(self) -> str:
        """``waiting``, ``running``, ``done``, ``ended`` early by an alarm, or ``failed`` with an exception."""
        return self._attempt.state

    @property
    def said(self) -> str:
        """Why it ended early or failed; otherwise empty."""
        return self._attempt.said

    @property
    def error(self) -> BaseException | None:
        """The exception with which it failed, or None."""
        return self._attempt.error

    @property
    def steps(self) -> int:
        """How many steps it has run."""
        return self._attempt.steps

    @property
    def values(self) -> dict[str, float]:
        """The last value of each scalar that it has logged."""
        return self._attempt.values

    @property
    def branch(self) -> str:
        """The name of the branch that it became, for `View.rewind`; empty if it did not become one."""
        return self._attempt.branch

    def keep(self) -> int | None:
        """Goes to the end of this future, with its controls, and pauses. Returns the step, as `View.rewind` does.

        Raises RuntimeError while futures are being explored, if this one was not run or has failed, in a frame, and on
        a different thread from the one that explored them.
        """
        return self._futures.keep(self)


class Futures(Sequence[Future]):
    """The futures of one `View.explore`, in the order of their combinations.

    ``await futures`` waits in a cell until all have ended, and returns them.
    """

    def __init__(self, runner: Runner, exploring: Exploring) -> None:
        self._runner = runner
        self._exploring = exploring
        self._owner = threading.current_thread()
        self._futures = [Future(self, attempt) for attempt in exploring.attempts]
        self._over = False
        self._failed = ""
        self._after: Event | None = None
        self._told = 0  # attempts whose end was reported to pages
        self._ticker: Ticker | None = None
        self._waiters = Waiters()
        self._board = runner.showing.futures
        self._number = self._board.begin()
        self._ran = runner.set_out(self)
        self._tell()

    @overload
    def __getitem__(self, index: int) -> Future: ...

    @overload
    def __getitem__(self, index: slice) -> list[Future]: ...

    def __getitem__(self, index: int | slice) -> Future | list[Future]:
        return self._futures[index]

    def __len__(self) -> int:
        return len(self._futures)

    def __repr__(self) -> str:
        best = self.best
        lines = [f"{'* ' if future is best else '  '}{future!r}" for future in self._futures]
        return "\n".join([f"<Futures: {self._progress()}>", *lines])

    def _progress(self) -> str:
        over = sum(attempt.over for attempt in self._exploring.attempts)
        return f"{self._failed or self._state}, {over} of {len(self)} futures"

    @property
    def _state(self) -> Literal["running", "done", "cancelled", "failed"]:
        if self._failed:
            return "failed"
        if not self._over:
            return "running"
        return "cancelled" if self.cancelled else "done"

    # --- results -----------------------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        """True once all futures have ended or were cancelled, so no more of their frames run."""
        return self._over

    @property
    def cancelled(self) -> bool:
        """True if they were cancelled before all had ended."""
        return self._exploring.cancelled

    @property
    def by(self) -> str:
        """The scalar that decides which is best; empty if no loss was logged and none was named."""
        return self._exploring.by

    @property
    def best(self) -> Future | None:
        """The best of those that ran to their end, by the mean of the last tenth of `by`; None if that cannot be
        decided.
        """
        best = self._exploring.best
        return None if best < 0 else self._futures[best]

    def keep(self, future: Future | int | None = None) -> int | None:
        """Goes to the end of ``future``, or of the best one, and pauses. See `Future.keep`.

        Raises RuntimeError while futures are being explored, and if there is none to keep; IndexError for a number out
        of range.
        """
        if not self._over:
            raise RuntimeError(
                "the futures are still explored: wait for them (await futures), or call futures.cancel()"
            )
        chosen = self.best if future is None else future if isinstance(future, Future) else self._futures[future]
        if chosen is None:
            raise RuntimeError("there is no best future: choose one yourself, as in futures.keep(0)")
        if not chosen.branch:
            raise RuntimeError(f"the future {chosen.name!r} cannot be kept: {chosen.said or 'it was not run'}")
        if self._runner.session.tree.in_frame or threading.current_thread() is not self._owner:
            raise RuntimeError("keep was called during a frame, or on another thread: call it between two frames")
        step = self._runner.rewind(None, chosen.branch)
        chosen._attempt.combination.put()
        self._board.dismiss()
        self._runner.wake()
        return step

    def cancel(self) -> None:
        """Ends the exploration after the running frame. The run is then where it was before. Safe from any thread."""
        if not self._over:
            self._exploring.cancelled = True

    def dismiss(self) -> None:
        """Removes them from the pages. A run that was running before goes on. The branches stay."""
        self._board.dismiss()
        if self._over and self._ran and self._runner.standing.held:
            self._runner.resume()
        self._runner.wake()

    # --- running -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Runs the futures: on the event loop after the running cell if there is a loop, otherwise at once."""
        loop = self._runner.loop
        if loop is None or self._runner.looping:
            self.run()
            return
        self._ticker = ticker = Ticker(self._tick, loop, rate=lambda: 0.0)
        INTERRUPTS.hear(self._cancel_soon)
        ticker.start()
        if not after_cell(ticker.open):
            ticker.open()

    def run(self) -> None:
        """Runs the futures, and returns when they have ended."""
        try:
            while self._turn():
                pass
        except BaseException:
            self._exploring.cancelled = True
            self._end()
            raise

    def _tick(self) -> None:
        try:
            self._turn()
        except KeyboardInterrupt:
            self._exploring.cancelled = True
            self._end()
        except Exception as error:  # it must not end the event loop
            self._failed = f"{type(error).__name__}: {error}"
            self._end()

    def _turn(self) -> bool:
        """Runs a frame. Returns False once the exploration is over."""
        if self._over:
            return False
        runner = self._runner
        with runner.output.here():
            more = self._exploring.turn()
        if not more:
            self._end()
            return False
        runner.hearing.drain()
        self._tell()
        runner.showing.publish(resting=False)
        runner.session.limit_backlog()
        return True

    def _end(self) -> None:
        """Restores the present, and lets the run go on as before."""
        if self._over:
            return
        self._over = True
        try:
            self._exploring.end()
        except Exception as error:
            self._failed = str(error) if isinstance(error, RestoreError) else f"{type(error).__name__}: {error}"
            self._runner.session.tree.notices.append(f"Futures: {self._failed}")
        finally:  # otherwise the view would stay locked
            if self._ticker is not None:
                self._ticker.stop()
                INTERRUPTS.leave(self._cancel_soon)
            if self._after is None and self._ran and self.cancelled:
                self._after = "resume"
            self._tell()
            self._runner.come_back(self._after)
            self._waiters.ask()

    def asked(self, event: Event) -> None:
        """The program asks for an event of the run. In a frame, that ends the future. Any thread."""
        in_frame = self._runner.session.callbacks.running and threading.current_thread() is self._owner
        if in_frame and event != "resume":
            self._exploring.end_current(f"it asked for {event} itself")
            return
        self._after = event
        if event == "stop":
            self.cancel()

    def abandon(self) -> None:
        """Ends the exploration, because the view closes."""
        self._exploring.cancelled = True
        if not self._runner.session.callbacks.running:  # otherwise its frame ends it
            self._end()

    def __await__(self) -> Generator[Any, None, Futures]:
        return self._wait().__await__()

    async def _wait(self) -> Futures:
        if self._ticker is not None:
            self._ticker.open()
        done: Callable[[], bool] = lambda: self._over  # noqa: E731
        if not in_cell():
            await self._waiters.wait(done, None, self._progress)
            return self
        with INTERRUPTS.ending(self._interrupt_soon):
            try:
                await self._waiters.wait(done, None, self._progress, of_cell=True)
            except (WaitInterrupted, asyncio.CancelledError) as error:
                if isinstance(error, asyncio.CancelledError) and not INTERRUPTS.cancelled_cell():
                    raise
                self.cancel()
                end_quietly(
                    WaitInterrupted, lambda: "Interrupted: the futures are cancelled, and the run is as it was."
                )
                raise WaitInterrupted from None
        return self

    def _interrupt_soon(self) -> None:
        if self._runner.loop is not None:
            self._runner.loop.call_soon_threadsafe(self._waiters.interrupt)

    def _cancel_soon(self) -> None:
        if self._runner.loop is not None:
            self._runner.loop.call_soon_threadsafe(self.cancel)

    # --- what pages are told -----------------------------------------------------------------------------------------

    def _tell(self) -> None:
        exploring = self._exploring
        attempts = exploring.attempts
        for index, attempt in enumerate(attempts):
            if index >= self._told and attempt.over:
                self._board.add(index, attempt.frame, attempt.curves())
                self._told = index + 1
        self._board.put(
            Exploration(
                run=self._number,
                state=self._state,
                said=self._failed,
                step=exploring.first,
                steps=exploring.steps,
                by=exploring.by,
                best=exploring.best,
                futures=tuple(
                    FutureLine(
                        name=attempt.combination.name,
                        state=attempt.state,
                        said=attempt.said,
                        steps=attempt.steps,
                        values=tuple((name, _text(value)) for name, value in attempt.values.items()),
                        branch=attempt.branch,
                    )
                    for attempt in attempts
                ),
            )
        )

    def answer(self, run: int, answer: str, future: int) -> None:
        """Does what a page asks for. Raises RuntimeError and ValueError as `keep`."""
        if run != self._number:
            return
        if answer == "cancel":
            self.cancel()
        elif answer == "dismiss":
            self.dismiss()
        elif future < 0:
            raise ValueError(f"keep needs the index of a future, not {future}")
        else:
            self.keep(future)


def explore(
    runner: Runner, trials: Callable[[], list[Trial]], steps: Any, by: str | None = None, *, rising: bool = False
) -> Futures:
    """Begins an exploration; see `View.explore`, which documents the exceptions."""
    session, title = runner.session, f"view {runner.session.tree.title!r}"
    if session.own_loop or not session.callbacks.present:
        raise RuntimeError(
            f"{title}: explore needs frames that it can run itself, callbacks of on_frame. The steps of a loop of your "
            "own or of a trainer cannot be run by the view: there, set the control, train, and come back with "
            "view.rewind(step) to try the next value"
        )
    keeper = session.keeper
    if not isinstance(keeper, Rewinding):
        raise RuntimeError(f"{title} has no checkpoints: call view.checkpoint(model, optimizer, ...) before explore")
    count = number_of("steps", "steps", steps)
    runner.check_detour()
    return Futures(runner, Exploring(session, keeper, combinations(trials()), count, by, rising=rising))


def _text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return f"{value:.4g}" if math.isfinite(value) else "infinite" if value > 0 else "-infinite"
