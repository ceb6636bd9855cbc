"""The callback for the ``Trainer`` of Hugging Face's ``transformers``."""

from __future__ import annotations

import numbers
from functools import lru_cache
from importlib import import_module
from typing import Any

from .course import Course


def callback(course: Course) -> Any:
    """Returns a ``TrainerCallback`` that follows ``course``."""
    return _kind()(course)


@lru_cache
def _kind() -> Any:
    try:
        base: Any = import_module("transformers").TrainerCallback
    except ImportError as error:
        raise ImportError("watch.hf() needs Hugging Face's Trainer: pip install transformers accelerate") from error

    class WatchCallback(base):  # type: ignore[misc]
        """Follows a `Trainer` with a `Course`."""

        def __init__(self, course: Course) -> None:
            self._course = course
            self._training = False
            self._batch = 0  # batches of the running evaluation

        # --- training ---

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self._course.abandon()  # an earlier training may have ended with an exception, which no event reports
            self._training = True
            self._course.begin(kwargs.get("model"))
            optimizer: Any = kwargs.get("optimizer")
            self._course.attach([getattr(optimizer, "optimizer", optimizer)])
            self._turn(control)

        def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self._training = False
            self._course.end()

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self._course.stepped(state.global_step, {})
            self._advance(state, f"step {state.global_step:,} of {state.max_steps:,}")
            self._turn(control)

        def on_substep_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self._turn(control)

        def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self._turn(control)

        def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self._turn(control)

        def _advance(self, state: Any, doing: str) -> None:
            epochs = f" of {state.num_train_epochs:,}" if state.num_train_epochs else ""
            text = f"epoch {state.epoch or 0:.1f}{epochs} · {doing}"
            self._course.advance(state.global_step / state.max_steps if state.max_steps > 0 else 0.0, text)

        def _turn(self, control: Any) -> None:
            if not self._course.turn():
                control.should_training_stop = True

        # --- evaluation, within a training or on its own ---

        def on_prediction_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if not self._course.begun:
                self._course.begin(kwargs.get("model"))
            self._batch += 1
            self._advance(state, f"evaluation batch {self._batch:,}")
            self._turn(control)

        def _evaluated(self) -> None:
            self._batch = 0
            if not self._training:
                self._course.end()

        def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self._evaluated()

        def on_predict(self, args: Any, state: Any, control: Any, metrics: Any, **kwargs: Any) -> None:
            self._evaluated()

        # --- logged values ---

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            values = {name: float(value) for name, value in (logs or {}).items() if isinstance(value, numbers.Real)}
            values.pop("learning_rate", None)  # the schedule's; `lr` is the rate that steps used
            aside = {name: values.pop(name) for name in list(values) if _is_aside(name)}
            self._course.log(values, state.global_step)
            self._course.keep(aside, state.global_step)

    return WatchCallback


def _is_aside(name: str) -> bool:
    """Returns whether ``name`` describes the run rather than the model. In a chart it would dwarf the losses."""
    return name in ("epoch", "total_flos") or name.endswith(("_runtime", "_per_second"))
