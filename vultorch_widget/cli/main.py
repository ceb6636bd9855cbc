"""The command line's entry point: its commands, and how errors end them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .. import __version__
from .console import FAILED, CommandError, error
from .doctor import doctor
from .export import export
from .fit import fit
from .lab import lab

INTERRUPTED = 130
"""Exit code after Ctrl-C, as in shells."""

app = typer.Typer(
    name="vultorch-widget",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(export)
app.command()(fit)
app.command()(lab)
app.command()(doctor)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"vultorch-widget {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Watch a network learn, and publish the result.

    **export** turns a notebook into one HTML page (or Markdown) that replays its trainings, with no network and no
    kernel.

    **fit** trains a tiny network on any picture and writes such a page.

    **lab** opens the tutorial in JupyterLab.

    **doctor** says what this machine offers, and how to install what is missing.

    Exit codes: 0 done, 1 the notebook or the training failed, 2 the input cannot be used, 130 interrupted.
    """


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and ends the process with its exit code. Errors are reported in one line on stderr."""
    try:
        code = app(arguments, standalone_mode=False)
        if code == INTERRUPTED:  # depending on its version, typer returns this or raises
            raise KeyboardInterrupt
    except CommandError as stop:
        error(str(stop))
        code = stop.code
    except (KeyboardInterrupt, typer.Abort):
        error("interrupted")
        code = INTERRUPTED
    except OSError as failure:  # a full disk, a name that is too long: a traceback would not help
        error(f"{failure.filename}: {failure.strerror}" if failure.filename and failure.strerror else str(failure))
        code = FAILED
    except Exception as usage:  # the class of usage errors differs between versions of typer
        if not hasattr(usage, "format_message"):
            raise
        if message := usage.format_message():  # empty if only the command was missing: then help was printed
            error(f"{message} (`vultorch-widget --help` explains)")
        code = 2
    sys.exit(code if isinstance(code, int) else 0)
