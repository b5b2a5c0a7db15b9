"""`adiff sweep`: value and derivatives at all points of a grid, as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.commands.export import Export
from autodiff_cli.compiling import check_elementwise, thread_count
from autodiff_cli.errors import OutputError, Span, UsageError
from autodiff_cli.files.arrays import csv_text
from autodiff_cli.files.atomic import (
    cannot_write,
    check_writable,
    is_stdout,
    open_atomic,
    spelled_out,
)
from autodiff_cli.graph.blocks import BlockProgram
from autodiff_cli.language.format import described
from autodiff_cli.language.names import nearest
from autodiff_cli.problem import Problem
from autodiff_cli.results import Note, Text, Written

__all__ = ["run"]

Axis = NDArray[np.float64]

CHUNK = 1 << 17
"""The number of points that are computed and written at a time."""

MOST_POINTS = 1_000_000
"""The largest number of points of a table that is printed, which is held in memory as a whole."""


def run(
    problem: Problem,
    axes: Mapping[str, Axis],
    at: Mapping[str, Any],
    wrt: Sequence[str],
    order: int,
    mixed: bool,
    output: Path | None,
    force: bool,
) -> Text | Written:
    """Return value and derivatives at all points of a grid, or write them into a file.

    Parameters
    ----------
    problem
        An expression in which each variable is a number.
    axes
        The values that variables run through; the last one runs fastest.
    at
        The values of the others.
    order, mixed
        As for `autodiff_cli.commands.export.run`.
    force
        Whether an existing file may be replaced.

    Raises
    ------
    AdiffError
        If a variable has no values, the expression works on arrays, or the file cannot be written.
    """
    check_elementwise(problem)
    _check_names(problem, axes, at)
    if output is not None and is_stdout(output):
        output = None
    if output is not None:
        _check_file(output, force)
    code = Export(problem, problem.names(wrt) if order else [], order, mixed).code
    titles = [*axes, *(_apart(title, axes) for title in code.outputs)]
    program = BlockProgram(code, list(code.outputs.values()), thread_count(None))
    table = _Rows(program, axes, at, tuple(titles))
    fields = {
        "command": "sweep",
        "expression": problem.program.source,
        "points": table.points,
        "columns": titles,
    }
    if output is None:
        if table.points > MOST_POINTS:
            raise UsageError(
                f"{table.points:,} points are too many to be printed",
                code="too-many-points",
                hint="write them into a file, as with `-o sweep.csv`",
            )
        columns = table.columns()
        rows = csv_text(np.column_stack(list(columns.values()))).rstrip("\n")
        text = f"{','.join(titles)}\n{rows}"
        return Text(text, {**fields, "values": columns}, table.notes(problem))
    try:
        with open_atomic(output) as file:
            # A pipe or a device has no suffix that determines the format.
            _WRITERS.get(output.suffix.lower(), _Rows.write_csv)(table, file)
    except OSError as error:
        raise cannot_write(output, (error.strerror or "it is not possible").lower()) from error
    return Written(output, {**fields, "path": str(output)}, table.notes(problem))


@dataclass
class _Rows:
    """The rows of an answer, computed in chunks."""

    program: BlockProgram
    axes: Mapping[str, Axis]
    at: Mapping[str, Any]
    titles: tuple[str, ...]
    strange: int = 0

    @property
    def points(self) -> int:
        """The number of rows."""
        return math.prod(axis.size for axis in self.axes.values())

    def chunks(self) -> Iterator[list[Axis]]:
        """Yield the columns of one chunk of rows after the other."""
        shape = tuple(axis.size for axis in self.axes.values())
        for start in range(0, self.points, CHUNK):
            stop = min(start + CHUNK, self.points)
            places = np.unravel_index(np.arange(start, stop), shape)
            columns = {
                name: axis[place]
                for (name, axis), place in zip(self.axes.items(), places, strict=True)
            }
            given = {name: np.array([value], np.float64) for name, value in self.at.items()}
            arguments = [{**given, **columns}[one.name] for one in self.program.code.arguments]
            results = [np.empty(stop - start) for _ in self.program.results]
            self.program.run(arguments, results, stop - start)
            finite = np.logical_and.reduce([np.isfinite(result) for result in results])
            self.strange += int(np.count_nonzero(~finite))
            yield [*columns.values(), *results]

    def columns(self) -> dict[str, Axis]:
        """Return all rows of each column, under its title."""
        parts = zip(*self.chunks(), strict=True)
        return dict(zip(self.titles, map(np.concatenate, parts), strict=True))

    def write_csv(self, file: BinaryIO) -> None:
        """Write the rows as CSV, with the titles as the first row."""
        file.write((",".join(self.titles) + "\n").encode())
        for columns in self.chunks():
            file.write(csv_text(np.column_stack(columns)).encode())

    def write_npz(self, file: BinaryIO) -> None:
        """Write an array for each column, under its title."""
        columns: dict[str, Any] = self.columns()
        np.savez(file, allow_pickle=False, **columns)

    def notes(self, problem: Problem) -> list[Note]:
        """Return a note on the rows that contain nan or infinity, if there are any."""
        if not self.strange:
            return []
        program = problem.program
        said = f"{self.strange:,} of {self.points:,} points give nan or infinity"
        return [Note(said, Span(0, len(program.source)), program.source, program.origin)]


_WRITERS = {".csv": _Rows.write_csv, ".npz": _Rows.write_npz}


def _apart(title: str, taken: Mapping[str, Any]) -> str:
    """Return the title of an output, which differs from ``f`` if a variable has that name."""
    return f"{title}()" if title in taken else title


def _check_names(problem: Problem, axes: Mapping[str, Axis], at: Mapping[str, Any]) -> None:
    """Check that each variable has values, and that all values belong to a variable."""
    known = problem.env
    for option, given in (("--over", axes), ("--at", at)):
        for name, value in given.items():
            if name not in known:
                close = nearest(name, known)
                raise UsageError(
                    f"the expression has no variable `{name}`",
                    code="unknown-variable",
                    hint=f"did you mean `{close[0]}`?" if close else _variables(known),
                )
            if option == "--at" and name in axes:
                raise UsageError(
                    f"`{name}` is given by `--over` and by `--at`",
                    code="contradiction",
                    hint="give one of them",
                )
            if option == "--at" and np.ndim(value):
                raise UsageError(
                    f"`--at` gives `{name}` one value, not {described(np.shape(value))}",
                    code="bad-value",
                    hint=f"`--over {name}=[1, 2, 5]` runs through several",
                )
    for name in known:
        if name not in axes and name not in at:
            raise UsageError(
                f"no values are given for `{name}`",
                code="missing-value",
                hint=f"give them, as with `--over {name}=0:1:101` or `--at {name}=2`",
            )
    if not axes:
        raise UsageError(
            "there is nothing to sweep over",
            code="missing-value",
            hint="give a range, as with `--over x=-3:3:1001`",
        )


def _variables(names: Iterable[str]) -> str:
    found = ", ".join(f"`{name}`" for name in names)
    return f"its variables are {found}" if found else "it has no variables at all"


def _check_file(path: Path, force: bool) -> None:
    """Check that the result can be written, before it is computed."""
    name = spelled_out(str(path))
    if path.suffix.lower() not in _WRITERS and (not path.exists() or path.is_file()):
        raise UsageError(
            f"`{name}` is no table that can be written",
            code="unknown-format",
            hint="end the file's name in `.csv` or `.npz`",
        )
    check_writable(path)
    if path.is_file() and not force:
        raise OutputError(
            f"`{name}` is there already", code="file-exists", hint="`--force` replaces it"
        )
