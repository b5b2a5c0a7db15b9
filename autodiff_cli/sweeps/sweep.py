"""Run an expression and derivatives over a table, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from autodiff_cli.files.tables.rows import Block, Keep, Numbers, Rows, Table, bad_table
from autodiff_cli.graph.blocks import BlockProgram
from autodiff_cli.graph.straight_line import StraightLine
from autodiff_cli.progress import advance

__all__ = ["MOST_PLACES", "Failures", "Finished", "Sweep", "check_columns"]

MOST_PLACES = 5
"""The most failing rows that are named."""


@dataclass
class Failures:
    """Rows whose results are nan or infinite.

    Attributes
    ----------
    count, rows
        The number of such rows, and the number of all rows.
    missing
        The number of rows where a value is missing, by the heading of its column.
    places
        The first of the rows: the name of the table, and the number of the row in it, from 1.
    """

    count: int = 0
    rows: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    places: list[tuple[str, int]] = field(default_factory=list)


class Finished(NamedTuple):
    """Rows and their results."""

    rows: Rows
    results: Mapping[str, Numbers]
    length: int


@dataclass
class Sweep:
    """A computation for each row of a table.

    Attributes
    ----------
    code
        The straight-line program of single numbers.
    titles
        The heading of each result.
    columns
        The heading of each variable's column.
    constants
        The values of other variables.
    is_whole
        Whether the table is a whole one, in which every column must contain a number.
    """

    code: StraightLine
    titles: Sequence[str]
    columns: Mapping[str, str]
    constants: Mapping[str, float]
    keep: Keep
    threads: int
    failures: Failures = field(default_factory=Failures)
    is_whole: bool = True

    def again(self) -> Sweep:
        """Return the same sweep for a part of a table, with no failures."""
        return replace(self, failures=Failures(), is_whole=False)

    def finished(self, table: Table, as_text: bool) -> Iterator[Finished]:
        """Yield the rows of a table with their results, block by block.

        Raises
        ------
        AdiffError
            Before the last block, if a column contains no number.
        """
        held: Finished | None = None
        program = BlockProgram(self.code, list(self.code.outputs.values()), self.threads)
        row, name = 0, table.name
        for block in table.blocks(list(self.columns.values()), self.keep, as_text):
            if table.name != name:
                row, name = 0, table.name
            results = self._results(program, block)
            self._count_failures(block, results, name, row)
            row += block.length
            done = self.failures.rows
            total = table.length or (round(done / table.part) if table.part else 0)
            advance("rows", done, max(total, done) if total else 0)
            if held is not None:
                yield held
            held = Finished(block.rows, results, block.length)
        if self.is_whole:
            check_columns(self.failures, table.name)
        if held is not None:
            yield held

    def _results(self, program: BlockProgram, block: Block) -> dict[str, Numbers]:
        given = {name: np.array([value], np.float64) for name, value in self.constants.items()}
        given |= {name: block.numbers[heading] for name, heading in self.columns.items()}
        arguments = [given[one.name] for one in program.code.arguments]
        results = [np.empty(block.length) for _ in self.titles]
        program.run(arguments, results, block.length)
        return dict(zip(self.titles, results, strict=True))

    def _count_failures(
        self, block: Block, results: Mapping[str, Numbers], name: str, row: int
    ) -> None:
        """Count the rows whose results are not finite."""
        found = self.failures
        found.rows += block.length
        if all(np.isfinite(result).all() for result in results.values()):
            return
        failed = np.zeros(block.length, bool)
        for result in results.values():
            failed |= ~np.isfinite(result)
        found.count += int(np.count_nonzero(failed))
        for heading, column in block.numbers.items():
            if missing := int(np.count_nonzero(np.isnan(column))):
                found.missing[heading] = found.missing.get(heading, 0) + missing
        room = MOST_PLACES - len(found.places)
        if room > 0:
            found.places += [(name, row + int(k) + 1) for k in np.flatnonzero(failed)[:room]]


def check_columns(failures: Failures, name: str) -> None:
    """Check that each column contains a number.

    Raises
    ------
    AdiffError
        If one does not.
    """
    for heading, count in failures.missing.items():
        if count == failures.rows:
            raise bad_table(
                f"`{name}`, column `{heading}` is empty: no row has a number in it",
                "another column may be meant: `--rename 'HEADING=x'` takes it for a variable",
            )
