"""How far a computation has come: for those who wait for it, and to be told if it is stopped.

What computes step by step says so with `advance`; who wants to know listens with `watching`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

__all__ = ["advance", "reached", "watching"]

Watcher: TypeAlias = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is, and how much there is to do."""

_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
_reached: ContextVar[str] = ContextVar("reached", default="")


def advance(step: str, number: int, of: int) -> None:
    """Say that a step of so many is being taken: ``advance("order", 7, 12)``."""
    watcher = _watcher.get()
    if watcher is not None:
        _reached.set(f"{step} {number:,} of {of:,}")
        watcher(step, number, of)


def reached() -> str:
    """Return the step that was taken last, as in ``order 7 of 12``; nothing if none was."""
    return _reached.get()


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Let a watcher know of all steps taken in the block."""
    tokens = _watcher.set(watcher), _reached.set("")
    try:
        yield
    finally:
        _watcher.reset(tokens[0])
        _reached.reset(tokens[1])
