"""The store of one panel's controls: which are shown, which value each holds, and who may change it."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.panel import lone_panel
from vultorch_widget.controls.absence import FRAMES, SECONDS
from vultorch_widget.controls.roster import MAX_CONTROLS
from vultorch_widget.controls.store import MOST_LEFT
from vultorch_widget.protocol import controls as spec
from vultorch_widget.tree.panel import Panel


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def panel(clock: Clock) -> Panel:
    return lone_panel(clock)


def leave(panel: Panel, clock: Clock, *calls) -> None:
    """Runs frames that call nothing but ``calls``, until everything else has left."""
    for _ in range(FRAMES + 1):
        clock.now += SECONDS
        frame(panel, *calls)


def frame(panel: Panel, *calls) -> None:
    panel.store.begin_frame()
    for call in calls:
        call(panel)
    panel.store.end_frame()


def ids(panel: Panel) -> list[str]:
    return [control.id for control in panel.store.specs()]


def control(panel: Panel, ident: str):
    (found,) = [control for control in panel.store.specs() if control.id == ident]
    return found


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_static_controls_come_first_and_stay(panel, clock):
    panel.slider("a")
    panel.text("set-up")
    frame(panel, lambda s: s.text("frame"), lambda s: s.checkbox("b"))
    assert ids(panel) == ["slider:a", "text:1", "text:frame:1", "checkbox:b"]
    leave(panel, clock)
    assert ids(panel) == ["slider:a", "text:1"]


def test_a_frame_that_calls_a_static_control_means_that_one(panel):
    panel.slider("a", default=0.25)
    panel.button("b")
    frame(panel, lambda s: s.button("b"), lambda s: s.checkbox("c"), lambda s: s.slider("a", default=0.75))
    assert ids(panel) == ["slider:a", "button:b", "checkbox:c"]
    assert panel.get("a") == 0.25


def test_a_control_that_is_not_called_any_more_disappears_and_keeps_its_value(panel, clock):
    frame(panel, lambda s: s.slider("a"), lambda s: s.combo("m", ["x", "y"]))
    panel.store.apply("slider:a", 0.5, "page", 1)
    panel.set("m", "y")
    leave(panel, clock)
    assert panel.store.specs() == ()
    assert (panel.get("a"), panel.get("m")) == (0.5, 1)
    frame(panel, lambda s: s.slider("a", default=0.1))
    assert [c.value for c in panel.store.specs()] == [0.5]


def test_controls_of_the_running_frame_show_only_when_it_ends(panel):
    frame(panel, lambda s: s.checkbox("a"))
    panel.store.begin_frame()
    panel.checkbox("b")
    assert ids(panel) == ["checkbox:a"]
    panel.store.end_frame()
    assert ids(panel) == ["checkbox:b"]


def test_an_abandoned_frame_leaves_the_one_before(panel):
    panel.text("set-up")
    frame(panel, lambda s: s.checkbox("a"), lambda s: s.text("one"))
    panel.store.begin_frame()
    panel.checkbox("b")
    panel.text("two")
    panel.text("three")
    panel.store.abandon_frame()
    assert ids(panel) == ["text:1", "checkbox:a", "text:frame:1"]
    frame(panel, lambda s: s.checkbox("c"), lambda s: s.text("four"))
    assert ids(panel) == ["text:1", "checkbox:c", "text:frame:1"]
    assert panel.store.specs()[2].text == "four"


def test_beginning_a_frame_abandons_one_that_never_ended(panel):
    panel.store.begin_frame()
    panel.text("a")
    frame(panel, lambda s: s.text("b"))
    assert [c.text for c in panel.store.specs()] == ["b"]


def test_ending_without_a_frame_changes_nothing(panel):
    frame(panel, lambda s: s.text("a"))
    panel.store.end_frame()
    panel.store.abandon_frame()
    assert ids(panel) == ["text:frame:1"]


def test_text_separators_and_progress_keep_their_ids_when_they_change(panel):
    def draw(text, fraction):
        frame(
            panel,
            lambda s: s.text(text),
            lambda s: s.separator(),
            lambda s: s.text("second"),
            lambda s: s.progress(fraction, overlay=text),
            lambda s: s.separator(),
        )
        return panel.store.specs()

    before, after = draw("a", 0.1), draw("b", 0.9)
    assert [c.id for c in before] == [c.id for c in after]
    assert len({c.id for c in after}) == 5
    assert (after[0].text, after[3].fraction, after[3].overlay) == ("b", 0.9, "b")
    assert after[2] is before[2]


def test_what_did_not_change_is_the_same_object(panel):
    def draw(s):
        s.slider("lr", 1e-5, 1e-1, default=2e-3, log=True)
        s.slider_int("n", 1, 9)
        s.combo("m", ["a", "b"])
        s.button("r", 10, 20)
        s.checkbox("c")
        s.text("t")
        s.progress(0.5)

    frame(panel, draw)
    before = panel.store.specs()
    frame(panel, draw)
    assert all(a is b for a, b in zip(before, panel.store.specs(), strict=True))


def test_what_follows_hashes_is_identity_and_not_shown(panel):
    frame(panel, lambda s: s.slider("LR##a"), lambda s: s.slider("LR##b"), lambda s: s.checkbox("##hidden"))
    assert [c.label for c in panel.store.specs()] == ["LR", "LR", ""]
    panel.set("LR##a", 0.5)
    assert (panel.get("LR##a"), panel.get("LR##b")) == (0.5, 0.0)
    assert len(set(ids(panel))) == 3


def test_one_label_is_one_control(panel):
    frame(panel, lambda s: s.slider("a"), lambda s: s.text("-"), lambda s: s.slider("a"))
    assert ids(panel) == ["slider:a", "text:frame:1"]


def test_a_label_for_two_kinds_in_one_frame_raises(panel):
    panel.store.begin_frame()
    panel.slider("LR")
    with pytest.raises(ValueError, match=r"'LR' is used for a slider and for a checkbox"):
        panel.checkbox("LR")
    panel.store.end_frame()
    assert ids(panel) == ["slider:LR"]


def test_a_label_of_a_static_control_cannot_be_another_kind_in_a_frame(panel):
    panel.button("go")
    panel.store.begin_frame()
    with pytest.raises(ValueError, match=r"'go' is used for a button and for a plot"):
        panel.plot([1], label="go")


def test_a_label_may_become_another_kind_in_a_later_frame(panel):
    frame(panel, lambda s: s.slider("x", default=0.5))
    frame(panel, lambda s: s.checkbox("x"))
    assert ids(panel) == ["checkbox:x"]
    assert panel.get("x") is False
    frame(panel, lambda s: s.slider("x"))
    assert panel.get("x") == 0.5


def test_plots_of_one_label_in_one_frame_are_as_many_plots(panel):
    frame(panel, lambda s: s.plot([1]), lambda s: s.plot([2]))
    assert [c.curves[0].values for c in panel.store.specs()] == [(1.0,), (2.0,)]
    assert len(set(ids(panel))) == 2


def test_a_plot_called_again_outside_frames_is_the_same(panel):
    panel.plot([1])
    panel.plot([2, 3])
    assert [c.curves[0].values for c in panel.store.specs()] == [(2.0, 3.0)]


@pytest.mark.parametrize("in_frame", [True, False])
def test_a_loop_of_controls_is_refused(panel, in_frame):
    if in_frame:
        panel.store.begin_frame()
    for i in range(MAX_CONTROLS):
        panel.text(str(i))
    with pytest.raises(ValueError, match=f"more than {MAX_CONTROLS} controls"):
        panel.text("one more")
    panel.store.end_frame()
    assert len(panel.store.specs()) == MAX_CONTROLS


def test_what_has_nothing_to_remember_is_forgotten(panel):
    for i in range(50):
        frame(panel, lambda s, i=i: [s.button(f"b{i}"), s.plot([i], label=f"p{i}"), s.text("t"), s.slider("s")])
    assert len(panel.store._controls) == len(panel.store._by_label) + 1 == 4


def test_of_ever_new_labels_the_first_are_forgotten(panel):
    def kept(label: str) -> object:
        return panel.get(label, "forgotten")

    frame(panel, lambda s: s.slider("long gone", default=0.25))
    for i in range(MOST_LEFT // 2):
        frame(panel, lambda s, i=i: s.slider(f"step {i}", default=0.5))
    frame(panel, lambda s: s.slider("comes back", default=0.75))
    for i in range(MOST_LEFT // 2, 2 * MOST_LEFT):
        frame(panel, lambda s, i=i: [s.slider(f"step {i}", default=0.5), s.checkbox("stays"), s.slider("comes back")])
        assert len(panel.store._controls) <= MOST_LEFT + len(panel.store.specs())
    assert len(panel.store._by_label) == len(panel.store._controls) == len(panel.store.values())
    assert len(panel.store._left) == MOST_LEFT
    assert kept("long gone") == "forgotten"
    assert kept("comes back") == 0.75
    assert kept("stays") is False
    assert kept(f"step {2 * MOST_LEFT - 1}") == 0.5
    frame(panel, lambda s: s.slider("long gone", default=0.1))
    assert kept("long gone") == 0.1


def test_the_user_is_told_once_that_values_are_forgotten():
    view = vultorch.View("crowded", headless=True)
    panel = view.panel("p")
    view.on_frame(lambda: panel.slider(f"step {view.frame_count}"))
    view.run(max_frames=MOST_LEFT)
    assert view._parts.tree.notices == []
    view.run(max_frames=10)
    (notice,) = view._parts.tree.notices
    assert notice.startswith("Panel 'p' has had controls with more than 1,000 different labels")
    view.close()


def test_values_for_controls_that_never_come_are_refused_beyond_a_bound(panel):
    for i in range(MAX_CONTROLS):
        panel.set(f"step {i}", 0.5)
    panel.set("step 0", 0.25)
    with pytest.raises(ValueError, match=f"'one more' cannot be set: {MAX_CONTROLS} values wait"):
        panel.set("one more", 0.5)
    assert panel.slider("step 0") == 0.25
    panel.set("one more", 0.5)
    assert panel.slider("one more") == 0.5


def test_a_label_or_text_that_is_no_string_raises(panel):
    with pytest.raises(TypeError, match="a label is a string, not 3"):
        panel.slider(3)
    with pytest.raises(TypeError, match="text takes a string, not 3"):
        panel.text(3)
    assert panel.store.specs() == ()


# --- values ----------------------------------------------------------------------------------------------------------


def test_defaults(panel):
    assert panel.slider("a", 2, 5) == 2.0
    assert type(panel.slider("a", 2, 5)) is float
    assert panel.slider("b", 2, 5, default=3) == 3.0
    assert panel.slider_int("c") == 0
    assert panel.slider_int("d", 1, 8) == 1  # Vultorch's default of 0 is outside it
    assert panel.slider_int("e", -8, -2) == -2
    assert panel.slider_int("f", 1, 8, default=6) == 6
    assert panel.checkbox("g") is False
    assert panel.checkbox("h", default=True) is True
    assert panel.combo("i", ["x", "y"], default=1) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.slider("x", 0, 1, default=2), r"slider 'x' takes 0\.\.1, not 2"),
        (lambda s: s.slider("x", default=float("nan")), r"slider 'x': value must be finite, not nan"),
        (lambda s: s.slider_int("x", 1, 8, default=9), r"slider_int 'x' takes 1\.\.8, not 9"),
        (lambda s: s.combo("x", ["a", "b"], default=2), r"combo 'x' takes 0\.\.1, not 2"),
        (lambda s: s.combo("x", []), r"combo 'x': items is empty"),
        (lambda s: s.combo("x", "abc"), r"combo 'x': items must be a sequence of strings, not 'abc'"),
        (lambda s: s.combo("x", ["a", 1]), r"items must be a sequence of strings"),
        (lambda s: s.combo("x", 5), r"combo 'x': items must be a sequence of strings, not 5"),
        (lambda s: s.combo("x", None), r"combo 'x': items must be a sequence of strings, not None"),
        (lambda s: s.checkbox("x", default="yes"), r"checkbox 'x' takes True or False, not 'yes'"),
        (lambda s: s.slider("x", 1, 0), r"slider 'x': min must not be above max.*got 1\.\.0"),
        (lambda s: s.slider("x", 0, float("inf")), r"slider 'x': max must be finite, not inf"),
        (lambda s: s.slider("x", -1e308, 1e308), r"slider 'x': min must not be above max, and the range"),
        (lambda s: s.slider("x", 0, 1, log=True), r"slider 'x': a logarithmic slider needs min > 0, not 0"),
        (lambda s: s.slider("x", step=-1), r"slider 'x': step must be 0 or a size.*not -1"),
        (lambda s: s.slider("x", step=1e-300), r"slider 'x': step must be 0 or a size"),
        (lambda s: s.slider("x", "0", 1), r"slider 'x': min must be a number, not '0'"),
        (lambda s: s.slider("x", 10**400, 1), r"slider 'x': min must be one number in a float's range"),
        (lambda s: s.slider_int("x", 0, 0.5), r"slider_int 'x': max must be an integer, not 0.5"),
        (lambda s: s.slider_int("x", 0, 2**60), r"slider_int 'x': max must be an integer that a page"),
        (lambda s: s.slider_int("x", 5, 4), r"slider_int 'x': min must not be above max; got 5\.\.4"),
        (lambda s: s.button("x", width=-1), r"button 'x': width must be 0 or more CSS pixels, not -1"),
        (lambda s: s.plot([1], height=float("nan")), r"plot '##plot': height must be finite, not nan"),
        (lambda s: s.progress(float("nan")), r"progress: fraction must be finite, not nan"),
        (lambda s: s.progress("half"), r"progress: fraction must be a number, not 'half'"),
    ],
)
def test_arguments_that_make_no_control_raise_and_show_nothing(panel, call, message):
    panel.store.begin_frame()
    with pytest.raises(ValueError, match=message):
        call(panel)
    panel.store.end_frame()
    assert panel.store.specs() == ()
    assert panel.get("x", "none") == "none"


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    ("draw", "given", "held"),
    [
        (lambda s: s.slider("x", 0, 2), 1, 1.0),
        (lambda s: s.slider("x", 0, 2), np.float32(0.5), 0.5),
        (lambda s: s.slider("x", 0, 2), torch.tensor([1.5]), 1.5),
        (lambda s: s.slider("x", 0, 2, step=0.1), 0.31, 0.3),
        (lambda s: s.slider_int("x"), 7.0, 7),
        (lambda s: s.slider_int("x"), np.int64(7), 7),
        (lambda s: s.checkbox("x"), 1, True),
        (lambda s: s.checkbox("x"), np.bool_(True), True),
        (lambda s: s.combo("x", ["a", "b"]), "b", 1),
        (lambda s: s.combo("x", ["a", "b"]), 1, 1),
    ],
)
def test_set_converts_to_the_controls_type(panel, before, draw, given, held):
    if not before:
        draw(panel)
    panel.set("x", given)
    assert draw(panel) == held
    assert panel.get("x") == held
    assert type(panel.get("x")) is type(held)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    ("draw", "given", "message"),
    [
        (lambda s: s.slider("x", 0, 2), 2.5, r"slider 'x' takes 0\.\.2, not 2.5"),
        (lambda s: s.slider("x", 0, 2), float("nan"), r"slider 'x': value must be finite, not nan"),
        (lambda s: s.slider("x", 0, 2), "1", r"slider 'x': value must be a number, not '1'"),
        (lambda s: s.slider("x", 0, 2), True, r"slider 'x': value must be a number, not True"),
        (lambda s: s.slider("x", 0, 2), torch.ones(2), r"slider 'x': value must be one number"),
        (lambda s: s.slider("x", 0, 2), 10**400, r"slider 'x': value must be one number in a float's range"),
        (lambda s: s.slider_int("x"), 2.5, r"slider_int 'x' takes a whole number, not 2.5"),
        (lambda s: s.slider_int("x"), 101, r"slider_int 'x' takes 0\.\.100, not 101"),
        (lambda s: s.checkbox("x"), 2, r"checkbox 'x' takes True or False, not 2"),
        (lambda s: s.combo("x", ["a", "b"]), "c", r"combo 'x' has no item 'c'; items are 'a', 'b'"),
        (lambda s: s.combo("x", ["a", "b"]), -1, r"combo 'x' takes 0\.\.1, not -1"),
    ],
)
def test_set_refuses_what_does_not_fit(panel, before, draw, given, message):
    if before:
        panel.set("x", given)
        with pytest.raises(ValueError, match=message):
            draw(panel)
        panel.set("x", 1)  # and recovers
    else:
        held = draw(panel)
        with pytest.raises(ValueError, match=message):
            panel.set("x", given)
        assert panel.get("x") == held
        panel.set("x", 1)
    assert draw(panel) == 1


def test_set_of_what_has_no_value_raises(panel):
    panel.button("go")
    with pytest.raises(ValueError, match="button 'go' has no value to set"):
        panel.set("go", True)
    assert panel.get("go", 5) == 5


def test_get(panel):
    assert panel.get("x") is None
    assert panel.get("x", 3) == 3
    panel.set("x", 0.5)
    assert panel.get("x", 3) == 0.5
    panel.slider("x")
    assert panel.get("x", 3) == 0.5


def test_a_preset_counts_once(panel):
    panel.set("x", 0.5)
    assert panel.slider("x") == 0.5
    panel.set("x", 0.75)
    assert panel.slider("x", default=0.1) == 0.75


def test_the_value_follows_a_range_that_leaves_it_behind(panel):
    panel.slider("a", 0, 10, default=8)
    assert panel.slider("a", 0, 5, default=8) == 5.0
    assert panel.slider("a", 0, 10) == 5.0
    panel.slider_int("b", 0, 10, default=2)
    assert panel.slider_int("b", 4, 10) == 4
    panel.combo("c", ["x", "y", "z"], default=2)
    assert panel.combo("c", ["x", "y"]) == 1
    assert control(panel, "combo:c").items == ("x", "y")


def test_a_range_that_moves_keeps_a_value_that_fits_and_what_was_heard(panel):
    panel.slider("a", 0, 10)
    panel.store.apply("slider:a", 3, "page", 4)
    panel.slider("a", 0, 9)
    held = control(panel, "slider:a")
    assert (held.value, held.origin, held.revision, held.max) == (3.0, "page", 4, 9.0)
    panel.slider("a", 5, 9)
    held = control(panel, "slider:a")
    assert (held.value, held.origin, held.revision) == (5.0, "page", 4)


def test_a_slider_tells_the_default_to_which_a_hand_can_go_back(panel):
    panel.set("b", 9)
    panel.slider("a", 0, 10, default=3)
    panel.slider_int("b", 0, 10, default=4)
    panel.slider("c", 2, 10)
    panel.set("a", 7)
    assert [c.initial for c in panel.store.specs()] == [3.0, 4, 2.0]
    panel.slider("a", 5, 10, default=3)
    assert control(panel, "slider:a").initial == 5.0


def test_a_range_that_makes_no_sense_any_more_raises_and_keeps_the_control(panel):
    panel.slider("a", 0, 10, default=3)
    with pytest.raises(ValueError, match="min must not be above max"):
        panel.slider("a", 10, 0)
    assert control(panel, "slider:a") == spec.Slider(
        id="slider:a", label="a", min=0.0, max=10.0, log=False, step=0.0, initial=3.0, value=3.0, origin="", revision=0
    )


@pytest.mark.parametrize(("value", "held"), [(0.0, 0.0), (0.14, 0.1), (0.16, 0.2), (0.3, 0.3), (0.95, 0.9), (1.0, 0.9)])
def test_steps_are_a_grid_from_min_within_the_range(panel, value, held):
    panel.slider("a", 0, 0.95, step=0.1)
    panel.set("a", min(value, 0.95))
    assert panel.get("a") == held


@pytest.mark.parametrize("step", [0.1, 0.05, 0.01, 0.2, 0.25, 0.001, 1e-9, 3.0])
@pytest.mark.parametrize("count", [1, 3, 7, 12, 46, 100])
def test_a_grid_around_zero_has_it(panel, step, count):
    end = float(f"{count * step:.12g}")
    assert str(panel.slider("a", -end, end, step=step, default=0.0)) == "0.0"
    panel.set("a", step)
    assert panel.get("a") == step


def test_a_fine_grid_keeps_its_steps(panel):
    assert panel.slider("a", 0, 1e6, step=1e-9, default=3e-9) == 3e-9
    assert panel.slider("b", -100, 100, step=0.01, default=0.01) == 0.01
    assert panel.slider("c", 1e-300, 1e-299, step=1e-300, default=3e-300) == 3e-300


def test_a_step_larger_than_the_range_leaves_min(panel):
    assert panel.slider("a", 1, 2, default=2, step=5) == 1.0


def test_progress_is_kept_in_its_bar(panel):
    frame(panel, lambda s: s.progress(-1), lambda s: s.progress(2), lambda s: s.progress(torch.tensor(0.5)))
    assert [c.fraction for c in panel.store.specs()] == [0.0, 1.0, 0.5]


def test_a_tensor_that_changes_in_place_moves_its_bar(panel):
    share = torch.tensor(0.25)
    frame(panel, lambda s: s.progress(share))
    share.fill_(0.75)
    frame(panel, lambda s: s.progress(share))
    assert panel.store.specs()[0].fraction == 0.75


# --- plots -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        [1, 2.5, 3],
        (1, 2.5, 3),
        np.array([1, 2.5, 3], dtype=np.float16),
        torch.tensor([1, 2.5, 3], dtype=torch.bfloat16, requires_grad=True),
        torch.tensor([-1j, -2.5j, -3j], dtype=torch.complex128).conj().imag,  # stored with the opposite sign
        (v for v in (1, 2.5, 3)),
        [torch.tensor(1.0), torch.tensor(2.5), torch.tensor(3)],
        [torch.tensor(loss, requires_grad=True) * 1 for loss in (1.0, 2.5, 3.0)],
        [torch.tensor(loss, dtype=torch.bfloat16) for loss in (1.0, 2.5, 3.0)],
        deque([1, torch.tensor(2.5, dtype=torch.float64), np.float32(3)]),
    ],
)
def test_plot_takes_sequences_arrays_and_tensors(panel, values):
    panel.plot(values, label="l", overlay="o", width=10, height=20)
    assert panel.store.specs() == (
        spec.Plot(
            id="plot:l",
            label="l",
            overlay="o",
            curves=(spec.Curve(name="", values=(1.0, 2.5, 3.0), length=3),),
            width=10.0,
            height=20.0,
        ),
    )


def test_plot_of_nothing_and_of_gaps(panel):
    panel.plot([])
    assert panel.store.specs()[0].curves[0].values == ()
    panel.plot([1, float("nan"), float("inf"), 2])
    assert panel.store.specs()[0].curves[0].values == (1.0, None, None, 2.0)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["a"], r"must be real numbers, not \['a'\]"),
        ([1j], "must be real numbers"),
        (torch.tensor([1, 1j]), "must be real numbers"),
        ([torch.tensor(1j)], "must be real numbers"),
        ([[1], [1, 2]], "must be real numbers"),
        ([torch.ones(1), torch.ones(2)], "must be real numbers"),
        ([None], "must be real numbers"),
        (np.ones((2, 2)), r"must have one dimension, not shape \(2, 2\)"),
        (torch.ones(2, 2), r"must have one dimension, not shape \(2, 2\)"),
        ([torch.ones(1), torch.ones(1)], r"must have one dimension, not shape \(2, 1\)"),
        (torch.tensor(1.0), r"must have one dimension, not shape \(\)"),
        (np.float64(1), "must be a sequence, array or tensor, not "),
        (0.5, "must be a sequence, array or tensor, not 0.5"),
        (None, "must be a sequence, array or tensor, not None"),
    ],
)
def test_plot_refuses_what_is_not_a_row_of_numbers(panel, values, said):
    for given, where in ((values, "values"), ({"a": values}, "series 'a'")):
        with pytest.raises(ValueError, match=f"plot '##plot': {where} {said}"):
            panel.plot(given)
    assert panel.store.specs() == ()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_plot_takes_scalars_of_a_gpu(panel):
    panel.plot([0.5, torch.tensor(1.0, device="cuda", requires_grad=True), torch.tensor(2.0)])
    assert panel.store.specs()[0].curves[0].values == (0.5, 1.0, 2.0)


def test_a_long_plot_keeps_its_extremes(panel):
    values = np.sin(np.arange(100_000) / 500)
    values[[777, 60_001]] = 5, -5
    values[90_000:90_400] = np.nan
    panel.plot(values)
    shown = panel.store.specs()[0].curves[0].values
    assert len(shown) <= 1024
    assert max(v for v in shown if v is not None) == 5
    assert min(v for v in shown if v is not None) == -5
    assert None in shown


def test_what_is_missing_takes_as_much_of_a_long_plot_as_what_is_there(panel):
    values = np.concatenate([np.full(5120, np.nan), np.linspace(0, 1, 5120)])
    panel.plot(values)
    shown = panel.store.specs()[0].curves[0].values
    assert len(shown) == 1024
    assert [value is None for value in shown] == [True] * 512 + [False] * 512


# --- from the page ---------------------------------------------------------------------------------------------------


def test_apply_sets_the_value_and_says_whose_it_is(panel):
    frame(panel, lambda s: s.slider("a"))
    panel.store.apply("slider:a", 1, "page", 3)
    held = control(panel, "slider:a")
    assert (held.value, held.origin, held.revision) == (1.0, "page", 3)
    panel.set("a", 0.5)
    held = control(panel, "slider:a")
    assert (held.value, held.origin, held.revision) == (0.5, "page", 3)  # so that the page knows that it was heard


def test_an_older_change_of_the_same_page_is_passed_over(panel):
    panel.slider("a")
    panel.store.apply("slider:a", 0.5, "page", 3)
    panel.store.apply("slider:a", 0.1, "page", 2)
    assert panel.get("a") == 0.5
    panel.store.apply("slider:a", 0.2, "other", 1)
    assert panel.get("a") == 0.2


@pytest.mark.parametrize(
    ("ident", "value", "message"),
    [
        ("slider:a", 1.5, r"slider 'a' takes 0\.\.1, not 1.5"),
        ("slider:a", float("nan"), r"slider 'a': value must be finite"),
        ("slider:a", True, r"slider 'a' takes float, not True"),
        ("slider:a", "0.5", r"slider 'a' takes float, not '0.5'"),
        ("slider_int:n", 5.0, r"slider_int 'n' takes int, not 5.0"),
        ("slider_int:n", 101, r"slider_int 'n' takes 0\.\.100, not 101"),
        ("slider_int:n", False, r"slider_int 'n' takes int, not False"),
        ("checkbox:c", 1, r"checkbox 'c' takes bool, not 1"),
        ("combo:m", "y", r"combo 'm' takes int, not 'y'"),
        ("combo:m", 2, r"combo 'm' takes 0\.\.1, not 2"),
        ("button:b", 1, r"button 'b' takes True, not 1"),
        ("button:b", False, r"button 'b' takes True, not False"),
        ("text:1", "x", r"control 'text:1' has no value to set"),
        ("slider:z", 0.5, r"no control 'slider:z' is shown"),
        ("a", 0.5, r"no control 'a' is shown"),
    ],
)
def test_apply_refuses_what_does_not_fit(panel, ident, value, message):
    panel.slider("a", default=0.5)
    panel.slider_int("n", default=5)
    panel.checkbox("c")
    panel.combo("m", ["x", "y"])
    panel.button("b")
    panel.text("t")
    before = [getattr(c, "value", None) for c in panel.store.specs()]
    with pytest.raises(ValueError, match=message):
        panel.store.apply(ident, value, "page", 1)
    assert [getattr(c, "value", None) for c in panel.store.specs()] == before
    assert panel.button("b") is False


def test_a_refused_change_is_acknowledged_so_that_the_page_shows_what_holds(panel):
    panel.slider("a", default=0.5)
    before = panel.store.specs()
    with pytest.raises(ValueError, match="takes"):
        panel.store.apply("slider:a", 7, "page", 9)
    held = control(panel, "slider:a")
    assert held != before[0]
    assert (held.value, held.origin, held.revision) == (0.5, "page", 9)
    panel.store.apply("slider:a", 0.75, "page", 2)  # a malformed message with a high count does not shut out the page
    assert panel.get("a") == 0.75


def test_rounding_beyond_the_end_of_the_range_is_the_end(panel):
    panel.slider("lr", 1e-5, 1e-2, log=True)
    panel.store.apply("slider:lr", 1e-2 * (1 + 1e-15), "page", 1)
    assert panel.get("lr") == 1e-2


def test_a_value_that_comes_just_after_its_control_has_left_is_not_lost(panel, clock):
    frame(panel, lambda s: s.slider("a"), lambda s: s.button("b"))
    leave(panel, clock)
    panel.store.apply("slider:a", 0.5, "page", 1)
    with pytest.raises(ValueError, match="no control 'button:b' is shown"):
        panel.store.apply("button:b", True, "page", 1)
    frame(panel, lambda s: s.slider("a"))
    assert control(panel, "slider:a").value == 0.5


# --- controls that only some frames call -----------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.005, 4.0])
@pytest.mark.parametrize("every", [2, 4, 7])
def test_a_control_of_some_frames_stays_in_its_place_and_takes_every_value(panel, clock, every, seconds):
    read: list[float] = []
    shown: set[tuple[str, ...]] = set()
    for number in range(20 * every):
        some = [lambda s: read.append(s.slider("b"))] if number % every == 0 else []
        frame(panel, lambda s: s.slider("a"), *some, lambda s: s.slider("c"))
        shown.add(tuple(ids(panel)))
        clock.now += seconds
        panel.store.apply("slider:b", (number + 1) / 1000, "page", number + 1)
    assert shown == {("slider:a", "slider:b", "slider:c")}
    assert read == [number / 1000 for number in range(0, 20 * every, every)]


def test_a_control_that_comes_back_later_stays_from_then_on(panel, clock):
    for number in range(400):
        frame(panel, *([lambda s: s.slider("a")] if number % 100 == 0 else []))
        clock.now += 0.015
        assert number < 101 or ids(panel) == ["slider:a"]


def test_one_that_a_hand_has_hidden_for_long_leaves_as_soon_the_next_time(panel, clock):
    for _ in range(2):
        frame(panel, lambda s: s.slider("a"))
        for _ in range(1000):
            clock.now += 0.01
            frame(panel)
        assert ids(panel) == []
    frame(panel, lambda s: s.slider("a"))
    leave(panel, clock)
    assert ids(panel) == []


def test_a_row_of_some_frames_keeps_what_stands_in_it(panel):
    def row(s: Panel) -> None:
        with s.row():
            s.slider("a")
            s.button("b")

    for number in range(12):
        frame(panel, *([row] if number % 4 == 0 else []), lambda s: s.slider("c"))
        assert ids(panel) == ["row:frame:1", "slider:a", "button:b", "slider:c"]
        assert panel.store.specs()[0].controls == ("slider:a", "button:b")


def test_a_label_that_counts_is_one_button(panel):
    for number in range(5):
        frame(panel, lambda s, number=number: s.button(f"save {number}"))
        assert ids(panel) == [f"button:save {number}"]


def test_a_shorter_list_of_lines_is_shorter_at_once(panel):
    frame(panel, lambda s: s.text("one"), lambda s: s.text("two"))
    frame(panel, lambda s: s.text("two"))
    assert [c.text for c in panel.store.specs()] == ["two"]


def test_a_line_that_some_frames_write_stops_flickering(panel):
    for number in range(20):
        frame(panel, lambda s: s.progress(0.5), *([lambda s: s.text("validated")] if number % 4 == 0 else []))
        assert number < 5 or ids(panel) == ["progress:frame:1", "text:frame:1"]


def test_what_has_left_is_not_remembered_for_ever(panel, clock):
    for number in range(3000):
        frame(panel, lambda s, number=number: s.button(f"b{number}"))
    assert len(panel.store._roster._absences._missing) <= 1001


# --- buttons ---------------------------------------------------------------------------------------------------------


def test_a_click_is_told_once(panel):
    frame(panel, lambda s: s.button("go"))
    panel.store.apply("button:go", True, "page", 1)
    panel.store.apply("button:go", True, "page", 2)
    told: list[bool] = []
    for _ in range(3):
        frame(panel, lambda s: told.append(s.button("go")))
    assert told == [True, False, False]


def test_a_click_waits_until_the_button_is_drawn_again(panel):
    frame(panel, lambda s: s.button("go"))
    panel.store.apply("button:go", True, "page", 1)
    for _ in range(3):
        frame(panel)
    told: list[bool] = []
    frame(panel, lambda s: told.append(s.button("go")))
    assert told == [True]


def test_a_static_button_is_told_to_whoever_asks_first(panel):
    assert panel.button("go") is False
    panel.store.apply("button:go", True, "page", 1)
    frame(panel)
    assert panel.button("go") is True
    assert panel.button("go") is False
