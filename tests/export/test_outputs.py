"""Terminal output, values and what is told of a run's end."""

from __future__ import annotations

import math
from typing import Any

import pytest

from vultorch_widget.export import terminal
from vultorch_widget.export.terminal import Terminal, overwritten, plain
from vultorch_widget.export.values import ending, number

from .notebooks import code, display, notebook, printed, raised, replay
from .test_page import html_of


def test_colors_are_classes() -> None:
    screen = Terminal()
    html = screen.html("\x1b[31mred\x1b[0m <b> \x1b[1;38;5;28mgreen\x1b[0m \x1b[48;2;1;2;3mback\x1b[0m")
    assert html == (
        '<span class="ansi-red-fg">red</span> &lt;b&gt; '
        '<span class="ansi-bold ansi-fg-rgb ansi-fg-008700">green</span> '
        '<span class="ansi-bg-rgb ansi-bg-010203">back</span>'
    )
    assert ".ansi-fg-008700{--ansi-fg:#008700}" in screen.css


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("10%\r50%\r100%\n", "100%\n"),
        ("a long line\rshort\n", "shortg line\n"),
        ("abc\b\bX\n", "aX\n"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("\r\r", ""),
    ],
)
def test_lines_that_are_written_over(text: str, shown: str) -> None:
    assert overwritten(text) == shown


def test_long_output_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "MOST_CHARACTERS", 10)
    assert plain("a" * 50 + "b" * 50) == "aaaaa\n… 90 characters left out …\nbbbbb"


def test_streams_that_follow_each_other_are_one() -> None:
    html = html_of(notebook(code("", printed("a\n"), printed("b\n"), printed("c\n", "stderr"), printed("\n"))))
    assert '<pre class="output stream stdout" tabindex="0">a\nb\n</pre>' in html
    assert html.count('<pre class="output') == 2


def test_an_error_without_a_traceback() -> None:
    assert ">ValueError: no</pre>" in html_of(notebook(code("", raised())))


def test_the_richest_form_that_can_be_shown() -> None:
    table = "<div><style scoped>td {}</style><table class='dataframe'><tr><td>7</td></tr></table></div>"
    html = html_of(notebook(code("", display({"text/html": table, "text/plain": "plain"}))))
    assert '<table class="dataframe"><tbody><tr><td>7</td></tr></tbody></table>' in html
    assert "scoped" not in html
    script = {"text/html": "<div id='x'></div><script>plot()</script>", "text/plain": "a plot"}
    assert ">a plot</pre>" in html_of(notebook(code("", display(script))))
    latex = display({"text/latex": "$\\displaystyle x^2$", "text/plain": "x**2"})
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in html_of(notebook(code("", latex)))
    assert "<strong>b</strong>" in html_of(notebook(code("", display({"text/markdown": "**b**"}))))
    assert "&#34;a&#34;: [" in html_of(notebook(code("", display({"application/json": {"a": [1]}}))))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3000, "3,000"), (0.00123456, "0.001235"), (2.0, "2"), (1e9, "1e+09"), (None, "NaN"), ("Infinity", "∞"),
        ("-Infinity", "-∞"), (math.nan, "NaN"), (-math.inf, "-∞"), (True, "True"), (12.5, "12.5"),
    ],
)  # fmt: skip
def test_numbers(value: Any, text: str) -> None:
    assert number(value) == text


def test_the_end_of_a_run() -> None:
    document = replay()
    end = ending(document)
    assert dict(end.rows).keys() == {"loss", "mae", "lr", "shuffle"}
    assert dict(end.rows)["lr"] == "0.001"  # it began with 0.005
    assert end.texts == (f"loss {document['series']['loss']['values'][-1]:.5f}",)
    assert end.failure == ""
    document["series"]["loss"]["values"][-1] = None
    document["failure"] = {"where": "frame", "summary": "no", "traceback": "Trace\nno"}
    assert ending(document).failure == "Trace\nno"
    assert dict(ending(document).rows)["loss"] == "NaN"
