"""Read the values of variables from assignments such as ``--at x=2`` and ``--at x=@file.npy``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from autodiff_cli.errors import ComputationError, ExpressionError, Span, UsageError
from autodiff_cli.language.names import KEYWORDS
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program

__all__ = ["pieces", "read_sources", "read_values", "split_assignment"]

_ASSIGNMENT = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")


def read_values(at: Iterable[str], option: str = "--at") -> dict[str, Any]:
    """Return the values that assignments give to variables.

    Parameters
    ----------
    at
        Assignments such as ``x=2``, ``x=[1,2], y=pi/2`` or ``x=@file.npy``.
    option
        The name of the option that contains the assignments.

    Raises
    ------
    AdiffError
        If an assignment cannot be read, or a variable is given two values.
    """
    return {name: value for name, (value, _) in read_sources(at, option).items()}


def read_sources(at: Iterable[str], option: str = "--at") -> dict[str, tuple[Any, Program | None]]:
    """Return the value of each variable and the program of its text, None for a file."""
    given: dict[str, tuple[Any, Program | None]] = {}
    for text in at:
        for start, end in pieces(text):
            name, value, source = _assignment(text, start, end, option)
            if name in given:
                raise UsageError(f"`{name}` is given a value twice", code="repeated-value")
            given[name] = value, source
    return given


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each assignment in a text such as ``x=2, y=[3, 4]``."""
    starts = [0]
    depth = 0
    for match in re.finditer(r"[(\[]|[)\]]|,", text):
        if match[0] == ",":
            if depth == 0 and _ASSIGNMENT.match(text, match.end()):
                starts.append(match.end())
        else:
            depth += 1 if match[0] in "([" else -1
    yield from zip(starts, [start - 1 for start in starts[1:]] + [len(text)], strict=True)


def split_assignment(text: str, start: int, option: str, example: str) -> tuple[str, int]:
    """Return the name on the left side of an assignment, and the start of its right side.

    Raises
    ------
    UsageError
        If it is not an assignment, or the name is a keyword of the language.
    """
    match = _ASSIGNMENT.match(text, start)
    if not match:
        raise UsageError(
            f"`{option} {text}` does not say which variable has which value",
            code="bad-assignment",
            hint=f"write it as `{option} {example}`",
        )
    name = match[1]
    if name in KEYWORDS:
        raise UsageError(
            f"`{name}` is a word of the language: it cannot be given a value",
            code="reserved-name",
            hint="call the variable something else",
        )
    return name, match.end()


def _assignment(text: str, start: int, end: int, option: str) -> tuple[str, Any, Program | None]:
    name, place = split_assignment(text, start, option, "x=2")
    written = text[place:end].rstrip(" ,")
    if written.lstrip().startswith("@"):
        return name, _from_file(written.strip()[1:], name), None
    try:
        # Leading spaces keep the spans the same as in the text of the option.
        program = parse(" " * place + written, option)
        for span in program.out_of_range.values():
            raise ExpressionError(
                f"the value of `{name}` is beyond the range of float64",
                code="number-too-large",
                span=span,
                hint="the largest is about 1.8e308, the smallest 5e-324; infinity is written `inf`",
            )
        if program.definitions or program.functions:
            raise ExpressionError(
                f"the value of `{name}` has to be an expression, without names of its own",
                code="bad-value",
                span=Span(place, place + len(written)),
                hint=_several(option),
            )
        if needed := program.variables():
            first = next(iter(needed))
            number = re.match(r"\s*[-+\d._eE]*\d(?=\s*[^\W\d])", written)
            raise ExpressionError(
                f"the value of `{name}` depends on `{first}`, but it has to be a number",
                code="bad-value",
                span=needed[first],
                hint=f"a value has no unit: write `{option} {name}={number[0].strip()}`"
                if number
                else None,
            )
        return name, program.run({}), program
    except ExpressionError as error:
        raise _as_usage(error, text, option) from None
    except ComputationError as error:
        error.source = text
        raise


def _several(option: str) -> str:
    return f"several values are separated by commas, `{option} x=1,y=2`, or have an `{option}` each"


def _as_usage(error: ExpressionError, text: str, option: str) -> UsageError:
    """Return an error in the value of an option as a usage error, with spans in the option."""
    empty = error.code == "empty-expression"
    written = text[error.span.start :] if error.span else ""
    several = error.code in ("misplaced-token", "unused-line") and "=" in written
    usage = UsageError(
        f"`{option} {text}` gives no value" if empty else error.message,
        code=error.code,
        hint=f"write it as `{option} x=2`"
        if empty
        else _several(option)
        if several
        else error.hint,
        span=None if empty else error.span,
        more=error.more,
        source=text,
        origin=option,
    )
    usage.others = tuple(
        _as_usage(other, text, option)
        for other in error.others
        if isinstance(other, ExpressionError)
    )
    return usage


def _from_file(path: str, name: str) -> Any:
    """Return the array that a file contains."""
    suffix = Path(path).suffix.lower()
    if suffix not in _READERS:
        raise UsageError(
            f"`@{path}` is no file of numbers that can be read",
            code="unknown-format",
            hint=f"files of numbers end in {', '.join(_READERS)}",
        )
    try:
        array = np.asarray(_READERS[suffix](Path(path)))
        # Conversion to float would accept strings and dates, and drop imaginary parts.
        if array.dtype.kind not in "biuf":
            raise TypeError
        return array.astype(np.float64)
    except CellError as error:
        raise UsageError(
            f"`{path}` does not hold numbers that could be the value of `{name}`: {error}",
            code="bad-value",
            hint=_HOLDS[suffix],
        ) from None
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise UsageError(f"cannot read `{path}`: {reason}", code="cannot-read") from None
    except (ValueError, TypeError, OverflowError, EOFError, RecursionError):
        raise UsageError(
            f"`{path}` does not hold numbers that could be the value of `{name}`",
            code="bad-value",
            hint=_HOLDS[suffix],
        ) from None


def _read_json(path: Path) -> Any:
    import json

    return json.loads(path.read_text(encoding="utf-8-sig"))


def _read_csv(path: Path) -> Any:
    text = path.read_text(encoding="utf-8-sig")
    if not text.strip():
        raise CellError("it is empty")
    try:
        return np.squeeze(np.loadtxt(text.splitlines(), delimiter=",", ndmin=2))
    except ValueError:
        raise _bad_cell(text) from None


class CellError(ValueError):
    """A cell of a table is not a number; the message names the row and the column."""


def _bad_cell(text: str) -> Exception:
    """Return the error for the first cell of a table that cannot be read."""
    width = 0
    for row, line in enumerate(text.splitlines(), 1):
        cells = line.partition("#")[0].split(",")
        if not line.partition("#")[0].strip():
            continue
        for column, cell in enumerate(cells, 1):
            try:
                float(cell)
            except ValueError:
                shown = f"`{cell.strip()}`" if cell.strip() else "an empty cell"
                place = f"row {row}, column {column}"
                return CellError(f"{place} is {shown}")
        if width and len(cells) != width:
            plural = "s" * (len(cells) != 1)
            return CellError(
                f"row {row} has {len(cells)} column{plural}, and the rows before have {width}"
            )
        width = len(cells)
    return CellError("it is no table of numbers")


_READERS: dict[str, Callable[[Path], Any]] = {
    ".npy": lambda path: np.load(path, allow_pickle=False),
    ".csv": _read_csv,
    ".json": _read_json,
}

_HOLDS = {
    ".npy": "an array of real numbers is wanted, as `numpy.save` writes it",
    ".csv": "rows of numbers are wanted, with commas between them and no heading",
    ".json": "a number or nested lists of numbers are wanted",
}
