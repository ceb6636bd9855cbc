"""Outside any notebook. tests/kernel and tests/browser cover Jupyter's and marimo's."""

from __future__ import annotations

import sys
import threading
import types

import pytest

from vultorch_widget.notebook.host import in_marimo, in_notebook, visitor


def test_a_script_is_no_notebook_and_has_one_user_whatever_its_threads() -> None:
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(visitor()))
    thread.start()
    thread.join()
    assert [visitor(), *seen] == [0, 0]
    assert not in_notebook()


def test_a_marimo_that_is_only_being_imported_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "marimo", types.ModuleType("marimo"))
    assert not in_marimo()
