"""The command line: parses options, calls a command, and passes the result to the console.

The one room that imports Typer.  `options` declares what commands share, `running` runs one.
"""

from autodiff_cli.cli.application import app
from autodiff_cli.cli.command_line import main

__all__ = ["app", "main"]
