"""File dialogs, as a program calls them: their arguments, and what they report once."""

from __future__ import annotations

from pathlib import Path

import pytest

from vultorch_widget.api.view import View
from vultorch_widget.controls import file_dialog, save_file_dialog
from vultorch_widget.controls.file_filters import extensions
from vultorch_widget.controls.save_file_dialog import dotted
from vultorch_widget.protocol.controls import FileDialog, SaveFileDialog
from vultorch_widget.tree.panel import Panel


@pytest.fixture
def panel() -> Panel:
    return View("files", headless=True).panel("p")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), ()),
        ("", ()),
        ("*.png", (".png",)),
        ("*.PNG;*.jpg *.jpeg, *.png", (".png", ".jpg", ".jpeg")),
        ("png;.jpg", (".png", ".jpg")),
        (["*.tar.gz", "*.zip"], (".tar.gz", ".zip")),
        ([("Images", "*.png;*.jpg"), ("HDR", ["*.exr", "*.hdr"])], (".png", ".jpg", ".exr", ".hdr")),
        ([("Images", "*.png"), ("All files", "*.*")], ()),
        ("*", ()),
    ],
)
def test_filters_in_the_forms_of_native_dialogs(filters: object, expected: tuple[str, ...]) -> None:
    assert extensions("here", filters) == expected


@pytest.mark.parametrize("filters", [5, [5], None, "*.p?g", "<script>", [("Images", 3)]])
def test_filters_that_are_none_are_named(filters: object) -> None:
    with pytest.raises(ValueError, match=r"^here: filters are "):
        extensions("here", filters)


@pytest.mark.parametrize(("given", "expected"), [("", ""), ("png", ".png"), (".tar.gz", ".tar.gz")])
def test_default_extensions_have_their_dot(panel: Panel, given: str, expected: str) -> None:
    assert dotted("save_file_dialog 'Save'", given) == expected
    panel.save_file_dialog("Save", default_extension=given)
    assert panel.store.specs()[0].suggested == f"untitled{expected}"


def test_headless_there_is_no_hand(panel: Panel) -> None:
    assert panel.file_dialog("Open") is None
    assert panel.save_file_dialog("Save") is None


def test_a_file_that_arrived_is_told_once_however_late(panel: Panel, tmp_path: Path) -> None:
    def draw(*, shown: bool) -> str | None:
        panel.store.begin_frame()
        path = panel.file_dialog("Open", filters="*.png", title="hint", max_bytes=9) if shown else None
        panel.store.end_frame()
        return path

    assert draw(shown=True) is None
    dialog = panel.store.shown(file_dialog.FileDialog, "file_dialog:Open")
    spec = dialog.spec
    assert (spec.label, spec.title, spec.extensions, spec.most_bytes) == ("Open", "hint", (".png",), 9)
    dialog.give(tmp_path / "cat.png", 7)
    assert draw(shown=False) is None
    assert draw(shown=True) == str(tmp_path / "cat.png")
    assert draw(shown=True) is None
    (shown,) = panel.store.specs()
    assert isinstance(shown, FileDialog)
    assert (shown.name, shown.size) == ("cat.png", 7)
    assert panel.store.specs()[0] is shown


def test_only_a_file_dialog_that_is_shown_takes_files(panel: Panel) -> None:
    panel.button("Open")
    for ident in ("button:Open", "file_dialog:Open"):
        with pytest.raises(ValueError, match=f"no file dialog '{ident}' is shown"):
            panel.store.shown(file_dialog.FileDialog, ident)
    with pytest.raises(ValueError, match="used for a button and for a file_dialog"):
        panel.file_dialog("Open")


def test_files_are_no_values(panel: Panel) -> None:
    panel.file_dialog("Open")
    panel.save_file_dialog("Save")
    with pytest.raises(ValueError, match="file_dialog has no value to set"):
        panel.store.apply("file_dialog:Open", "cat.png", "page", 1)
    with pytest.raises(ValueError, match="'Open' has no value to set"):
        panel.set("Open", "cat.png")
    for name in ("", "  ", 3, True):
        with pytest.raises(ValueError, match="takes a file name, not "):
            panel.store.apply("save_file_dialog:Save", name, "page", 1)
    assert panel.get("Open") is None


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("cat", "cat.png"),
        (" cat.jpg ", "cat.jpg"),
        ("../../cat", "cat.png"),
        ("a.b/c", "c.png"),
        ("nul", "_nul.png"),
        ("epoch 0.5", "epoch 0.5.png"),
        ("lr 1.5e-3", "lr 1.5e-3.png"),
        ("run 2. final", "run 2. final.png"),
        ("CAT.PNG", "CAT.PNG"),
        ("epoch 0.5.tar.gz", "epoch 0.5.tar.gz"),
    ],
)
def test_a_name_that_was_typed_becomes_a_path_that_is_told_once(panel: Panel, typed: str, name: str) -> None:
    panel.save_file_dialog("Save", default_extension="png")
    panel.store.apply("save_file_dialog:Save", typed, "page", 1)
    path = panel.save_file_dialog("Save", default_extension="png")
    assert path is not None
    assert Path(path).name == name
    assert Path(path).parent.is_dir()
    assert not Path(path).exists()
    assert panel.save_file_dialog("Save", default_extension="png") is None


def test_an_extension_may_begin_with_a_digit_where_it_is_the_default(panel: Panel) -> None:
    panel.save_file_dialog("Save", default_extension="7z")
    panel.store.apply("save_file_dialog:Save", "all.7z", "page", 1)
    assert Path(panel.save_file_dialog("Save", default_extension="7z") or "").name == "all.7z"


def test_a_file_is_offered_when_it_is_written_and_stays_as_it_is(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(save_file_dialog.time, "monotonic", lambda: now[0])

    def shown() -> SaveFileDialog:
        (spec,) = panel.store.specs()
        assert isinstance(spec, SaveFileDialog)
        return spec

    panel.save_file_dialog("Save", title="hint", filters="*.png;*.exr")
    assert (shown().state, shown().title, shown().suggested) == ("ready", "hint · .png, .exr", "untitled.png")
    panel.store.apply("save_file_dialog:Save", "cat", "page", 4)
    path = Path(panel.save_file_dialog("Save", title="hint", filters="*.png;*.exr") or "")
    assert (shown().state, shown().path, shown().origin, shown().revision) == ("asked", str(path), "page", 4)
    path.write_bytes(b"1")
    assert shown().state == "asked"
    now[0] += 0.15
    path.write_bytes(b"12")  # still being written
    assert shown().state == "asked"
    now[0] += 0.15
    assert shown().state == "asked"
    now[0] += 0.1
    written = shown()
    assert (written.state, written.size, written.token != "") == ("written", 2, True)
    assert shown() is written
    path.unlink()
    assert (shown().state, shown().token) == ("asked", "")
