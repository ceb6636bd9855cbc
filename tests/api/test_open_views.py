"""The views that are open, and looking them up by name."""

from __future__ import annotations

import pytest

import vultorch_widget as vultorch
from vultorch_widget.api import open_views


def test_open_views_are_listed_and_closed_ones_are_not() -> None:
    first, second = vultorch.View("first", headless=True), vultorch.View("second", headless=True)
    assert vultorch.views()[-2:] == [first, second]
    assert repr(second) == "<View 'second': idle, 0 frames>"
    first.close()
    assert first not in vultorch.views()
    second.close()


def test_the_first_of_two_views_of_one_title_is_found_again() -> None:
    """In a script neither closes the other."""
    first, second = vultorch.View("same", headless=True), vultorch.View("same", headless=True)
    second.close()
    assert vultorch.views()[-1] is first
    first.close()


def test_views_of_one_title_are_of_one_lineage_and_untitled_ones_of_that_of_their_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = iter([("a", "1"), ("a", "2"), ("b", "3"), ("b", "4"), None])
    monkeypatch.setattr("vultorch_widget.api.view.running_cell", lambda: next(runs))
    views = [vultorch.View(*title, headless=True) for title in ((), (), (), ("Fit",), ())]
    first, again, beside, titled, nowhere = map(open_views.lineage, views)
    assert first == again
    assert len({first, beside, titled, nowhere}) == 4
    assert nowhere == ""
    for view in views:
        view.close()


def test_a_closed_view_says_so_once() -> None:
    view = vultorch.View("closed", headless=True)
    view.close()
    with pytest.warns(RuntimeWarning, match="log: view 'closed' is closed.*make a new View"):
        view.log(loss=1.0)
    view.log(loss=2.0)


def test_tab_offers_public_names_and_no_internals() -> None:
    offered = [name for name in dir(vultorch) if not name.startswith("__")]
    assert offered == sorted(name for name in [*vultorch.__all__, "training"] if name != "__version__")
    assert all(hasattr(vultorch, name) for name in dir(vultorch))
