"""The help of the command line, in terminals of any width."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

import typer

from autodiff_cli.cli.conversion import taken_as_typed

__all__ = ["built", "help_width"]

NARROWEST, WIDEST = 18, 78
"""The smallest and the largest width of the help, in columns."""

NARROW = 60
"""In fewer columns the description of an option is printed below it."""


_Formatter: Any = typer.Context.formatter_class


class _HelpFormatter(_Formatter):  # type: ignore[misc]
    """A formatter of help texts that also fits narrow terminals."""

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a definition list: options or commands with their descriptions."""
        super().write_dl(rows, 2 if self.width < NARROW else col_max, col_spacing)


def help_width() -> int:
    """Return the width of the help in this terminal, in columns."""
    return max(NARROWEST, min(shutil.get_terminal_size().columns - 2, WIDEST))


def _params_as_typed(get_params: Callable[[Any], list[Any]], context: Any) -> list[Any]:
    """Return the parameters of a command, with that of its help."""
    return [taken_as_typed(param) for param in get_params(context)]


def _without_options(info: Any) -> Any:
    """Return a command of the same name and help that takes no options."""

    def command() -> None:
        """Do nothing."""

    command.__doc__ = info.callback.__doc__
    copied = copy(info)
    copied.callback = command
    return copied


def built(app: typer.Typer, first: str = "") -> Any:
    """Return the Click group of an application, with help that fits the terminal.

    Options take time to build.  If ``first``, the first argument, is the name of a command, only
    that one has options; if it asks for help, none has.
    """
    wanted = copy(app)
    commands = app.registered_commands
    if first in ("-h", "--help") or any(info.name == first for info in commands):
        wanted.registered_commands = [
            info if info.name == first else _without_options(info) for info in commands
        ]
    group: Any = typer.main.get_command(wanted)
    for one in (group, *group.commands.values()):
        names = {"formatter_class": _HelpFormatter}
        one.context_class = type("_Context", (one.context_class,), names)
        one.get_params = partial(_params_as_typed, one.get_params)
    return group
