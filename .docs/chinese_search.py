"""Sphinx extension that makes the site's search, which splits text at spaces, find Chinese words."""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.search.zh import SearchChinese

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")


class ChineseSearch(SearchChinese):
    """Indexes runs of Chinese characters, in which the page finds words of three or more, and pairs of characters."""

    language_name = "English"  # the stemmer for Latin words; Sphinx 9.0 asks for a Chinese one that does not exist

    def split(self, input: str) -> list[str]:
        runs = HAN.findall(input)
        pairs = [run[at : at + 2] for run in runs for at in range(len(run) - 1)]
        return [*runs, *pairs, *super().split(HAN.sub(" ", input))]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_search_language(ChineseSearch)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
