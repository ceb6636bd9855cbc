"""Math delimiters that Jupyter supports and the Markdown parser does not."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.amsmath import amsmath_block, amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_inline_dollar

MOST_LINES = 200
MOST_CHARACTERS = 20_000
"""Largest formula. Without a bound, text with many beginnings and no end takes time that grows with its square."""

_BRACKETS = {r"\\(": (r"\\)", "math_inline"), r"\\[": (r"\\]", "math_inline_double")}
"""The end of an inline formula and the name of its token, by its beginning."""
_BLOCK = re.compile(r"\\\\\[(.+?)\\\\\][ \t]*$", re.DOTALL | re.MULTILINE)

_COMMAND = re.compile(r"\\[A-Za-z]")

_dollars = math_inline_dollar(allow_space=True, allow_digits=True, allow_double=False)


def formulas_plugin(markdown: MarkdownIt) -> None:
    r"""Adds formulas in dollars, ``\\(a\\)``, ``\\[a\\]`` and environments of amsmath.

    Dollars next to digits count only if the text between them contains a LaTeX command. Tokens have the names of
    dollarmath: ``math_inline``, ``math_inline_double`` and ``math_block``; ``amsmath`` for environments.
    """
    markdown.use(amsmath_plugin)
    ends = ["paragraph", "reference", "blockquote", "list", "footnote_def"]  # the plugin's own
    markdown.block.ruler.at("amsmath", _environment, {"alt": ends})
    markdown.use(dollarmath_plugin, allow_labels=False, allow_digits=False, double_inline=True)
    markdown.inline.ruler.after("math_inline", "math_beside_digits", _beside_digits)
    markdown.inline.ruler.before("escape", "math_brackets", _brackets)
    markdown.block.ruler.before("fence", "math_bracket_block", _bracket_block, {"alt": ["paragraph"]})


def _environment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return amsmath_block(state, start, min(end, start + MOST_LINES), silent)


def _beside_digits(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if not _dollars(state, True):
        return False
    content = state.src[start + 1 : state.pos - 1]
    if not _COMMAND.search(content):  # a price, for example
        state.pos = start
        return False
    if not silent:
        state.push("math_inline", "math", 0).content = content
    return True


def _brackets(state: StateInline, silent: bool) -> bool:
    first = state.pos + 3
    end, kind = _BRACKETS.get(state.src[state.pos : first], ("", ""))
    last = state.src.find(end, first + 1, min(state.posMax, first + MOST_CHARACTERS)) if end else -1
    if last < 0:
        return False
    if not silent:
        state.push(kind, "math", 0).content = state.src[first:last]
    state.pos = last + len(end)
    return True


def _bracket_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parses a block formula. Its lines are never lists or headings, whatever they begin with."""
    first = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("\\\\[", first) or state.is_code_block(start):
        return False
    stop, end = start + 1, min(end, start + MOST_LINES)
    while stop < end and not state.isEmpty(stop) and state.sCount[stop] >= state.blkIndent:
        stop += 1
    match = _BLOCK.match(state.getLines(start, stop, state.blkIndent, False).lstrip())
    if match is None:
        return False
    if not silent:
        state.push("math_block", "math", 0).content = match[1]
        state.line = start + match[0].count("\n") + 1
    return True
