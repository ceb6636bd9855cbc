"""Colours of labels that boxes and points have: the same in all canvases, for any number of names."""

from __future__ import annotations

from vultorch_widget.annotations.label_colors import MOST_NAMES, LabelColors


def test_names_get_colours_in_the_order_in_which_they_are_first_used() -> None:
    colors = LabelColors()
    assert colors.color("car") == colors.color(0)
    assert colors.color("road") == colors.color(1)
    assert colors.color("car") == colors.color(None)


def test_ever_new_names_keep_their_colours_but_take_no_more_memory() -> None:
    colors = LabelColors()
    early = [colors.color(f"car {number}") for number in range(MOST_NAMES)]
    late = [colors.color(f"road {number}") for number in range(1000)]
    assert len(colors._numbers) == MOST_NAMES
    assert [colors.color(f"car {number}") for number in range(MOST_NAMES)] == early
    assert [colors.color(f"road {number}") for number in range(1000)] == late
    assert len(set(late)) > 100
