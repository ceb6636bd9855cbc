"""Converts LaTeX formulas to MathML, which browsers lay out without scripts, fonts or a CDN."""

from __future__ import annotations

import html
import re
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

LEGIBLE = {
    "aligned": "align*", "eqnarray": "align*", "eqnarray*": "align*", "alignedat": "align*",
    "gather": "align*", "gather*": "align*", "gathered": "align*", "multline": "align*", "multline*": "align*",
    "equation": "", "equation*": "", "math": "", "displaymath": "",
}  # fmt: skip
"""Environments that the converter does not know, with a known equivalent, or an empty string to leave them out."""
KNOWN = {
    "align", "align*", "split", "cases", "array", "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix",
    "smallmatrix", "matrix*", "pmatrix*", "bmatrix*", "Bmatrix*", "vmatrix*", "Vmatrix*", "substack",
}  # fmt: skip

TAGS = {
    "math", "mi", "mn", "mo", "ms", "mtext", "mspace", "mrow", "mfrac", "msqrt", "mroot", "mstyle", "merror", "mpadded",
    "mphantom", "mfenced", "menclose", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts",
    "mprescripts", "none", "mtable", "mtr", "mtd", "mlabeledtr",
}  # fmt: skip
ATTRIBUTES = {
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "display", "displaystyle", "fence",
    "form", "height", "largeop", "linethickness", "lspace", "mathcolor", "mathsize", "mathvariant", "maxsize",
    "minsize", "movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "voffset", "width",
}  # fmt: skip

_OPERATOR = re.compile(r"\\operatorname(\*|withlimits)?\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_SPACES = {r"\,": "\u2009", r"\:": "\u2009", r"\;": "\u2009", r"\ ": "\xa0", "~": "\xa0", r"\!": ""}
_UNDER = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_BARS = {"|", "\u2016", "\u2223", "\u2225"}
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}")


class NotRenderedError(ValueError):
    """The converter cannot express the formula in MathML. The message says why."""


def formula(latex: str, *, display: bool) -> Markup:
    """HTML of one formula: MathML, or its source, marked as such, if it cannot be rendered."""
    kind = "block" if display else "inline"
    try:
        mathml = render(latex, display=display)
    except NotRenderedError as reason:
        shown = f"$${latex}$$" if display else f"${latex}$"
        tag = "div" if display else "span"
        return Markup('<{0} class="formula formula-source" title="{1}"><code>{2}</code></{0}>').format(
            Markup(tag), f"This formula is shown as its source: {reason}", shown
        )
    if not display:
        return mathml
    return Markup('<div class="formula formula-{}">{}</div>').format(kind, mathml)


def render(latex: str, *, display: bool) -> Markup:
    """Returns ``latex`` as a ``math`` element that contains only MathML. Raises NotRenderedError if that fails."""
    source = _translated(latex.strip())
    try:
        tree = convert_to_element(source, display="block" if display else "inline")
        for element in tree.iter():
            if element.tag == "mi" and (element.text or "").startswith("\\"):
                raise NotRenderedError(f"{element.text} is not known")
            if len(element) and element[0].get("movablelimits") == "true":
                element.tag = _UNDER.get(element.tag, element.tag)
            if element.tag == "mo" and html.unescape(element.text or "") in _BARS and "minsize" not in element.attrib:
                # MathML stretches bars by default. A bar that is the base of an exponent would drop below the line.
                element.attrib.setdefault("stretchy", "false")
        tree.set("alttext", latex.strip())
        return _written(tree)
    except NotRenderedError:
        raise
    except Exception as error:  # the converter may raise anything, even RecursionError
        raise NotRenderedError(f"{type(error).__name__} {error}".strip()) from error


def _translated(latex: str) -> str:
    def name(match: re.Match[str]) -> str:
        environment = match[2]
        environment = LEGIBLE.get(environment, environment)
        if environment and environment not in KNOWN:
            raise NotRenderedError(f"the environment {environment!r} is not known")
        return f"\\{match[1]}{{{environment}}}" if environment else ""

    return _ENVIRONMENT.sub(name, _OPERATOR.sub(_operator, latex))


def _operator(match: re.Match[str]) -> str:
    """An operator name for the converter, which accepts only letters and spaces; other names become ``mathrm``."""
    name = match[2]
    for command, space in _SPACES.items():
        name = name.replace(command, space)
    named = re.fullmatch(r"[A-Za-z\s]*", name)
    return f"\\operatorname{match[1] or ''}{{{name}}}" if named else f"\\mathrm{{{name}}}"


def _written(element: Element) -> Markup:
    """``element`` as HTML, with only the tags and attributes that are presentational MathML."""
    inside = Markup("").join(_written(child) + _text(child.tail) for child in element)
    content = _text(element.text) + inside
    if element.tag not in TAGS:
        return content
    kept = {name: value for name, value in element.attrib.items() if name in ATTRIBUTES or name == "alttext"}
    attributes = Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in sorted(kept.items()))
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(element.tag), attributes, content)


def _text(text: str | None) -> Markup:
    """``text``, escaped once: the converter writes characters as entities even inside ``\\text``."""
    return escape(html.unescape(text or ""))
