"""Values of options that need no conversion, or that of a path.

Typer converts every value of an option, the defaults too, by a library for data models, which
takes longer to load than an answer takes to compute.  The options here are texts, paths and
choices; only a value that is none of these, as a wrong choice is, goes through that library.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

__all__ = ["taken_as_typed"]

_NO_VALUE = object()


def taken_as_typed(param: Any) -> Any:
    """Return a parameter of a command, changed to take values as they are typed.

    A parameter of a Typer that does not tell its type is returned unchanged.
    """
    kind = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    if kind is None or "process_value" in vars(param):
        return param
    several = param.nargs == -1 or getattr(param, "multiple", False)
    convert = param.process_value

    def process_value(ctx: Any, value: Any) -> Any:
        found = as_typed(kind, several, value)
        if found is _NO_VALUE:
            return convert(ctx, value)
        return found if param.callback is None else param.callback(ctx, param, found)

    param.process_value = process_value
    return param


def as_typed(kind: Any, several: bool, value: Any) -> Any:
    """Return the value of an option of a type from the texts that were typed.

    `_NO_VALUE` is returned if it takes more than that.
    """
    if value is None:
        return () if several else None
    if several:
        texts = type(value) in (list, tuple) and all(type(text) is str for text in value)
        return list(value) if texts and kind == list[str] else _NO_VALUE
    if type(value) is not str:
        return _NO_VALUE
    if kind is str or (get_origin(kind) is Literal and value in get_args(kind)):
        return value
    return Path(value) if kind is Path else _NO_VALUE
