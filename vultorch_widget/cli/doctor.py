"""``vultorch-widget doctor``: what this machine offers, and what would make it faster."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .console import FAILED
from .diagnosis import Finding, Verdict, examine

MARKS: dict[Verdict, tuple[str, str]] = {"ok": ("ok", "green"), "slower": ("-", "yellow"), "missing": ("!", "bold red")}


def doctor() -> None:
    """Say what this machine offers (GPU, Vulkan, encoders, Jupyter) and how to install what is missing.

    Everything is tried, not only looked up. A line marked **-** is something optional that this machine lacks: a faster
    path, or a feature. A line marked **!** is something that does not work; the exit code is then 1.
    """
    findings = list(examine())
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for finding in findings:
        mark, style = MARKS[finding.verdict]
        table.add_row(Text(mark, style), Text(finding.subject), _description(finding))
    Console(highlight=False).print(table)
    if any(finding.verdict == "missing" for finding in findings):
        raise typer.Exit(FAILED)


def _description(finding: Finding) -> Text:
    text = Text(finding.found)
    if finding.advice:
        text.append(f"\n{finding.advice}", "dim")
    return text
