"""Call functions in Python files of the user, each in a separate process.

A file is code: it is only run by explicit request, and never in this process.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from autodiff_cli.errors import ComputationError, UsageError

__all__ = ["PythonFunction", "call_at", "function_of"]

_REFERENCE = re.compile(r"(?P<file>.+\.py):(?P<name>[^\W\d]\w*)\s*", re.DOTALL)

_RUNNER = Path(__file__).with_name("python_runner.py")


class PythonFunction(NamedTuple):
    """A function, given by its file and its name."""

    file: Path
    name: str


def function_of(text: str) -> PythonFunction | None:
    """Return the function that a text such as ``file.py:name`` refers to; None for other texts."""
    match = _REFERENCE.fullmatch(text)
    return PythonFunction(Path(match["file"].strip()), match["name"]) if match else None


def call_at(
    function: PythonFunction, points: Sequence[Mapping[str, Any]], seconds: float
) -> list[Any]:
    """Return the results of a function at some points: numbers and lists; None where it fails.

    Parameters
    ----------
    points
        The arguments of each call, by name; they are passed in order to a function that does not
        have parameters with these names.
    seconds
        The time limit for all calls together.

    Raises
    ------
    UsageError
        If there is no such file.
    ComputationError
        If the file cannot be run, has no such function, or takes too long; or if the function fails
        at all points.
    """
    if not function.file.is_file():
        raise UsageError(f"there is no file `{function.file}`", code="cannot-read")
    lines = "".join(json.dumps(point) + "\n" for point in points)
    shown = f"`{function.name}` of `{function.file}`"
    try:
        done = subprocess.run(
            [sys.executable, str(_RUNNER), str(function.file), function.name],
            input=lines,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ComputationError(
            f"{shown} takes longer than {seconds:g} seconds at {len(points)} points",
            code="too-slow",
            hint="`--limit seconds=600` gives it more time",
        ) from None
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    first = next((a for a in answers if "error" in a), None)
    if first is not None and first["kind"] != "call":
        what = "has no function of that name" if first["kind"] == "missing" else "cannot be run"
        said = "" if first["kind"] == "missing" else f": {first['error']}"
        raise ComputationError(f"{shown}: the file {what}{said}", code="bad-function")
    if len(answers) < len(points):
        raise ComputationError(
            f"{shown} has ended its process with code {done.returncode}", code="bad-function"
        )
    if points and all("error" in answer for answer in answers):
        raise ComputationError(f"{shown} fails: {answers[0]['error']}", code="bad-function")
    return [answer.get("value") for answer in answers]
