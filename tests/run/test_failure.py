from __future__ import annotations

from vultorch_widget.run.failure import MOST_TEXT, describe


def _raise(error: Exception) -> None:
    raise error


def _caught(error: Exception) -> Exception:
    try:
        _raise(error)
    except Exception as caught:
        return caught
    raise AssertionError


def test_the_summary_is_the_last_line_and_the_traceback_is_whole() -> None:
    failure = describe("view.on_frame", _caught(ValueError("loss is -1")))
    assert failure.where == "view.on_frame"
    assert failure.summary == "ValueError: loss is -1"
    assert failure.traceback.startswith("Traceback")
    assert "in _raise" in failure.traceback


def test_the_cause_is_shown_too() -> None:
    try:
        raise RuntimeError("outer") from KeyError("inner")
    except RuntimeError as error:
        failure = describe("x", error)
    assert "KeyError: 'inner'" in failure.traceback
    assert "direct cause" in failure.traceback


def test_an_error_that_was_never_raised_is_described() -> None:
    assert describe("x", OSError("disk")).summary == "OSError: disk"


def test_a_message_without_end_is_cut_in_the_middle() -> None:
    failure = describe("x", _caught(ValueError(f"first {'x' * 2_000_000} last")))
    for text in (failure.summary, failure.traceback):
        assert len(text) < 2 * MOST_TEXT
        assert "characters are left out" in text
        assert text.rstrip().endswith(" last")
