"""Data embedded in a page."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vultorch_widget.export.page_data import Shared, assembled, parts, script_json
from vultorch_widget.replay.files import packed, unpacked

from .notebooks import code, kept, notebook, shown, text_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.recursive(texts | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner)))
def test_json_in_a_script_is_unchanged_and_cannot_end_it(value: object) -> None:
    text = str(script_json(value))
    assert json.loads(text) == value
    assert "<" not in text


@given(texts)
def test_packed_text_is_unpacked_unchanged(text: str) -> None:
    code = packed(text)
    assert unpacked(code) == text
    assert not set(code) & set("<>&'\"/\\")


@given(st.lists(texts.filter(bool), max_size=3), st.lists(texts, max_size=6))
def test_the_file_is_restored_from_its_parts(replays: list[str], between: list[str]) -> None:
    source = "".join(text + json.dumps(replay) for text, replay in zip(between, replays * 6, strict=False))
    pieces = parts(source, replays, Shared())
    assert assembled(pieces, replays, Shared()) == source


def test_the_file_does_not_repeat_data_of_the_page() -> None:
    poster, replay = kept()
    source = text_of(notebook(code("", shown("a")), models={"a": (poster, replay)}))
    shared = Shared()
    assert shared.name(poster.partition(",")[2]) == "0"
    pieces = parts(source, [replay], shared)
    assert {"replay": 0} in pieces
    assert {"shared": "0"} in pieces
    assert assembled(pieces, [replay], shared) == source
    assert len(packed(json.dumps(pieces))) < 2000 < len(replay)


def test_short_texts_are_not_shared() -> None:
    shared = Shared()
    assert shared.name("abc") == ""
    assert shared.name("x" * 2000 + " y") == ""
    assert shared.name("x" * 2000) == shared.name("x" * 2000) == "0"


@pytest.mark.parametrize("ending", ["AAB=", "AAAA=", "AAA\n=", "A\tAAA", "====", "é"])
def test_only_base64_as_the_page_writes_it_is_shared(ending: str) -> None:
    """The page restores the file from the addresses of its pictures, which are encoded again."""
    assert Shared().name("A" * 2000 + ending) == ""


@given(texts.filter(lambda text: not text.isascii()))
def test_a_replay_in_any_script_is_not_repeated(replay: str) -> None:
    source = json.dumps({"state": replay}, ensure_ascii=False)
    assert {"replay": 0} in parts(source, [replay], Shared())
