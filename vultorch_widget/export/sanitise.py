"""HTML that others wrote, without whatever could run, load, overlay or imitate something on the page."""

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
"""Removed with all that is in them."""
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
"""Characters that browsers leave out of an address, some of them wherever they stand."""
_STYLED_CELL = re.compile(r"<(t[dh])([^<>]*?)\sstyle=\"[^\"]*text-align:\s*(left|center|right)[^\"]*\"", re.IGNORECASE)

_VISIBLE = re.compile(r"<(img|table|hr|input|details)\b|>[^<]*[^<\s]|\A[^<]*[^<\s]")

DEEPEST = 512
"""How deep elements may nest: as deep as Chromium lays them out. The parser's time grows with the square of it."""
_NAME = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_NESTING = TAGS - {"br", "col", "hr", "img", "input", "wbr"} | {
    "address", "applet", "article", "aside", "button", "dialog", "dir", "fieldset", "figure", "footer", "form",
    "header", "hgroup", "listing", "main", "marquee", "menu", "nav", "object", "optgroup", "rb", "rtc", "search",
}  # fmt: skip
"""Elements of HTML alone that nest. In vector graphics, elements may end themselves."""
_ENDED_BY_THE_NEXT = {
    "caption", "colgroup", "dd", "dt", "li", "p", "tbody", "td", "tfoot", "th", "thead", "tr",
}  # fmt: skip
"""Elements whose end tag may be left out where another of their kind follows."""

Source = Callable[[str], "str | None"]
"""From the address of a picture to a data URL that holds it, or None where the page cannot have it."""


class TooDeepError(ValueError):
    """HTML nests deeper than a page can show."""


def clean(dirty: str, picture: Source | None = None) -> Markup:
    """``dirty`` with the tags and attributes that only structure text. Pictures stay where they become data URLs.

    A picture that cannot be inlined becomes an ``img`` without a source, whose alternative text says what is missing:
    a page with an address in it would ask the network. Raises TooDeepError where elements nest deeper than `DEEPEST`.
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

    # Style attributes are refused by the page's policy; what they most often say of a table's cell is said by a class.
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
    return Markup(_INPUT.sub(_box, cleaned))  # this is what makes it safe


def _nests_too_deep(dirty: str) -> bool:
    """Whether the elements of ``dirty`` nest deeper than `DEEPEST`, read off its tags alone."""
    opened: list[str] = []
    for end, name in _NAME.findall(dirty.lower()):
        if name not in _NESTING:
            continue
        if end and name in opened:
            while opened.pop() != name:  # it ends what was opened within, too
                pass
        elif not end:
            if name in _ENDED_BY_THE_NEXT:
                _end_siblings(opened, name)
            opened.append(name)
            if len(opened) > DEEPEST:
                return True
    return False


def _end_siblings(opened: list[str], name: str) -> None:
    """Takes away the element ``name`` that another of its kind ends, and what was opened in it."""
    for at in range(len(opened) - 1, -1, -1):
        if opened[at] not in _ENDED_BY_THE_NEXT:
            return
        if opened[at] == name:
            del opened[at:]
            return


def visible(cleaned: str) -> bool:
    """Whether anything is to be seen of HTML from `clean`."""
    return _VISIBLE.search(cleaned) is not None


_INPUT = re.compile(r"<input([^<>]*)>")


def _box(match: re.Match[str]) -> str:
    """A box of a task list, which nobody can tick; any other input is nothing."""
    if 'type="checkbox"' not in match[1]:
        return ""
    checked = " checked" if "checked" in match[1] else ""
    return f'<input type="checkbox" disabled{checked}>'
