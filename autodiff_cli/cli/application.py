"""The application that Typer reads; `answers`, `writings` and `checks` add its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from autodiff_cli.version import __version__

__all__ = ["app"]

app = typer.Typer(
    help="Derivatives from the command line: right, fast and explained.",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"adiff {__version__}")
        raise typer.Exit


@app.callback()
def _adiff(
    version: Annotated[
        bool,
        typer.Option(
            "-V", "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    pass
