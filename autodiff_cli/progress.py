"""Report the progress of computations, for display and for messages when one is stopped.

A computation in steps calls `advance`; a caller that displays progress uses `watching`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

__all__ = ["advance", "reached", "watching"]

Watcher: TypeAlias = Callable[[str, int, int], None]
"""A function that receives the name of a step, its number, and the number of all steps."""

_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
_reached: ContextVar[str] = ContextVar("reached", default="")


def advance(step: str, number: int, of: int) -> None:
    """Report the start of a step, one of several: ``advance("order", 7, 12)``.

    The number of all steps is 0 if nobody knows it.
    """
    watcher = _watcher.get()
    if watcher is not None:
        _reached.set(f"{step} {number:,} of {of:,}" if of else f"{step} {number:,}")
        watcher(step, number, of)


def reached() -> str:
    """Return the last reported step, such as ``order 7 of 12``; an empty string if none was."""
    return _reached.get()


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Report all steps in the block to a watcher."""
    tokens = _watcher.set(watcher), _reached.set("")
    try:
        yield
    finally:
        _watcher.reset(tokens[0])
        _reached.reset(tokens[1])
