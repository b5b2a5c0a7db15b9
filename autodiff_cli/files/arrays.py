"""Write arrays as files of numbers, such as ``--at x=@file`` reads."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.errors import UsageError
from autodiff_cli.files.atomic import (
    cannot_write,
    check_writable,
    is_stdout,
    spelled_out,
    write_atomic,
)
from autodiff_cli.language.format import number

__all__ = ["check_place", "csv_text", "write_array"]


def check_place(path: Path) -> None:
    """Check before a computation that its result can be written.

    Raises
    ------
    UsageError
        If the suffix names no format.
    OutputError
        If the file cannot be written.
    """
    if is_stdout(path):
        return
    if path.suffix.lower() not in _WRITERS:
        *known, last = (f"`{suffix}`" for suffix in _WRITERS)
        raise UsageError(
            f"`{spelled_out(str(path))}` is no file of numbers that can be written",
            code="unknown-format",
            hint=f"end the file's name in {', '.join(known)} or {last}",
        )
    try:
        check_writable(path)
    except OSError as error:
        raise cannot_write(path, _reason(error)) from error


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write a matrix in the format of the suffix of its file.

    Raises
    ------
    UsageError, OutputError
        As for `check_place`.
    """
    check_place(path)
    try:
        write_atomic(path, _WRITERS[path.suffix.lower()](array))
    except OSError as error:
        raise cannot_write(path, _reason(error)) from error


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def csv_text(array: NDArray[Any]) -> str:
    """Return a matrix as rows of numbers separated by commas."""
    rows = ([number(value, signed_zero=True) for value in row] for row in array.tolist())
    return "".join(",".join(row) + "\n" for row in rows)


def _npy(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _json(array: NDArray[Any]) -> bytes:
    # Numbers that are not finite become Infinity or NaN, which can be read back.
    return (json.dumps(array.tolist()) + "\n").encode()


_WRITERS = {".csv": lambda array: csv_text(array).encode(), ".npy": _npy, ".json": _json}
