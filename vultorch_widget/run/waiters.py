"""Cells that wait for a running view. Their conditions are checked after every frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class WaitInterrupted(KeyboardInterrupt):
    """An interrupt that ends the wait of a cell."""


class Waiters:
    """The waiting conditions and the futures that they complete. One thread."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[None], Callable[[], bool]] = {}
        self._of_cells: set[asyncio.Future[None]] = set()  # ended by an interrupt
        self._interrupted: set[asyncio.Future[None]] = set()  # interrupted although they were done

    async def wait(
        self, done: Callable[[], bool], timeout: float | None, progress: Callable[[], str], *, of_cell: bool = False
    ) -> None:
        """Returns once ``done()`` is true. Raises TimeoutError, naming the ``progress``, after ``timeout`` seconds.

        ``of_cell`` says that a cell waits, and `interrupt` ends the wait.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[future] = done
        if of_cell:
            self._of_cells.add(future)
        self.ask()
        try:
            await asyncio.wait_for(future, timeout)
        except asyncio.TimeoutError as error:
            if future.done() and not future.cancelled():  # the condition itself has raised it
                raise
            raise TimeoutError(f"not reached within {timeout} s: {progress()}") from error
        finally:
            del self._waiting[future]
            self._of_cells.discard(future)
            interrupted = future in self._interrupted
            self._interrupted.discard(future)
        if interrupted:
            raise WaitInterrupted

    def ask(self) -> None:
        """Completes the futures whose condition holds. A condition that raises fails its own future."""
        for future, done in self._waiting.items():
            if future.done():
                continue
            try:
                if done() and not future.done():  # the condition may have closed the view, which completes the future
                    future.set_result(None)
            except Exception as error:
                if not future.done():
                    future.set_exception(_raisable(error))

    def interrupt(self) -> None:
        """Ends the waits of cells with `WaitInterrupted`, even if what they wait for has just come."""
        for future in self._of_cells:
            if future.done():
                self._interrupted.add(future)
            else:
                future.set_exception(WaitInterrupted())

    def fail(self, make_error: Callable[[], BaseException]) -> None:
        """Fails every future whose condition does not hold now, because no further frame will come."""
        self.ask()
        for future in self._waiting:
            if not future.done():
                future.set_exception(make_error())


def _raisable(error: Exception) -> Exception:
    """``error``, or a substitute for a StopIteration, which a future cannot hold."""
    if not isinstance(error, StopIteration):
        return error
    made = RuntimeError("the wait condition raised StopIteration: an iterator has no more items")
    made.__cause__ = error
    return made
