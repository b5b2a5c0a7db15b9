"""Read values that an answer is given for one after the other: ranges and lists in ``--at``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.errors import UsageError
from autodiff_cli.language.assignments import pieces, read_values, split_assignment
from autodiff_cli.language.format import number

__all__ = ["Points", "read_points"]

MOST_POINTS = 100_000
"""How many points an answer that is proven may have."""


class Points(NamedTuple):
    """Points at which an answer is given.

    Attributes
    ----------
    names
        The variables that run through several values, of which the last runs fastest.
    values
        The values of each as they may be written.
    constants
        The assignments of the other variables.
    """

    names: Sequence[str]
    values: Sequence[Sequence[str]]
    constants: Sequence[str]

    def assignments(self) -> Iterator[list[str]]:
        """Yield the assignments of each point."""
        for point in itertools.product(*self.values):
            given = [f"{name}={text}" for name, text in zip(self.names, point, strict=True)]
            yield [*given, *self.constants]


def read_points(at: Sequence[str], each: bool) -> Points | None:
    """Return the points that assignments give; None if they give one point.

    Parameters
    ----------
    at
        Assignments such as ``x=0:1:11``, a range, which always gives several points, or
        ``x=[1, 2, 5]``, which does if ``each`` is true.

    Raises
    ------
    AdiffError
        If they cannot be read.
    """
    names: list[str] = []
    values: list[list[str]] = []
    constants: list[str] = []
    for text in at:
        for start, end in pieces(text):
            name, place = split_assignment(text, start, "--at", "x=2")
            written = text[place:end].rstrip(" ,").strip()
            several = _range(name, written) if _splits(written, ":") else None
            if several is None and each:
                several = _listed(name, written)
            if several is None:
                constants.append(text[start:end].rstrip(" ,"))
            elif name in names:
                raise UsageError(f"`{name}` is given values twice", code="repeated-value")
            else:
                names.append(name)
                values.append(several)
    if each and not names:
        raise UsageError(
            "`--each` is of values that are several",
            code="missing-value",
            hint="give them, as with `--at x=[1,2,5]` or `--at x=0:1:11`",
        )
    count = math.prod(map(len, values))
    if count > MOST_POINTS:
        raise UsageError(
            f"{count:,} points are too many to be proven one by one",
            code="too-many-points",
            hint="`adiff sweep` computes them in float64",
        )
    return Points(names, values, constants) if names else None


def _splits(text: str, sign: str) -> list[str]:
    """Return the parts of a text between signs that are in no brackets; none if there is one."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == sign and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts] if len(parts) > 1 else []


def _range(name: str, written: str) -> list[str]:
    """Return the values of a range as expressions, which are exact."""
    from autodiff_cli.language.grids import read_axes

    # What is wrong with a range is said there.
    axis = read_axes([f"{name}={written}"], "--at")[name]
    low, high, _, *log = _splits(written, ":")
    if log:
        # What is shown is where the answer is taken.
        return [repr(float(value)) for value in axis]
    last = axis.size - 1
    try:
        ends = Fraction(low), Fraction(high)
    except (ValueError, ZeroDivisionError):
        return [f"({low}) + (({high}) - ({low}))*({k}/{last})" for k in range(axis.size)]
    return [str(ends[0] + (ends[1] - ends[0]) * Fraction(k, last)) for k in range(axis.size)]


def _listed(name: str, written: str) -> list[str] | None:
    """Return the elements of a list as they are written; None for a single number."""
    if written.startswith("@"):
        array: Any = np.asarray(read_values([f"{name}={written}"])[name])
        return [_exact(element) for element in array] if array.ndim else None
    inside = written[1:-1].strip().rstrip(",")
    if not (written.startswith("[") and written.endswith("]")) or _ends_early(written):
        return None
    return _splits(inside, ",") or [inside]


def _ends_early(written: str) -> bool:
    """Return whether the first bracket is closed before the end, as in ``[1, 2] + [3]``."""
    depth = 0
    for k, character in enumerate(written):
        depth += (character in "([") - (character in ")]")
        if not depth:
            return k < len(written) - 1
    return True


def _exact(element: Any) -> str:
    """Return a float64 as the number that it is, and an array of them as a list."""
    if np.ndim(element):
        return f"[{', '.join(map(_exact, element))}]"
    value = float(element)
    return f"({Fraction(value)})" if math.isfinite(value) else number(value)
