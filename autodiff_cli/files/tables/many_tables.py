"""Read several files as one table, and find the files that a name refers to."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from autodiff_cli.errors import UsageError
from autodiff_cli.files.atomic import spelled_out
from autodiff_cli.files.tables.opening import SUFFIXES, open_table, table_format
from autodiff_cli.files.tables.rows import Block, Keep, Table, bad_table

__all__ = ["ManyTables", "check_alike", "files_of", "open_file"]


def files_of(name: str) -> list[Path]:
    """Return the files that a name refers to: a file, those in a folder, or those of a pattern.

    Raises
    ------
    UsageError
        If there are none.
    """
    path = Path(name)
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if table_format(one) and one.is_file())
        if not found:
            raise UsageError(
                f"there is no table in `{spelled_out(name)}`",
                code="cannot-read",
                hint=f"tables end in {', '.join(f'`{suffix}`' for suffix in SUFFIXES)}",
            )
        return found
    if not path.exists() and glob.has_magic(name):
        found = sorted(map(Path, glob.glob(name)))  # noqa: PTH207 - a path may be absolute, too
        if not found:
            raise UsageError(f"no file is called like `{spelled_out(name)}`", code="cannot-read")
        return found
    return [path]


def open_file(path: Path) -> Table:
    """Open a file as a table.

    Raises
    ------
    AdiffError
        If it cannot be read, or is not a table.
    """
    name = spelled_out(str(path))
    try:
        kind = table_format(path)
        if kind is None and path.is_file():
            with path.open("rb") as file:
                begun = file.read(4)
            if begun[:4] in (b"PAR1", b"PK\3\4"):
                kind = "parquet" if begun == b"PAR1" else "npz"
        size = path.stat().st_size if path.is_file() else None
        file = path.open("rb")
    except OSError as error:
        raise cannot_read(name, error) from error
    try:
        return open_table(name, file, kind, size)
    except BaseException:
        file.close()
        raise


def cannot_read(name: str, error: OSError) -> UsageError:
    """Return the error of a file that cannot be read."""
    reason = (error.strerror or "it is not possible").lower()
    return UsageError(f"cannot read `{name}`: {reason}", code="cannot-read")


class ManyTables(Table):
    """Several files with the same columns, as one table.

    Attributes
    ----------
    table
        The file that is being read; `name` is its name.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths
        self.table = open_file(paths[0])
        self.headings = self.table.headings
        self.heading = self.table.heading
        self.name = self.table.name
        self.length = self.table.length if len(paths) == 1 else None
        # A pipe cannot be read twice.
        self.is_open = not paths[0].is_file()
        if not self.is_open:
            self.table.close()

    def blocks(self, wanted: Sequence[str], keep: Keep, as_text: bool) -> Iterator[Block]:
        """Yield all rows in blocks, in order."""
        first = self.table
        for k, path in enumerate(self.paths):
            if k or not self.is_open:
                self.table = open_file(path)
                self.name = self.table.name
            with closing(self.table):
                if k:
                    check_alike(self.table, first, wanted, keep)
                for block in self.table.blocks(wanted, keep, as_text):
                    if self.table.part is not None:
                        self.part = (k + self.table.part) / len(self.paths)
                    yield block


def check_alike(table: Table, first: Table, wanted: Sequence[str], keep: Keep) -> None:
    """Check that a table has the wanted columns, and if all are kept, those of the first.

    Parameters
    ----------
    first
        The first of the tables that are read as one.
    wanted
        The headings of the columns that are needed as numbers.
    keep
        Which columns are kept for the output.

    Raises
    ------
    AdiffError
        If it does not.
    """
    if keep == "all" and list(table.headings) != list(first.headings):
        raise bad_table(
            f"`{table.name}` has other columns than `{first.name}`",
            f"{table.listed()}; `--keep used` leaves those that are not needed",
        )
    table.check_headings(wanted)
