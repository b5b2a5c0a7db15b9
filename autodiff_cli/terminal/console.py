"""The console: prints results and errors on a terminal, in a pipe, or as JSON.

Standard output contains only the answer; notes and errors go to standard error.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from itertools import groupby
from typing import IO, Any, Literal

from autodiff_cli.errors import AdiffError, ExitCode
from autodiff_cli.language.format import number
from autodiff_cli.progress import watching
from autodiff_cli.results import (
    Answer,
    Catalog,
    Formulas,
    LabelledMatrix,
    Matrices,
    Note,
    Numbers,
    PointTable,
    Polynomial,
    Report,
    Result,
    Streamed,
    Text,
    Written,
)
from autodiff_cli.terminal.bar import Bar
from autodiff_cli.terminal.catalog import also, described
from autodiff_cli.terminal.diagnostics import diagnostic, visible
from autodiff_cli.terminal.json_text import as_fields, json_text

__all__ = ["Console", "OutputOptions"]

MOST_ERRORS = 5
"""The most errors of one text that are printed."""


@dataclass(frozen=True)
class OutputOptions:
    """The options for the format of answers."""

    as_json: bool = False
    digits: int | None = None
    color: Literal["auto", "always", "never"] = "auto"
    quiet: bool = False
    strict: bool = False


class Console:
    """Prints results and errors, and reads standard input.

    Parameters
    ----------
    options
        The options for the format of answers.
    stdin, stdout, stderr
        The streams; if not given, the current streams of the process at the time of each use.
    """

    def __init__(
        self,
        options: OutputOptions | None = None,
        *,
        stdin: IO[str] | None = None,
        stdout: IO[str] | None = None,
        stderr: IO[str] | None = None,
    ) -> None:
        self.options = options or OutputOptions()
        self._streams = stdin, stdout, stderr

    def with_options(self, options: OutputOptions) -> Console:
        """Return a console with the same streams and other options."""
        stdin, stdout, stderr = self._streams
        return Console(options, stdin=stdin, stdout=stdout, stderr=stderr)

    @property
    def stdin(self) -> IO[str]:
        """The stream of an expression that is not on the command line."""
        return self._streams[0] or sys.stdin

    @property
    def stdout(self) -> IO[str]:
        """The stream of answers, and of nothing else."""
        return self._streams[1] or sys.stdout

    @property
    def stderr(self) -> IO[str]:
        """The stream of notes and errors."""
        return self._streams[2] or sys.stderr

    # --- results ---

    def show(self, result: Result, known: Sequence[Note] = ()) -> ExitCode:
        """Print the answer on standard output and return the exit code.

        Parameters
        ----------
        known
            Notes that do not depend on the answer, such as those on how the text was parsed.
        """
        if isinstance(result, Streamed):
            return self.show(self._streamed(result), known)
        notes = [*known, *_notes(result)]
        self._show(result, notes)
        if isinstance(result, Report) and not result.holds:
            return ExitCode.CHECK
        doubtful = any(not note.harmless for note in notes)
        return ExitCode.COMPUTATION if self.options.strict and doubtful else ExitCode.OK

    def _streamed(self, result: Streamed) -> Answer:
        """Print an answer while it is computed, and return the answer to be shown after it."""
        # Rows that are read on a terminal are all the progress that is to be seen.
        with nullcontext() if self.stdout.isatty() and result.is_printed else self.waiting():
            for piece in result.pieces:
                if piece and not _write(self.stdout, piece, end=""):
                    break
            return result.finish()

    def _show(self, result: Answer, notes: Sequence[Note]) -> None:
        if self.options.as_json or (isinstance(result, Text) and result.as_json):
            noted = [{"message": n.message, "span": list(n.span)} for n in notes]
            _write(self.stdout, json_text({**result.fields, **({"notes": noted} if noted else {})}))
            return
        if not self.options.quiet:
            if text := result.fields.get("reading"):
                _write(self.stderr, "reading: " + visible(text, keep="\n"))
            for note in notes:
                self._say("note", "bold blue", note)
        match result:
            case Numbers():
                self._show_numbers(result)
            case Polynomial():
                self._show_polynomial(result)
            case Formulas():
                self._show_formulas(result)
            case Matrices():
                self._show_matrices(result)
            case Catalog():
                self._show_catalog(result)
            case PointTable():
                self._show_points(result)
            case Text() | Report() if result.text:
                _write(self.stdout, result.text)
            case Written() if not self.options.quiet and self.stderr.isatty():
                _write(self.stderr, f"wrote {result.path}")

    def _show_numbers(self, result: Numbers) -> None:
        rows = {name: number(value, self.options.digits) for name, value in result.rows.items()}
        if len(rows) == 1:
            _write(self.stdout, *rows.values())
        elif self._draws_tables():
            self._show_table(list(rows.items()), result.headings)
        else:
            _write(self.stdout, *(f"{name} = {text}" for name, text in rows.items()))

    def _show_points(self, result: PointTable) -> None:
        digits = self.options.digits
        rows = [[number(value, digits) for value in row] for row in result.rows]
        if self._draws_tables():
            self._show_table(rows, result.titles)
            return
        # Elements of a vector have commas between them.
        cells = ([f'"{text}"' if "," in text else text for text in row] for row in rows)
        _write(self.stdout, ",".join(result.titles), *map(",".join, cells))

    def _show_polynomial(self, result: Polynomial) -> None:
        from autodiff_cli.emit.text.series import series_latex, series_text

        terms = (result.terms, result.variable, result.center, self.options.digits)
        # The remainder is only shown to people: in a pipe the output is an expression.
        rest = result.remainder if result.latex or self.stdout.isatty() else None
        write = series_latex if result.latex else series_text
        _write(self.stdout, write(*terms, rest, result.from_left))

    def _show_formulas(self, result: Formulas) -> None:
        rows = dict(result.rows)
        numbers = {k: number(v, self.options.digits) for k, v in (result.numbers or {}).items()}
        if len(rows) > 1 and numbers and self._draws_tables():
            table = [(name, text, numbers[name]) for name, text in rows.items()]
            self._show_table(table, (*result.headings, "value"))
            return
        for name, value in numbers.items():
            rows[name] += f" = {value}"
        if len(rows) == 1:
            _write(self.stdout, *rows.values())
        elif self._draws_tables() and not any("\n" in text for text in rows.values()):
            self._show_table(list(rows.items()), result.headings)
        elif result.whole is not None and not numbers:
            # One text can be read back, whereas several would define the same names again.
            _write(self.stdout, f"# {', '.join(rows)}\n{result.whole}")
        else:
            # Text of several lines gets a heading, which is a comment in the language.
            below = {name: f"# {name}\n{text}" for name, text in rows.items() if "\n" in text}
            _write(self.stdout, *(below.get(k) or f"{k} = {text}" for k, text in rows.items()))

    def _show_matrices(self, result: Matrices) -> None:
        # A single number needs no headings.
        tabular = self._draws_tables() and any(t.matrix.size > 1 for t in result.tables)
        drawn = [self._excerpt(t) for t in result.tables] if tabular else []
        if not drawn or None in drawn:
            single, digits = len(result.blocks) == 1, self.options.digits
            _write(
                self.stdout,
                *(
                    number(block, digits) if single else f"{name} = {number(block, digits)}"
                    for name, block in result.blocks.items()
                ),
            )
            return
        for table, shown in zip(result.tables, drawn, strict=True):
            self._show_table(shown.rows, shown.headings, right=True)
            if not self.options.quiet and (shown.left_out or shown.digits != self.options.digits):
                size = "x".join(map(str, table.matrix.shape))
                parts = ["in part"] * shown.left_out
                parts += [f"to {shown.digits} digits"] * (shown.digits is not None)
                _write(
                    self.stderr,
                    f"{size} numbers, shown {' and '.join(parts)}: `-o FILE` writes them all",
                )

    def _excerpt(self, table: LabelledMatrix) -> Any:
        from autodiff_cli.terminal.excerpt import excerpt

        width, height = shutil.get_terminal_size()
        return excerpt(
            table.matrix,
            table.rows,
            table.columns,
            width=width,
            height=height,
            digits=self.options.digits,
        )

    def _show_catalog(self, result: Catalog) -> None:
        if not self._draws_tables():
            rows = ((e.signature, e.doc, also(e), e.example, e.family) for e in result.entries)
            _write(self.stdout, *("\t".join(row) for row in rows))
            return
        from rich.text import Text as RichText

        screen = self._rich(self.stdout)
        width = shutil.get_terminal_size().columns
        for k, (family, entries) in enumerate(groupby(result.entries, lambda e: e.family)):
            screen.print(RichText("\n" * (k > 0) + family, "bold underline"))
            for entry in entries:
                screen.print(RichText.assemble(*described(entry, width)), soft_wrap=True)
                if entry.drawing:
                    screen.print(RichText.from_ansi("\n" + entry.drawing), soft_wrap=True)

    def _draws_tables(self) -> bool:
        return self.stdout.isatty() and not _is_dumb()

    def _show_table(
        self, rows: Iterable[Sequence[str]], headings: Sequence[str], right: bool = False
    ) -> None:
        from rich import box
        from rich.table import Table
        from rich.text import Text as RichText

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for k, heading in enumerate(headings):
            # A number that is folded over two lines is complete; a truncated one would be wrong.
            table.add_column(heading, overflow="fold", justify="right" if right and k else "left")
        for name, *texts in rows:
            table.add_row(RichText(name, "bold"), *map(RichText, texts))
        self._rich(self.stdout).print(table)

    # --- waiting ---

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Show on a terminal the progress of a computation in the block, after `PATIENCE`."""
        seen = self.stderr.isatty() and not (
            self.options.quiet or self.options.as_json or _is_dumb()
        )
        bar = Bar(lambda: self._rich(self.stderr)) if seen else None
        try:
            with watching(bar.step if bar else lambda *_: None):
                yield
        finally:
            if bar is not None:
                bar.stop()

    # --- errors ---

    def print_error(self, error: AdiffError) -> None:
        """Print an error, and the others that were found with it, on standard error."""
        errors = (error, *error.others)[:MOST_ERRORS]
        if self.options.as_json:
            fields = {"error": as_fields(error), "others": [as_fields(e) for e in error.others]}
            _write(self.stderr, json_text(fields))
            return
        for one in errors:
            self._say("error", "bold red", one)
        if rest := len(error.others) + 1 - len(errors):
            _write(self.stderr, f"and {rest} more")

    def _say(self, kind: str, style: str, said: AdiffError | Note) -> None:
        """Print an error or a note on standard error, with its span marked."""
        parts = list(diagnostic(kind, style, said, shutil.get_terminal_size().columns))
        if self.colors(self.stderr):
            from rich.text import Text as RichText

            self._rich(self.stderr).print(RichText.assemble(*parts), soft_wrap=True, end="")
        else:
            with suppress(OSError):
                _write(self.stderr, "".join(text for text, _ in parts), end="")

    # --- terminals ---

    def colors(self, stream: IO[str]) -> bool:
        """Return whether text on a stream may have colors."""
        if self.options.color != "auto":
            return self.options.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return stream.isatty() and not _is_dumb()

    def _rich(self, stream: IO[str]) -> Any:
        from rich.console import Console as RichConsole

        colors = self.colors(stream)
        return RichConsole(
            file=stream,
            force_terminal=True if colors else None,
            color_system="auto" if colors else None,
            highlight=False,
            markup=False,
            emoji=False,
        )


def _is_dumb() -> bool:
    return os.environ.get("TERM") == "dumb"


def _write(stream: IO[str], *lines: str, end: str = "\n") -> bool:
    """Write lines, and return whether somebody still reads them."""
    try:
        for line in lines:
            stream.write(line.rstrip("\n") + end if end else line)
        stream.flush()
    except BrokenPipeError:
        # The reader has closed the pipe, as `head` does; Python would fail when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True


def _notes(result: Answer) -> Sequence[Note]:
    with_notes = Numbers | Polynomial | Formulas | Matrices | Text | Report | PointTable | Written
    return result.notes if isinstance(result, with_notes) else ()
