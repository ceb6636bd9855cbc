"""Markdown and formulas."""

from __future__ import annotations

import re
import time

import pytest

from vultorch_widget.export.formula import NotRenderedError, formula, render
from vultorch_widget.export.pictures import Pictures
from vultorch_widget.export.prose import Prose


def html(text: str) -> str:
    return str(Prose(Pictures(None)).html(text))


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("> [!NOTE]\n> Body *here*.", "note", "Note"),
        ("> [!caution]\n> Body *here*.", "caution", "Caution"),
        ("!!! tip\n    Body *here*.", "tip", "Tip"),
        ('!!! danger "By name"\n    Body *here*.', "danger", "By name"),
        (":::{warning}\nBody *here*.\n:::", "warning", "Warning"),
        ("```{tip} With *title*\n:class: dropdown\nBody *here*.\n```", "tip", "With <em>title</em>"),
    ],
)
def test_admonitions_of_sphinx_mkdocs_and_github(text: str, kind: str, title: str) -> None:
    result = html(text)
    assert re.search(rf'<div class="admonition {kind}">', result)
    assert f'<p class="admonition-title">{title}</p>' in result
    assert "<p>Body <em>here</em>.</p>" in result


def test_a_plain_quotation_is_not_an_admonition() -> None:
    assert html("> [!SHOUT]\n> text").startswith("<blockquote>")
    assert html("> text").strip() == "<blockquote>\n<p>text</p>\n</blockquote>"


def test_tables_tasks_footnotes_and_code() -> None:
    result = html(
        "| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n- [x] done\n\nword[^1]\n\n[^1]: note\n\n```python\nx = 1\n```"
    )
    assert '<td class="right">2</td>' in result
    assert '<input type="checkbox" disabled checked>' in result
    assert 'href="#fn-1-1"' in result
    assert '<span class="mi">1</span>' in result
    assert "style" not in result


def test_headings_are_found_under_the_names_that_jupyter_gives_them() -> None:
    prose = Prose(Pictures(None))
    result = prose.html("# Why *it* `works` $x^2$\n\n## Twice\n\n## Twice")
    assert [heading.anchor for heading in prose.headings] == ["Why-it-works-x^2", "Twice", "Twice-2"]
    assert [heading.text for heading in prose.headings] == ["Why it works x^2", "Twice", "Twice"]
    assert re.findall(r'id="([^"]+)"', str(result)) == ["Why-it-works-x^2", "Twice", "Twice-2"]


def test_formulas_in_text_and_on_their_own() -> None:
    result = html("A $\\frac{a}{b}$ and\n\n$$x_1$$\n\n\\begin{align}a &= b\\end{align}\n\nand 5$ or 6$")
    assert result.count("<math") == 3
    assert result.count('display="block"') == 2
    assert "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>" in result
    assert "and 5$ or 6$" in result


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        (r"a \\(a_1\\) b", [r"a_1"]),
        (r"a \\[a_1 \\\\ b\\] b", [r"a_1 \\\\ b"]),
        ("\\\\[\na\n+ b\n- c\n\\\\]\nafter", ["a\n+ b\n- c"]),
        ("- \\\\[\n  a\n  \\\\]\n- b", ["a"]),
        ("\\\\[ a\n\nb \\\\]", []),
        (r"3$\times$3 and $3\times$4", [r"\times", r"3\times"]),
        (r"$5 and $6 or \$3\times\$4", []),
        ("`\\\\(a\\\\)` and `3$\\times$3`", []),
    ],
)
def test_math_delimiters_are_those_of_jupyter(text: str, formulas: list[str]) -> None:
    assert re.findall(r'alttext="([^"]*)"', html(text)) == formulas


def test_a_bar_with_an_exponent_stays_on_its_line() -> None:
    """MathML stretches bars by default, and a stretched bar under an exponent drops below the line."""
    for bars in (r"\lVert x \rVert^2", r"\lvert x \rvert^2", r"\|x\|^2", r"|x|^2"):
        bar = re.findall(r"<mo([^>]*)>[|\u2016]</mo>", render(bars, display=True))
        assert len(bar) == 2
        assert all('stretchy="false"' in attributes for attributes in bar)
    tall = render(r"\left\lVert \frac{a}{b} \right\rVert", display=True)
    assert tall.count('stretchy="true"') == 2


def test_deeply_nested_html_is_shown_as_its_source() -> None:
    result = html("<div>\n" * 100_000 + "x")
    assert result.startswith('<pre class="output result"')
    assert "nest more than 512 deep" in result


def test_options_of_directives_are_not_shown() -> None:
    assert 'alttext="a=b"' in html("```{math}\n:label: eq\na=b\n```")
    listing = html("```{code-block} python\n:linenos:\n:caption: Hi\nx = 1\n```")
    assert '<span class="mi">1</span>' in listing
    assert "linenos" not in listing
    assert "Hi" not in listing


def test_an_operator_is_upright_and_has_its_limits_below() -> None:
    operator = '<munder><mo movablelimits="true">arg\u2009min</mo><mi>θ</mi></munder>'
    assert operator in render(r"\operatorname*{arg\,min}_\theta L", display=True)
    assert "<msub><mo>arg\u2009max</mo><mi>x</mi></msub>" in render(r"\operatorname{arg\,max}_x", display=False)
    assert '<mi mathvariant="normal">a</mi>' in render(r"\operatorname{a-b}", display=False)


@pytest.mark.parametrize("depth", [150, 250, 400, 5000])
def test_a_formula_that_is_too_deep_is_shown_as_its_source(depth: int) -> None:
    shown = formula("{" * depth + "x" + "}" * depth, display=False)
    assert shown.startswith(("<math", '<span class="formula formula-source"'))


def test_directives_that_are_too_deep_are_shown_as_their_source() -> None:
    fences = [":" * (303 - depth) for depth in range(300)]
    result = html("\n".join([*(f"{fence}{{tip}}" for fence in fences), "x", *reversed(fences)]))
    assert result.count('<div class="admonition tip">') == 20
    assert "{tip}\nx\n" in result


def test_footnotes_of_each_cell_have_ids_of_their_own() -> None:
    prose = Prose(Pictures(None))
    page = "".join(prose.html(f"text[^1]\n\n:::{{tip}}\nwith[^1]\n\n[^1]: own\n:::\n\n[^1]: {n}") for n in "ab")
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == 8
    assert sorted(ids) == sorted(re.findall(r'href="#([^"]+)"', page))


def test_no_text_can_imitate_a_placeholder() -> None:
    attribute = '$x onclick=trap() y$ <a href="#" title="&#xe000;0&#xe001;">click</a>'
    assert '<a href="#" title="\ue0000\ue001" rel="noopener noreferrer">click</a>' in html(attribute)
    assert html("Icon: &#xe000;9&#xe001; \ue000").strip() == "<p>Icon: \ue0009\ue001 \ue000</p>"
    within = html('<div title="\n\n$x onclick=trap() y$\n\n<b title="">a')
    assert "trap" not in within
    assert re.fullmatch(r'<div title="[^"]*">a(<p></p>)?\s*</div>', within.strip())


@pytest.mark.parametrize(
    "latex",
    [
        r"\begin{aligned} a &= b \\ &= c \end{aligned}",
        r"\begin{cases} 1 & x > 0 \\ 0 & \text{else} \end{cases}",
        r"\mathbb{E}_{x \sim p}\left[\lVert f_\theta(x) - y \rVert_2^2\right]",
        r"\operatorname{PSNR} = -10 \log_{10} \mathrm{MSE}",
    ],
)
def test_common_formulas_are_rendered(latex: str) -> None:
    result = str(render(latex, display=True))
    assert "\\" not in re.sub(r'alttext="[^"]*"', "", result)
    assert "&amp;" not in re.sub(r'alttext="[^"]*"', "", result)


@pytest.mark.parametrize(
    ("latex", "reason"),
    [
        (r"\frac{", "NoAvailableTokensError"),
        (r"\ce{H2O}", r"\ce is not known"),
        (r"\begin{tikzpicture}\end{tikzpicture}", "'tikzpicture' is not known"),
    ],
)
def test_a_formula_that_cannot_be_rendered_says_so_and_shows_its_source(latex: str, reason: str) -> None:
    with pytest.raises(NotRenderedError, match=re.escape(reason)):
        render(latex, display=False)
    shown = formula(latex, display=False)
    assert f"<code>${latex}$</code>" in shown
    assert "This formula is shown as its source: " in shown


@pytest.mark.parametrize(
    "latex", [r"\text{<script>x</script>}", r"\href{javascript:x}{y}", r"\style{color:red}{y}", r"\class{a}{y}", '"<&>']
)
def test_a_formula_is_nothing_but_mathml(latex: str) -> None:
    shown = str(formula(latex, display=False))
    visible = re.sub(r'(alttext|title)="[^"]*"', "", shown)
    assert "<script" not in shown
    assert set(re.findall(r"<(\w+)", visible)) <= {"math", "mrow", "mi", "mo", "mn", "mtext", "span", "code", "mstyle"}
    assert not re.search(r"<[^>]*(href|style|class=\"a)", visible.replace('class="formula', ""))


@pytest.mark.parametrize("line", ["# Again\n", "\\\\[\n", "\\begin{align}\n", "\\\\( "])
def test_lines_that_are_all_alike_take_time_in_proportion(line: str) -> None:
    def seconds(count: int) -> float:
        started = time.process_time()
        html(line * count)
        return time.process_time() - started

    seconds(10)  # warms up imports and compiled patterns
    assert seconds(8_000) < 100 * seconds(500)  # with the square, 256 times as long


def test_headings_of_one_name_have_anchors_of_their_own() -> None:
    prose = Prose(Pictures(None))
    for text in ("# a\n\n# a-2\n\n# a", "# a", "# a-2", "# a-3"):
        prose.html(text)
    assert [heading.anchor for heading in prose.headings] == ["a", "a-2", "a-3", "a-4", "a-2-2", "a-3-2"]
