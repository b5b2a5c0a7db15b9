"""Write files completely or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from autodiff_cli.errors import OutputError

__all__ = [
    "cannot_write",
    "check_writable",
    "is_stdout",
    "open_atomic",
    "spelled_out",
    "write_atomic",
]


def is_stdout(path: Path) -> bool:
    """Return whether a path is ``-``, which stands for standard output."""
    return str(path) == "-"


def check_writable(path: Path) -> None:
    """Check that a file can be written, before its content takes minutes to compute.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    if path.is_dir():
        raise cannot_write(path, "it is a directory")
    if path.exists() and not os.access(path, os.W_OK):
        raise cannot_write(path, "it is not writable")
    if not path.exists() or path.is_file():
        directory = Path(os.path.realpath(path)).parent
        if not directory.is_dir():
            raise cannot_write(path, "its directory does not exist")
        if not os.access(directory, os.W_OK):
            raise cannot_write(path, "its directory is not writable")


def write_atomic(path: Path, content: bytes) -> None:
    """Replace the file at `path`, or write into it where it is a pipe or a device."""
    with open_atomic(path) as file:
        file.write(content)


@contextmanager
def open_atomic(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written, which replaces the one at `path` once all is written.

    A pipe or a device is written into.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    # A symbolic link stays a link: its target is replaced.
    target = Path(os.path.realpath(path))
    scratch = target.with_name(f".adiff-{os.urandom(8).hex()}")
    try:
        with scratch.open("wb") as file:
            yield file
        if target.exists():
            shutil.copymode(target, scratch)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def cannot_write(path: Path, reason: str) -> OutputError:
    """Return the error for a file that cannot be written, with the reason."""
    return OutputError(f"cannot write `{spelled_out(str(path))}`: {reason}", code="cannot-write")


def spelled_out(text: str) -> str:
    """Return a text with control characters escaped, so that it cannot control a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
