"""Messages are values: they compare by their fields and do not change."""

from __future__ import annotations

import copy
import pickle

import pytest

from vultorch_widget.protocol.messages import CanvasSize, Leaf


def size(**values):
    return CanvasSize(**{"canvas": "a", "width": 3, "height": 2, **values})


def test_messages_with_equal_fields_are_equal():
    assert size() == CanvasSize(height=2, width=3, canvas="a")
    assert hash(size()) == hash(CanvasSize(height=2, width=3, canvas="a"))
    assert size() != size(width=4)
    assert Leaf(panel="a") != Leaf(panel="b")
    assert size() != "a"


def test_a_field_with_a_default_may_be_left_out():
    assert Leaf(panel="a").kind == "leaf"


def test_the_text_of_a_message_builds_it_again():
    assert repr(CanvasSize(height=2, width=3, canvas="a")) == "CanvasSize(canvas='a', width=3, height=2)"


def test_missing_and_unknown_fields_are_named():
    with pytest.raises(TypeError, match=r"CanvasSize: missing fields \['height'\], unknown fields \['depth'\]"):
        CanvasSize(canvas="a", width=3, depth=2)


def test_a_message_cannot_be_changed():
    with pytest.raises(AttributeError, match="'width' of CanvasSize cannot be set"):
        size().width = 4


def test_a_copy_may_differ_in_some_fields():
    first = size()
    assert first.replace(width=4) == size(width=4)
    assert first == size()
    with pytest.raises(TypeError, match=r"unknown fields \['depth'\]"):
        first.replace(depth=1)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda message: pickle.loads(pickle.dumps(message))])
def test_copies_are_equal(copied):
    assert copied(size()) == size()
