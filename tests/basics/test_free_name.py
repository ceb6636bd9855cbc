from __future__ import annotations

from vultorch_widget.basics.free_name import free_name


def test_a_name_that_is_taken_gets_the_first_number_that_is_free() -> None:
    taken = {"a", "a (3)"}
    names = []
    for _ in range(3):
        names.append(free_name("a", taken.__contains__))
        taken.add(names[-1])
    assert names == ["a (2)", "a (4)", "a (5)"]
    assert free_name("b", taken.__contains__) == "b"
