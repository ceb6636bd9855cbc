"""A file over 250 lines or a function over 40 is a sign that it holds two ideas."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "vultorch_widget"
FILES = sorted(PACKAGE.rglob("*.py"))
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(text: str) -> set[int]:
    """Numbers of the lines that hold code. Blank lines, comments and docstrings, which may be long, are none."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = {line for token in tokens if token.type not in NO_CODE for line in range(token.start[0], token.end[0] + 1)}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = code_lines(text)
    assert len(lines) <= 250
    long = {
        node.name: count
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (count := len(lines & set(range(node.lineno, (node.end_lineno or 0) + 1)))) > 40
    }
    assert long == {}


def test_what_counts_as_code() -> None:
    text = '"""Docstring\nof two lines."""\n\n# comment\nx = (\n    1\n)\n\n\ndef f():\n    """Doc."""\n    return x\n'
    assert code_lines(text) == {5, 6, 7, 10, 12}
