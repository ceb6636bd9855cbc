"""What holds for every kind of control."""

from __future__ import annotations

import typing

import pytest

from vultorch_widget.controls.kinds import KINDS
from vultorch_widget.protocol import controls as message
from vultorch_widget.protocol.wire import field_types


def test_every_message_of_a_control_has_its_class() -> None:
    assert {kind.message_class for kind in KINDS.values()} == set(typing.get_args(message.Control))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_a_replay_follows_is_in_the_message(kind: typing.Any) -> None:
    assert set(kind.followed) <= field_types(kind.message_class).keys()
    assert kind.has_value == ("value" in field_types(kind.message_class)) == (kind.followed == ("value",))
