"""Cleans untrusted HTML of everything that could run, load, overlay or imitate something on the page."""

from __future__ import annotations

import re
from collections.abc import Callable

import nh3
from markupsafe import Markup

TAGS = {
    "a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd",
    "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "i", "img", "input", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section",
    "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "time", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
CONTENT_TAGS = {"script", "style", "template", "noscript", "iframe", "object", "title", "svg", "math"}
"""Elements removed together with their content."""
ATTRIBUTES = {
    "*": {"id", "title", "lang", "dir"},
    "a": {"href"},
    "col": {"span", "align"},
    "colgroup": {"span", "align"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height", "align"},
    "input": {"type", "checked", "disabled"},
    "li": {"value"},
    "ol": {"start", "reversed"},
    "p": {"align"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "time": {"datetime"},
    "tr": {"align", "valign"},
}
_KINDS = {"note", "tip", "important", "warning", "caution", "danger"}
CLASSES = {
    "div": {"admonition", "alert", "alert-info", "alert-success", "alert-warning", "alert-danger", *_KINDS},
    "p": {"admonition-title"},
    "table": {"dataframe"},
    "td": {"left", "center", "right"},
    "th": {"left", "center", "right"},
    "section": {"footnotes"},
    "sup": {"footnote-ref"},
    "li": {"footnote-item", "task-list-item"},
    "ul": {"contains-task-list"},
    "a": {"footnote-backref"},
}  # fmt: skip

PICTURE_URL = re.compile(r"data:image/(png|jpeg|gif|webp|avif|bmp|svg\+xml);base64,[A-Za-z0-9+/=\s]*\Z")
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0]+")
"""Characters that browsers ignore in an address, some of them at any position."""
_STYLED_CELL = re.compile(r"<(t[dh])([^<>]*?)\sstyle=\"[^\"]*text-align:\s*(left|center|right)[^\"]*\"", re.IGNORECASE)

_VISIBLE = re.compile(r"<(img|table|hr|input|details)\b|>[^<]*[^<\s]|\A[^<]*[^<\s]")

DEEPEST = 512
"""Maximum nesting of elements: Chromium lays out no deeper ones, and the parser's time grows with its square."""
_NAME = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_NESTING = TAGS - {"br", "col", "hr", "img", "input", "wbr"} | {
    "address", "applet", "article", "aside", "button", "dialog", "dir", "fieldset", "figure", "footer", "form",
    "header", "hgroup", "listing", "main", "marquee", "menu", "nav", "object", "optgroup", "rb", "rtc", "search",
}  # fmt: skip
"""HTML elements that nest. Elements of SVG are left out: they may close themselves."""
_ENDED_BY_THE_NEXT = {
    "caption", "colgroup", "dd", "dt", "li", "p", "tbody", "td", "tfoot", "th", "thead", "tr",
}  # fmt: skip
"""Elements whose end tag is optional before another of their kind."""

Source = Callable[[str], "str | None"]
"""Maps the address of a picture to a data URL, or to None if the page cannot include it."""


class TooDeepError(ValueError):
    """The HTML is nested deeper than a page can show."""


def clean(dirty: str, picture: Source | None = None) -> Markup:
    """Returns ``dirty`` with only tags and attributes that structure text. ``picture`` turns pictures into data URLs.

    A picture that cannot be inlined becomes an ``img`` without a source, and its alternative text says what is missing:
    with an address, the page would access the network. Raises TooDeepError if elements nest deeper than `DEEPEST`.
    """
    if _nests_too_deep(dirty):
        raise TooDeepError(f"its elements nest more than {DEEPEST} deep")
    source = picture or (lambda address: address)

    def attribute(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            inlined = source(value)
            return inlined if inlined is not None and PICTURE_URL.match(inlined) else None
        if name == "href" and _IGNORED.sub("", value).lower().startswith(("data:", "attachment:")):
            return None
        if tag == "input" and name == "type":
            return value if value == "checkbox" else None
        return value

    # The page's policy blocks style attributes. A class replaces their most frequent use, the alignment of table cells.
    dirty = _STYLED_CELL.sub(r'<\1\2 class="\3"', dirty)
    cleaned = nh3.clean(
        dirty,
        tags=TAGS,
        clean_content_tags=CONTENT_TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=attribute,
        allowed_classes=CLASSES,
        url_schemes={"http", "https", "mailto", "data", "attachment"},
        link_rel="noopener noreferrer",
    )
    return Markup(_INPUT.sub(_box, cleaned))  # safe because it was cleaned


def _nests_too_deep(dirty: str) -> bool:
    """True if the elements of ``dirty`` nest deeper than `DEEPEST`, judging by its tags only."""
    opened: list[str] = []
    for end, name in _NAME.findall(dirty.lower()):
        if name not in _NESTING:
            continue
        if end and name in opened:
            while opened.pop() != name:  # this also closes the elements inside it
                pass
        elif not end:
            if name in _ENDED_BY_THE_NEXT:
                _end_siblings(opened, name)
            opened.append(name)
            if len(opened) > DEEPEST:
                return True
    return False


def _end_siblings(opened: list[str], name: str) -> None:
    """Closes the open element ``name``, and those inside it, before another of its kind."""
    for at in range(len(opened) - 1, -1, -1):
        if opened[at] not in _ENDED_BY_THE_NEXT:
            return
        if opened[at] == name:
            del opened[at:]
            return


def visible(cleaned: str) -> bool:
    """True if HTML from `clean` shows anything."""
    return _VISIBLE.search(cleaned) is not None


_INPUT = re.compile(r"<input([^<>]*)>")


def _box(match: re.Match[str]) -> str:
    """Keeps check boxes of task lists, disabled, and removes any other input."""
    if 'type="checkbox"' not in match[1]:
        return ""
    checked = " checked" if "checked" in match[1] else ""
    return f'<input type="checkbox" disabled{checked}>'
