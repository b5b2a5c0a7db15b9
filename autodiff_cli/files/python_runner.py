"""Call a function of a file at points that are read line by line; runs as a separate program.

It does not import this package, because it runs in whatever environment the file needs.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO


def main() -> None:
    """Answer each line of standard input, a point, with a line of JSON on standard output."""
    file, name = sys.argv[1:3]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Output that the file prints must not be taken for an answer.
    os.dup2(2, 1)
    function = load(file, name, answers)
    for line in sys.stdin if function is not None else ():
        point = {key: array(value) for key, value in json.loads(line).items()}
        try:
            positional, named = arguments(function, point)
            say(answers, value=plain(function(*positional, **named)))
        except Exception as error:
            say(answers, error=f"{type(error).__name__}: {error}", kind="call")


def load(file: str, name: str, answers: TextIO) -> Any:
    """Return the function; if it cannot be loaded, write the reason and return None."""
    sys.path[0] = str(Path(file).resolve().parent)
    spec = importlib.util.spec_from_file_location("checked", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["checked"] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        say(answers, error=f"{type(error).__name__}: {error}", kind="file")
        return None
    function = getattr(module, name, None)
    if not callable(function):
        say(answers, error="", kind="missing")
        return None
    return function


def arguments(function: Any, point: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments for a point: by name if the function has the names, else in order."""
    try:
        names = set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        names = set()
    return ((), point) if point.keys() <= names else (tuple(point.values()), {})


def array(value: Any) -> Any:
    """Return lists as arrays if NumPy is installed."""
    if not isinstance(value, list):
        return value
    try:
        import numpy as np
    except ImportError:
        return value
    return np.array(value, dtype=float)


def plain(value: Any) -> Any:
    """Return numbers, arrays and lists of them as values that JSON can represent."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        value = list(value.values())
    return [plain(v) for v in value] if isinstance(value, list | tuple) else float(value)


def say(answers: TextIO, **fields: Any) -> None:
    """Write one answer."""
    answers.write(json.dumps(fields) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
