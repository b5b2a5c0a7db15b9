"""Run a command line: parse it, call a command, and print the result."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout

from autodiff_cli.arguments import protect_minus, usage_error
from autodiff_cli.cli import answers, checks, writings  # noqa: F401 - they add their commands
from autodiff_cli.cli.application import app
from autodiff_cli.cli.help import built, help_width
from autodiff_cli.cli.running import as_error
from autodiff_cli.errors import AdiffError, ExitCode
from autodiff_cli.terminal.console import Console, OutputOptions
from autodiff_cli.terminal.streams import open_streams

__all__ = ["main"]


def main(argv: list[str] | None = None, console: Console | None = None) -> int:
    """Run the command line and return the exit code.

    No input ends in a traceback: every error is reported in a line or two.

    Parameters
    ----------
    argv
        The arguments; those of the process if not given.
    console
        The console to print to and read from; the streams of the process if not given.
    """
    open_streams()
    if os.environ.get("COLUMNS", "").strip("0") == "":
        # Rich prints nothing if COLUMNS is 0.
        os.environ.pop("COLUMNS", None)
    argv = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if argv[0] == "help":
        argv = [*argv[1:2], "--help"]
    console = (console or Console()).with_options(OutputOptions(as_json="--json" in argv))
    completes = "_ADIFF_COMPLETE" in os.environ
    group = built(app, "" if completes else argv[0])
    try:
        # Typer writes help and version to sys.stdout itself.
        with redirect_stdout(console.stdout):
            code = group.main(
                protect_minus(argv, group),
                prog_name="adiff",
                standalone_mode=False,
                obj=console,
                terminal_width=help_width(),
            )
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:
        is_typers = hasattr(error, "format_message")
        fault: AdiffError = usage_error(error, argv, group) if is_typers else as_error(error)
        console.print_error(fault)
        return fault.exit_code
    return code if isinstance(code, int) else ExitCode.OK
