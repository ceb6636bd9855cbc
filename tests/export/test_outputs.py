"""Terminal output, values, and the summary of a run's end."""

from __future__ import annotations

import base64
import math
import re
import time
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from vultorch_widget.export import terminal
from vultorch_widget.export.markdown import markdown
from vultorch_widget.export.pictures import vector
from vultorch_widget.export.run_ending import ending, number
from vultorch_widget.export.terminal import Terminal, plain
from vultorch_widget.export.terminal_screen import overwritten

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
        ("Downloading 10%\x1b[K\rDone\x1b[K", "Done"),
        ("a long line\r\x1b[2Kshort\n", "short\n"),
        ("one\ntwo\n\x1b[2A\x1b[2KONE\n\x1b[2KTWO\n", "ONE\nTWO\n"),
        ("abc\x1b[2D.\x1b[5G!", "a.c !"),
        ("abc\r\b\x1b[1C\x1b[1K\n", "  c\n"),
        ("|\b/\b-\bdone", "done"),
        ("\x1b[31mred\x1b[?25l\n", "\x1b[31mred\x1b[?25l\n"),
    ],
)
def test_overwritten_lines_show_their_last_text(text: str, shown: str) -> None:
    assert overwritten(text) == shown


def test_overwritten_text_keeps_its_colors() -> None:
    html = Terminal().html("\x1b[32mLoading a long thing\x1b[0m\rdone \x1b[1mnow\x1b[22m")
    assert html == 'done <span class="ansi-bold">now</span><span class="ansi-green-fg">a long thing</span>'
    assert plain("\x1b[38;5;0;4mab\x1b[39mc\x1b[m\r\x1b[48;2;1;2;3mx") == "xbc"
    assert overwritten("\x1b[38;5;0;4mab\x1b[39mc\r") == "\x1b[0;38;5;0;4mab\x1b[0;4mc"


def test_progress_bars_take_little_time_and_space() -> None:
    begun = time.process_time()
    assert plain("x" * 100_000 + "\b" * 200_000) == ""
    assert plain("100%\r" * 100_000) == "100%"
    assert len(plain("\x1b[999Cx\n" * 100)) == 202 * 100  # no wider than a terminal
    assert plain(f"\x1b[{'9' * 5_000}C\x1b[{'9' * 5_000}mx\r") == " x"
    assert time.process_time() - begun < 5  # the backspaces alone took minutes


def test_long_output_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "MOST_CHARACTERS", 10)
    assert plain("a" * 50 + "b" * 50) == "aaaaa\n… 90 characters left out …\nbbbbb"


def test_consecutive_stream_outputs_are_joined() -> None:
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


def test_outputs_that_cannot_be_shown_leave_a_notice() -> None:
    plot = code("", display({"application/vnd.plotly.v1+json": {"data": []}}))
    sound = code("", display({"audio/<wav>": "AAAA"}))
    chart = code("", display({"text/html": "<div id='x'></div><script>plot()</script>"}))
    for form in (html_of(notebook(plot, sound, chart)), unescaped(notebook(plot, sound, chart))):
        for kind in ("application/vnd.plotly.v1+json", "audio/&lt;wav&gt;", "text/html"):
            assert f"An output of the type {kind} cannot be shown here." in form
    nothing = [{}, {"text/plain": ""}, {"application/javascript": "load()"}, {"text/plain": "", "audio/wav": "AAAA"}]
    assert "cannot be shown" not in html_of(notebook(*(code("", display(data)) for data in nothing)))
    assert "此处无法显示 application/vnd.plotly.v1+json 类型的输出。" in html_of(notebook("教程", plot))


def unescaped(node: Any) -> str:
    """The Markdown of a notebook, without escapes."""
    return MarkdownIt("commonmark").render(markdown(node, assets="files", folder=None).text)


def test_markdown_contains_html_that_has_no_alternative() -> None:
    text = markdown(
        notebook(code("", display({"text/html": "<p onclick='x()'>seen</p>"}))), assets="", folder=None
    ).text
    assert text == "<p>seen</p>\n"


def test_an_inline_svg_becomes_a_complete_file() -> None:
    kind, file = vector('<!-- svg --><svg width="9"><use xlink:href="#a"/></svg>')
    assert kind == "image/svg+xml"
    root = ElementTree.fromstring(file)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    complete = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"/>'
    assert vector(complete)[1].decode() == complete
    node = notebook(code("", display({"image/svg+xml": "<svg></svg>"})))
    (data,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html_of(node))
    assert b"http://www.w3.org/2000/svg" in base64.b64decode(data)


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
    assert dict(end.rows)["lr"] == "0.001"  # the initial value was 0.005
    assert end.texts == (f"loss {document['series']['loss']['values'][-1]:.5f}",)
    assert end.failure == ""
    document["series"]["loss"]["values"][-1] = None
    document["failure"] = {"where": "frame", "summary": "no", "traceback": "Trace\nno"}
    assert ending(document).failure == "Trace\nno"
    assert dict(ending(document).rows)["loss"] == "NaN"


@pytest.mark.parametrize("html", ["<div>", "<div title='<'>", "<ul><li>", "<svg><div/>", "<listing>", "<ruby><rt>"])
def test_deeply_nested_html_takes_little_time(html: str) -> None:
    """The parser's time grows with the square of the depth: 60,000 elements took 11 s, 120,000 took 97 s."""
    output = display({"text/html": html * 500_000 + "x"})
    assert "An output of the type text/html cannot be shown here." in html_of(notebook(code("", output)))
    plain_text = display({"text/html": html * 500_000 + "x", "text/plain": "instead"})
    assert "instead" in html_of(notebook(code("", plain_text)))
    assert "instead" in markdown(notebook(code("", plain_text)), assets="files", folder=None).text


def test_html_with_many_siblings_is_shown() -> None:
    """Omitted optional end tags do not count as nesting in lists and tables."""
    text = "<table>" + "<tr><td>a<td>b" * 2000 + "</table><ul>" + "<li>c" * 2000 + "</ul>" + "<p>d" * 2000
    html = html_of(notebook(code("", display({"text/html": text}))))
    assert html.count("<li>c") == 2000
