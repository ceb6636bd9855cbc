"""Patches between two states of a panel's controls."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vultorch_widget.pages.control_patch import diff
from vultorch_widget.protocol.controls import Checkbox, Text
from vultorch_widget.protocol.messages import ControlsPatch


def text(ident, content="x"):
    return Text(id=ident, text=content)


def test_nothing_changed():
    assert diff("p", (), ()) is None
    assert diff("p", (text("a"), text("b")), (text("a"), text("b"))) is None


def test_only_what_changed_is_sent():
    patch = diff("p", (text("a"), text("b")), (text("a"), text("b", "y")))
    assert patch == ControlsPatch(panel="p", changed=(text("b", "y"),), order=None)


def test_added_removed_and_moved():
    old = (text("a"), text("b"))
    assert diff("p", old, (*old, text("c"))) == ControlsPatch(panel="p", changed=(text("c"),), order=("a", "b", "c"))
    assert diff("p", old, old[:1]) == ControlsPatch(panel="p", changed=(), order=("a",))
    assert diff("p", old, old[::-1]) == ControlsPatch(panel="p", changed=(), order=("b", "a"))
    assert diff("p", old, ()) == ControlsPatch(panel="p", changed=(), order=())


controls = st.lists(
    st.one_of(
        st.builds(Text, id=st.sampled_from("abcdef"), text=st.sampled_from("xy")),
        st.builds(
            Checkbox,
            id=st.sampled_from("abcdef"),
            label=st.just("l"),
            value=st.booleans(),
            origin=st.just(""),
            revision=st.integers(0, 2),
        ),
    ),
    unique_by=lambda control: control.id,
).map(tuple)


@given(controls, controls)
def test_a_page_that_applies_the_patch_has_the_new_state(old, new):
    patch = diff("p", old, new)
    page = {control.id: control for control in old}
    order = list(page)
    if patch is not None:
        page.update((control.id, control) for control in patch.changed)
        order = list(patch.order) if patch.order is not None else order
        assert patch.changed or patch.order is not None
        assert all(control not in old for control in patch.changed)
    assert tuple(page[ident] for ident in order) == new
