"""The callback for fastai's ``Learner``."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import Any

from .course import Course
from .plain import progress


def callback(course: Course) -> Any:
    """Returns a ``Callback`` that follows ``course``."""
    return _kind()(course)


@lru_cache
def _kind() -> Any:
    try:
        core: Any = import_module("fastai.callback.core")
    except ImportError as error:
        raise ImportError("watch.fastai() needs fastai: pip install fastai") from error
    base: Any = core.Callback

    class WatchCallback(base):  # type: ignore[misc]
        """Follows a `Learner` with a `Course`."""

        order = 80  # after the recorder (50), and after the schedule (60) has set the rates

        def __init__(self, course: Course) -> None:
            super().__init__()
            self._course = course
            self._fitting = False  # a validation or prediction on its own sends the events of a fit, too
            self._before: list[Any] = []  # rates before the current step
            self._showing = False
            self._disturbed = False  # `show` has called the learner

        def __reduce__(self) -> tuple[type, tuple[()]]:
            return base, ()  # an exported learner cannot take the view along

        def __call__(self, event_name: str) -> Any:
            if self._showing:
                self._disturbed = True
                return None
            return super().__call__(event_name)

        # --- begin and end ---

        def before_fit(self) -> None:
            self._course.abandon()  # an earlier fit may have ended with an exception, which no event reports
            self._fitting = False
            self._course.begin(self.learn.model)

        def before_train(self) -> None:
            if not self._course.begun:  # another callback has validated, and its end looked like that of the fit
                self._course.begin(self.learn.model)
            self._fitting = True
            self._course.rate.note(_groups(self.learn.opt))

        def after_fit(self) -> None:
            self._fitting = False
            self._course.end()

        # --- the learning rate: fastai's optimisers have no hooks ---

        def before_step(self) -> None:
            groups = _groups(self.learn.opt)
            self._before = self._course.rate.change(groups)

        def after_step(self) -> None:
            before, self._before = self._before, []
            self._course.rate.restore(_groups(self.learn.opt), before)

        def after_cancel_step(self) -> None:
            self.after_step()

        # --- batches and epochs ---

        def after_batch(self) -> None:
            learn = self.learn
            doing = "batch" if learn.training else "validation batch"
            text = progress(learn.epoch, learn.n_epoch, learn.iter + 1, learn.n_iter, doing)
            if learn.training:
                self._course.stepped(self._step(), {"train_loss": learn.loss.detach()}, self._aside)
                self._course.advance(*text)
            else:
                self._course.doing(text)
            self._turn()

        def after_epoch(self) -> None:
            if not self._fitting:  # a validation on its own, maybe of other data: its caller gets the result
                return
            self._course.log(_recorded(getattr(self.learn, "recorder", None)), self._step())
            self._course.keep({"epoch": self.learn.epoch + 1}, self._step())

        @contextmanager
        def _aside(self) -> Iterator[None]:
            """Runs `show`. If it calls ``learn.predict()``, fastai resets counters, records and the mode of the running
            fit, which would not train for the rest of its epoch. All of these are restored.
            """
            learn = self.learn
            recorder: Any = getattr(learn, "recorder", None)
            parts = [learn, *learn.cbs, *learn.metrics, *([recorder.smooth_loss] if recorder is not None else [])]
            before = [(part, dict(vars(part))) for part in parts if part is not self]
            self._showing, self._disturbed = True, False
            try:
                yield
            finally:
                self._showing = False
                if self._disturbed:
                    for part, values in before:
                        vars(part).update(values)

        def _step(self) -> int:
            return int(self.learn.train_iter)

        def _turn(self) -> None:
            if not self._course.turn() and self._fitting:
                raise core.CancelFitException

    return WatchCallback


def _recorded(recorder: Any) -> dict[str, Any]:
    """What fastai's recorder says about the epoch that has just ended."""
    if recorder is None or not recorder.values:
        return {}
    values = recorder.values[-1]
    names = list(recorder.metric_names)[1 : -1 if recorder.add_time else None]  # without epoch and time
    if recorder.cancel_train:  # then it has only the values of the validation, which come last
        names = names[len(names) - len(values) :]
    return {
        "train_loss of the epoch" if name == "train_loss" else name: value
        for name, value in zip(names, values, strict=False)
        if isinstance(value, numbers.Real)
    }


class _Group(dict[str, Any]):
    """The rate of one of fastai's parameter groups. Setting it sets the optimiser's."""

    def __init__(self, rate: Any, write: Callable[[Any], None]) -> None:
        super().__init__(lr=rate)
        self._write = write

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._write(value)


def _groups(optimizer: Any) -> list[_Group]:
    """The parameter groups of a fastai optimiser, in the form that `Rate` takes."""

    def writer(number: int) -> Callable[[Any], None]:
        def write(rate: Any) -> None:
            rates = [hyper["lr"] for hyper in optimizer.hypers]
            rates[number] = rate
            optimizer.set_hyper("lr", rates)

        return write

    return [_Group(hyper["lr"], writer(number)) for number, hyper in enumerate(optimizer.hypers)]
