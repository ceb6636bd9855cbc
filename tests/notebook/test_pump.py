"""Where there is nothing to pump. tests/kernel/test_messages.py covers it in a kernel."""

from __future__ import annotations

import signal

import pytest

from vultorch_widget.notebook.pump import INTERVAL, Pump, _interrupts_held


def test_outside_a_kernel_it_does_nothing_and_says_nothing() -> None:
    said: list[str] = []
    pump = Pump(said.append)
    for _ in range(3):
        pump()
    assert said == []


def test_a_kernel_that_it_does_not_know_is_said_once() -> None:
    said: list[str] = []
    pump = Pump(said.append)
    pump._kernel = object()
    for _ in range(3):
        pump._next = 0.0
        pump()
    assert len(said) == 1
    assert "use @view.on_frame and view.run()" in said[0]


def test_it_looks_no_more_often_than_its_interval() -> None:
    pump = Pump(lambda _: None)
    pump._kernel = object()
    pump()
    first = pump._next
    pump._kernel = object()
    pump()
    assert pump._next == first
    assert 0.01 <= INTERVAL <= 0.03


def test_an_interrupt_is_held_until_the_message_is_safe() -> None:
    steps: list[str] = []

    def take() -> None:
        with _interrupts_held():
            signal.raise_signal(signal.SIGINT)
            steps.append("taken and given back")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            take()
        assert steps == ["taken and given back"]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
