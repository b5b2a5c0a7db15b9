"""Answers and errors as strict JSON, one line each."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from autodiff_cli.errors import AdiffError
from autodiff_cli.language.format import number, unsigned_zero
from autodiff_cli.terminal.diagnostics import brief

__all__ = ["as_fields", "json_text"]

SCHEMA = 1
"""The schema version; it is incremented when the output of ``--json`` changes incompatibly."""


def json_text(fields: Mapping[str, Any]) -> str:
    """Return one line of strict JSON, in which numbers that JSON does not have are strings."""
    return json.dumps(_jsonable({"schema": SCHEMA, **fields}), ensure_ascii=False, allow_nan=False)


def _jsonable(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(k): _jsonable(v) for k, v in value.items()}
        case str() | bool() | int() | None:
            return value
        case float():
            return unsigned_zero(value) if math.isfinite(value) else number(value)
        case _ if hasattr(value, "tolist"):
            return _jsonable(value.tolist())
        case Iterable():
            return [_jsonable(v) for v in value]
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def as_fields(error: AdiffError) -> dict[str, Any]:
    """Return the fields of an error that ``--json`` prints."""
    return {
        "code": error.code,
        "message": brief(error.message),
        "hint": error.hint and brief(error.hint),
        "origin": error.origin if error.source is not None else None,
        "span": list(error.span) if error.span else None,
        **({"more": [list(span) for span in error.more]} if error.more else {}),
    }
