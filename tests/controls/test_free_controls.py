"""Rows, colours, text fields, paragraphs and plots of several series."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from tests.panel import lone_panel
from vultorch_widget.controls.absence import FRAMES
from vultorch_widget.controls.input_text import LONGEST
from vultorch_widget.controls.plot_curves import MAX_CURVES
from vultorch_widget.protocol import controls as spec
from vultorch_widget.protocol import wire
from vultorch_widget.tree.panel import Panel


@pytest.fixture
def panel() -> Panel:
    return lone_panel(itertools.count().__next__)  # a second passes whenever the time is read


def leave(panel: Panel) -> None:
    """Runs frames that call nothing, until everything called in frames has left."""
    for _ in range(FRAMES + 1):
        panel.store.begin_frame()
        panel.store.end_frame()


def rows(panel: Panel) -> dict[str, tuple[str, ...]]:
    return {control.id: control.controls for control in panel.store.specs() if isinstance(control, spec.Row)}


def ids(panel: Panel) -> list[str]:
    return [control.id for control in panel.store.specs()]


# --- rows ------------------------------------------------------------------------------------------------------------


def test_what_is_called_inside_stands_in_the_row(panel):
    panel.store.begin_frame()
    panel.text("above")
    with panel.row():
        panel.button("a")
        panel.slider("b")
    panel.text("below")
    panel.store.end_frame()
    assert ids(panel) == ["text:frame:1", "row:frame:1", "button:a", "slider:b", "text:frame:2"]
    assert rows(panel) == {"row:frame:1": ("button:a", "slider:b")}


def test_a_row_follows_what_is_called_in_it_and_stays_the_same_object_otherwise(panel):
    def draw(*labels: str) -> spec.Control:
        panel.store.begin_frame()
        with panel.row():
            for label in labels:
                panel.button(label)
        panel.store.end_frame()
        return panel.store.specs()[0]

    assert draw("a", "b") is draw("a", "b")
    assert draw("b", "c").controls == ("button:b", "button:c")
    leave(panel)
    assert draw().controls == ()


def test_an_abandoned_frame_leaves_the_rows_of_the_one_before(panel):
    panel.store.begin_frame()
    with panel.row():
        panel.button("a")
    panel.store.end_frame()
    panel.store.begin_frame()
    with pytest.raises(TypeError, match="a label is a string"), panel.row():
        panel.button(0)
    panel.store.abandon_frame()
    assert rows(panel) == {"row:frame:1": ("button:a",)}
    with panel.row():  # the one that failed is closed
        panel.button("c")
    assert rows(panel)["row:1"] == ("button:c",)


def test_a_control_stays_where_it_was_called_first(panel):
    with panel.row():
        panel.button("a")
        panel.button("b")
    panel.store.begin_frame()
    panel.button("b")
    panel.slider("c")
    with panel.row():
        panel.button("a")
        panel.slider("c")
        panel.text("d")
    panel.store.end_frame()
    assert rows(panel) == {"row:1": ("button:a", "button:b"), "row:frame:1": ("text:frame:1",)}
    assert ids(panel).index("slider:c") < ids(panel).index("row:frame:1")


def test_rows_do_not_nest(panel):
    with panel.row():
        panel.button("a")
        with pytest.raises(RuntimeError, match="a row is open already and rows do not nest"), panel.row():
            pass
        panel.button("b")
    with panel.row():
        panel.button("c")
    assert rows(panel) == {"row:1": ("button:a", "button:b"), "row:2": ("button:c",)}


def test_a_frame_that_begins_closes_a_row_that_was_left_open(panel):
    with panel.row():
        panel.store.begin_frame()
        panel.button("a")
        panel.store.end_frame()
    assert rows(panel) == {"row:1": ()}


# --- words -----------------------------------------------------------------------------------------------------------


def test_text_in_a_colour_and_a_paragraph(panel):
    panel.text_colored(1, 0.5, 0, np.float32(0.25), "a##b")
    panel.text_wrapped("long")
    assert panel.store.specs() == (
        spec.TextColored(id="text_colored:1", text="a##b", color=(1.0, 0.5, 0.0, 0.25)),
        spec.TextWrapped(id="text_wrapped:1", text="long"),
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda s: s.text_colored(0, 0, 255, 1, "x"),
            ValueError,
            r"text_colored: r, g, b, a must lie in 0\.\.1.*255",
        ),
        (lambda s: s.text_colored(0, 0, float("nan"), 1, "x"), ValueError, r"r, g, b, a must be finite, not nan"),
        (lambda s: s.text_colored(0, 0, "1", 1, "x"), ValueError, r"r, g, b, a must be a number, not '1'"),
        (lambda s: s.text_colored(0, 0, 0, 1, 7), TypeError, r"text_colored takes a string, not 7"),
        (lambda s: s.text_wrapped(None), TypeError, r"text_wrapped takes a string, not None"),
        (lambda s: s.color_picker("x", default=(0, 0)), ValueError, r"color_picker 'x'.*3 numbers.*not \(0, 0\)"),
        (lambda s: s.color_picker("x", default="#ff0000"), ValueError, r"color_picker 'x'.*not '#ff0000'"),
        (lambda s: s.color_picker("x", default=(0, 0, 1.5)), ValueError, r"color_picker 'x'.*lie in 0\.\.1.*1\.5"),
        (lambda s: s.input_text("x", default=5), ValueError, r"input_text 'x' takes a string, not 5"),
        (lambda s: s.input_text("x", default="abc", max_length=2), ValueError, r"at most 2 characters, not the 3 of"),
        (lambda s: s.input_text("x", default="a\nb"), ValueError, r"input_text 'x' takes one line"),
        (lambda s: s.input_text("x", max_length=0), ValueError, r"max_length must lie in 1\.\.65536, not 0"),
        (lambda s: s.input_text("x", max_length=1.5), ValueError, r"max_length must be an integer, not 1.5"),
        (lambda s: s.plot({"a": [1], "b": ["c"]}), ValueError, r"plot '##plot': series 'b' must be real numbers"),
        (lambda s: s.plot({"a": [[1]]}), ValueError, r"series 'a' must have one dimension, not shape \(1, 1\)"),
        (lambda s: s.plot({1: [1]}), ValueError, r"the name of a series must be a string.*not 1"),
        (lambda s: s.plot({str(i): [1] for i in range(MAX_CURVES + 1)}), ValueError, r"13 series.*at most 12"),
    ],
)
def test_arguments_that_make_no_control_raise_and_show_nothing(panel, call, error, message):
    with pytest.raises(error, match=message):
        call(panel)
    assert panel.store.specs() == ()


# --- values ----------------------------------------------------------------------------------------------------------


def test_defaults_and_types(panel):
    assert panel.color_picker("a") == (1.0, 1.0, 1.0)
    assert panel.color_picker("b", default=[0, 1, 0]) == (0.0, 1.0, 0.0)
    assert {type(part) for part in panel.color_picker("b")} == {float}
    assert panel.input_text("c") == ""
    assert panel.input_text("d", default="adam") == "adam"
    assert LONGEST <= wire.MAX_TEXT


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    ("draw", "given", "held"),
    [
        (lambda s: s.color_picker("x"), [0, 0.5, 1], (0.0, 0.5, 1.0)),
        (lambda s: s.color_picker("x"), np.array([0, 0.5, 1], np.float32), (0.0, 0.5, 1.0)),
        (lambda s: s.color_picker("x"), torch.tensor([0, 0.5, 1]), (0.0, 0.5, 1.0)),
        (lambda s: s.input_text("x"), "grüße 👋", "grüße 👋"),
        (lambda s: s.input_text("x", max_length=2), "👋👋", "👋👋"),
    ],
)
def test_set_takes_what_fits(panel, before, draw, given, held):
    if not before:
        draw(panel)
    panel.set("x", given)
    assert draw(panel) == held == panel.get("x")


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    ("draw", "given", "message"),
    [
        (lambda s: s.color_picker("x"), (0, 0), r"color_picker 'x': red, green, blue must be 3 numbers in 0\.\.1"),
        (lambda s: s.color_picker("x"), 0.5, r"color_picker 'x'.*not 0.5"),
        (lambda s: s.color_picker("x"), (0, 0, -1), r"color_picker 'x'.*0\.\.1, not \(0.0, 0.0, -1.0\)"),
        (lambda s: s.color_picker("x"), (True, 0, 0), r"color_picker 'x'.*must be a number, not True"),
        (lambda s: s.input_text("x"), 3, r"input_text 'x' takes a string, not 3"),
        (lambda s: s.input_text("x", max_length=3), "long", r"input_text 'x' takes at most 3 characters, not the 4"),
        (lambda s: s.input_text("x"), "a\rb", r"input_text 'x' takes one line"),
    ],
)
def test_set_refuses_what_does_not_fit(panel, before, draw, given, message):
    if before:
        panel.set("x", given)
        with pytest.raises(ValueError, match=message):
            draw(panel)
        return
    held = draw(panel)
    with pytest.raises(ValueError, match=message):
        panel.set("x", given)
    assert panel.get("x") == draw(panel) == held


def test_a_line_is_cut_where_its_length_shrinks(panel):
    panel.input_text("x", default="training")
    assert panel.input_text("x", max_length=5) == "train"
    assert panel.input_text("x", default="other", max_length=9) == "train"


def test_labels_are_identities_and_of_one_kind_in_a_frame(panel):
    panel.store.begin_frame()
    panel.input_text("name##a", default="1")
    panel.input_text("name##b", default="2")
    with pytest.raises(ValueError, match=r"'name##a' is used for a input_text and for a color_picker"):
        panel.color_picker("name##a")
    panel.store.end_frame()
    assert [control.label for control in panel.store.specs()] == ["name", "name"]
    assert (panel.get("name##a"), panel.get("name##b")) == ("1", "2")


def test_a_label_before_three_hashes_may_change(panel):
    panel.set("any###lr", 0.5)
    for step in (1, 2):
        panel.store.begin_frame()
        assert panel.slider(f"rate at {step}###lr") == 0.5
        panel.button(f"{step} clicks###go")
        panel.store.end_frame()
        assert ids(panel) == ["slider:###lr", "button:###go"]
        assert [control.label for control in panel.store.specs()] == [f"rate at {step}", f"{step} clicks"]
    panel.store.apply("button:###go", True, "page", 1)
    assert panel.button("clicked###go") is True
    assert panel.get("###lr") == 0.5


def test_a_page_sees_which_of_its_clicks_were_taken(panel):
    def last():
        (button,) = panel.store.specs()
        return button.origin, button.revision

    panel.button("go")
    assert last() == ("", 0)
    panel.store.apply("button:go", True, "page", 1)
    assert last() == ("page", 1)
    panel.store.apply("button:go", True, "other", 7)
    assert last() == ("other", 7)
    assert panel.button("go", width=120)
    assert last() == ("other", 7)


def test_values_are_kept_while_a_control_is_not_shown(panel):
    panel.store.begin_frame()
    panel.color_picker("c")
    panel.input_text("t")
    panel.store.end_frame()
    panel.store.apply("color_picker:c", (0.0, 0.5, 1.0), "page", 1)
    panel.store.apply("input_text:t", "typed", "page", 1)
    leave(panel)
    assert panel.store.specs() == ()
    assert panel.color_picker("c") == (0.0, 0.5, 1.0)
    assert panel.input_text("t") == "typed"


@pytest.mark.parametrize(
    ("ident", "value", "message"),
    [
        ("color_picker:c", "#ffffff", r"color_picker 'c' takes tuple, not '#ffffff'"),
        ("color_picker:c", (0.0, 0.0), r"3 numbers in 0\.\.1"),
        ("color_picker:c", (0.0, 0.0, 2.0), r"must lie in 0\.\.1"),
        ("color_picker:c", (0.0, 0.0, float("nan")), r"must be finite"),
        ("color_picker:c", 0.5, r"takes tuple, not 0.5"),
        ("input_text:t", 5, r"input_text 't' takes str, not 5"),
        ("input_text:t", (0.0,), r"input_text 't' takes str"),
        ("input_text:t", "seven..", r"at most 6 characters"),
        ("input_text:t", "a\nb", r"one line"),
        ("slider:s", (0.5,), r"slider 's' takes float"),
        ("row:1", True, r"has no value to set"),
    ],
)
def test_a_page_is_not_trusted(panel, ident, value, message):
    panel.color_picker("c")
    panel.input_text("t", default="here", max_length=6)
    panel.slider("s")
    with panel.row():
        pass
    with pytest.raises(ValueError, match=message):
        panel.store.apply(ident, value, "page", 1)
    assert (panel.get("c"), panel.get("t"), panel.get("s")) == ((1.0, 1.0, 1.0), "here", 0.0)


@pytest.mark.parametrize("value", [[0.1, "x", 0.2], [0.1, None], [[0.1]], [True, 0, 0], {"a": 1}, [0.0] * 5000])
def test_the_wire_takes_a_row_of_numbers_and_nothing_like_it(value):
    message = {"kind": "set_control", "client": "c", "panel": "p", "control": "x", "revision": 1}
    assert wire.decode({**message, "value": [0, 0.5, 1]}).value == (0.0, 0.5, 1.0)
    with pytest.raises(wire.MessageError, match=r"SetControl\.value"):
        wire.decode({**message, "value": value})


# --- plots -----------------------------------------------------------------------------------------------------------


def test_a_plot_of_several_series(panel):
    panel.plot({"train": torch.tensor([1.0, 2.0, 3.0]), "test": (4, float("nan"))}, label="losses")
    assert panel.store.specs()[0].curves == (
        spec.Curve(name="train", values=(1.0, 2.0, 3.0), length=3),
        spec.Curve(name="test", values=(4.0, None), length=2),
    )


def test_a_long_series_remembers_its_length(panel):
    panel.plot({"a": np.arange(5000), "b": [0]})
    long, short = panel.store.specs()[0].curves
    assert len(long.values) <= 1024
    assert (long.length, short.length) == (5000, 1)


def test_a_plot_of_no_series(panel):
    panel.plot({})
    assert panel.store.specs()[0].curves == ()
