"""The page's own texts, in the language of the notebook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..replay.files import VIEW

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
"""Letters of Japanese, which has Han characters, too."""
_LETTER = re.compile(r"\w")
_UNSEEN = {"text/plain", "application/javascript", "application/vnd.bokehjs_load.v0+json"}
"""Media types that are invisible even where they are supported."""


@dataclass(frozen=True)
class Words:
    """The page's texts in the language with the tag ``lang``."""

    lang: str = "en"
    contents: str = "Contents"
    download: str = "Download the notebook"
    theme: str = "Theme"
    auto: str = "Auto"
    light: str = "Light"
    dark: str = "Dark"
    copy: str = "Copy"
    copied: str = "Copied"
    not_copied: str = "Press Ctrl+C to copy"
    show_code: str = "Show the code"
    show_output: str = "Show the output"
    view: str = "View"
    never_run: str = "This view had not been run when the notebook was saved."
    unplayable: str = "The saved replay cannot be played: {}."
    last_values: str = "Last values"
    last_picture: str = "the last picture"
    not_saved: str = "An interactive output whose state the notebook does not keep."
    not_shown: str = "An output of the type {} cannot be shown here."
    made_with: str = "Recorded with vultorch_widget"

    def absence(self, data: Mapping[str, Any]) -> str:
        """A notice in place of an output that cannot be shown; empty if none is due. ``data`` is by media type."""
        if data.get(VIEW):
            return self.not_saved
        kind = next((kind for kind, content in data.items() if content and kind not in _UNSEEN), None)
        return "" if kind is None or "text/plain" in data else self.not_shown.format(kind[:100])


CHINESE = Words(
    lang="zh-CN",
    contents="目录",
    download="下载 Notebook",
    theme="主题",
    auto="自动",
    light="浅色",
    dark="深色",
    copy="复制",
    copied="已复制",
    not_copied="按 Ctrl+C 复制",
    show_code="显示代码",
    show_output="显示输出",
    view="视图",
    never_run="这个视图在保存 Notebook 之前没有运行过。",
    unplayable="无法播放保存的回放（{}）。",  # noqa: RUF001 (full-width parentheses are right here)
    last_values="最终数值",
    last_picture="最后一帧",
    not_saved="Notebook 没有保存这个交互式输出的状态。",
    not_shown="此处无法显示 {} 类型的输出。",
    made_with="由 vultorch_widget 录制",
)


def words_for(metadata: Mapping[str, Any], text: str) -> Words:
    """Chooses the language of a notebook by ``metadata["lang"]``, or by the letters of its ``text``."""
    tag = metadata.get("lang")
    if isinstance(tag, str) and _TAG.match(tag):
        known = CHINESE if tag.lower().startswith("zh") else Words()
        return Words(**{**known.__dict__, "lang": tag})
    letters, han = len(_LETTER.findall(text)), len(_HAN.findall(text))
    return CHINESE if han > letters * 0.2 and len(_KANA.findall(text)) < han * 0.1 else Words()
