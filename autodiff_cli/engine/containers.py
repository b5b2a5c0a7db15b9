"""Apply functions to the leaves of lists, tuples and dictionaries, nested in any way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["leaves", "like", "mapped"]


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return a nested container with a function applied to each leaf."""
    if isinstance(tree, Mapping):
        return type(tree)({key: mapped(function, part) for key, part in tree.items()})  # type: ignore[call-arg]
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(mapped(function, part) for part in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(mapped(function, part) for part in tree)
    return function(tree)


def leaves(tree: Any) -> list[Any]:
    """Return the leaves of a nested container in order."""
    found: list[Any] = []
    mapped(found.append, tree)
    return found


def like(tree: Any, parts: Sequence[Any]) -> Any:
    """Return a nested container of the shape of another with other leaves."""
    rest: Iterator[Any] = iter(parts)
    return mapped(lambda _: next(rest), tree)
