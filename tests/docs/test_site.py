"""The files of the site that `make docs` builds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from .conftest import REPLAYED

HAN = re.compile(r"[\u4e00-\u9fff]")


class Page(HTMLParser):
    """The links, anchors and headings of a page, and the paragraphs of its text, without the code in them.

    Docstrings, which are definitions to Sphinx, do not count as text.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.headings: list[str] = []
        self.paragraphs: list[str] = []
        self._in_heading = self._in_paragraph = False
        self._within: list[str] = []  # the enclosing elements that matter to paragraphs
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {value for name in ("id", "name") if (value := given.get(name))}
        self.links += [value for name in ("href", "src") if (value := given.get(name))]
        if tag in ("h1", "h2"):
            self._in_heading = True
            self.headings.append("")
        elif given.get("class") == "headerlink":  # a heading's link to itself
            self._in_heading = False
        if tag in ("article", "dl", "code"):
            self._within.append(tag)
        elif tag == "p" and self._within == ["article"]:
            self._in_paragraph = True
            self.paragraphs.append("")

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.headings[-1] += data
        if self._in_paragraph and self._within == ["article"]:
            self.paragraphs[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h1", "h2"):
            self._in_heading = False
        elif tag == "p":
            self._in_paragraph = False
        elif tag in self._within:
            del self._within[len(self._within) - 1 - self._within[::-1].index(tag) :]


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path.resolve(): Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}


def broken(pages: dict[Path, Page], site: Path) -> Iterator[str]:
    """Yields the broken links within the site."""
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            missing = not target.is_file() or not target.is_relative_to(site.resolve())
            if missing or (target in pages and parts.fragment and unquote(parts.fragment) not in pages[target].anchors):
                yield f"{path.relative_to(site.resolve())}: {link}"


def test_every_link_leads_somewhere(pages: dict[Path, Page], site: Path) -> None:
    assert sorted(set(broken(pages, site))) == []


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Page]) -> None:
    """Scripts, style sheets, fonts and pictures are local; only links may lead elsewhere."""
    loading = re.compile(
        r"<(?:script|img|source|iframe)\b[^>]*\bsrc=\"(?:https?:)?//|<link\b[^>]*rel=\"stylesheet\"[^>]*//"
    )
    assert [path.name for path, page in pages.items() if loading.search(page.text)] == []


def test_pages_are_there_in_both_languages(site: Path) -> None:
    english = {path.relative_to(site).as_posix() for path in site.rglob("*.html") if "_static" not in path.parts}
    chinese = {name.removeprefix("zh/") for name in english if name.startswith("zh/")}
    assert {name for name in english if not name.startswith("zh/")} == chinese
    assert {"index.html", "reference/tree.html", "tutorial/03_live_training.html"} <= chinese


def test_every_notebook_is_in_the_navigation_by_its_title(site: Path, tutorial: Path) -> None:
    for language, root in (("en", site), ("zh", site / "zh")):
        index = Page(root / "tutorial" / "index.html")
        for original in sorted(tutorial.glob("*.ipynb")):
            translated = tutorial / language / original.name
            notebook = nbformat.read(translated if translated.exists() else original, as_version=4)
            title = notebook.cells[0].source.partition("\n")[0].lstrip("# ")
            assert Page(root / "tutorial" / f"{original.stem}.html").headings[0] == title
            assert index.text.count(f">{title}</") >= 2, f"{title} is in the navigation and on a card"


def test_the_chinese_pages_are_chinese(site: Path) -> None:
    for path in [site / "zh" / "index.html", *sorted((site / "zh" / "reference").glob("*.html"))]:
        headings = Page(path).headings
        if path.name == "commands.html":
            headings = headings[:1]  # the others are commands
        assert [text for text in headings if not HAN.search(text)] == [], f"{path.name}: translate it in site.po"


def test_every_paragraph_of_the_reference_is_translated(site: Path) -> None:
    english, docstrings = re.compile(r"[A-Za-z]+,? [a-z]+"), {"commands.html", "pointer.html"}  # also as paragraphs
    read = 0
    for path in sorted((site / "zh" / "reference").glob("*.html")):
        paragraphs = [] if path.name in docstrings else Page(path).paragraphs
        left = [text for text in paragraphs if english.search(text) and not HAN.search(text)]
        assert left == [], f"{path.name}: translate it in site.po"
        read += len(paragraphs)
    assert read > 100


def test_a_notebook_that_was_not_translated_says_so(site: Path) -> None:
    text = (site / "zh" / "tutorial" / f"{REPLAYED}.html").read_text(encoding="utf-8")
    assert "这一篇还没有中文版" in text
    assert "这一篇还没有中文版" not in (site / "zh" / "tutorial" / "03_live_training.html").read_text(encoding="utf-8")


def test_pictures_of_a_notebook_come_along(site: Path) -> None:
    for root in (site, site / "zh"):
        assert "emblem.png" in (root / "tutorial" / f"{REPLAYED}.html").read_text(encoding="utf-8")
        assert (root / "_images" / "emblem.png").is_file()


def test_formulas_need_no_script(site: Path) -> None:
    text = (site / "tutorial" / f"{REPLAYED}.html").read_text(encoding="utf-8")
    assert re.search(r"<math[^>]*>.*?<mi>η</mi>", text)
    assert "MathJax" not in text
