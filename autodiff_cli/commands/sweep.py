"""`adiff sweep`: value and derivatives for all points of a grid, or all rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autodiff_cli.commands.sweep_table import check_names, released
from autodiff_cli.compiling import check_elementwise, column_code, thread_count
from autodiff_cli.errors import OutputError, Span, UsageError
from autodiff_cli.files.atomic import cannot_write, check_writable, is_stdout, spelled_out
from autodiff_cli.files.tables.grid_table import GridTable
from autodiff_cli.files.tables.many_tables import ManyTables
from autodiff_cli.files.tables.opening import (
    CsvWriter,
    check_format,
    open_writer,
    table_format,
)
from autodiff_cli.files.tables.rows import Keep, Table
from autodiff_cli.files.tables.texts import heading_line
from autodiff_cli.language.format import number
from autodiff_cli.language.names import CONSTANTS
from autodiff_cli.problem import Problem
from autodiff_cli.results import Answer, Note, Streamed, Text, Written
from autodiff_cli.sweeps.plan import SweepPlan
from autodiff_cli.sweeps.sweep import Failures, Sweep

__all__ = ["Destination", "WantedDerivatives", "run"]

MOST_POINTS = 1_000_000
"""The most rows of an output that is held in memory as a whole, such as JSON."""


@dataclass(frozen=True)
class WantedDerivatives:
    """The requested derivatives: by which variables, up to which order, and whether mixed ones."""

    wrt: Sequence[str]
    order: int
    mixed: bool


@dataclass(frozen=True)
class Destination:
    """The destination of a table.

    Attributes
    ----------
    path
        The file; None for standard output.
    force
        Whether an existing file may be replaced.
    as_json
        Whether to print the whole table as one JSON object.
    on_cluster
        Whether to compute it on a cluster.
    scheduler
        The address of the scheduler of the cluster; None for workers on this machine.
    """

    path: Path | None
    force: bool = False
    as_json: bool = False
    on_cluster: bool = False
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.scheduler is not None and not self.on_cluster:
            raise UsageError(
                "`--scheduler` is of a cluster",
                code="contradiction",
                hint="give `--engine dask`, too",
            )
        if self.on_cluster and (self.path is None or is_stdout(self.path)):
            raise UsageError(
                "a cluster writes into files",
                code="missing-value",
                hint="give one with `-o out.parquet`, or a folder for a file of each part with"
                " `-o out`",
            )


def run(
    problem: Problem,
    table: Table,
    columns: Mapping[str, str],
    at: Mapping[str, Any],
    derivatives: WantedDerivatives,
    keep: Keep,
    destination: Destination,
) -> Streamed:
    """Return value and derivatives for all rows of a table, to be printed or written.

    Parameters
    ----------
    problem
        An expression in which each variable is a number.
    columns
        The heading of each column that may be a variable, by name.
    at
        The values of the others.

    Raises
    ------
    AdiffError
        If a variable has no values, the expression works on arrays, or the file cannot be written.
    """
    check_elementwise(problem, several=True)
    is_grid = isinstance(table, GridTable)
    check_names(problem, table, columns, at, is_grid)
    path = destination.path
    if path is not None and not is_stdout(path):
        _check_file(path, destination)
    else:
        path = None
    names = problem.names(derivatives.wrt) if derivatives.order else []
    code = column_code(problem, names, derivatives.order, derivatives.mixed)
    used = {name: columns[name] for name in problem.env if name in columns}
    shown = {"all": list(table.headings), "used": list(used.values()), "none": []}[keep]
    titles = _titles(code.outputs, shown)
    sweep = Sweep(code, titles, used, at, keep, thread_count(None))
    task = _Task(problem, table, sweep, shown, is_grid)
    if path is not None and destination.on_cluster:
        plan = SweepPlan(
            problem.program.source,
            problem.program.origin,
            (*released(columns), *at),
            tuple(names),
            derivatives.order,
            derivatives.mixed,
            tuple(titles),
            tuple(used.items()),
            tuple((name, float(value)) for name, value in at.items()),
            keep,
        )
        pieces = task.on_cluster(plan, path, destination.scheduler)
        return Streamed(pieces, lambda: task.after(path))
    if path is not None:
        return Streamed(task.written(path), lambda: task.after(path))
    if destination.as_json:
        return Streamed(iter(()), task.as_json)
    return Streamed(task.printed(), task.after, is_printed=True)


@dataclass
class _Task:
    """A sweep that is printed or written."""

    problem: Problem
    table: Table
    sweep: Sweep
    shown: Sequence[str]
    is_grid: bool

    @property
    def headings(self) -> list[str]:
        """The headings of what is written."""
        return [*self.shown, *self.sweep.titles]

    def heading(self) -> bytes:
        """Return the line of headings, in which the table's own headings are unchanged."""
        if self.sweep.keep == "all" and self.table.heading:
            return self.table.heading + b"," + heading_line(self.sweep.titles)
        return heading_line(self.headings)

    def written(self, path: Path) -> Iterator[str]:
        """Write the table to a file; yield an empty text after each block."""
        try:
            with open_writer(path, self.headings, self.heading()) as writer:
                as_text = table_format(path) in (None, "csv")
                for block in self.sweep.finished(self.table, as_text):
                    writer.write(block.rows, block.results, block.length)
                    yield ""
        except OSError as error:
            raise cannot_write(path, (error.strerror or "it is not possible").lower()) from error

    def on_cluster(self, plan: SweepPlan, path: Path, scheduler: str | None) -> Iterator[str]:
        """Write the table on a cluster; yield an empty text after each part."""
        from autodiff_cli.sweeps.distributed import run_on_cluster

        if not isinstance(self.table, ManyTables):
            raise UsageError(
                "a cluster reads tables from files",
                code="contradiction",
                hint="give them with `--data`",
            )
        failures = self.sweep.failures
        paths = self.table.paths
        try:
            for _ in run_on_cluster(plan, paths, path, self.heading(), scheduler, failures):
                yield ""
        except OSError as error:
            raise cannot_write(path, (error.strerror or "it is not possible").lower()) from error

    def printed(self) -> Iterator[str]:
        """Yield the table as CSV, block by block."""
        pieces: list[bytes] = []
        writer = CsvWriter(pieces.append, self.heading())
        for block in self.sweep.finished(self.table, True):
            writer.write(block.rows, block.results, block.length)
            yield b"".join(pieces).decode(errors="replace")
            pieces.clear()

    def as_json(self) -> Answer:
        """Return an answer that contains all rows."""
        parts: dict[str, list[Any]] = {heading: [] for heading in self.headings}
        for block in self.sweep.finished(self.table, False):
            rows = max(self.sweep.failures.rows, self.table.length or 0)
            if rows > MOST_POINTS:
                raise UsageError(
                    f"{rows:,} points are too many to be printed",
                    code="too-many-points",
                    hint="write them into a file, as with `-o sweep.csv`",
                )
            for heading, column in {**block.rows.arrays(), **block.results}.items():
                parts[heading].append(column)
        columns = {heading: np.concatenate(part) for heading, part in parts.items() if part}
        return Text("", {**self.fields(), "values": columns}, self.notes(), as_json=True)

    def after(self, path: Path | None = None) -> Answer:
        """Return the answer after all rows are written."""
        if path is None:
            return Text("", self.fields(), self.notes())
        return Written(path, {**self.fields(), "path": str(path)}, self.notes())

    def fields(self) -> dict[str, Any]:
        """Return the fields of JSON."""
        failures = self.sweep.failures
        return {
            "command": "sweep",
            "expression": self.problem.program.source,
            "points": failures.rows,
            "columns": self.headings,
            "failed": failures.count,
        }

    def notes(self) -> list[Note]:
        """Return a note on the rows that contain nan or infinity, if there are any."""
        found: list[Note] = []
        program = self.problem.program
        whole = Span(0, len(program.source))
        for name, heading in self.sweep.columns.items():
            if name in CONSTANTS and not self.is_grid:
                said = f"`{name}` is the column `{heading}` here, not {number(CONSTANTS[name])}"
                found.append(Note(said, whole, program.source, program.origin, harmless=True))
        if failures := _failure_message(self.sweep.failures, self.is_grid):
            found.append(Note(failures, whole, program.source, program.origin))
        return found


def _failure_message(failures: Failures, is_grid: bool) -> str:
    """Return a message about the rows that fail; empty if there are none."""
    if not failures.count:
        return ""
    what = "point" if is_grid else "row"
    rows = f"{failures.rows:,} {what}{'s' * (failures.rows != 1)}"
    said = f"{failures.count:,} of {rows} give{'s' * (failures.count == 1)} nan or infinity"
    if is_grid:
        return said
    tables = {name for name, _ in failures.places}
    places = [f"{row:,}" for _, row in failures.places]
    if len(tables) > 1:
        places = [f"{row:,} of `{name}`" for name, row in failures.places]
    more = failures.count - len(places)
    said += f": row{'s' * (failures.count != 1)} {', '.join(places)}"
    said += f" and {more:,} more" if more else ""
    for heading, count in failures.missing.items():
        said += f"; `{heading}` is missing in {count:,}"
    return said


def _titles(outputs: Iterable[str], taken: Sequence[str]) -> list[str]:
    """Return headings for the outputs, which differ from the headings of columns."""
    titles: list[str] = []
    for title in outputs:
        while title in taken or title in titles:
            title = f"{title}()"
        titles.append(title)
    return titles


def _check_file(path: Path, destination: Destination) -> None:
    """Check that the result can be written, before it is computed."""
    if destination.on_cluster and not path.suffix:
        if path.exists():
            raise OutputError(
                f"`{spelled_out(str(path))}` is there already",
                code="file-exists",
                hint="give a folder that is not there yet, or a file such as `-o out.parquet`",
            )
        check_writable(path)
        return
    check_format(path)
    check_writable(path)
    if path.is_file() and not destination.force:
        raise OutputError(
            f"`{spelled_out(str(path))}` is there already",
            code="file-exists",
            hint="`--force` replaces it",
        )
