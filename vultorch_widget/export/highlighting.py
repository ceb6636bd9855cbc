"""Highlights the syntax of code. The style sheet has the colours."""

from __future__ import annotations

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import TextLexer, get_lexer_by_name
from pygments.util import ClassNotFound

ALIASES = {"ipython3": "python", "ipython": "python", "py": "python"}


def highlighted(code: str, language: str) -> Markup:
    """``code`` in a ``pre`` element. Code in an unknown language, or none, is not highlighted."""
    inside = highlight(code, _lexer(language), HtmlFormatter(nowrap=True))
    # The page's script adds a button that copies the text of this element.
    return Markup('<div class="code"><pre tabindex="0"><code>{}</code></pre></div>').format(
        Markup(inside)
    )  # escaped by Pygments


def _lexer(language: str) -> Lexer:
    name = ALIASES.get(language.lower(), language.lower())
    try:
        return get_lexer_by_name(name, stripnl=True, ensurenl=True)
    except ClassNotFound:
        return TextLexer(stripnl=True, ensurenl=True)
