"""The table of states, row by row, and that no two threads can see or do anything that is not in it."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from vultorch_widget.protocol.messages import Failure, State
from vultorch_widget.run import states
from vultorch_widget.run.states import TABLE, Event, Standing

STATES: tuple[State, ...] = get_args(State)
EVENTS: tuple[Event, ...] = get_args(Event)

REACH: dict[State, list[Event]] = {
    "idle": [],
    "running": ["start"],
    "paused": ["start", "pause"],
    "stopped": ["start", "stop"],
    "failed": ["start", "fail"],
    "closed": ["close"],
}
"""How to get into each state."""

LEADS: dict[State, str] = {  # one letter per event, in the order of EVENTS; a dot: nothing happens
    #          start pause step interrupt resume stop fail reset rest close
    "idle": "r.....f..c",
    "running": "rppp.sf.ic",
    "paused": "r..prsf.ic",
    "stopped": "r...r.f..c",
    "failed": "r.p.rsfp.c",
    "closed": "..........",
}
LETTERS: dict[str, State] = {state[0]: state for state in STATES}


def at(state: State) -> Standing:
    standing = Standing()
    for event in REACH[state]:
        assert standing.take(event)
    assert standing.state == state
    return standing


@pytest.mark.parametrize(("state", "event"), list(product(STATES, EVENTS)))
def test_every_pair_of_state_and_event_leads_where_it_should(state: State, event: Event) -> None:
    letter = LEADS[state][EVENTS.index(event)]
    standing = at(state)
    assert standing.take(event) is (letter != ".")
    assert standing.state == LETTERS.get(letter, state)
    assert standing.running is (standing.state == "running")


ANSWERS: dict[State, str] = {  # what a standing says about its state
    "idle": "idle unbegun",
    "running": "running on_the_way",
    "paused": "on_the_way held",
    "stopped": "over unbegun",
    "failed": "failed held unbegun deaf",
    "closed": "closed over deaf",
}
QUESTIONS = sorted({name for names in ANSWERS.values() for name in names.split()})


@pytest.mark.parametrize(("state", "question"), list(product(STATES, QUESTIONS)))
def test_every_question_has_its_answer_in_every_state(state: State, question: str) -> None:
    assert getattr(at(state), question) is (question in ANSWERS[state].split())


def test_nobody_else_compares_states_of_a_run() -> None:
    """Transitions and what a state allows are looked up in the table and its sets, so a new state is one change."""
    compared = re.compile(rf"""\bstate\b\s*(?:==|!=|in|not in)\s*\(?["'](?:{"|".join(STATES)})\b""")
    package = Path(states.__file__).parents[1]
    rooms = [path for room in ("api", "run", "pages", "offscreen") for path in (package / room).glob("*.py")]
    others = [path for path in rooms if path != Path(states.__file__)]
    found = {path.name: len(compared.findall(path.read_text(encoding="utf-8"))) for path in others}
    # Two of these record how a replay and a status were at one moment; views of the package ask as programs do. A
    # failed future is not a state of the run.
    assert {name: count for name, count in found.items() if count} == {
        "saving.py": 2,
        "exploring.py": 1,
        "fit_image.py": 1,
        "scene_view.py": 1,
        "status_line.py": 1,
    }


def test_the_table_has_every_state_and_no_way_out_of_closed() -> None:
    assert set(TABLE) == set(STATES)
    assert TABLE["closed"] == {}


def test_a_failure_comes_and_goes_with_its_state() -> None:
    failure = Failure(where="view.on_frame", summary="ValueError: bad", traceback="")
    standing = at("running")
    standing.take("fail", failure)
    assert standing.both == ("failed", failure)
    standing.take("pause")  # which leads nowhere from here
    assert standing.both == ("failed", failure)
    standing.take("resume")
    assert standing.both == ("running", None)


@pytest.fixture
def restless() -> Iterator[None]:
    """Makes threads switch after every few bytecodes."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_nothing_that_threads_do_at_once_leads_out_of_closed() -> None:
    """A view that is closed by one thread while others resume it stays closed."""
    for _ in range(200):
        standing = Standing()
        standing.take("start")
        start = threading.Barrier(5)

        def act(event: Event, standing: Standing = standing, start: threading.Barrier = start) -> None:
            start.wait()
            for _ in range(20):
                standing.take(event)

        events: tuple[Event, ...] = ("pause", "resume", "stop", "resume", "close")
        threads = [threading.Thread(target=act, args=(event,)) for event in events]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert standing.state == "closed"
        assert not standing.take("resume")
