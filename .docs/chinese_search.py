"""Sphinx extension: Chinese words are found by the search of the site, which looks for what stands between spaces."""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.search.zh import SearchChinese

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")


class ChineseSearch(SearchChinese):
    """Keeps runs of characters, which the page searches for words of three and more, and pairs, which it looks up."""

    language_name = "English"  # whose stemmer Latin words get; Sphinx 9.0 asks for a Chinese one that is nowhere

    def split(self, input: str) -> list[str]:
        runs = HAN.findall(input)
        pairs = [run[at : at + 2] for run in runs for at in range(len(run) - 1)]
        return [*runs, *pairs, *super().split(HAN.sub(" ", input))]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_search_language(ChineseSearch)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
