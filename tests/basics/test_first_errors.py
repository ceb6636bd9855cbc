from __future__ import annotations

from vultorch_widget.basics.first_errors import FirstErrors


def test_an_error_is_first_once_for_each_kind_and_each_thing() -> None:
    errors = FirstErrors()
    assert errors.first(OSError("3 GB are free"))
    assert not errors.first(OSError("2 GB are free"))
    assert errors.first(PermissionError("not yours"))
    assert errors.first(OSError("3 GB are free"), of="the other file")
    assert not errors.first(OSError("no space"), of="the other file")
