"""Open the table of a sweep, and check that its columns and `--at` fit the expression."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any, BinaryIO

import numpy as np

from autodiff_cli.errors import UsageError
from autodiff_cli.files.tables.grid_table import GridTable
from autodiff_cli.files.tables.many_tables import ManyTables, files_of
from autodiff_cli.files.tables.opening import open_table
from autodiff_cli.files.tables.rows import Table
from autodiff_cli.language.format import described
from autodiff_cli.language.grids import read_axes
from autodiff_cli.language.names import CONSTANTS, KEYWORDS, nearest
from autodiff_cli.problem import Problem

__all__ = ["check_names", "opened", "released"]


def opened(
    over: Sequence[str], data: Sequence[str], renames: Sequence[str], stdin: IO[str]
) -> tuple[Table, dict[str, str]]:
    """Return the table to sweep over, and the heading of each column that may be a variable.

    Parameters
    ----------
    over
        The values of variables of a grid, as ``x=-3:3:1001``.
    data
        The names of files, folders or patterns; ``-`` is standard input.
    renames
        The names of columns as variables, as ``HEADING=x``.

    Raises
    ------
    AdiffError
        If there is no such table.
    """
    if over and data:
        raise UsageError(
            "`--over` and `--data` both say what to sweep over",
            code="contradiction",
            hint="give constants with `--at`",
        )
    if not data:
        if renames:
            raise UsageError(
                "`--rename` is of the columns of `--data`",
                code="contradiction",
                hint="give a table, as with `--data table.csv`",
            )
        axes = read_axes(over)
        return GridTable(axes), {name: name for name in axes}
    if "-" in data:
        if len(data) > 1:
            raise UsageError(
                "standard input is one table, and there are others",
                code="contradiction",
                hint="give `--data -` alone",
            )
        table = open_table("<stdin>", _binary(stdin), None, None)
    else:
        table = ManyTables([path for name in data for path in files_of(name)])
    renamed = _renamed(renames)
    for heading, name in renamed.items():
        table.check_headings([heading], f"--rename '{{}}={name}'")
    found = {heading: heading for heading in table.headings if heading not in renamed}
    return table, found | {name: heading for heading, name in renamed.items()}


def _binary(stream: IO[str]) -> BinaryIO:
    """Return the bytes behind a stream of text."""
    found: BinaryIO | None = getattr(stream, "buffer", None)
    return io.BytesIO(stream.read().encode()) if found is None else found


def _renamed(renames: Sequence[str]) -> dict[str, str]:
    """Return the variable for each heading that ``--rename`` gives a name."""
    found: dict[str, str] = {}
    for text in renames:
        heading, _, name = (part.strip() for part in text.rpartition("="))
        if not heading or not name.isidentifier() or name in KEYWORDS:
            raise UsageError(
                f"`--rename {text}` gives no column the name of a variable",
                code="bad-option",
                hint="write it as `--rename 'speed (m/s)=v'`",
            )
        if name in found.values():
            raise UsageError(
                f"`--rename` gives two columns the name `{name}`",
                code="repeated-variable",
                hint="a variable is one column",
            )
        found[heading] = name
    return found


def released(columns: Mapping[str, str]) -> list[str]:
    """Return the names of columns that are constants of the language otherwise."""
    return [name for name in columns if name in CONSTANTS]


def check_names(
    problem: Problem,
    table: Table,
    columns: Mapping[str, str],
    at: Mapping[str, Any],
    is_grid: bool,
) -> None:
    """Check that each variable has values, and that all values belong to a variable.

    Parameters
    ----------
    columns
        The heading of each column that may be a variable, by name.
    at
        The values of the other variables.
    is_grid
        Whether the table is a grid, each column of which must be a variable.

    Raises
    ------
    UsageError
        If that is not so.
    """
    known = problem.env
    for name in [*(columns if is_grid else ()), *at]:
        if name not in known:
            close = nearest(name, known)
            raise UsageError(
                f"the expression has no variable `{name}`",
                code="unknown-variable",
                hint=f"did you mean `{close[0]}`?" if close else _variables(known),
            )
    for name, value in at.items():
        if name in columns:
            option = "`--over`" if is_grid else f"the column `{columns[name]}`"
            raise UsageError(
                f"`{name}` is given by {option} and by `--at`",
                code="contradiction",
                hint="give one of them"
                if is_grid
                else f"leave `--at {name}` away, or call the column something else with `--rename"
                f" {columns[name]}=other`",
            )
        if np.ndim(value):
            raise UsageError(
                f"`--at` gives `{name}` one value, not {described(np.shape(value))}",
                code="bad-value",
                hint=f"`--over {name}=[1, 2, 5]` runs through several",
            )
    for name in known:
        if name not in columns and name not in at:
            raise _without_values(name, table, columns, is_grid)
    if is_grid and not columns:
        raise UsageError(
            "there is nothing to sweep over",
            code="missing-value",
            hint="give a range, as with `--over x=-3:3:1001`, or a table, as with"
            " `--data table.csv`",
        )


def _without_values(
    name: str, table: Table, columns: Mapping[str, str], is_grid: bool
) -> UsageError:
    if is_grid:
        return UsageError(
            f"no values are given for `{name}`",
            code="missing-value",
            hint=f"give them, as with `--over {name}=0:1:101` or `--at {name}=2`",
        )
    close = nearest(name, columns)
    heading = columns[close[0]] if close else "HEADING"
    return UsageError(
        f"`{table.name}` has no column `{name}`",
        code="unknown-column",
        hint=f"did you mean `{close[0]}`? `--rename '{heading}={name}'` says so"
        if close
        else f"{table.listed()}; `--rename '{heading}={name}'` names one for `{name}`,"
        f" `--at {name}=2` gives it one value",
    )


def _variables(names: Iterable[str]) -> str:
    found = ", ".join(f"`{name}`" for name in names)
    return f"its variables are {found}" if found else "it has no variables at all"
