"""Renders Markdown cells as HTML: CommonMark with tables, task lists, footnotes, admonitions and formulas."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from .formula import formula
from .highlighting import highlighted
from .math_delimiters import formulas_plugin
from .pictures import Pictures, data_url
from .sanitise import TooDeepError, clean

KINDS = {
    "note": "note", "info": "note", "seealso": "note", "abstract": "note", "admonition": "note",
    "important": "important",
    "tip": "tip", "hint": "tip", "success": "tip", "warning": "warning", "attention": "warning", "caution": "caution",
    "danger": "danger", "error": "danger", "bug": "danger",
}  # fmt: skip
"""The style of each kind of admonition, by its name in Sphinx, MkDocs or GitHub."""

DEEPEST = 20
"""Maximum nesting of directives. Deeper ones are shown as their source."""

_ALERT = re.compile(r"\[!(\w+)\][ \t]*(?:\n|$)")
_DIRECTIVE = re.compile(r"\{([\w-]+)\}[ \t]*(.*)")
_OPTION = re.compile(r":[\w-]+:(?:\s|\Z)")
_TAG = r'<[^">]*(?:"[^"]*"[^">]*)*>'
"""A tag of cleaned HTML, whose text has no bare ``<``."""


@dataclass(frozen=True)
class Heading:
    """A heading: its level from 1, its text, and the id that links refer to."""

    level: int
    text: str
    anchor: str


@dataclass
class Prose:
    """Renders the Markdown of one page. ``headings`` lists all headings so far; their anchors are unique."""

    pictures: Pictures
    headings: list[Heading] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._markdown = _parser()
        self._markdown.options["vultorch"] = self  # for the rules below
        self._anchors: dict[str, int] = {}  # each with the last number that was added to it
        self._parts = self._depth = 0
        self._mark = ""
        self._safe: list[Markup] = []

    def html(self, text: str, attachments: Mapping[str, Any] | None = None) -> Markup:
        """Renders ``text`` as harmless HTML. ``attachments`` are those of its cell."""
        # Placeholders keep this module's own HTML, formulas and highlighted code, out of the cleaning. Their names
        # contain a hash of the text, so the text itself cannot contain one.
        self._mark = hashlib.sha256(text.encode(errors="replace")).hexdigest()
        self._safe = []

        def picture(address: str) -> str | None:
            found = self.pictures.find(address, attachments)
            return None if found is None else data_url(found)

        try:
            cleaned = clean(self.nested(text), picture)
        except TooDeepError as error:
            shown = Markup('<pre class="output result" tabindex="0" title="{}">{}</pre>')
            return shown.format(f"This text is shown as its source: {error}", text)
        kept = re.compile(rf"{self._mark}\.(\d+)\.")

        def part(match: re.Match[str]) -> str:
            # Only text may contain elements: inside an attribute they would end it.
            return self._safe[int(match[1])] if match[1] else kept.sub("", match[0])

        return Markup(re.sub(f"{_TAG}|{kept.pattern}", part, cleaned))  # all parts are safe

    def nested(self, text: str) -> str:
        """Renders Markdown, or the content of a directive, as HTML that still has to be cleaned."""
        if self._depth == DEEPEST:
            return f"<pre>{escape(text)}</pre>"
        self._parts += 1
        environment = {"docId": str(self._parts)}  # part of footnote ids: each part numbers its own from 1
        tokens = self._markdown.parse(text, environment)
        self._prepare(tokens)
        self._depth += 1
        html = str(self._markdown.renderer.render(tokens, self._markdown.options, environment))
        self._depth -= 1
        return html

    def inline(self, text: str) -> str:
        """Renders one line, without a paragraph around it."""
        return str(self._markdown.renderInline(text, {}))

    def keep(self, safe: Markup) -> str:
        """Stores ``safe`` and returns a placeholder for it until the rest has been cleaned."""
        self._safe.append(safe)
        return f"{self._mark}.{len(self._safe) - 1}."

    def _prepare(self, tokens: Sequence[Token]) -> None:
        for at, token in enumerate(tokens):
            if token.type == "heading_open":
                token.attrs["id"] = self._heading(int(token.tag[1:]), _words(tokens[at + 1]))
            elif token.type == "blockquote_open":
                _alert(tokens, at)
            elif token.type == "admonition_open":
                kind = str(token.meta.get("tag", ""))
                token.attrs["class"] = f"admonition {KINDS.get(kind, 'note')}"

    def _heading(self, level: int, text: str) -> str:
        # Anchors are named as in Jupyter, so links that work there work here.
        base = anchor = re.sub(r"\s", "-", text)
        number = self._anchors.get(base, 1)
        while anchor in self._anchors:
            number += 1
            anchor = f"{base}-{number}"
        self._anchors[base] = number
        self._anchors.setdefault(anchor, 1)
        self.headings.append(Heading(level, text, anchor))
        return anchor


def _parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True, "linkify": False})
    markdown.enable(["table", "strikethrough"])
    for plugin in (admon_plugin, formulas_plugin, colon_fence_plugin, footnote_plugin, tasklists_plugin):
        markdown.use(plugin)
    for name, rule in _RULES.items():  # after the plugins, to override their rules
        markdown.add_render_rule(name, rule)
    return markdown


def _fence(_renderer: Any, tokens: Sequence[Token], at: int, options: Any, _env: Any) -> str:
    token, prose = tokens[at], options["vultorch"]
    if directive := _DIRECTIVE.fullmatch(token.info.strip()):
        return _directive(prose, directive[1], directive[2], token.content)
    language = token.info.strip().split(" ")[0] if token.type == "fence" else ""
    kept: str = prose.keep(highlighted(token.content, language))
    return kept


def _colon_fence(_renderer: Any, tokens: Sequence[Token], at: int, options: Any, _env: Any) -> str:
    prose, content = options["vultorch"], tokens[at].content
    directive = _DIRECTIVE.fullmatch(tokens[at].info.strip())
    nested: str = prose.nested(content) if directive is None else _directive(prose, directive[1], directive[2], content)
    return nested


def _inline_math(_renderer: Any, tokens: Sequence[Token], at: int, options: Any, _env: Any) -> str:
    return _math(tokens[at], options, display=False)


def _block_math(_renderer: Any, tokens: Sequence[Token], at: int, options: Any, _env: Any) -> str:
    return _math(tokens[at], options, display=True)


_RULES: dict[str, Callable[..., str]] = {
    "fence": _fence,
    "code_block": _fence,
    "colon_fence": _colon_fence,
    "math_inline": _inline_math,
    "math_inline_double": _block_math,
    "math_block": _block_math,
    "amsmath": _block_math,
}


def _math(token: Token, options: Any, *, display: bool) -> str:
    kept: str = options["vultorch"].keep(formula(token.content, display=display))
    return kept


def _directive(prose: Prose, name: str, title: str, content: str) -> str:
    """Renders a MyST directive: an admonition, a formula or code. Any other is shown as its source."""
    if name in KINDS:
        heading = prose.inline(title) if title else escape(name.capitalize())
        body = prose.nested(_without_options(content))
        return f'<div class="admonition {KINDS[name]}"><p class="admonition-title">{heading}</p>{body}</div>'
    if name == "math":
        return prose.keep(formula(_without_options(content), display=True))
    if name in ("code", "code-block"):
        return prose.keep(highlighted(_without_options(content), title))
    return prose.keep(highlighted(content, ""))


def _without_options(content: str) -> str:
    """The body of a directive, without its leading options."""
    lines = content.split("\n")
    while lines and _OPTION.match(lines[0]):
        lines.pop(0)
    return "\n".join(lines)


def _alert(tokens: Sequence[Token], at: int) -> None:
    """Turns the blockquote that opens at ``at`` into an admonition if it is one of GitHub's alerts."""
    inline = tokens[at + 2] if at + 2 < len(tokens) else None
    if inline is None or inline.type != "inline" or not inline.children:
        return
    match = _ALERT.match(inline.content)
    if match is None or match[1].lower() not in KINDS:
        return
    level, kind = tokens[at].level, match[1].lower()
    end = next(token for token in tokens[at + 1 :] if token.type == "blockquote_close" and token.level == level)
    tokens[at].tag = end.tag = "div"
    tokens[at].attrs["class"] = f"admonition {KINDS[kind]}"
    title = Token("html_inline", "", 0, content=f'</p><p class="admonition-title">{kind.capitalize()}</p><p>')
    breaks = [n for n, child in enumerate(inline.children) if child.type in ("softbreak", "hardbreak")]
    inline.children = [title, *(inline.children[breaks[0] + 1 :] if breaks else [])]


def _words(inline: Token) -> str:
    """The text of a heading as in Jupyter: without emphasis marks, formulas as their source."""
    parts = [
        child.content if child.type in ("text", "code_inline", "math_inline") else " " * (child.type == "softbreak")
        for child in inline.children or []
    ]
    return "".join(parts).strip()
